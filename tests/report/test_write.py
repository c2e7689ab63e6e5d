"""The files of a report: whole, and readable line by line whatever a target has sent."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import pytest

from conformance.errors import UsageError
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


@pytest.mark.parametrize("evidence", ["", "newer"])
def test_a_report_replaces_a_report_whole(tmp_path: Path, evidence: str) -> None:
    """What the new run has not kept is not there to be taken for its own; what is of others stays."""
    found, directory = results(case("chat/a.b", {"CHAT-PATH": "passed"})), tmp_path / "report"
    ReportDirectory(directory, "a target").write(found, [], "older")
    (directory / "notes.txt").write_text("mine")
    again = ReportDirectory(directory, "a target")
    again.check()
    again.write(found, [], evidence)
    kept = directory / "evidence.jsonl"
    assert (kept.read_text() if kept.exists() else "") == evidence
    assert (directory / "notes.txt").read_text() == "mine"


@pytest.mark.parametrize("name", ["results.json", "report.html"])
@pytest.mark.parametrize("text", ["", "{}", '{"suite": {"name": "another"}}', "<!doctype html>"])
def test_what_is_of_others_is_not_replaced(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(UsageError, match=f"holds a {name} that is no report of `run`; give another --report-dir"):
        ReportDirectory(tmp_path, "a target").check()
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_directory_of_something_else_takes_a_report(tmp_path: Path) -> None:
    for name in ("notes.txt", "evidence.jsonl"):
        (tmp_path / name).write_text("mine")
    directory = ReportDirectory(tmp_path, "a target")
    directory.check()
    directory.write(results(case("chat/a.b", {"CHAT-PATH": "passed"})), [])
    assert (tmp_path / "evidence.jsonl").read_text() == "mine"


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
