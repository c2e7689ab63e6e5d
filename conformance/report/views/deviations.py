"""The known deviations on the page: what became of each, those that fail the run first."""

from collections.abc import Sequence
from dataclasses import dataclass

from conformance.report.deviations import FAILING, about, answered_for, detail, not_covered_text
from conformance.report.results import Results
from conformance.report.wording import cut

_LOOKS = {"happened": "warned", "did_not_happen": "failed", "expired": "failed", "not_decided": "not_tested"}
"""Which verdict an outcome looks like."""
_WORDS = {
    "happened": "as expected",
    "did_not_happen": "did not happen",
    "expired": "expired",
    "not_decided": "not decided",
}


@dataclass(frozen=True)
class ShownDeviation:
    """A known deviation as it is told."""

    requirement: str
    part: str
    """The case or model that it is about alone."""
    look: str
    outcome: str
    text: str
    beyond: str
    """What was found of the requirement, and is not known; of several deviations from it the first tells."""


def deviations(results: Results) -> Sequence[ShownDeviation]:
    """All of them, in the order of their file but for those that fail the run."""
    rows = results.deviations.rows if results.deviations else ()
    found = results.deviations.not_covered if results.deviations else ()
    beyond = {one.requirement: cut(not_covered_text(one), 1000) for one in found}
    ordered = sorted(rows, key=lambda row: row.outcome not in FAILING)
    return [
        ShownDeviation(
            requirement=row.deviation.requirement,
            part=cut(about(row.deviation).removeprefix(row.deviation.requirement), 300),
            look=_LOOKS[row.outcome],
            outcome=_WORDS[row.outcome],
            text=cut(f"{detail(row)}: {answered_for(row)}", 1000),
            beyond=beyond.pop(row.deviation.requirement, "") if row.outcome == "happened" else "",
        )
        for row in ordered
    ]
