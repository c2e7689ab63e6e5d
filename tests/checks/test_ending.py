"""A stream is whole if it says so itself: the connection may close in good order wherever it likes."""

from typing import Any

import pytest

from conformance.checks.ending import is_whole, truncation_reason
from conformance.checks.generated import legal_is_answered
from conformance.wire.exchange import Exchange

from .samples import CHAT, CHUNKS, EVENTS, GEMINI_EVENTS, answered, chunk, streamed, unanswered

END = next(number for number, one in enumerate(CHUNKS) if one["choices"] and one["choices"][0]["finish_reason"])
FAILED = {"type": "response.failed", "response": {}}
INCOMPLETE = {"type": "response.incomplete", "response": {}}
BLOCKED = {"promptFeedback": {"blockReason": "SAFETY"}}
RATED: dict[str, Any] = {"promptFeedback": {"safetyRatings": []}}


def second(finish: Any = None) -> dict[str, Any]:
    """A chunk of the second choice."""
    made = chunk({"content": "x"}, finish)
    return {**made, "choices": [{**made["choices"][0], "index": 1}]}


def of(*bodies: Any, end: bytes = b"") -> Exchange:
    return streamed(*bodies, end=end)


@pytest.mark.parametrize(
    "exchange",
    [
        of(*CHUNKS),
        of(*CHUNKS[: END + 1]),
        of(*CHUNKS[:END], end=b"data: [DONE]\n\n"),
        of(*CHUNKS, second("stop")),
        of(*EVENTS),
        of(*EVENTS[:-1], INCOMPLETE),
        of(*GEMINI_EVENTS),
        of(BLOCKED),
        answered(CHAT),
        unanswered(),
    ],
)
def test_whole_or_no_stream(exchange: Exchange) -> None:
    assert truncation_reason(exchange) == ""
    assert not list(is_whole(exchange))


@pytest.mark.parametrize(
    "exchange",
    [
        of(*CHUNKS[:END]),
        of(*CHUNKS, second()),
        of(*CHUNKS[:END], CHUNKS[END] | {"choices": []}),
        of(*EVENTS[:-1]),
        of(EVENTS[0]),
        of(RATED),
        of(*GEMINI_EVENTS[:-1]) if len(GEMINI_EVENTS) > 1 else of(RATED),
        of("x", None, [], 7),
    ],
)
def test_cut_off(exchange: Exchange) -> None:
    [found] = is_whole(exchange)
    assert (found.kind, found.message, found.actual) == ("violation", "the stream is cut", truncation_reason(exchange))
    assert "stops before its end" in found.actual


OVERLOADED = {"error": {"message": "overloaded"}}


@pytest.mark.parametrize("exchange", [of(OVERLOADED), of(*CHUNKS, OVERLOADED), of(*GEMINI_EVENTS[:-1], OVERLOADED)])
def test_an_error_is_told_as_what_it_is(exchange: Exchange) -> None:
    [found] = is_whole(exchange)
    assert found.message == truncation_reason(exchange) == "the stream ends in an error: overloaded"
    assert found.kind == "violation"


def test_a_response_that_failed_is_an_error() -> None:
    failed = {"type": "response.failed", "response": {"status": "failed", "error": {"message": "too hot"}}}
    assert truncation_reason(of(*EVENTS[:-1], failed)) == "the stream ends in an error: too hot"
    assert truncation_reason(of(*EVENTS[:-1], FAILED)).startswith("the stream ends in an error: ")


@pytest.mark.parametrize("body", [{}, {"ok": True}, {"choices": []}, {"candidates": []}])
def test_an_end_marker_alone_is_no_answer(body: Any) -> None:
    reason = "a stream without an answer: there is no choice, no candidate and no response in it"
    assert truncation_reason(streamed(body)) == reason


def test_without_an_event_there_is_no_answer() -> None:
    assert truncation_reason(of()) == "a stream without an answer: there is no event in the answer"


@pytest.mark.parametrize(("shown", "kind"), [(True, "violation"), (False, "warning")])
def test_a_legal_request_is_not_answered_by_a_part(*, shown: bool, kind: str) -> None:
    [found] = legal_is_answered(of(*CHUNKS[:END]), lambda: answered(CHAT), "a stream", shown=shown)
    assert (found.kind, found.message) == (kind, f"a stream: {truncation_reason(of(*CHUNKS[:END]))}")
