"""One HTTP request and its response as they went over the wire. Frozen: the same for live, replayed and faulty traffic."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain
from typing import Any
from urllib.parse import urlsplit

from conformance.wire.sse import DONE, Event, events

THROTTLED = 429
"""The status that says that a limit of rate is reached."""
RETRYABLE_STATUSES = frozenset({408, THROTTLED, 502, 503, 504, 529})
"""Statuses that say that the target could not answer now: tried again, and then no ground for a verdict. 529: overloaded."""
NOT_SENT = "not sent: "
"""How the failure of an exchange begins that was not sent any more; the reason follows."""
CUT_OFF = "cut off: "
"""How that of one begins which the run has ended, and not the target."""

MAX_JSON_DEPTH = 200
"""Levels of nesting that are read. No answer needs a tenth of it, and whatever walks a value may then recurse."""
MAX_JSON_VALUES = 500_000
"""Pieces of a body that are read: see `pieces`. The longest answers have a tenth of it; each may cost 200 bytes of memory."""
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


def pieces(data: bytes) -> int:
    """What of `data` a reader makes objects of, at most: its commas, opening brackets and line ends."""
    return len(data) - len(data.translate(None, b",[{\r\n"))


class NotJson(ValueError):
    """A body that is not the JSON it should be; the text says why in a few words."""


def parse_json(data: bytes) -> Any:
    """The JSON value in `data`. Raises `NotJson` for anything else, however hostile (deep, huge, broken UTF-8, NaN)."""
    try:
        if pieces(data) > MAX_JSON_VALUES:
            raise NotJson("too many values to read")
        value = json.loads(data.decode("utf-8"), parse_constant=_no_such_number)
        if data.count(b"[") + data.count(b"{") > MAX_JSON_DEPTH and _nests_deeper(value, MAX_JSON_DEPTH):
            raise NotJson("JSON nested too deeply to read")
        return _without_lone_surrogates(value) if _SURROGATE.search(data) else value
    except RecursionError:
        raise NotJson("JSON nested too deeply to read") from None
    except ValueError as error:
        raise NotJson(str(error) if data else "an empty body") from None


def _no_such_number(name: str) -> None:
    raise NotJson(f"{name} is no JSON number")


def _without_lone_surrogates(value: Any) -> Any:
    """`value` with U+FFFD for each half of a character: JSON can escape one, but no UTF-8 text can hold it."""
    text = json.dumps(value, ensure_ascii=False).encode("utf-16", "surrogatepass")
    return json.loads(text.decode("utf-16", "replace"))


def _nests_deeper(value: Any, levels: int) -> bool:
    layer = [value]
    for _ in range(levels):
        members = (node.values() if isinstance(node, dict) else node for node in layer if isinstance(node, dict | list))
        layer = list(chain.from_iterable(members))
    return any(isinstance(node, dict | list) for node in layer)


@dataclass(frozen=True)
class Request:
    """What was sent. `headers` have lower-case names; `body` is the raw bytes."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes = b""

    @property
    def path(self) -> str:
        """The path of the URL, as sent."""
        return urlsplit(self.url).path

    @property
    def query(self) -> str:
        """The query string of the URL, without the question mark."""
        return urlsplit(self.url).query


@dataclass(frozen=True)
class Chunk:
    """A piece of a body as it arrived: its bytes, and the seconds since the request was sent."""

    data: bytes
    at: float


@dataclass(frozen=True)
class Response:
    """What came back. `headers` have lower-case names; a header sent twice is joined with a comma."""

    status: int
    headers: Mapping[str, str]
    chunks: tuple[Chunk, ...] = ()

    @cached_property
    def body(self) -> bytes:
        """The whole body, decoded from any content encoding."""
        return b"".join(chunk.data for chunk in self.chunks)

    @property
    def media_type(self) -> str:
        """The content type without its parameters, lower case; empty if none was sent."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @cached_property
    def _parsed(self) -> tuple[Any, str]:
        """The JSON value, or why there is none: an exception that is kept would keep, by its traceback, this response."""
        try:
            return parse_json(self.body), ""
        except NotJson as error:
            return None, str(error)

    def json(self) -> Any:
        """The body as JSON. Raises `NotJson`."""
        value, trouble = self._parsed
        if trouble:
            raise NotJson(trouble)
        return value

    @cached_property
    def events(self) -> tuple[tuple[Event, Any, str], ...]:
        """The server-sent events of the body, each with its data as JSON and, if they are none, why."""
        read = []
        for event in events(self.body):
            try:
                read.append((event, None if event.data == DONE else parse_json(event.data), ""))
            except NotJson as error:
                read.append((event, None, str(error)))
        return tuple(read)


@dataclass(frozen=True)
class Exchange:
    """A request and what became of it: a response, or the reason why there is none."""

    request: Request
    response: Response | None = None
    failure: str = ""
    dropped: bool = False
    """Whether the target closed the connection instead of answering: that it did, unlike that it was slow."""
    hopeless: bool = False
    """Whether asking again would end the same way: it took too long or was too much, or nothing was sent any more."""

    own_cpu_s: float = field(default=0.0, compare=False)
    """Seconds of processor time that our own process has used meanwhile: by so much later may it have read what had come."""

    upstream: "UpstreamSide | None" = None
    """Of a proxy whose upstream is watched: what it has asked there meanwhile. None: nobody has looked."""

    @property
    def status(self) -> int | None:
        """The HTTP status; None if no response came."""
        return self.response.status if self.response else None


@dataclass(frozen=True)
class UpstreamExchange:
    """A request that a proxy has made of its upstream, and the answer that it was given there."""

    exchange: Exchange
    after_s: float
    """Seconds since the request in front was sent: times of the two sides compare by it."""


@dataclass(frozen=True)
class UpstreamSide:
    """What a proxy asked of its upstream for one request, in the order in which it began, and what only both sides show."""

    asked: tuple[UpstreamExchange, ...] = ()
    late: int = 0
    """Questions to a model that nobody has asked in front: after the request before was answered, or about something else."""
    others: tuple[str, ...] = ()
    """The paths of further requests upstream, which are no question to a model, or on a path of none."""
    repeats: bool = False
    """Whether the very same request was sent before, and made the proxy ask its upstream."""
    leaks: tuple[str, ...] = ()
    """Places where a credential of one side stands on the other, in words that do not hold it."""
    passes_credential_on: bool | None = None
    """Whether the upstream was shown the caller's own credential, not another one; None: it was shown none."""
    lost_headers: tuple[str, ...] = ()
    """Headers of the upstream's last answer that callers act on, with their values, which do not arrive."""
