"""`gateway-conformance history`: verdicts over time, and whether what changed is confirmed."""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from conformance.commands.options import DIRECTORY, Command
from conformance.commands.output import write_file

if TYPE_CHECKING:
    from rich.table import Table

    from conformance.checks.verdicts import Verdict
    from conformance.report.history import Series
    from conformance.report.watched import RunLine

_STRIP = 24
"""Runs that a line shows, the newest at its end."""
_LONGEST = 90
"""Characters of the reason of a change."""
_FEW = 3
"""Runs without evidence that are named: the newest."""


@click.command("history", cls=Command, example="history reports --html history.html")
@click.argument("paths", nargs=-1, required=True, type=DIRECTORY, metavar="DIR...")
@click.option("--html", metavar="FILE", type=DIRECTORY, help="Write it as a page too.")
def command(paths: tuple[Path, ...], html: Path | None) -> None:
    """Show verdicts over time: what changed, since when, and whether the next run has confirmed it.

    DIR is a report directory of `run`, a directory of them, or a file of --ndjson. Runs of one target and one selection are
    compared. A run that could not look, or is incomplete, is no evidence.

    Exit codes: 0 if the newest run of no target has confirmed a change for the worse, 1 if one has, 4 wrong usage.
    """
    sys.exit(run(paths, html))


def run(paths: Sequence[Path], html: Path | None) -> int:
    """Shows the history. Gives the exit code: 1 if the newest run has confirmed a change for the worse. Raises `UsageError`."""
    from rich.console import Console

    from conformance.report.history import alarms, history

    series = history(paths)
    console = Console(highlight=False, markup=False, emoji=False, soft_wrap=False)
    for one in series:
        _show(one, console.print)
    found = alarms(series)
    for change in found:
        console.print(
            f"ALARM {change.requirement} ({change.level}): {change.old} → {change.new}, confirmed", style="bold red"
        )
    if html:
        from conformance.report.history_page import page

        write_file(html, page(series, found))
        console.print(f"page: {html}")
    return int(bool(found))


def _show(series: "Series", say: Callable[..., None]) -> None:
    from conformance.report.history import is_evidence
    from conformance.report.safe import one_line
    from conformance.report.wording import counted

    say(
        one_line(f"{series.target} ({series.mode}, {series.selection}): {counted(len(series.runs), 'run')}"),
        style="bold",
    )
    say(f"  last   {_line(series.runs[-1])}")
    blind = [run for run in series.runs if not is_evidence(run)]
    if blind:
        runs = counted(len(series.runs), "run")
        say(f"  no evidence: {len(blind)} of {runs}, which could not look, are incomplete, or are shards")
        for run in blind[-_FEW:]:
            say(f"         {_line(run)}")
    if series.changes:
        say(_table(series))
    else:
        say("  nothing has changed")
    say("")


def _line(run: "RunLine") -> str:
    from conformance.report.history import outcome
    from conformance.report.safe import one_line

    return one_line(f"{_time(run.started_at)}  {outcome(run)}{f': {run.reason}' if run.reason else ''}")


def _table(series: "Series") -> "Table":
    from rich import box
    from rich.table import Table
    from rich.text import Text

    from conformance.report.safe import one_line
    from conformance.report.wording import counted

    table = Table(box=box.SIMPLE, pad_edge=False)
    table.add_column("since, confirmed", no_wrap=True)
    table.add_column("what")
    table.add_column(f"the last {counted(min(_STRIP, len(series.runs)), 'run')}", no_wrap=True)
    strips = {course.requirement: _strip(course.verdicts) for course in series.courses}
    for change in series.changes:
        confirmed = _time(change.confirmed.started_at) if change.confirmed else "not confirmed yet"
        colour = ("red" if change.confirmed else "yellow") if change.is_worse else ""
        suite = " (by another version of the suite)" if change.suite_changed else ""
        what = f"{change.requirement}  {change.level}  {change.old} → {change.new}{suite}"
        why = [one_line(change.note)[:_LONGEST]] if change.note else []
        when = f"{_time(change.since.started_at)}\n{confirmed}"
        strip = strips[change.requirement]
        table.add_row(Text(when), Text("\n".join([what, *why]), style=colour), Text(strip))
    return table


def _strip(verdicts: "Sequence[Verdict | None]") -> str:
    from conformance.report.wording import symbol

    return "".join(symbol(verdict) if verdict else "·" for verdict in verdicts[-_STRIP:])


def _time(started_at: str) -> str:
    return started_at[:16].replace("T", " ")
