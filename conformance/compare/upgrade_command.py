"""`gateway-conformance compare` on runs of client cases: an upgrade told in the terminal, in Markdown, in HTML; a history."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import click

from conformance.compare.observations import CaseChange, Observed, compare, read
from conformance.compare.upgrade import Upgrade, lines, markdown, upgrade
from conformance.errors import UsageError
from conformance.report.safe import one_line
from conformance.wire.cassette import write_whole

_COLOURS = {"broken": "red", "fixed": "green", "unchanged": "green"}
TEMPLATE = Path(__file__).with_name("upgrade.html.j2")


def run(paths: Sequence[Path], *, bisect: bool, as_markdown: Path | None, as_html: Path | None) -> int:
    """Compares the first run with the last and prints. Gives the exit code: 1 if a case broke. Raises `UsageError`."""
    runs = [read(path) for path in paths]
    found = upgrade(runs[0], runs[-1], compare(runs[0], runs[-1]))
    if not found.changes:
        raise UsageError(f"nothing to compare: {runs[0].path} and {runs[-1].path} are about different clients")
    for outcome, line in lines(found):
        click.secho(one_line(line), fg=_COLOURS.get(outcome or ""))
    for line in history(runs, bisect=bisect) if len(runs) > 2 or bisect else ():
        click.echo(one_line(line))
    for path, text in ((as_markdown, markdown), (as_html, html)):
        if path:
            _write(path, text(found))
    return int(found.breaks)


def _write(path: Path, text: str) -> None:
    try:
        write_whole(path, text)
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}; give another file") from None


def html(found: Upgrade) -> str:
    """The page of an upgrade."""
    from conformance.report.pages import template

    return template(TEMPLATE).render(found=found)


def history(runs: Sequence[Observed], *, bisect: bool) -> Iterator[str]:
    """Each step from one version to the next; with `bisect`, the step at which each case first changed."""
    first = dict[str, tuple[Observed, Observed, CaseChange]]()
    for before, after in pairwise(runs):
        changes = compare(before, after)
        told = upgrade(before, after, changes).verdict
        yield f"{before.named(after)} → {after.named(before)}: {told}"
        for change in changes:
            if change.outcome != "unchanged":
                first.setdefault(change.case, (before, after, change))
    for case, (before, after, change) in sorted(first.items()) if bisect else ():
        yield f"  {case.removeprefix('sdk/')}: {change.outcome} first with {after.named(before)}"
