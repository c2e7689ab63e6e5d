"""`gateway-conformance compare`: what the arguments are decides what is compared."""

import sys
from collections.abc import Sequence
from pathlib import Path

import click

from conformance.commands import compare_clients, compare_recordings, compare_runs
from conformance.commands.completion import files
from conformance.commands.options import DIRECTORY, Command
from conformance.errors import UsageError
from conformance.report.results import is_results
from conformance.sdk.observations import is_observed

_WHAT = "compare takes reports of `run` or of `sdk`, directories of cassettes, or what ships, such as openai==2.54.0"


@click.command("compare", cls=Command, example="compare reports/before reports/after --markdown changes.md")
@click.argument("runs", nargs=-1, required=True, metavar="[OLD...] NEW", shell_complete=files)
@click.option("--bisect", is_flag=True, help="Of several runs of client cases: with which version each case changed.")
@click.option("--markdown", metavar="FILE", type=DIRECTORY, help="Write it for a pull request too.")
@click.option("--html", metavar="FILE", type=DIRECTORY, help="Write it as a page too: of runs of client cases.")
@click.option(
    "--accept", metavar="FILE", type=DIRECTORY, help="Breaks of clients that are known, each with an owner and an end."
)
@click.option("--all", "all_of_it", is_flag=True, help="Of runs of client cases: leave nothing out in the terminal.")
def command(
    runs: tuple[str, ...],
    *,
    bisect: bool,
    markdown: Path | None,
    html: Path | None,
    accept: Path | None,
    all_of_it: bool,
) -> None:
    """Tell what changed from OLD to NEW: of a target, between two reports of `run` or two directories of cassettes; of a
    client, between runs of `sdk`.

    A run of `sdk` alone is compared with the observations that ship; openai==2.54.0 as OLD names one of them.

    Exit codes: 0 nothing that clients or callers relied on is gone, or all of it is accepted, 1 something is, 4 wrong
    usage.
    """
    sys.exit(run(runs, bisect=bisect, markdown=markdown, html=html, accept=accept, all_of_it=all_of_it))


def run(
    words: Sequence[str],
    *,
    bisect: bool = False,
    markdown: Path | None = None,
    html: Path | None = None,
    accept: Path | None = None,
    all_of_it: bool = False,
) -> int:
    """Compares and prints. Gives the exit code: 1 if something broke. Raises `UsageError` for what cannot be compared."""
    for word in words:
        if "==" not in word and not Path(word).exists():
            raise UsageError(f"there is no {word}: {_WHAT}")
    paths = [Path(word) for word in words]
    of_runs = all(map(is_results, paths))
    if not of_runs and all("==" in word or is_observed(Path(word)) for word in words):
        return compare_clients.run(
            words, bisect=bisect, as_markdown=markdown, as_html=html, accept=accept, all_of_it=all_of_it
        )
    for option, given in (
        ("--bisect", bisect),
        ("--html", html),
        ("--accept", accept),
        ("--all", all_of_it),
        ("--markdown", markdown and not of_runs),
    ):
        if given:
            raise UsageError(
                f"{option} is for runs of client cases, which `gateway-conformance sdk --report-dir DIR` has written"
                + (", and for two reports of `run`" if option == "--markdown" else "")
            )
    if len(paths) != 2:
        raise UsageError(
            "one argument, or more than two, are for runs of client cases: give directories that "
            "`gateway-conformance sdk --report-dir DIR` has written"
        )
    old, new = paths
    return compare_runs.run(old, new, markdown) if of_runs else compare_recordings.run(old, new)
