"""What GitHub Actions is told of a report: within its limits, and nothing of it is obeyed."""

import re
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from conformance.report import github
from conformance.report.results import CaseResult, Deviation, DeviationRow, Deviations, NotCovered, Results
from conformance.requirements import catalogue
from tests.report.made import case, finding, results
from tests.report.parsed import HOSTILE

LINE = re.compile(r"::(error|warning|notice) title=([^,:\r\n]*)::(.*)")
MUSTS = [row.id for row in catalogue().values() if row.level == "MUST"]
INJECTED = "x\r\n::error title=pwned::y\n::set-env name=PATH::z%0A::add-mask::a##[error]b|`c`<img src=x>[d](http://evil.example)"


def failed(requirement: str, message: str, **texts: str) -> CaseResult:
    name = f"chat/{requirement.lower()}"
    return case(name, {requirement: "failed"}, finding(requirement, "violation", message, **texts))


def many(number: int) -> Results:
    """A run in which so many requirements failed, each for a reason of its own."""
    return results(*(failed(name, f"{name} is broken in its way", actual=name) for name in MUSTS[:number]))


def parsed(found: Results) -> list[tuple[str, str, str]]:
    lines = list(github.annotations(found))
    matches = [LINE.fullmatch(line) for line in lines]
    assert all(matches), lines
    return [(match[1], match[2], match[3]) for match in matches if match]


@pytest.mark.parametrize("number", [0, 1, 10, 11, 40])
def test_nine_and_how_many_more(number: int) -> None:
    found = many(number)
    number = len(found.causes)  # what says the same may be one cause
    errors = [(title, text) for level, title, text in parsed(found) if level == "error"]
    assert len(errors) == min(number, 10)
    if number > 10:
        assert errors[-1][0] == f"{number - 9} more"
    if number:
        assert errors[0][0] == f"{found.causes[0].requirements[0]}%3A failed"
        assert "is broken in its way" in errors[0][1]


def test_the_verdict_is_told_with_its_scope() -> None:
    [(level, title, text)] = parsed(results())
    assert (level, title) == ("notice", "gateway-conformance")
    assert "my-proxy: inconclusive" in text


def test_the_levels() -> None:
    should = next(row.id for row in catalogue().values() if row.level == "SHOULD")
    found = results(
        failed(MUSTS[0], "it is broken"),
        case("chat/b", {MUSTS[1]: "inconclusive"}, finding(MUSTS[1], "undecided", "no answer: 429")),
        case("chat/c", {should: "warned"}, finding(should, "violation", "not as it should be")),
        errors=["Oops"],
        incomplete=["it was ended"],
    )
    told = {(level, title) for level, title, _ in parsed(found)}
    assert told == {
        ("error", "gateway-conformance%3A the suite itself broke"),
        ("error", f"{MUSTS[0]}%3A failed"),
        ("warning", "gateway-conformance%3A the run is incomplete"),
        ("warning", f"{MUSTS[1]}%3A inconclusive"),
        ("notice", "gateway-conformance"),
        ("notice", f"{should}%3A warned"),
    }


@pytest.mark.parametrize("text", [INJECTED, HOSTILE])
def test_what_a_target_says_is_no_command(text: str) -> None:
    told = parsed(results(failed(MUSTS[0], text, actual=text), errors=[text], incomplete=[text], target=named(text)))
    assert len(told) == 4
    assert not any(set(message) & set("\x1b\u202e\r\n") for _, _, message in told)


def named(name: str) -> dict[str, Any]:
    return {"name": name, "mode": "live", "surfaces": {"chat": "https://proxy.example/v1"}, "provenance": "live"}


@given(st.text(alphabet=st.sampled_from(list("%:,\r\n\u2028#[]`|<>&abc ")), max_size=60))
def test_no_text_ends_its_line_or_its_code(text: str) -> None:
    assert LINE.fullmatch(github._command("error", text, text))
    code = github._code(text)
    assert code[0] == code[-1] == "`"
    assert not set(code[1:-1]) & set("`|\r\n")


@pytest.mark.parametrize("text", [INJECTED, HOSTILE])
def test_what_a_target_says_is_text_in_the_summary(text: str) -> None:
    found = results(failed(MUSTS[0], text, actual=text), errors=[text], incomplete=[text], target=named(text))
    shown = github.summary(found)
    outside = re.sub(r"`[^`]*`", "", shown)
    for word in ("evil.example", "<img", "<script", "pwned", "::"):
        assert word not in outside
    rows = [line for line in shown.splitlines() if line.startswith("| ✗ failed | `")]
    assert [line.count("|") for line in rows] == [4]


def test_the_summary_has_every_cause() -> None:
    found = many(40)
    shown = github.summary(found)
    assert all(name in shown for name in MUSTS[:40])
    assert "is ✗ nonconformant" in shown
    assert "| ✗ failed | 40 | 0 | 0 | 0 |" in shown


@pytest.mark.parametrize("room", [0, 2_100, 4_000, 10_000])
def test_a_summary_of_bounded_size(room: int) -> None:
    shown = github.summary(results(*(failed(name, "ü" * 500, actual=name) for name in MUSTS[:40])), room)
    assert len(shown.encode()) <= room
    if room > 3_000:
        assert re.search(r"\n[\d,]+ lines more: see the report\.\n$", shown)


def test_what_is_known_or_does_not_count_is_no_error() -> None:
    found = many(3)
    known, unscored, open_ = (cause.requirements[0] for cause in found.causes)
    marks = {known: {"known": True}, unscored: {"unscored": "it is new"}}
    found = replace(found, requirements=tuple(replace(row, **marks.get(row.id, {})) for row in found.requirements))
    told = {(level, title) for level, title, _ in parsed(found) if title != "gateway-conformance"}
    assert told == {
        ("notice", f"{known}%3A failed (known deviation)"),
        ("notice", f"{unscored}%3A failed (does not count)"),
        ("error", f"{open_}%3A failed"),
    }
    assert f"| ✗ failed, known deviation | `{known}` |" in github.summary(found)


def test_a_known_deviation_that_fails_the_run_is_one() -> None:
    day = date(2026, 11, 1)
    deviation = Deviation(
        requirement=MUSTS[0], verdict="failed", owner="Ada", reason="slow", first_seen=day, expires=day
    )
    row = DeviationRow(deviation=deviation, outcome="did_not_happen", found="passed")
    found = replace(results(), deviations=Deviations(rows=(row,)))
    [(_, title, text)] = [one for one in parsed(found) if one[0] == "error"]
    assert title == "gateway-conformance%3A a known deviation"
    assert f"{MUSTS[0]}: did not happen" in text
    assert "**A known deviation fails the run:**" in github.summary(found)
    assert github.badge(found)["color"] == "red"


def test_known_deviations_are_told_with_their_owners() -> None:
    day = date(2026, 11, 1)
    deviation = Deviation(
        requirement=MUSTS[0], verdict="failed", owner="Ada", reason="slow|`x`", first_seen=day, expires=date(2027, 1, 1)
    )
    row = DeviationRow(deviation=deviation, outcome="happened", found="failed")
    beyond = NotCovered(requirement=MUSTS[0], case="chat/x", found="it is broken")
    found = replace(results(), deviations=Deviations(rows=(row,), not_covered=(beyond,)))
    lines = github.summary(found).splitlines()
    who = "slow∣ˋxˋ (Ada, since 2026-11-01, until 2027-01-01)"
    assert f"Known deviation: `{MUSTS[0]}: failed as expected: {who}`" in lines
    says = "`not covered by the deviation: chat/x, model unknown: it is broken`"
    assert f"**Not known of `{MUSTS[0]}`:** {says}" in lines


def test_the_promise_and_what_was_found_stand_apart() -> None:
    found = results(failed(MUSTS[0], "usage does not add up"))
    statement = next(row.statement for row in found.requirements if row.id == MUSTS[0])
    [(_, _, text)] = [one for one in parsed(found) if one[0] == "error"]
    assert text == f"{statement} – usage does not add up"


def test_the_badge_says_what_the_run_was_about() -> None:
    kept = [case(f"chat/{name.lower()}", {name: "passed"}) for name in MUSTS]
    assert github.badge(results(*kept, target=named("x")))["message"].startswith("conformant")
    assert github.badge(results(target=named("x")))["message"] == "inconclusive"
    reference = named("x") | {"mode": "replay", "provenance": "reference"}
    assert github.badge(many(1))["color"] == "red"
    assert github.badge(results(*kept, target=reference)) == {
        "schemaVersion": 1,
        "label": "gateway-conformance",
        "message": "conformant, of a part, replayed, reference gateway",
        "color": "lightgrey",
    }
