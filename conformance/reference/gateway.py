"""One gateway: its paths, and the way of a request through it."""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import NoReturn

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from conformance import __version__
from conformance.reference import chat, gemini, models, responses, services
from conformance.reference.auth import Authenticator
from conformance.reference.calls import Answer, Call, Json, Outcome, Stream, Surface
from conformance.reference.errors import Envelope, Refusal, enveloped
from conformance.reference.policy import Policy
from conformance.reference.rates import RateGate
from conformance.reference.script import Script
from conformance.reference.sse import encoded, framed
from conformance.reference.variant import REFERENCE, Variant

SERVER = f"gateway-conformance-reference/{__version__}"
"""The `server` header of every answer: a recording says by it what it was made from."""

_IN_A_THREAD = 64 * 1024
"""Bytes of a request above which it is served beside the event loop: it may hold large images."""

_HELD_S, _LONG = 1.2, 6000
"""Seconds for which a stream is held back, if it has more bytes: a short one is not worth the wait of a proof."""

Serve = Callable[[Call, Policy, Script | None], Outcome]


class Gateway:
    """The reference gateway, or a variant of it, behind an authenticator. With a script its model says what stands there."""

    def __init__(
        self, variant: Variant = REFERENCE, authenticator: Authenticator | None = None, script: Script | None = None
    ) -> None:
        self.variant = variant
        self.policy = variant.policy
        self.authenticator = authenticator or Authenticator()
        self._script = script
        self._rate_gate = RateGate(self.policy.rate) if self.policy.rate else None

    def routes(self) -> list[Route]:
        """The documented paths that the policy serves, and those of OpenAI's API that real gateways have beside them."""
        mlflow, openai, serving = "/ai-gateway/mlflow/v1", "/ai-gateway/openai/v1", "/serving-endpoints"
        routes = [
            Route(services.PATH, self._services),
            *(self._route(f"{path}/chat/completions", "chat", chat.answer) for path in (mlflow, openai)),
            *(
                route
                for path in (mlflow, openai, "/ai-gateway/codex/v1")
                for route in self._responses_routes(f"{path}/responses")
            ),
            *(
                self._route(f"/ai-gateway/gemini/{version}/models/{{model}}:{action}", "gemini", gemini.answer, action)
                for version in sorted(self.policy.gemini_versions)
                for action in ("generateContent", "streamGenerateContent")
            ),
        ]
        if self.policy.models_listed:
            routes.append(self._route(f"{mlflow}/models", "chat", _listed, methods=("GET",)))
        if self.policy.serving_paths:
            routes += [
                self._route(f"{serving}/chat/completions", "chat", chat.answer),
                *self._responses_routes(f"{serving}/responses"),
                self._route(f"{serving}/{{model}}/invocations", "chat", chat.answer),
            ]
        return routes

    async def _services(self, request: Request) -> Response:
        """A page of the model services: no question to a model, and none of what sets a variant's answers apart is in it."""
        try:
            self.authenticator.admit(request.headers.get("authorization"), self.policy)
            answer = services.listed(request.query_params, self.policy)
        except Refusal as refusal:
            answer = Answer(enveloped(refusal, "databricks"), refusal.status)
        return whole(answer, self.policy)

    def _responses_routes(self, path: str) -> list[Route]:
        stored = f"{path}/{{response_id}}"
        return [
            self._route(path, "responses", responses.answer),
            self._route(stored, "responses", responses.retrieve, methods=("GET", "DELETE")),
            self._route(f"{stored}/cancel", "responses", responses.retrieve),
            self._route(f"{stored}/input_items", "responses", responses.retrieve, methods=("GET",)),
        ]

    def _route(
        self, path: str, surface: Surface, serve: Serve, action: str | None = None, methods: tuple[str, ...] = ("POST",)
    ) -> Route:
        async def endpoint(request: Request) -> Response:
            call = Call(
                surface,
                request.method,
                request.url.path,
                model=request.path_params.get("model"),
                action=action,
                query=request.query_params,
                headers=request.headers,
            )
            try:
                response = self._sent(*await self._served(request, call, serve, reads=serve in _WITH_BODY))
            except ClientDisconnect:  # nobody is left to answer
                return Response(status_code=400)
            taken = request.headers.get("accept-encoding", "")
            return _compressed(response) if self.policy.compressed and "gzip" in taken else response

        return Route(path, endpoint, methods=methods)

    async def _served(self, request: Request, call: Call, serve: Serve, *, reads: bool) -> tuple[Call, Outcome]:
        """The call with what was read of it, and its outcome, which may be a refusal."""
        try:
            self.authenticator.admit(request.headers.get("authorization"), self.policy)
            if reads:
                raw = await _read(request, self.policy)
                call = replace(call, body=_parsed(raw, request, self.policy), size=len(raw))
            if call.size > _IN_A_THREAD:
                return call, await run_in_threadpool(self._decided, call, serve)
            return call, self._decided(call, serve)
        except Refusal as refusal:
            return call, self._refused(refusal, call.surface)

    def _decided(self, call: Call, serve: Serve) -> Outcome:
        edit, gate = self.variant.request, self._rate_gate
        if gate and (refused := gate.refusal(call, self._envelope(call.surface))):
            return refused
        outcome = serve(edit(call) if edit else call, self.policy, self._script)
        if gate:
            gate.count(outcome)
        return outcome

    def _refused(self, refusal: Refusal, surface: Surface) -> Answer:
        return Answer(enveloped(refusal, self._envelope(surface)), refusal.status)

    def _envelope(self, surface: Surface) -> Envelope:
        return self.policy.gemini_envelope if surface == "gemini" else self.policy.envelope

    def _sent(self, call: Call, outcome: Outcome) -> Response:
        if isinstance(outcome, Stream):
            events = self.variant.events(call, outcome.events) if self.variant.events else outcome.events
            held_back = call.surface in self.policy.held_back
            return _streamed(framed(events, self.policy), self.policy, held_back=held_back)
        return whole(self.variant.response(call, outcome) if self.variant.response else outcome, self.policy)


_WITH_BODY: frozenset[Serve] = frozenset({chat.answer, responses.answer, gemini.answer})


def whole(answer: Answer, policy: Policy) -> Response:
    """An answer in one piece, with the headers that every answer has."""
    body = answer.body if isinstance(answer.body, bytes) else encoded(answer.body)
    return Response(body, answer.status, {"server": SERVER, **policy.headers, **answer.headers}, answer.media_type)


def _compressed(response: Response) -> Response:
    """A whole answer as gzip; a stream stays as it is, so that no event waits for the next."""
    if not isinstance(response, StreamingResponse):
        response.body = gzip.compress(bytes(response.body), mtime=0)
        response.headers.update({"content-length": str(len(response.body)), "content-encoding": "gzip"})
    return response


def _streamed(pieces: list[bytes], policy: Policy, *, held_back: bool) -> Response:
    held_back = held_back and sum(map(len, pieces)) > _LONG

    async def sending() -> AsyncIterator[bytes]:
        if held_back:
            await asyncio.sleep(_HELD_S)
        for piece in [b"".join(pieces)] if held_back else pieces:
            yield piece
            if policy.pause_s:
                await asyncio.sleep(policy.pause_s)

    headers = {"server": SERVER, "cache-control": "no-cache", **policy.headers}
    return StreamingResponse(sending(), headers=headers, media_type="text/event-stream")


async def _read(request: Request, policy: Policy) -> bytes:
    """The body, to its end. Of one that is too large nothing is kept, but the client gets to finish before it is refused."""
    kept, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size <= policy.body_most:
            kept.append(chunk)
        else:
            kept.clear()
    if size > policy.body_most:
        raise Refusal(
            f"The request holds {size} bytes; at most {policy.body_most} are read.",
            status=policy.too_large_status,
            code="REQUEST_TOO_LARGE",
        )
    return b"".join(kept)


def _parsed(raw: bytes, request: Request, policy: Policy) -> Json:
    media_type = request.headers.get("content-type", "application/json").partition(";")[0].strip().lower()
    if media_type != "application/json" and policy.foreign_content_types == "refuse":
        raise Refusal(
            "The request must have the content type application/json.", status=415, code="UNSUPPORTED_MEDIA_TYPE"
        )
    try:
        text = raw.decode()
        if policy.trailing_bytes == "ignore":
            return json.JSONDecoder(parse_constant=_no_constant).raw_decode(text.lstrip())[0]
        return json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError) as mistake:
        raise Refusal(
            "The request body is not valid JSON.", status=policy.malformed_status, code="MALFORMED_REQUEST"
        ) from mistake


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def _listed(_: Call, policy: Policy, _script: Script | None) -> Outcome:
    """The models, as OpenAI lists them."""
    names = [name for name in models.MODELS if name not in policy.models_absent]
    data = [{"id": f"system.ai.{name}", "object": "model", "created": 0, "owned_by": "system.ai"} for name in names]
    return Answer({"object": "list", "data": data})
