"""`gateway-conformance compare` on runs of client cases: an upgrade told in the terminal, in Markdown, in HTML; a history."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import click

from conformance.commands.output import write_file
from conformance.errors import UsageError
from conformance.report.safe import one_line
from conformance.sdk import bundled
from conformance.sdk import upgrade as upgrade_module
from conformance.sdk.observations import Observed, compare, read
from conformance.sdk.upgrade import Upgrade, finding_lines, lines, markdown, summary_line, upgrade

_COLOURS = {"broken": "red", "fixed": "green", "unchanged": "green"}
TEMPLATE = Path(upgrade_module.__file__).with_name("upgrade.html.j2")


def run(words: Sequence[str], *, bisect: bool, as_markdown: Path | None, as_html: Path | None) -> int:
    """Compares the last run with those before it, client by client, and prints. Gives the exit code: 1 if a case broke.

    A single run is compared with the observations that ship: of each client the last version before its own.
    Raises `UsageError`.
    """
    *olds, new = [bundled.named(word) or read(Path(word)) for word in words]
    found, alone = list[Upgrade](), list[str]()
    for client in new.about:
        line = [old.of(client) for old in olds if client in old.about] if olds else bundled.before(new, client)
        if not line:
            alone.append(f"{client}: nothing to compare with; {_hint(client)}")
            continue
        found.append(_upgrade(line[0] if olds else line[-1], new.of(client)))
        for outcome, told in lines(found[-1]):
            click.secho(one_line(told), fg=_COLOURS.get(outcome or ""))
        line.append(new.of(client))
        others = history(line, bisect=bisect) if olds or bisect else older(line)
        for told in others if len(line) > 2 or bisect else ():
            click.echo(one_line(told))
    alone += [
        f"{client}: {words[-1]} has no case of it" for old in olds for client in old.about if client not in new.about
    ]
    for told in alone if found else ():
        click.echo(one_line(told))
    if not found:
        raise UsageError(
            f"nothing to compare: {words[0]} and {words[-1] if olds else 'what ships'} have no case in common"
        )
    for path, text in ((as_markdown, markdown), (as_html, html)):
        if path:
            write_file(path, text(found))
    return int(any(one.breaks for one in found))


def _hint(client: str) -> str:
    known = [f"{client}=={one}" for one in bundled.versions(client)]
    return f"{' or '.join(known)} may be given too" if known else "give a run of the same cases with another version"


def _upgrade(old: Observed, new: Observed) -> Upgrade:
    return upgrade(old, new, compare(old, new))


def older(line: Sequence[Observed]) -> Iterator[str]:
    """What the last run is beside all but the version just before it."""
    for before in line[:-2]:
        yield f"beside {before.named(line[-1])} instead: {_upgrade(before, line[-1]).verdict}"


def html(found: Sequence[Upgrade]) -> str:
    """The page of an upgrade, or of several clients' ones."""
    from conformance.report.pages import template

    return template(TEMPLATE, finding_lines).render(upgrades=found)


def history(runs: Sequence[Observed], *, bisect: bool) -> Iterator[str]:
    """Each step from one version to the next; with `bisect`, what changed with it, cases that changed alike together."""
    for before, after in pairwise(runs):
        found = _upgrade(before, after)
        yield f"{before.named(after)} → {after.named(before)}: {found.verdict}"
        for group in found.groups if bisect else ():
            yield f"  first with {after.named(before)}: {summary_line(group)}"
