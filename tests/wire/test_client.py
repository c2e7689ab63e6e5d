"""The client against real servers on loopback: nothing ambient slips in, trouble becomes part of the exchange."""

import gzip
import shutil
import socket
import ssl
import struct
import subprocess
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.wire.certificates import Authorities, Certificates
from conformance.wire.client import Client
from conformance.wire.exchange import Exchange, Request
from conformance.wire.route import Route
from conformance.wire.sender import Limits

QUICK = Limits(connect_s=1, read_s=0.3, total_s=1, body_bytes=1000)


def received(connection: socket.socket) -> bytes:
    """A request, whole if it is small: a connection that is closed with something unread is reset."""
    data = b""
    while b"\r\n\r\n" not in data or (b"length: 2\r\n" in data and not data.endswith(b"{}")):
        data += connection.recv(65536)
    return data


@contextmanager
def server(*answers: bytes | Callable[[socket.socket], None]) -> Iterator[tuple[str, list[bytes]]]:
    """Answers one connection after the other with raw bytes; gives its URL and what it was sent."""
    listening = socket.create_server(("127.0.0.1", 0))
    seen: list[bytes] = []

    def run() -> None:
        for answer in answers:
            connection, _ = listening.accept()
            with connection:
                seen.append(received(connection))
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


def send(url: str, limits: Limits = QUICK, body: bytes = b"{}", route: Route | None = None) -> Exchange:
    return Client(limits, route).send(Request("POST", url, {"content-type": "application/json"}, body))


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


def drips(beginning: bytes, piece: bytes) -> Callable[[socket.socket], None]:
    def answer(connection: socket.socket) -> None:
        connection.sendall(beginning)
        with suppress(OSError):
            while True:
                threading.Event().wait(0.05)
                connection.sendall(piece)

    return answer


def resets(beginning: bytes) -> Callable[[socket.socket], None]:
    def answer(connection: socket.socket) -> None:
        connection.sendall(beginning)
        threading.Event().wait(0.05)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    return answer


def floods(beginning: bytes, piece: bytes) -> Callable[[socket.socket], None]:
    def answer(connection: socket.socket) -> None:
        with suppress(OSError):
            connection.sendall(beginning + piece * 2000)

    return answer


def hangs(beginning: bytes = b"") -> Callable[[socket.socket], None]:
    def answer(connection: socket.socket) -> None:
        connection.sendall(beginning)
        while connection.recv(65536):
            pass

    return answer


OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
GZIPPED = gzip.compress(b"0123456789" * 50, mtime=0)


@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        (hangs(), "timeout: the target said nothing for 0.3 s (--timeout)"),
        (hangs(OK), "timeout: the target fell silent for 0.3 s (--timeout), in the middle of the headers"),
        (hangs(b"SSH-2.0\r\n"), "timeout: what the target says is not HTTP, and it fell silent for 0.3 s (--timeout)"),
        (hangs(CHUNKED + b"3\r\nabc\r\n"), "timeout: the answer fell silent for 0.3 s after 3 bytes"),
        (drips(OK, b"A"), "timeout: no whole answer within 1 s (--total-timeout)"),
        (drips(b"", b"HTTP/1.1 100 Continue\r\n\r\n"), "timeout: no whole answer within 1 s (--total-timeout)"),
        (drips(OK + b"\r\n", b""), "timeout: the answer fell silent for 0.3 s after 0 bytes"),
        (lambda _: None, "the connection was closed before any answer"),
        (resets(b""), "the connection was reset before any answer"),
        (resets(OK), "the connection was reset after 17 bytes, in the middle of the headers"),
        (OK + b"A: ", "the connection was closed after 20 bytes, in the middle of the headers"),
        (resets(CHUNKED + b"3\r\nabc\r\n"), "the answer broke off after 3 bytes: the connection was reset"),
        (CHUNKED + b"3\r\nabc\r\n", "the answer broke off after 3 bytes: the connection was closed before its end"),
        (CHUNKED + b"3\r\nabc\r\nxyz\r\n", "the answer broke off after 3 bytes: its framing is not HTTP"),
        (
            OK + b"Content-Length: 100\r\n\r\nshort",
            "the answer broke off after 5 bytes: the connection was closed before",
        ),
        (b"no HTTP at all\r\n\r\n", "what the target says is not HTTP"),
        (b"\0" * 500, "what the target says is not HTTP"),
        (b"HTTP/1.1 000 None\r\n\r\n", "the status or the headers of the answer are not HTTP"),
        (OK + b"No header\r\n\r\n", "the status or the headers of the answer are not HTTP"),
        (OK + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\n", "the status or the headers of the answer are not HTTP"),
        (OK + b"Content-Length: -1\r\n\r\n", "the status or the headers of the answer are not HTTP"),
        (CHUNKED + b"f" * 5000 + b"\r\n", "the answer broke off after 0 bytes: its framing is not HTTP"),
        (floods(OK, b"A: bbbbbbbbb" * 100), "no end of the headers"),
        (http(b"x" * 5000), "given up after 5000 bytes: more than 0.001 MB (--max-body)"),
        (floods(OK + b"\r\n", b"[],\n" * 500), "given up after"),
        (http(b"not gzip", headers=b"Content-Encoding: gzip\r\n"), "0 bytes: it is not the gzip that it says it is"),
        (http(GZIPPED[:-9], headers=b"Content-Encoding: gzip\r\n"), "500 bytes: its gzip content has no end"),
        (http(b"x", headers=b"Content-Encoding: br\r\n"), "the answer is encoded as 'br', which was not asked for"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_trouble_is_part_of_the_exchange(answer: bytes | Callable[[socket.socket], None], failure: str) -> None:
    started = time.monotonic()
    with server(answer) as (url, _):
        exchange = send(url)
        assert failure in exchange.failure
        assert "\n" not in exchange.failure
        assert len(exchange.failure) < 200
        assert time.monotonic() - started < 3 * QUICK.total_s


@pytest.mark.parametrize(
    ("answer", "hopeless"),
    [
        (hangs(), False),
        (lambda _: None, False),
        (resets(CHUNKED), False),
        (drips(OK, b"A"), True),
        (floods(OK, b"A: bbbbbbbbb" * 100), True),
        (http(b"x" * 5000), True),
    ],
)
def test_what_took_too_much_is_not_asked_for_again(answer: Callable[[socket.socket], None], hopeless: bool) -> None:
    with server(answer) as (url, _):
        assert send(url).hopeless is hopeless


@given(
    st.binary(max_size=400) | st.binary(max_size=300).map(lambda noise: CHUNKED + noise) | st.binary().map(OK.__add__)
)
@settings(max_examples=80, deadline=None)
def test_no_noise_breaks_the_client(noise: bytes) -> None:
    with server(noise) as (url, _):
        exchange = send(url)
    assert exchange.failure or exchange.response


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        (gzip.compress(b"hello " * 100, mtime=0), b"gzip"),
        (gzip.compress(b"hello " * 100, mtime=0), b" X-GZIP "),
        (zlib.compress(b"hello " * 100), b"deflate"),
        (zlib.compress(b"hello " * 100)[2:-4], b"deflate"),
        (b"hello " * 100, b"identity"),
        (b"hello " * 100, b""),
    ],
)
def test_a_body_that_was_compressed_unasked_is_read(body: bytes, encoding: bytes) -> None:
    with server(http(body, headers=b"Content-Encoding: %s\r\n" % encoding)) as (url, _):
        exchange = send(url)
    assert exchange.response
    assert (exchange.response.body, exchange.failure) == (b"hello " * 100, "")


def test_nothing_has_no_encoding() -> None:
    with server(http(b"", headers=b"Content-Encoding: gzip\r\n")) as (url, _):
        assert send(url).failure == ""


def test_many_tiny_chunks_are_merged() -> None:
    limits = replace(QUICK, chunks=10, read_s=5, total_s=20)
    with server(CHUNKED + b"1\r\na\r\n" * 999 + b"0\r\n\r\n") as (url, _):
        response = send(url, limits).response
    assert response
    assert response.body == b"a" * 999
    assert [len(chunk.data) for chunk in response.chunks] == [1] * 10 + [989]


def test_of_a_body_that_is_given_up_the_beginning_is_kept() -> None:
    limits = replace(QUICK, body_bytes=3_000_000, read_s=5, total_s=20)
    with server(floods(OK + b"\r\n", b"x" * 10_000)) as (url, _):
        exchange = send(url, limits)
    assert exchange.response
    assert "more than 3 MB" in exchange.failure
    assert 0 < len(exchange.response.body) < 200_000


def test_headers_are_read_whatever_their_bytes_are() -> None:
    headers = b"X-Latin: caf\xe9\r\nX-UTF: caf\xc3\xa9\r\nSet-Cookie: a\r\nset-cookie: b\r\n" + b"X: y\r\n" * 5000
    with server(http(b"{}", headers=headers)) as (url, _):
        response = send(url).response
    assert response
    assert (response.headers["x-latin"], response.headers["x-utf"], response.headers["set-cookie"]) == (
        "café",
        "café",
        "a, b",
    )
    assert response.headers["x"].count("y") == 5000


def test_what_is_left_on_a_connection_answers_no_other_request() -> None:
    with server(http(b"{}").replace(b"Connection: close\r\n", b"") + http(b"stolen"), http(b"[]")) as (url, _):
        client = Client(QUICK)
        answers = [client.send(Request("POST", url, {}, b"{}")).response for _ in range(2)]
    assert [answer.body for answer in answers if answer] == [b"{}", b"[]"]


@pytest.mark.parametrize(
    ("method", "body", "headers"),
    [
        ("POST", b"{}", b"content-length: 2\r\n"),
        ("POST", b"", b"content-length: 0\r\n"),
        ("GET", b"", b""),
        ("DELETE", b"", b""),
    ],
)
def test_what_is_sent_is_what_the_request_says(method: str, body: bytes, headers: bytes) -> None:
    with server(http(b"{}")) as (url, seen):
        Client(QUICK).send(Request(method, url, {"x-one": "1"}, body))
    host = url.split("/")[2].encode()
    assert seen == [
        b"%s /path?a=b HTTP/1.1\r\nhost: %s\r\nx-one: 1\r\n%s\r\n%s" % (method.encode(), host, headers, body)
    ]


def test_nobody_there() -> None:
    assert "ConnectError" in send("http://127.0.0.1:9/").failure


@pytest.mark.parametrize(
    "url", ["ftp://127.0.0.1/", "http://", "nonsense", f"http://{'a' * 80}.invalid/", "http://[::1/"]
)
def test_no_place_to_send_to(url: str) -> None:
    exchange = send(url)
    assert exchange.failure
    assert exchange.response is None


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1 and its key, in one file."""
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("there is no openssl to make a certificate with")
    subprocess.run(
        [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", path, "-out", f"{path}.crt", "-days", "2",
         "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"],
        check=True, capture_output=True,
    )  # fmt: skip
    path.write_text(path.read_text() + Path(f"{path}.crt").read_text())
    return path


def over_tls(certificate: Path, answer: Callable[[socket.socket], None]) -> Callable[[socket.socket], None]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    def serve(connection: socket.socket) -> None:
        with suppress(OSError), context.wrap_socket(connection, server_side=True) as secure:
            received(secure)
            answer(secure)

    return serve


@contextmanager
def tls_server(serve: Callable[[socket.socket], None]) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def run() -> None:
            with listening.accept()[0] as connection:
                serve(connection)

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        yield f"https://127.0.0.1:{listening.getsockname()[1]}/"
        thread.join(3)


@pytest.mark.parametrize(
    ("answer", "status", "failure"),
    [
        (lambda secure: secure.sendall(http(b"{}")), 200, ""),
        (drips(OK, b"A"), None, "timeout: no whole answer within 1 s (--total-timeout)"),
        (hangs(), None, "timeout: the target said nothing for 0.3 s (--timeout)"),
    ],
)
def test_tls(certificate: Path, answer: Callable[[socket.socket], None], status: int | None, failure: str) -> None:
    route = Route(certificates=Certificates(Authorities("a test", Path(f"{certificate}.crt"))))
    with tls_server(over_tls(certificate, answer)) as url:
        exchange = send(url, route=route)
        assert (exchange.status, exchange.failure) == (status, failure)


def test_a_certificate_that_nobody_signed(certificate: Path) -> None:
    with tls_server(over_tls(certificate, hangs())) as url:
        assert "certificate" in send(url).failure.lower()


def test_a_handshake_that_hangs() -> None:
    started = time.monotonic()
    with tls_server(hangs()) as url:
        assert send(url).failure == "timeout: no whole answer within 1 s (--total-timeout)"
        assert time.monotonic() - started < 3
