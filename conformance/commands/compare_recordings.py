"""`gateway-conformance compare` on two directories of cassettes: what of the target's answers changed."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

import click

from conformance.errors import UsageError
from conformance.recordings.changes import Change
from conformance.recordings.comparison import Comparison, compare
from conformance.recordings.manifest import MANIFEST
from conformance.recordings.recorded import RecordedSet, is_set, read
from conformance.report.safe import one_line
from conformance.runs import inprocess
from conformance.runs.settings import is_generated

_LONGEST = 100
"""Characters of what was seen."""


def run(old: Path, new: Path) -> int:
    """Compares and prints. Gives the exit code: 1 if something broke. Raises `UsageError` for what cannot be compared."""
    for path in (old, new):
        if not is_set(path):
            raise UsageError(
                f"{path} holds no recordings ({MANIFEST} is missing): compare takes two directories that "
                "`gateway-conformance record --cassettes DIR` has written, or several of `gateway-conformance sdk`"
            )
    before, after = read(old), read(new)
    found = compare(before, after, failing)
    if not found.pairs:
        raise UsageError(f"nothing to compare: no request was answered both in {old} and in {new}")
    for line, colour in _lines(before, after, found):
        click.secho(one_line(line), fg=colour)
    return int(found.breaks)


def failing(recorded: RecordedSet, cases: Collection[str]) -> Mapping[str, str]:
    """Those of `cases` that break a MUST when they are replayed, each with what it breaks; not what cannot be replayed."""
    options = {
        "cassettes": recorded.directory,
        "corpus": "full" if any(map(is_generated, cases)) else "none",
        "statistics": True,
        "all_models": True,
    }
    results = inprocess.judge(options, choose=lambda case: case.id in cases).results
    found = {}
    for name, result in results.items():
        if result.verdict == "failed":
            broken = [one for one in result.findings if result.verdicts.get(one.requirement) == "failed"]
            found[name] = f"{broken[0].requirement}: {broken[0].message}" if broken else "a requirement"
    return found


def _lines(old: RecordedSet, new: RecordedSet, found: Comparison) -> Iterator[tuple[str, str | None]]:
    yield f"old  {_described(old)}", None
    yield f"new  {_described(new)}", None
    for change in found.changes:
        yield _line(change), "red" if change.kind == "breaking" else None
    breaking = sum(change.kind == "breaking" for change in found.changes)
    told = f"{breaking} breaking, {len(found.changes) - breaking} additive" if found.changes else "unchanged"
    yield f"{told}: {found.pairs} answers to the same requests compared", "red" if breaking else "green"
    for count, what in (
        (found.unequal, "requests sent in one set alone, in cases that both have: not compared"),
        (found.unanswered, "requests that one of the sets has no answer to: not compared"),
    ):
        if count:
            yield f"{count} {what}", None
    for word, cases in (("new", found.new), ("gone", found.gone)):
        if cases:
            yield f"{len(cases)} {word} cases, in one set alone: {_few(cases)}", None


def _described(recorded: RecordedSet) -> str:
    return (
        f"{recorded.directory}: {recorded.name}, recorded {recorded.manifest.get('recorded_at', 'at an unknown time')}"
    )


def _line(change: Change) -> str:
    seen = f"{_cut(change.old)} → {_cut(change.new)}"
    return f"{change.kind:<9} {change.where}  {change.what}: {seen}  ({_few(change.cases, 1)})"


def _few(cases: Sequence[str], most: int = 3) -> str:
    more = f" and {len(cases) - most} more" if len(cases) > most else ""
    return ", ".join(cases[:most]) + more


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
