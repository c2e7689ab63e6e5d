"""`gateway-conformance record`: judges a gateway live, and keeps its answers."""

import sys

import click

from conformance.commands.completion import cases, files
from conformance.commands.options import TO_PYTEST, Command, as_pytest_options, of_run
from conformance.runs import options


@click.command(
    "record",
    cls=Command,
    example="record --base-url http://127.0.0.1:8765 --cassettes mine --smoke",
    context_settings=TO_PYTEST,
)
@of_run(*options.TARGET, *options.NETWORK)
@click.option("--cassettes", metavar="DIR", required=True, shell_complete=files, help="Where the recordings go.")
@of_run(options.AGAIN, *options.SELECTION, *options.LIMITS)
@click.argument("pytest_args", nargs=-1, type=click.UNPROCESSED, shell_complete=cases)
@as_pytest_options
def command(arguments: list[str]) -> None:
    """Judge a gateway live, and keep its answers for replay."""
    from conformance.runs.session import run_as_command

    sys.exit(run_as_command(["--gateway-live", "--gateway-record", *arguments]))
