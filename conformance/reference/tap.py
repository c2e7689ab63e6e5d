"""A tap between clients and the gateways that answer them: real HTTP on loopback, and every exchange is kept.

Nothing of a client is patched: whatever HTTP library it uses, what it sends is what arrives here.
"""

import asyncio
import time
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from conformance.wire.exchange import Chunk, Exchange, Request, Response

TOKEN = "token-of-the-reference-gateway"  # noqa: S105 (a name that it answers to, no secret)
_PATIENCE_S = 5.0
"""Longest wait for an exchange to end whose client has gone on."""


@dataclass(frozen=True)
class Tapped:
    """An exchange, the port on which it arrived, and the port of the client: one for each connection."""

    exchange: Exchange
    port: int
    peer: int
    began: float = 0.0
    """When it arrived, by `time.perf_counter`."""


class Tap:
    """An ASGI application around another, which keeps what goes through it. All of it is of one event loop."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner
        self._open = list[int]()
        self._kept = list[Tapped]()
        self._ended = asyncio.Event()

    async def take(self, ports: Collection[int]) -> list[Tapped]:
        """The exchanges on these ports since the last time, in the order in which they ended.

        A client may have its answer before the gateway is done with it: those that are under way are waited for.
        """
        until = time.monotonic() + _PATIENCE_S
        while not set(ports).isdisjoint(self._open) and (left := until - time.monotonic()) > 0:
            self._ended.clear()
            try:
                await asyncio.wait_for(self._ended.wait(), left)
            except TimeoutError:
                break
        taken = [one for one in self._kept if one.port in ports]
        self._kept = [one for one in self._kept if one.port not in ports]
        return taken

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Passes a request on, and keeps it with its answer."""
        if scope["type"] != "http":
            await self._inner(scope, receive, send)
            return
        port, peer = scope["server"][1], scope["client"][1]
        self._open.append(port)
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
            self._kept.append(Tapped(Exchange(request, response), port, peer, started))
            self._open.remove(port)
            self._ended.set()


def _headers(raw: Any) -> dict[str, str]:
    kept = dict[str, str]()
    for name, value in ((name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in raw):
        kept[name] = f"{kept[name]}, {value}" if name in kept else value
    return kept
