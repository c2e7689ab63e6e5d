"""The network that people have: whole live runs over TLS, through real proxies, with certificates of both sides."""

import base64
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
import trustme

from conformance.reference.server import ServerTls, running
from tests.end_to_end.conftest import TOKEN, Command, Done
from tests.end_to_end.test_bad_input import mistake
from tests.tls import Files, certificates
from tests.tunnel import HOST, Tunnel, tunnel

pytestmark = pytest.mark.xdist_group("network")

USER, PASSWORD = "corporate-user", "p@ss:word/of#the-proxy"
SPELLED = "p%40ss%3Aword%2Fof%23the-proxy"


@pytest.fixture(scope="session")
def pem(tmp_path_factory: pytest.TempPathFactory) -> Files:
    return certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="session")
def secure(pem: Files) -> Iterator[str]:
    """The base URL of a reference gateway over TLS, whose CA nobody knows."""
    with running(token=TOKEN, tls=ServerTls(Path(pem.server))) as url:
        yield url


@pytest.fixture(scope="session")
def mutual(pem: Files) -> Iterator[str]:
    """The base URL of one that wants a certificate of its clients."""
    with running(token=TOKEN, tls=ServerTls(Path(pem.server), client_authorities=Path(pem.ca))) as url:
        yield url


@pytest.fixture(scope="session")
def proxy() -> Iterator[Tunnel]:
    with tunnel() as listening:
        yield listening


@pytest.fixture(scope="session")
def guarded() -> Iterator[Tunnel]:
    """A proxy that wants a credential."""
    with tunnel("--basic-auth", f"{USER}:{PASSWORD}") as listening:
        yield listening


def smoke(command: Command, *arguments: str, **environment: str) -> Done:
    """A live run of few requests that has to end well."""
    done = command("run", "--smoke", *arguments, **environment)
    assert done.code == 0, (done.out, done.err)
    return done


def by_name(url: str) -> str:
    """The same place, by the name that the proxies alone resolve."""
    return url.replace("127.0.0.1", HOST)


def test_a_ca_of_its_own(command: Command, secure: str, pem: Files) -> None:
    done = smoke(command, "--base-url", secure, "--ca-bundle", pem.ca)
    network = done.results["target"]["network"]
    assert network["ca_bundle"].items() >= {"name": "ca.pem", "certificates": 1, "named_by": "--ca-bundle"}.items()
    assert (network["proxies"], network["client_certificate"]) == ({}, None)
    assert "network: trusting ca.pem (1 certificate, sha256" in done.out
    assert "trusting ca.pem" in (done.report / "report.html").read_text()
    assert str(pem.directory) not in (done.report / "results.json").read_text() + done.out


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"])
def test_a_ca_of_the_environment(command: Command, secure: str, pem: Files, variable: str) -> None:
    done = smoke(command, "--base-url", secure, **{variable: pem.ca})
    assert done.results["target"]["network"]["ca_bundle"]["named_by"] == variable


def test_through_a_proxy_that_the_environment_names(command: Command, secure: str, pem: Files, proxy: Tunnel) -> None:
    environment = {"HTTPS_PROXY": f"127.0.0.1:{proxy.port}", "SSL_CERT_FILE": pem.ca, "NO_PROXY": "example.org"}
    done = smoke(command, "--base-url", by_name(secure), "-n", "2", **environment)
    used = {"url": f"http://127.0.0.1:{proxy.port}", "named_by": "HTTPS_PROXY"}
    surfaces = ("chat", "responses", "gemini", "serving")
    assert done.results["target"]["network"]["proxies"] == dict.fromkeys(surfaces, used)
    assert f"network: all through the proxy http://127.0.0.1:{proxy.port} (HTTPS_PROXY)" in done.out
    assert proxy.seen(f"CONNECT {HOST}") >= done.results["requests"]


def test_this_machine_is_asked_directly(command: Command, gateway: str, secure: str, pem: Files) -> None:
    nobody = dict.fromkeys(("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"), "http://127.0.0.1:9")
    assert smoke(command, "--base-url", gateway, **nobody).results["target"]["network"] is None
    found = smoke(command, "--base-url", secure, "--ca-bundle", pem.ca, **nobody).results["target"]["network"]
    assert found["proxies"] == {}


def test_a_plain_target_through_a_proxy(command: Command, gateway: str, guarded: Tunnel) -> None:
    named = f"http://{USER}:{SPELLED}@127.0.0.1:{guarded.port}"
    done = smoke(command, "--base-url", gateway, "--proxy", named)
    assert done.results["target"]["network"]["proxies"]["chat"]["url"] == f"http://127.0.0.1:{guarded.port}"
    assert guarded.seen("POST 127.0.0.1") >= done.results["requests"]
    done = command("run", "--base-url", gateway, "--proxy", f"127.0.0.1:{guarded.port}")
    assert "(--proxy) refuses: 407" in mistake_after_reports(done)


def test_the_password_of_a_proxy_stands_nowhere(
    command: Command, secure: str, pem: Files, guarded: Tunnel, tmp_path: Path
) -> None:
    named = {"HTTPS_PROXY": f"http://{USER}:{SPELLED}@127.0.0.1:{guarded.port}"}
    where = ("--base-url", by_name(secure), "--ca-bundle", pem.ca)
    done = command("record", "--smoke", "--cassettes", str(tmp_path / "kept"), *where, **named)
    assert done.code == 0, (done.out, done.err)
    written = [
        path.read_bytes() for place in (done.report, tmp_path / "kept") for path in place.rglob("*") if path.is_file()
    ]
    assert len(written) > 10
    told = b"".join([*written, done.out.encode(), done.err.encode()])
    both = base64.b64encode(f"{USER}:{PASSWORD}".encode())
    assert not [secret for secret in (USER.encode(), PASSWORD.encode(), SPELLED.encode(), both) if secret in told]
    replayed = command("run", "--cassettes", str(tmp_path / "kept"), "--smoke", token=None, **named)
    assert replayed.code == 0
    assert replayed.results["target"]["network"] is None


def test_a_client_certificate(command: Command, mutual: str, pem: Files, proxy: Tunnel) -> None:
    done = smoke(command, "--base-url", mutual, "--ca-bundle", pem.ca, "--client-cert", f"{pem.cert},{pem.key}")
    shown = done.results["target"]["network"]["client_certificate"]
    assert "CN=conformance run" in shown["subject"]
    assert "with the client certificate O=Example" in done.out
    smoke(command, "--base-url", mutual, "--ca-bundle", pem.ca, "--client-cert", pem.client,
          "--proxy", f"http://127.0.0.1:{proxy.port}")  # fmt: skip


def test_a_target_file_names_what_lies_beside_it(command: Command, mutual: str, pem: Files, proxy: Tunnel) -> None:
    network = (
        f'[network]\nproxy = "http://127.0.0.1:{proxy.port}"\nca_bundle = "ca.pem"\nclient_cert = "cert.pem,key.pem"\n'
    )
    surfaces = f'[surfaces]\nchat = "{by_name(mutual)}/ai-gateway/mlflow/v1"\n'
    file = pem.directory / "target.toml"
    file.write_text(f'name = "t"\ntoken_env = "DATABRICKS_TOKEN"\n{surfaces}{network}')
    nothing = {"HTTPS_PROXY": "http://127.0.0.1:9", "SSL_CERT_FILE": pem.other}
    found = smoke(command, "--target", str(file), **nothing).results["target"]["network"]
    by = "of the target file"
    assert found["proxies"]["chat"]["named_by"] == f"proxy {by}"
    assert (found["ca_bundle"]["named_by"], found["client_certificate"]["named_by"]) == (
        f"ca_bundle {by}",
        f"client_cert {by}",
    )


def test_a_proxy_that_speaks_tls(command: Command, mutual: str, pem: Files) -> None:
    with tunnel("--cert-file", pem.server, "--key-file", pem.server) as listening:
        where = ("--base-url", by_name(mutual), "--ca-bundle", pem.ca, "--client-cert", pem.client)
        smoke(command, *where, "--proxy", f"https://127.0.0.1:{listening.port}")
        done = command("run", "--base-url", by_name(mutual), "--proxy", f"https://127.0.0.1:{listening.port}")
        assert "no connection to the proxy https://127.0.0.1" in (line := mistake_after_reports(done))
        assert "--ca-bundle FILE or SSL_CERT_FILE" in line


def mistake_after_reports(done: Done) -> str:
    """The one line of a command that was preceded by one that wrote a report."""
    assert done.code == 4, (done.code, done.out, done.err)
    (line,) = [line for line in (done.out + done.err).splitlines() if line.strip()]
    return line


def test_a_proxy_that_reads_what_it_passes_on(command: Command, secure: str, pem: Files, tmp_path: Path) -> None:
    """As many companies have it: the target's certificate is the proxy's own, of a CA that only the company knows."""
    (tmp_path / "certificates").mkdir()
    company = trustme.CA()
    company.cert_pem.write_to_path(tmp_path / "company.pem")
    company.private_key_pem.write_to_path(tmp_path / "company-key.pem")
    options = (
        "--ca-cert-file", str(tmp_path / "company.pem"), "--ca-key-file", str(tmp_path / "company-key.pem"),
        "--ca-signing-key-file", pem.key, "--ca-cert-dir", str(tmp_path / "certificates"), "--ca-file", pem.ca,
    )  # fmt: skip
    with tunnel(*options) as listening:
        where = ("--base-url", by_name(secure), "--proxy", f"http://127.0.0.1:{listening.port}")
        assert "unable to get local issuer" in mistake(command("run", *where, "--ca-bundle", pem.ca, report=False))
        smoke(command, *where, "--ca-bundle", str(tmp_path / "company.pem"))


def test_exploring_takes_the_same_way(command: Command, secure: str, pem: Files, proxy: Tunnel) -> None:
    where = ("--base-url", by_name(secure), "--ca-bundle", pem.ca, "--proxy", f"http://127.0.0.1:{proxy.port}")
    done = command("fuzz", *where, "--requests", "8", "--seed", "1", "--surface", "responses", report=False)
    assert done.code in (0, 1), (done.out, done.err)
    assert "found with 8 requests" in done.out
    assert "a SOCKS proxy" in mistake(command("fuzz", *where[:-1], "socks5://127.0.0.1:9", report=False))


def test_the_environment_is_turned_off(command: Command, secure: str, pem: Files) -> None:
    environment = {"HTTPS_PROXY": "http://127.0.0.1:9", "SSL_CERT_FILE": pem.ca}
    line = mistake(command("run", "--base-url", by_name(secure), **environment))
    assert "no connection to the proxy http://127.0.0.1:9 (HTTPS_PROXY)" in line
    assert "--no-env" in line
    assert "cannot be resolved" in mistake(command("run", "--base-url", by_name(secure), "--no-env", **environment))
    assert "unable to get local issuer" in mistake(command("run", "--base-url", secure, "--no-env", **environment))


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--ca-bundle", "{other}"], "unable to get local issuer certificate"),
        ([], "name the CA that has signed it by --ca-bundle FILE or SSL_CERT_FILE"),
        (["--ca-bundle", "nowhere.pem"], "--ca-bundle: nowhere.pem: No such file or directory"),
        (["--ca-bundle", "{key}"], "key.pem holds no certificate in PEM"),
        (["--client-cert", "nowhere.pem"], "--client-cert: nowhere.pem: No such file or directory"),
        (["--client-cert", "{cert}"], "cert.pem holds no private key in PEM: give a file with both, or CERT,KEY"),
        (["--client-cert", "{cert},{otherkey}"], "otherkey.pem is not that of the certificate in"),
        (["--client-cert", "{key}"], "key.pem holds no certificate in PEM"),
        (["--proxy", "socks5://127.0.0.1:1080"], "--proxy names a SOCKS proxy, which is not supported"),
        (["--proxy", "ftp://127.0.0.1:1"], "--proxy is no URL of a proxy: give one such as http://proxy.example:3128"),
        (["--proxy", "http://"], "--proxy is no URL of a proxy"),
        (["--proxy", "http://proxy:99999"], "--proxy is no URL of a proxy"),
        (["--proxy", "http://me:my-pass#word@proxy:1"], "with what is special in a password spelled as %40, %23"),
        (["--proxy", "http://127.0.0.1:9"], "no connection to the proxy http://127.0.0.1:9 (--proxy): ConnectError"),
    ],
)
def test_what_cannot_be_used(command: Command, secure: str, pem: Files, options: list[str], says: str) -> None:
    paths = {name: getattr(pem, name) for name in ("other", "key", "cert", "otherkey")}
    line = mistake(command("run", "--base-url", secure, *(option.format(**paths) for option in options)))
    assert says in line
    assert "my-pass" not in line


def test_a_replay_sends_nothing(command: Command) -> None:
    done = command("run", "--proxy", "http://127.0.0.1:9")
    assert "a replay sends nothing: leave out --proxy" in mistake(done)


def test_a_ca_that_the_environment_names_wrongly(command: Command, gateway: str, secure: str) -> None:
    line = mistake(command("run", "--base-url", secure, SSL_CERT_FILE="/nowhere.pem"))
    assert "SSL_CERT_FILE: /nowhere.pem: No such file" in line
    smoke(command, "--base-url", gateway, SSL_CERT_FILE="/nowhere.pem")  # nothing is held against it there


def test_a_client_certificate_that_the_target_does_not_get(command: Command, mutual: str, pem: Files) -> None:
    """uvicorn closes the connection without a word; most servers send an alert."""
    wanted = "the target wants a client certificate: give --client-cert FILE"
    trusting = ("--ca-bundle", pem.ca)
    for shown in ((), ("--client-cert", pem.stranger)):
        assert f"perhaps {wanted}" in mistake(command("run", "--base-url", mutual, *trusting, *shown))
        with alerting(pem) as url:
            line = mistake(command("run", "--base-url", url, *trusting, *shown))
        assert f"; {wanted}" in line
        assert "ALERT" in line


@contextmanager
def alerting(pem: Files) -> Iterator[str]:
    """A server that wants a client certificate, and says so; gives its URL."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=pem.ca)
    context.load_cert_chain(pem.server)
    context.verify_mode = ssl.CERT_REQUIRED

    def answer(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as secure:
            secure.recv(65536)

    with listening(answer) as port:
        yield f"https://127.0.0.1:{port}"


def test_a_credential_that_the_proxy_refuses(command: Command, secure: str, pem: Files, guarded: Tunnel) -> None:
    where = ("--base-url", secure, "--ca-bundle", pem.ca, "--proxy")
    for credential in ("", "somebody:else-altogether@"):
        line = mistake(command("run", *where, f"http://{credential}127.0.0.1:{guarded.port}"))
        assert f"the proxy http://127.0.0.1:{guarded.port} (--proxy) refuses: 407" in line
        assert "http://USER:PASSWORD@HOST:PORT" in line
        assert "altogether" not in line


@contextmanager
def listening(answer: Callable[[socket.socket], None]) -> Iterator[int]:
    """Answers each connection in its own way; gives the port."""
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=one, args=(server.accept()[0],), daemon=True).start()

    def one(connection: socket.socket) -> None:
        with suppress(OSError), connection:
            answer(connection)

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield server.getsockname()[1]
    finally:
        server.close()


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (
            b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n",
            "refuses: 403 Forbidden; it has to let this host through",
        ),
        (b"HTTP/1.1 502 Bad Gateway\r\n\r\n", "refuses: 502 Bad Gateway; it does not get to the target"),
        (b"HTTP/1.1 302 Found\r\nLocation: http://login.example/\r\n\r\n", "refuses: 302 Found"),
        (b"SSH-2.0-OpenSSH\r\n", "what the proxy http://127.0.0.1"),
        (b"", "was closed before any answer"),
        (
            b"HTTP/1.1 200 Connection established\r\n\r\nno TLS at all",
            "no gateway to judge at https://",
        ),  # or reset, if it is closed sooner
    ],
)
def test_a_proxy_that_refuses(command: Command, secure: str, pem: Files, answer: bytes, says: str) -> None:
    def answering(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(answer)

    with listening(answering) as port:
        proxy = f"http://127.0.0.1:{port}"
        assert says in mistake(command("run", "--base-url", secure, "--ca-bundle", pem.ca, "--proxy", proxy))


def test_results_of_a_run_are_those_of_a_direct_one(command: Command, secure: str, pem: Files, proxy: Tunnel) -> None:
    """A proxy changes no verdict."""
    direct = smoke(command, "--base-url", secure, "--ca-bundle", pem.ca).verdicts("passed", "warned", "failed")
    way = ("--ca-bundle", pem.ca, "--proxy", f"http://127.0.0.1:{proxy.port}")
    assert smoke(command, "--base-url", secure, *way).verdicts("passed", "warned", "failed") == direct
