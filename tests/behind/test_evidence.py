"""The evidence of a run that watched both sides: judged anew it tells the same of each, to the byte."""

import json
from pathlib import Path

import pytest
from msgspec import structs

from conformance.reference.proxies import PROXY_FAULTS
from conformance.report.results import read
from conformance.report.write import exchange_line
from conformance.runs import inprocess
from conformance.runs.run import exchanges_of
from tests.behind.conftest import behind

FAULTS = (
    "proxy-recodes-media",
    "proxy-holds-streams-back",
    "proxy-asks-twice",
    "proxy-tells-its-key",
    "proxy-caches-by-the-prompt",
    "proxy-crosses-answers",
    "proxy-forwards-the-callers-key",
    "proxy-ends-broken-streams",
)
"""Of each kind: media, times, counts, credentials, what was asked before, what is under way at once, broken ends."""


def assert_judged_alike(report: Path, *words: str) -> None:
    """The evidence of a report is judged as the report says."""
    found = {case.id: case for case in read(report).cases}
    judged = inprocess.judge({"evidence": report / "evidence.jsonl"}, *words)
    assert (judged.errors, judged.usage_error) == ((), "")
    rows = {name: structs.replace(result.row(), duration_s=0.0) for name, result in judged.results.items()}
    assert rows == {name: structs.replace(case, duration_s=0.0) for name, case in found.items()}
    exchanges = "".join(map(exchange_line, exchanges_of(judged.results.values())))
    assert exchanges == (report / "exchanges.jsonl").read_text()


@pytest.mark.parametrize("fault", FAULTS)
def test_the_evidence_tells_what_the_run_told(tmp_path: Path, fault: str) -> None:
    [requirement] = PROXY_FAULTS[fault].breaks
    done = behind(tmp_path, fault, "-k", requirement)
    assert requirement in done.verdicts("warned")
    assert_judged_alike(done.report, "-k", requirement)


def test_evidence_of_one_side_alone_collects_no_case_about_both(tmp_path: Path, of_a_fault: Path) -> None:
    head, *lines = (of_a_fault / "evidence.jsonl").read_text().splitlines()
    made = json.loads(head)
    assert made["provenance"].pop("both_sides") is True
    forged = tmp_path / "evidence.jsonl"
    forged.write_text("\n".join([json.dumps(made, separators=(",", ":")), *lines, ""]))
    judged = inprocess.judge({"evidence": forged}, "-k", "PROXY")
    assert judged.results == {}
