"""Two runs against gateways: which requirements are kept now that were not, and the other way round."""

from dataclasses import dataclass
from typing import Literal

from conformance.report.results import RequirementRow, Results

Outcome = Literal["broken", "fixed", "changed", "new", "gone", "unchanged"]
_OPEN = ("absent", "not_tested", "not_applicable", "excluded")
"""Verdicts of what was not looked at."""


@dataclass(frozen=True)
class VerdictChange:
    """A requirement, its verdicts in the two runs (`absent` if it is in one alone), and what the newer says of it."""

    requirement: str
    outcome: Outcome
    old: str
    new: str
    note: str


def compare(old: Results, new: Results) -> list[VerdictChange]:
    """Each requirement of both runs, in the order of their ids."""
    before, after = ({row.id: row for row in results.requirements} for results in (old, new))
    return [_change(name, before.get(name), after.get(name)) for name in sorted({*before, *after})]


def _change(name: str, old: RequirementRow | None, new: RequirementRow | None) -> VerdictChange:
    before, after = (row.verdict if row else "absent" for row in (old, new))
    return VerdictChange(name, _outcome(before, after), before, after, new.note if new else "")


def _outcome(before: str, after: str) -> Outcome:
    if before == after or (before in _OPEN and after in _OPEN):
        return "unchanged"
    if before in _OPEN or after in _OPEN:
        return "new" if before in _OPEN else "gone"
    if after == "failed":
        return "broken"
    return "fixed" if before == "failed" and after in ("passed", "warned") else "changed"
