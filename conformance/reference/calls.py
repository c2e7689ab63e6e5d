"""What travels through the gateway: a call comes in, an answer or a stream of events goes out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

Json = Any
"""A value as `json.loads` makes it."""
Surface = Literal["chat", "responses", "gemini"]
"""Whose request format a call speaks. The per-endpoint paths speak those of chat and Responses."""

_NONE: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Call:
    """One request that was let in. `model` and `action` are set where the path carries them; `size` is in bytes."""

    surface: Surface
    method: str
    path: str
    body: Json = None
    size: int = 0
    model: str | None = None
    action: str | None = None
    query: Mapping[str, str] = field(default_factory=lambda: _NONE)
    headers: Mapping[str, str] = field(default_factory=lambda: _NONE)


@dataclass(frozen=True, slots=True)
class Answer:
    """One whole response. A body of `bytes` goes out as it is."""

    body: Json | bytes
    status: int = 200
    media_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=lambda: _NONE)


@dataclass(frozen=True, slots=True)
class Event:
    """One server-sent event: its data (JSON, or text such as `[DONE]` as it is) and its type, if the stream is typed."""

    data: Json | str
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Stream:
    """A response that is sent event by event."""

    events: tuple[Event, ...]


Outcome = Answer | Stream
