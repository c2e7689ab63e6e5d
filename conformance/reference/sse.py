"""Server-sent events as bytes: the framing that the policy chooses, in the pieces in which it is sent."""

import json
from collections.abc import Iterable

from conformance.reference.calls import Event, Json
from conformance.reference.policy import Policy


def encoded(value: Json) -> bytes:
    """A JSON value in compact UTF-8. Halves of surrogate pairs, which UTF-8 cannot hold, stay escaped."""
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    except UnicodeEncodeError:
        return json.dumps(value, separators=(",", ":")).encode()


def framed(events: Iterable[Event], policy: Policy) -> list[bytes]:
    """The events as they are sent: one piece an event, or pieces of `split_bytes` wherever that cuts."""
    frames = [_frame(event, policy) for event in events]
    if policy.comments:
        frames = [_lines([": keep-alive"], policy), *frames]
    if policy.split_bytes is None:
        return frames
    whole, size = b"".join(frames), policy.split_bytes
    return [whole[at : at + size] for at in range(0, len(whole), size)]


def _frame(event: Event, policy: Policy) -> bytes:
    colon = ": " if policy.space_after_colon else ":"
    data = event.data if isinstance(event.data, str) else encoded(event.data).decode()
    named = [f"event{colon}{event.name}"] if event.name else []
    return _lines([*named, *(f"data{colon}{line}" for line in data.split("\n"))], policy)


def _lines(lines: list[str], policy: Policy) -> bytes:
    return (policy.newline.join(lines) + policy.newline * 2).encode()
