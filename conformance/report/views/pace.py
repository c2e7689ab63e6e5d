"""How fast the run was allowed to send, and when its answers came."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from conformance.report.pace import change_text, limits_line
from conformance.report.results import Results, Spread, Timeline
from conformance.report.wording import counted, cut, surfaces

_SHORTEST_S = 0.001
"""What is faster stands where this does."""
_HEIGHT, _FEWEST_STEPS = 60, 8
"""Of the picture of a run."""


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
    timeline: "ShownTimeline | None"


@dataclass(frozen=True)
class ShownTimeline:
    """The run as a picture, of steps of a width of 1: coordinates, and what stands beside it."""

    width: int
    height: int
    in_flight: str
    """The points of the line of requests in flight."""
    waiting: tuple[tuple[int, int], ...]
    """Stretches in which requests waited for a limit: where each begins, and how long it is."""
    throttled: tuple[tuple[int, int], ...]
    """Where 429s came, and how many."""
    most: str
    end: str
    told: str
    """What it shows, in words."""


@dataclass(frozen=True)
class Span:
    """From the median to what 95 of 100 kept to, as places on a scale."""

    median: float
    p95: float


@dataclass(frozen=True)
class Tick:
    """A line of the scale, and what it stands for."""

    place: float
    text: str


@dataclass(frozen=True)
class Scale:
    """Seconds on a line of `width`, each decade as long as the others."""

    width: int
    first: int
    """The power of ten that it begins with."""
    ticks: tuple[Tick, ...]

    @classmethod
    def over(cls, seconds: Iterable[float], width: int = 220) -> "Scale":
        """The scale of whole decades that holds all of these; none is shorter than a millisecond."""
        logarithms = [math.log10(max(one, _SHORTEST_S)) for one in seconds]
        first, last = math.floor(min(logarithms)), math.ceil(max(logarithms))
        last = max(last, first + 1)
        step = width / (last - first)
        return cls(
            width,
            first,
            tuple(Tick(round((n - first) * step, 1), f"{10.0**n:g} s") for n in range(first, last + 1)),
        )

    def place(self, seconds: float) -> float:
        """Where a time stands."""
        decades = len(self.ticks) - 1
        return round((math.log10(max(seconds, _SHORTEST_S)) - self.first) * self.width / decades, 1)

    def span(self, spread: Spread) -> Span:
        """Where the times of a spread stand."""
        return Span(self.place(spread.median), self.place(spread.p95))


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
    first_span: Span
    total_span: Span


@dataclass(frozen=True)
class ShownTimings:
    """The table of times, and what it is about."""

    about: str
    scale: Scale
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
    return ShownLimits(limits_line(found), tuple(changes), folded, _timeline(found.timeline))


def _timeline(found: Timeline | None) -> ShownTimeline | None:
    """The picture of a run; None of one that was over at once."""
    if found is None or len(found.in_flight) < _FEWEST_STEPS:
        return None
    most, steps = max(found.in_flight) or 1, len(found.in_flight)
    heights = [round(_HEIGHT * (1 - number / most), 1) for number in found.in_flight]
    corners = [f"{at},{height:g} {at + 1},{height:g}" for at, height in enumerate(heights)]
    seconds, refused = found.step_s * steps, sum(found.throttled)
    return ShownTimeline(
        width=steps,
        height=_HEIGHT,
        in_flight=" ".join([f"0,{_HEIGHT}", *corners, f"{steps},{_HEIGHT}"]),
        waiting=tuple(_stretches(found.waiting)),
        throttled=tuple((at, number) for at, number in enumerate(found.throttled) if number),
        most=str(most),
        end=f"{seconds:,.0f} s",
        told=f"At most {counted(most, 'request')} in flight over {seconds:,.0f} s; {counted(refused, 'answer')} with 429.",
    )


def _stretches(waiting: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Where something waited step after step: the first step, and how many."""
    for waits, steps in groupby(enumerate(waiting), key=lambda step: step[1] > 0):
        if waits:
            first, *others = (at for at, _ in steps)
            yield first, 1 + len(others)


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
    scale = Scale.over(
        one for row in found.rows for spread in (row.first_s, row.total_s) for one in (spread.median, spread.p95)
    )
    rows = [
        ShownTiming(
            surfaces(row.surface),
            cut(row.model, 80),
            "streamed" if row.streamed else "whole",
            row.exchanges,
            _spread(row.first_s),
            _spread(row.gap_s) if row.gap_s else "",
            _spread(row.total_s),
            scale.span(row.first_s),
            scale.span(row.total_s),
        )
        for row in found.rows
    ]
    return ShownTimings(about, scale, tuple(rows))


def _spread(spread: Spread) -> str:
    return f"{spread.median:.3f} · {spread.p95:.3f}"
