"""The tap keeps what arrives, byte for byte: real requests, written to a socket by hand where a client would not send them."""

import asyncio
import http.client
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conformance.reference.app import create_app
from conformance.reference.server import serving
from conformance.reference.tap import TOKEN, Tap, Tapped
from conformance.wire.exchange import Exchange

CHAT = "/ai-gateway/mlflow/v1/chat/completions"
HELLO = {"model": "system.ai.claude-sonnet-4-5", "messages": [{"role": "user", "content": "Say hello."}]}
BODY = json.dumps(HELLO).encode()
RIGHT = {"authorization": f"Bearer {TOKEN}", "content-type": "application/json"}
SETTINGS = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


class Tapping:
    """A tap before a gateway, asked in its own event loop for what it has kept."""

    def __init__(self, gateway: Any) -> None:
        self.tap = Tap(gateway)
        self._loop: asyncio.AbstractEventLoop | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self._loop = asyncio.get_running_loop()
        await self.tap(scope, receive, send)

    def all_of(self, *urls: str) -> list[Tapped]:
        """All that has arrived at these URLs since the last time."""
        if self._loop is None:
            return []
        taking = self.tap.take([urlsplit(url).port or 0 for url in urls])
        return asyncio.run_coroutine_threadsafe(taking, self._loop).result(10)

    def take(self, *urls: str) -> list[Exchange]:
        """The exchanges of it."""
        return [one.exchange for one in self.all_of(*urls)]


@dataclass(frozen=True)
class Place:
    """One URL of a gateway with a tap before it."""

    url: str
    tapping: Tapping

    def take(self) -> list[Exchange]:
        return self.tapping.take(self.url)


@pytest.fixture(scope="module")
def gateway() -> Iterator[Place]:
    with before(create_app(token=TOKEN)) as found:
        yield found


@pytest.fixture
def tap(gateway: Place) -> Place:
    gateway.take()
    return gateway


@pytest.fixture
def connection(gateway: Place) -> Iterator[http.client.HTTPConnection]:
    with closing(http.client.HTTPConnection(urlsplit(gateway.url).netloc, timeout=10)) as made:
        yield made


def by_hand(url: str, sent: bytes) -> socket.socket:
    """A connection on which these bytes have gone out."""
    place = urlsplit(url)
    assert place.hostname
    assert place.port
    made = socket.create_connection((place.hostname, place.port), timeout=10)
    made.sendall(sent)
    return made


def head(body: bytes = b"", *more: str, target: str = CHAT) -> bytes:
    lines = (f"POST {target} HTTP/1.1", "Host: x", "Connection: close", f"Content-Length: {len(body)}", *more, "", "")
    return "\r\n".join(lines).encode("latin-1")


def until_closed(made: socket.socket) -> bytes:
    return b"".join(iter(lambda: made.recv(65536), b""))


def only(exchanges: list[Exchange]) -> Exchange:
    (one,) = exchanges
    return one


def test_an_exchange_is_kept_with_its_answer(tap: Place, connection: http.client.HTTPConnection) -> None:
    connection.request("POST", CHAT, BODY, RIGHT)
    answer = connection.getresponse()
    said = answer.read()
    kept = only(tap.take())
    assert (kept.request.method, kept.request.path, kept.request.body) == ("POST", CHAT, BODY)
    assert kept.request.headers["authorization"] == f"Bearer {TOKEN}"
    assert kept.response is not None
    assert (kept.status, kept.response.body) == (answer.status, said) == (200, said)
    assert kept.response.headers["content-type"] == answer.headers["content-type"]
    assert tap.take() == []


@SETTINGS
@given(pieces=st.lists(st.binary(min_size=1, max_size=3000), max_size=6))
def test_a_body_in_chunks_is_kept_whole(tap: Place, gateway: Place, pieces: list[bytes]) -> None:
    with closing(http.client.HTTPConnection(urlsplit(gateway.url).netloc, timeout=10)) as made:
        made.request("POST", CHAT, iter(pieces), RIGHT, encode_chunked=True)
        made.getresponse().read()
    kept = only(tap.take()).request
    assert kept.body == b"".join(pieces)
    assert kept.headers["transfer-encoding"] == "chunked"


@SETTINGS
@given(body=st.binary(max_size=200_000))
def test_any_bytes_are_kept(tap: Place, gateway: Place, body: bytes) -> None:
    """The gateway refuses the path, and does not look at the body: the tap does."""
    with closing(http.client.HTTPConnection(urlsplit(gateway.url).netloc, timeout=10)) as made:
        made.request("PUT", "/nowhere", body)
        assert made.getresponse().status >= 400
    kept = only(tap.take()).request
    assert (kept.method, kept.body) == ("PUT", body)


VISIBLE = st.characters(min_codepoint=0x21, max_codepoint=0x7E, exclude_characters="?#")


@SETTINGS
@given(path=st.text(VISIBLE, max_size=40), query=st.text(VISIBLE, max_size=40))
def test_path_and_query_are_kept_as_they_were_spelled(tap: Place, gateway: Place, path: str, query: str) -> None:
    with by_hand(gateway.url, head(target=f"/at/{path}?{query}")) as made:
        assert until_closed(made).startswith(b"HTTP/1.1 4")
    kept = only(tap.take()).request
    assert (kept.path, kept.query) == (f"/at/{path}", query)


def test_odd_headers_are_kept(tap: Place, gateway: Place) -> None:
    odd = ("X-Twice: a, b", "x-ONCE:  spaces within \t", "X-tWICE: c", "x-empty:", "x-latin: é")
    with by_hand(gateway.url, head(BODY, *odd) + BODY) as made:
        until_closed(made)
    kept = only(tap.take()).request.headers
    assert kept["x-twice"] == "a, b, c"
    assert kept["x-once"] == "spaces within"
    assert kept["x-empty"] == ""
    assert kept["x-latin"] == "é"


def test_what_a_client_sent_before_it_hung_up_is_kept(tap: Place, gateway: Place) -> None:
    """A body of which the half came. The tap goes on: the next request is kept as any."""
    half = BODY[: len(BODY) // 2]
    with by_hand(gateway.url, head(BODY) + half):
        _until(lambda: len(tap.tapping.tap._open) == 1)
    kept = only(tap.take())
    assert kept.request.body == half
    with by_hand(
        gateway.url, head(BODY, f"Authorization: Bearer {TOKEN}", "Content-Type: application/json") + BODY
    ) as made:
        assert until_closed(made).startswith(b"HTTP/1.1 200")
    assert only(tap.take()).request.body == BODY


def test_a_stream_that_nobody_reads_to_its_end_is_kept(tap: Place, gateway: Place) -> None:
    body = json.dumps(HELLO | {"stream": True}).encode()
    sent = head(body, f"Authorization: Bearer {TOKEN}", "Content-Type: application/json") + body
    with by_hand(gateway.url, sent) as made:
        assert made.recv(20).startswith(b"HTTP/1.1 200")
    kept = only(tap.take())
    assert kept.response is not None
    assert kept.response.chunks[0].data.startswith(b"data: {")


def test_a_stream_is_kept_in_the_pieces_in_which_it_went_out(
    tap: Place, connection: http.client.HTTPConnection
) -> None:
    connection.request("POST", CHAT, json.dumps(HELLO | {"stream": True}), RIGHT)
    said = connection.getresponse().read()
    kept = only(tap.take()).response
    assert kept is not None
    assert kept.body == said
    assert len(kept.chunks) > 2
    times = [chunk.at for chunk in kept.chunks]
    assert times == sorted(times)
    assert 0 < times[0] <= times[-1] < 10


def test_requests_at_the_same_time_are_kept_apart(tap: Place, gateway: Place) -> None:
    def asked(number: int) -> bytes:
        body = json.dumps(HELLO | {"max_tokens": 16 + number}).encode()
        with closing(http.client.HTTPConnection(urlsplit(gateway.url).netloc, timeout=10)) as made:
            made.request("POST", f"{CHAT}?number={number}", body, RIGHT)
            return made.getresponse().read()

    with ThreadPoolExecutor(8) as several:
        answers = list(several.map(asked, range(24)))
    kept = {exchange.request.query: exchange for exchange in tap.take()}
    assert len(kept) == 24
    for number, answer in enumerate(answers):
        exchange = kept[f"number={number}"]
        assert json.loads(exchange.request.body)["max_tokens"] == 16 + number
        assert exchange.response is not None
        assert exchange.response.body == answer


def _until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.01)


@contextmanager
def before(gateway: Any) -> Iterator[Place]:
    """A tap before a gateway."""
    tapping = Tapping(gateway)
    with serving(tapping) as (url,):
        yield Place(url, tapping)


def test_take_waits_for_an_exchange_under_way() -> None:
    """A client has its answer; the gateway is done with the exchange only when it is let go."""
    let_go = threading.Event()

    async def slow(*asgi: Any) -> None:
        _, _, send = asgi
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"ok"})
        while not let_go.is_set():
            await asyncio.sleep(0.01)

    with before(slow) as tap, ThreadPoolExecutor(1) as aside, by_hand(tap.url, head()) as made:
        assert made.recv(12) == b"HTTP/1.1 200"
        taken = aside.submit(tap.take)
        time.sleep(0.2)
        assert not taken.done()
        let_go.set()
        kept = only(taken.result(10)).response
    assert kept is not None
    assert kept.body == b"ok"


def test_an_exchange_is_kept_over_which_the_gateway_breaks() -> None:
    async def broken(*_: Any) -> None:
        raise ZeroDivisionError

    with before(broken) as tap, by_hand(tap.url, head(b"{}") + b"{}") as made:
        assert until_closed(made).startswith(b"HTTP/1.1 500")
        kept = only(tap.take())
    assert (kept.request.body, kept.response) == (b"{}", None)


def test_each_port_has_its_own_exchanges_and_waits_for_no_other() -> None:
    """Cases run at the same time: what one has sent is none of another's, nor is one waited for that has begun."""
    tapping, let_go = Tapping(None), threading.Event()

    async def gateway(scope: Any, _: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
        while scope["path"] == "/slow" and not let_go.is_set():
            await asyncio.sleep(0.01)
        await send({"type": "http.response.body"})

    tapping.tap = Tap(gateway)
    with serving(tapping, ports=2) as (one, other):
        with by_hand(one, head(b"1") + b"1") as first, by_hand(other, head(target="/slow")):
            until_closed(first)
            _until(lambda: len(tapping.tap._open) == 1)
            assert only(tapping.take(one)).request.body == b"1"
            assert tapping.take(one) == []
        let_go.set()
        assert only(tapping.take(one, other)).request.path == "/slow"


def test_connections_are_told_apart(tap: Place, connection: http.client.HTTPConnection) -> None:
    for _ in range(2):
        connection.request("POST", CHAT, BODY, RIGHT)
        connection.getresponse().read()
    with by_hand(tap.url, head(BODY) + BODY) as made:
        until_closed(made)
    first, again, other = tap.tapping.all_of(tap.url)
    assert first.peer == again.peer != other.peer
    assert {one.port for one in (first, again, other)} == {urlsplit(tap.url).port}
