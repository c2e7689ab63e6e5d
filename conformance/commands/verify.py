"""`gateway-conformance verify`: one line for each thing that was looked at, then what is wrong."""

import os
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import click

from conformance import resources
from conformance.commands.options import DIRECTORY, Command
from conformance.recordings.coverage import Selection, coverage
from conformance.recordings.integrity import differences, integrity
from conformance.recordings.inventory import inventory
from conformance.recordings.manifest import MANIFEST, provenance, read_manifest
from conformance.recordings.problem import Kind, Problem
from conformance.recordings.secrets import secrets
from conformance.report.safe import one_line
from conformance.report.wording import counted
from conformance.requirements import of_both_sides
from conformance.requirements.own import is_own
from conformance.runs.inprocess import collect
from conformance.runs.session import CASES
from conformance.targets import target as targets
from conformance.targets.credentials import DEFAULT_TOKEN_ENV
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


@click.command("verify", cls=Command, example="verify mine --max-age 30")
@click.argument("cassettes", required=False, type=DIRECTORY)
@click.option("--max-age", metavar="DAYS", type=click.IntRange(min=0), help="Wrong if the oldest is older.")
def command(cassettes: Path | None, max_age: int | None) -> None:
    """Tell whether recordings are whole, as they were recorded, of each case, and without secrets.

    Exit code 1 if something is wrong. Without CASSETTES, the bundled ones.
    """
    sys.exit(verify(cassettes, max_age))


def verify(directory: Path | None, max_age: int | None) -> int:
    """Prints what was found. Gives the exit code: 1 if something is wrong. Raises `UsageError` if nothing can be read."""
    directory = directory or resources.directory("cassettes")
    manifest = read_manifest(directory)
    target = targets.from_document(manifest["target"], str(directory / MANIFEST))
    held = inventory(directory)
    cases = {case for file in held.values() for case in file.cases}
    redactor = Redactor(os.environ.get(DEFAULT_TOKEN_ENV, ""))
    days = _days(manifest)
    problems = [
        *integrity(directory, manifest, held),
        # Which own cases there are is known beside them alone.
        *coverage(
            {case for case in cases if not is_own(case)},
            manifest.get("silent", ()),
            manifest.get("runs", ()),
            partial(_cases_of, directory),
        ),
        *(problem for name in held for problem in secrets(directory / name, name, redactor)),
        *(_too_old(manifest, days, max_age) if max_age is not None else ()),
    ]
    shows = (
        "they prove nothing about any workspace"
        if manifest["recorded_from"] == "reference"
        else "they show how it answered then"
    )
    number = f"{counted(len(cases), 'case')} in {counted(len(held), 'file')}"
    _say(f"{directory}: recordings of {manifest['target'].get('name')}, {number}; {shows}")
    _say(f"recorded    {_when(manifest, days)}")
    changed = differences(manifest, provenance(target))
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


def _cases_of(directory: Path, selection: Selection) -> frozenset[str]:
    """The cases of ours that a run with this selection would replay from a directory. Raises `UsageError`."""
    own = selection.get("own", ())
    if own and tuple(selection.get("paths", ())) == tuple(own):
        return frozenset()
    given = {
        "cassettes": directory,
        "surface": ",".join(selection.get("surfaces", ())),
        "level": ",".join(selection.get("levels", ())),
        "requirement": ",".join(selection.get("requirements", ())),
        **{
            name: selection.get(name) for name in ("corpus", "cheap", "statistics", "all_models", "conformance_profile")
        },
    }
    short = [f"{flag}{selection[name]}" for flag, name in (("-k", "keyword"), ("-m", "markers")) if selection.get(name)]
    left_out = [f"--deselect={name}" for name in selection.get("left_out", ())]
    paths = [str(CASES / path) for path in selection.get("paths", ())]
    found = collect(given, *short, *left_out, *paths)
    return frozenset(case.id for case in found if not of_both_sides(case.requirements))


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
    return [Problem("old", MANIFEST, f"recorded {_when(manifest, days)}; --max-age allows {max_age}")]


def _say(line: str) -> None:
    click.echo(one_line(line))
