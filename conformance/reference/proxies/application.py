"""The reference proxy as a web application: every request goes to the upstream as it came, and its answer comes back so."""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import httpx2
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp

from conformance.reference.proxies.declared import TRANSPARENT, Body, Quirk
from conformance.reference.proxies.translating import CHAT_PATH, CallsOfStream, to_chat, to_gemini
from conformance.reference.server import quiet_about_broken_answers, serving

_OF_A_HOP = frozenset(
    {"host", "content-length", "connection", "transfer-encoding", "accept-encoding", "keep-alive", "content-encoding"}
)
"""Headers that are about one connection alone, or that whoever sends sets anew."""
_STREAM = "text/event-stream"
_LONGEST_S, _CLOSED_S = 120.0, 5.0
_PAIRED_S = 0.5
"""How long a request waits for another with which its answer is crossed."""


@contextmanager
def proxying(
    upstream: str, quirk: Quirk = TRANSPARENT, *, port: int = 0, around: Callable[[ASGIApp], ASGIApp] | None = None
) -> Iterator[str]:
    """Serves the reference proxy before an upstream, on a free port unless one is given, and yields its base URL.

    `upstream` is the base URL that the documented paths stand below; `around` puts an application of the caller's around the
    proxy. Raises ServeError.
    """
    proxy = _Proxy(upstream, quirk)
    methods = ["GET", "POST", "DELETE", "PUT", "PATCH", "HEAD", "OPTIONS"]
    app = Starlette(routes=[Route("/{path:path}", proxy.endpoint, methods=methods)])
    with serving(around(app) if around else app, port=port) as (url,), quiet_about_broken_answers():
        try:
            yield url
        finally:
            proxy.close()


class _Broken(Exception):
    """The upstream's answer broke off."""


class _Proxy:
    def __init__(self, upstream: str, quirk: Quirk) -> None:
        self._upstream, self._quirk = upstream.rstrip("/"), quirk
        self._client: httpx2.AsyncClient | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._kept = dict[object, Response]()
        self._waiting: tuple[Response, asyncio.Future[Response]] | None = None

    def close(self) -> None:
        """Closes the connections to the upstream, from another thread."""
        if self._client and self._loop:
            asyncio.run_coroutine_threadsafe(self._client.aclose(), self._loop).result(_CLOSED_S)

    async def endpoint(self, request: Request) -> Response:
        sent = await request.body()
        body = _object(sent)
        kept_by = self._quirk.caches(body) if self._quirk.caches and body else None
        key = (request.url.path, json.dumps(kept_by, sort_keys=True)) if kept_by is not None else None
        if key in self._kept:
            return self._kept[key]
        answer = await self._forwarded(request, sent, body)
        if key and answer.status_code == 200 and not isinstance(answer, StreamingResponse):
            self._kept[key] = answer
        return await self._crossed(answer) if self._quirk.crosses else answer

    async def _crossed(self, answer: Response) -> Response:
        """The answer of another request, if one is under way."""
        if self._waiting:
            (first, mine), self._waiting = self._waiting, None
            mine.set_result(answer)
            return first
        mine = asyncio.get_running_loop().create_future()
        self._waiting = answer, mine
        try:
            return await asyncio.wait_for(mine, _PAIRED_S)
        except TimeoutError:
            self._waiting = None
            return answer

    async def _forwarded(self, request: Request, sent: bytes, body: Body | None) -> Response:
        quirk, surface = self._quirk, _surface(request.url.path)
        content = sent
        if body is not None and quirk.body:
            quirk.body(surface, body)
            content = json.dumps(body).encode()
        headers = {name: value for name, value in request.headers.items() if name not in _OF_A_HOP}
        headers["accept-encoding"] = "identity"
        if quirk.headers:
            quirk.headers(headers)
        if quirk.encoding == "gzip" and content:
            content, headers["content-encoding"] = gzip.compress(content), "gzip"
        query = f"?{request.url.query}" if request.url.query else ""
        # As it came: what is escaped in a path stays so.
        path = request.scope.get("raw_path", request.url.path.encode()).partition(b"?")[0].decode("latin-1")
        url = self._upstream + path + query
        translated = quirk.translates and surface == "gemini" and body is not None
        if translated and body is not None:
            model, _, action = request.url.path.rpartition("/")[2].partition(":")
            url = self._upstream + CHAT_PATH
            content = json.dumps(to_chat(model, body, stream=action.startswith("stream"))).encode()
        for _ in range(quirk.times - 1):
            await (await self._ask(request.method, url, headers, content)).aread()
        answer = await self._ask(request.method, url, headers, content)
        if answer.status_code in quirk.retries:
            await answer.aread()
            answer = await self._ask(request.method, url, headers, content)
        return await (self._translated(answer) if translated else self._answered(answer, surface))

    async def _translated(self, answer: httpx2.Response) -> Response:
        """Chat's answer as Gemini gives it. Errors stay as they are."""
        headers = {name: value for name, value in answer.headers.items() if name not in _OF_A_HOP}
        if answer.headers.get("content-type", "").startswith(_STREAM):
            return StreamingResponse(_as_gemini(answer), 200, headers, background=BackgroundTask(answer.aclose))
        body = _object(await answer.aread())
        if body is None or answer.status_code >= 400:
            return Response(answer.content, answer.status_code, headers)
        return Response(json.dumps(to_gemini(body)).encode(), answer.status_code, headers)

    async def _ask(self, method: str, url: str, headers: Mapping[str, str], content: bytes) -> httpx2.Response:
        if self._client is None:
            self._client, self._loop = (
                httpx2.AsyncClient(trust_env=False, timeout=_LONGEST_S),
                asyncio.get_running_loop(),
            )
        sent: Any = _in_chunks(content) if self._quirk.encoding == "chunked" and content else content
        request = self._client.build_request(method, url, headers=headers, content=sent)
        if "content-type" not in headers:
            request.headers.pop("content-type", None)
        return await self._client.send(request, stream=True)

    async def _answered(self, answer: httpx2.Response, surface: str) -> Response:
        quirk = self._quirk
        headers = {
            name: value for name, value in answer.headers.items() if name not in _OF_A_HOP and name not in quirk.loses
        }
        headers |= quirk.adds
        status = quirk.status(answer.status_code) if quirk.status else answer.status_code
        if not answer.headers.get("content-type", "").startswith(_STREAM):
            content = await answer.aread()
            if quirk.answer and (body := _object(content)) is not None:
                quirk.answer(surface, body)
                content = json.dumps(body).encode()
            return Response(content, status, headers)
        if not (quirk.events or quirk.holds_back or quirk.mends):
            return StreamingResponse(answer.aiter_raw(), status, headers, background=BackgroundTask(answer.aclose))
        return StreamingResponse(self._edited(answer, surface), status, headers)

    async def _edited(self, answer: httpx2.Response, surface: str) -> AsyncIterator[bytes]:
        """The events of a stream, once it has come to its end."""
        pieces, broke = list[bytes](), False
        try:
            async for piece in answer.aiter_raw():
                pieces.append(piece)
        except httpx2.HTTPError:
            broke = True
        whole = b"".join(pieces)
        if self._quirk.events:
            whole = _edited_events(whole, self._quirk.events, surface)
        if self._quirk.mends and (broke or b'"error"' in whole):
            whole = _ended(whole)
        yield whole
        if broke and not self._quirk.mends:
            raise _Broken


async def _as_gemini(answer: httpx2.Response) -> AsyncIterator[bytes]:
    """Each event of a chat stream as one of Gemini's; an error as it is."""
    whole = CallsOfStream()
    async for line in answer.aiter_lines():
        body = _object(line.removeprefix("data:").strip().encode()) if line.startswith("data:") else None
        if body is not None:
            yield _framed(body if "error" in body else to_gemini(whole(body)), b"")


async def _in_chunks(content: bytes) -> AsyncIterator[bytes]:
    for at in range(0, len(content), 1000):
        yield content[at : at + 1000]


def _object(content: bytes) -> Body | None:
    try:
        value = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _surface(path: str) -> str:
    ends = {"/chat/completions": "chat", "/invocations": "chat", "/responses": "responses"}
    return next(
        (surface for end, surface in ends.items() if path.endswith(end)), "gemini" if "/models/" in path else ""
    )


def _edited_events(stream: bytes, edit: Any, surface: str) -> bytes:
    """A stream with its JSON events edited; how each is called, and what is no JSON, stays."""
    blocks = [block for block in stream.split(b"\n\n") if block.strip()]
    events, frames = list[Body](), dict[int, bytes]()
    for block in blocks:
        lines = block.split(b"\n")
        data = b"\n".join(line[5:].strip() for line in lines if line.startswith(b"data:"))
        name = b"".join(line + b"\n" for line in lines if line.startswith(b"event:"))
        body = _object(data)
        if body is None:
            body = {"[as it is]": data.decode("utf-8", "replace")}
        frames[id(body)] = name
        events.append(body)
    return b"".join(_framed(body, frames.get(id(body), b"")) for body in edit(surface, events))


def _framed(body: Body, name: bytes) -> bytes:
    data = body.get("[as it is]")
    text = json.dumps(body) if data is None else data
    return name + b"data: " + text.encode() + b"\n\n"


def _ended(stream: bytes) -> bytes:
    """A chat stream without its error, and with the end that it lacks."""
    blocks = [block for block in stream.split(b"\n\n") if block.startswith(b"data: {") and b'"error"' not in block]
    last = _object(blocks[-1].removeprefix(b"data: ")) if blocks else None
    end = {**(last or {}), "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
    return b"".join(block + b"\n\n" for block in blocks) + _framed(end, b"") + b"data: [DONE]\n\n"
