"""The catalogue: what the documentation promises, one atomic requirement at a time, and the models that it names."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal

from conformance.compiled import yaml_document

HERE = Path(__file__).parent
NOT_ROWS = frozenset({"features.yaml", "models.yaml", "sections.yaml"})

Level = Literal["MUST", "SHOULD", "MAY", "INFO"]
LEVELS: tuple[Level, ...] = ("MUST", "SHOULD", "MAY", "INFO")
BOTH_SIDES = "both-sides"
"""What decides a requirement that only a proxy can be held to, where its upstream is watched."""
SURFACES = ("chat", "responses", "gemini", "serving", "sdk")


@dataclass(frozen=True)
class Requirement:
    """One testable statement of the contract. `source` holds headings of the documentation, as `sections.yaml` has them."""

    id: str
    level: Level
    surface: tuple[str, ...]
    family: tuple[str, ...]
    origin: Literal["seed", "implied", "observed", "own"]
    """`own`: no part of the contract, but declared by a team beside cases of its own."""
    testable: tuple[str, ...]
    statement: str
    source: tuple[str, ...]
    probe: str
    boundary: str = ""
    latitude: str = ""
    evidence: str = ""
    reality: str = ""
    """Where real gateways were recorded or reported to do otherwise than the page says."""
    excluded: str = ""
    mended: str = ""
    since: str = ""
    """The month (`2026-12`) in which it was published; empty: with the first profiles, or before."""
    promises: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """By surface and member of a request: the JSON Schema of the values that it promises to take."""
    forbids: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """The same of the values that it promises to refuse."""


@dataclass(frozen=True)
class Feature:
    """What a target may say that it does not offer. `says` names it in words."""

    name: str
    says: str
    requirements: frozenset[str]
    """Those that then do not apply."""


def rows() -> list[Path]:
    """The files of the catalogue, in a fixed order."""
    return sorted(path for path in HERE.glob("*.yaml") if path.name not in NOT_ROWS)


@cache
def catalogue() -> Mapping[str, Requirement]:
    """Every requirement by its id, in the order of the files."""
    found = (_requirement(row) for path in rows() for row in yaml_document(path))
    return {requirement.id: requirement for requirement in found}


def of_both_sides(names: Collection[str]) -> bool:
    """Whether requirements are such that only a proxy can be held to, where its upstream is watched. Of none: no."""
    known = catalogue()
    return bool(names) and all(name in known and known[name].testable == (BOTH_SIDES,) for name in names)


@cache
def families() -> Mapping[str, tuple[str, ...]]:
    """The documented models of each family, the preferred one first."""
    return {family: tuple(models) for family, models in yaml_document(HERE / "models.yaml").items()}


def family_of(model: str) -> str:
    """The family of a documented model. Raises `KeyError` for any other."""
    for family, models in families().items():
        if model in models:
            return family
    raise KeyError(model)


@cache
def features() -> Mapping[str, Feature]:
    """What a target may leave out, by name."""
    return {
        name: Feature(name, one["says"], frozenset(one["requirements"]))
        for name, one in yaml_document(HERE / "features.yaml")["features"].items()
    }


@cache
def always_offered() -> Mapping[str, str]:
    """What no target can leave out, and why."""
    found: dict[str, str] = yaml_document(HERE / "features.yaml")["always"]
    return found


@cache
def documented_models() -> tuple[str, ...]:
    """Every documented model, without its prefix."""
    return tuple(model for models in families().values() for model in models)


def _requirement(row: dict[str, Any]) -> Requirement:
    fields: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in row.items()}
    return Requirement(**fields)
