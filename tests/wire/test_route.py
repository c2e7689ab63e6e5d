"""The way to a target: which proxy takes what, and the client behind real proxies, within its limits and from many threads."""

import json
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.wire.certificates import Authorities, CertificateProblem, Certificates, ClientCertificate
from conformance.wire.client import Client
from conformance.wire.exchange import Exchange, Request
from conformance.wire.route import Proxy, Route
from conformance.wire.sender import Limits
from tests.tls import Files, certificates
from tests.tunnel import HOST, Tunnel, tunnel

pytestmark = pytest.mark.xdist_group("network")

QUICK = Limits(connect_s=1, read_s=0.3, total_s=1)
CORPORATE = Proxy.of("http://proxy.example:3128", "HTTPS_PROXY")


@given(
    st.text(st.characters(codec="utf-8")),
    st.text(st.characters(codec="utf-8"), min_size=1),
    st.sampled_from(["http", "https"]),
)
def test_a_proxy_is_told_without_its_credential(user: str, password: str, scheme: str) -> None:
    proxy = Proxy.of(f"{scheme}://{quote(user, safe='')}:{quote(password, safe='')}@proxy.example:3128/", "--proxy")
    assert proxy.credential == (user, password)
    assert str(proxy) == f"{scheme}://proxy.example:3128 (--proxy)"
    assert "credential" not in repr(proxy)


@given(st.text())
def test_what_is_no_proxy_is_a_line_that_repeats_nothing_of_it(text: str) -> None:
    message = ""
    try:
        Proxy.of(f"http://me:{text}-a-secret@proxy:1", "--proxy")
    except ValueError as error:
        message = str(error)
    assert "a-secret" not in message
    assert "\n" not in message


@pytest.mark.parametrize(
    ("no_proxy", "host", "direct"),
    [
        ("", "gateway.example", False),
        ("gateway.example", "gateway.example", True),
        ("gateway.example", "GATEWAY.example", True),
        ("example", "gateway.example", True),
        (".example", "gateway.example", True),
        ("way.example", "gateway.example", False),
        ("gateway.example:443", "gateway.example", True),
        ("gateway.example:8443", "gateway.example", False),
        ("a.example, gateway.example", "gateway.example", True),
        ("*", "gateway.example", True),
        ("a.example,*", "gateway.example", True),
        ("10.0.0.0/8", "10.1.2.3", True),
        ("10.0.0.0/8", "11.1.2.3", False),
        ("10.0.0.0/8", "gateway.example", False),
        ("10.1.2.3", "10.1.2.3", True),
        ("fd00::/8", "fd00::1", True),
        ("[fd00::1]", "fd00::1", True),
        ("fd00::/8", "fe80::1", False),
        ("", "127.0.0.1", True),
        ("", "127.1.2.3", True),
        ("", "localhost", True),
        ("", "gateway.localhost", True),
        ("", "localhost.example", False),
        ("", "::1", True),
    ],
)
def test_what_the_proxy_of_the_environment_does_not_get(no_proxy: str, host: str, direct: bool) -> None:
    route = Route({"https": CORPORATE}, no_proxy)
    assert (route.proxy("https", host, 443) is None) is direct
    assert route.proxy("http", host, 80) is None
    assert Route({"https": CORPORATE}).proxy("https", host, 443) is CORPORATE


@pytest.fixture(scope="module")
def pem(tmp_path_factory: pytest.TempPathFactory) -> Files:
    return certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="module")
def trusted(pem: Files) -> Certificates:
    return Certificates(Authorities("a test", Path(pem.ca)))


@pytest.fixture(scope="module")
def echo(pem: Files) -> Iterator[str]:
    """A server over TLS that sends back what it was sent, by the name that the proxies resolve."""

    class Echo(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            self.send_response(200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args: object) -> None:
            """Quiet."""

    class Server(ThreadingHTTPServer):
        request_queue_size = 128

    with Server(("127.0.0.1", 0), Echo) as server:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pem.server)
        # Each thread has its own handshake: else one connection would wait for the other, and proxy.py for both.
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"https://{HOST}:{server.server_address[1]}/"
        server.shutdown()


@pytest.fixture(scope="module")
def plain() -> Iterator[Tunnel]:
    with tunnel() as started:
        yield started


@pytest.fixture(scope="module")
def encrypted(pem: Files) -> Iterator[Tunnel]:
    """A proxy that is spoken to over TLS itself."""
    with tunnel("--cert-file", pem.server, "--key-file", pem.server) as started:
        yield started


def through(url: str, trusted: Certificates) -> Route:
    proxy = Proxy.of(url, "a test")
    return Route({"http": proxy, "https": proxy}, certificates=trusted)


def post(client: Client, url: str, body: bytes) -> Exchange:
    return client.send(Request("POST", url, {"content-type": "application/json"}, body))


@pytest.mark.parametrize("way", ["plain", "encrypted", "directly"])
def test_many_threads_share_a_client(
    way: str, plain: Tunnel, encrypted: Tunnel, echo: str, trusted: Certificates
) -> None:
    """Each gets its own answer, large ones too; and contexts that nobody has used before are no trouble."""
    fresh = Certificates(trusted.authorities)
    if way == "directly":
        route, echo = Route(certificates=fresh), echo.replace(HOST, "127.0.0.1")
    else:
        url = f"http://127.0.0.1:{plain.port}" if way == "plain" else f"https://127.0.0.1:{encrypted.port}"
        route = through(url, fresh)
    client = Client(Limits(read_s=30, total_s=60), route)
    bodies = [json.dumps([number] * (1 + number % 5 * 10_000)).encode() for number in range(96)]
    with ThreadPoolExecutor(16) as pool:
        exchanges = list(pool.map(lambda body: post(client, echo, body), bodies))
    assert {exchange.failure for exchange in exchanges} == {""}
    assert [exchange.response.body for exchange in exchanges if exchange.response] == bodies


@contextmanager
def listening(answer: Callable[[socket.socket], None]) -> Iterator[int]:
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with suppress(OSError), server.accept()[0] as connection:
            answer(connection)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield server.getsockname()[1]
    thread.join(5)
    server.close()


def waits(connection: socket.socket) -> None:
    while connection.recv(65536):
        pass


def drips(beginning: bytes, piece: bytes) -> Callable[[socket.socket], None]:
    def answer(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(beginning)
        while True:
            time.sleep(0.05)
            connection.sendall(piece)

    return answer


def drips_a_handshake(connection: socket.socket) -> None:
    """Lets through, to a target whose part of the handshake is one record of 16 KB that comes byte by byte."""
    connection.recv(65536)
    connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
    drips(b"\x16\x03\x03\x40\x00", b"\x02")(connection)


@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        (waits, "timeout: the proxy {proxy} said nothing for 0.3 s (--timeout)"),
        (drips(b"HTTP/1.1 200 OK\r\n", b"A"), "timeout: no whole answer within 1 s (--total-timeout)"),
        (drips_a_handshake, "timeout: no whole answer within 1 s (--total-timeout)"),
        (lambda _: None, "the connection to the proxy {proxy} was "),
    ],
)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_proxy_is_held_to_the_limits(
    pem: Files, trusted: Certificates, scheme: str, answer: Callable[[socket.socket], None], failure: str
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem.server)

    def over_tls(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as secure:
            answer(secure)

    limits = QUICK if "within 1 s" not in failure else replace(QUICK, read_s=5, connect_s=5)
    started = time.monotonic()
    with listening(answer if scheme == "http" else over_tls) as port:
        route = through(f"{scheme}://127.0.0.1:{port}", trusted)
        exchange = post(Client(limits, route), f"https://{HOST}/", b"{}")
    assert exchange.failure.startswith(failure.format(proxy=f"{scheme}://127.0.0.1:{port} (a test)"))
    assert not exchange.dropped, "the target has closed nothing"
    assert time.monotonic() - started < 3


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_target_behind_a_proxy_is_held_to_them_too(
    pem: Files, trusted: Certificates, plain: Tunnel, encrypted: Tunnel, scheme: str
) -> None:
    """What it sends comes byte by byte, below its TLS: no read of the client would ever end."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem.server)

    def answer(connection: socket.socket) -> None:
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        secure = context.wrap_bio(incoming, outgoing, server_side=True)
        while True:
            try:
                secure.do_handshake()
                break
            except ssl.SSLWantReadError:
                connection.sendall(outgoing.read())
                incoming.write(connection.recv(65536))
        connection.sendall(outgoing.read())
        connection.recv(65536)
        secure.write(b"HTTP/1.1 200 OK\r\n" + b"A" * 10_000)
        for byte in outgoing.read():
            connection.sendall(bytes([byte]))
            time.sleep(0.05)

    started = time.monotonic()
    before = {thread.ident for thread in threading.enumerate()}
    port = plain.port if scheme == "http" else encrypted.port
    with listening(answer) as target:
        route = through(f"{scheme}://127.0.0.1:{port}", trusted)
        limits = replace(QUICK, read_s=5, connect_s=5)
        exchange = post(Client(limits, route), f"https://{HOST}:{target}/", b"{}")
    assert exchange.failure == "timeout: no whole answer within 1 s (--total-timeout)"
    assert time.monotonic() - started < 3
    assert not [
        t for t in threading.enumerate() if isinstance(t, threading.Timer) and t.ident not in before and t.is_alive()
    ]


def test_what_the_proxy_says_is_none_of_the_target(pem: Files, trusted: Certificates, plain: Tunnel) -> None:
    """The proxy's own answer is HTTP; that of the target behind it is not."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem.server)

    def answer(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as secure:
            secure.recv(65536)
            secure.sendall(b"SSH-2.0\r\n\r\n")
            time.sleep(0.2)  # proxy.py passes nothing on once the other side has closed

    with listening(answer) as target:
        route = through(f"http://127.0.0.1:{plain.port}", trusted)
        exchange = post(Client(QUICK, route), f"https://{HOST}:{target}/", b"{}")
    assert exchange.failure == "what the target says is not HTTP"


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_407_is_the_proxys_own_word_but_through_a_tunnel(
    pem: Files, trusted: Certificates, plain: Tunnel, scheme: str
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem.server)

    def answer(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) if scheme == "https" else connection as secure:
            secure.recv(65536)
            secure.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 2\r\n\r\n{}")
            time.sleep(0.2)

    with listening(answer) as target:
        route = through(f"http://127.0.0.1:{plain.port}", trusted)
        exchange = post(Client(QUICK, route), f"{scheme}://{HOST}:{target}/", b"{}")
    refusal = f"the proxy http://127.0.0.1:{plain.port} (a test) refuses: 407 Proxy Authentication Required"
    expected = (407, "", False) if scheme == "https" else (None, refusal, True)
    assert (exchange.status, exchange.failure, exchange.hopeless) == expected


def test_a_proxy_is_shown_no_client_certificate(pem: Files, trusted: Certificates) -> None:
    client = ClientCertificate("a test", Path(pem.client), Path(pem.client))
    both = Certificates(trusted.authorities, client)
    seen = list[object]()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=pem.ca)
    context.load_cert_chain(pem.server)
    context.verify_mode = ssl.CERT_OPTIONAL

    def answer(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as secure:
            seen.append(secure.getpeercert())
            secure.recv(65536)

    for url, route in (("https://{}/", Route(certificates=both)), (f"https://{HOST}/", None)):
        with listening(answer) as port:
            used = route or through(f"https://127.0.0.1:{port}", both)
            post(Client(QUICK, used), url.format(f"127.0.0.1:{port}"), b"{}")
    assert seen[0]
    assert not seen[1]
    assert client.subject.endswith("CN=conformance run")


def test_a_key_with_a_passphrase_is_not_asked_for(pem: Files, tmp_path: Path) -> None:
    locked = tmp_path / "locked.pem"
    words = ["openssl", "pkey", "-in", pem.key, "-out", str(locked), "-aes256", "-passout", "pass:phrase"]
    subprocess.run(words, check=True, capture_output=True)
    certificate = ClientCertificate("--client-cert", Path(pem.cert), locked)
    with pytest.raises(CertificateProblem, match=r"locked\.pem has a passphrase: give one without"):
        _ = Certificates(client=certificate).to_target


@given(st.binary(max_size=200))
def test_noise_is_no_certificate(tmp_path_factory: pytest.TempPathFactory, noise: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "noise.pem"
    path.write_bytes(b"-----BEGIN CERTIFICATE-----\n" + noise + b"\n-----END PRIVATE KEY-----\n")
    with pytest.raises(CertificateProblem):
        Authorities("--ca-bundle", path).context()
    with pytest.raises(CertificateProblem):
        ClientCertificate("--client-cert", path, path).load_into(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
