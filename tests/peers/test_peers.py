"""The suite against servers that none of us wrote: it finds what is wrong with them, all of it and nothing else."""

from collections.abc import Callable
from typing import NamedTuple

import pytest

from conformance.checks.verdicts import EXIT_NONCONFORMANT

from .conftest import Report
from .known import KNOWN

pytestmark = pytest.mark.peers

FINDINGS = frozenset({"failed", "inconclusive", "warned"})


class Fact(NamedTuple):
    """Something about a peer that was known before the suite was written, and the request that shows it."""

    peer: str
    requirement: str
    case: str
    sends: str
    """Part of the request's body, by which the exchange is found."""
    status: int
    answers: str
    """Part of the answer's body."""


UNKNOWN_MODEL = ("CHAT-UNKNOWN-MODEL", "chat/chat_completions.unknown_model", "there-is-no-such-model", 200, '"stop"')
FACTS = [
    Fact("aimock", *UNKNOWN_MODEL),
    Fact("llm-katan", *UNKNOWN_MODEL),
    Fact(
        "aimock", "RESP-400-BACKGROUND", "responses/unsupported_parameters.refused-background",
        '"background": true', 200, '"completed"',
    ),
    Fact(
        "aimock", "ERR-CLIENT-NOT-5XX", "responses/errors.malformed_body",
        '{"model": "gpt-5"}', 500, "req.input is not iterable",
    ),
    Fact("llm-katan", "ERR-CLIENT-NOT-5XX", "gemini/errors.malformed_body", "[]", 500, "Internal Server Error"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("report", "fact"),
    [(fact.peer, fact) for fact in FACTS],
    indirect=["report"],
    ids=[f"{fact.peer}-{fact.requirement}" for fact in FACTS],
)
def test_known_fact_is_found(report: Report, fact: Fact) -> None:
    case = report.case(fact.case)
    seen = [report.exchanges[name] for name in case["exchanges"]]
    shown = [row["response"] for row in seen if fact.sends in row["request"]["body"]]
    # Asked again, it is the same.
    assert {answer["status"] for answer in shown if fact.answers in answer["body"]} == {fact.status}
    found = [row for row in case["findings"] if row["requirement"] == fact.requirement]
    assert "violation" in {row["kind"] for row in found}
    assert any(row["actual"].startswith(str(fact.status)) for row in found)
    assert report.verdicts[fact.requirement] == KNOWN[report.name][fact.requirement].verdict


def test_all_findings_are_known_and_true(report: Report) -> None:
    found = {name: verdict for name, verdict in report.verdicts.items() if verdict in FINDINGS}
    assert found == {name: known.verdict for name, known in KNOWN[report.name].items()}


RIGHT = (
    "AUTH-BEARER",
    "AUTH-REFUSED",
    "CHAT-PATH",
    "CHAT-USAGE-SUM",
    "CHAT-RESP-CREATED",
    "CHAT-STREAM-EQUAL",
    "GEM-RESP-TEXT",
)
RIGHT_OF = {
    "aimock": (*RIGHT, "GEM-ERR-SHAPE", "RESP-OUTPUT-MSG", "RESP-MODEL-ECHO", "RESP-MAXOUT", "RESP-STREAM-EQUAL"),
    "llm-katan": (*RIGHT, "CHAT-STREAM-ORDER", "GEM-STREAM-ORDER", "GEM-STREAM-EQUAL", "GEM-USAGE-SUM"),
}


def test_what_is_right_passes(report: Report) -> None:
    right = RIGHT_OF[report.name]
    assert {name: report.verdicts[name] for name in right} == dict.fromkeys(right, "passed")


def test_a_stream_that_counts_nothing_is_right_but_for_its_totals(runs: Callable[[str], Report]) -> None:
    findings = runs("aimock").case("gemini/streaming.stream")["findings"]
    assert [(found["kind"], found["path"]) for found in findings] == [("warning", "usageMetadata.totalTokenCount")]


@pytest.mark.parametrize("name", ["CHAT-MODEL-UCNAME", "RESP-FQN", "REASON-BLOCK-TYPES"])
def test_what_says_nothing_about_a_peer_is_not_applicable(report: Report, name: str) -> None:
    """Neither calls its models by three-part names, neither shows a reasoning block."""
    assert report.verdicts[name] == "not_applicable"


@pytest.mark.parametrize("report", ["llm-katan"], indirect=True)
def test_absent_surface_is_not_applicable(report: Report) -> None:
    rows = [row for row in report.results["requirements"] if row["surface"] == "responses" and row["cases"]]
    assert rows
    assert {row["verdict"] for row in rows} == {"not_applicable"}


def test_run_ends_in_a_verdict_and_a_report(report: Report) -> None:
    assert report.exit_code == EXIT_NONCONFORMANT, report.output
    assert report.results["verdict"] == "nonconformant"
    assert report.results["complete"]
    assert report.results["errors"] == []
    assert "Traceback" not in report.output
    assert {path.name for path in report.directory.iterdir()} == {
        "bodies", "evidence.jsonl", "exchanges.jsonl", "junit.xml", "report.html", "results.json",
    }  # fmt: skip


@pytest.mark.parametrize("report", ["llm-katan"], indirect=True)
def test_token_that_a_peer_gives_away_is_cut_out(report: Report) -> None:
    """llm-katan tells a client with a wrong key which one it expects."""
    answered = [row for row in report.exchanges.values() if row["response"]]
    refusals = [row["response"]["body"] for row in answered if row["response"]["status"] == 401]
    assert any("expected '[redacted]'" in body for body in refusals)
    files = [path for path in report.directory.rglob("*") if path.is_file()]
    kept = [path.read_text(encoding="utf-8", errors="replace") for path in files]
    assert not [text for text in (report.output, *kept) if report.token in text]
