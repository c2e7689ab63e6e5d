"""The draw covers each pair of values, is the same every time, and is small; the table of it is current."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.probing.axes import MODELS, Asked, Axes, axes_of, draw, drawn, sufficient
from conformance.probing.axes_page import PAGE, page
from conformance.probing.drawn import PROMISES, body, least_input
from conformance.requirements import catalogue, family_of

SURFACES = pytest.mark.parametrize("surface", MODELS)
some_axes = st.dictionaries(
    st.text("abcdef", min_size=1, max_size=3),
    st.lists(st.text("xyz", min_size=1, max_size=3), min_size=1, max_size=5, unique=True),
    min_size=2,
    max_size=5,
)


def pairs_of(axes: Axes) -> set[frozenset[tuple[str, str]]]:
    return {
        frozenset({(one, value), (other, second)})
        for one, other in combinations(axes, 2)
        for value in axes[one]
        for second in axes[other]
    }


@given(some_axes)
def test_each_pair_of_values_meets_in_a_request(axes: Axes) -> None:
    rows = list(draw(axes))
    assert all(list(row) == list(axes) and all(row[axis] in axes[axis] for axis in axes) for row in rows)
    met = {frozenset(pair) for row in rows for pair in combinations(row.items(), 2)}
    assert met == pairs_of(axes)


@given(some_axes)
def test_the_draw_is_the_same_every_time(axes: Axes) -> None:
    assert list(draw(axes)) == list(draw(axes))


@given(some_axes)
def test_no_request_is_drawn_in_vain(axes: Axes) -> None:
    met = set[frozenset[tuple[str, str]]]()
    for row in draw(axes):
        pairs = {frozenset(pair) for pair in combinations(row.items(), 2)}
        assert pairs - met
        met |= pairs


@SURFACES
def test_there_are_about_twice_as_many_requests_as_models(surface: str) -> None:
    assert 2 * len(MODELS[surface]) <= len(drawn(surface)) <= 2 * len(MODELS[surface]) + 8
    assert len({str(asked) for asked in drawn(surface)}) == len(drawn(surface))


def test_the_first_request_is_the_plainest() -> None:
    first, second, *_ = drawn("chat")
    assert first == first.plain
    assert str(first) == "claude-sonnet-4-5-plain"
    assert str(second) == "claude-sonnet-4-6-cut-later-unicode-gzip-told"


@SURFACES
def test_each_model_is_asked_whole_and_streamed(surface: str) -> None:
    asked = {(one.model, one.transport) for one in drawn(surface)}
    assert asked == {(model, way) for model in MODELS[surface] for way in ("whole", "streamed")}


@SURFACES
def test_what_is_cheap_covers_each_family_and_each_other_value(surface: str) -> None:
    cheap = sufficient(surface)
    assert cheap <= set(drawn(surface))
    assert {family_of(asked.model) for asked in cheap} == {family_of(model) for model in MODELS[surface]}
    for axis, values in list(axes_of(surface).items())[1:]:
        assert {getattr(asked, axis) for asked in cheap} == set(values)
    assert len(cheap) <= len({family_of(model) for model in MODELS[surface]}) + 2


@SURFACES
def test_each_axis_has_a_promise_that_is_in_the_catalogue(surface: str) -> None:
    assert list(PROMISES[surface]) == list(axes_of(surface))
    assert all(surface in catalogue()[requirement].surface for requirement in PROMISES[surface].values())


def test_a_value_can_be_asked_by_itself() -> None:
    asked = Asked("gpt-5", transport="streamed", turn="later")
    assert dict(asked.alone()) == {
        "transport": Asked("gpt-5", transport="streamed"),
        "turn": Asked("gpt-5", turn="later"),
    }
    assert not dict(asked.plain.alone())


@SURFACES
def test_bodies_hold_what_is_asked(surface: str) -> None:
    members = {"chat": "messages", "responses": "input", "gemini": "contents"}
    for asked in drawn(surface):
        sent = body(surface, asked)
        expected = 1 + 2 * (asked.turn == "later") + (asked.system == "told")
        assert len(sent[members[surface]]) == expected
        assert ("stream" in sent) is (asked.transport == "streamed" and surface != "gemini")
        assert ("世界" in str(sent)) is (asked.letters == "unicode")
        assert (least_input(asked) == 0) is (asked.turn == "first" and asked.system == "silent")


def test_the_page_is_current() -> None:
    """If not: `python -m conformance.probing.axes_page`."""
    assert PAGE.read_text(encoding="utf-8") == page()
