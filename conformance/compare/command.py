"""`gateway-conformance compare`: what the arguments are decides what is compared; of recordings, what came of it."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from conformance.compare import observations, recordings, runs, upgrade_command
from conformance.compare.cassettes import Comparison, compare
from conformance.compare.changes import Change
from conformance.compare.recordings import RecordedSet
from conformance.compare.verdicts import failing
from conformance.errors import UsageError
from conformance.recordings import MANIFEST
from conformance.report.safe import one_line

_WHAT = "compare takes reports of `run` or of `sdk`, directories of cassettes, or what ships, such as openai==2.54.0"
_LONGEST = 100
"""Characters of what was seen."""


def run(words: Sequence[str], *, bisect: bool, markdown: Path | None, html: Path | None) -> int:
    """Compares and prints. Gives the exit code: 1 if something broke. Raises `UsageError` for what cannot be compared."""
    for word in words:
        if "==" not in word and not Path(word).exists():
            raise UsageError(f"there is no {word}: {_WHAT}")
    if len(words) == 2 and all(runs.is_run(Path(word)) for word in words):
        return runs.run([Path(word) for word in words])
    if all("==" in word or observations.is_observed(Path(word)) for word in words):
        return upgrade_command.run(words, bisect=bisect, as_markdown=markdown, as_html=html)
    paths = [Path(word) for word in words]
    if bisect or markdown or html or len(paths) != 2:
        raise UsageError(
            "--bisect, --markdown, --html, and one argument or more than two, are for runs of client cases: give directories "
            "that `gateway-conformance sdk --report-dir DIR` has written"
        )
    old, new = paths
    for path in (old, new):
        if not recordings.is_set(path):
            raise UsageError(
                f"{path} holds no recordings ({MANIFEST} is missing): compare takes two directories that "
                "`gateway-conformance record --cassettes DIR` has written, or several of `gateway-conformance sdk`"
            )
    before, after = recordings.read(old), recordings.read(new)
    found = compare(before, after, lambda recorded, cases: failing(recorded.directory, cases))
    if not found.pairs:
        raise UsageError(f"nothing to compare: no request was answered both in {old} and in {new}")
    for line, colour in _lines(before, after, found):
        click.secho(one_line(line), fg=colour)
    return int(found.breaks)


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
