"""The annotations that GitHub Actions is told of a report: within its limits, and nothing of them is obeyed."""

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from conformance.report.github import _command, annotations
from conformance.report.results import Deviation, DeviationRow, Deviations, Results
from conformance.requirements import catalogue
from tests.report.made import MUSTS, case, failed, finding, many, named, results
from tests.report.parsed import HOSTILE

LINE = re.compile(r"::(error|warning|notice) title=([^,:\r\n]*)::(.*)")
INJECTED = "x\r\n::error title=pwned::y\n::set-env name=PATH::z%0A::add-mask::a##[error]b"


def parsed(found: Results) -> list[tuple[str, str, str]]:
    lines = list(annotations(found))
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


@given(st.text(alphabet=st.sampled_from(list("%:,\r\n\u2028#[]`|<>&abc ")), max_size=60))
def test_no_text_ends_its_line(text: str) -> None:
    assert LINE.fullmatch(_command("error", text, text))


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


def test_the_promise_and_what_was_found_stand_apart() -> None:
    found = results(failed(MUSTS[0], "usage does not add up"))
    statement = next(row.statement for row in found.requirements if row.id == MUSTS[0])
    [(_, _, text)] = [one for one in parsed(found) if one[0] == "error"]
    assert text == f"{statement} – usage does not add up"
