"""The wire: what sends a request and brings an exchange back, over the one HTTP client of the suite or from a cassette.

Nothing ambient slips in: no proxies or netrc of the environment, no redirect followed, no cookie kept.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import httpx2

from conformance.wire.cassette import Cassette, Key
from conformance.wire.exchange import NOT_AN_ANSWER, Chunk, Exchange, Request, Response


class Sender(Protocol):
    """What a surface needs of the wire."""

    def send(self, request: Request) -> Exchange:
        """Sends a request; a failure to get an answer is part of the exchange, not an exception."""


@dataclass(frozen=True)
class Limits:
    """How long and how much a target may take."""

    connect_s: float = 10.0
    read_s: float = 120.0
    """Longest silence between two pieces of an answer."""
    total_s: float = 300.0
    body_bytes: int = 64 * 1024 * 1024
    tries: int = 3
    longest_wait_s: float = 20.0
    """A Retry-After beyond this is not slept."""


class Client:
    """Sends over any httpx2 transport and reads answers in the pieces in which they arrive."""

    def __init__(self, transport: httpx2.BaseTransport, limits: Limits) -> None:
        timeout = httpx2.Timeout(limits.read_s, connect=limits.connect_s)
        self._http = httpx2.Client(transport=transport, trust_env=False, follow_redirects=False, timeout=timeout)
        self._http.headers.clear()
        self._limits = limits

    def send(self, request: Request) -> Exchange:
        """One request, one answer."""
        outgoing = self._http.build_request(
            request.method, request.url, headers=dict(request.headers), content=request.body
        )
        self._http.cookies.clear()
        started = time.perf_counter()
        try:
            incoming = self._http.send(outgoing, stream=True)
            try:
                return Exchange(request, *self._read(incoming, started))
            finally:
                incoming.close()
        except httpx2.TimeoutException as error:
            return Exchange(request, failure=f"timeout after {time.perf_counter() - started:.0f} s ({_kind(error)})")
        except (httpx2.RemoteProtocolError, httpx2.ReadError) as error:
            return Exchange(request, failure=f"{_kind(error)}: {error}", dropped=True)
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            return Exchange(request, failure=f"{_kind(error)}: {error}")

    def _read(self, incoming: httpx2.Response, started: float) -> tuple[Response, str]:
        chunks, size, failure = list[Chunk](), 0, ""
        try:
            for data in incoming.iter_bytes():
                at = time.perf_counter() - started
                chunks.append(Chunk(data, at))
                size += len(data)
                if size > self._limits.body_bytes or at > self._limits.total_s:
                    failure = f"given up after {size} bytes and {at:.0f} s"
                    break
        except (httpx2.HTTPError, httpx2.StreamError) as error:
            failure = f"the answer broke off after {size} bytes ({_kind(error)})"
        headers = {name.lower(): value for name, value in incoming.headers.items()}
        return Response(incoming.status_code, headers, tuple(chunks)), failure

    def close(self) -> None:
        """Closes the connections."""
        self._http.close()


def _kind(error: Exception) -> str:
    return type(error).__name__


class Patient:
    """Asks again, as told, where the target could not answer now. Gives the last exchange of a request."""

    def __init__(self, inner: Sender, limits: Limits, sleep: Callable[[float], None] = time.sleep) -> None:
        self._inner, self._limits, self._sleep = inner, limits, sleep

    def send(self, request: Request) -> Exchange:
        """Sends up to `tries` times; waits as Retry-After says, within bounds."""
        for attempt in range(1, self._limits.tries + 1):
            exchange = self._inner.send(request)
            if exchange.response and not exchange.failure and exchange.status not in NOT_AN_ANSWER:
                break
            wait = _retry_after(exchange, default=0.5 * 2**attempt)
            if attempt == self._limits.tries or wait > self._limits.longest_wait_s:
                break
            self._sleep(wait)
        return exchange


def _retry_after(exchange: Exchange, default: float) -> float:
    told = exchange.response.headers.get("retry-after", "") if exchange.response else ""
    return float(told) if told.isascii() and told.isdigit() else default


class Recorder:
    """Keeps every exchange that passes through it."""

    def __init__(self, inner: Sender) -> None:
        self._inner = inner
        self.exchanges: list[Exchange] = []

    def send(self, request: Request) -> Exchange:
        """Sends, and keeps the exchange."""
        exchange = self._inner.send(request)
        self.exchanges.append(exchange)
        return exchange


class Replay:
    """Answers from a cassette, found by hash: a tenth of the cost of vcrpy's linear search."""

    def __init__(self, load: Callable[[], Cassette], token: str) -> None:
        self._load, self._token = load, token
        self._cassette: Cassette | None = None

    def send(self, request: Request) -> Exchange:
        """The request and the recorded response. Raises `CassetteError`."""
        self._cassette = self._cassette or self._load()
        return Exchange(request, self._cassette.take(Key.of(request, self._token)))
