"""From findings to verdicts: of one case for one requirement, of a requirement, of the run; and the exit code."""

from collections.abc import Iterable, Sequence
from typing import Literal

from conformance.checks.findings import Finding, Kind
from conformance.requirements import Level

Verdict = Literal["passed", "failed", "warned", "inconclusive", "not_applicable", "not_tested", "excluded"]
RunVerdict = Literal["conformant", "conformant_with_deviations", "nonconformant", "inconclusive"]
"""With deviations: all that keeps it from being conformant is known to its owners, who said so before the run."""

STRONGEST_FIRST: tuple[Verdict, ...] = (
    "failed", "inconclusive", "warned", "passed", "not_applicable", "not_tested", "excluded",
)  # fmt: skip
DECIDED = frozenset[Verdict]({"passed", "failed", "warned"})

EXIT_CONFORMANT = 0
EXIT_NONCONFORMANT = 1
EXIT_INCONCLUSIVE = 2
EXIT_BROKEN = 3
EXIT_USAGE = 4


def judge(level: Level, findings: Iterable[Finding]) -> Verdict:
    """The verdict of one case on one requirement that it has judged: that of its gravest finding.

    Only a MUST can fail. A broken SHOULD is warned, and so is what INFO and MAY record as odd.
    """
    alone: dict[Kind, Verdict] = {
        "violation": "failed" if level == "MUST" else "warned",
        "undecided": "inconclusive",
        "warning": "warned",
        "observation": "passed",
        "inapplicable": "not_applicable",
    }
    return strongest([alone[finding.kind] for finding in findings] or ["passed"])


def strongest(verdicts: Iterable[Verdict]) -> Verdict:
    """The verdict of a requirement that several cases decide; `not_tested` without any."""
    return min(verdicts, key=STRONGEST_FIRST.index, default="not_tested")


def of_run(requirements: Sequence[tuple[Level, Verdict]]) -> RunVerdict:
    """The verdict of a run: nonconformant if a MUST failed, inconclusive if a MUST stayed undecided or nothing was decided."""
    musts = {verdict for level, verdict in requirements if level == "MUST"}
    if "failed" in musts:
        return "nonconformant"
    if "inconclusive" in musts or not any(verdict in DECIDED for _, verdict in requirements):
        return "inconclusive"
    return "conformant"


def exit_code(verdict: RunVerdict, *, broken: bool, complete: bool, interrupted: bool = False) -> int:
    """The exit code of a run. A broken suite outranks every verdict but a MUST that failed stays visible in the report.

    A run that was ended before its time judges nothing as a whole. One that `-x` has stopped at a failure is not complete
    either, but it has found what it was asked for.
    """
    if broken:
        return EXIT_BROKEN
    if interrupted:
        return EXIT_INCONCLUSIVE
    codes: dict[RunVerdict, int] = {
        "conformant": EXIT_CONFORMANT,
        "conformant_with_deviations": EXIT_CONFORMANT,
        "nonconformant": EXIT_NONCONFORMANT,
        "inconclusive": EXIT_INCONCLUSIVE,
    }
    code = codes[verdict]
    return EXIT_INCONCLUSIVE if code == EXIT_CONFORMANT and not complete else code
