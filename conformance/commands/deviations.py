"""`gateway-conformance deviations`: drafts deviations.toml from a report, and drops from it what passes now."""

from datetime import UTC, datetime
from pathlib import Path

import click

from conformance.commands.options import DIRECTORY, Command, Group
from conformance.commands.output import write_file
from conformance.errors import UsageError
from conformance.recordings import shipped
from conformance.report import deviations_file
from conformance.report.deviations import about
from conformance.report.deviations_draft import as_toml, drafted, passing, without
from conformance.report.results import read, read_cases
from conformance.report.safe import one_line
from conformance.report.wording import counted


@click.group(
    "deviations", cls=Group, example='deviations init reports/nightly --owner "Ada Lovelace" --output deviations.toml'
)
def command() -> None:
    """Draft the file of known deviations from a report, or drop from it what passes now.

    `run --deviations FILE` takes it: what is known fails no run, and is listed apart.
    """


@command.command(
    "init", cls=Command, example='deviations init reports/nightly --owner "Ada Lovelace" --output deviations.toml'
)
@click.argument("report", type=DIRECTORY)
@click.option("--owner", metavar="NAME", default="", help="Who answers for what is drafted.")
@click.option(
    "--output",
    metavar="FILE",
    type=DIRECTORY,
    default=Path(deviations_file.NAME),
    show_default=True,
    help="Where it goes.",
)
def init(report: Path, owner: str, output: Path) -> None:
    """Draft a file of what failed in REPORT: reasons, and owners if none is given, are left to fill in."""
    if output.exists():
        raise UsageError(f"{output} is there already: give another --output, or take it away")
    results = read(report)
    found = drafted(results, read_cases(report, results), owner, datetime.now(UTC).date())
    failed = results.with_verdict("failed")
    for row in failed:
        if deviations_file.is_authentication(row.id):
            click.echo(f"{row.id} failed and cannot be waived: mend the target")
    if undecided := results.with_verdict("inconclusive"):
        click.echo(f"{counted(len(undecided), 'requirement')} inconclusive: not drafted, for nothing is known of them")
    if not found:
        click.echo("nothing is left to draft: no file is written")
        return
    write_file(output, as_toml(results, found))
    wanted = "reason" if owner else "owner and reason"
    click.echo(f"{output}: {counted(len(found), 'deviation')} drafted; say the {wanted} of each")


@command.command("prune", cls=Command, example="deviations prune deviations.toml reports/nightly")
@click.argument("report", type=DIRECTORY)
@click.argument("file", type=DIRECTORY, default=Path(deviations_file.NAME))
def prune(report: Path, file: Path) -> None:
    """Drop from FILE what passes in REPORT; a live run: what it has not tested whole stays.  [default: deviations.toml]"""
    results = read(report)
    if results.target.mode != "live":
        raise UsageError(
            f"{report} replays recordings, and shows nothing of the target as it is: give a live run's report"
        )
    known = deviations_file.read(file, datetime.now(UTC).date(), shipped, results.target.name)
    places = passing(results, read_cases(report, results), known)
    if not places:
        click.echo(f"{file}: nothing to drop, {counted(len(known), 'deviation')} kept")
        return
    try:
        left = without(file.read_bytes().decode(), places)
    except UsageError as error:
        raise UsageError(f"{file}: {error}") from None
    write_file(file, left)
    for place in places:
        target = one_line(results.target.name)
        click.echo(f"dropped {about(known[place])}: it passes in the run of {target} ({known[place].owner})")
    click.echo(f"{file}: {len(places)} dropped, {len(known) - len(places)} kept")
