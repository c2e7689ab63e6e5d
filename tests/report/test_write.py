"""The files of a report: whole, and readable line by line whatever a target has sent."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import pytest

from conformance.report.results import ExchangeRecord
from conformance.report.write import ReportDirectory, check_directory
from conformance.runs import inprocess

from .made import case, exchange, results


@pytest.mark.parametrize("text", ["a\u2028b\u2029c\u0085d", "a\nb\r\nc\vd\fe\x1cf", "\ud800 half", "\0\x1b[2J"])
def test_every_exchange_is_one_line(tmp_path: Path, text: str) -> None:
    """Some readers take more than a line feed for the end of a line."""
    one = case("chat/a.b", {"CHAT-PATH": "passed"})
    row = msgspec.convert(exchange("chat/a.b#1") | {"failure": text}, ExchangeRecord)
    written = ReportDirectory(tmp_path / "report", "a target").write(results(one), [row, row])
    lines = (written / "exchanges.jsonl").read_text(encoding="utf-8", errors="surrogatepass").splitlines()
    assert [json.loads(line)["id"] for line in lines] == ["chat/a.b#1"] * 2


def test_looking_whether_a_report_can_be_written_is_no_other_runs_trouble(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Many runs look at the same place at the same time; none leaves anything, none takes what another has made."""
    monkeypatch.chdir(tmp_path)

    def look(number: int) -> None:
        for again in range(30):
            ReportDirectory(None, f"target {number} {again}").check()
            check_directory(tmp_path / "reports" / "deep")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(look, range(8)))
    assert list(tmp_path.iterdir()) == []


def test_a_collection_of_cases_looks_at_no_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "reports").write_text("in the way")
    assert inprocess.collect({"surface": "responses", "corpus": "none"})
