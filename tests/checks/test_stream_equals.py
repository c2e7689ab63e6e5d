"""The same answer, streamed and whole, on each surface: cutting it up changes nothing, every real difference is found."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.checks import chat, chat_stream, gemini, gemini_stream, responses, responses_stream
from conformance.checks.findings import collect
from conformance.checks.same import AnswerSummary, same
from conformance.wire.exchange import Exchange

from .samples import (
    CHAT,
    CHUNKS,
    EVENTS,
    GEMINI,
    GEMINI_EVENTS,
    GONE,
    REASONING,
    RESPONSE,
    TEXT,
    answered,
    change,
    chunk,
    judged,
    response_events,
    streamed,
    unanswered,
)  # fmt: skip

FIRST, HEL, LO, STOP, USAGE = CHUNKS
CONTENT, PARTS = "choices.0.message.content", "candidates.0.content.parts"
BLOCKS = change(CHAT, (CONTENT, [REASONING, TEXT]))
THOUGHT, SAYS = GEMINI["candidates"][0]["content"]["parts"]
MESSAGE = "output.1.content.0.text"


def edited(bodies: list[Any], number: int, path: str, value: Any) -> list[Any]:
    return [change(body, (path, value)) if at == number % len(bodies) else body for at, body in enumerate(bodies)]


def chats(bodies: list[Any], whole: Any) -> list[str]:
    """What a chat stream breaks, beside an unstreamed answer that the target repeats."""
    return broken(chat_stream.summarise(streamed(*bodies)), chat.summarise(whole))


def typed(bodies: list[Any], whole: Any) -> list[str]:
    return broken(responses_stream.summarise(streamed(*bodies, end=b"")), responses.summarise(whole))


def geminis(bodies: list[Any], whole: Any) -> list[str]:
    return broken(gemini_stream.summarise(streamed(*bodies, end=b"")), gemini.summarise(whole))


def broken(stream: AnswerSummary, whole: AnswerSummary) -> list[str]:
    found = collect(same(stream, whole, whole))
    assert {each.kind for each in found} <= {"violation"}
    return [each.message.removesuffix(" of the stream") for each in found]


@pytest.mark.parametrize(
    ("bodies", "whole"),
    [
        (CHUNKS, CHAT),
        (CHUNKS[:4], CHAT),  # usage is not promised in a stream
        ([FIRST, HEL, LO, STOP | {"usage": CHAT["usage"]}], CHAT),
        ([{**FIRST, "usage": {"prompt_tokens": 7}}, HEL, LO, STOP, USAGE], CHAT),
        ([FIRST, chunk({"content": "Hello."}), STOP, USAGE], CHAT),
        (edited(CHUNKS, 4, "usage.total_tokens", 90), CHAT),  # its keys are compared, not its counts
        (edited(CHUNKS, 4, "usage.cost", 0.1), CHAT),  # a gateway may add to usage
        (CHUNKS, change(CHAT, ("usage.cost", 0.1))),
        (edited(CHUNKS, 3, "id", "chatcmpl_2"), CHAT),  # another requirement's
        ([FIRST, chunk({"content": [TEXT | {"text": "Hello."}]}), STOP, USAGE], CHAT),  # a block or a string: text
        ([FIRST, chunk({"content": [REASONING]}), chunk({"content": [TEXT]}), STOP, USAGE], BLOCKS),
        ([FIRST, chunk({"content": [REASONING]}), chunk({"content": TEXT["text"]}), STOP, USAGE], BLOCKS),
        ([FIRST, *[chunk({"content": [REASONING]})] * 3, chunk({"content": [TEXT]}), STOP, USAGE], BLOCKS),
    ],
)
def test_a_chat_stream_that_equals_the_whole(bodies: list[Any], whole: Any) -> None:
    assert chats(bodies, whole) == []


@pytest.mark.parametrize(
    ("bodies", "whole", "what"),
    [
        ([FIRST, HEL, STOP, USAGE], CHAT, ["text"]),
        ([FIRST, HEL, chunk({"content": "lo. "}), STOP, USAGE], CHAT, ["text"]),
        ([FIRST, LO, HEL, STOP, USAGE], CHAT, ["text"]),
        ([FIRST, STOP, USAGE], CHAT, ["kinds", "text"]),
        (CHUNKS, change(CHAT, (CONTENT, "")), ["kinds", "text"]),
        (edited(CHUNKS, 3, "choices.0.finish_reason", "length"), CHAT, ["reason"]),
        ([*CHUNKS[:4], chunk({}, "length"), USAGE], CHAT, ["reason"]),
        ([FIRST, HEL, LO, USAGE], CHAT, ["reason"]),
        (edited(CHUNKS, 4, "usage.prompt_tokens", GONE), CHAT, ["usage"]),
        (CHUNKS, change(CHAT, ("usage.completion_tokens_details", {"reasoning_tokens": 0})), ["usage"]),
        ([FIRST, chunk({"content": [TEXT]}), STOP, USAGE], BLOCKS, ["kinds"]),
        (
            [FIRST, chunk({"content": [REASONING]}), chunk({"content": [TEXT]}), STOP],
            change(BLOCKS, (CONTENT, [TEXT])),
            ["kinds"],
        ),
        ([FIRST, chunk({"content": [REASONING, {"text": "Air"}]}), STOP, USAGE], BLOCKS, ["kinds", "text"]),
    ],
)
def test_a_chat_stream_that_differs_from_the_whole(bodies: list[Any], whole: Any, what: list[str]) -> None:
    assert chats(bodies, whole) == what


CUT = change(RESPONSE, ("status", "incomplete"), (MESSAGE, "Hel"))


@pytest.mark.parametrize(
    ("bodies", "whole", "what"),
    [
        (EVENTS, RESPONSE, []),
        (response_events("Hello."), RESPONSE, []),
        (edited(EVENTS, -1, "response.usage.input_tokens", 90), RESPONSE, []),
        (edited(EVENTS, -1, "response.usage.cost", 0.1), RESPONSE, []),
        (edited(EVENTS, -1, "response.usage", None), RESPONSE, []),  # another requirement's
        (edited(EVENTS, -1, "response", change(RESPONSE, ("output", RESPONSE["output"][::-1]))), RESPONSE, []),
        (edited(EVENTS, -1, f"response.{MESSAGE}", "Hello! "), RESPONSE, ["text"]),
        (edited(EVENTS, -1, "response.output.0", GONE), RESPONSE, ["kinds"]),
        (edited(EVENTS, -1, "response.output", []), RESPONSE, ["kinds", "text"]),
        (edited(EVENTS, -1, "response.status", "incomplete"), RESPONSE, ["reason"]),
        (edited(EVENTS, -1, "response.usage.total_tokens", GONE), RESPONSE, ["usage"]),
        (edited(EVENTS, -1, "response", CUT), RESPONSE, ["reason", "text"]),
        (edited(EVENTS, -1, "response", GONE), RESPONSE, ["kinds", "reason", "text"]),
        (EVENTS, change(RESPONSE, ("output.0", GONE)), ["kinds"]),
        (EVENTS, CUT, ["reason", "text"]),
    ],
)
def test_a_responses_stream_beside_the_whole(bodies: list[Any], whole: Any, what: list[str]) -> None:
    assert typed(bodies, whole) == what


ONE = change(GEMINI, (PARTS, [SAYS]))


def piece(*parts: Any, **more: Any) -> Any:
    """An event of a Gemini stream with these parts, before the end."""
    return {"candidates": [{"content": {"role": "model", "parts": list(parts)}, "index": 0}], **more}


@pytest.mark.parametrize(
    ("bodies", "whole", "what"),
    [
        ([ONE], ONE, []),
        ([GEMINI], GEMINI, []),
        ([piece({"text": "Hel"}), change(ONE, (f"{PARTS}.0.text", "lo."))], ONE, []),
        ([piece(THOUGHT), ONE], GEMINI, []),
        ([piece(SAYS), change(ONE, (PARTS, [{"text": ""}]))], ONE, []),
        ([piece(SAYS), change(ONE, (PARTS, [{"text": "", "thoughtSignature": "EqoB"}]))], ONE, []),
        ([piece(SAYS), change(ONE, (PARTS, [{"thoughtSignature": "EqoB"}]))], ONE, []),
        ([change(ONE, (f"{PARTS}.0.thoughtSignature", "EqoB"))], ONE, []),
        ([piece(SAYS), change(ONE, ("candidates.0.content", GONE))], ONE, []),
        ([change(ONE, ("usageMetadata", GONE)), {"usageMetadata": GEMINI["usageMetadata"]}], ONE, []),
        ([change(ONE, ("usageMetadata", GONE))], ONE, []),  # another requirement's
        ([change(ONE, ("usageMetadata.thoughtsTokenCount", GONE))], ONE, []),
        ([change(ONE, (f"{PARTS}.0.text", "Hallo."))], ONE, ["text"]),
        ([ONE, ONE], ONE, ["text"]),
        ([GEMINI], ONE, ["kinds"]),
        ([ONE], GEMINI, ["kinds"]),
        ([change(ONE, (PARTS, [{"functionCall": {"name": "f"}}]))], ONE, ["kinds", "text"]),
        ([change(ONE, ("candidates.0.finishReason", "MAX_TOKENS"))], ONE, ["reason"]),
        ([change(ONE, ("candidates.0.finishReason", GONE))], ONE, ["reason"]),
        ([change(ONE, ("usageMetadata.totalTokenCount", GONE))], ONE, ["usage"]),
    ],
)
def test_a_gemini_stream_beside_the_whole(bodies: list[Any], whole: Any, what: list[str]) -> None:
    assert geminis(bodies, whole) == what


@pytest.mark.parametrize(
    "said",
    [chat_stream.summarise, responses_stream.summarise, gemini_stream.summarise],
    ids=["chat", "responses", "gemini"],
)
def test_without_a_stream_there_is_nothing_to_compare(said: Callable[[Exchange], AnswerSummary]) -> None:
    def check(exchange: Exchange) -> Any:
        yield from same(said(exchange), chat.summarise(CHAT), chat.summarise(CHAT))

    for exchange in (unanswered(), answered(CHAT), streamed()):
        assert judged(check(exchange)) == [("undecided", "")]


PIECES = st.lists(st.text(st.characters(codec="utf-8"), max_size=4), max_size=6)


@given(PIECES.filter(any))
def test_however_a_text_is_cut_it_is_the_same(pieces: list[str]) -> None:
    text = "".join(pieces)
    deltas = [chunk({"content": part}) for part in pieces]
    assert chats([FIRST, *deltas, STOP, USAGE], change(CHAT, (CONTENT, text))) == []
    blocks = [chunk({"content": [TEXT | {"text": part}]}) for part in pieces if part]
    assert chats([FIRST, *blocks, STOP, USAGE], change(CHAT, (CONTENT, text))) == []
    events = [piece({"text": part}) for part in pieces]
    assert geminis([*events, change(ONE, (PARTS, []))], change(ONE, (PARTS, [{"text": text}]))) == []


@given(PIECES.filter(any), st.integers(0, 23))
def test_one_character_less_is_a_difference(pieces: list[str], at: int) -> None:
    text = "".join(pieces)
    less = text[: at % len(text)] + text[at % len(text) + 1 :]
    whole, part = change(CHAT, (CONTENT, text)), change(ONE, (PARTS, [{"text": text}]))
    kinds = [] if less else ["kinds"]
    assert chats([FIRST, chunk({"content": less}), STOP, USAGE], whole) == [*kinds, "text"]
    assert geminis([change(ONE, (f"{PARTS}.0.text", less))], part) == [*kinds, "text"]
    assert typed(edited(EVENTS, -1, f"response.{MESSAGE}", less), change(RESPONSE, (MESSAGE, text))) == ["text"]


def test_the_samples_of_streams_say_what_they_are_made_of() -> None:
    assert chat_stream.summarise(streamed(*CHUNKS)) == chat.summarise(CHAT)
    assert responses_stream.summarise(streamed(*EVENTS)) == responses.summarise(RESPONSE)
    twice = gemini_stream.summarise(streamed(*GEMINI_EVENTS))
    assert twice == replace(gemini.summarise(GEMINI), text="Hello.Hello.")
