"""A tap between a client library and the reference gateway: real HTTP on loopback, and every exchange is kept.

Nothing of a client is patched: whatever HTTP library a version uses, what it sends is what arrives here.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from conformance.reference.server import running
from conformance.wire.exchange import Chunk, Exchange, Request, Response

TOKEN = "token-of-the-reference-gateway"  # noqa: S105 (a name that it answers to, no secret)


_PATIENCE_S = 5.0
"""Longest wait for an exchange to end whose client has gone on."""


class Tap:
    """An ASGI application around another, which keeps what goes through it."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner
        self._changed = threading.Condition()
        self._open = 0
        self._kept = list[Exchange]()

    def take(self) -> list[Exchange]:
        """The exchanges since the last time, in the order in which they ended.

        A client may have its answer before the gateway is done with it: those that are under way are waited for.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._open == 0, _PATIENCE_S)
            kept, self._kept = self._kept, []
        return kept

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Passes a request on, and keeps it with its answer."""
        if scope["type"] != "http":
            await self._inner(scope, receive, send)
            return
        with self._changed:
            self._open += 1
        started, sent, chunks = time.perf_counter(), bytearray(), list[Chunk]()
        status, headers = 0, dict[str, str]()

        waiting = list[Any]()

        async def receive_again() -> Any:
            return waiting.pop(0) if waiting else await receive()

        async def send_and_keep(message: Any) -> None:
            nonlocal status, headers
            if message["type"] == "http.response.start":
                status, headers = message["status"], _headers(message.get("headers", ()))
            elif body := message.get("body", b""):
                chunks.append(Chunk(bytes(body), time.perf_counter() - started))
            await send(message)

        try:
            # Read to its end: a gateway that refuses a path or a credential does not look at the body.
            while not waiting or waiting[-1].get("more_body"):
                waiting.append(await receive())
                sent.extend(waiting[-1].get("body", b""))
            await self._inner(scope, receive_again, send_and_keep)
        finally:
            path = scope.get("raw_path", scope["path"].encode()).partition(b"?")[0]
            query = b"?" + scope["query_string"] if scope["query_string"] else b""
            url = "http://gateway.invalid" + (path + query).decode("latin-1")
            request = Request(scope["method"], url, _headers(scope["headers"]), bytes(sent))
            response = Response(status, headers, tuple(chunks)) if status else None
            with self._changed:
                self._kept.append(Exchange(request, response))
                self._open -= 1
                self._changed.notify_all()


def _headers(raw: Any) -> dict[str, str]:
    kept = dict[str, str]()
    for name, value in ((name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in raw):
        kept[name] = f"{kept[name]}, {value}" if name in kept else value
    return kept


@contextmanager
def tapped() -> Iterator[tuple[str, Tap]]:
    """The base URL of a reference gateway that takes TOKEN, and the tap in front of it."""
    taps = list[Tap]()

    def middleware(app: Any) -> Tap:
        taps.append(Tap(app))
        return taps[0]

    with running(token=TOKEN, middleware=middleware) as url:
        yield url, taps[0]
