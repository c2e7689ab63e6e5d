"""What of an exchange may be kept. Headers by allow-list; a credential is reduced to its kind; token and host are cut out."""

import base64
import binascii
from collections.abc import Iterable, Mapping
from urllib.parse import quote, urlsplit

KEPT_REQUEST_HEADERS = frozenset({"accept", "content-type", "user-agent"})
KEPT_RESPONSE_HEADERS = frozenset(
    {"allow", "content-type", "date", "location", "retry-after", "server", "www-authenticate"}
)
HIDDEN = "[redacted]"
HIDDEN_HOST = "gateway.invalid"
SHORTEST_SECRET = 4
"""Characters. What is shorter is no secret, and cutting it out would tear up the bodies."""


def basic(user: str, password: str) -> str:
    """The value of an Authorization header for HTTP Basic."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def credential_kind(headers: Mapping[str, str], token: str) -> str:
    """How a request authenticates, never with what.

    One of `none`, `bearer`, `bearer-wrong`, `basic`, `basic-wrong-user`, `basic-wrong`, `other`; `+key` is added if an
    `x-goog-api-key` goes along. A kind that is already recorded in brackets is given back as it is.
    """
    value = headers.get("authorization", "")
    if value.startswith("["):
        return value.strip("[]")
    scheme, _, secret = value.partition(" ")
    match scheme.lower():
        case "":
            kind = "none"
        case "bearer":
            kind = "bearer" if secret == token else "bearer-wrong"
        case "basic":
            kind = _basic_kind(secret, token)
        case _:
            kind = "other"
    return kind + ("+key" if "x-goog-api-key" in headers else "")


def _basic_kind(secret: str, token: str) -> str:
    try:
        user, _, password = base64.b64decode(secret).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "basic-wrong"
    if password != token:
        return "basic-wrong"
    return "basic" if user == "token" else "basic-wrong-user"


class Redactor:
    """Cuts one run's secrets out of everything that is kept: the token in its usual spellings, and the target's host."""

    def __init__(self, token: str = "", base_urls: tuple[str, ...] = ()) -> None:
        spellings = {token, quote(token, safe=""), basic("token", token).removeprefix("Basic ")} if token else set()
        for before in range(3):
            # Base64 of a longer text holds the token in one of three alignments; only these characters are the token's own.
            encoded = base64.b64encode(b" " * before + token.encode()).decode()
            spellings.add(encoded[-(-8 * before // 6) : 8 * (before + len(token.encode())) // 6])
        hosts = {host for url in base_urls if (host := urlsplit(url).netloc) and not _is_loopback(url)}
        self.token = token
        self._cuts = [
            (text.encode(), HIDDEN.encode()) for text in _longest_first(spellings) if len(text) >= SHORTEST_SECRET
        ]
        self._cuts += [(host.encode(), HIDDEN_HOST.encode()) for host in _longest_first(hosts)]

    def clean(self, data: bytes) -> bytes:
        """`data` without the run's secrets."""
        for secret, instead in self._cuts:
            if secret in data:
                data = data.replace(secret, instead)
        return data

    def text(self, text: str) -> str:
        """`text` without the run's secrets."""
        return self.clean(text.encode("utf-8", errors="replace")).decode() if self._cuts else text

    def request_headers(self, headers: Mapping[str, str]) -> dict[str, str]:
        """The request headers worth keeping, the credential as its kind in brackets."""
        kept = {name: self.text(value) for name, value in headers.items() if name in KEPT_REQUEST_HEADERS}
        return kept | {"authorization": f"[{credential_kind(headers, self.token)}]"}

    def response_headers(self, headers: Mapping[str, str]) -> dict[str, str]:
        """The response headers worth keeping."""
        return {name: self.text(value) for name, value in headers.items() if name in KEPT_RESPONSE_HEADERS}


def _longest_first(texts: Iterable[str]) -> list[str]:
    return sorted(texts, key=len, reverse=True)


def _is_loopback(url: str) -> bool:
    return urlsplit(url).hostname in {"127.0.0.1", "localhost", "::1"}
