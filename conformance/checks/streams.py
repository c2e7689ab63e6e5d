"""What the streams of all surfaces have in common: bytes to events to JSON."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from conformance.checks.answers import unanswered
from conformance.checks.findings import ABSENT, Finding, NothingToJudge, undecided, violation
from conformance.wire.exchange import Exchange, NotJson, parse_json
from conformance.wire.sse import Event, events

DONE = "[DONE]"


@dataclass(frozen=True)
class Stream:
    """The parsed events of a stream, in order, and what could not be parsed."""

    events: tuple[tuple[Event, Any], ...]
    unreadable: tuple[tuple[int, str], ...]
    """Number of the event, and why it is no JSON."""
    done_at: int | None
    """Number of the event that is [DONE]."""

    @property
    def bodies(self) -> list[Any]:
        """The JSON values of the events."""
        return [body for _, body in self.events]


def read(exchange: Exchange) -> Stream:
    """The stream in an exchange. Raises `NothingToJudge` if there is no event in it."""
    if exchange.response is None:
        raise NothingToJudge(exchange.failure)
    parsed, unreadable, done_at = list[tuple[Event, Any]](), list[tuple[int, str]](), None
    for number, event in enumerate(events(exchange.response.body)):
        if event.data == DONE:
            done_at = number if done_at is None else done_at
            continue
        try:
            parsed.append((event, parse_json(event.data.encode())))
        except NotJson as error:
            unreadable.append((number, str(error)))
    if not parsed and not unreadable:
        raise NothingToJudge("there is no event in the answer")
    return Stream(tuple(parsed), tuple(unreadable), done_at)


def is_event_stream(exchange: Exchange) -> Iterator[Finding]:
    """The answer is a stream of server-sent events, each of them JSON (or [DONE])."""
    if reason := unanswered(exchange):
        yield undecided(reason)
        return
    response = exchange.response
    assert response  # unanswered() has seen to it
    if response.media_type != "text/event-stream":
        yield violation(
            "no event stream", expected="text/event-stream", actual=response.media_type or "no content type"
        )
        return
    try:
        stream = read(exchange)
    except NothingToJudge as nothing:
        yield violation("an empty stream", expected="at least one event", actual=str(nothing))
        return
    for number, why in stream.unreadable:
        yield violation(f"event {number} is no JSON", expected="JSON or [DONE]", actual=why)


def constant(name: str, values: list[Any]) -> Iterator[Finding]:
    """`values` of the events' `name` are one and the same, where they are given at all."""
    distinct = {repr(value) for value in values if value is not ABSENT and value not in ("", None)}
    if len(distinct) > 1:
        yield violation(
            f"{name} changes within the stream", expected="one value", actual=sorted(distinct)[:3], path=name
        )
