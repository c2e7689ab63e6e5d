"""Observations of client libraries, as a run of `sdk` has written them, or as they ship with the suite."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from dataclasses import field as field_of
from pathlib import Path
from typing import Any

from msgspec import UNSET, Struct, UnsetType, ValidationError, convert, field

from conformance.errors import UsageError
from conformance.observer.clients import client_of
from conformance.sdk.sync_async import with_findings

RESULTS = "results.json"


class _Error(Struct):
    """Of an exception: what it is compared by."""

    type: str = ""
    text: str = ""
    is_a: list[str] = []


class _Seen(Struct):
    """What the caller got."""

    error: _Error | UnsetType = UNSET
    classes: list[str] = []
    events: list[Any] = []
    types: list[str] = []
    warnings: list[list[str]] = []
    logs: list[list[str]] = []
    none: list[str] = []


class _Headers(Struct):
    """Of a request's headers: the names of those whose values are not kept."""

    others: list[str] = []


class _Sent(Struct):
    """A request. What is not named here is compared as whatever it is."""

    headers: _Headers = field(default_factory=_Headers)
    method: str = ""
    path: str = ""


class _Case(Struct):
    """What a case has to look like to be compared."""

    id: str
    sent: list[_Sent]
    seen: _Seen
    findings: list[str] = []
    failure: _Error | UnsetType = UNSET
    connections: int | UnsetType = UNSET
    duration_s: float | UnsetType = UNSET


@dataclass(frozen=True)
class Observed:
    """The client cases of one run."""

    path: Path
    clients: Mapping[str, str]
    cases: Mapping[str, Mapping[str, Any]]
    suite: Mapping[str, str] = field_of(default_factory=dict)
    is_partial: bool = False
    """Whether it was to observe some of the cases only: what it lacks is not gone."""
    recordings: str = ""
    """The chain of the recordings whose answers clients were given."""
    distributions: Mapping[str, str] = field_of(default_factory=dict)
    """The version of every distribution of the environment. Files that were written before these were kept have none."""
    python: str = ""

    @property
    def is_asked_all(self) -> bool:
        """Whether warnings, logs, dumps and members that are None were looked at: older files lack them in every case."""
        return bool(self.distributions)

    def of(self, *clients: str) -> "Observed":
        """What it says of some clients."""
        return replace(self, cases={name: case for name, case in self.cases.items() if client_of(name) in clients})

    @property
    def about(self) -> list[str]:
        """The clients that it says something of."""
        return sorted({client_of(case) for case in self.cases})


def is_observed(path: Path) -> bool:
    """Whether a path claims to be a run of client cases: its results.json, or the directory that holds it."""
    file = path / RESULTS if path.is_dir() else path
    return file.is_file() and file.suffix in (".json", ".jsonl") and file.name != "manifest.json"


def read(path: Path) -> Observed:
    """Reads the results of a run. Raises `UsageError`."""
    file = path / RESULTS if path.is_dir() else path
    hint = "give what `gateway-conformance sdk --report-dir DIR` has written"
    try:
        document = _document(file)
        observed = [case for case in document["cases"] if "seen" in case and "sent" in case]
        convert(observed, list[_Case])
        cases = {str(case["id"]): case for case in observed}
        clients, distributions = _versions(document["clients"]), _versions(document.get("distributions", {}))
        cases = with_findings(cases)
        recordings = str(document.get("recordings", {}).get("chain", ""))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError, ValidationError) as error:
        raise UsageError(f"{file} cannot be read ({type(error).__name__}: {error}); {hint}") from None
    if not cases:
        raise UsageError(f"{file} holds no observation of a client; {hint}")
    if document.get("complete") is False:
        raise UsageError(f"{file} is of a run that was ended before its time: run it again")
    return Observed(
        path=file,
        clients=clients,
        cases=cases,
        suite=document.get("suite", {}),
        is_partial=bool(document.get("partial")),
        recordings=recordings,
        distributions=distributions,
        python=str(document.get("python", "")),
    )


def _versions(told: Any) -> dict[str, str]:
    return {str(name): str(number) for name, number in told.items()}


def _document(file: Path) -> dict[str, Any]:
    """The JSON of a run: one value, or a header and a line for each case. Raises `ValueError`."""
    if file.suffix != ".jsonl":
        return dict(json.loads(file.read_bytes()))
    header, *cases = (json.loads(line) for line in file.read_bytes().splitlines())
    return {**header, "cases": cases}
