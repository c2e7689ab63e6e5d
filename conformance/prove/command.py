"""What `gateway-conformance prove` does and tells."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import click

from conformance.errors import UsageError
from conformance.prove import kept, matrix
from conformance.prove.kept import Kept
from conformance.prove.proof import GATEWAYS, Proof, chosen, prove, write
from conformance.reference.faults import FAULTS
from conformance.selection import unknown
from conformance.verdicts import EXIT_BROKEN, EXIT_CONFORMANT, EXIT_NONCONFORMANT


def run(
    names: tuple[str, ...], report_dir: Path | None, *, changed: bool, sample: int, full: bool, workers: int | None
) -> int:
    """Proves what is asked for, tells what came of it, and gives the exit code. Raises `UsageError`."""
    for name in names:
        if name not in GATEWAYS:
            raise UsageError(unknown("fault or variant", name, GATEWAYS))
    earlier = Kept.read(kept.bundled())
    wanted = chosen(names, earlier, changed=changed, sample=sample)
    with click.progressbar(length=len(wanted) + 1, label=f"gateways: {len(wanted)}") as bar:
        proof = prove(wanted, earlier, full=full, workers=workers, told=lambda _: bar.update(1))
    for line in lines(proof):
        click.echo(line)
    if proof.errors:
        return EXIT_BROKEN
    if len(wanted) == len(GATEWAYS):
        path = (report_dir or Path("reports") / "prove") / kept.MATRIX
        write(proof, path)
        click.echo(f"matrix: {path.with_suffix('.html')}")
    return EXIT_CONFORMANT if proof.holds else EXIT_NONCONFORMANT


def lines(proof: Proof) -> Iterator[str]:
    """The proof in lines: what went wrong, what has no fault, and the totals last."""
    for error in proof.errors:
        yield f"ERROR {error}"
    for cell in proof.cells:
        if cell.outcome in matrix.WORSE:
            yield f"{cell.outcome:<13} {cell.gateway:<42} {cell.requirement:<28} {cell.said}"
    if proof.unproved:
        yield "requirements without a fault:"
        for name, reason in proof.unproved.items():
            yield f"  {name:<28} {reason or 'NO REASON: no fault breaks it'}"
    faults = sum(name in FAULTS for name in proof.judgements)
    counts = Counter(cell.outcome for cell in proof.cells)
    killed = {cell.requirement for cell in proof.cells if cell.outcome == "killed"}
    yield (
        f"faults: {faults}, variants: {len(proof.judgements) - 1 - faults}, requests: {proof.requests}; "
        f"{counts['killed']} killed for the stated reason, over {len(killed)} requirements; "
        f"{counts['wrong reason']} for another reason, {counts['survived']} survived, "
        f"{counts['false alarm']} false alarms, {sum(not reason for reason in proof.unproved.values())} without a fault"
    )
