"""`gateway-conformance sdk`: observes the client libraries that are installed."""

import sys
from collections.abc import Sequence
from pathlib import Path

import click

from conformance.commands.options import DIRECTORY, TO_PYTEST, Command
from conformance.errors import UsageError
from conformance.report.write import check_writable
from conformance.runs import session
from conformance.sdk.clients import CASES, CLIENTS, versions
from conformance.sdk.recorded import provenance


@click.command("sdk", cls=Command, context_settings=TO_PYTEST)
@click.option("--report-dir", metavar="DIR", help="Where results.json goes.  [default: reports/sdk-<client>-<version>]")
@click.option("--cassettes", metavar="DIR", type=DIRECTORY, help="Recordings whose answers they are given.")
@click.argument("pytest_args", nargs=-1, type=click.UNPROCESSED)
def command(report_dir: str | None, cassettes: Path | None, pytest_args: tuple[str, ...]) -> None:
    """Observe the client libraries that are installed here: what they send, and what their caller gets.

    The reference gateway answers, and recordings do: those of your workspace show how a client reads what it says.

    Further arguments go to pytest: -k openai, -n 2, a file with cases of your own.
    """
    sys.exit(session.started(arguments(report_dir, cassettes, pytest_args), [session.Mistakes()]))


def arguments(report_dir: str | None, cassettes: Path | None, more: Sequence[str]) -> list[str]:
    """The arguments of pytest; `more` are the user's, which may name files of their own cases.

    Raises `UsageError` if there is no client, if there are no answers in the cassettes, or if no report can be written.
    """
    if cassettes:
        provenance(cassettes)
    named = [word for word in more if not word.startswith("-") and Path(word.partition("::")[0]).exists()]
    installed = [f"{client}-{number}" for client, number in versions().items() if client in CLIENTS]
    if not named and not installed:
        raise UsageError(f"none of {', '.join(CLIENTS)} is installed here: install the version that is to be observed")
    directory = Path(report_dir or "reports/sdk-" + "+".join(installed or ["mine"]))
    check_writable(directory)
    recordings = [f"--sdk-cassettes={cassettes.resolve()}"] if cassettes else []
    cases = [] if named else [str(CASES)]
    return session.arguments("conformance.sdk.plugin", f"--sdk-report-dir={directory}", *recordings, *cases, *more)
