"""How a request gets to its target: through which proxy, and with which certificates."""

import ipaddress
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from conformance.wire.certificates import Certificates

_SCHEMES = ("http", "https")
_EXAMPLE = "http://proxy.example:3128"


@dataclass(frozen=True)
class Proxy:
    """An HTTP proxy, and what has named it: an option, a target file or a variable of the environment."""

    url: str
    """Scheme, host and port, never a credential."""
    named_by: str
    credential: tuple[str, str] | None = field(default=None, repr=False)
    """User and password."""

    @classmethod
    def of(cls, text: str, named_by: str) -> "Proxy":
        """The proxy at a URL, or at `host:port`. Raises `ValueError`, which repeats nothing of it: a password may be there."""
        url = text if "://" in text else f"http://{text}"
        special = ", with what is special in a password spelled as %40, %23 and the like" if "@" in text else ""
        wrong = f"{named_by} is no URL of a proxy: give one such as {_EXAMPLE}{special}"
        try:
            parts = urlsplit(url)
            host, _port = parts.hostname, parts.port
        except ValueError:
            raise ValueError(wrong) from None
        if parts.scheme.startswith("socks"):
            raise ValueError(f"{named_by} names a SOCKS proxy, which is not supported: give an HTTP proxy, {_EXAMPLE}")
        is_plain = url.isascii() and url.isprintable() and " " not in url
        is_more = parts.path.strip("/") or parts.query or parts.fragment
        if parts.scheme not in _SCHEMES or not host or not is_plain or is_more:
            raise ValueError(wrong)
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
        place = parts.netloc.rpartition("@")[2]
        return cls(f"{parts.scheme}://{place}", named_by, (user, password) if user or password else None)

    def __str__(self) -> str:
        return f"{self.url} ({self.named_by})"

    @property
    def secrets(self) -> tuple[str, ...]:
        """What may stand in no report: the password, alone and as it is sent."""
        return (self.credential[1], ":".join(self.credential)) if self.credential and self.credential[1] else ()


@dataclass(frozen=True)
class Route:
    """How the requests of a run get to their target; without anything named, directly and with the system's certificates."""

    proxies: Mapping[str, Proxy] = field(default_factory=dict)
    """By the scheme of the target's URL."""
    no_proxy: str | None = None
    """NO_PROXY of the environment, whose proxies no loopback host is sent to; None: all requests go through the proxies."""
    certificates: Certificates = field(default_factory=Certificates)

    def proxy(self, scheme: str, host: str, port: int | None) -> Proxy | None:
        """The proxy that a request to a host, without brackets, goes through; None if it goes there directly."""
        proxy = self.proxies.get(scheme)
        return None if proxy is None or self.is_direct(host, port) else proxy

    def is_direct(self, host: str, port: int | None) -> bool:
        """Whether a host, without brackets, is none for a proxy of the environment."""
        return self.no_proxy is not None and (is_loopback(host) or _is_named(host, port, self.no_proxy))

    @property
    def secrets(self) -> tuple[str, ...]:
        """What of it may stand in no report."""
        return tuple(secret for proxy in self.proxies.values() for secret in proxy.secrets)


def is_loopback(host: str) -> bool:
    """Whether a host, without brackets, is this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower().rstrip(".").rpartition(".")[2] == "localhost"


def _is_named(host: str, port: int | None, no_proxy: str) -> bool:
    """Whether NO_PROXY names a host: it, its domain, its port, its network, or `*`."""
    # Here: few runs need it, and it is slow to import. requests and others use it too, though Python does not document it.
    from urllib.request import proxy_bypass_environment  # type: ignore[attr-defined]

    listed = {"no": no_proxy}
    if any(proxy_bypass_environment(spelled, listed) for spelled in (host, f"{host}:{port}")):
        return True
    names = [name.strip() for name in no_proxy.split(",")]
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return "*" in names
    return "*" in names or any(address in network for network in _networks(names))


def _networks(names: list[str]) -> "Iterator[ipaddress.IPv4Network | ipaddress.IPv6Network]":
    """The addresses and networks among the names, such as 10.0.0.0/8 and [::1]."""
    for name in names:
        try:
            yield ipaddress.ip_network(name.replace("[", "").replace("]", ""), strict=False)
        except ValueError:
            continue
