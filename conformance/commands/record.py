"""`gateway-conformance record`: judges a gateway live, and keeps its answers."""

import sys

import click

from conformance.commands.options import (
    TO_PYTEST,
    Command,
    as_pytest_options,
    limit_options,
    selection_options,
    target_options,
)
from conformance.runs.session import run_as_command


@click.command("record", cls=Command, context_settings=TO_PYTEST)
@target_options
@click.option("--cassettes", metavar="DIR", required=True, help="Where the recordings go.")
@click.option("--again", is_flag=True, help="Send and record again what is recorded there already.")
@selection_options
@limit_options
@click.argument("pytest_args", nargs=-1, type=click.UNPROCESSED)
@as_pytest_options
def command(arguments: list[str]) -> None:
    """Judge a gateway live, and keep its answers for replay."""
    sys.exit(run_as_command(["--gateway-live", "--gateway-record", *arguments]))
