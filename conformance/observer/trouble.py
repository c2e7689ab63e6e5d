"""What a gateway says instead of the reference gateway's answer: busy, slow, down, cut off in the middle, a page.

A case that needs one of them at the root of a host says so here; the process that judges has its gateway do it.
"""

from __future__ import annotations

import base64
import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from conformance.observer.caller import Caller

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


@dataclass(frozen=True)
class Answer:
    """What is said instead of the reference gateway's answer; Content-Length tells how long the body is, unless in pieces."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=lambda: dict(_MEDIA_TYPE))
    pieces: tuple[int, ...] = ()
    """The sizes of the pieces in which the body is sent, in bytes."""
    wait: float = 0.0
    """How long the gateway says nothing before it answers, in seconds. A client that hangs up meanwhile gets no answer."""

    def told(self) -> dict[str, Any]:
        """It as JSON, for the way to the judging process."""
        return {
            "status": self.status,
            "body": base64.b64encode(self.body).decode(),
            "headers": self.headers,
            "pieces": list(self.pieces),
            "wait": self.wait,
        }

    @classmethod
    def of(cls, told: dict[str, Any]) -> Answer:
        """What `told` has made JSON of."""
        body = base64.b64decode(told["body"])
        return cls(int(told["status"]), body, dict(told["headers"]), tuple(told["pieces"]), float(told["wait"]))


@dataclass(frozen=True)
class AnswerOnRecord:
    """The answer that a recording holds, by the recording's id: it stays with the process that judges."""

    id: str

    def told(self) -> dict[str, Any]:
        """It as JSON, for the way to the judging process."""
        return {"recorded": self.id}


@dataclass(frozen=True)
class Injection:
    """What is said instead: to the first so many POST requests, or to all of them (`times` is None)."""

    answer: Answer | AnswerOnRecord
    times: int | None = None


PAGE = Answer(200, b"<!DOCTYPE html><html><body><h1>Sign in</h1></body></html>", {"content-type": "text/html"})
SLOW_S = 0.6
"""How long a gateway takes that is slow, and answers."""
SLOW = Answer(200, b"{}", wait=2.0)
"""Longer than a client waits that has 0.2 s: ten times, so that a busy machine makes no difference. It hangs up before."""


def refusal(status: int, wait: str = "", *, google: bool = False) -> Answer:
    """An error in the envelope of Databricks, or in Google's; `wait` is what Retry-After says, in seconds."""
    code, message = _REFUSALS[status]
    body: dict[str, Any] = {"error_code": code, "message": message}
    if google:
        body = {"error": {"code": status, "message": message, "status": _STATUSES[status]}}
    return Answer(status, json.dumps(body).encode(), {**_MEDIA_TYPE, **({"retry-after": wait} if wait else {})})


def always(answer: Answer | AnswerOnRecord) -> Injection:
    """Never anything else."""
    return Injection(answer)


def at_first(times: int, answer: Answer | AnswerOnRecord) -> Injection:
    """So many times, and then all is well."""
    return Injection(answer, times)


@contextmanager
def injected(caller: Caller, injection: Injection | None = None, *, cut_at: int | None = None) -> Iterator[None]:
    """Has the caller's gateway, while it lasts, say what is injected.

    With `cut_at` each answer of the reference gateway breaks off after so many bytes of its body: the connection is closed.
    """
    answer = injection.answer.told() if injection else None
    caller.ask("inject", answer=answer, times=injection.times if injection else None, cut_at=cut_at)
    try:
        yield
    finally:
        caller.ask("inject", answer=None, times=None, cut_at=None)


def closed_port() -> str:
    """The URL of a host on loopback that refuses connections."""
    with socket.create_server(("127.0.0.1", 0)) as once:
        return f"http://127.0.0.1:{once.getsockname()[1]}"
