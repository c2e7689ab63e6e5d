"""A Responses stream: each rule of its order broken by itself."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.checks import responses
from conformance.checks.findings import Undecided, collect
from conformance.checks.responses_stream import order, summarise
from conformance.checks.same import AnswerSummary

from .samples import (
    EVENTS,
    GONE,
    RESPONSE,
    answered,
    bytes_of,
    change,
    judged,
    response_events,
    seen,
    streamed,
    told,
)  # fmt: skip

CREATED, _, _, ADDED, PART, HEL, LO, TEXT_DONE, ITEM_DONE, COMPLETED = range(10)


def edited(number: int, path: str, value: Any) -> list[Any]:
    return [change(body, (path, value)) if at == number else body for at, body in enumerate(EVENTS)]


def renumbered(bodies: list[Any]) -> list[Any]:
    return [body | {"sequence_number": number} for number, body in enumerate(bodies)]


def named(bodies: list[Any]) -> Any:
    data = b"".join(b"event: %s\ndata: %s\n\n" % (body["type"].encode(), bytes_of(body)) for body in bodies)
    return answered(data, media_type="text/event-stream")


LEGAL = {
    "as documented": EVENTS,
    "text in one piece": response_events("Hello."),
    "many pieces, some empty": response_events("", "H", "el", "", "lo."),
    "numbers from 1": [body | {"sequence_number": number} for number, body in enumerate(EVENTS, 1)],
    "numbers as floats": [body | {"sequence_number": float(number)} for number, body in enumerate(EVENTS)],
    "a tool that failed": renumbered(
        [EVENTS[0], {"type": "response.x_call.failed", "error": {"message": "x"}}, *EVENTS[1:]]
    ),
    "an unknown event": renumbered([EVENTS[0], {"type": "keepalive"}, *EVENTS[1:]]),
    "items without ids": [
        change(body, (path, GONE)) if path else body
        for body, path in zip(
            EVENTS,
            ["", "item.id", "item.id", "item.id", "item_id", "item_id", "item_id", "item_id", "item.id", ""],
            strict=True,
        )
    ],
    "an incomplete answer": [
        *EVENTS[:COMPLETED],
        {
            "type": "response.incomplete",
            "sequence_number": 9,
            "response": RESPONSE | {"status": "incomplete", "output": []},
        },
    ],
}


@pytest.mark.parametrize("bodies", LEGAL.values(), ids=LEGAL)
def test_legal_streams(bodies: list[Any]) -> None:
    assert told(order(streamed(*bodies, end=b""))) == []
    assert told(order(named(bodies))) == []


def in_parts(*messages: list[list[str]]) -> list[Any]:
    """A stream of messages, each of several parts of text, which come in pieces."""
    events, output = [EVENTS[CREATED]], list[Any]()
    for at, parts in enumerate(messages):
        item: dict[str, Any] = {"type": "message", "id": f"msg_{at}", "role": "assistant", "content": []}
        events.append({"type": "response.output_item.added", "output_index": at, "item": item})
        for number, pieces in enumerate(parts):
            place = {"item_id": item["id"], "output_index": at, "content_index": number}
            events.append({"type": "response.content_part.added", **place, "part": {"type": "output_text", "text": ""}})
            events += [{"type": "response.output_text.delta", **place, "delta": piece} for piece in pieces]
            events.append({"type": "response.output_text.done", **place, "text": "".join(pieces)})
            events.append({"type": "response.content_part.done", **place, "part": {"type": "output_text"}})
        item |= {"content": [{"type": "output_text", "text": "".join(pieces)} for pieces in parts]}
        events.append({"type": "response.output_item.done", "output_index": at, "item": item})
        output.append(item)
    return renumbered([*events, {"type": "response.completed", "response": RESPONSE | {"output": output}}])


MESSAGES = st.lists(st.lists(st.lists(st.text("ab", max_size=3), max_size=3), max_size=3), max_size=3)


@given(MESSAGES)
def test_each_part_of_each_message_adds_up_by_itself(messages: list[list[list[str]]]) -> None:
    bodies = in_parts(*messages)
    assert judged(order(streamed(*bodies, end=b""))) == ([] if messages else [("undecided", "")])
    dones = [at for at, body in enumerate(bodies) if body["type"] == "response.output_text.done"]
    for at in dones:
        changed = change(bodies[at], ("text", bodies[at]["text"] + "c"))
        (found,) = told(order(streamed(*bodies[:at], changed, *bodies[at + 1 :], end=b"")))
        assert (found.kind, found.path, found.expected, found.actual) == (
            "violation", "text", bodies[at]["text"], changed["text"],
        )  # fmt: skip


def test_a_piece_in_another_part_is_no_piece_of_this_one() -> None:
    bodies = in_parts([["Hel", "lo."], [" Bye."]])
    moved = [change(body, ("content_index", 1)) if body.get("delta") == "lo." else body for body in bodies]
    found = judged(order(streamed(*moved, end=b"")))
    assert found == [("violation", "content_index")] * 2 + [("violation", "text")] * 2


def test_a_delta_may_hold_nothing() -> None:
    bodies = [change(body, ("delta", GONE)) if body.get("delta") == "" else body for body in in_parts([["Hi.", ""]])]
    assert told(order(streamed(*bodies, end=b""))) == []


def test_where_nothing_is_said_the_whole_may_lack_its_output() -> None:
    bodies = in_parts()
    for output in ([], None, GONE):
        exchange = streamed(bodies[0], change(bodies[1], ("response.output", output)), end=b"")
        assert judged(order(exchange)) == [("undecided", "")]  # there is nothing whose order could be seen


def test_done_is_tolerated_and_recorded() -> None:
    assert told(order(streamed(*EVENTS))) == []
    assert seen(order(streamed(*EVENTS))) == ["response.completed", "[DONE]"]
    assert seen(order(streamed(*EVENTS, end=b""))) == ["response.completed"]


NUMBER, NAME, TYPE, WHOLE = "sequence_number", "item_id", "type", "response.output"
INDEX, CONTENT_INDEX = "output_index", "content_index"
PART_DONE = EVENTS[PART] | {"type": "response.content_part.done"}


def swapped(one: int, other: int) -> list[Any]:
    bodies = list(EVENTS)
    bodies[one], bodies[other] = bodies[other], bodies[one]
    return renumbered(bodies)


BROKEN = {
    "a number repeated": (edited(5, NUMBER, 4), NUMBER),
    "a number left out": (edited(9, NUMBER, 10), NUMBER),
    "a number as text": (edited(0, NUMBER, "0"), NUMBER),
    "a number that is true": (edited(1, NUMBER, True), NUMBER),
    "no number in one event": (edited(3, NUMBER, GONE), NUMBER),
    "no numbers": ([change(body, (NUMBER, GONE)) for body in EVENTS], NUMBER),
    "created is not first": (renumbered(EVENTS[1:]), TYPE),
    "an event without a type": (edited(4, TYPE, GONE), TYPE),
    "an event whose type is no text": (edited(4, TYPE, ["response.created"]), TYPE),
    "a delta of another item": (edited(LO, NAME, "msg_2"), NAME),
    "a delta of another place": (edited(HEL, "output_index", 0), None),
    "done of another item": (edited(ITEM_DONE, "item.id", "msg_2"), NAME),
    "done without added": (renumbered([*EVENTS[:1], *EVENTS[2:]]), INDEX),
    "done without added and without an id": (
        renumbered([EVENTS[0], change(EVENTS[2], ("item.id", GONE)), *EVENTS[3:]]),
        INDEX,
    ),
    "never done": (renumbered([*EVENTS[:ITEM_DONE], EVENTS[COMPLETED]]), INDEX),
    "done twice": (renumbered([*EVENTS[:ITEM_DONE], *[EVENTS[ITEM_DONE]] * 2, EVENTS[COMPLETED]]), INDEX),
    "added twice": (renumbered([*EVENTS[: ADDED + 1], *EVENTS[ADDED:]]), INDEX),
    "the second item is added first": (swapped(1, ADDED), None),
    "the first item is done last": (
        renumbered([*EVENTS[:2], *EVENTS[ADDED : ITEM_DONE + 1], EVENTS[2], EVENTS[COMPLETED]]),
        INDEX,
    ),
    "no place in the events of items": (
        [change(body, (INDEX, GONE)) if "item" in body else body for body in EVENTS],
        INDEX,
    ),
    "no place in any event": ([change(body, (INDEX, GONE)) if INDEX in body else body for body in EVENTS], INDEX),
    "a place that is null": (edited(HEL, INDEX, None), INDEX),
    "no content_index": (
        [change(body, (CONTENT_INDEX, GONE)) if CONTENT_INDEX in body else body for body in EVENTS],
        CONTENT_INDEX,
    ),
    "a delta of no part": (renumbered([*EVENTS[:PART], *EVENTS[PART + 1 :]]), None),
    "a part that is added again": (renumbered([*EVENTS[: PART + 1], *EVENTS[PART:]]), CONTENT_INDEX),
    "a delta after the part is done": (
        renumbered([*EVENTS[:HEL], PART_DONE, *EVENTS[HEL:]]),
        None,
    ),
    "one character more in done": (edited(TEXT_DONE, "text", "Hello.."), "text"),
    "one character less in done": (edited(TEXT_DONE, "text", "Hello"), "text"),
    "done without its text": (edited(TEXT_DONE, "text", GONE), "text"),
    "deltas in another order": (response_events("lo.", "Hel"), None),
    "another text in the whole": (edited(COMPLETED, "response.output.1.content.0.text", "Hello!"), WHOLE),
    "nothing in the whole": (edited(COMPLETED, WHOLE, []), WHOLE),
    "no end": (EVENTS[:-1], TYPE),
    "two ends": (renumbered([*EVENTS, EVENTS[-1]]), TYPE),
    "an event after the end": (renumbered([*EVENTS, {"type": "keepalive"}]), TYPE),
    "no usage at the end": (edited(COMPLETED, "response.usage", None), "response.usage"),
    "an event that is no JSON": ([*EVENTS[:5], b"{", *EVENTS[5:]], ""),
}


@pytest.mark.parametrize(("bodies", "path"), BROKEN.values(), ids=BROKEN)
def test_broken_streams(bodies: list[Any], path: str | None) -> None:
    found = judged(order(streamed(*bodies, end=b"")))
    if path is None:
        assert found[0][0] == "violation"
        assert {where for _, where in found} <= {NAME, "text", WHOLE, INDEX, CONTENT_INDEX}
    else:
        assert found == [("violation", path)]


def test_two_names_of_one_event() -> None:
    body = EVENTS[0]
    data = b"event: response.started\ndata: " + bytes_of(body) + b"\n\n"
    data += b"".join(b"data: " + bytes_of(other) + b"\n\n" for other in EVENTS[1:])
    (found,) = told(order(answered(data, media_type="text/event-stream")))
    assert (found.kind, found.path) == ("violation", TYPE)
    assert (found.expected, found.actual) == ("response.created", "response.started")


def test_the_sum_of_the_deltas_is_told() -> None:
    (found,) = told(order(streamed(*edited(TEXT_DONE, "text", "Hello!"), end=b"")))
    assert (found.expected, found.actual) == ("Hello.", "Hello!")
    (found,) = told(order(streamed(*edited(LO, NAME, "msg_2"), end=b"")))
    assert (found.message, found.expected, found.actual) == ("event 6 belongs to another item", "msg_1", "msg_2")
    (found,) = told(order(streamed(*edited(ITEM_DONE, "item.id", "msg_2"), end=b"")))
    assert (found.message, found.expected, found.actual) == ("event 8 belongs to another item", "msg_1", "msg_2")


def test_the_event_that_breaks_the_numbering_is_told() -> None:
    (found,) = told(order(streamed(*edited(5, NUMBER, 4), end=b"")))
    assert (found.message, found.actual) == ("sequence_number does not grow by one at event 5", "[4, 4]")


def test_a_stream_without_numbers_is_told_as_such() -> None:
    bare = [change(body, (NUMBER, GONE)) for body in EVENTS]
    (found,) = told(order(streamed(*bare, end=b"")))
    assert (found.message, found.actual) == ("no event has a sequence_number", "absent")
    (found,) = told(order(streamed(*bare[:-1], EVENTS[-1], end=b"")))
    assert (found.message, found.actual) == ("sequence_number does not grow by one at event 1", "[absent, absent]")


def test_what_is_absent_is_told_by_the_events_that_lack_it() -> None:
    bodies = [change(body, (INDEX, GONE)) if "delta" in body else body for body in EVENTS]
    (found,) = told(order(streamed(*bodies, end=b"")))
    assert (found.message, found.actual) == ("output_index is absent", "without it: response.output_text.delta")


def test_an_item_and_its_parts_may_have_different_ids() -> None:
    long = "msg_" + "0" * 180
    bodies = [change(body, (NAME, long)) if NAME in body else body for body in EVENTS]
    assert told(order(streamed(*bodies, end=b""))) == []
    assert seen(order(streamed(*bodies, end=b""))) == [f"msg_1 and {long}", "response.completed"]
    mixed = [change(body, (NAME, long)) if "delta" in body else body for body in EVENTS]
    assert judged(order(streamed(*mixed, end=b""))) == [("violation", NAME)] * 2


ARGUMENTS = {"type": "function_call", "id": "fc_1", "name": "f", "arguments": "{}", "call_id": "call_1"}


@pytest.mark.parametrize(("pieces", "violated"), [(["{", "}"], 0), ([], 0), (["{"], 1)])
def test_the_arguments_of_a_call_are_the_sum_of_their_deltas(pieces: list[str], violated: int) -> None:
    place, name = {"output_index": 0, "item_id": "fc_1"}, "response.function_call_arguments"
    bodies = renumbered([
        EVENTS[CREATED],
        {"type": "response.output_item.added", "output_index": 0, "item": ARGUMENTS | {"arguments": ""}},
        *({"type": f"{name}.delta", **place, "delta": piece} for piece in pieces),
        {"type": f"{name}.done", **place, "arguments": "{}"},
        {"type": "response.output_item.done", "output_index": 0, "item": ARGUMENTS},
        {"type": "response.completed", "response": RESPONSE | {"output": [ARGUMENTS]}},
    ])  # fmt: skip
    assert judged(order(streamed(*bodies, end=b""))) == [("violation", "arguments")] * violated


@pytest.mark.parametrize(
    ("error", "message"),
    [
        ({"type": "error", "code": "server_error", "message": "boom", "param": None}, "boom"),
        ({"type": "response.failed", "response": {"status": "failed", "error": {"message": "boom"}}}, "boom"),
        ({"error": {"message": "400: boom"}}, "400: boom"),
    ],
)
@pytest.mark.parametrize("before", [0, 1, 5, 10])
def test_an_error_event_is_told_alone(before: int, error: Any, message: str) -> None:
    exchange = streamed(*renumbered([*EVENTS[:before], error]), end=b"")
    (found,) = collect(order(exchange))
    assert (found.kind, found.message) == ("violation", f"the stream ends in an error: {message}")
    with pytest.raises(Undecided, match=message):
        summarise(exchange)


@pytest.mark.parametrize("end", ["response.completed", "response.incomplete"])
def test_a_stream_says_what_its_end_says(end: str) -> None:
    last = EVENTS[COMPLETED] | {"type": end, "response": RESPONSE | {"status": "incomplete"}}
    for exchange in (streamed(*EVENTS[:COMPLETED], last), streamed(last, end=b"")):
        assert summarise(exchange) == responses.summarise(RESPONSE | {"status": "incomplete"})


def test_of_two_ends_the_last_one_counts() -> None:
    first = EVENTS[COMPLETED] | {"response": RESPONSE | {"output": []}}
    assert summarise(streamed(*EVENTS[:COMPLETED], first, EVENTS[COMPLETED])) == responses.summarise(RESPONSE)


@pytest.mark.parametrize("response", [GONE, None, [], "completed", {"output": "Hello."}])
def test_an_end_may_say_nothing(response: Any) -> None:
    assert summarise(streamed(*edited(COMPLETED, "response", response))) == AnswerSummary((), "", (), "")


@pytest.mark.parametrize(
    "bodies",
    [
        EVENTS[:COMPLETED],
        ["response.completed"],
        [[]],
        [{"type": ["response.completed"]}],
        [{"response": RESPONSE}],
        [b"{"],
    ],
)
def test_without_its_end_there_is_nothing_that_a_stream_says(bodies: list[Any]) -> None:
    with pytest.raises(Undecided, match="no end"):
        summarise(streamed(*bodies))


def test_what_follows_the_end_takes_nothing_from_it() -> None:
    """That something follows is what the order is about."""
    assert summarise(streamed(*EVENTS, {"type": "keepalive", "sequence_number": 10})) == responses.summarise(RESPONSE)
