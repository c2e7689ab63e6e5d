"""Which models a target serves on which surface: one tiny request for each, beside what the workspace lists."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from conformance.checks.access import not_offered_reason, withheld_reason
from conformance.checks.answers import error_text, is_success, lacks_model
from conformance.requirements import documented_models, family_of
from conformance.targets.preflight import Preflight
from conformance.targets.services import Listing
from conformance.targets.target import Target
from conformance.wire.exchange import Exchange

State = Literal["served", "not served", "kept from the caller", "no answer", "unclear"]

_PREFIX = "system.ai."


@dataclass(frozen=True)
class Seen:
    """What came of asking one model on one surface; `why` is empty where it is served."""

    state: State
    why: str = ""

    @classmethod
    def in_answer(cls, exchange: Exchange) -> "Seen":
        """What an answer says of the model that was asked."""
        if exchange.response is None:
            return cls("no answer", exchange.failure)
        if reason := withheld_reason(exchange):
            return cls("kept from the caller", reason)
        if is_success(exchange):
            return cls("served")
        if reason := not_offered_reason(exchange):
            return cls("not served", reason)
        why = f"{exchange.status}, {error_text(exchange)}"
        return cls("not served" if lacks_model(exchange) else "unclear", why)


@dataclass(frozen=True)
class Model:
    """A model: by its documented name or, if no document names it, by that of its service; and what was seen of it."""

    name: str
    family: str
    """Empty if no document names it."""
    listed: bool
    api_types: tuple[str, ...]
    """As the listing has them."""
    surfaces: Mapping[str, Seen]
    """By surface on which it was asked."""


def models(target: Target, listed: Listing, preflight: Preflight | None, surfaces: Sequence[str]) -> Iterator[Model]:
    """The documented models of a target in their order, then what else is listed; asked on the surfaces where that makes sense.

    Without a `preflight`, which asks them, nothing but what is listed is told.
    """
    services = {service.name: service for service in listed.services}
    documented = {model: _name(target, model) for model in documented_models()}
    others = [name for name in services if name not in documented.values()]
    # A target calls a model that it has no other name for by the prefix of model services.
    known = {model: name for model, name in documented.items() if name} | {_bare(name): name for name in others}
    asked = [
        (surface, model)
        for model, name in known.items()
        for surface in surfaces
        if surface in target.surfaces
        and _may_serve(target, surface, model, services[name].surfaces if name in services else ())
    ]
    answers = preflight.words(asked) if preflight else {}
    for model, name in known.items():
        service = services.get(name)
        yield Model(
            name=model if model in documented else name,
            family=family_of(model) if model in documented else "",
            listed=service is not None,
            api_types=service.api_types if service else (),
            surfaces={
                surface: Seen.in_answer(answers[surface, model]) for surface in surfaces if (surface, model) in answers
            },
        )


def _may_serve(target: Target, surface: str, model: str, listed: Sequence[str]) -> bool:
    """Whether a model is worth a request on a surface: that is documented, or the listing says so."""
    documented = model in documented_models()
    return surface in listed or (documented and (surface == "serving" or model in target.candidates(surface)))


def _name(target: Target, model: str) -> str | None:
    """What the target calls a model on the first surface that has it; None if none has."""
    return next(filter(None, (target.model_name(model, surface) for surface in target.surfaces)), None)


def _bare(name: str) -> str:
    return name.removeprefix(_PREFIX)
