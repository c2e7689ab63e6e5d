"""What the streams of all surfaces have in common: bytes to events to JSON."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from conformance.checks.answers import unanswered_reason
from conformance.checks.findings import ABSENT, Finding, Undecided, abbreviated, get, undecided, violation
from conformance.wire.exchange import RETRYABLE_STATUSES, Exchange, NotJson, parse_json
from conformance.wire.sse import Event, events

DONE = b"[DONE]"
_ENDS_IN_ERROR = "the stream ends in an error: "
_ERROR_PATHS = ("error.message", "response.error.message", "message", "error", "response.error")
"""Where an error event says what happened, whatever it calls itself."""
_ERROR_CODES = ("error.code", "error.status", "error.type", "response.error.code", "code", "error_code")
_BUSY = frozenset({
    "RESOURCE_EXHAUSTED", "UNAVAILABLE", "TEMPORARILY_UNAVAILABLE", "REQUEST_LIMIT_EXCEEDED", "RATE_LIMIT_EXCEEDED",
    "RATE_LIMIT_ERROR", "OVERLOADED_ERROR", "SERVER_IS_OVERLOADED", *map(str, RETRYABLE_STATUSES),
})  # fmt: skip
"""Codes of a target that asks to come back later, which decides nothing."""


@dataclass(frozen=True)
class Stream:
    """The parsed events of a stream, in order, and what could not be parsed."""

    events: tuple[tuple[Event, Any], ...]
    unreadable: tuple[tuple[int, str], ...]
    """Number of the event, and why it is no JSON."""
    after_done: int | None
    """Number of events after the first [DONE]; None without one."""

    @property
    def bodies(self) -> list[Any]:
        """The JSON values of the events."""
        return [body for _, body in self.events]

    @property
    def error(self) -> Any:
        """The first event that says that something went wrong instead of a piece of the answer; None without one."""
        return next((body for event, body in self.events if _is_error(event, body)), None)


def read(exchange: Exchange) -> Stream:
    """The stream in an exchange. Raises `Undecided` if there is no event in it."""
    if exchange.response is None:
        raise Undecided(exchange.failure)
    parsed, unreadable, after_done = list[tuple[Event, Any]](), list[tuple[int, str]](), None
    for number, event in enumerate(events(exchange.response.body)):
        after_done = None if after_done is None else after_done + 1
        if event.data == DONE:
            after_done = after_done or 0
            continue
        try:
            parsed.append((event, parse_json(event.data)))
        except NotJson as error:
            if event.name == "error":  # what a server says that breaks is often no JSON
                parsed.append((event, event.data.decode("utf-8", errors="replace")))
            else:
                unreadable.append((number, str(error)))
    if not parsed and not unreadable:
        raise Undecided("there is no event in the answer")
    return Stream(tuple(parsed), tuple(unreadable), after_done)


def is_streamed(exchange: Exchange) -> bool:
    """Whether the answer calls itself a stream of server-sent events."""
    return exchange.response is not None and exchange.response.media_type == "text/event-stream"


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


def error_message(stream: Stream) -> str:
    """What the first error event of a stream says, as a finding shows it; empty if the stream has none."""
    error = stream.error
    if error is None:
        return ""
    said = (get(error, path) for path in _ERROR_PATHS)
    message = next((value for value in said if value and isinstance(value, str)), error)
    return _ENDS_IN_ERROR + abbreviated(message)


def no_error(stream: Stream) -> Iterator[Finding]:
    """No event says that something went wrong. A target that asks to come back later has decided nothing."""
    if not (message := error_message(stream)):
        return
    error = stream.error
    codes = {str(code).upper() for path in _ERROR_CODES if (code := get(error, path)) is not ABSENT}
    status = message.removeprefix(_ENDS_IN_ERROR)[:3]  # of the message "429: too many requests"
    if codes & _BUSY or status in _BUSY:
        yield undecided(message)
    else:
        yield violation(message, expected="the answer to its end", actual=error, path="error")


def _is_error(event: Event, body: Any) -> bool:
    """Whether an event is an error of any surface: OpenAI's, Google's, Databricks' envelope, or a typed event."""
    kind, error = get(body, "type"), get(body, "error")
    if event.name == "error" or kind in ("error", "response.failed"):
        return True
    if isinstance(kind, str) and kind.startswith("response."):
        return False  # what went wrong there is a part of the answer: a tool that failed
    databricks = get(body, "error_code") is not ABSENT and get(body, "message") is not ABSENT
    return databricks or (error is not ABSENT and bool(error))


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
