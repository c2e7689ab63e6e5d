"""Two runs against gateways: which requirements are kept now that were not, and the other way round."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from conformance.errors import UsageError

Outcome = Literal["broken", "fixed", "changed", "new", "gone", "unchanged"]
RESULTS = "results.json"
_OPEN = ("absent", "not_tested", "not_applicable", "excluded")
"""Verdicts of what was not looked at."""


@dataclass(frozen=True)
class Run:
    """What a run of the gateway cases has decided."""

    path: Path
    target: str
    verdict: str
    requirements: Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class VerdictChange:
    """A requirement, its verdicts in the two runs (`absent` if it is in one alone), and what the newer says of it."""

    requirement: str
    outcome: Outcome
    old: str
    new: str
    note: str


def is_run(path: Path) -> bool:
    """Whether a path holds the results of a run against a gateway."""
    file = path / RESULTS if path.is_dir() else path
    try:
        return bool(json.loads(file.read_bytes())["requirements"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return False


def read(path: Path) -> Run:
    """Reads the results of a run. Raises `UsageError`."""
    file = path / RESULTS if path.is_dir() else path
    try:
        document = json.loads(file.read_bytes())
        rows = {str(row["id"]): row for row in document["requirements"] if str(row["verdict"])}
        return Run(file, str(document["target"]["name"]), str(document["verdict"]), rows)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise UsageError(
            f"{file} cannot be read ({type(error).__name__}: {error}); give what `gateway-conformance run` has written"
        ) from None


def compare(old: Run, new: Run) -> list[VerdictChange]:
    """Each requirement of both runs, in the order of their ids."""
    names = sorted({*old.requirements, *new.requirements})
    return [_change(name, old.requirements.get(name), new.requirements.get(name)) for name in names]


def _change(name: str, old: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> VerdictChange:
    before, after = (str(row["verdict"]) if row else "absent" for row in (old, new))
    return VerdictChange(name, _outcome(before, after), before, after, str((new or {}).get("note", "")))


def _outcome(before: str, after: str) -> Outcome:
    if before == after or (before in _OPEN and after in _OPEN):
        return "unchanged"
    if before in _OPEN or after in _OPEN:
        return "new" if before in _OPEN else "gone"
    if after == "failed":
        return "broken"
    return "fixed" if before == "failed" and after in ("passed", "warned") else "changed"
