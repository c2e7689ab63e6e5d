"""A run as the formats of test runners tell it, JUnit and CTRF: a test for each case, and one for whatever else ended badly."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from conformance.report.deviations import HARMFUL, about, failing, happened, line
from conformance.report.results import CaseRow, ExchangeRecord, Finding, Results

Outcome = Literal["passed", "failed", "inconclusive", "skipped", "broken"]
"""Skipped is what counts for nothing: what does not apply to the target, a known deviation, or what a profile leaves unscored.
Broken is the run or the suite itself."""
_KINDS = {"failed": "violation", "inconclusive": "undecided", "warned": "warning"}
_LONGEST = 300


@dataclass(frozen=True)
class ToldTest:
    """One test."""

    group: str
    """What test runners group by: the file of the case, and the operation that generated requests ask for."""
    name: str
    outcome: Outcome
    kind: str
    """Of which kind the outcome is, in a word: the verdict of a case, or what went wrong."""
    message: str = ""
    text: str = ""
    """All that there is to say, and how to send it again."""
    duration_s: float = 0
    requirements: tuple[str, ...] = ()
    deviations: tuple[str, ...] = ()
    """What of it is known, with who answers for it."""


def told_tests(results: Results, exchanges: Sequence[ExchangeRecord]) -> Iterator[ToldTest]:
    """The tests of a run: what ended badly beside the cases first."""
    for number, error in enumerate(results.errors, 1):
        yield ToldTest("suite", f"error {number}", "broken", "suite", error.splitlines()[0][:_LONGEST], error)
    if not results.complete and not results.errors:
        yield ToldTest("suite", "the whole run", "broken", "incomplete", "; ".join(results.incomplete))
    for row in failing(results):
        yield ToldTest("deviations", about(row.deviation), "failed", row.outcome, line(row))
    curls = {exchange.id: exchange.curl for exchange in exchanges}
    unscored = {row.id: row.unscored for row in results.requirements if row.unscored}
    known: dict[str, list[str]] = {}
    for row in happened(results):
        known.setdefault(row.deviation.requirement, []).append(line(row))
    for case in results.cases:
        if case.verdict != "error":  # a broken case is told once, among the errors
            yield _of_case(case, curls, unscored, known)


def _of_case(
    case: CaseRow, curls: Mapping[str, str], unscored: Mapping[str, str], known: Mapping[str, Sequence[str]]
) -> ToldTest:
    deviations = tuple(text for name in case.known for text in known.get(name, ()))
    found = [one for one in case.findings if one.kind in (_KINDS.get(case.verdict), "violation")]
    texts = list(map(_finding_text, found))
    outcome: Outcome = "passed"
    if reason := _uncounted(case, unscored, deviations):
        outcome, texts = "skipped", [reason]
    elif case.verdict in ("failed", "inconclusive"):
        outcome = "failed" if case.verdict == "failed" else "inconclusive"
    elif case.verdict not in ("passed", "warned"):
        outcome, texts = "skipped", ["; ".join(dict.fromkeys(case.notes.values()))]
    again = [] if outcome == "skipped" else dict.fromkeys(curls.get(one.exchange, "") for one in found)
    file = case.id.partition(".")[0]
    return ToldTest(
        group=f"{file}.{case.varies.operation}" if case.varies else file,
        name=case.id,
        outcome=outcome,
        kind=case.verdict,
        message=texts[0] if texts else "",
        text="\n".join([*texts, *again]),
        duration_s=case.duration_s,
        requirements=case.requirements,
        deviations=deviations,
    )


def _uncounted(case: CaseRow, unscored: Mapping[str, str], deviations: Sequence[str]) -> str:
    """Why what a case has found against its target does not fail the run; empty if it does, or there is nothing."""
    if case.verdict not in HARMFUL:
        return ""
    against = [name for name, verdict in case.verdicts.items() if verdict in HARMFUL]
    if not all(name in case.known or name in unscored for name in against):
        return ""
    return "; ".join(
        [*(f"known deviation: {one}" for one in deviations), *(unscored[name] for name in against if name in unscored)]
    )


def _finding_text(finding: Finding) -> str:
    seen = {"expected": finding.expected, "actual": finding.actual}
    return "; ".join(
        [f"{finding.requirement}: {finding.message}", *(f"{name} {value}" for name, value in seen.items() if value)]
    )
