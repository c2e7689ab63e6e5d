"""Server-sent events from raw bytes, as the WHATWG HTML standard frames them: LF, CR or CRLF, comments, joined data lines."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_LINE_END = re.compile(rb"\r\n|\n|\r")


@dataclass(frozen=True)
class Event:
    """One event: its `event` name (empty if none was sent) and its data lines joined by LF."""

    name: str
    data: str


def events(body: bytes) -> Iterator[Event]:
    """The events of a whole stream. A last event without its blank line is given too: a cut stream is judged by its content."""
    name, data = "", list[str]()
    for raw in [*_LINE_END.split(body.removeprefix(b"\xef\xbb\xbf")), b""]:
        line = raw.decode("utf-8", errors="replace")
        if not line:
            if data:
                yield Event(name, "\n".join(data))
            name, data = "", []
        elif not line.startswith(":"):
            field, _, value = line.partition(":")
            value = value.removeprefix(" ")
            if field == "data":
                data.append(value)
            elif field == "event":
                name = value
