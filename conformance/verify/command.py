"""`gateway-conformance verify`: one line for each thing that was looked at, then what is wrong."""

import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from conformance import recordings, resources
from conformance.report.safe import one_line
from conformance.targets import target as targets
from conformance.targets.target import DEFAULT_TOKEN_ENV
from conformance.verify.coverage import coverage
from conformance.verify.integrity import differences, integrity
from conformance.verify.problem import Kind, Problem
from conformance.verify.secrets import secrets
from conformance.wire.redact import Redactor

_MOST = 20
"""Problems of one kind that are printed."""


_GOOD: Mapping[Kind, str] = {
    "corrupt": "each file can be read",
    "altered": "all hashes and the chain hold",
    "missing": "each case that was selected is recorded",
    "left over": "each recording has its case",
    "secret": "no secret found",
}
"""What is said where there is no problem of a kind."""


def verify(directory: Path | None, max_age: int | None) -> int:
    """Prints what was found. Gives the exit code: 1 if something is wrong. Raises `UsageError` if nothing can be read."""
    directory = directory or resources.directory("cassettes")
    manifest = recordings.read_manifest(directory)
    target = targets.from_document(manifest["target"], str(directory / recordings.MANIFEST))
    held = recordings.inventory(directory)
    cases = {case for file in held.values() for case in file.cases}
    redactor = Redactor(os.environ.get(DEFAULT_TOKEN_ENV, ""))
    days = _days(manifest)
    problems = [
        *integrity(directory, manifest, held),
        *coverage(cases, manifest.get("silent", ()), manifest.get("runs", ()), directory),
        *(problem for name in held for problem in secrets(directory / name, name, redactor)),
        *(_too_old(manifest, days, max_age) if max_age is not None else ()),
    ]
    shows = (
        "they prove nothing about any workspace"
        if manifest["recorded_from"] == "reference"
        else "they show how it answered then"
    )
    _say(
        f"{directory}: recordings of {manifest['target'].get('name')}, {len(cases)} cases in {len(held)} files; {shows}"
    )
    _say(f"recorded    {_when(manifest, days)}")
    changed = differences(manifest, recordings.provenance(target))
    told = f"other {', '.join(changed)} since then: some may have to be recorded again" if changed else "as it is now"
    _say(f"suite       {told}")
    for kind, good in _GOOD.items():
        found = [problem for problem in problems if problem.kind == kind]
        _say(f"{kind:<11} {len(found) or good}")
    for problem in problems[:_MOST]:
        _say(f"  {problem.kind:<10} {problem.where}: {problem.what}")
    if len(problems) > _MOST:
        _say(f"  and {len(problems) - _MOST} more")
    return 1 if problems else 0


def _days(manifest: Mapping[str, Any]) -> int | None:
    """The age of the oldest recording in days; None if it is not known."""
    try:
        return (datetime.now(UTC) - datetime.fromisoformat(manifest.get("recorded_since") or "")).days
    except (TypeError, ValueError):
        return None


def _when(manifest: Mapping[str, Any], days: int | None) -> str:
    if days is None:
        return "at an unknown time"
    first, last = (str(manifest.get(name))[:10] for name in ("recorded_since", "recorded_at"))
    return f"{first if first == last else f'{first} to {last}'}, the oldest {days} days ago"


def _too_old(manifest: Mapping[str, Any], days: int | None, max_age: int) -> list[Problem]:
    if days is not None and days <= max_age:
        return []
    return [Problem("old", recordings.MANIFEST, f"recorded {_when(manifest, days)}; --max-age allows {max_age}")]


def _say(line: str) -> None:
    click.echo(one_line(line))
