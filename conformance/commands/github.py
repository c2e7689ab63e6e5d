"""`gateway-conformance github`: a report told in GitHub Actions."""

import os
from pathlib import Path

import click

from conformance.commands.options import DIRECTORY, Command

_SUMMARY = "GITHUB_STEP_SUMMARY"
"""The variable that names the file which GitHub shows as the summary of a step."""


@click.command("github", cls=Command, example="github reports/after --badge badge.json")
@click.argument("report", type=DIRECTORY)
@click.option(
    "--summary", metavar="FILE", type=DIRECTORY, help=f"Add the Markdown to this file.  [default: {_SUMMARY}, if set]"
)
@click.option(
    "--badge", metavar="FILE", type=DIRECTORY, help="Write a badge of this run there, as shields.io takes it."
)
def command(report: Path, *, summary: Path | None, badge: Path | None) -> None:
    """Tell of a report in GitHub Actions: annotations, a summary of the step, a badge.

    REPORT is a report directory of `run`. Annotations are printed. What a target has said is text in all of these. The exit
    code is 0 whatever the verdict: `run` has told it.
    """
    default = os.environ.get(_SUMMARY)
    run(report, summary or (Path(default) if default else None), badge)


def run(report: Path, summary: Path | None, badge: Path | None) -> None:
    """Prints the annotations, adds the summary, writes the badge. Raises `UsageError`."""
    import json

    from conformance.commands.output import write_file
    from conformance.errors import UsageError
    from conformance.report.badge import badge as badge_of
    from conformance.report.github import annotations
    from conformance.report.markdown import MOST_BYTES
    from conformance.report.results import read
    from conformance.report.summary import summary as summary_of

    results = read(report)
    for line in annotations(results):
        click.echo(line)
    if summary:
        try:
            used = summary.stat().st_size if summary.exists() else 0
            with summary.open("a", encoding="utf-8", errors="backslashreplace") as file:
                file.write(summary_of(results, MOST_BYTES - used))
        except OSError as error:
            raise UsageError(f"cannot write {summary}: {error.strerror}; give another --summary") from None
    if badge:
        write_file(badge, json.dumps(badge_of(results)) + "\n")
