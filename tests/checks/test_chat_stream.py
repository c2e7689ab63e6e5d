"""Streams as such, and a chat stream as one answer: every rule broken by itself, and what real services do all the same."""

from typing import Any

import pytest

from conformance.checks import chat_stream
from conformance.checks.findings import NothingToJudge, collect
from conformance.checks.streams import is_event_stream, read

from .samples import (
    CHAT,
    CHUNKS,
    GONE,
    REASONING,
    TEXT,
    answered,
    bytes_of,
    change,
    chunk,
    judged,
    seen,
    streamed,
    told,
    unanswered,
)

FIRST, HEL, LO, STOP, USAGE = CHUNKS
EMPTY_FIRST = chunk({}, choices=[], id="", model="", prompt_filter_results=[])


def edited(number: int, path: str, value: Any) -> list[Any]:
    return [change(body, (path, value)) if at == number else body for at, body in enumerate(CHUNKS)]


LEGAL = {
    "as documented": CHUNKS,
    "without a usage chunk": CHUNKS[:4],
    "usage with the last choice": [FIRST, HEL, LO, STOP | {"usage": CHAT["usage"]}],
    "usage null in all others": [*({**body, "usage": None} for body in CHUNKS[:4]), USAGE],
    "choices null in the usage chunk": edited(4, "choices", None),
    "choices absent in the usage chunk": edited(4, "choices", GONE),
    "an empty first chunk without names": [EMPTY_FIRST, *CHUNKS],
    "a role in every chunk": [change(body, ("choices.0.delta.role", "assistant")) for body in CHUNKS[:4]],
    "no index": [change(body, ("choices.0.index", GONE)) for body in CHUNKS[:4]],
    "an index as a float": edited(1, "choices.0.index", 0.0),
    "content null at the end": edited(3, "choices.0.delta", {"content": None, "tool_calls": None}),
    "an empty delta after the end": [*CHUNKS[:4], chunk({"content": ""}), USAGE],
    "blocks, then text": [FIRST, chunk({"content": [REASONING]}), chunk({"content": [TEXT]}), HEL, STOP],
    "two choices": [
        *CHUNKS[:3],
        *({**body, "choices": [body["choices"][0] | {"index": 1}]} for body in CHUNKS[:4]),
        STOP,
    ],
}


@pytest.mark.parametrize("bodies", LEGAL.values(), ids=LEGAL)
def test_legal_streams(bodies: list[Any]) -> None:
    assert told(is_event_stream(streamed(*bodies))) == []
    assert told(chat_stream.order(streamed(*bodies))) == []


BROKEN = {
    "no role": (edited(0, "choices.0.delta.role", GONE), "choices.delta.role"),
    "another role": (edited(0, "choices.0.delta.role", "model"), "choices.delta.role"),
    "the role too late": ([HEL, FIRST, LO, STOP], "choices.delta.role"),
    "another object": (edited(2, "object", "chat.completion"), "object"),
    "no object": (edited(4, "object", GONE), "object"),
    "another id": (edited(2, "id", "chatcmpl_2"), "id"),
    "another model": (edited(4, "model", "databricks-gpt-5"), "model"),
    "no end": ([FIRST, HEL, LO, USAGE], "choices.finish_reason"),
    "cut off": ([FIRST, HEL], "choices.finish_reason"),
    "two ends": ([FIRST, HEL, LO, STOP, STOP], "choices.finish_reason"),
    "two ends that differ": ([FIRST, HEL, chunk({}, "length"), STOP], "choices.finish_reason"),
    "text after the end": ([FIRST, HEL, STOP, LO], "choices.delta"),
    "a tool call after the end": ([FIRST, HEL, STOP, chunk({"tool_calls": [{"index": 0}]})], "choices.delta"),
    "usage twice": ([*CHUNKS, USAGE], "usage"),
    "usage grows with every chunk": ([{**body, "usage": CHAT["usage"]} for body in CHUNKS], "usage"),
    "no choice": ([USAGE], "choices"),
    "a second choice without an end": ([*edited(1, "choices.0.index", 1)], None),
}


@pytest.mark.parametrize(("bodies", "path"), BROKEN.values(), ids=BROKEN)
def test_broken_streams(bodies: list[Any], path: str | None) -> None:
    found = judged(chat_stream.order(streamed(*bodies)))
    if path is None:
        assert found == [("violation", "choices.delta.role"), ("violation", "choices.finish_reason")]
    else:
        assert found == [("violation", path)]


@pytest.mark.parametrize(
    ("end", "violated"),
    [
        (b"data: [DONE]\n\n", False),
        (b"data:[DONE]\n\n", False),
        (b"data: [DONE]", False),
        (b": bye\n\n", False),
        (b"data: [DONE]\n\n: bye\n\n", False),
        (b"data: [DONE]\n\ndata: " + bytes_of(USAGE) + b"\n\n", True),
        (b"data: [DONE]\n\ndata: [DONE]\n\n", True),
        (b"data: [DONE]\n\ndata: none\n\n", True),
        (b"data: none\n\ndata: [DONE]\n\ndata: none\n\n", True),
    ],
)
def test_nothing_follows_done(end: bytes, violated: bool) -> None:
    findings = [
        found for found in told(chat_stream.order(streamed(*CHUNKS, end=end))) if "after [DONE]" in found.message
    ]
    assert [found.actual for found in findings] == ["1 more events"] * violated


def test_the_end_of_the_body_may_be_the_end() -> None:
    assert "no [DONE]" in seen(chat_stream.order(streamed(*CHUNKS, end=b"")))


@pytest.mark.parametrize(
    ("exchange", "kinds"),
    [
        (streamed(*CHUNKS), []),
        (streamed(*CHUNKS, end=b""), []),
        (streamed(end=b"event: ping\ndata: {}\n\n"), []),
        (answered(CHAT), ["violation"]),
        (answered(b"", media_type="text/event-stream"), ["violation"]),
        (streamed(), ["violation"]),  # [DONE] alone
        (streamed(b"Hello."), ["violation"]),
        (streamed(FIRST, b"\xff", b'{"a": NaN}'), ["violation", "violation"]),
        (streamed(b'{"a": "\xc3"}'), ["violation"]),  # half a character
        (streamed({"error": {"message": "overloaded"}}), ["violation"]),
        (answered(b"", 503), ["undecided"]),
        (unanswered(), ["undecided"]),
    ],
)
def test_event_stream(exchange: Any, kinds: list[str]) -> None:
    assert [found.kind for found in told(is_event_stream(exchange))] == kinds


def test_unreadable_events_are_told_by_their_number() -> None:
    exchange = streamed(FIRST, b"{", HEL, b"}")
    messages = ["event 1 is no JSON", "event 3 is no JSON"]
    assert [found.message for found in told(is_event_stream(exchange))] == messages
    assert [found.message for found in told(chat_stream.order(exchange))][:2] == messages
    assert read(exchange).bodies == [FIRST, HEL]


def test_the_media_type_is_told() -> None:
    for media_type, actual in (("text/html", "text/html"), ("", "no content type")):
        (found,) = told(is_event_stream(answered(CHAT, media_type=media_type)))
        assert (found.expected, found.actual) == ("text/event-stream", actual)


def test_without_events_there_is_nothing_to_read() -> None:
    for exchange in (unanswered("broken pipe"), streamed(), answered(b": ping\n\n")):
        with pytest.raises(NothingToJudge):
            read(exchange)
        assert [found.kind for found in collect(chat_stream.order(exchange))] == ["undecided"]


@pytest.mark.parametrize(
    ("bodies", "told_as"),
    [(CHUNKS, "in chunks [4] of 5"), (CHUNKS[:4], "none"), ([STOP | {"usage": None}], "none")],
)
def test_usage_is_recorded(bodies: list[Any], told_as: str) -> None:
    assert seen(chat_stream.usage_is_reported(streamed(*bodies))) == [told_as]


def test_delta_kinds() -> None:
    exchange = streamed(FIRST, chunk({"content": [REASONING]}), chunk({"content": None}), STOP)
    assert judged(chat_stream.delta_kinds(exchange)) == []
    assert seen(chat_stream.delta_kinds(exchange)) == ["NoneType 1, absent 1, list 1, str 1"]
    for odd in (7, {"type": "text"}, True):
        assert judged(chat_stream.delta_kinds(streamed(chunk({"content": odd})))) == [("warning", "")]


def test_text() -> None:
    blocks = chunk({"content": [REASONING, TEXT]})
    assert chat_stream.text(streamed(FIRST, blocks, HEL, LO, STOP, USAGE)) == TEXT["text"] + "Hello."


WHOLE = change(CHAT, ("choices.0.message.content", "Hello."))
OTHER = change(WHOLE, ("choices.0.message.content", "Hi."))
BLOCKS = change(WHOLE, ("choices.0.message.content", [REASONING, TEXT]))
BLOCK_CHUNKS = [FIRST, chunk({"content": [REASONING]}), chunk({"content": [TEXT]}), STOP, USAGE]
NO_USAGE = change(WHOLE, ("usage", GONE))
DETAILED = change(WHOLE, ("usage.completion_tokens_details", {"reasoning_tokens": 0}))


@pytest.mark.parametrize(
    ("bodies", "whole"),
    [
        (CHUNKS, WHOLE),
        (CHUNKS[:4], WHOLE),  # usage is not promised in a stream
        (CHUNKS, NO_USAGE),
        ([FIRST, HEL, LO, STOP | {"usage": CHAT["usage"]}], WHOLE),
        ([{**FIRST, "usage": {"prompt_tokens": 7}}, HEL, LO, STOP, USAGE], WHOLE),
        ([FIRST, chunk({"content": "Hello."}), STOP, USAGE], WHOLE),
        ([FIRST, *(chunk({"content": letter}) for letter in "Hello."), STOP, USAGE], WHOLE),
        ([EMPTY_FIRST, *CHUNKS], WHOLE),
        (edited(4, "usage.total_tokens", 90), WHOLE),  # its keys are compared, not its counts
        (edited(4, "usage.cost", 0.1), WHOLE),  # a gateway may add to usage
        (CHUNKS, change(WHOLE, ("usage.cost", 0.1))),
        (edited(3, "id", "chatcmpl_2"), WHOLE),  # another requirement's
        ([FIRST, chunk({"content": [TEXT | {"text": "Hello."}]}), STOP, USAGE], WHOLE),  # a block or a string: text
        (BLOCK_CHUNKS, BLOCKS),
        ([FIRST, chunk({"content": [REASONING]}), chunk({"content": TEXT["text"]}), STOP, USAGE], BLOCKS),
        ([FIRST, *[chunk({"content": [REASONING]})] * 3, chunk({"content": [TEXT]}), STOP, USAGE], BLOCKS),
        ([FIRST, STOP], change(WHOLE, ("choices.0.message.content", ""))),
        ([FIRST, STOP], change(WHOLE, ("choices.0.message.content", None))),
    ],
)
def test_a_stream_that_equals_the_whole(bodies: list[Any], whole: Any) -> None:
    assert collect(chat_stream.equals_whole(streamed(*bodies), whole, whole)) == []


@pytest.mark.parametrize(
    ("bodies", "whole", "broken"),
    [
        ([FIRST, HEL, STOP, USAGE], WHOLE, ["text"]),
        ([FIRST, HEL, chunk({"content": "lo. "}), STOP, USAGE], WHOLE, ["text"]),
        ([FIRST, LO, HEL, STOP, USAGE], WHOLE, ["text"]),
        ([FIRST, STOP, USAGE], WHOLE, ["block types", "text"]),
        (CHUNKS, change(WHOLE, ("choices.0.message.content", "")), ["block types", "text"]),
        (edited(3, "choices.0.finish_reason", "length"), WHOLE, ["finish_reason"]),
        ([*CHUNKS[:4], chunk({}, "length"), USAGE], WHOLE, ["finish_reason"]),
        ([FIRST, HEL, LO, USAGE], WHOLE, ["finish_reason"]),
        (edited(4, "usage.prompt_tokens", GONE), WHOLE, ["usage keys"]),
        (edited(4, "usage", {}), WHOLE, ["usage keys"]),
        (CHUNKS, DETAILED, ["usage keys"]),
        ([FIRST, chunk({"content": [TEXT]}), STOP, USAGE], BLOCKS, ["block types"]),
        (BLOCK_CHUNKS, change(BLOCKS, ("choices.0.message.content", [TEXT])), ["block types"]),
        ([FIRST, chunk({"content": [REASONING, {"text": "Air"}]}), STOP, USAGE], BLOCKS, ["block types", "text"]),
    ],
)
def test_a_stream_that_differs_from_the_whole(bodies: list[Any], whole: Any, broken: list[str]) -> None:
    found = collect(chat_stream.equals_whole(streamed(*bodies), whole, whole))
    assert [(each.kind, each.message) for each in found] == [("violation", f"{what} of the stream") for what in broken]


@pytest.mark.parametrize("bodies", [CHUNKS, edited(1, "choices.0.delta.content", "Hi ")])
def test_the_text_of_a_target_that_varies_is_not_compared(bodies: list[Any]) -> None:
    (found,) = collect(chat_stream.equals_whole(streamed(*bodies), WHOLE, OTHER))
    assert (found.kind, found.message) == ("observation", "text")


def test_the_shapes_of_a_target_that_varies_are_compared() -> None:
    bodies = edited(3, "choices.0.finish_reason", "length")
    assert judged(chat_stream.equals_whole(streamed(*bodies), WHOLE, OTHER)) == [("violation", "")]


def test_without_a_stream_there_is_nothing_to_compare() -> None:
    for exchange in (unanswered(), answered(WHOLE), streamed()):
        assert judged(chat_stream.equals_whole(exchange, WHOLE, WHOLE)) == [("undecided", "")]
