"""Server-sent events from raw bytes, as the WHATWG HTML standard frames them: LF, CR or CRLF, comments, joined data lines."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

DONE = b"[DONE]"
"""The data of the event that ends a stream of chat completions; it is no JSON."""
_LINE_END = re.compile(rb"\r\n|\n|\r")


@dataclass(frozen=True)
class Event:
    """One event: its `event` name (empty if none was sent) and its data lines joined by LF, as bytes: JSON must be UTF-8."""

    name: str
    data: bytes


def events(body: bytes) -> Iterator[Event]:
    """The events of a whole stream. A last event without its blank line is given too: a cut stream is judged by its content."""
    name, data = "", list[bytes]()
    for line in [*_LINE_END.split(body.removeprefix(b"\xef\xbb\xbf")), b""]:
        if not line:
            if data:
                yield Event(name, b"\n".join(data))
            name, data = "", []
        elif not line.startswith(b":"):
            field, _, value = line.partition(b":")
            value = value.removeprefix(b" ")
            if field == b"data":
                data.append(value)
            elif field == b"event":
                name = value.decode("utf-8", errors="replace")
