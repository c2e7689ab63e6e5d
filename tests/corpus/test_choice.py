"""What a run can afford: everything that occurs is tried, in few requests, and the same ones every time."""

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.corpus import choice
from conformance.corpus.case import GeneratedCase
from conformance.corpus.choice import sized
from conformance.corpus.frozen import chosen, corpus
from conformance.corpus.making import value_type

CASES = corpus()
Axis = Callable[[GeneratedCase], object]


def fields_shown(case: GeneratedCase) -> object:
    """Of the members that the pages show: which, and whether it is asked rightly or wrongly."""
    return (case.of.spec, case.field, case.mode) if case.shown else None


def class_of(case: GeneratedCase) -> object:
    return choice._class(case)


SMOKE: dict[str, Axis] = {
    "operation": lambda case: case.operation,
    "kind of change": class_of,
    "JSON type": value_type,
    "member that the pages show": fields_shown,
}
STANDARD: dict[str, Axis] = {
    "operation": lambda case: case.operation,
    "kind of change": class_of,
    "JSON type": value_type,
    "member": lambda case: (case.of.spec, case.field),
    "shown": lambda case: case.shown,
}


def ids(cases: Sequence[GeneratedCase]) -> set[str]:
    return {case.id for case in cases}


def test_each_choice_holds_the_smaller_one() -> None:
    assert ids(chosen("none")) < ids(chosen("smoke")) < ids(chosen("standard")) < ids(chosen("full"))
    assert ids(chosen("full")) == ids(CASES)


def test_smoke_is_a_minute_of_a_live_target() -> None:
    assert len(chosen("smoke")) < 60


@pytest.mark.parametrize("axis", SMOKE)
def test_smoke_holds_every_value_of_its_axes(axis: str) -> None:
    value = SMOKE[axis]
    assert {value(case) for case in chosen("smoke")} == {value(case) for case in CASES}


@pytest.mark.parametrize(("one", "other"), list(combinations(STANDARD, 2)))
def test_standard_holds_every_pair_of_values_that_occurs(one: str, other: str) -> None:
    def pairs(cases: Sequence[GeneratedCase]) -> set[tuple[object, object]]:
        return {(STANDARD[one](case), STANDARD[other](case)) for case in cases}

    assert pairs(chosen("standard")) == pairs(CASES)


def test_standard_holds_every_way_to_vary() -> None:
    assert {case.kind for case in chosen("standard")} == {case.kind for case in CASES}


def test_every_plain_request_is_sent() -> None:
    assert ids([case for case in CASES if case.is_plain]) <= ids(chosen("smoke"))


def test_a_choice_is_no_larger_than_it_has_to_be() -> None:
    """Each request of smoke was chosen for something: most are the only one with it."""
    smoke = [case for case in chosen("smoke") if not case.is_plain]
    seen = [{(axis, value(case)) for axis, value in SMOKE.items()} for case in smoke]
    needed = [
        number for number, own in enumerate(seen)
        if own - set().union(*(others for index, others in enumerate(seen) if index != number))
    ]  # fmt: skip
    assert len(needed) > len(smoke) / 2


def test_what_is_chosen_is_what_is_frozen() -> None:
    assert {case.id: case.size for case in sized(CASES)} == {case.id: case.size for case in CASES}


def test_the_order_of_the_cases_does_not_matter() -> None:
    shuffled = [replace(case, size="full") for case in CASES]
    random.Random(7).shuffle(shuffled)
    assert {case.id: case.size for case in sized(shuffled)} == {case.id: case.size for case in CASES}


@settings(max_examples=30)
@given(
    st.lists(st.sampled_from(CASES), min_size=1, max_size=40, unique_by=lambda case: case.id),
    st.randoms(use_true_random=False),
)
def test_any_corpus_is_covered_by_its_choices(cases: list[GeneratedCase], rng: random.Random) -> None:
    found = sized(cases)
    assert [case.id for case in found] == [case.id for case in cases]
    smoke = [case for case in found if case.size == "smoke"]
    standard = [case for case in found if case.size != "full"]
    for value in SMOKE.values():
        assert {value(case) for case in smoke} >= {value(case) for case in cases} - {None}
    for one, other in combinations(STANDARD.values(), 2):
        assert {(one(c), other(c)) for c in standard} == {(one(c), other(c)) for c in cases}
    again = list(cases)
    rng.shuffle(again)
    assert {case.id: case.size for case in sized(again)} == {case.id: case.size for case in found}


@pytest.mark.parametrize(
    ("mode", "kind", "expected"),
    [
        ("negative", "incorrect_type", "negative type"),
        ("positive", "enum_value", "positive enum"),
        ("negative", "invalid_enum_value", "negative enum"),
        ("positive", "maximum_length_string", "positive bound"),
        ("negative", "value_below_minimum", "negative bound"),
        ("negative", "budget_equals_cap", "negative bound"),
        ("positive", "null_value", "positive null"),
        ("negative", "forbidden_value", "negative forbidden"),
        ("positive", "plain", "positive whole"),
    ],
)
def test_kinds_that_are_alike_have_one_class(mode: str, kind: str, expected: str) -> None:
    case = replace(CASES[0], kind=kind)
    assert class_of(replace(case, mode="negative" if mode == "negative" else "positive")) == expected
    assert class_of(replace(case, mode="negative", raw=b"{")) == "negative body"
