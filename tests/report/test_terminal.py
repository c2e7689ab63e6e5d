"""The summary in the terminal: one line a requirement, and none of what is counted gets lost."""

from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from conformance.profiles import named
from conformance.report.counts import cut_note
from conformance.report.results import CaseResult
from conformance.report.terminal import summary
from conformance.requirements import catalogue, documented_models
from tests.report.made import case, exchange, finding, generated, results, shown
from tests.report.parsed import HOSTILE

MUSTS = sum(row.level == "MUST" and "live" in row.testable for row in catalogue().values())
"""Those that a gateway can keep or break."""
MODELS = len(documented_models())


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
    assert any(
        line.startswith("1 case, 1 request, ") for line in lines(case("chat/paths.path", {"CHAT-PATH": "passed"}))
    )


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
    assert head == f"my-proxy: inconclusive{told}; all {MODELS} models; 0 of {MUSTS} MUST decided"


TARGET = {"name": "my-proxy", "mode": "live", "surfaces": {}, "provenance": "live"}
EVERYWHERE = [case(f"{surface}/x.y", {"CHAT-PATH": "passed"}) for surface in ("chat", "responses", "gemini", "serving")]


WHOLE = dict.fromkeys(catalogue(), "passed")


def reach(*cases: CaseResult, **changed: Any) -> list[str]:
    """What the headline says of how far the verdict reaches."""
    head = lines(*cases, **changed)[1]
    found = results(*cases, **changed)
    assert head.endswith("; ".join(found.scope)), "results.json says the same"
    return list(found.scope)


def test_the_headline_says_which_surfaces_were_asked() -> None:
    assert reach(*EVERYWHERE[:2])[0] == "chat and responses alone"
    assert reach(EVERYWHERE[2])[0] == "gemini alone"
    assert reach(*EVERYWHERE) == ["all surfaces", f"all {MODELS} models", f"1 of {MUSTS} MUST decided"]


def test_the_headline_says_which_models_are_lacking() -> None:
    models = documented_models()
    assert (
        reach(*EVERYWHERE, target=TARGET | {"lacking": list(models[1:])})[1]
        == f"1 of {len(models)} models ({models[0]})"
    )
    assert (
        reach(*EVERYWHERE, target=TARGET | {"lacking": list(models[:2])})[1]
        == f"{len(models) - 2} of {len(models)} models"
    )


def test_the_headline_says_what_is_not_offered() -> None:
    target = TARGET | {"not_offered": {"video": "text and images only", "mcp": "no\nnetwork"}}
    assert reach(*EVERYWHERE, target=target)[-1] == "not offered: video (text and images only), mcp (no network)"


def test_the_musts_are_the_same_in_the_headline_and_below() -> None:
    told = lines(*EVERYWHERE)
    of_clients = len([row for row in catalogue().values() if row.level == "MUST"]) - MUSTS
    assert f"1 of {MUSTS} MUST decided" in told[1]
    assert (
        f"{MUSTS} of them MUST, beside {of_clients} about clients alone: 1 passed, 1 not applicable, {MUSTS - 2} not tested"
        in told
    )
    assert f"Of {MUSTS} MUST requirements, beside {of_clients} about clients alone: 1 passed" in shown(*EVERYWHERE).text


def test_a_model_that_was_asked_to_be_refused_is_no_fault() -> None:
    answered = exchange("responses/a#1", body='{"model":"system.ai.gpt-5"}')
    refused = exchange("responses/a#2", body='{"model":"system.ai.claude-sonnet-4-5"}')
    refused["response"]["status"] = 400
    asked = case("responses/a", WHOLE, exchanges=[answered, refused])
    target = TARGET | {"surfaces": {"responses": "https://proxy.example/ai-gateway/mlflow/v1"}}
    assert "models answered: 1 on responses (1 refused)" in lines(asked, target=target)


def test_the_whole_is_conformant_plainly() -> None:
    head = lines(*EVERYWHERE[1:], case("chat/x.y", WHOLE))[1]
    assert head == f"my-proxy: conformant; all surfaces; all {MODELS} models; all {MUSTS} MUST decided"


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"target": TARGET | {"lacking": list(documented_models()[1:])}}, "all surfaces; 1 of "),
        ({"target": TARGET | {"not_offered": {"video": "text only"}}}, "all surfaces; all "),
        ({"target": TARGET | {"recorded_in_part": [{"surfaces": ["chat"]}]}}, "recorded in part; "),
        ({"selection": {"surfaces": ["chat"], "cheap": False}}, "in what was selected (surfaces chat); "),
    ],
)
def test_what_is_not_the_whole_is_never_plainly_conformant(changed: dict[str, Any], says: str) -> None:
    cases = (*EVERYWHERE[1:], case("chat/x.y", WHOLE))
    assert lines(*cases, **changed)[1].startswith(f"my-proxy: conformant, of a part: {says}")
    found = results(*cases, **changed)
    assert (found.verdict, found.partial) == ("conformant", True), "the verdict itself is the contract's"
    assert shown(*cases, **changed).text.count("conformant, of a part") == 2, (
        "as the title, and at the head of the page"
    )


def test_a_profile_says_itself_what_it_is_about() -> None:
    profile = named("gemini")
    selection = {"surfaces": [], "cheap": False, "conformance_profile": "gemini"}
    required = case("gemini/x.y", dict.fromkeys(sorted(profile.required), "passed"))
    told = f"profile gemini-{profile.date}: {len(profile.required)} of {len(profile.required)} required decided; gemini alone; "
    assert lines(required, selection=selection)[1] == f"my-proxy: conformant; {told}all {MODELS} models"
    lacking = TARGET | {"lacking": list(documented_models()[1:])}
    assert lines(required, selection=selection, target=lacking)[1].startswith(
        f"my-proxy: conformant, of a part: {told}1 of "
    )
    some = case("gemini/x.y", dict.fromkeys(sorted(profile.required)[1:], "passed"))
    assert lines(some, selection=selection)[1].startswith("my-proxy: conformant, of a part: profile gemini-")


TRACEBACK = (
    "Traceback (most recent call last):\n"
    + '  File "cases/a.py", line 3, in b\n    c()\n' * 9
    + "ValueError: 3 of them"
)


def test_the_page_says_how_far_the_verdict_reaches() -> None:
    found = shown(*EVERYWHERE[:2])
    told = f"chat and responses alone; all {MODELS} models; 1 of {MUSTS} MUST decided"
    assert f"Scope: {told}." in found.text[: found.text.index("Mode")]
    assert found.text.count(told) == 2, "in the title of the page too"


def test_a_report_from_before_says_its_scope_as_well() -> None:
    old = replace(results(*EVERYWHERE[:1]), scope=(), partial=False)
    (_, (head, _), *_) = summary(old, None)
    assert head == f"my-proxy: conformant, of a part: chat alone; all {MODELS} models; 1 of {MUSTS} MUST decided"


@pytest.mark.parametrize(
    ("error", "says"),
    [
        ("it cannot be written", "ERROR it cannot be written"),
        (f"chat/a.b: {TRACEBACK}", "ERROR chat/a.b: ValueError: 3 of them"),
        (f"own/mine.a.b: {TRACEBACK}", "ERROR your case broke: own/mine.a.b: ValueError: 3 of them"),
        (f"chat/a.b: {TRACEBACK}\nin two lines", "ERROR chat/a.b: ValueError: 3 of them in two lines"),
        ("own/mine.a.b is in no cassette", "ERROR own/mine.a.b is in no cassette"),
    ],
)
def test_an_error_is_told_by_what_it_ends_with(error: str, says: str) -> None:
    assert says in lines(errors=[error])


def test_hostile_text_stays_on_its_line() -> None:
    told = lines(generated("stop", "null_value", 1, actual=f"a\r\n{HOSTILE}"))
    assert not any(set(line) & set("\x1b\u202e\r\n") for line in told)
    found = finding("CHAT-PATH", "violation", HOSTILE)
    assert "\\u001b[31m" in line_of("CHAT-PATH", case("chat/paths.path", {"CHAT-PATH": "failed"}, found))
