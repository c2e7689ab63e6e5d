"""What the streams of all surfaces have in common: bytes to events to JSON."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from conformance.checks.answers import unanswered_reason
from conformance.checks.findings import ABSENT, Finding, Undecided, get, undecided, violation
from conformance.wire.exchange import Exchange, NotJson, parse_json
from conformance.wire.sse import Event, events

DONE = b"[DONE]"


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
    yield from all_readable(stream)
    if stream.events and (error := get(stream.bodies[0], "error.message")) is not ABSENT:
        yield violation("the stream begins with an error", expected="chunks of an answer", actual=error, path="error")


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
