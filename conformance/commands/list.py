"""`gateway-conformance list`: the catalogue, a line a requirement."""

import click

from conformance.commands.options import Command
from conformance.requirements import catalogue
from conformance.runs.selection import Selection


@click.command("list", cls=Command)
@click.option("--surface", default="", metavar="NAMES", help="Only these surfaces; comma-separated.")
@click.option("--level", default="", metavar="LEVELS", help="Only these levels; comma-separated.")
def command(surface: str, level: str) -> None:
    """Show the catalogue: every requirement, one a line."""
    selection = Selection.of(surface, level)
    for row in catalogue().values():
        if selection.wants(row.id):
            click.echo(f"{row.id:<30} {row.level:<7} {','.join(row.surface):<22} {row.statement}")
