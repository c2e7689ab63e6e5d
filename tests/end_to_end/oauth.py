"""A workspace that gives OAuth tokens: the reference gateway, and beside it what databricks-sdk asks for to get one."""

import asyncio
import base64
import itertools
import json
import math
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import parse_qs

from starlette.types import ASGIApp, Receive, Scope, Send

from conformance.reference.server import running

CLIENT_ID = "5f0b5b3c-robot"
CLIENT_SECRET = "dose0123456789-CANARY-secret-of-a-robot"
ID_TOKEN = "eyJhbGciOiJSUzI1NiJ9.CANARY-of-the-CI-system.c2ln"
CI_TOKEN = "CANARY-that-the-CI-system-gives-a-job"
_ENDPOINTS = {"authorization": "authorize", "token": "token"}
_GATEWAY_TOKEN = "the-token-of-the-gateway-behind"


@dataclass
class Workspace:
    """What it does, and what it was asked. `lives_s`: what it says of a token's life; `takes_s`: how long it takes one."""

    lives_s: float = 20.0
    takes_s: float | None = None
    most_tokens: float = math.inf
    latency_s: float = 0.0
    """Of each request to the gateway."""
    takes_basic: bool = True
    hangs: bool = False
    """Whether its token endpoint does not answer."""
    redirects_to: str = ""
    """Where its token endpoint sends whoever asks."""
    url: str = ""
    given: dict[str, float] = field(default_factory=dict)
    """Each token, and when it was given (in seconds of the monotonic clock)."""
    used: list[tuple[str, float]] = field(default_factory=list)
    """The token of each request to the gateway, and its age in seconds."""
    asked: list[str] = field(default_factory=list)
    """The paths of the requests that are not for the gateway."""
    _numbers: Iterator[int] = field(default_factory=itertools.count)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def token(self) -> str:
        """A new token. It looks like a JSON web token."""
        with self._lock:
            number = next(self._numbers)
        payload = base64.urlsafe_b64encode(f'{{"sub":"CANARY","number":{number:06}}}'.encode()).decode().rstrip("=")
        token = f"eyJraWQiOiJDQU5BUlkifQ.{payload}.c2lnbmF0dXJl-{number:06}-CANARY"
        self.given[token] = time.monotonic()
        return token

    def takes(self, token: str) -> bool:
        """Whether a token is valid now."""
        if token not in self.given:
            return False
        age = time.monotonic() - self.given[token]
        self.used.append((token, age))
        return age < (self.lives_s if self.takes_s is None else self.takes_s)


@contextmanager
def workspace(**how: object) -> Iterator[Workspace]:
    """Runs one on loopback."""
    place = Workspace(**how)  # type: ignore[arg-type]
    with running(token=_GATEWAY_TOKEN, middleware=lambda app: _Door(app, place)) as url:
        place.url = url
        yield place


class _Door:
    """In front of the gateway: gives tokens, and lets in who shows one."""

    def __init__(self, app: ASGIApp, place: Workspace) -> None:
        self._app, self._place = app, place

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path, place = scope["path"], self._place
        headers = {name.decode(): value.decode("latin-1") for name, value in scope["headers"]}
        authorization = headers.get("authorization", "")
        if path.startswith(("/.well-known", "/oidc")):
            place.asked.append(path)
        if path == "/.well-known/databricks-config":
            await _answer(send, 200, {"oidc_endpoint": f"{place.url}/oidc", "workspace_id": "1234"})
        elif path == "/oidc/.well-known/oauth-authorization-server":
            endpoints = {f"{name}_endpoint": f"{place.url}/oidc/v1/{last}" for name, last in _ENDPOINTS.items()}
            await _answer(send, 200, endpoints)
        elif path == "/oidc/v1/token":
            form = parse_qs((await _body(receive)).decode())
            robot = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
            known = authorization == f"Basic {robot}" or form.get("subject_token") == [ID_TOKEN]
            if place.redirects_to:
                await _answer(send, 307, {}, location=place.redirects_to)
            elif place.hangs:
                with suppress(asyncio.CancelledError):
                    await asyncio.sleep(60)
            elif not (known and len(place.given) < place.most_tokens):
                what = {
                    "error": "invalid_client",
                    "error_description": f"Client {_password(authorization)} is not known here.",
                }
                await _answer(send, 401, what)
            else:
                token = {"access_token": place.token(), "token_type": "Bearer", "expires_in": int(place.lives_s)}
                await _answer(send, 200, token)
        elif path == "/github" and authorization == f"Bearer {CI_TOKEN}":
            await _answer(send, 200, {"value": ID_TOKEN})
        else:
            await asyncio.sleep(place.latency_s)
            shown = self._shown(authorization)
            scope["headers"] = [(name, value) for name, value in scope["headers"] if name != b"authorization"]
            if shown:
                scope["headers"].append((b"authorization", shown.encode()))
            await self._app(scope, receive, send)

    def _shown(self, authorization: str) -> str:
        """The credential for the gateway behind: its own for a valid token, whatever is wrong as it is."""
        scheme, _, value = authorization.partition(" ")
        if scheme == "Bearer" and self._place.takes(value):
            return f"Bearer {_GATEWAY_TOKEN}"
        if scheme == "Basic" and self._place.takes_basic:
            user, _, token = base64.b64decode(value).decode().partition(":")
            if self._place.takes(token):
                return "Basic " + base64.b64encode(f"{user}:{_GATEWAY_TOKEN}".encode()).decode()
        return authorization and "Bearer expired-or-unknown"


def _password(authorization: str) -> str:
    scheme, _, value = authorization.partition(" ")
    return base64.b64decode(value).decode().partition(":")[2] if scheme == "Basic" else ""


async def _body(receive: Receive) -> bytes:
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message.get("body", b""), message.get("more_body", False)
    return body


async def _answer(send: Send, status: int, body: object, **headers: str) -> None:
    told = [(name.encode(), value.encode()) for name, value in {"content-type": "application/json", **headers}.items()]
    await send({"type": "http.response.start", "status": status, "headers": told})
    await send({"type": "http.response.body", "body": json.dumps(body).encode()})


def databrickscfg(**profiles: dict[str, str]) -> str:
    """The text of a file of profiles."""
    return "\n".join(
        f"[{name}]\n" + "".join(f"{key} = {value}\n" for key, value in values.items())
        for name, values in profiles.items()
    )


def robot(host: str, **more: str) -> dict[str, str]:
    """A profile of a machine that signs in by OAuth."""
    return {"host": host, "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, **more}
