"""Streams of server-sent events as they are read: bytes to events to JSON, and the error among them, if there is one."""

from dataclasses import dataclass
from typing import Any

from conformance.checks.findings import ABSENT, Undecided, abbreviated, get
from conformance.wire.exchange import Exchange
from conformance.wire.sse import DONE, Event

ENDS_IN_ERROR = "the stream ends in an error: "
_ERROR_PATHS = ("error.message", "response.error.message", "message", "error", "response.error")
"""Where an error event says what happened, whatever it calls itself."""


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
    for number, (event, value, not_json) in enumerate(exchange.response.events):
        after_done = None if after_done is None else after_done + 1
        if event.data == DONE:
            after_done = after_done or 0
        elif not not_json:
            parsed.append((event, value))
        elif event.name == "error":  # what a server says that breaks is often no JSON
            parsed.append((event, event.data.decode("utf-8", errors="replace")))
        else:
            unreadable.append((number, not_json))
    if not parsed and not unreadable:
        raise Undecided("there is no event in the answer")
    return Stream(tuple(parsed), tuple(unreadable), after_done)


def is_streamed(exchange: Exchange) -> bool:
    """Whether the answer calls itself a stream of server-sent events."""
    return exchange.response is not None and exchange.response.media_type == "text/event-stream"


def stream_error(stream: Stream) -> str:
    """What the first error event of a stream says, as a finding shows it; empty if the stream has none."""
    error = stream.error
    if error is None:
        return ""
    said = (get(error, path) for path in _ERROR_PATHS)
    message = next((value for value in said if value and isinstance(value, str)), error)
    return ENDS_IN_ERROR + abbreviated(message)


def _is_error(event: Event, body: Any) -> bool:
    """Whether an event is an error of any surface: OpenAI's, Google's, Databricks' envelope, or a typed event."""
    kind, error = get(body, "type"), get(body, "error")
    if event.name == "error" or kind in ("error", "response.failed"):
        return True
    if isinstance(kind, str) and kind.startswith("response."):
        return False  # what went wrong there is a part of the answer: a tool that failed
    databricks = get(body, "error_code") is not ABSENT and get(body, "message") is not ABSENT
    return databricks or (error is not ABSENT and bool(error))
