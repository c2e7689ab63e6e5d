"""A small proxy as a team may have one: it takes away what its upstream does not know, and says so in its deviations."""

import json
import socket
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import date, timedelta

import httpx2
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.routing import Route

DROPPED = ("store", "service_tier", "previous_response_id")
"""Members of requests to Responses that it takes and does not pass on, where the contract asks for a 400."""
REQUIREMENTS = ("RESP-400-STORE", "RESP-400-SERVICE-TIER", "RESP-400-PREVIOUS-RESPONSE-ID")


def deviations(today: date) -> str:
    """What the team says of its proxy."""
    return "\n".join(
        f"""[[deviation]]
requirement = "{requirement}"
verdict = "failed"
owner = "search team"
reason = "taken and dropped: old clients send it"
ticket = "GW-{number}"
first_seen = {today}
expires = {today + timedelta(days=60)}
"""
        for number, requirement in enumerate(REQUIREMENTS, 1)
    )


@contextmanager
def listening(upstream: str) -> Iterator[str]:
    """Runs it on a free port, and yields its URL."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(
            uvicorn.Config(
                small_proxy(upstream),
                log_level="warning",
                server_header=False,
                lifespan="off",
                timeout_graceful_shutdown=1,
            )
        )
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(10)  # it is a daemon: one that does not end holds nobody up


def small_proxy(upstream: str) -> Starlette:
    """The application, in front of the gateway at the URL `upstream`."""

    async def passed_on(request: Request) -> StreamingResponse:
        body = await request.body()
        if request.url.path.endswith("/responses"):
            body = _without_dropped(body)
        headers = {name: value for name, value in request.headers.items() if name in ("authorization", "content-type")}
        url = upstream + request.url.path
        client = httpx2.AsyncClient(trust_env=False, timeout=60)
        answer = await client.send(
            client.build_request(request.method, url, content=body, headers=headers), stream=True
        )

        async def pieces() -> AsyncIterator[bytes]:
            async for piece in answer.aiter_bytes():
                yield piece
            await answer.aclose()
            await client.aclose()

        kept = {"content-type": answer.headers.get("content-type", "application/json")}
        return StreamingResponse(pieces(), answer.status_code, kept)

    return Starlette(routes=[Route("/{path:path}", passed_on, methods=["GET", "POST", "PUT", "DELETE"])])


def _without_dropped(body: bytes) -> bytes:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return body
    if not isinstance(document, dict) or not set(DROPPED) & set(document):
        return body
    return json.dumps({name: value for name, value in document.items() if name not in DROPPED}).encode()
