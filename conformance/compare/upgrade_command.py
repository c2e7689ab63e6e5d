"""`gateway-conformance compare` on runs of client cases: an upgrade told in the terminal, in Markdown, in HTML; a history."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import click

from conformance.compare import bundled
from conformance.compare.observations import Observed, compare, read
from conformance.compare.upgrade import Upgrade, gist, grouped, lines, markdown, standing, upgrade
from conformance.errors import UsageError
from conformance.report.safe import one_line
from conformance.wire.cassette import write_whole

_COLOURS = {"broken": "red", "fixed": "green", "unchanged": "green"}
TEMPLATE = Path(__file__).with_name("upgrade.html.j2")


def run(words: Sequence[str], *, bisect: bool, as_markdown: Path | None, as_html: Path | None) -> int:
    """Compares the first run with the last and prints. Gives the exit code: 1 if a case broke. Raises `UsageError`.

    A single run is compared with the observations that ship: each of its clients with the last version before its own.
    """
    runs = [bundled.named(word) or read(Path(word)) for word in words]
    lines_of_versions = [[*older, runs[0]] for older in bundled.before(runs[0])] if len(runs) == 1 else [runs]
    found = [_upgrade(line[-2] if len(runs) == 1 else line[0], line[-1]) for line in lines_of_versions]
    if not any(one.changes for one in found):
        what = f"{runs[0].path} and what ships" if len(runs) == 1 else f"{runs[0].path} and {runs[-1].path}"
        raise UsageError(f"nothing to compare: {what} are about different clients")
    for one, line in zip(found, lines_of_versions, strict=True):
        for outcome, told in lines(one):
            click.secho(one_line(told), fg=_COLOURS.get(outcome or ""))
        others = older(line) if len(runs) == 1 and not bisect else history(line, bisect=bisect)
        for told in others if len(line) > 2 or bisect else ():
            click.echo(one_line(told))
    for path, text in ((as_markdown, markdown), (as_html, html)):
        if path:
            _write(path, text(found))
    return int(any(one.breaks for one in found))


def _upgrade(old: Observed, new: Observed) -> Upgrade:
    return upgrade(old, new, compare(old, new))


def older(line: Sequence[Observed]) -> Iterator[str]:
    """What the last run is beside all but the version just before it."""
    for before in line[:-2]:
        yield f"from {before.named(line[-1])}: {_upgrade(before, line[-1]).verdict}"


def _write(path: Path, text: str) -> None:
    try:
        write_whole(path, text)
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}; give another file") from None


def html(found: Sequence[Upgrade]) -> str:
    """The page of an upgrade, or of several clients' ones."""
    from conformance.report.pages import template

    return template(TEMPLATE, standing).render(upgrades=found)


def history(runs: Sequence[Observed], *, bisect: bool) -> Iterator[str]:
    """Each step from one version to the next; with `bisect`, what each case first did with it, cases that do alike together."""
    seen = set[tuple[str, str]]()
    for before, after in pairwise(runs):
        found = _upgrade(before, after)
        yield f"{before.named(after)} → {after.named(before)}: {found.verdict}"
        first = [change for change in found.changes if (change.case, change.outcome) not in seen]
        seen |= {(change.case, change.outcome) for change in first}
        for group in grouped(before, after, first) if bisect else ():
            yield f"  first with {after.named(before)}: {gist(group)}"
