"""Asks a gateway in this process, without a server and without a socket: one request to the ASGI application."""

import time
from dataclasses import dataclass, field
from urllib.parse import unquote

from starlette.types import ASGIApp, Message

from conformance.wire.exchange import Request


@dataclass
class Received:
    """What came of one request. `pieces` are those of the body, each with the seconds since it was asked for."""

    status: int = 0
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    pieces: list[tuple[bytes, float]] = field(default_factory=list)
    broken: str = ""
    """The name of the exception with which the application broke off; empty if it did not."""

    @property
    def body(self) -> bytes:
        """The whole body, as far as it came."""
        return b"".join(piece for piece, _ in self.pieces)


async def ask(app: ASGIApp, request: Request, path: str) -> Received:
    """What the application answers to a request, sent to this path instead of its own."""
    received, asked = Received(), time.perf_counter()
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": "http",
        "path": unquote(path),
        "raw_path": path.encode(),
        "query_string": request.query.encode(),
        "root_path": "",
        "headers": [(name.lower().encode(), value.encode()) for name, value in request.headers.items()],
        "server": ("127.0.0.1", 80),
        "client": ("127.0.0.1", 1),
    }

    async def receive() -> Message:
        return {"type": "http.request", "body": request.body, "more_body": False}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            received.status, received.headers = message["status"], list(message["headers"])
        elif piece := message.get("body", b""):
            received.pieces.append((piece, time.perf_counter() - asked))

    try:
        await app(scope, receive, send)
    except Exception as broken:  # whatever the gateway does instead of answering
        received.broken = type(broken).__name__
    return received
