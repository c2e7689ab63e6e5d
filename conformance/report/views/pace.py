"""How fast the run was allowed to send, and when its answers came."""

from dataclasses import dataclass

from conformance.report.pace import change_text, limits_line
from conformance.report.results import Results, Spread
from conformance.report.wording import counted, cut, surfaces


@dataclass(frozen=True)
class ShownChange:
    """A change of a limit, in words."""

    at: str
    model: str
    text: str
    reason: str


@dataclass(frozen=True)
class ShownLimits:
    """The limits of a run; `folded` are the words that its changes are folded under."""

    line: str
    changes: tuple[ShownChange, ...]
    folded: str


@dataclass(frozen=True)
class ShownTiming:
    """A row of the table of times."""

    surface: str
    model: str
    kind: str
    number: int
    first: str
    gaps: str
    total: str


@dataclass(frozen=True)
class ShownTimings:
    """The table of times, and what it is about."""

    about: str
    rows: tuple[ShownTiming, ...]


def limits(results: Results) -> ShownLimits | None:
    """What is shown of the limits; None for a replay."""
    found = results.limits
    if found is None:
        return None
    changes = [
        ShownChange(f"{one.at_s:,.1f} s", cut(one.model, 80) or "all", change_text(one), one.reason)
        for one in found.changes
    ]
    more = f", of which {found.more_changes} are not kept" if found.more_changes else ""
    folded = f"{counted(len(changes) + found.more_changes, 'change')} of a limit{more}"
    return ShownLimits(limits_line(found), tuple(changes), folded)


def timing(results: Results) -> ShownTimings | None:
    """What is shown of the times; None if there are none."""
    found = results.timing
    if found is None or not found.rows:
        return None
    whose = "the reference gateway" if results.target.provenance == "reference" else "the target"
    about = "Seconds since a request was sent: the median, and what 95 of 100 kept to."
    if found.of == "recording":
        about += f" These are the times of the recording, of {whose} on the day it was recorded: nothing was sent now."
    elif results.target.provenance == "reference":
        about += " They are those of the reference gateway, which has no model behind it."
    rows = [
        ShownTiming(
            surfaces(row.surface),
            cut(row.model, 80),
            "streamed" if row.streamed else "whole",
            row.exchanges,
            _spread(row.first_s),
            _spread(row.gap_s) if row.gap_s else "",
            _spread(row.total_s),
        )
        for row in found.rows
    ]
    return ShownTimings(about, tuple(rows))


def _spread(spread: Spread) -> str:
    return f"{spread.median:.3f} · {spread.p95:.3f}"
