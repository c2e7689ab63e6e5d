"""The paths and edits of which faults and variants are made."""

from typing import Any

import pytest

from conformance.reference.calls import Answer, Call, Event
from conformance.reference.edits import add, alter_text, change, drop, events_of, put, refusals, repeat
from conformance.reference.matching import asks, gives, has, lacks
from conformance.reference.paths import values

ANSWER = {"output": [{"type": "reasoning", "n": 1}, {"type": "message", "n": 2}, "text", {"type": "message", "n": 3}]}


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("output/0/n", [1]), ("output/-1/n", [3]), ("output/*/n", [1, 2, 3]), ("output/message/n", [2, 3]),
        ("output/4/n", []), ("output/2/n", []), ("output/n", []), ("usage/n", []), ("output", [ANSWER["output"]]),
    ],
)  # fmt: skip
def test_a_path_leads_to_what_is_there(path: str, found: list[Any]) -> None:
    assert values(ANSWER, path) == found


@pytest.mark.parametrize("value", [None, "text", 7, [], {}])
def test_a_path_leads_nowhere_in_anything_else(value: Any) -> None:
    assert values(value, "output/0/n") == []


@pytest.mark.parametrize(
    ("edit", "made"),
    [
        (put("list/0", 9), [9, 2, 2, ""]), (add("list/-2", 1), [1, 2, 3, ""]), (change("list/*", str), ["1", "2", "2", ""]),
        (drop("list/*", lambda value: value == 2), [1, ""]), (drop("list/*"), []), (put("list/7", 0), [1, 2, 2, ""]),
        (alter_text("list/*"), [1, 2, 2, ""]),
    ],
)  # fmt: skip
def test_edit_of_json(edit: Any, made: list[Any]) -> None:
    body = {"list": [1, 2, 2, ""]}
    edit(body)
    assert body == {"list": made}


def test_an_edit_of_one_event_leaves_what_it_shares_with_another() -> None:
    shared = {"text": "word"}
    sent = Event({"whole": shared}, "a"), Event({"whole": shared}, "b"), Event("[DONE]")
    edited = list(events_of("chat", alter_text("*/whole/text"))(Call("chat", "POST", "/"), sent))
    assert edited == [Event({"whole": {"text": "~ord"}}, "a"), *sent[1:]]
    assert sent[0].data == {"whole": {"text": "word"}}
    assert list(repeat("whole/text")(edited)) == [edited[0], edited[0], edited[1], edited[1], edited[2]]


def test_only_refusals_that_say_it_are_changed() -> None:
    edit, call = refusals(saying="large", status=500), Call("chat", "POST", "/")
    for answer, status in ((Answer("too large", 400), 500), (Answer("too small", 400), 400), (Answer("large"), 200)):
        assert edit(call, answer).status == status


def test_which_calls_are_meant() -> None:
    call = Call("chat", "POST", "/", {"stream": False, "messages": [{"role": "user"}]})
    assert asks("chat", stream=False, messages=list)(call)
    assert asks("chat", stream=...)(call)
    assert has("chat", "tools/0", "messages/0/role")(call)
    assert lacks("chat", "tools")(call)
    for other in (asks("chat", stream=True), asks("chat", stream=str), asks("gemini"), asks("chat", tools=...),
                  gives("chat", "stream"), lacks("chat", "stream"), has("responses", "messages")):  # fmt: skip
        assert not other(call)
    assert not lacks("chat", "messages")(Call("chat", "POST", "/", ["no object"]))
