"""Which model was asked for what on which surface, and whether it was answered: told by what a run has sent anyway."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, get_args
from urllib.parse import urlsplit

from conformance.checks.access import refuses_credential, withheld_reason
from conformance.checks.answers import is_success
from conformance.checks.places import place
from conformance.report.requested import model_of, parsed
from conformance.report.results import Capability, CaseResult, Cell, ExchangeRecord, ModelRow, Target
from conformance.requirements import SURFACES, documented_models
from conformance.wire.exchange import RETRYABLE_STATUSES, Chunk, Exchange, Request, Response

_STRONGEST: tuple[Cell, ...] = ("answered", "kept", "refused", "no answer")
"""Of several requests the one that shows most is told: what was answered once can be done."""
_PARTS: Mapping[str, Capability] = {
    "image_url": "images", "input_image": "images", "input_audio": "audio", "audio_url": "audio", "video_url": "video",
}  # fmt: skip
_MEDIA: Mapping[str, Capability] = {"image": "images", "audio": "audio", "video": "video"}


def rows(cases: Iterable[CaseResult], target: Target) -> tuple[ModelRow, ...]:
    """A row for each documented model and surface that was asked, in the order of the documents and of the surfaces.

    A request that breaks its spec on purpose says nothing about a model, nor does one with a wrong credential. One that was
    made from a spec may be refused for what it varies: it counts if it is answered.
    """
    bases = {surface: urlsplit(url).path.rstrip("/") for surface, url in target.surfaces.items()}
    names = documented_by_name(target)
    asked = dict[tuple[str, str], dict[Capability, Cell]]()
    for exchange, is_generated in _exchanges(cases):
        model, (surface, _) = names.get(model_of(exchange), ""), place(exchange.request.path, bases)
        if not model or not surface or (cell := outcome(exchange)) is None or (is_generated and cell == "refused"):
            continue
        row = asked.setdefault((model, surface), {})
        for capability in capabilities(exchange):
            row[capability] = min(cell, row.get(capability, cell), key=_STRONGEST.index)
    order = [(model, surface) for model in documented_models() for surface in SURFACES]
    return tuple(
        ModelRow(
            model=model,
            surface=surface,
            capabilities={name: asked[model, surface].get(name, "not asked") for name in get_args(Capability)},
        )
        for model, surface in order
        if (model, surface) in asked
    )


def documented_by_name(target: Target) -> dict[str, str]:
    """The documented model by each name that the target may have for it."""
    return {name: model for model in documented_models() for name in _names(model, target)}


def _names(model: str, target: Target) -> tuple[str, ...]:
    """What a target may call a documented model."""
    if target.models is None:
        return (f"system.ai.{model}", f"databricks-{model}")
    return (target.models[model],) if model in target.models else ()


def _exchanges(cases: Iterable[CaseResult]) -> Iterator[tuple[ExchangeRecord, bool]]:
    """Each exchange once, but those of requests that were broken on purpose, and whether a generated case has sent it."""
    told = [case for case in cases if not (case.varies and case.varies.mode == "negative")]
    yield from {exchange.id: (exchange, bool(case.varies)) for case in told for exchange in case.exchanges}.values()


def outcome(record: ExchangeRecord) -> Cell | None:
    """What became of a request; None where that is not about the model."""
    if record.response is None or record.failure or record.response.status in RETRYABLE_STATUSES:
        return "no answer"
    request = Request(record.request.method, record.request.path, record.request.headers, record.request.body.encode())
    response = Response(
        record.response.status, record.response.headers, (Chunk(record.response.body.encode(errors="replace"), 0.0),)
    )
    exchange = Exchange(request, response)
    if withheld_reason(exchange):
        return "kept"
    if is_success(exchange):
        return "answered"
    if refuses_credential(exchange):
        return None
    return "refused" if 400 <= response.status < 500 else "no answer"


def capabilities(record: ExchangeRecord) -> set[Capability]:
    """What a request asks a model for: text, and what else stands in it."""
    body = parsed(record.request.body)
    found: set[Capability] = {"text"}
    if not isinstance(body, dict):
        return found
    if body.get("stream") is True or ":streamGenerateContent" in record.request.path:
        found.add("stream")
    if any(map(_is_tool, body["tools"] if isinstance(body.get("tools"), list) else ())):
        found.add("tools")
    if _is_thinking(body):
        found.add("thinking")
    if isinstance(body.get("reasoning_effort"), str) or isinstance(_member(body, "reasoning", "effort"), str):
        found.add("effort")
    for name in ("messages", "input", "contents"):
        found |= _media(body.get(name))
    return found


def _is_tool(tool: Any) -> bool:
    """Whether a tool is one that every surface knows in its own form: a function of the caller's."""
    return isinstance(tool, dict) and (tool.get("type") == "function" or "functionDeclarations" in tool)


def _is_thinking(body: Mapping[str, Any]) -> bool:
    """Whether a request asks for thinking: by `thinking`, or by Google's configuration of it."""
    asked_google = isinstance(_member(body, "generationConfig", "thinkingConfig"), dict)
    return _member(body, "thinking", "type") == "enabled" or asked_google


def _member(body: Mapping[str, Any], name: str, inner: str) -> Any:
    holder = body.get(name)
    return holder.get(inner) if isinstance(holder, dict) else None


def _media(value: Any) -> set[Capability]:
    """The media in messages: by the type of a part, or by the media type that it gives."""
    if isinstance(value, list):
        return set[Capability]().union(*map(_media, value))
    if not isinstance(value, dict):
        return set()
    found = set[Capability]().union(*map(_media, value.values()))
    kinds = (value.get("type"), *(value.get(name) for name in ("mimeType", "mime_type")))
    for kind in (kind for kind in kinds if isinstance(kind, str)):
        capability = _PARTS.get(kind) or _MEDIA.get(kind.partition("/")[0] if "/" in kind else "")
        found |= {capability} if capability else set()
    return found
