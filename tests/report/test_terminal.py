"""The summary in the terminal: one line a requirement, and none of what is counted gets lost."""

from pathlib import Path
from typing import Any

import pytest

from conformance.report.counts import cut_note
from conformance.report.results import CaseResult
from conformance.report.terminal import summary
from conformance.requirements import catalogue, documented_models
from tests.report.made import case, finding, generated, results, shown
from tests.report.parsed import HOSTILE

MUSTS = sum(row.level == "MUST" for row in catalogue().values())


def lines(*cases: CaseResult, **changed: Any) -> list[str]:
    """The lines of the summary of a run."""
    return [line for line, _ in summary(results(*cases, **changed), Path("reports/x"))]


def line_of(requirement: str, *cases: CaseResult) -> str:
    """The only line that is about a requirement."""
    (line,) = [line for line in lines(*cases) if requirement in line]
    return line


def test_what_many_generated_cases_found_is_told_once_and_counted() -> None:
    cases = [generated("stop", "null_value", number, sent=500 - number) for number in range(42)]
    assert line_of("SPEC-INVALID-REFUSED", *cases).endswith(
        "null value at stop of createChatCompletion is taken (200, x); and 41 more"
    )


def test_the_count_outlives_the_cut() -> None:
    cases = [generated("stop", "null_value", number, actual="x" * 400) for number in range(42)]
    line = line_of("SPEC-INVALID-REFUSED", *cases)
    assert len(line) == 200
    assert line.endswith("xxx…; and 41 more")


@pytest.mark.parametrize(
    ("note", "cut"),
    [
        ("short", "short"),
        ("exactly twenty chars", "exactly twenty chars"),
        ("a note of more than twenty characters", "a note of more than…"),
        ("a note of more than twenty; and 3 more", "a note…; and 3 more"),
        ("and 3 more; stand in the middle here", "and 3 more; stand i…"),
    ],
)
def test_a_note_is_cut_before_its_count(note: str, cut: str) -> None:
    assert cut_note(note, 20) == cut


def test_how_many_cases_are_generated_is_told() -> None:
    assert any(line.startswith("2 cases (1 of them generated), ") for line in lines(
        generated("stop", "null_value", 1), case("chat/paths.path", {"CHAT-PATH": "passed"})))  # fmt: skip
    assert any(line.startswith("1 cases, ") for line in lines(case("chat/paths.path", {"CHAT-PATH": "passed"})))


@pytest.mark.parametrize(
    ("selection", "told"),
    [
        ({"corpus": "full"}, ""),
        ({"corpus": "standard"}, ""),
        ({"corpus": "smoke"}, ", in what was selected (corpus smoke)"),
        ({"corpus": "none"}, ", in what was selected (corpus none)"),
        ({"corpus": "full", "surfaces": ["chat", "gemini"]}, ", in what was selected (surfaces chat, gemini)"),
        ({"corpus": "smoke", "cheap": True}, ", in what was selected (corpus smoke; cheap)"),
        ({"corpus": "standard", "all_models": True}, ""),
    ],
)
def test_only_what_leaves_something_out_is_a_selection(selection: dict[str, Any], told: str) -> None:
    head = lines(selection={"surfaces": [], "cheap": False, **selection})[1]
    assert head == f"my-proxy: inconclusive{told}; 0 of {MUSTS} MUST decided"


TARGET = {"name": "my-proxy", "mode": "live", "surfaces": {}, "provenance": "live"}
EVERYWHERE = [case(f"{surface}/x.y", {"CHAT-PATH": "passed"}) for surface in ("chat", "responses", "gemini", "serving")]


def reach(*cases: CaseResult, **changed: Any) -> list[str]:
    """What the headline says of how far the verdict reaches."""
    return lines(*cases, **changed)[1].split("; ")[1:]


def test_the_headline_says_which_surfaces_were_asked() -> None:
    assert reach(*EVERYWHERE[:2])[0] == "chat and responses alone"
    assert reach(EVERYWHERE[2])[0] == "gemini alone"
    assert reach(*EVERYWHERE) == [f"1 of {MUSTS} MUST decided"]


def test_the_headline_says_which_models_are_lacking() -> None:
    models = documented_models()
    assert (
        reach(*EVERYWHERE, target=TARGET | {"lacking": list(models[1:])})[0]
        == f"1 of {len(models)} models ({models[0]})"
    )
    assert (
        reach(*EVERYWHERE, target=TARGET | {"lacking": list(models[:2])})[0]
        == f"{len(models) - 2} of {len(models)} models"
    )


def test_where_all_was_decided_the_headline_says_no_more() -> None:
    all_of = case("chat/x.y", dict.fromkeys(catalogue(), "passed"))
    assert reach(*EVERYWHERE[1:], all_of) == []


def test_the_page_says_how_far_the_verdict_reaches() -> None:
    found = shown(*EVERYWHERE[:2])
    told = f"chat and responses alone; 1 of {MUSTS} MUST decided"
    assert f"Scope: {told}." in found.text[: found.text.index("Mode")]
    assert found.text.count(told) == 2, "in the title of the page too"
    assert "Scope: " not in shown(*EVERYWHERE[1:], case("chat/x.y", dict.fromkeys(catalogue(), "passed"))).text


def test_hostile_text_stays_on_its_line() -> None:
    told = lines(generated("stop", "null_value", 1, actual=f"a\r\n{HOSTILE}"))
    assert not any(set(line) & set("\x1b\u202e\r\n") for line in told)
    found = finding("CHAT-PATH", "violation", HOSTILE)
    assert "\\u001b[31m" in line_of("CHAT-PATH", case("chat/paths.path", {"CHAT-PATH": "failed"}, found))
