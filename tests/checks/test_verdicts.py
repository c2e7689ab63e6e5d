"""From findings to verdicts: the table of the design, and that order never matters."""

from collections.abc import Sequence
from itertools import product
from random import Random
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.checks.findings import Finding, Kind
from conformance.checks.verdicts import EXIT_USAGE, RunVerdict, Verdict, exit_code, judge, of_run, strongest
from conformance.requirements import Level

VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
LEVELS: tuple[Level, ...] = get_args(Level)
KINDS: tuple[Kind, ...] = get_args(Kind)


def of(*kinds: Kind) -> list[Finding]:
    return [Finding(kind, "m") for kind in kinds]


@pytest.mark.parametrize(
    ("kinds", "must", "other"),
    [
        ([], "passed", "passed"),
        (["observation"], "passed", "passed"),
        (["observation", "warning"], "warned", "warned"),
        (["violation"], "failed", "warned"),
        (["inapplicable"], "not_applicable", "not_applicable"),
        (["inapplicable", "inapplicable"], "not_applicable", "not_applicable"),
        (["inapplicable", "observation"], "passed", "passed"),
        (["warning", "inapplicable"], "warned", "warned"),
        (["inapplicable", "undecided"], "inconclusive", "inconclusive"),
        (["inapplicable", "violation"], "failed", "warned"),
        (["undecided"], "inconclusive", "inconclusive"),
        (["undecided", "observation"], "inconclusive", "inconclusive"),
        (["undecided", "warning"], "inconclusive", "inconclusive"),
        (["undecided", "violation"], "failed", "inconclusive"),
        (["warning", "violation"], "failed", "warned"),
        (["observation", "warning", "undecided", "violation"], "failed", "inconclusive"),
    ],
)
def test_one_case(kinds: list[Kind], must: Verdict, other: Verdict) -> None:
    assert judge("MUST", of(*kinds)) == must
    assert {judge(level, of(*kinds)) for level in LEVELS if level != "MUST"} == {other}


SOME = st.lists(st.sampled_from(KINDS), min_size=1, max_size=4)


@given(st.sampled_from(LEVELS), SOME, SOME, st.randoms())
def test_findings_weigh_the_same_in_any_order_and_split_over_any_cases(
    level: Level, one: list[Kind], other: list[Kind], random: Random
) -> None:
    both = [*one, *other]
    whole = judge(level, of(*both))
    assert strongest([judge(level, of(*one)), judge(level, of(*other))]) == whole
    random.shuffle(both)
    assert judge(level, of(*both)) == whole


@given(st.sampled_from(LEVELS), SOME)
def test_a_case_with_nothing_to_hold_against_the_target_has_passed(level: Level, kinds: list[Kind]) -> None:
    alone = judge(level, of(*kinds))
    assert strongest([judge(level, []), alone]) == ("passed" if alone == "not_applicable" else alone)


ORDER: list[Verdict] = ["failed", "inconclusive", "warned", "passed", "not_applicable", "not_tested"]


def test_several_cases() -> None:
    for (at, one), (other_at, other) in product(enumerate(ORDER), repeat=2):
        assert strongest([one, other]) == ORDER[min(at, other_at)]
    assert strongest([]) == "not_tested"
    assert strongest(["excluded"]) == "excluded"
    assert {strongest(["excluded", verdict]) for verdict in ORDER} == set(ORDER)


@given(st.lists(st.sampled_from(VERDICTS), min_size=1), st.randoms())
def test_verdicts_weigh_the_same_in_any_order(verdicts: list[Verdict], random: Random) -> None:
    combined = strongest(verdicts)
    assert combined in verdicts
    assert strongest([combined, *verdicts]) == combined
    random.shuffle(verdicts)
    assert strongest(verdicts) == combined


@pytest.mark.parametrize(
    ("requirements", "verdict"),
    [
        ([("MUST", "passed"), ("SHOULD", "warned"), ("MAY", "passed"), ("INFO", "passed")], "conformant"),
        ([("MUST", "warned"), ("MUST", "not_applicable"), ("MUST", "not_tested"), ("MUST", "excluded")], "conformant"),
        ([("MUST", "passed"), ("SHOULD", "inconclusive")], "conformant"),
        ([("MUST", "failed"), ("MUST", "inconclusive"), ("MUST", "passed")], "nonconformant"),
        ([("MUST", "inconclusive"), ("MUST", "passed")], "inconclusive"),
        ([("MUST", "not_applicable"), ("SHOULD", "not_tested")], "inconclusive"),
        ([("SHOULD", "inconclusive")], "inconclusive"),
        ([("INFO", "passed")], "conformant"),
        ([("SHOULD", "failed")], "conformant"),  # only a MUST is held against the target, but this one is decided
        ([], "inconclusive"),
    ],
)
def test_a_run(requirements: Sequence[tuple[Level, Verdict]], verdict: RunVerdict) -> None:
    assert of_run(requirements) == of_run(requirements[::-1]) == verdict


@pytest.mark.parametrize(
    ("verdict", "broken", "complete", "code"),
    [
        ("conformant", False, True, 0),
        ("nonconformant", False, True, 1),
        ("inconclusive", False, True, 2),
        ("conformant", False, False, 2),
        ("nonconformant", False, False, 1),
        ("inconclusive", False, False, 2),
        *((verdict, True, complete, 3) for verdict in get_args(RunVerdict) for complete in (True, False)),
    ],
)
def test_exit_code_of_a_run(verdict: RunVerdict, broken: bool, complete: bool, code: int) -> None:
    assert exit_code(verdict, broken=broken, complete=complete) == code


def test_wrong_usage_is_told_apart_from_all_that_a_run_can_find() -> None:
    assert EXIT_USAGE == 4
