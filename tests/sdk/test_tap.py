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
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conformance.reference.server import running
from conformance.sdk.tap import TOKEN, Tap, tapped
from conformance.wire.exchange import Exchange

CHAT = "/ai-gateway/mlflow/v1/chat/completions"
HELLO = {"model": "system.ai.claude-sonnet-4-5", "messages": [{"role": "user", "content": "Say hello."}]}
BODY = json.dumps(HELLO).encode()
RIGHT = {"authorization": f"Bearer {TOKEN}", "content-type": "application/json"}
SETTINGS = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
Tapped = tuple[str, Tap]


@pytest.fixture(scope="module")
def gateway() -> Iterator[Tapped]:
    with tapped() as found:
        yield found


@pytest.fixture
def tap(gateway: Tapped) -> Tap:
    gateway[1].take()
    return gateway[1]


@pytest.fixture
def connection(gateway: Tapped) -> Iterator[http.client.HTTPConnection]:
    with closing(http.client.HTTPConnection(urlsplit(gateway[0]).netloc, timeout=10)) as made:
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


def test_an_exchange_is_kept_with_its_answer(tap: Tap, connection: http.client.HTTPConnection) -> None:
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
def test_a_body_in_chunks_is_kept_whole(tap: Tap, gateway: Tapped, pieces: list[bytes]) -> None:
    with closing(http.client.HTTPConnection(urlsplit(gateway[0]).netloc, timeout=10)) as made:
        made.request("POST", CHAT, iter(pieces), RIGHT, encode_chunked=True)
        made.getresponse().read()
    kept = only(tap.take()).request
    assert kept.body == b"".join(pieces)
    assert kept.headers["transfer-encoding"] == "chunked"


@SETTINGS
@given(body=st.binary(max_size=200_000))
def test_any_bytes_are_kept(tap: Tap, gateway: Tapped, body: bytes) -> None:
    """The gateway refuses the path, and does not look at the body: the tap does."""
    with closing(http.client.HTTPConnection(urlsplit(gateway[0]).netloc, timeout=10)) as made:
        made.request("PUT", "/nowhere", body)
        assert made.getresponse().status >= 400
    kept = only(tap.take()).request
    assert (kept.method, kept.body) == ("PUT", body)


VISIBLE = st.characters(min_codepoint=0x21, max_codepoint=0x7E, exclude_characters="?#")


@SETTINGS
@given(path=st.text(VISIBLE, max_size=40), query=st.text(VISIBLE, max_size=40))
def test_path_and_query_are_kept_as_they_were_spelled(tap: Tap, gateway: Tapped, path: str, query: str) -> None:
    with by_hand(gateway[0], head(target=f"/at/{path}?{query}")) as made:
        assert until_closed(made).startswith(b"HTTP/1.1 4")
    kept = only(tap.take()).request
    assert (kept.path, kept.query) == (f"/at/{path}", query)


def test_odd_headers_are_kept(tap: Tap, gateway: Tapped) -> None:
    odd = ("X-Twice: a, b", "x-ONCE:  spaces within \t", "X-tWICE: c", "x-empty:", "x-latin: é")
    with by_hand(gateway[0], head(BODY, *odd) + BODY) as made:
        until_closed(made)
    kept = only(tap.take()).request.headers
    assert kept["x-twice"] == "a, b, c"
    assert kept["x-once"] == "spaces within"
    assert kept["x-empty"] == ""
    assert kept["x-latin"] == "é"


def test_what_a_client_sent_before_it_hung_up_is_kept(tap: Tap, gateway: Tapped) -> None:
    """A body of which the half came. The tap goes on: the next request is kept as any."""
    half = BODY[: len(BODY) // 2]
    with by_hand(gateway[0], head(BODY) + half):
        _until(lambda: tap._open == 1)
    kept = only(tap.take())
    assert kept.request.body == half
    with by_hand(
        gateway[0], head(BODY, f"Authorization: Bearer {TOKEN}", "Content-Type: application/json") + BODY
    ) as made:
        assert until_closed(made).startswith(b"HTTP/1.1 200")
    assert only(tap.take()).request.body == BODY


def test_a_stream_that_nobody_reads_to_its_end_is_kept(tap: Tap, gateway: Tapped) -> None:
    body = json.dumps(HELLO | {"stream": True}).encode()
    sent = head(body, f"Authorization: Bearer {TOKEN}", "Content-Type: application/json") + body
    with by_hand(gateway[0], sent) as made:
        assert made.recv(20).startswith(b"HTTP/1.1 200")
    kept = only(tap.take())
    assert kept.response is not None
    assert kept.response.chunks[0].data.startswith(b"data: {")


def test_a_stream_is_kept_in_the_pieces_in_which_it_went_out(tap: Tap, connection: http.client.HTTPConnection) -> None:
    connection.request("POST", CHAT, json.dumps(HELLO | {"stream": True}), RIGHT)
    said = connection.getresponse().read()
    kept = only(tap.take()).response
    assert kept is not None
    assert kept.body == said
    assert len(kept.chunks) > 2
    times = [chunk.at for chunk in kept.chunks]
    assert times == sorted(times)
    assert 0 < times[0] <= times[-1] < 10


def test_requests_at_the_same_time_are_kept_apart(tap: Tap, gateway: Tapped) -> None:
    def asked(number: int) -> bytes:
        body = json.dumps(HELLO | {"max_tokens": 16 + number}).encode()
        with closing(http.client.HTTPConnection(urlsplit(gateway[0]).netloc, timeout=10)) as made:
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
def before(gateway: Any) -> Iterator[Tapped]:
    """A tap before another gateway than the reference."""
    taps = list[Tap]()

    def middleware(_: Any) -> Tap:
        taps.append(Tap(gateway))
        return taps[0]

    with running(token=TOKEN, middleware=middleware) as url:
        yield url, taps[0]


def test_take_waits_for_an_exchange_under_way() -> None:
    """A client has its answer; the gateway is done with the exchange only when it is let go."""
    let_go = threading.Event()

    async def slow(*asgi: Any) -> None:
        _, _, send = asgi
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"ok"})
        while not let_go.is_set():
            await asyncio.sleep(0.01)

    with before(slow) as (url, tap), ThreadPoolExecutor(1) as aside, by_hand(url, head()) as made:
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

    with before(broken) as (url, tap), by_hand(url, head(b"{}") + b"{}") as made:
        assert until_closed(made).startswith(b"HTTP/1.1 500")
        kept = only(tap.take())
    assert (kept.request.body, kept.response) == (b"{}", None)
