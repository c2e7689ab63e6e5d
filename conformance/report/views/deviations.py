"""The known deviations on the page: what became of each, those that fail the run first."""

from collections.abc import Sequence
from dataclasses import dataclass

from conformance.report.deviations import FAILING, about, outcome_text
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


def deviations(results: Results) -> Sequence[ShownDeviation]:
    """All of them, in the order of their file but for those that fail the run."""
    rows = results.deviations.rows if results.deviations else ()
    ordered = sorted(rows, key=lambda row: row.outcome not in FAILING)
    return [
        ShownDeviation(
            requirement=row.deviation.requirement,
            part=cut(about(row.deviation).removeprefix(row.deviation.requirement), 300),
            look=_LOOKS[row.outcome],
            outcome=_WORDS[row.outcome],
            text=cut(outcome_text(row), 1000),
        )
        for row in ordered
    ]
