"""Stands in for the target of a rehearsal: the reference gateway, in this process, by the target's URLs and models."""

import asyncio
import math
from collections.abc import Mapping
from dataclasses import replace
from threading import Lock
from urllib.parse import urlsplit

from conformance.checks.answers import is_success
from conformance.checks.places import place
from conformance.checks.usage import reported_tokens
from conformance.plan.sent import UNCAPPED_TOKENS, Asked, Sent
from conformance.reference.app import create_app
from conformance.reference.calls import Call
from conformance.reference.directly import Received, ask
from conformance.reference.policy import DOCUMENTED
from conformance.reference.variant import Variant
from conformance.requirements import documented_models, family_of
from conformance.targets.target import DOCUMENTED_PATHS, Target
from conformance.wire.exchange import Chunk, Exchange, Request, Response


class StandIn:
    """A sender that has the reference answer what is meant for a target, and notes each request.

    The reference knows the documented paths and models, so the target's own are told to it by those. One request at a time.
    """

    def __init__(self, target: Target) -> None:
        self.sent: list[Sent] = []
        self._surfaces, self._root = target.surfaces, target.workspace or ""
        self._models = _documented_names(target)
        policy = replace(DOCUMENTED, credentials_needed=target.auth == "token")
        rehearsing = Variant("rehearsal", "knows the models by the names of a target", policy, self._by_documented_name)
        self._app = create_app(fault=rehearsing)  # what is presented first is the right token
        self._runner, self._lock = asyncio.Runner(), Lock()

    def send(self, request: Request, _within_s: float = math.inf) -> Exchange:
        """What the reference answers; it is not given up on."""
        surface, path = self._place(request)
        with self._lock:
            exchange = _exchange(request, self._runner.run(ask(self._app, request, path)))
            self.sent.append(self._noted(exchange, surface))
        return exchange

    def close(self) -> None:
        """Lets go of what it has used."""
        self._runner.close()

    def _place(self, request: Request) -> tuple[str, str]:
        """The surface of a request, empty if it has none, and the documented path for its own."""
        surface, below = place(request.url, self._surfaces)
        if not surface:
            return "", urlsplit(request.url.removeprefix(self._root)).path
        for name, model in self._models.items():
            # The name stands between a slash and what is done with the model.
            for ahead, behind in (("/models/", ":"), ("/", "/invocations")):
                if f"{ahead}{name}{behind}" in below:
                    below = below.replace(f"{ahead}{name}{behind}", f"{ahead}{_served(model)}{behind}")
        return surface, DOCUMENTED_PATHS[surface] + below

    def _by_documented_name(self, call: Call) -> Call:
        name = call.body.get("model") if isinstance(call.body, dict) else None
        if not isinstance(name, str) or name not in self._models:
            return call
        return replace(call, body={**call.body, "model": _served(self._models[name])})

    def _noted(self, exchange: Exchange, surface: str) -> Sent:
        request = exchange.request
        asked, answered = Asked.of(request.body), request.method == "POST" and is_success(exchange)
        named = asked.model if isinstance(asked.model, str) else ""
        in_path = (
            model for name, model in self._models.items() if f"/{name}:" in request.path or f"/{name}/" in request.path
        )
        model = self._models.get(named) or next(in_path, "")
        cap = asked.cap if answered else 0
        return Sent(
            surface=surface,
            model=model,
            family=family_of(model) if model else "",
            bytes=len(request.body),
            input_tokens=reported_tokens([exchange])[0] if answered else 0,
            output_tokens=UNCAPPED_TOKENS if cap is None else cap,
            is_capped=cap is not None,
        )


def _documented_names(target: Target) -> Mapping[str, str]:
    """By what the target calls a model, on any surface: the documented one; of several, the first."""
    names = dict[str, str]()
    for model in documented_models():
        for surface in ("chat", "responses", "gemini", "serving"):
            if name := target.model_name(model, surface):
                names.setdefault(name, model)
    return names


def _served(model: str) -> str:
    return f"system.ai.{model}"


def _exchange(request: Request, received: Received) -> Exchange:
    headers = dict[str, str]()
    for name, value in received.headers:
        key = name.decode("latin-1").lower()
        headers[key] = f"{headers[key]}, {value.decode('latin-1')}" if key in headers else value.decode("latin-1")
    if received.broken and not received.status:
        return Exchange(request, failure=f"the reference gateway broke: {received.broken}", hopeless=True)
    chunks = tuple(Chunk(piece, at) for piece, at in received.pieces)
    return Exchange(request, Response(received.status, headers, chunks))
