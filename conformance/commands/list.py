"""`gateway-conformance list`: the catalogue, a line a requirement."""

import click

from conformance.commands.completion import levels, some_of, surfaces
from conformance.commands.options import Command
from conformance.requirements import catalogue
from conformance.runs.selection import Selection


@click.command("list", cls=Command, example="list --surface chat,responses --level MUST")
@click.option(
    "--surface",
    default="",
    metavar="NAMES",
    shell_complete=some_of(surfaces),
    help="Only these surfaces; comma-separated.",
)
@click.option(
    "--level", default="", metavar="LEVELS", shell_complete=some_of(levels), help="Only these levels; comma-separated."
)
def command(surface: str, level: str) -> None:
    """Show the catalogue: every requirement, one a line."""
    selection = Selection.of(surface, level)
    for row in catalogue().values():
        if selection.wants(row.id):
            click.echo(f"{row.id:<30} {row.level:<7} {','.join(row.surface):<22} {row.statement}")
