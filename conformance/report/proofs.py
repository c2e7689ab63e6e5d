"""What the check of each requirement was seen to catch: read from the matrix that ships, which the last whole proof wrote."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from conformance import resources
from conformance.report.results import Catch

MATRIX = "matrix.json"


@dataclass(frozen=True)
class Proofs:
    """By requirement: what it was seen to catch, or why nothing."""

    catches: Mapping[str, tuple[Catch, ...]]
    reasons: Mapping[str, str]
    """An empty one is a gap."""
    otherwise: str = "the proof that ships says nothing about it"
    """The reason for a requirement that stands in neither."""

    def of(self, requirement: str) -> tuple[Catch, ...]:
        """The faults that a requirement was seen to catch, in the order of their declaration."""
        return self.catches.get(requirement, ())

    def uncaught_reason(self, requirement: str) -> str:
        """Why a requirement was seen to catch nothing; empty if it was seen to catch something."""
        if self.of(requirement):
            return ""
        return self.reasons.get(requirement, self.otherwise) or "the proof that ships has no fault that breaks it"


def bundled() -> Path:
    """The matrix that ships: in a clone the committed one, else the one inside the package."""
    installed = resources.PACKAGE / "prove" / MATRIX
    return installed if installed.is_file() else resources.PACKAGE.parent / "reports" / "prove" / MATRIX


@cache
def shipped() -> Proofs:
    """What the matrix that ships says, read once."""
    return read(bundled())


def read(path: Path) -> Proofs:
    """What a matrix says. One that is missing or corrupt says nothing: no run may break for want of it."""
    try:
        return _proofs(json.loads(path.read_bytes()))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return Proofs({}, {}, "no proof ships with this suite")


def _proofs(document: Mapping[str, Any]) -> Proofs:
    catches: dict[str, tuple[Catch, ...]] = {}
    for cell in document["cells"]:
        if cell["outcome"] == "killed":
            gateway = _text(cell["gateway"])
            caught = Catch(fault=gateway, says=_text(document["gateways"][gateway]["says"]), told=_text(cell["said"]))
            name = _text(cell["requirement"])
            catches[name] = (*catches.get(name, ()), caught)
    return Proofs(catches, {name: _text(reason) for name, reason in document["unproved"].items()})


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value
