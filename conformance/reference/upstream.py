"""The reference gateway as the upstream of a proxy: what arrives here is kept, and a prompt can ask for trouble.

`[upstream: slow]` anywhere in a request has its answer come in pieces with pauses, `[upstream: 429]` (or another status) has
it refused, `[upstream: cut]` has its stream break off, `[upstream: error]` has an error event stand in the middle of it, and
`[upstream: large]` has an answer of megabytes.
So a case says in its request what it needs, and nobody has to reach behind the proxy.
"""

import asyncio
import contextlib
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from secrets import choice
from string import ascii_lowercase
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qs

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from conformance.reference.app import create_app
from conformance.reference.policy import DOCUMENTED
from conformance.reference.server import quiet_about_broken_answers, serving
from conformance.reference.tap import Tap, Tapped
from conformance.reference.variant import REFERENCE, Variant
from conformance.wire.inflate import IDENTITY, READABLE, BrokenEncoding, inflated
from conformance.wire.upstream import TROUBLE

SLOW_S = 0.03
"""Seconds between two pieces of an answer that is to come slowly."""
OVERSIZE = 8_000_000
"""Bytes of blanks, which JSON allows, behind an answer that is to be too large."""
_LARGEST = 64 * 1024 * 1024
"""Bytes of a body that is inflated."""
_DOCUMENTED = (
    (re.compile(r".*?(/ai-gateway/|/serving-endpoints/)"), None),
    (re.compile(r".*(/chat/completions|/responses(?:/.*)?|/models)$"), r"/ai-gateway/mlflow/v1\1"),
    (re.compile(r".*(/models/[^/]+:\w+)$"), r"/ai-gateway/gemini/v1beta\1"),
)
"""Where a path leads that is none of the documented ones, as those of proxies that know OpenAI's and Google's own alone."""
_REFUSED_FOR = {429: "Too many requests.", 500: "The model broke.", 503: "The model is overloaded."}
_HEADERS = MappingProxyType({"x-ratelimit-remaining-requests": "59"})


class Upstream:
    """Serves the reference gateway, and tells what has arrived. Safe for many threads."""

    def __init__(self) -> None:
        self._tap = Tap(self._answer)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._app: ASGIApp = create_app(replace(DOCUMENTED, headers=_HEADERS))
        self._keeps = True
        self.url = ""

    @contextlib.contextmanager
    def listening(self, port: int = 0) -> Iterator["Upstream"]:
        """Listens on loopback, on a free port unless one is given. Raises ServeError (PortInUse)."""
        with serving(self, port=port) as (url,), quiet_about_broken_answers():
            self.url = url
            yield self

    @property
    def port(self) -> int:
        """The port on which it listens."""
        return int(self.url.rpartition(":")[2])

    def be(self, variant: Variant | None) -> None:
        """From now on answers as this fault or variant of the reference; None: as the reference itself."""
        chosen = variant or REFERENCE
        policy = replace(chosen.policy, headers={**_HEADERS, **chosen.policy.headers})
        self._app = create_app(fault=replace(chosen, policy=policy))

    @contextlib.contextmanager
    def under_load(self) -> Iterator[None]:
        """Meanwhile it keeps nothing of what arrives, which would grow without end, and takes any credential or none.

        A proxy may have a credential of its own here, which those who ask past the proxy do not know.
        """
        before = self._app
        self._app = create_app(replace(DOCUMENTED, headers=_HEADERS, credentials_needed=False))
        self._keeps = False
        try:
            yield
        finally:
            self._app, self._keeps = before, True

    def take(self) -> list[Tapped]:
        """What has arrived since the last time, in the order in which it began. What is under way is waited for."""
        if self._loop is None:
            return []
        taking = asyncio.run_coroutine_threadsafe(self._tap.take([self.port]), self._loop)
        return sorted(taking.result(), key=lambda one: one.began)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a request, inflated if it came compressed."""
        self._loop = asyncio.get_running_loop()
        encoding = _header(scope, b"content-encoding")
        if encoding not in IDENTITY and encoding in READABLE:
            scope, receive = await _inflated(scope, receive, encoding)
        await (self._tap if self._keeps else self._answer)(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        messages = [await receive()]
        while messages[-1].get("more_body"):
            messages.append(await receive())
        wanted = next((found[1] for one in messages if (found := TROUBLE.search(one.get("body", b"")))), b"")

        async def again() -> Message:
            return messages.pop(0) if messages else await receive()

        scope = _on_a_documented_path(scope)
        if wanted.isdigit():
            await _refuse(int(wanted), send)
        else:
            await self._app(scope, again, _Troubled(send, wanted.decode()) if wanted else send)


class _Troubled:
    """Sends an answer slowly, cut, too large, or with an error in it."""

    def __init__(self, send: Send, how: str) -> None:
        self._send, self._how = send, how
        self._sent = 0

    async def __call__(self, message: Message) -> None:
        if message["type"] != "http.response.body":
            await self._send(_longer(message) if self._how == "large" else message)
            return
        if self._how == "large" and not message.get("more_body") and not self._sent:
            message = {**message, "body": bytes(message.get("body", b"")) + b" " * OVERSIZE}
        is_piece = bool(message.get("body")) and message.get("more_body", False)
        if self._how == "slow" and is_piece and self._sent:
            await asyncio.sleep(SLOW_S)
        if self._sent == 2 and self._how == "cut":
            raise ConnectionError("the answer is cut, as was asked for")
        if self._sent == 2 and self._how == "error":
            error = {"error": {"message": "The model broke.", "type": "server_error", "code": 500}}
            await self._send({**message, "body": f"data: {json.dumps(error)}\n\n".encode(), "more_body": False})
        elif self._sent < 2 or self._how != "error":
            await self._send(message)
        self._sent += 1


def _longer(message: Message) -> Message:
    """The beginning of an answer that becomes too large."""
    sizes = [
        (name, str(int(value) + OVERSIZE).encode()) for name, value in message["headers"] if name == b"content-length"
    ]
    return {**message, "headers": [one for one in message["headers"] if one[0] != b"content-length"] + sizes}


async def _refuse(status: int, send: Send) -> None:
    """Answers with an error of this status, and tells when to come back where that is usual."""
    text = _REFUSED_FOR.get(status, "It was asked for.")
    body = json.dumps({"error_code": f"UPSTREAM_{status}_{_letters()}", "message": text}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    headers += [(name.encode(), value.encode()) for name, value in _HEADERS.items()]
    if status in (429, 503):
        headers.append((b"retry-after", b"1"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _letters() -> str:
    """New each time, and without a digit: there are proxies that look for the status of an error in its text."""
    return "".join(choice(ascii_lowercase) for _ in range(8))


def _on_a_documented_path(scope: Scope) -> Scope:
    """The same request on the documented path of its surface, if it is on another."""
    path: str = scope["path"]
    for known, instead in _DOCUMENTED:
        if known.match(path):
            if instead is None:
                return scope
            path = known.sub(instead, path)
            return {**scope, "path": path, "raw_path": path.encode(), "headers": _with_bearer(scope)}
    return scope


def _with_bearer(scope: Scope) -> list[tuple[bytes, bytes]]:
    """The headers of a request, with the key as Google's clients show it where the gateway looks for a credential."""
    headers = list(scope["headers"])
    key = _key(scope)
    return [*headers, (b"authorization", b"Bearer " + key)] if key and not _header(scope, b"authorization") else headers


def _key(scope: Scope) -> bytes:
    shown = [bytes(value) for name, value in scope["headers"] if name == b"x-goog-api-key"]
    shown += parse_qs(bytes(scope.get("query_string", b""))).get(b"key", [])
    return shown[0] if shown else b""


def _header(scope: Scope, name: bytes) -> str:
    found = (value for key, value in scope.get("headers", ()) if key == name)
    return next(found, b"").decode("latin-1").strip().lower()


async def _inflated(scope: Scope, receive: Receive, encoding: str) -> tuple[Scope, Receive]:
    """The same request, not compressed. One that cannot be inflated stays as it is: the gateway then cannot read it."""
    message: dict[str, Any] = {"more_body": True}
    sent = bytearray()
    while message.get("more_body"):
        message = dict(await receive())
        sent += message.get("body", b"")
    body = bytearray()
    try:
        for piece in inflated([bytes(sent)], encoding):
            body += piece
            if len(body) > _LARGEST:
                raise BrokenEncoding("it is too much")
    except BrokenEncoding:
        body = sent
    headers = [one for one in scope["headers"] if one[0] not in (b"content-encoding", b"content-length")]
    plain = [{"type": "http.request", "body": bytes(body), "more_body": False}]

    async def once() -> Any:
        return plain.pop() if plain else await receive()

    return {**scope, "headers": [*headers, (b"content-length", str(len(body)).encode())]}, once
