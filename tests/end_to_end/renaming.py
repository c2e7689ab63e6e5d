"""A proxy in front of the reference gateway, as others build them: plain paths, models by names of its own, a listing."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

DOCUMENTED = {
    "/v1/chat/completions": "/ai-gateway/mlflow/v1/chat/completions",
    "/v1/responses": "/ai-gateway/mlflow/v1/responses",
    "/v1beta/models/": "/ai-gateway/gemini/v1beta/models/",
}
"""Its paths, or how they begin, and the documented ones behind them."""


def takes_all(_body: Any) -> Response | None:
    return None


@dataclass(frozen=True)
class Renaming:
    """Passes requests on to `gateway` by their documented paths and models, but for those that `refuse` has an answer to.

    `listings` are answers to GET, by path; what it does not know is 404, as FastAPI says it.
    """

    gateway: ASGIApp
    models: Mapping[str, str] = field(default_factory=dict)
    """Its own names, and the models of the gateway behind them."""
    listings: Mapping[str, Any] = field(default_factory=dict)
    refuse: Callable[[Any], Response | None] = takes_all
    paths: Mapping[str, str] = field(default_factory=lambda: DOCUMENTED)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        if scope["method"] == "GET" and path in self.listings:
            await JSONResponse(self.listings[path])(scope, receive, send)
            return
        ahead = next((own for own in self.paths if path.startswith(own)), "")
        if not ahead:
            await JSONResponse({"detail": "Not Found"}, 404)(scope, receive, send)
            return
        content = await _whole(receive)
        body = _parsed(content)
        if refusal := self.refuse(body):
            await refusal(scope, receive, send)
            return
        below = path.removeprefix(ahead)
        for own, behind in self.models.items():
            if below.startswith(f"{own}:"):
                below = below.replace(own, behind, 1)
            if isinstance(body, dict) and body.get("model") == own:
                content = json.dumps(body | {"model": behind}).encode()
        there = self.paths[ahead] + below

        async def passed_on() -> Message:
            return {"type": "http.request", "body": content, "more_body": False}

        await self.gateway({**scope, "path": there, "raw_path": there.encode()}, passed_on, send)


async def _whole(receive: Receive) -> bytes:
    content, more = b"", True
    while more:
        message = await receive()
        content, more = content + message.get("body", b""), message.get("more_body", False)
    return content


def _parsed(content: bytes) -> Any:
    try:
        return json.loads(content)
    except ValueError:
        return None
