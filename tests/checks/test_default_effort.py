"""The default effort by the reasoning tokens that answers tell: by one answer each, and by many."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.checks.reasoning import MANY, default_is_none, default_looks_like

from .samples import judged, seen, told

Counts = list[int | None]
Told = dict[str, Counts]
UNSEEN = "the reasoning tokens do not show the default: "


def broken(findings: Any) -> list[str]:
    return [found.message for found in told(findings) if found.kind != "inapplicable"]


def by_effort(omitted: Any, none: Any, high: Any) -> Told:
    return {"omitted": counts(omitted), "none": counts(none), "high": counts(high)}


def efforts(omitted: Any, low: Any, medium: Any, high: Any) -> Told:
    return {"omitted": counts(omitted), "low": counts(low), "medium": counts(medium), "high": counts(high)}


def noted(findings: Any) -> str:
    """Why a default is not to be seen; empty if it is."""
    found = told(findings)
    if [each.kind for each in found] != ["inapplicable"]:
        return ""
    assert found[0].message.startswith(UNSEEN)
    assert seen(findings) == []  # what is recorded would pass
    return found[0].message.removeprefix(UNSEEN)


def counts(given_counts: Any) -> Counts:
    return given_counts if isinstance(given_counts, list) else [given_counts]


@pytest.mark.parametrize(
    ("told_counts", "actual"),
    [
        (by_effort(0, 0, 64), None),
        (by_effort(None, None, 64), None),
        (by_effort(0, 1, 64), None),  # what `none` does is another requirement's
        (by_effort([0, None, 0], [7, 0], [0, 64]), None),
        (by_effort([], [], 64), None),
        (by_effort(1, 0, 64), "[1]"),
        (by_effort(64, None, None), "[64]"),
        (by_effort(64, 64, 64), "[64]"),
        (by_effort([0, 64, None, 0, 8], 0, 64), "[64, 8]"),  # one answer that reasoned is one too many
    ],
)
def test_default_is_none(told_counts: Told, actual: str | None) -> None:
    found = told(default_is_none(told_counts))
    assert [(finding.kind, finding.message, finding.actual) for finding in found] == (
        [("violation", "it reasons unasked", actual)] if actual else []
    )


@pytest.mark.parametrize(
    ("given_counts", "recorded"),
    [
        (64, "64"),
        ([64, None], "64"),
        (0, "0"),
        (None, "not told"),
        ([None] * MANY, "not told"),
        ([], "not told"),
        ([9, 0, 7], "7 (0 to 9 in 3 answers)"),
        ([64, None, 0], "32 (0 to 64 in 2 answers)"),
        ([1, 2], "1.5 (1 to 2 in 2 answers)"),
        ([10_000] * 2, "10000 (10000 to 10000 in 2 answers)"),
    ],
)
def test_the_tokens_of_each_effort_are_recorded(given_counts: Any, recorded: str) -> None:
    told_counts = by_effort(given_counts, given_counts, 7)
    expected = f"omitted {recorded}, none {recorded}, high 7"
    assert seen(default_is_none(told_counts)) == [expected]
    found = list(default_looks_like("none", told_counts))
    assert (noted(found) or seen(found)[0]) == expected


def test_where_reasoning_is_not_told_apart_is_noted() -> None:
    for nothing, text in (
        (by_effort(0, 0, 0), "omitted 0, none 0, high 0"),
        (by_effort(None, [0, None], []), "omitted not told, none 0, high not told"),
        (by_effort(None, None, None), "omitted not told, none not told, high not told"),
    ):
        assert noted(list(default_is_none(nothing))) == text
    assert len(seen(default_is_none(by_effort(0, None, 1)))) == 1


ONE_OF_EACH = [
    # What one answer each took; the efforts that could well be the default, and the one that is nearest.
    (efforts(64, 10, 64, 300), {"medium"}, "medium"),
    (efforts(99, 10, 64, 300), {"medium"}, "medium"),
    (efforts(100, 10, 64, 300), {"medium", "high"}, "medium"),  # a third of 300
    (efforts(181, 10, 64, 300), {"medium", "high"}, "medium"),
    (efforts(183, 10, 64, 300), {"medium", "high"}, "high"),
    (efforts(192, 10, 64, 300), {"medium", "high"}, "high"),  # three times 64
    (efforts(193, 10, 64, 300), {"high"}, "high"),
    (efforts(38, 10, 64, 300), {"medium"}, "medium"),
    (efforts(36, 10, 64, 300), {"low", "medium"}, "low"),
    (efforts(30, 10, 36, 300), {"low", "medium"}, "medium"),  # three times 10
    (efforts(31, 10, 36, 300), {"medium"}, "medium"),
    (efforts(20, 10, 60, 300), {"low", "medium"}, "low"),  # a third of 60
    (efforts(19, 10, 60, 300), {"low"}, "low"),
    (efforts(0, 10, 64, 300), {"low"}, "low"),
    (efforts(0, 0, 64, 300), {"low"}, "low"),
    (efforts(1, 0, 2, 300), {"low", "medium"}, None),  # as near to one as to the other
    (efforts(900, 10, 64, 300), {"high"}, "high"),
    (efforts(9000, 10, 64, 300), {"high"}, "high"),  # far off, but farther from the others
    (efforts(64, None, 64, 300), {"low", "medium"}, "medium"),
    (efforts(10, 10, None, 300), {"low", "medium"}, "low"),
]


@pytest.mark.parametrize("default", ["low", "medium", "high"])
@pytest.mark.parametrize(("told_counts", "usual", "nearest"), ONE_OF_EACH)
def test_one_answer_each(default: str, told_counts: Told, usual: set[str], nearest: str | None) -> None:
    found = told(default_looks_like(default, told_counts))
    recorded = seen(default_looks_like(default, told_counts))
    if told_counts[default] == [None]:
        assert noted(list(default_looks_like(default, told_counts)))
        return
    nearest = nearest or (default if default in usual else recorded[1])
    assert recorded[1:] == [nearest]
    assert [(finding.kind, finding.expected, finding.actual) for finding in found] == (
        [] if default in usual else [("warning", default, nearest)]
    )


@pytest.mark.parametrize(
    "told_counts",
    [
        efforts(None, 10, 64, 300),
        efforts([], 10, 64, 300),
        efforts([None, None], 10, 64, 300),
        efforts(64, 10, None, 300),  # the default itself is not told
        efforts(64, 10, [None] * MANY, 300),
        efforts(900, 64, 64, 64),
        efforts(900, None, 64, None),
        efforts(900, [60, 68], [64, 64, 70], [64, 1]) | {"high": [64]},  # medians alike
        efforts(0, None, None, None),
        efforts(None, None, None, None),
        {"low": [10], "medium": [64]},
        {"omitted": [900], "low": [10], "high": [300]},  # the default was refused
        {},
    ],
)
def test_a_default_that_is_not_to_be_seen(told_counts: Told) -> None:
    assert [found.kind for found in default_looks_like("medium", told_counts)] == ["inapplicable"]
    assert told_counts == {} or noted(list(default_looks_like("medium", told_counts)))


@pytest.mark.parametrize("default", ["low", "medium"])
def test_a_tie_is_no_other_default(default: str) -> None:
    told_counts = efforts(64, 64, 64, 300)
    assert judged(default_looks_like(default, told_counts)) == []
    assert seen(default_looks_like(default, told_counts))[1] == default
    far = efforts(37, 10, 64, 300)  # as far from low as from medium, and far from what low took
    assert judged(default_looks_like(default, far)) == []


MEDIUM = list(range(41, 41 + MANY))
"""Ten answers of the default: 41 to 50 tokens."""


@pytest.mark.parametrize(
    ("omitted", "medium", "nearest", "warned"),
    [
        (41, MEDIUM, "medium", False),
        (30, MEDIUM, "low", True),
        (20, MEDIUM, "low", True),
        (20, MEDIUM[:-1], "low", False),  # nine are few: a factor is allowed
        (20, [*MEDIUM[:-1], None], "low", False),  # nine that tell
        (20, [*MEDIUM, None], "low", True),
        (30, [*MEDIUM[:-1], 30], "low", False),  # what the default took once is usual
        (29, [*MEDIUM[:-1], 30], "low", True),
        (200, MEDIUM, "high", True),
        (200, [*MEDIUM, 200], "high", False),
        (201, [*MEDIUM, 200], "high", True),
        (60, MEDIUM, "medium", False),  # outside of what it took, but nearer to no other
    ],
)
def test_many_answers(omitted: int, medium: Counts, nearest: str, warned: bool) -> None:
    assert len(MEDIUM) == 10  # what the catalogue calls statistics
    told_counts = efforts([omitted] * MANY, [26] * MANY, medium, [300] * MANY)
    assert judged(default_looks_like("medium", told_counts)) == [("warning", "")] * warned
    assert seen(default_looks_like("medium", told_counts))[1] == nearest


def test_it_is_the_median_that_counts() -> None:
    outliers = efforts([64] * 6 + [9000] * 4, [10] * 7 + [70] * 3, [60] * 6 + [2000] * 4, [300] * 6 + [66] * 4)
    for default in ("low", "medium", "high"):
        assert seen(default_looks_like(default, outliers))[1] == "medium"
    halfway = efforts([60, 70], 10, 64, 67)
    assert seen(default_looks_like("medium", halfway))[1] == "medium"
    assert seen(default_looks_like("medium", halfway | {"omitted": [60, 72]}))[1] == "high"


FEW = st.lists(st.none() | st.integers(0, 400), max_size=4)
MANY_OR_FEW = FEW | st.lists(st.none() | st.integers(0, 400), min_size=MANY, max_size=MANY + 2)
ANY_TOLD = st.builds(efforts, MANY_OR_FEW, MANY_OR_FEW, MANY_OR_FEW, MANY_OR_FEW)
DEFAULTS = st.sampled_from(["low", "medium", "high"])


@given(DEFAULTS, ANY_TOLD)
def test_what_the_default_itself_took_is_never_another(default: str, told_counts: Told) -> None:
    assert broken(default_looks_like(default, told_counts | {"omitted": told_counts[default]})) == []


@given(DEFAULTS, ANY_TOLD, st.randoms(use_true_random=False))
def test_the_order_of_the_answers_does_not_matter(default: str, told_counts: Told, chance: Any) -> None:
    shuffled = {effort: chance.sample(told_counts[effort], len(told_counts[effort])) for effort in told_counts}
    unknown = {effort: [*shuffled[effort], None] for effort in shuffled}
    assert judged(default_looks_like(default, told_counts)) == judged(default_looks_like(default, shuffled))
    assert judged(default_looks_like(default, told_counts)) == judged(default_looks_like(default, unknown))
    assert judged(default_is_none(told_counts)) == judged(default_is_none(shuffled))


ONE = st.integers(0, 400)


@given(DEFAULTS, ONE, ONE, ONE, ONE)
def test_one_answer_is_given_a_factor_and_many_are_not(
    default: str, omitted: int, low: int, medium: int, high: int
) -> None:
    one = {"low": low, "medium": medium, "high": high}
    nearer = any(abs(count - omitted) < abs(one[default] - omitted) for count in one.values())
    apart = len(set(one.values())) > 1
    few = {effort: counts(count) for effort, count in (one | {"omitted": omitted}).items()}
    within = one[default] <= 3 * omitted and omitted <= 3 * one[default]
    assert bool(broken(default_looks_like(default, few))) == (apart and nearer and not within)
    many = {effort: told_counts * MANY for effort, told_counts in few.items()}
    assert bool(broken(default_looks_like(default, many))) == (apart and nearer)


@given(ANY_TOLD)
def test_only_what_was_left_out_breaks_a_default_of_none(told_counts: Told) -> None:
    assert bool(broken(default_is_none(told_counts))) == any(told_counts["omitted"])
