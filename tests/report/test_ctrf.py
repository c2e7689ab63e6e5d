"""CTRF: one test a case, and no status that says more than the run has found."""

import json
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pytest

from conformance.report.ctrf import ctrf, ctrf_of_none
from conformance.report.results import CaseResult
from conformance.report.watched import could_not_look
from tests.report.made import MUSTS, case, finding, generated, results
from tests.report.parsed import HOSTILE


def parsed(*cases: CaseResult, **changed: Any) -> dict[str, Any]:
    exchanges = [row for result in cases for row in result.exchanges]
    document: dict[str, Any] = json.loads(ctrf(results(*cases, **changed), exchanges))
    return document


def of_all_verdicts() -> list[CaseResult]:
    one, two, three, four, five = MUSTS[:5]
    return [
        case("chat/a.passed", {one: "passed"}),
        case("chat/b.failed", {two: "failed"}, finding(two, "violation", "it is broken", expected="400", actual="200")),
        case("chat/c.undecided", {three: "inconclusive"}, finding(three, "undecided", "no answer: 429")),
        case("chat/d.warned", {four: "warned"}, finding(four, "warning", "not as it should be")),
        case("chat/e.not_applicable", {five: "not_applicable"}, notes={five: "not offered: video (text only)"}),
        generated("messages.[].content", "null_value", 0xFEED),
    ]


def test_one_test_a_case_with_its_status() -> None:
    document = parsed(*of_all_verdicts())
    assert (document["reportFormat"], document["specVersion"]) == ("CTRF", "0.0.0")
    found = document["results"]
    told = {
        one["name"].partition(".")[2]: (one["status"], one["rawStatus"], one.get("message")) for one in found["tests"]
    }
    assert len(told) == 6
    assert told.pop("broken-createChatCompletion-messages.content-null_value-00000000feed")[:2] == ("failed", "failed")
    assert told == {
        "passed": ("passed", "passed", None),
        "failed": ("failed", "failed", f"{MUSTS[1]}: it is broken; expected 400; actual 200"),
        "undecided": ("other", "inconclusive", f"{MUSTS[2]}: no answer: 429"),
        "warned": ("passed", "warned", f"{MUSTS[3]}: not as it should be"),
        "not_applicable": ("skipped", "not_applicable", "not offered: video (text only)"),
    }
    suites = {one["name"]: one["suite"] for one in found["tests"]}
    assert suites["chat/a.passed"] == ["chat/a"]
    assert ["chat/corpus", "createChatCompletion"] in suites.values()
    assert {one["name"]: one["extra"] for one in found["tests"]}["chat/a.passed"] == {"requirements": [MUSTS[0]]}


def test_the_summary_counts_what_the_tests_say() -> None:
    found = parsed(*of_all_verdicts(), errors=["chat/x: broke\n  here"])["results"]
    summary, counts = found["summary"], Counter(one["status"] for one in found["tests"])
    assert {name: summary[name] for name in ("passed", "failed", "skipped", "pending", "other")} == {
        "passed": 2,
        "failed": 2,
        "skipped": 1,
        "pending": 0,
        "other": 2,
    }
    assert summary["tests"] == 7 == sum(counts.values())
    assert all(summary[name] == number for name, number in counts.items())
    assert summary["stop"] - summary["start"] == 1500
    assert datetime.fromtimestamp(summary["start"] / 1000, UTC).isoformat() == "2025-11-22T03:17:00+00:00"
    assert summary["extra"]["verdict"] == "nonconformant"
    assert found["environment"] == {"testEnvironment": "my-proxy", "healthy": False}


def test_a_failure_says_how_to_send_it_again() -> None:
    [failed] = [one for one in parsed(*of_all_verdicts())["results"]["tests"] if one["name"] == "chat/b.failed"]
    assert failed["trace"].count("curl -sS") == 1


def test_a_run_that_is_not_whole_is_not_healthy() -> None:
    found = parsed(incomplete=["it was ended"])["results"]
    [whole] = found["tests"]
    assert (whole["name"], whole["status"], whole["message"]) == ("the whole run", "other", "it was ended")
    assert not found["environment"]["healthy"]
    assert parsed(case("chat/x.y", {MUSTS[0]: "passed"}))["results"]["environment"]["healthy"]


@pytest.mark.parametrize("text", [HOSTILE, "\ud800\x00\u2028]]>"])
def test_hostile_text_is_only_text(text: str) -> None:
    broken = case("chat/b.failed", {MUSTS[0]: "failed"}, finding(MUSTS[0], "violation", text, actual=text))
    exchanges = list(broken.exchanges)
    shown = ctrf(results(broken, errors=[text], incomplete=[text]), exchanges)
    assert not {*shown} & {"\x1b", "\u202e", "\u2028", "\ud800", "\x00"}
    assert len(json.loads(shown)["results"]["tests"]) == 2


def test_a_run_that_could_not_look() -> None:
    run = could_not_look("my-proxy", "live", {}, datetime(2026, 11, 29, tzinfo=UTC), "no gateway").run
    found = json.loads(ctrf_of_none(run))["results"]
    [test] = found["tests"]
    assert (test["status"], test["rawStatus"], test["message"]) == ("other", "could_not_look", "no gateway")
    assert found["summary"]["passed"] == found["summary"]["failed"] == 0
    assert not found["environment"]["healthy"]
