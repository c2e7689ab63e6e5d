"""Which proxy and which certificates a run takes: options before the target file, and that before the environment."""

import subprocess
from pathlib import Path

import pytest

from conformance.errors import UsageError
from conformance.runs.network import used as used_network
from conformance.targets.network import NetworkOptions, proxies_by_surface, route_to
from conformance.targets.target import Target, from_base_url, from_file
from tests.tls import Files, certificates

TARGET = from_base_url("https://gateway.example")
VARIABLES = (
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "REQUESTS_CA_BUNDLE",
)


@pytest.fixture(scope="module")
def pem(tmp_path_factory: pytest.TempPathFactory) -> Files:
    return certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(autouse=True)
def nothing_ambient(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


def used(target: Target = TARGET, **options: str | bool) -> str:
    """The proxy of chat, as reports tell it, or that there is none."""
    proxies = proxies_by_surface(route_to(target, NetworkOptions(**options)), target)  # type: ignore[arg-type]
    return str(proxies["chat"]) if "chat" in proxies else "none"


@pytest.mark.parametrize(
    ("environment", "proxy"),
    [
        ({}, "none"),
        ({"HTTPS_PROXY": "http://p:1"}, "http://p:1 (HTTPS_PROXY)"),
        ({"HTTPS_PROXY": "p:1"}, "http://p:1 (HTTPS_PROXY)"),
        ({"HTTPS_PROXY": "http://p"}, "http://p (HTTPS_PROXY)"),
        ({"HTTPS_PROXY": "https://[::1]:8/"}, "https://[::1]:8 (HTTPS_PROXY)"),
        ({"HTTP_PROXY": "http://p:1"}, "none"),
        ({"ALL_PROXY": "http://p:1"}, "http://p:1 (ALL_PROXY)"),
        ({"ALL_PROXY": "socks5://s:1", "HTTPS_PROXY": "http://p:1"}, "http://p:1 (HTTPS_PROXY)"),
        ({"ALL_PROXY": "socks5://s:1", "NO_PROXY": "gateway.example"}, "none"),
        ({"HTTPS_PROXY": "http://p:1", "https_proxy": "http://q:1"}, "http://q:1 (https_proxy)"),
        ({"HTTPS_PROXY": ""}, "none"),
        ({"HTTPS_PROXY": "http://p:1", "NO_PROXY": ".example"}, "none"),
        ({"HTTPS_PROXY": "http://p:1", "no_proxy": "gateway.example", "NO_PROXY": "x"}, "none"),
    ],
)
def test_the_proxy_of_the_environment(monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], proxy: str) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert used() == proxy
    assert used(no_env=True) == "none"
    assert used(proxy="http://own:1") == "http://own:1 (--proxy)"


def test_options_win_over_the_file_and_that_over_the_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, pem: Files
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://of.the.environment:1")
    monkeypatch.setenv("SSL_CERT_FILE", pem.other)
    file = tmp_path / "target.toml"
    surfaces = 'name = "t"\n[surfaces]\nchat = "http://127.0.0.1:4000/v1"\ngemini = "https://gateway.example/v1"\n'
    file.write_text(f'{surfaces}[network]\nproxy = "http://of.the.file:1"\nca_bundle = "{pem.ca}"\n')
    assert used(from_file(file)) == "http://of.the.file:1 (proxy of the target file)"
    assert used(from_file(file), no_env=True) == "http://of.the.file:1 (proxy of the target file)"
    assert used(from_file(file), proxy="http://option:1") == "http://option:1 (--proxy)"
    authorities = route_to(from_file(file), NetworkOptions()).certificates.authorities
    assert authorities
    assert str(authorities) == pem.ca
    authorities = route_to(from_file(file), NetworkOptions(ca_bundle=pem.server)).certificates.authorities
    assert authorities
    assert (str(authorities), authorities.named_by) == (pem.server, "--ca-bundle")
    file.write_text(surfaces)
    authorities = route_to(from_file(file), NetworkOptions()).certificates.authorities
    assert authorities
    assert (str(authorities), authorities.named_by) == (pem.other, "SSL_CERT_FILE")
    assert used(from_file(file)) == "none"


def test_a_file_cannot_turn_anything_else_on(tmp_path: Path) -> None:
    file = tmp_path / "target.toml"
    file.write_text('name = "t"\n[surfaces]\nchat = "http://127.0.0.1:4000/v1"\n[network]\nproxi = "http://p:1"\n')
    with pytest.raises(UsageError, match="unknown key 'proxi' in network; did you mean 'proxy'"):
        from_file(file)


def test_a_directory_of_certificates(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, pem: Files) -> None:
    """As OpenSSL has it: each certificate is found by the hash of its subject."""
    (tmp_path / "ca.pem").write_bytes(Path(pem.ca).read_bytes())
    subprocess.run(["openssl", "rehash", str(tmp_path)], check=True, capture_output=True)
    monkeypatch.setenv("SSL_CERT_DIR", f"{tmp_path}:{pem.directory}")
    route = route_to(TARGET, NetworkOptions())
    assert route.certificates.authorities
    assert (route.certificates.authorities.count, route.certificates.authorities.sha256) == (0, None)
    with pytest.raises(UsageError, match="holds no certificate by the name that `openssl rehash` gives it"):
        route_to(TARGET, NetworkOptions(ca_bundle=str(pem.directory)))
    monkeypatch.setenv("SSL_CERT_DIR", "/nowhere")
    with pytest.raises(UsageError, match="SSL_CERT_DIR: /nowhere is no directory"):
        route_to(TARGET, NetworkOptions())
    assert route_to(TARGET, NetworkOptions(no_env=True)).certificates.authorities is None
    assert route_to(from_base_url("http://127.0.0.1:1"), NetworkOptions()).certificates.authorities is None


def test_files_that_are_gone_at_the_end_of_a_run_are_told_all_the_same(tmp_path: Path, pem: Files) -> None:
    for name in ("ca", "client"):
        (tmp_path / f"{name}.pem").write_bytes(Path(getattr(pem, name)).read_bytes())
    named = NetworkOptions(ca_bundle=str(tmp_path / "ca.pem"), client_cert=str(tmp_path / "client.pem"))
    route = route_to(TARGET, named)
    for path in tmp_path.iterdir():
        path.unlink()
    network = used_network(route, TARGET)
    assert network
    assert network.ca_bundle
    assert network.client_certificate
    assert network.ca_bundle.certificates == 1
    assert network.client_certificate.subject.endswith("CN=conformance run")
    assert used_network(route, from_base_url("http://127.0.0.1:1")) is None, "nothing is held against them there"


def test_certificates_that_an_option_names_are_looked_at_even_if_none_is_needed() -> None:
    with pytest.raises(UsageError, match=r"--ca-bundle: nowhere\.pem: No such file"):
        route_to(from_base_url("http://127.0.0.1:1"), NetworkOptions(ca_bundle="nowhere.pem"))
