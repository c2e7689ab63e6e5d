"""The history of verdicts as a page: the alarms, then by target and selection what changed, the runs, and every requirement.

What stands where is decided here; `history.html.j2` only lays it out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from conformance.report.history import Change, Course, Series, is_evidence, outcome
from conformance.report.pages import template
from conformance.report.watched import RunLine
from conformance.report.wording import counted, cut, words

TEMPLATE = Path(__file__).with_name("history.html.j2")
MOST_RUNS = 60
"""Runs that a page shows of a series: the newest."""
_OF_INTEREST = frozenset({"failed", "warned", "inconclusive"})


@dataclass(frozen=True)
class ShownRun:
    """A run in a line."""

    time: str
    outcome: str
    look: str
    """Which verdict it looks like."""
    counts: str
    reason: str

    @classmethod
    def of(cls, run: RunLine) -> "ShownRun":
        """The line of a run."""
        look = str(run.verdict) if is_evidence(run) else "incomplete" if run.state == "incomplete" else "not_tested"
        counts = run.counts if isinstance(run.counts, dict) else {}
        told = ", ".join(f"{count} {words(verdict)}" for verdict, count in counts.items() if count)
        return cls(_time(run), outcome(run), look, told, cut(run.reason, 300))


@dataclass(frozen=True)
class ShownChange:
    """A change as it is told."""

    change: Change
    since: str
    confirmed: str
    """When; empty if no run has yet."""
    note: str
    mood: str
    """The verdict that it looks like."""

    @classmethod
    def of(cls, change: Change) -> "ShownChange":
        """How a change is told."""
        mood = "passed" if change.new == "passed" else "not_tested"
        if change.is_worse:
            mood = "failed" if change.confirmed else "warned"
        confirmed = _time(change.confirmed) if change.confirmed else ""
        return cls(change, _time(change.since), confirmed, cut(change.note, 600), mood)


@dataclass(frozen=True)
class ShownSeries:
    """A series, laid out."""

    title: str
    summary: str
    changes: tuple[ShownChange, ...]
    runs: tuple[ShownRun, ...]
    """The newest first."""
    courses: tuple[Course, ...]
    """Of what changed, or is not in order now."""
    times: tuple[str, ...]
    """When the runs began that a course shows."""

    @classmethod
    def of(cls, series: Series) -> "ShownSeries":
        """How a series is laid out."""
        blind = sum(not is_evidence(run) for run in series.runs)
        unclear = f"; {blind} of them no evidence" if blind else ""
        return cls(
            title=f"{cut(series.target, 100)}, {series.mode}, {cut(series.selection, 200)}",
            summary=f"{counted(len(series.runs), 'run')}{unclear}",
            changes=tuple(map(ShownChange.of, series.changes)),
            runs=tuple(ShownRun.of(run) for run in reversed(series.runs[-MOST_RUNS:])),
            courses=tuple(_recent(course) for course in series.courses if _is_of_interest(course)),
            times=tuple(_time(run) for run in series.runs[-MOST_RUNS:]),
        )


def page(series: Sequence[Series], alarms: Sequence[Change]) -> str:
    """The whole page."""
    pending = sum(not change.confirmed and change.is_worse for one in series for change in one.changes)
    summary = (
        f"{counted(len(alarms), 'requirement')} changed for the worse, and the newest run has confirmed it"
        if alarms
        else "no change for the worse that the newest run has confirmed"
    )
    return template(TEMPLATE).render(
        summary=summary,
        mood="nonconformant" if alarms else "inconclusive" if pending else "conformant",
        pending=f"{counted(pending, 'change')} for the worse not confirmed yet" if pending else "",
        alarms=[ShownChange.of(change) for change in alarms],
        series=[ShownSeries.of(one) for one in series],
    )


def _is_of_interest(course: Course) -> bool:
    last = next((verdict for verdict in reversed(course.verdicts) if verdict), None)
    return bool(course.changes) or last in _OF_INTEREST


def _recent(course: Course) -> Course:
    return Course(course.requirement, course.level, course.verdicts[-MOST_RUNS:], course.changes)


def _time(run: RunLine) -> str:
    return run.started_at[:16].replace("T", " ")
