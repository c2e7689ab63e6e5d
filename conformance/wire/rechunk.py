"""The same stream in other chunks: what a network, a proxy or another server may do to recorded events and change none of them.

Chunks are cut elsewhere, lines end in CRLF, comments keep the connection alive: the events stay what they are, and so must the
verdicts. What is no stream of events is left alone. Nothing arrives before the recorded bytes that it holds, or after the last.
"""

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise
from random import Random

from conformance.wire.exchange import Chunk, Exchange, Request, Response
from conformance.wire.sender import Sender
from conformance.wire.sse import events

_BARE_LF = re.compile(rb"(?<!\r)\n")
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_COMMENTS = (b":", b": keep-alive", b":data: [DONE]", ": still thinking …".encode())
"""Comments that servers send, and two over which a careless reader stumbles."""


def _bytes(response: Response, _draw: Random) -> Response:
    return _cut(response, range(1, len(response.body)))


def _characters(response: Response, _draw: Random) -> Response:
    """Cut before each byte that continues a character, and nowhere else."""
    return _cut(response, (at for at, byte in enumerate(response.body) if byte & 0b1100_0000 == 0b1000_0000))


def _random(response: Response, draw: Random) -> Response:
    inside = range(1, len(response.body))
    return _cut(response, sorted(draw.sample(inside, draw.randint(1, 1 + len(inside) // 10))))


def _crlf(response: Response, _draw: Random) -> Response:
    """A line feed in the body of a stream always ends a line of the framing: inside a string, JSON escapes its own."""
    return _with(response, {found.start(): b"\r" for found in _BARE_LF.finditer(response.body)})


def _comments(response: Response, draw: Random) -> Response:
    """Comments where lines begin. A blank line after one is put in between events alone: elsewhere it would end the event."""
    start = len(_BYTE_ORDER_MARK) if response.body.startswith(_BYTE_ORDER_MARK) else 0
    lines = response.body[start:].splitlines(keepends=True)
    whole = [line for line in lines if line.endswith((b"\r", b"\n"))]
    between = [True, *(not line.strip(b"\r\n") for line in whole)]
    places = list(zip(accumulate(map(len, whole), initial=start), between, strict=True))
    drawn = draw.sample(places, draw.randint(1, len(places)))
    ends = {True: (b"\n", b"\n\n"), False: (b"\n",)}
    return _with(response, {at: draw.choice(_COMMENTS) + draw.choice(ends[free]) for at, free in drawn})


def _cut(response: Response, offsets: Iterable[int]) -> Response:
    """The same body, cut at these ascending offsets. A piece arrives when its last byte did."""
    arrived = list(accumulate(len(chunk.data) for chunk in response.chunks))
    pieces = pairwise([0, *offsets, len(response.body)])
    chunks = (Chunk(response.body[a:b], response.chunks[bisect_left(arrived, b)].at) for a, b in pieces)
    return replace(response, chunks=tuple(chunks))


def _with(response: Response, pieces: Mapping[int, bytes]) -> Response:
    """The body with `pieces` put in, each before the byte at its offset and in that byte's chunk."""
    chunks, start = list[Chunk](), 0
    for chunk in response.chunks:
        data = b"".join(pieces.get(at, b"") + bytes([byte]) for at, byte in enumerate(chunk.data, start))
        chunks.append(Chunk(data, chunk.at))
        start += len(chunk.data)
    if start in pieces:
        chunks.append(Chunk(pieces[start], chunks[-1].at))
    return replace(response, chunks=tuple(chunks))


_MODES: Mapping[str, Callable[[Response, Random], Response]] = {
    "bytes": _bytes,
    "random": _random,
    "characters": _characters,
    "crlf": _crlf,
    "comments": _comments,
}
SEEDED = ("random", "comments")
"""What is drawn, and takes a seed."""
MODES = tuple(_MODES)
"""All ways to re-chunk."""


@dataclass(frozen=True)
class Rechunking:
    """One way to re-chunk streams, the same chunks each time for the same seed and body."""

    mode: str
    seed: int = 0

    @classmethod
    def of(cls, text: str) -> "Rechunking":
        """From its name, such as `bytes` or `random:7`. Raises `ValueError` that names all there are."""
        mode, colon, seed = text.partition(":")
        if mode not in _MODES or (colon and (mode not in SEEDED or not (seed.isascii() and seed.isdigit()))):
            known = ", ".join(f"{name}[:SEED]" if name in SEEDED else name for name in MODES)
            raise ValueError(f"{text!r} is no way to re-chunk: give one of {known}")
        return cls(mode, int(seed or 0))

    def __str__(self) -> str:
        return f"{self.mode}:{self.seed}" if self.mode in SEEDED else self.mode

    def __call__(self, response: Response) -> Response:
        """The response in other chunks; the response itself if it is no stream of events."""
        if response.media_type != "text/event-stream" or not any(events(response.body)):
            return response
        draw = Random(repr((self.seed, response.body)))  # noqa: S311 (no secret)
        return _MODES[self.mode](response, draw)


class RechunkingSender:
    """Sends as another sender does, and re-chunks what comes back."""

    def __init__(self, inner: Sender, rechunking: Rechunking) -> None:
        self._inner, self._rechunking = inner, rechunking

    def send(self, request: Request) -> Exchange:
        """The exchange with its streams in other chunks."""
        exchange = self._inner.send(request)
        return replace(exchange, response=self._rechunking(exchange.response)) if exchange.response else exchange
