"""When answers came, as evidence: of each whole success, and of all of them by surface and model, streamed and whole apart."""

from collections import defaultdict
from collections.abc import Iterable
from itertools import pairwise

from conformance.report.results import ExchangeTimes, Spread, Timing, TimingRow
from conformance.wire.exchange import Exchange

_KEPT_GAPS = 20
"""Gaps of a stream that stand for all of them, from the shortest to the longest: each stream weighs the same then."""


def times_of(exchange: Exchange, surface: str, model: str) -> ExchangeTimes | None:
    """When the answer of an exchange came; None if it was no whole success, or nobody knows when it came."""
    response = exchange.response
    if response is None or exchange.failure or not 200 <= response.status < 300 or not response.chunks:
        return None
    at = [chunk.at for chunk in response.chunks]
    if not at[-1]:
        return None
    streamed = response.media_type == "text/event-stream"
    gaps = sorted(later - earlier for earlier, later in pairwise(at)) if streamed else []
    return ExchangeTimes(
        surface=surface,
        model=model,
        streamed=streamed,
        first_s=round(at[0], 4),
        total_s=round(at[-1], 4),
        gaps_s=tuple(round(gap, 4) for gap in _thinned(gaps)),
    )


def _thinned(ordered: list[float]) -> list[float]:
    if len(ordered) <= _KEPT_GAPS:
        return ordered
    last = len(ordered) - 1
    return [ordered[round(number * last / (_KEPT_GAPS - 1))] for number in range(_KEPT_GAPS)]


def timing(times: Iterable[ExchangeTimes], *, recorded: bool) -> Timing:
    """The times of a run by surface and model, or those of the recordings that it judges."""
    grouped = defaultdict[tuple[str, str, bool], list[ExchangeTimes]](list)
    for each in times:
        grouped[each.surface, each.model, each.streamed].append(each)
    rows = [
        TimingRow(
            surface=surface,
            model=model,
            streamed=streamed,
            exchanges=len(group),
            first_s=_spread([each.first_s for each in group]),
            gap_s=_spread(gaps) if (gaps := [gap for each in group for gap in each.gaps_s]) else None,
            total_s=_spread([each.total_s for each in group]),
        )
        for (surface, model, streamed), group in sorted(grouped.items())
    ]
    return Timing(of="recording" if recorded else "run", rows=tuple(rows))


def _spread(values: list[float]) -> Spread:
    ordered = sorted(values)
    return Spread(median=_percentile(ordered, 0.5), p95=_percentile(ordered, 0.95))


def _percentile(ordered: list[float], part: float) -> float:
    """Between two values in proportion, as spreadsheets do it. (The module `statistics` takes 10 ms to import.)"""
    place = part * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return round(ordered[low] + (ordered[high] - ordered[low]) * (place - low), 4)
