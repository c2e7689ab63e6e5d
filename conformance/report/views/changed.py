"""What has changed since the earlier run that `--baseline` names."""

from dataclasses import dataclass

from conformance.report.changed import outcome_words, since_text
from conformance.report.counts import cut_note
from conformance.report.results import Results, VerdictChange
from conformance.report.wording import cut

_FEW = 10
_LOOKS = {"broken": "failed", "fixed": "passed", "changed": "warned"}


@dataclass(frozen=True)
class ShownVerdictChange:
    """A requirement whose verdict is another one now."""

    look: str
    outcome: str
    change: VerdictChange
    note: str


@dataclass(frozen=True)
class ShownBaseline:
    """The earlier run, and what has changed, the worst first; what was not looked at in one of both is only counted."""

    summary: str
    caution: str
    """Why it may not be compared; empty if it may."""
    changes: tuple[ShownVerdictChange, ...]

    @property
    def are_few(self) -> bool:
        """Whether they are shown without being asked for."""
        return len(self.changes) <= _FEW


def baseline(results: Results) -> ShownBaseline | None:
    """What is shown of the earlier run; None if none was named."""
    found = results.baseline
    if found is None:
        return None
    other = cut(found.target, 80)
    shown = [
        ShownVerdictChange(_LOOKS[change.outcome], outcome_words(change.outcome), change, cut_note(change.note, 300))
        for outcome in _LOOKS
        for change in found.changes
        if change.outcome == outcome
    ]
    return ShownBaseline(
        summary=f"Since {since_text(found)}.",
        caution="" if found.target == results.target.name else f"The earlier run was against another target: {other}.",
        changes=tuple(shown),
    )
