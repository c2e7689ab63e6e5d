"""What of an exchange may be kept. Headers by allow-list; a credential is reduced to its kind; the secrets are cut out.

It is done where an answer arrives, before anything looks at it: no check, message or traceback can then tell a secret.
"""

import base64
import binascii
import json
import re
import threading
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Protocol
from urllib.parse import quote, urlsplit

from conformance.wire.exchange import Chunk, Exchange, Request, Response, UpstreamSide
from conformance.wire.scattered import Span, scattered

VERSION = 2
"""Of these rules; recordings name the version that cleaned them."""

KEPT_REQUEST_HEADERS = frozenset({"accept", "content-type", "user-agent"})
KEPT_RESPONSE_HEADERS = frozenset(
    {"allow", "content-type", "date", "location", "retry-after", "server", "www-authenticate"}
)
REDACTED = "[redacted]"
REDACTED_HOST = "gateway.invalid"
_WORD = re.compile("[A-Za-z]{1,15}|.{0,7}", re.DOTALL)
_IDS_IN_A_HOST = re.compile(r"\badb-(\d{8,})\.|^(dbc-[0-9a-f-]{8,})\.")
_HEADERS_OF_IDS = ("x-databricks-org-id", "x-databricks-workspace-id")
_KEY = "+key"


def is_mere_word(secret: str) -> bool:
    """Whether something is too short for a secret, or a plain word: the API may say the same.

    What is cut out of an answer then would be its own members, and a recording of it could not be replayed.
    """
    return _WORD.fullmatch(secret) is not None


def basic(user: str, password: str) -> str:
    """The value of an Authorization header for HTTP Basic."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def credential_kind(headers: Mapping[str, str], token: str = "") -> str:
    """How a request authenticates, never with what.

    One of `none`, `bearer`, `bearer-wrong`, `basic`, `basic-wrong-user`, `basic-wrong`, `other`; `+key` is added if an
    `x-goog-api-key` goes along. The requests of a run name the kind in brackets, and recordings do: only a request that a
    client library has sent holds a credential, which is right if it is `token`.
    """
    value = headers.get("authorization", "")
    scheme, _, secret = value.partition(" ")
    match scheme.lower():
        case bracketed if bracketed.startswith("["):
            kind = value.strip("[]").removesuffix(_KEY)
            return kind + (_KEY if "x-goog-api-key" in headers or _KEY in value else "")
        case "":
            kind = "none"
        case "bearer":
            kind = "bearer" if secret == token else "bearer-wrong"
        case "basic":
            kind = _basic_kind(secret, token)
        case _:
            kind = "other"
    return kind + (_KEY if "x-goog-api-key" in headers else "")


def _basic_kind(secret: str, token: str) -> str:
    try:
        user, _, password = base64.b64decode(secret).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "basic-wrong"
    if password != token:
        return "basic-wrong"
    return "basic" if user == "token" else "basic-wrong-user"


class Redactor:
    """Cuts one run's secrets out of everything that is kept: each token in its usual spellings, the target's host and ids.

    `more` are other secrets, such as the password of a proxy. What a run gets to know while it goes on is added; many threads
    may use one redactor. Of an answer the headers `kept` are kept too, in lower case. A mere word is no secret.
    """

    def __init__(
        self,
        token: str = "",
        base_urls: Iterable[str] = (),
        more: Iterable[str] = (),
        kept: Iterable[str] = (),
    ) -> None:
        self._kept = KEPT_RESPONSE_HEADERS | {*kept}
        hosts = {host for url in base_urls if (host := urlsplit(url).netloc) and not _is_loopback(url)}
        ids = {found for host in hosts for match in _IDS_IN_A_HOST.finditer(host) for found in match.groups() if found}
        self._lock = threading.Lock()
        self._secrets, self._ids = set[str](), set[str]()
        self._hosts = frozenset(host.lower().encode() for host in hosts)
        self._spelled, self._longest = self._hosts, max(map(len, self._hosts), default=0)
        self._add_spellings(ids)
        self._ids |= ids
        for secret in (token, *more):
            self.add_secret(secret)

    def add_secret(self, secret: str) -> None:
        """From now on this is cut out as well: one more token, or whatever else nobody may read."""
        if is_mere_word(secret) or secret in self._secrets:
            return
        with self._lock:
            self._secrets.add(secret)
        self._add_spellings(_encodings(secret))

    def _add_spellings(self, spellings: Iterable[str]) -> None:
        # Sets that are read are never changed: another thread may be going through one.
        added = {spelling.encode().lower() for spelling in spellings}
        with self._lock:
            self._longest = max([self._longest, *map(len, added)])
            self._spelled |= added

    def redact_exchange(self, exchange: Exchange) -> Exchange:
        """The exchange without the run's secrets, and without the headers of the response that are not kept."""
        for name in _HEADERS_OF_IDS:
            header_id = exchange.response.headers.get(name, "") if exchange.response else ""
            if header_id.isalnum() and len(header_id) >= 8 and header_id not in self._ids:
                self._ids.add(header_id)
                self._add_spellings({header_id})
        return replace(
            exchange,
            response=exchange.response and self.response(exchange.response),
            failure=self.text(exchange.failure),
            upstream=exchange.upstream and self.upstream(exchange.upstream),
        )

    def upstream(self, side: UpstreamSide) -> UpstreamSide:
        """The other side of a proxy: of its requests no header but the kind of credential, and no secret that has got there."""
        cleaned = []
        for one in side.asked:
            request, response = one.exchange.request, one.exchange.response
            body = self.redact_bytes(request.body) if side.leaks else request.body
            shown = request.headers.get("authorization", "").partition(" ")[2]  # there is no other to hold it against
            headers = self.request_headers(request.headers, shown)
            request = Request(request.method, self.text(request.url), headers, body)
            seen = replace(one.exchange, request=request, response=response and self.response(response))
            cleaned.append(replace(one, exchange=replace(seen, failure=self.text(seen.failure))))
        others, lost = (tuple(map(self.text, texts)) for texts in (side.others, side.lost_headers))
        return replace(side, asked=tuple(cleaned), others=others, lost_headers=lost)

    def response(self, response: Response) -> Response:
        """A response without secrets, in the chunks in which it came."""
        headers = self.response_headers(response.headers)
        edits = self._edits(response.body)
        if not edits:
            return Response(response.status, headers, response.chunks)
        chunks, at, kept = list[Chunk](), 0, 0
        body = _edited(response.body, edits)
        for chunk in response.chunks:
            at += len(chunk.data)
            end = _moved(at, edits)
            chunks.append(Chunk(body[kept:end], chunk.at))
            kept = end
        return Response(response.status, headers, tuple(chunks))

    def redact_bytes(self, data: bytes) -> bytes:
        """`data` without the run's secrets, in whatever pieces they stand there."""
        return _edited(data, self._edits(data))

    def text(self, text: str) -> str:
        """A text of ours, or of what has arrived, without the run's secrets."""
        if not self._longest:
            return text
        data = text.encode("utf-8", errors="replace")
        edits = self._whole(data)
        return _edited(data, edits).decode(errors="replace") if edits else text

    def _edits(self, data: bytes) -> list[tuple[int, int, bytes]]:
        """What is to be cut out, in order and without overlap: from where, to where, and what stands there instead."""
        found = self._whole(data)
        for places in scattered(data, self._find, self._longest) if self._longest else ():
            found += [(start, end, b"" if number else REDACTED.encode()) for number, (start, end) in enumerate(places)]
        return _apart(found)

    def _whole(self, data: bytes) -> list[tuple[int, int, bytes]]:
        """The same for what stands there in one piece."""
        return [(*span, self._instead_of(data[slice(*span)])) for span in self._find(data)]

    def _instead_of(self, word: bytes) -> bytes:
        return (REDACTED_HOST if word.lower() in self._hosts else REDACTED).encode()

    def _find(self, data: bytes) -> Iterator[Span]:
        """Where the spellings stand, in order and without overlap; of those that begin at one place, the longest.

        One after the other, since a pattern of them all takes twenty times as long, and to compile it for each new token more.
        """
        lower = data.lower()
        found = [span for spelling in self._spelled for span in _occurrences(lower, spelling)]
        return ((start, end) for start, end, _ in _apart((*span, b"") for span in found))

    def request_headers(self, headers: Mapping[str, str], token: str = "") -> dict[str, str]:
        """The request headers worth keeping, the credential as its kind in brackets: right if it is `token`."""
        kept = {name: self.text(value) for name, value in headers.items() if name in KEPT_REQUEST_HEADERS}
        return kept | {"authorization": f"[{credential_kind(headers, token)}]"}

    def response_headers(self, headers: Mapping[str, str]) -> dict[str, str]:
        """The response headers worth keeping."""
        return {name: self.text(value) for name, value in headers.items() if name in self._kept}


class _Sends(Protocol):
    def send(self, request: Request) -> Exchange: ...


class RedactingSender:
    """A sender whose answers hold no secret."""

    def __init__(self, inner: _Sends, redactor: Redactor) -> None:
        self._inner, self._redactor = inner, redactor

    def send(self, request: Request) -> Exchange:
        """Sends, and cuts the secrets out of what came."""
        return self._redactor.redact_exchange(self._inner.send(request))


class HeaderDroppingSender:
    """Sends, and drops the headers of an answer that only others may read."""

    def __init__(self, sender: _Sends, dropped: Collection[str]) -> None:
        self._sender, self._dropped = sender, dropped

    def send(self, request: Request) -> Exchange:
        """The exchange without these headers."""
        exchange = self._sender.send(request)
        if exchange.response is None:
            return exchange
        headers = {name: value for name, value in exchange.response.headers.items() if name not in self._dropped}
        return replace(exchange, response=replace(exchange.response, headers=headers))


def _encodings(secret: str) -> set[str]:
    """How a secret may be spelled: as it is, in a URL, in JSON, in hexadecimal, in base64 alone or within a longer text."""
    found = {secret, quote(secret, safe=""), json.dumps(secret)[1:-1], basic("token", secret).removeprefix("Basic ")}
    found.add(secret.encode().hex())
    for before in range(3):
        # Base64 of a longer text holds the secret in one of three alignments; only these characters are the secret's own.
        encoded = base64.b64encode(b" " * before + secret.encode()).decode()
        found.add(encoded[-(-8 * before // 6) : 8 * (before + len(secret.encode())) // 6])
    return found | {spelling.replace("+", "-").replace("/", "_") for spelling in found if spelling != secret}


def _occurrences(data: bytes, word: bytes) -> Iterator[Span]:
    start = data.find(word)
    while start >= 0:
        yield start, start + len(word)
        start = data.find(word, start + len(word))


def _apart(edits: Iterable[tuple[int, int, bytes]]) -> list[tuple[int, int, bytes]]:
    """The edits in order, without those that begin within another."""
    apart, done = list[tuple[int, int, bytes]](), 0
    for start, end, instead in sorted(edits, key=lambda edit: (edit[0], -edit[1])):
        if start >= done:
            apart.append((start, end, instead))
            done = end
    return apart


def _edited(data: bytes, edits: Iterable[tuple[int, int, bytes]]) -> bytes:
    parts, done = list[bytes](), 0
    for start, end, instead in edits:
        parts += [data[done:start], instead]
        done = end
    return b"".join([*parts, data[done:]]) if parts else data


def _moved(at: int, edits: Iterable[tuple[int, int, bytes]]) -> int:
    """Where a place of the data lies once it is edited: behind an edit that it lies within."""
    shift = 0
    for start, end, instead in edits:
        if start < at:
            shift += len(instead) - (min(end, at) - start)
    return at + shift


def _is_loopback(url: str) -> bool:
    return urlsplit(url).hostname in {"127.0.0.1", "localhost", "::1"}
