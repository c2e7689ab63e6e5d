"""The files of a report: whole, and readable line by line whatever a target has sent."""

import json
from pathlib import Path

import msgspec
import pytest

from conformance.report.results import ExchangeRecord
from conformance.report.write import ReportDirectory

from .made import case, exchange, results


@pytest.mark.parametrize("text", ["a\u2028b\u2029c\u0085d", "a\nb\r\nc\vd\fe\x1cf", "\ud800 half", "\0\x1b[2J"])
def test_every_exchange_is_one_line(tmp_path: Path, text: str) -> None:
    """Some readers take more than a line feed for the end of a line."""
    one = case("chat/a.b", {"CHAT-PATH": "passed"})
    row = msgspec.convert(exchange("chat/a.b#1") | {"failure": text}, ExchangeRecord)
    written = ReportDirectory(tmp_path / "report", "a target").write(results(one), [row, row])
    lines = (written / "exchanges.jsonl").read_text(encoding="utf-8", errors="surrogatepass").splitlines()
    assert [json.loads(line)["id"] for line in lines] == ["chat/a.b#1"] * 2
