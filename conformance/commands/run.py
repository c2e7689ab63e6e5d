"""`gateway-conformance run`: judges a gateway, live or by recordings."""

import sys

import click

from conformance.commands.completion import cases
from conformance.commands.options import TO_PYTEST, Command, as_pytest_options, of_run
from conformance.runs import options


@click.command(
    "run",
    cls=Command,
    example="run --base-url http://127.0.0.1:8765 --smoke --markdown summary.md",
    context_settings=TO_PYTEST,
)
@of_run(options.LIVE, *options.TARGET, *options.NETWORK, options.CASSETTES, options.RECHUNK, *options.SELECTION)
@of_run(options.DEVIATIONS, options.BASELINE, options.DOCUMENTATION, *options.PARTS, *options.OUTPUTS)
@of_run(options.CONCURRENCY, *options.LIMITS, *options.BUDGET, *options.RATE)
@click.argument("pytest_args", nargs=-1, type=click.UNPROCESSED, shell_complete=cases)
@as_pytest_options
def command(arguments: list[str]) -> None:
    """Judge a gateway; without a target, replay the bundled recordings with the network blocked.

    Further arguments go to pytest: -k RESP-400-STORE, -m must, -n 2, -x, -vv.
    """
    from conformance.runs.session import run_as_command

    sys.exit(run_as_command(arguments))
