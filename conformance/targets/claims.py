"""What a target file claims, in a few lines, and what about it can hardly be meant."""

import os
from collections.abc import Iterator

from conformance.errors import UsageError
from conformance.requirements import SURFACES, catalogue, documented_models, families, features
from conformance.targets.target import Target

_OF_GATEWAYS = tuple(surface for surface in SURFACES if surface != "sdk")


def claims(target: Target) -> Iterator[str]:
    """Name, surfaces, models by family, authentication, what does not apply and why, and limits: a line each."""
    yield target.name
    for surface, base in target.surfaces.items():
        yield _line(surface, base)
    yield _line("credential", _credential(target))
    yield from _models(target)
    yield from _not_applicable(target)
    limits = {name: value for name, value in vars(target.limits).items() if value not in (None, float("inf"))}
    yield _line(
        "limits", ", ".join(f"{name} {value:g}" for name, value in limits.items()) or "none: a run finds its pace"
    )
    if target.headers:
        yield _line("headers", f"{', '.join(target.headers)}, sent with every request")
    if target.network:
        yield _line("network", f"{', '.join(target.network)} of this file")


def warnings(target: Target) -> Iterator[str]:
    """What can hardly be meant, and what is missing here."""
    yield from target.contradictions()
    for surface in target.surfaces:
        if not target.candidates(surface):
            yield f"{surface} has no model that could answer there: nothing of it can be judged"
    if target.network:
        from conformance.targets.network import NetworkOptions, route_to  # here: few target files name any of it

        try:
            route_to(target, NetworkOptions(no_env=True))
        except UsageError as error:
            yield str(error)
    if target.auth == "token" and not target.profile and not os.environ.get(target.token_env):
        yield f"the variable {target.token_env} is not set here: a run needs the token in it"


def _line(term: str, text: str) -> str:
    return f"  {term:<14} {text}"


def _credential(target: Target) -> str:
    if target.auth == "none":
        return "none: what the documents promise of authentication does not apply"
    return f"the profile {target.profile}" if target.profile else f"the token in {target.token_env}"


def _models(target: Target) -> Iterator[str]:
    if not target.names_models():
        yield _line("models", "the documented names, system.ai.<model>; those that are not there do not apply")
        return
    had = [model for model in documented_models() if target.has_model(model)]
    yield _line("models", f"{len(had)} of {len(documented_models())} documented ones, each of which has to be there")
    for family, models in families().items():
        if named := [_named(target, model) for model in models if model in had]:
            yield _line(f"  {family}", ", ".join(named))


def _named(target: Target, model: str) -> str:
    """A model with its name, or its names, here."""
    by_name = dict[str, list[str]]()
    for surface in target.surfaces:
        if name := target.model_name(model, surface):
            by_name.setdefault(name, []).append(surface)
    names = [name if len(by_name) == 1 else f"{name} on {' and '.join(surfaces)}" for name, surfaces in by_name.items()]
    return f"{model} = {', '.join(names)}"


def _not_applicable(target: Target) -> Iterator[str]:
    """What does not apply, and why."""
    for surface in _OF_GATEWAYS:
        if surface not in target.surfaces:
            yield _line(
                "not applicable", f"{surface}: [surfaces] has none{_counted(_of_surface_alone(target, surface))}"
            )
    if lacking := [family for family, models in families().items() if not any(map(target.has_model, models))]:
        yield _line("not applicable", f"what is about {', '.join(lacking)}: [models] has none")
    for name, reason in target.not_offered.items():
        requirements = len(features()[name].requirements)
        yield _line("not offered", f"{name}, {features()[name].says}: {reason}{_counted(requirements)}")


def _of_surface_alone(target: Target, surface: str) -> int:
    """How many requirements are about a surface, and about none that the target has."""
    return sum(surface in row.surface and not set(row.surface) & set(target.surfaces) for row in catalogue().values())


def _counted(requirements: int) -> str:
    return f" ({requirements} requirement{'' if requirements == 1 else 's'})" if requirements else ""
