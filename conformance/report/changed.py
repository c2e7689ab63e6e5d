"""What has changed since an earlier run, in words."""

from collections import Counter
from typing import get_args

from conformance.report.results import Baseline, ChangeOutcome
from conformance.report.wording import words

_WORDS: dict[ChangeOutcome, str] = {"new": "newly looked at", "gone": "not looked at any more"}


def outcome_words(outcome: ChangeOutcome) -> str:
    """What became of a requirement, in words."""
    return _WORDS.get(outcome, outcome)


def since_text(baseline: Baseline) -> str:
    """Since when and what, and how often each thing has happened: `2026-11-28 07:12 (conformant): 1 broken, 2 fixed`."""
    counts = Counter(change.outcome for change in baseline.changes)
    told = ", ".join(f"{counts[name]} {outcome_words(name)}" for name in get_args(ChangeOutcome) if counts[name])
    suite = "" if baseline.same_suite else "; another version of the suite judged"
    when = baseline.started_at[:16].replace("T", " ")
    return f"{when} ({words(baseline.verdict)}): {told or 'nothing has changed'}{suite}"
