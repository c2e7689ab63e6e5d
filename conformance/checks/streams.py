"""What holds of the streams of all surfaces."""

from collections.abc import Iterator
from typing import Any

from conformance.checks.answers import unanswered_reason
from conformance.checks.event_stream import ENDS_IN_ERROR, Stream, is_streamed, read, stream_error
from conformance.checks.findings import ABSENT, Finding, Undecided, get, undecided, violation
from conformance.wire.exchange import RETRYABLE_STATUSES, Exchange

_ERROR_CODES = ("error.code", "error.status", "error.type", "response.error.code", "code", "error_code")
_BUSY = frozenset({
    "RESOURCE_EXHAUSTED", "UNAVAILABLE", "TEMPORARILY_UNAVAILABLE", "REQUEST_LIMIT_EXCEEDED", "RATE_LIMIT_EXCEEDED",
    "RATE_LIMIT_ERROR", "OVERLOADED_ERROR", "SERVER_IS_OVERLOADED", *map(str, RETRYABLE_STATUSES),
})  # fmt: skip
"""Codes of a target that asks to come back later, which decides nothing."""


def is_event_stream(exchange: Exchange) -> Iterator[Finding]:
    """The answer is a stream of server-sent events, each of them JSON (or [DONE])."""
    if reason := unanswered_reason(exchange):
        yield undecided(reason)
        return
    response = exchange.response
    assert response  # unanswered_reason() has seen to it
    if not is_streamed(exchange):
        yield violation(
            "no event stream", expected="text/event-stream", actual=response.media_type or "no content type"
        )
        return
    try:
        stream = read(exchange)
    except Undecided as nothing:
        yield violation("an empty stream", expected="at least one event", actual=str(nothing))
        return
    if stream.bodies and stream.bodies[0] is stream.error:  # what comes later is about the order, and about the end
        yield from no_error(stream)
        return
    yield from all_readable(stream)
    if stream.bodies and not any(stream.bodies):
        yield violation("the events hold nothing", expected="chunks of an answer", actual=stream.bodies[0])


def no_error(stream: Stream) -> Iterator[Finding]:
    """No event says that something went wrong. A target that asks to come back later has decided nothing."""
    if not (message := stream_error(stream)):
        return
    error = stream.error
    codes = {str(code).upper() for path in _ERROR_CODES if (code := get(error, path)) is not ABSENT}
    status = message.removeprefix(ENDS_IN_ERROR)[:3]  # of the message "429: too many requests"
    if codes & _BUSY or status in _BUSY:
        yield undecided(message)
    else:
        yield violation(message, expected="the answer to its end", actual=error, path="error")


def all_readable(stream: Stream) -> Iterator[Finding]:
    """Each event is JSON, or [DONE]."""
    for number, why in stream.unreadable:
        yield violation(f"event {number} is no JSON", expected="JSON or [DONE]", actual=why)


def constant(name: str, values: list[Any]) -> Iterator[Finding]:
    """`values` of the events' `name` are one and the same, where they are given at all."""
    distinct = {repr(value) for value in values if value is not ABSENT and value not in ("", None)}
    if len(distinct) > 1:
        yield violation(
            f"{name} changes within the stream", expected="one value", actual=sorted(distinct)[:3], path=name
        )
