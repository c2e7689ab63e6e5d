"""`gateway-conformance prove`: the kill matrix."""

import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from conformance.checks.verdicts import EXIT_BROKEN, EXIT_CONFORMANT, EXIT_NONCONFORMANT
from conformance.commands.completion import gateways, one_of
from conformance.commands.options import DIRECTORY, Command
from conformance.errors import UsageError, unknown_name

if TYPE_CHECKING:  # all cases, faults and gateways: a shell that completes a line waits for none of them
    from conformance.prove.proof import Proof


@click.command("prove", cls=Command, example="prove --fault responses-store-accepted --report-dir proof")
@click.option(
    "--fault",
    "names",
    metavar="NAME",
    multiple=True,
    shell_complete=one_of(gateways),
    help="Only this fault or variant; may be repeated.",
)
@click.option("--changed", is_flag=True, help="Only what has changed since the proof that ships.")
@click.option("--sample", metavar="N", type=click.IntRange(min=0), default=0, help="N of them, always the same ones.")
@click.option("--full", is_flag=True, help="Every case against each, not only what it is known to touch.")
@click.option("-n", "workers", type=click.IntRange(min=1), help="Processes.  [default: one a processor]")
@click.option(
    "--report-dir",
    metavar="DIR",
    type=DIRECTORY,
    help="Where the matrix goes.  [default: reports/prove, if it is whole]",
)
def command(names: tuple[str, ...], report_dir: Path | None, **options: Any) -> None:
    """Prove the suite: each fault of the reference gateway is reported for the stated reason, no variant is failed.

    Exit codes: 0 proved, 1 a fault survived or was reported for another reason, a false alarm, or a requirement without a
    fault; 3 the suite itself broke, 4 wrong usage.
    """
    sys.exit(run(names, report_dir, **options))


def run(
    names: tuple[str, ...], report_dir: Path | None, *, changed: bool, sample: int, full: bool, workers: int | None
) -> int:
    """Proves what is asked for, tells what came of it, and gives the exit code. Raises `UsageError`."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    from conformance.prove import baseline
    from conformance.prove.baseline import Baseline
    from conformance.prove.proof import GATEWAYS, chosen, prove, write

    for name in names:
        if name not in GATEWAYS:
            hint = "`gateway-conformance serve --fault list` names the faults"
            raise UsageError(unknown_name("fault or variant", name, GATEWAYS, hint))
    earlier = Baseline.read(baseline.bundled())
    wanted = chosen(names, earlier, changed=changed, sample=sample)
    click.echo(f"gateways: {len(wanted)}")
    console = Console(stderr=True)
    columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("", total=len(wanted) + 1)
        proof = prove(wanted, full=full, workers=workers, on_done=lambda _: progress.advance(task))
    for line in lines(proof):
        click.echo(line)
    if proof.errors:
        return EXIT_BROKEN
    whole = len(wanted) == len(GATEWAYS)
    if whole or report_dir:
        # A matrix of a part takes the place of the whole one only where the user says so.
        path = (report_dir or Path("reports") / "prove") / baseline.MATRIX
        write(proof, path)
        click.echo(f"matrix{'' if whole else ' of these alone'}: {path.with_suffix('.html')}")
    return EXIT_CONFORMANT if proof.holds else EXIT_NONCONFORMANT


def lines(proof: "Proof") -> Iterator[str]:
    """The proof in lines: what went wrong, what has no fault, and the totals last."""
    from conformance.prove import matrix
    from conformance.reference.faults import FAULTS
    from conformance.reference.proxies import PROXY_FAULTS

    for error in proof.errors:
        yield f"ERROR {error}"
    for cell in proof.cells:
        if cell.outcome in matrix.WORSE:
            yield f"{cell.outcome:<13} {cell.gateway:<42} {cell.requirement:<28} {cell.said}"
    if proof.unproved:
        yield "requirements without a fault:"
        for name, reason in proof.unproved.items():
            yield f"  {name:<28} {reason or 'NO REASON: no fault breaks it'}"
    faults = sum(name in FAULTS or name in PROXY_FAULTS for name in proof.judgements)
    counts = Counter(cell.outcome for cell in proof.cells)
    killed = {cell.requirement for cell in proof.cells if cell.outcome == "killed"}
    yield (
        f"faults: {faults}, variants: {len(proof.judgements) - 1 - faults}, requests: {proof.requests}; "
        f"{counts['killed']} killed for the stated reason, over {len(killed)} requirements; "
        f"{counts['wrong reason']} for another reason, {counts['survived']} survived, "
        f"{counts['false alarm']} false alarms, {sum(not reason for reason in proof.unproved.values())} without a fault"
    )
