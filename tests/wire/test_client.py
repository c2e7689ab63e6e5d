"""The client against real servers on loopback: nothing ambient slips in, trouble becomes part of the exchange."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx2
import pytest

from conformance.wire.client import Client, Limits, Patient, Recorder
from conformance.wire.exchange import Exchange, Request

QUICK = Limits(connect_s=1, read_s=0.3, total_s=1, body_bytes=1000)


@contextmanager
def server(*answers: bytes | Callable[[socket.socket], None]) -> Iterator[tuple[str, list[bytes]]]:
    """Answers one connection after the other with raw bytes; gives its URL and what it was sent."""
    listening = socket.create_server(("127.0.0.1", 0))
    seen: list[bytes] = []

    def run() -> None:
        for answer in answers:
            connection, _ = listening.accept()
            with connection:
                seen.append(connection.recv(65536))
                if callable(answer):
                    answer(connection)
                else:
                    connection.sendall(answer)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/path?a=b", seen
    finally:
        thread.join(2)
        listening.close()


def http(body: bytes, status: str = "200 OK", headers: bytes = b"") -> bytes:
    return b"HTTP/1.1 %s\r\nContent-Length: %d\r\nConnection: close\r\n%s\r\n%s" % (
        status.encode(),
        len(body),
        headers,
        body,
    )


def send(url: str, limits: Limits = QUICK, body: bytes = b"{}") -> Exchange:
    client = Client(httpx2.HTTPTransport(trust_env=False), limits)
    try:
        return client.send(Request("POST", url, {"content-type": "application/json"}, body))
    finally:
        client.close()


def test_an_exchange_is_what_went_over_the_wire() -> None:
    with server(http(b'{"a":1}', headers=b"X-One: 1\r\n")) as (url, seen):
        exchange = send(url)
    assert exchange.response
    assert (exchange.status, exchange.response.json(), exchange.response.headers["x-one"]) == (200, {"a": 1}, "1")
    assert seen[0].startswith(b"POST /path?a=b HTTP/1.1\r\n")
    assert not exchange.failure


def test_nothing_ambient_slips_in(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    home = tmp_path_factory.mktemp("home")
    (home / ".netrc").write_text("machine 127.0.0.1 login me password secret\n")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("NETRC", str(home / ".netrc"))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    with server(http(b"{}")) as (url, seen):
        assert send(url).status == 200
    assert b"authorization" not in seen[0].lower()
    assert b"user-agent" not in seen[0].lower()


def test_a_redirect_is_not_followed() -> None:
    with server(http(b"", "307 Temporary Redirect", b"Location: http://127.0.0.1:9/\r\n")) as (url, _):
        assert send(url).status == 307


def test_chunks_keep_their_boundaries_and_order() -> None:
    def slowly(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        for piece in (b"one", b"two"):
            connection.sendall(b"%x\r\n%s\r\n" % (len(piece), piece))
            threading.Event().wait(0.05)
        connection.sendall(b"0\r\n\r\n")

    with server(slowly) as (url, _):
        response = send(url).response
    assert response
    assert [chunk.data for chunk in response.chunks] == [b"one", b"two"]
    assert response.chunks[1].at >= response.chunks[0].at + 0.03


def test_an_early_413_is_an_answer() -> None:
    def early(connection: socket.socket) -> None:
        connection.sendall(http(b'{"error_code":"TOO_LARGE","message":"too large"}', "413 Content Too Large"))

    with server(early) as (url, _):
        assert send(url, body=b"x" * 5_000_000).status == 413


@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        (lambda _: threading.Event().wait(0.6), "timeout"),
        (lambda _: None, "RemoteProtocolError"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort", "broke off after 5 bytes"),
        (b"no HTTP at all\r\n\r\n", "RemoteProtocolError"),
        (http(b"x" * 5000), "given up after"),
        (http(b"not gzip", headers=b"Content-Encoding: gzip\r\n"), "broke off after 0 bytes"),
    ],
    ids=["hangs", "closes", "cut", "no http", "too long", "lying encoding"],
)
def test_trouble_is_part_of_the_exchange(answer: bytes, failure: str) -> None:
    with server(answer) as (url, _):
        assert failure in send(url).failure


def test_nobody_there() -> None:
    assert "ConnectError" in send("http://127.0.0.1:9/").failure


def test_patience_asks_again_as_told_and_then_gives_up() -> None:
    slept: list[float] = []
    busy = http(b"{}", "429 Too Many Requests", b"Retry-After: 2\r\n")
    with server(busy, busy, http(b"{}")) as (url, _):
        client = Client(httpx2.HTTPTransport(trust_env=False), QUICK)
        recorder = Recorder(client)
        exchange = Patient(recorder, QUICK, slept.append).send(Request("POST", url, {}, b"{}"))
        client.close()
    assert exchange.status == 200
    assert slept == [2, 2]
    assert len(recorder.exchanges) == 3


def test_an_hour_is_not_slept() -> None:
    slept: list[float] = []
    with server(http(b"{}", "429 Too Many Requests", b"Retry-After: 3600\r\n")) as (url, _):
        client = Client(httpx2.HTTPTransport(trust_env=False), QUICK)
        assert Patient(client, QUICK, slept.append).send(Request("POST", url, {}, b"{}")).status == 429
        client.close()
    assert slept == []
