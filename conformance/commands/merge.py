"""`gateway-conformance merge`: the reports of all shards of a run, made one."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from conformance.commands.options import DIRECTORY, Command, of_run
from conformance.errors import UsageError
from conformance.runs import options

if TYPE_CHECKING:
    from conformance.runs.outputs import OutputFiles


@click.command("merge", cls=Command, example="merge reports/shard-1 reports/shard-2 --report-dir reports/whole")
@click.argument("directories", nargs=-1, required=True, type=DIRECTORY, metavar="DIR...")
@click.option("--report-dir", metavar="DIR", type=DIRECTORY, help="Where the report goes.  [default: reports/<run>]")
@of_run(*options.OUTPUTS)
def command(directories: tuple[Path, ...], *, report_dir: Path | None, **outputs: str | None) -> None:
    """Make one report of those of all shards, which `run --shard K/N` has written.

    Verdicts are concluded anew from all cases. Refused is what does not belong together, and a case that is missing or there
    twice. Exit codes are those of `run`.
    """
    from conformance.runs.outputs import OutputFiles

    sys.exit(run(directories, report_dir, OutputFiles.named(outputs)))


def run(directories: tuple[Path, ...], report_dir: Path | None, outputs: "OutputFiles") -> int:
    """Merges, writes the report and prints its summary. Gives the exit code. Raises `UsageError`."""
    from conformance.report.body_files import needed
    from conformance.report.terminal import summary
    from conformance.report.write import ReportDirectory
    from conformance.runs.merging import merge
    from conformance.runs.run import exchanges_of, exit_code

    merged = merge(directories)
    directory = ReportDirectory(report_dir, merged.results.target.name)
    if any(report_dir and report_dir.resolve() == one.resolve() for one in directories):
        raise UsageError(f"{report_dir} is one of the shards: give another --report-dir")
    directory.check()
    outputs.check()
    exchanges = exchanges_of(merged.cases)
    bodies = needed({name: body for case in merged.cases for name, body in case.bodies.items()}, exchanges)
    try:
        written = directory.write(merged.results, exchanges, merged.evidence, bodies)
        outputs.write(merged.results, exchanges)
    except OSError as error:
        raise UsageError(
            f"the report cannot be written: {error.strerror or error}; give another --report-dir"
        ) from None
    for line, style in summary(merged.results, written):
        colour = next((name for name in ("green", "red", "yellow") if name in style), None)
        click.secho(line, fg=colour, bold=style.get("bold"))
    return exit_code(merged.results, merged.cases, merged.results.errors, interrupted=False)
