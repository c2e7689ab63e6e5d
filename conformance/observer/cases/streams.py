"""Streams of server-sent events, as gateways write them: each of these ways says the same, by the rules of the format."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest

from conformance.observer.trouble import Answer

_WAYS = {
    "usual": "data: {}\n\n",
    "comments": ": ping\n\ndata: {}\n\n",
    "no_blank": "data:{}\n\n",
    "crlf": "data: {}\r\n\r\n",
    "two_lines": "data: {}\n\n",
}
SPELT = pytest.mark.parametrize("way", [way for way in _WAYS if way != "usual"])
"""With comments between the events, without the blank after the colon, with other line ends, an event over two lines."""


def stream(events: Sequence[Any], *, way: str = "usual", end: str = "") -> Answer:
    """JSON values as a stream of events; `end` is the data of the last event, where a surface has one."""
    told = [_over_two_lines(event) if way == "two_lines" else json.dumps(event) for event in events]
    data = [*told, *([end] if end else [])]
    return Answer(200, "".join(_WAYS[way].format(one) for one in data).encode(), {"content-type": "text/event-stream"})


def _over_two_lines(event: Any) -> str:
    """An object, broken off after its first comma: never within a string, in which JSON has no line ends."""
    first, _, rest = json.dumps(event, separators=(",\n", ": ")).partition("\n")
    return f"{first}\ndata: " + rest.replace("\n", " ") if rest else first
