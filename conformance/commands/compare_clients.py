"""`gateway-conformance compare` on runs of client cases: an upgrade told in the terminal, in Markdown, in HTML; a history."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import click

from conformance.commands.output import write_file
from conformance.errors import UsageError
from conformance.report.safe import one_line
from conformance.sdk import accepted, bundled
from conformance.sdk.observations import Observed, read
from conformance.sdk.upgrade import Upgrade, lines, no_longer, summary_line, upgrade
from conformance.sdk.upgrade_markdown import markdown
from conformance.sdk.upgraded import heading, side

_COLOURS = {"broken": "red", "type errors": "red", "fixed": "green", "unchanged": "green"}


def run(
    words: Sequence[str],
    *,
    bisect: bool = False,
    as_markdown: Path | None = None,
    as_html: Path | None = None,
    accept: Path | None = None,
    all_of_it: bool = False,
) -> int:
    """Compares the last run with those before it and prints. Gives the exit code: 1 if what broke is not accepted.

    A single run is compared with the observations that ship: of each client the last version before its own. Clients that
    are in the same runs are told together. Raises `UsageError`.
    """
    known = accepted.read(accept, datetime.now(UTC).date()) if accept else None
    *olds, new = [bundled.named(word) or read(Path(word)) for word in words]
    found = list[Upgrade]()
    for clients, line in _lines_of_runs(olds, new):
        found.append(upgrade(line[0] if olds else line[-1], new.of(*clients), known))
        for outcome, told in lines(found[-1], all_of_it=all_of_it):
            click.secho(one_line(told), fg=_COLOURS.get(outcome or ""))
        line.append(new.of(*clients))
        others = history(line, bisect=bisect) if olds or bisect else older(line)
        for told in others if len(line) > 2 or bisect else ():
            click.echo(one_line(told))
    if not found:
        raise UsageError(
            f"nothing to compare: {words[0]} and {words[-1] if olds else 'what ships'} have no case in common"
        )
    for told in (*_alone(olds, new, words[-1]), *no_longer(found)):
        click.echo(one_line(told))
    for path, text in ((as_markdown, markdown), (as_html, html)):
        if path:
            write_file(path, text(found))
    return int(any(one.breaks for one in found))


def _lines_of_runs(olds: Sequence[Observed], new: Observed) -> list[tuple[list[str], list[Observed]]]:
    """The clients of a run with the runs that they are compared with, oldest first; those with the same ones together."""
    if not olds:
        return [([client], line) for client in new.about if (line := bundled.before(new, client))]
    together = dict[tuple[int, ...], list[str]]()
    for client in new.about:
        if having := tuple(number for number, old in enumerate(olds) if client in old.about):
            together.setdefault(having, []).append(client)
    return [(clients, [olds[number].of(*clients) for number in having]) for having, clients in together.items()]


def _alone(olds: Sequence[Observed], new: Observed, word: str) -> Iterator[str]:
    """The clients that only one side says something of."""
    for client in new.about:
        if not (any(client in old.about for old in olds) if olds else bundled.before(new, client)):
            yield f"{client}: nothing to compare with; {_hint(client)}"
    for client in dict.fromkeys(client for old in olds for client in old.about if client not in new.about):
        yield f"{client}: {word} has no case of it"


def _hint(client: str) -> str:
    known = [f"{client}=={one}" for one in bundled.versions(client)]
    return f"{' or '.join(known)} may be given too" if known else "give a run of the same cases with another version"


def older(line: Sequence[Observed]) -> Iterator[str]:
    """What the last run is beside all but the version just before it."""
    for before in line[:-2]:
        yield f"beside {side(before, line[-1])} instead: {upgrade(before, line[-1]).verdict}"


def html(found: Sequence[Upgrade]) -> str:
    """The page of an upgrade, or of several clients' ones."""
    from conformance.sdk.upgrade_page import page

    return page(found)


def history(runs: Sequence[Observed], *, bisect: bool) -> Iterator[str]:
    """Each step from one version to the next; with `bisect`, what changed with it, cases that changed alike together."""
    for before, after in pairwise(runs):
        found = upgrade(before, after)
        yield f"{heading(before, after, most=3)}: {found.verdict}"
        for cause in found.causes if bisect else ():
            yield f"  first with {side(after, before)}: {summary_line(cause)}"
