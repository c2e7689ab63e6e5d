"""`gateway-conformance run`: judges a gateway, live or by recordings."""

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


@click.command("run", cls=Command, context_settings=TO_PYTEST)
@click.option("--live", is_flag=True, help="Send real requests; needs --base-url or --target.")
@target_options
@click.option("--cassettes", metavar="DIR", help="Replay these recordings instead of the bundled ones.")
@click.option(
    "--rechunk",
    metavar="HOW",
    help="Replay streams in other chunks, which may change no verdict: bytes, characters, crlf, random[:SEED], "
    "comments[:SEED].",
)
@selection_options
@limit_options
@click.argument("pytest_args", nargs=-1, type=click.UNPROCESSED)
@as_pytest_options
def command(arguments: list[str]) -> None:
    """Judge a gateway; without a target, replay the bundled recordings with the network blocked.

    Further arguments go to pytest: -k RESP-400-STORE, -m must, -n 2, -x, -vv.
    """
    sys.exit(run_as_command(arguments))
