"""What a stream and a whole have to agree on, and what need not agree."""

from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.checks.findings import Finding, collect
from conformance.checks.same import AnswerSummary, same, usage_keys

FIELDS = [field.name for field in fields(AnswerSummary)]
HELLO = AnswerSummary(("text",), "stop", ("prompt_tokens",), "Hello.")
OTHER = AnswerSummary(("reasoning", "text"), "length", ("total_tokens",), "Hi.")
SILENT = AnswerSummary((), "", (), "")
VARIES = "not compared: the target answers the same request differently"
SAIDS = st.builds(
    AnswerSummary, *(st.sampled_from([getattr(said, name) for said in (HELLO, OTHER, SILENT)]) for name in FIELDS)
)


def differing(what: str) -> AnswerSummary:
    return replace(HELLO, **{what: getattr(OTHER, what)})


def test_the_same_is_the_same() -> None:
    assert collect(same(HELLO, HELLO, HELLO)) == []


def test_where_nothing_is_said_nothing_is_the_same() -> None:
    for silent in (SILENT, replace(HELLO, kinds=(), text="")):
        (found,) = collect(same(silent, silent, silent))
        assert (found.kind, found.message) == ("undecided", "neither the stream nor the whole says anything")


@pytest.mark.parametrize("what", FIELDS)
def test_each_part_is_compared_where_two_wholes_agree(what: str) -> None:
    (found,) = collect(same(differing(what), HELLO, HELLO))
    assert (found.kind, found.message) == ("violation", f"{what} of the stream")
    shown = {
        "kinds": ("text", "reasoning, text"), "reason": ("stop", "length"),
        "usage": ("prompt_tokens", "total_tokens"), "text": ("Hello.", "Hi."),
    }  # fmt: skip
    assert (found.expected, found.actual) == shown[what]


def test_what_a_stream_leaves_out_is_called_nothing() -> None:
    assert [found.actual for found in collect(same(SILENT, HELLO, HELLO))] == ["nothing"] * 3  # usage may be left out


@pytest.mark.parametrize("what", FIELDS)
def test_a_part_that_varies_is_noted_and_the_others_are_compared(what: str) -> None:
    for streamed_answer in (HELLO, differing(what), replace(HELLO, **{what: getattr(SILENT, what)})):
        assert collect(same(streamed_answer, HELLO, differing(what))) == [Finding("observation", what, actual=VARIES)]
    for another in FIELDS:
        found = collect(same(differing(another), HELLO, differing(what)))
        assert [each.kind for each in found if each.message == f"{another} of the stream"] == (
            ["violation"] if another != what else []
        )


@pytest.mark.parametrize(("what", "violated"), [("kinds", True), ("reason", True), ("usage", False), ("text", True)])
def test_a_stream_owes_all_but_usage(what: str, violated: bool) -> None:
    found = collect(same(replace(HELLO, **{what: getattr(SILENT, what)}), HELLO, HELLO))
    assert [each.kind for each in found] == ["violation"] * violated


@given(SAIDS, SAIDS, SAIDS)
def test_each_part_is_judged_by_itself(stream: AnswerSummary, whole: AnswerSummary, again: AnswerSummary) -> None:
    found = {each.message: each.kind for each in collect(same(stream, whole, again))}
    for what in FIELDS:
        there, one, other = (getattr(said, what) for said in (stream, whole, again))
        assert (found.get(what) == "observation") == (one != other)
        owed = one == other != there and (what != "usage" or there != ())
        assert (found.get(f"{what} of the stream") == "violation") == owed
    silent = not any(said.kinds or said.text for said in (stream, whole, again))
    assert len(found) == len(collect(same(stream, whole, again)))
    assert ("undecided" in found.values()) == silent


@pytest.mark.parametrize(
    ("usage", "keys"),
    [
        ({"a": 1, "b": 2, "c": 3}, ("a", "b")),  # a gateway may add to it
        ({"b": None}, ("b",)),
        ({"b": 2, "a": 1}, ("a", "b")),
        ({"c": 3}, ()),
        ({}, ()),
        (None, ()),
        (["a", "b"], ()),
        ("ab", ()),
        (7, ()),
    ],
)
def test_usage_keys(usage: Any, keys: tuple[str, ...]) -> None:
    assert usage_keys(usage, ("b", "a")) == usage_keys(usage, iter("ab")) == keys
