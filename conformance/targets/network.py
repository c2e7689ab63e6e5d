"""The network that people have: the proxy and the certificates that options, a target file or the environment name.

Options win over the target file, and that over the environment. A proxy that an option or the file names takes all requests;
one of the environment takes none that is meant for this machine or for a host of NO_PROXY.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from conformance.errors import UsageError
from conformance.targets.target import Target
from conformance.wire.certificates import Authorities, CertificateProblem, Certificates, ClientCertificate
from conformance.wire.route import Proxy, Route


@dataclass(frozen=True)
class NetworkOptions:
    """What options say of the network: a URL and paths, empty where they say nothing."""

    proxy: str | None = field(default=None, repr=False)
    ca_bundle: str | None = None
    client_cert: str | None = None
    """A PEM file with certificate and key, or `CERT,KEY`."""
    no_env: bool = False
    """Whether the environment has no say."""


def route_to(target: Target, options: NetworkOptions) -> Route:
    """How requests get to a target. Raises `UsageError` if something is named that cannot be used."""
    environment = {} if options.no_env else dict(os.environ)
    named = {
        "proxy": (options.proxy, "--proxy"),
        "ca_bundle": (options.ca_bundle, "--ca-bundle"),
        "client_cert": (options.client_cert, "--client-cert"),
    }
    chosen = {
        name: (option, by) if option else (target.network[name], f"{name} of the target file")
        for name, (option, by) in named.items()
        if option or name in target.network
    }
    try:
        proxies, no_proxy = _proxies(*chosen["proxy"]) if "proxy" in chosen else _proxies_of(environment, target)
        route = Route(proxies, no_proxy)
        authorities = _authorities(*chosen["ca_bundle"]) if "ca_bundle" in chosen else None
        if authorities is None and uses_tls(route, target):
            authorities = _authorities_of(environment)
        client = _client_certificate(*chosen["client_cert"]) if "client_cert" in chosen else None
        route = Route(proxies, no_proxy, Certificates(authorities, client))
        if authorities or client or uses_tls(route, target):
            route.certificates.read()
    except (ValueError, CertificateProblem) as error:
        raise UsageError(str(error)) from None
    return route


def proxies_by_surface(route: Route, target: Target) -> dict[str, Proxy]:
    """The proxy that each surface is reached through; a surface that is reached directly is left out."""
    found = {surface: route.proxy(*_place(url)) for surface, url in target.surfaces.items()}
    return {surface: proxy for surface, proxy in found.items() if proxy}


def uses_tls(route: Route, target: Target) -> bool:
    """Whether any connection of a run is a TLS one: to the target, or to a proxy."""
    urls = [*target.surfaces.values(), *(proxy.url for proxy in proxies_by_surface(route, target).values())]
    return any(url.startswith("https:") for url in urls)


def _proxies(url: str, named_by: str) -> tuple[dict[str, Proxy], None]:
    proxy = Proxy.of(url, named_by)
    return {"http": proxy, "https": proxy}, None


def _proxies_of(environment: Mapping[str, str], target: Target) -> tuple[dict[str, Proxy], str]:
    """The proxies of the environment that a target needs, and its NO_PROXY; small letters win, as with curl."""
    no_proxy = environment.get("no_proxy") or environment.get("NO_PROXY", "")
    found = {}
    for scheme, host, port in map(_place, target.surfaces.values()):
        # A server that runs as CGI is sent a header Proxy by anybody as HTTP_PROXY.
        large = [f"{scheme}_proxy".upper()] if scheme != "http" or "REQUEST_METHOD" not in environment else []
        names = (f"{scheme}_proxy", *large, "all_proxy", "ALL_PROXY")
        name = next((name for name in names if environment.get(name)), "")
        if name and not Route(no_proxy=no_proxy).is_direct(host, port):
            found[scheme] = Proxy.of(environment[name], name)
    return found, no_proxy


def _place(url: str) -> tuple[str, str, int]:
    """Scheme, host and port of a URL."""
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)


def _authorities(path: str, named_by: str) -> Authorities:
    place = Path(path).expanduser()
    return Authorities(named_by, directory=str(place)) if place.is_dir() else Authorities(named_by, place)


def _authorities_of(environment: Mapping[str, str]) -> Authorities | None:
    """Those that OpenSSL's variables name; without them, those of requests, which Databricks' own clients use."""
    file, directory = environment.get("SSL_CERT_FILE"), environment.get("SSL_CERT_DIR")
    if file or directory:
        names = " and ".join(name for name, value in (("SSL_CERT_FILE", file), ("SSL_CERT_DIR", directory)) if value)
        return Authorities(names, Path(file) if file else None, directory or None)
    bundle = environment.get("REQUESTS_CA_BUNDLE")
    return _authorities(bundle, "REQUESTS_CA_BUNDLE") if bundle else None


def _client_certificate(text: str, named_by: str) -> ClientCertificate:
    certificate, _, key = (text, "", "") if Path(text).expanduser().exists() else text.partition(",")
    return ClientCertificate(named_by, Path(certificate).expanduser(), Path(key or certificate).expanduser())
