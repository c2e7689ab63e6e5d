"""What the limits of rate of a run have done, of one process or of several, and how it is told in a line."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec.structs import replace

from conformance.report.results import KeptLimits, LimitChange, Timeline
from conformance.wire.timeline import STEP_S

if TYPE_CHECKING:
    from conformance.wire.rate import RateLog  # a replay does without
    from conformance.wire.timeline import Step

_MOST_STEPS = 240
"""Of a timeline: more cannot be told from each other."""


def limits_of(log: "RateLog") -> KeptLimits:
    """What the log of a process says."""
    return KeptLimits(
        requests_per_minute=_finite(log.told.requests_per_minute),
        tokens_per_minute=_finite(log.told.tokens_per_minute),
        concurrency=_finite(log.told.concurrency),
        throttled=log.throttled,
        slowed=log.episodes,
        waited_s=round(log.waited_s, 1),
        most_in_flight=log.most_in_flight,
        changes=tuple(
            LimitChange(
                at_s=round(each.at_s, 1),
                model=each.model,
                limit=each.limit,
                before=_finite(each.before),
                after=round(each.after, 2),
                reason=each.reason,
            )
            for each in log.changes
        ),
        more_changes=log.more_changes,
        timeline=_timeline(log.timeline.steps),
    )


def together(several: Sequence[KeptLimits]) -> KeptLimits:
    """What the processes of a run have done together, of which the first was told the limits of all.

    They have waited at the same time: the longest wait counts.
    """
    return replace(
        several[0],
        throttled=sum(each.throttled for each in several),
        slowed=sum(each.slowed for each in several),
        waited_s=max(each.waited_s for each in several),
        most_in_flight=sum(each.most_in_flight for each in several),
        changes=tuple(sorted((one for each in several for one in each.changes), key=lambda one: one.at_s)),
        more_changes=sum(each.more_changes for each in several),
        timeline=_joined([each.timeline for each in several if each.timeline]),
    )


def _timeline(steps: "Sequence[Step]") -> Timeline | None:
    """The steps in no more than can be looked at; None if nothing was sent."""
    if not steps:
        return None
    size = math.ceil(len(steps) / _MOST_STEPS)
    parts = [steps[at : at + size] for at in range(0, len(steps), size)]
    return Timeline(
        step_s=STEP_S * size,
        in_flight=tuple(max(step.in_flight for step in part) for part in parts),
        waiting=tuple(max(step.waiting for step in part) for part in parts),
        throttled=tuple(sum(step.throttled for step in part) for part in parts),
    )


def _joined(several: Sequence[Timeline]) -> Timeline | None:
    """What several processes were doing together, which have begun at about the same time; in the longest steps of theirs."""
    if not several:
        return None
    step_s = max(each.step_s for each in several)
    length = max(math.ceil(len(each.in_flight) * each.step_s / step_s) for each in several)
    columns = {name: [0] * length for name in ("in_flight", "waiting", "throttled")}
    for each in several:
        for name, column in columns.items():
            own = [0] * length
            for at, number in enumerate(getattr(each, name)):
                place = int(at * each.step_s / step_s)
                own[place] = own[place] + number if name == "throttled" else max(own[place], number)
            columns[name] = [a + b for a, b in zip(column, own, strict=True)]
    return Timeline(step_s=step_s, **{name: tuple(column) for name, column in columns.items()})


def limits_line(limits: KeptLimits) -> str:
    """In a line: what was told, and what came of it; empty if there were no limits and nothing was slowed down."""
    told = {"requests a minute": limits.requests_per_minute, "tokens a minute": limits.tokens_per_minute}
    parts = [f"at most {number:,.0f} {what}" for what, number in told.items() if number is not None]
    if limits.throttled:
        times = "once" if limits.slowed == 1 else f"{limits.slowed} times"
        parts.append(f"slowed {times} by 429s ({limits.throttled})")
    if not parts:
        return ""
    return ", ".join([*parts, f"waited {limits.waited_s:,.0f} s", f"at most {limits.most_in_flight} in flight"])


def change_text(change: LimitChange) -> str:
    """What became of a limit, in words."""
    if change.limit == "pause":
        return f"nothing sent for {change.after:,.1f} s"
    before = "no limit" if change.before is None else f"{change.before:,.0f}"
    return f"{change.limit}: {before} → {change.after:,.0f}"


def _finite(value: float) -> float | None:
    return None if value == math.inf else round(value, 2)
