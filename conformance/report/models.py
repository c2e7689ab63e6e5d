"""Which model was asked for what on which surface, and whether it was answered: told by what a run has sent anyway."""

from collections.abc import Iterable, Iterator
from typing import cast, get_args
from urllib.parse import urlsplit

from conformance.checks import asked_for
from conformance.checks.access import refuses_credential, withheld_reason
from conformance.checks.answers import is_success
from conformance.checks.places import place
from conformance.report.requested import model_of, parsed
from conformance.report.results import Capability, CaseResult, Cell, ExchangeRecord, ModelRow, Target
from conformance.requirements import SURFACES, documented_models
from conformance.wire.exchange import RETRYABLE_STATUSES, Chunk, Exchange, Request, Response

BEST_FIRST: tuple[Cell, ...] = ("answered", "kept", "refused", "no answer", "not asked")
"""Of several requests the one that shows most is told: what was answered once can be done."""


def rows(cases: Iterable[CaseResult], target: Target) -> tuple[ModelRow, ...]:
    """A row for each documented model and surface that was asked, in the order of the documents and of the surfaces.

    A request that breaks its spec on purpose says nothing about a model, nor does one with a wrong credential. One that was
    made from a spec may be refused for what it varies: it counts if it is answered.
    """
    names = ModelNames(target)
    asked = dict[tuple[str, str], dict[Capability, Cell]]()
    for exchange, is_generated in _exchanges(cases):
        model, surface = names.asked(exchange)
        if not model or not surface or (cell := outcome(exchange)) is None or (is_generated and cell == "refused"):
            continue
        row = asked.setdefault((model, surface), {})
        for capability in capabilities(exchange):
            row[capability] = min(cell, row.get(capability, cell), key=BEST_FIRST.index)
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


class ModelNames:
    """Which documented model a request asks, by what a target calls it on a surface."""

    def __init__(self, target: Target) -> None:
        self._bases = {surface: urlsplit(url).path.rstrip("/") for surface, url in target.surfaces.items()}
        self._models = dict[tuple[str, str], str]()
        for model in documented_models():
            for surface in ("", *target.surfaces):
                for name in _names(model, target, surface):
                    self._models.setdefault((surface, name), model)

    def asked(self, exchange: ExchangeRecord) -> tuple[str, str]:
        """The documented model that an exchange asked, and the surface; each is empty if that is not known."""
        surface, _ = place(exchange.request.path, self._bases)
        return self._models.get((surface, model_of(exchange)), ""), surface

    def documented(self, exchange: ExchangeRecord) -> str:
        """The documented model that an exchange asked, by the target's name or the documents' own; empty if not known."""
        return self.asked(exchange)[0] or documented_by_name(model_of(exchange))


def documented_by_name(name: str) -> str:
    """The documented model that the documents call `databricks-X` or `system.ai.X`; empty if `name` is neither."""
    model = name.removeprefix("system.ai.") if name.startswith("system.ai.") else name.removeprefix("databricks-")
    return model if model != name and model in documented_models() else ""


def _names(model: str, target: Target, surface: str) -> tuple[str, ...]:
    """What a target may call a documented model."""
    if target.models is None:
        return (f"system.ai.{model}", f"databricks-{model}")
    own = target.models_by_surface.get(surface, {}).get(model) or target.models.get(model)
    return (own,) if own else ()


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
    """What a request asks a model for: text, and what else stands in it.

    Of tools only those that every surface knows in its own form: functions of the caller's.
    """
    body = parsed(record.request.body)
    if not isinstance(body, dict):
        return {"text"}
    asked: dict[Capability, bool] = {
        "text": True,
        "stream": asked_for.is_streamed(record.request.path, body),
        "thinking": asked_for.is_thinking(body),
        "effort": asked_for.effort(body) is not None,
        "tools": "function" in asked_for.tool_types(body),
    }
    return {name for name, holds in asked.items() if holds} | cast("set[Capability]", asked_for.media(body))
