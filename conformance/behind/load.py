"""Many requests at once through a proxy, and the same ones straight to its upstream: measured, and each answer told.

The two sides take turns in short rounds, so that whatever else the machine does hits both alike. One event loop asks, with a
connection for each request in flight: threads measure about the same, and Ctrl-C would have to wait for them.

The upstream answers in the process that asks. Both are busy with more than a few requests at once, which then wait for their
turn, so latency grows with their number on both sides; what a proxy adds to a single request is told by one at a time.
"""

import asyncio
import contextlib
import re
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import httpcore2

from conformance.behind.load_requests import NO_MARK, SURFACES, Kind, Side
from conformance.behind.memory import Memory
from conformance.checks.answer_parts import answer_parts
from conformance.checks.answers import no_answer_reason
from conformance.checks.ending import truncation_reason
from conformance.wire.certificates import Certificates
from conformance.wire.exchange import Chunk, Exchange, Request, Response
from conformance.wire.upstream import MARK

ANSWER_S = 30.0
"""Seconds after which an answer is lost; fewer if the whole load may take fewer."""
_MARKS = 16**5
_LARGEST = 1024 * 1024
"""Bytes of an answer that are read: those of the reference gateway are a hundredth."""
_IDLE_S = 2.0
"""How long a connection is used again after its last answer: servers close idle ones after five seconds or more."""
_SWITCH_S = 0.0005
"""How long one thread may keep the others waiting. Python's five milliseconds would be most of what is measured."""
_SAMPLED_S = 0.1
_FOLDED = re.compile(r"[0-9a-f]*[0-9][0-9a-f]*")
"""What differs from one answer to the next in a reason that is the same: ids, numbers of bytes."""

Told = Literal["own", "crossed", "lost"]


@dataclass(frozen=True)
class Bounds:
    """What a load may be: requests in flight, requests a side, and seconds in which new ones are sent."""

    at_once: int
    requests: int = 2000
    seconds: float = 30.0

    @property
    def answer_s(self) -> float:
        """Seconds that an answer may take: by so much a load may last longer, if its last answers do not come."""
        return min(ANSWER_S, self.seconds)

    @property
    def a_round(self) -> int:
        """Requests of one side before the other has its turn: enough to keep all in flight, and four rounds at least."""
        return max(self.at_once, min(max(4 * self.at_once, 48), -(-self.requests // 4)))


@dataclass
class Measured:
    """What has come of the requests of one side. Times are in seconds, of requests that were answered."""

    whole_s: list[float] = field(default_factory=list)
    """From a request to the end of its answer, of streams too."""
    first_byte_s: list[float] = field(default_factory=list)
    """From a request for a stream to the first byte of its body."""
    busy_s: float = 0.0
    """How long it was this side's turn."""
    own: int = 0
    crossed: int = 0
    lost: int = 0
    reasons: dict[str, tuple[int, str]] = field(default_factory=dict)
    """Why answers were crossed or lost: how often, and the first of them in words."""

    @property
    def requests(self) -> int:
        """All that were sent."""
        return self.own + self.crossed + self.lost

    def add(self, answer: "_Answer", redacted: Callable[[Exchange], Exchange]) -> None:
        """Takes an answer; what is told of it is `redacted` before it is cut to a few words."""
        told, _ = judged(answer.exchange, answer.mark)
        setattr(self, told, getattr(self, told) + 1)
        if told != "lost":
            self.whole_s.append(answer.whole_s)
            if answer.first_byte_s is not None:
                self.first_byte_s.append(answer.first_byte_s)
        if told != "own":
            _, reason = judged(redacted(answer.exchange), answer.mark)
            key = f"{told} {_FOLDED.sub('#', reason)}"
            times, first = self.reasons.get(key, (0, f"{told}: {reason} ({answer.kind.name})"))
            self.reasons[key] = times + 1, first


@dataclass(frozen=True)
class _Answer:
    kind: Kind
    mark: str
    exchange: Exchange
    whole_s: float
    first_byte_s: float | None


class Load:
    """One load. What is measured so far can be read at any time, also after the load was broken off."""

    def __init__(
        self, bounds: Bounds, sides: Sequence[Side], first_mark: int = 0, *, certificates: Certificates | None = None,
        memory: Memory | None = None, redacted: Callable[[Exchange], Exchange] = lambda exchange: exchange,
    ) -> None:  # fmt: skip
        self.bounds, self.sides, self.memory = bounds, sides, memory
        self.measured: Mapping[str, Measured] = {side.name: Measured() for side in sides}
        self._first_mark, self._redacted = first_mark, redacted
        self._certificates = certificates or Certificates()
        self._came = list[_Answer]()

    def run(self, tell: Callable[[int], None] = lambda _: None) -> None:
        """Sends until all is sent or the time is over; `tell` is told, after each round, how many each side has sent.

        Raises `KeyboardInterrupt` when interrupted: what was answered by then is measured.
        """
        with _quick_switches():
            asyncio.run(self._all(tell))

    async def _all(self, tell: Callable[[int], None]) -> None:
        until = time.monotonic() + self.bounds.seconds
        pools = {side.name: [self._pool(side) for _ in range(self._at_once)] for side in self.sides}
        watching = asyncio.create_task(self._watch())
        try:
            for number, start in enumerate(range(0, self.bounds.requests, self.bounds.a_round)):
                numbers = range(start, min(start + self.bounds.a_round, self.bounds.requests))
                # Forwards and backwards in turn: neither side always comes first.
                for side in self.sides if number % 2 else reversed(self.sides):
                    await self._round(side, pools[side.name], numbers, until)
                tell(numbers.stop)
                if time.monotonic() >= until:
                    break
        finally:
            watching.cancel()
            if self.memory:
                self.memory.end()
            for pool in (one for several in pools.values() for one in several):
                await pool.aclose()

    @property
    def _at_once(self) -> int:
        return min(self.bounds.at_once, self.bounds.requests)

    def _pool(self, side: Side) -> httpcore2.AsyncConnectionPool:
        """One connection: a pool of many would take time to choose one."""
        tls = self._certificates.to_target if side.uses_tls else None
        return httpcore2.AsyncConnectionPool(tls, max_connections=1, keepalive_expiry=_IDLE_S)

    async def _watch(self) -> None:
        while self.memory:
            self.memory.look()
            await asyncio.sleep(_SAMPLED_S)

    async def _round(
        self, side: Side, pools: Sequence[httpcore2.AsyncConnectionPool], numbers: range, until: float
    ) -> None:
        """One side's turn: so many at once until all of these are answered. Answers are judged when it is over."""
        waiting, credential = iter(numbers), side.credential()
        measured, began = self.measured[side.name], time.perf_counter()

        async def worker(pool: httpcore2.AsyncConnectionPool) -> None:
            for number in waiting:
                if time.monotonic() >= until:
                    return
                kind, mark = side.kinds[number % len(side.kinds)], mark_of(self._first_mark + number)
                self._came.append(await _asked(pool, kind, mark, credential, self.bounds.answer_s))

        try:
            async with asyncio.TaskGroup() as workers:
                for pool in pools:
                    workers.create_task(worker(pool))
        finally:
            measured.busy_s += time.perf_counter() - began
            for answer in self._came:
                measured.add(answer, self._redacted)
            self._came.clear()


def mark_of(number: int) -> str:
    """The mark of a request. One of digits alone would be read as a number, for which the answer is long."""
    letter, rest = divmod(number, _MARKS)
    return f"mark-{'abcdef'[letter % 6]}{rest:05x}"


def judged(exchange: Exchange, mark: str) -> tuple[Told, str]:
    """Whose answer it is, and why if it is not the request's own."""
    if exchange.failure:
        return "lost", exchange.failure
    marks = _marks(exchange)
    if any(other != mark for other in marks):
        return "crossed", f"{mark} was answered with {' and '.join(marks)[:80]}"
    if reason := no_answer_reason(exchange) or truncation_reason(exchange):
        return "lost", reason
    return ("own", "") if marks else ("lost", "the answer does not tell which request it is to")


def _marks(exchange: Exchange) -> list[str]:
    """The marks in an answer, read as one of the surface that was asked; as one of another, if it tells nothing so."""
    path = exchange.request.path
    asked = "chat" if path.endswith("/completions") else "responses" if path.endswith("/responses") else "gemini"
    for surface in sorted(SURFACES, key=lambda name: name != asked):
        parts = answer_parts(surface, exchange)
        # The events of a response that is cut have no text as a whole.
        text = (parts.text or "".join(parts.pieces)) if parts else ""
        if marks := list(dict.fromkeys(found.decode() for found in MARK.findall(text.encode()))):
            return marks
    return []


async def _asked(
    pool: httpcore2.AsyncConnectionPool, kind: Kind, mark: str, credential: Mapping[str, str], within_s: float
) -> _Answer:
    """Sends one request, and reads its answer to the end or gives it up."""
    body = kind.request.body.replace(NO_MARK, mark.encode())
    request = Request(kind.request.method, kind.request.url, kind.request.headers, body)
    headers = {**request.headers, **credential, "content-length": str(len(body))}
    response, failure, chunks, size = None, "", list[Chunk](), 0
    started = time.perf_counter()
    try:
        async with (
            asyncio.timeout(within_s),
            pool.stream(request.method, request.url, headers=list(headers.items()), content=body) as incoming,
        ):
            answered = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in incoming.headers}
            async for piece in incoming.aiter_stream():
                chunks.append(Chunk(piece, time.perf_counter() - started))
                size += len(piece)
                if size > _LARGEST:
                    failure = f"more than {_LARGEST} bytes"
                    break
            response = Response(incoming.status, answered, tuple(chunks))
    except TimeoutError:
        failure = f"no whole answer within {within_s:g} s"
    except (httpcore2.NetworkError, httpcore2.ProtocolError, httpcore2.TimeoutException, OSError) as error:
        failure = " ".join(f"{type(error).__name__}: {error}".split()).rstrip(": ")[:160]
        if chunks:
            failure = f"the answer broke off: {failure}"
    whole_s = time.perf_counter() - started
    first = chunks[0].at if kind.is_streamed and chunks else None
    return _Answer(kind, mark, Exchange(request, response, failure), whole_s, first)


@contextlib.contextmanager
def _quick_switches() -> Iterator[None]:
    """The upstream answers in a thread of this process: meanwhile neither it nor whoever asks holds the other up for long."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(_SWITCH_S)
    try:
        yield
    finally:
        sys.setswitchinterval(before)
