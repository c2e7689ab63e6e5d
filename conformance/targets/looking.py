"""What answers below a URL, for a target file to begin with: which surfaces, which models, and whether it wants a credential.

A handful of tiny requests: the models that are listed, an empty request at each path where a surface may lie, and at most one
that asks for a word, without a credential.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from conformance.checks.access import refuses_credential
from conformance.checks.answers import is_success
from conformance.checks.findings import get
from conformance.errors import UsageError
from conformance.requirements import documented_models
from conformance.targets.preflight import SURFACES, Preflight
from conformance.targets.reach import unreachable_reason
from conformance.targets.target import DOCUMENTED_PATHS, Target
from conformance.wire.exchange import Exchange, NotJson

LookAt = Callable[[Target], Preflight]
"""Gives what looks at a target."""

PLACES: Mapping[str, tuple[str, ...]] = {
    "chat": (DOCUMENTED_PATHS["chat"], "/v1", ""),
    "responses": (DOCUMENTED_PATHS["responses"], "/v1", ""),
    "gemini": (DOCUMENTED_PATHS["gemini"], "/v1beta", ""),
    "serving": (DOCUMENTED_PATHS["serving"],),
}
"""By surface: where below a URL it may lie, the documented path first."""
_LISTED_AT = ("/v1", DOCUMENTED_PATHS["chat"], "")
_GEMINI_LISTED_AT = ("/v1beta", DOCUMENTED_PATHS["gemini"])
_NOWHERE = "/gateway-conformance-looks-whether-any-path-answers"
_MOST_LISTED = 5000
_NAME = re.compile(r"[\w.:/@+-]{1,200}", re.ASCII)
"""What a name of a model is made of: nothing else gets into a file that is written by what a target says."""
_PREFIXES = ("databricks-", "system.ai.")


@dataclass(frozen=True)
class Found:
    """What a look has found."""

    surfaces: Mapping[str, str]
    """By surface: its base URL."""
    models: Mapping[str, str] = field(default_factory=dict)
    """Documented model to the listed name that it goes by; empty if none is listed."""
    gemini_models: Mapping[str, str] = field(default_factory=dict)
    """The same, where Google's own listing has other names than the other one, or more."""
    unmatched: tuple[str, ...] = ()
    """Listed names of which no documented model is known."""
    auth: Literal["wanted", "not wanted", "unclear"] = "unclear"


def look(url: str, target: Target, look_at: LookAt) -> Found:
    """What answers below a URL. `target` tells how to authenticate; its surfaces do not matter.

    Raises `UsageError` if nothing answers, or nothing that is known.
    """
    root = _root(url)
    anywhere = look_at(replace(target, surfaces={"chat": root}))
    listed = list(_listed(anywhere, root, _LISTED_AT))
    google = list(_listed(anywhere, root, _GEMINI_LISTED_AT))
    models, gemini_models = matched(listed), matched(google)
    known = replace(target, models={**gemini_models, **models}) if models or gemini_models else target
    surfaces = _surfaces(root, known, look_at)
    return Found(
        surfaces=surfaces,
        models=models,
        gemini_models={model: name for model, name in gemini_models.items() if models.get(model) != name},
        unmatched=tuple(dict.fromkeys(name for name in (*listed, *google) if documented_model(name) is None)),
        auth=_auth(replace(known, surfaces=surfaces), look_at),
    )


def _root(url: str) -> str:
    """What lies above the paths at which surfaces are looked for, if the URL names one of them."""
    url = url.rstrip("/")
    for place in sorted({place for places in PLACES.values() for place in places if place}, key=len, reverse=True):
        if url.endswith(place):
            return url.removesuffix(place)
    return url


def _listed(preflight: Preflight, root: str, places: Iterable[str]) -> Iterator[str]:
    """The names of the first listing of models that there is. Raises `UsageError` if nothing answers there at all."""
    for place in places:
        exchange = preflight.get(f"{root}{place}/models")
        if exchange.response is None:
            raise UsageError(f"nothing to look at below {root}: {unreachable_reason(exchange.failure)}")
        if names := list(dict.fromkeys(_names(exchange))):
            yield from names
            return


def _names(exchange: Exchange) -> Iterator[str]:
    """The names in a listing of models, in OpenAI's form or Google's."""
    try:
        body = exchange.response.json() if exchange.response and is_success(exchange) else None
    except NotJson:
        return
    for member, key in (("data", "id"), ("models", "name")):
        rows = get(body, member)
        for row in rows[:_MOST_LISTED] if isinstance(rows, list) else ():
            name = get(row, key)
            if isinstance(name, str) and _NAME.fullmatch(name):
                yield name.removeprefix("models/")


def documented_model(name: str) -> str | None:
    """The documented model that a name plainly means: as it is, or behind a vendor's or Databricks' prefix; else None."""
    bare = name.rpartition("/")[2]
    for prefix in _PREFIXES:
        bare = bare.removeprefix(prefix)
    return bare if bare in documented_models() else None


def matched(names: Iterable[str]) -> dict[str, str]:
    """Documented model to the listed name that means it, in the order of the documents; of several the shortest."""
    by_model = dict[str, str]()
    for name in sorted(names, key=len, reverse=True):
        if model := documented_model(name):
            by_model[model] = name
    return {model: by_model[model] for model in documented_models() if model in by_model}


def _surfaces(root: str, target: Target, look_at: LookAt) -> dict[str, str]:
    """The surfaces that answer, each at the first of its places. Raises `UsageError` if none does, or any path would."""
    found, refused = dict[str, str](), ""
    for number in range(max(map(len, PLACES.values()))):
        bases = {
            surface: root + places[number]
            for surface, places in PLACES.items()
            if surface not in found and number < len(places)
        }
        preflight = look_at(replace(target, surfaces=bases))
        for surface, exchange in preflight.first_answers().items():
            if not (trouble := preflight.trouble(exchange)):
                found[surface] = bases[surface]
            elif refuses_credential(exchange):
                refused = trouble
    if not found:
        raise UsageError(
            f"nothing to write of {root}: {refused or 'no path of a surface that is known answers below it'}"
        )
    nowhere = look_at(replace(target, surfaces={"chat": root + _NOWHERE}))
    if not nowhere.trouble(nowhere.first_answers()["chat"]):
        raise UsageError(
            f"{root} answers at any path alike: which surfaces it has cannot be told; write the file by hand"
        )
    return {surface: found[surface] for surface in SURFACES if surface in found}


def _auth(target: Target, look_at: LookAt) -> Literal["wanted", "not wanted", "unclear"]:
    """Whether the target wants a credential: told by what it says without one."""
    preflight = look_at(replace(target, auth="none", profile=""))
    surface, empty = next(iter(preflight.first_answers().items()))
    if refuses_credential(empty):
        return "wanted"
    model = next(iter(target.candidates(surface)), "")
    word = preflight.words([(surface, model)])[surface, model]
    return "wanted" if refuses_credential(word) else "not wanted" if is_success(word) else "unclear"
