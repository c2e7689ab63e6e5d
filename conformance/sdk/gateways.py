"""Gateways in a bad state: busy, slow, down, cut off in the middle, behind a page. At the root of a host of their own.

The faults of the reference gateway lie below a path. Some clients take a host alone, and no fault is a broken connection.
"""

import asyncio
import atexit
import json
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from conformance.reference.server import running
from conformance.sdk.caller import Caller
from conformance.sdk.tap import TOKEN, Tap


@dataclass(frozen=True)
class Answer:
    """What is said instead of the reference gateway's answer; Content-Length tells how long the body is, unless in pieces."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=lambda: {"content-type": "application/json"})
    pieces: tuple[int, ...] = ()
    """The sizes of the pieces in which the body is sent, in bytes."""
    wait: float = 0.0
    """How long the gateway says nothing before it answers, in seconds. A client that hangs up meanwhile gets no answer."""


Injection = Callable[[int], Answer | None]
"""Takes the number of a POST request, from 1. None: the reference gateway answers."""

_MEDIA_TYPE = {"content-type": "application/json"}
_REFUSALS = {
    400: ("INVALID_PARAMETER_VALUE", "messages must hold at least one message."),
    403: ("PERMISSION_DENIED", "No permission to use this endpoint."),
    408: ("REQUEST_TIMEOUT", "The request took too long to arrive."),
    409: ("ABORTED", "Another request is in the way."),
    413: ("INVALID_PARAMETER_VALUE", "The request is too large."),
    429: ("REQUEST_LIMIT_EXCEEDED", "Too many requests. Come back later."),
    500: ("INTERNAL_ERROR", "The gateway has broken down."),
    503: ("TEMPORARILY_UNAVAILABLE", "The gateway is away for a moment."),
}
_STATUSES = {400: "INVALID_ARGUMENT", 429: "RESOURCE_EXHAUSTED", 500: "INTERNAL", 503: "UNAVAILABLE"}
PAGE = Answer(200, b"<!DOCTYPE html><html><body><h1>Sign in</h1></body></html>", {"content-type": "text/html"})
SLOW = Answer(200, b"{}", wait=0.6)
"""Longer than a client waits that has 0.2 s: three times, so that a busy machine makes no difference."""


def refusal(status: int, wait: str = "", *, google: bool = False) -> Answer:
    """An error in the envelope of Databricks, or in Google's; `wait` is what Retry-After says, in seconds."""
    code, message = _REFUSALS[status]
    body: dict[str, Any] = {"error_code": code, "message": message}
    if google:
        body = {"error": {"code": status, "message": message, "status": _STATUSES[status]}}
    return Answer(status, json.dumps(body).encode(), _MEDIA_TYPE | ({"retry-after": wait} if wait else {}))


def always(answer: Answer) -> Injection:
    """Never anything else."""
    return lambda _: answer


def at_first(times: int, answer: Answer) -> Injection:
    """So many times, and then all is well."""
    return lambda number: answer if number <= times else None


@contextmanager
def injected(caller: Caller, injection: Injection, *, cut_at: int | None = None) -> Iterator[None]:
    """Gives the caller, while it lasts, a gateway into whose answers others are injected.

    With `cut_at` each answer of the reference gateway breaks off after so many bytes of its body: the connection is closed.
    """
    url, tap, front = _host()
    front.begin(injection, cut_at)
    tap.take()
    before = caller.url, caller.tap
    caller.url, caller.tap = url, tap
    try:
        yield
    finally:
        caller.url, caller.tap = before


@cache
def _host() -> tuple[str, Tap, "_InjectingProxy"]:
    """The host of the bad states, once a process: starting a server takes longer than most cases."""
    made = list[tuple[Tap, _InjectingProxy]]()

    def middleware(gateway: Any) -> Any:
        front = _InjectingProxy(gateway)
        made.append((Tap(front), front))
        return made[0][0]

    server = running(token=TOKEN, middleware=middleware)
    url = server.__enter__()
    atexit.register(server.__exit__, None, None, None)
    return url, *made[0]


def closed_port() -> str:
    """The URL of a host on loopback that refuses connections."""
    with socket.create_server(("127.0.0.1", 0)) as once:
        return f"http://127.0.0.1:{once.getsockname()[1]}"


class _CutOff(Exception):
    """The connection is to be closed."""


class _InjectingProxy:
    """An ASGI application before the gateway, which lets a request through or answers it."""

    def __init__(self, gateway: Any) -> None:
        self._gateway = gateway
        self.begin(lambda _: None, None)

    def begin(self, injection: Injection, cut_at: int | None) -> None:
        """Takes on another injection, and counts from the beginning."""
        self._injection, self._cut_at, self._posts = injection, cut_at, 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self._posts += scope["method"] == "POST"
        answer = self._injection(self._posts) if scope["method"] == "POST" else None
        if answer is None:
            await self._pass_on(scope, receive, send)
            return
        while (await receive()).get("more_body"):
            pass
        if answer.wait and await _hangs_up(receive, answer.wait):
            return
        length = {} if len(answer.pieces) > 1 else {"content-length": str(len(answer.body))}
        encoded = [(name.encode(), value.encode()) for name, value in {**answer.headers, **length}.items()]
        await send({"type": "http.response.start", "status": answer.status, "headers": encoded})
        start = 0
        for size in answer.pieces or (len(answer.body),):
            await send({"type": "http.response.body", "body": answer.body[start : start + size], "more_body": True})
            start += size
        await send({"type": "http.response.body", "body": b""})

    async def _pass_on(self, scope: Any, receive: Any, send: Any) -> None:
        left = self._cut_at

        async def send_some(message: Any) -> None:
            nonlocal left
            body = message.get("body", b"")
            if left is None or len(body) < left:
                left = None if left is None else left - len(body)
                await send(message)
                return
            await send({"type": "http.response.body", "body": body[:left], "more_body": True})
            await asyncio.sleep(0.01)  # that the part arrives before the end of the connection does
            raise _CutOff

        try:
            await self._gateway(scope, receive, send_some)
        except _CutOff:
            return  # a response that is begun and not ended: the server closes the connection


async def _hangs_up(receive: Any, seconds: float) -> bool:
    """Whether the client closes its connection within so many seconds. Its request has been read to the end."""
    try:
        async with asyncio.timeout(seconds):
            while (await receive())["type"] != "http.disconnect":
                pass
    except TimeoutError:
        return False
    return True
