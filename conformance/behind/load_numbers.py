"""What a load has measured, in numbers: by side, what the proxy adds, and its memory; as a table and as JSON.

`load.json` holds a `Numbers` as it stands here: its members and theirs, with null for what was not measured. Times are in
milliseconds, throughput in answers a second, memory in kilobytes of 1024 bytes. A new `version` tells that what is there has
changed its meaning.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from conformance.behind.load import Load, Measured
from conformance.report.safe import one_line

if TYPE_CHECKING:
    from rich.table import Table

MOST_REASONS = 5
"""Reasons of each side that are told, the most frequent first."""
_P95 = 0.95


@dataclass(frozen=True)
class Times:
    """Of a number of requests, in milliseconds."""

    median_ms: float
    p95_ms: float
    """95 of 100 took no longer."""

    @classmethod
    def of(cls, seconds: Sequence[float]) -> "Times | None":
        """Of times in seconds; None if there are none."""
        if not seconds:
            return None
        return cls(*(round(1000 * percentile(seconds, share), 3) for share in (0.5, _P95)))

    def less(self, other: "Times") -> "Times":
        """By how much these are longer than the other ones."""
        return Times(round(self.median_ms - other.median_ms, 3), round(self.p95_ms - other.p95_ms, 3))


@dataclass(frozen=True)
class Reason:
    """Why answers were crossed or lost: how often, and the first of them in words."""

    times: int
    first: str


@dataclass(frozen=True)
class SideNumbers:
    """One side. Latency and throughput are of requests that were answered, with their own answer or another's."""

    requests: int
    own: int
    crossed: int
    """Requests that got the answer to another."""
    lost: int
    """Requests that got none: an error, a stream that was cut, nothing in time."""
    throughput_per_s: float | None
    latency: Times | None
    """Until an answer has come to its end, of streams too."""
    first_byte: Times | None
    """Of streams alone."""
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True)
class Added:
    """What the proxy adds: its median less that of the upstream, its 95th percentile less that of the upstream."""

    latency: Times | None
    first_byte: Times | None


@dataclass(frozen=True)
class MemoryNumbers:
    """RAM of the proxy's process, without its children, in kilobytes; null: the process was gone by then."""

    pid: int
    before_kb: int | None
    most_kb: int | None
    after_kb: int | None


@dataclass(frozen=True)
class Numbers:
    """All of a load."""

    target: str
    at_once: int
    """Requests in flight."""
    kinds: tuple[str, ...]
    """What was asked in turn."""
    interrupted: bool
    proxy: SideNumbers
    upstream: SideNumbers
    added: Added
    memory: MemoryNumbers | None
    """null without the proxy's process, or where the system tells of none."""
    version: int = 1

    @property
    def is_sound(self) -> bool:
        """Whether every answer that was waited for came to whoever had asked."""
        return not any(side.crossed or side.lost for side in (self.proxy, self.upstream))

    def to_json(self) -> str:
        """The file load.json."""
        return msgspec.json.format(msgspec.json.encode(self), indent=1).decode() + "\n"


def numbers_of(load: Load, target: str, *, interrupted: bool) -> Numbers:
    """The numbers of a load that has ended, or was interrupted."""
    proxy, upstream = (_side(load.measured[name]) for name in ("proxy", "upstream"))
    added = Added(_added(proxy.latency, upstream.latency), _added(proxy.first_byte, upstream.first_byte))
    memory = load.memory
    return Numbers(
        target,
        min(load.bounds.at_once, load.bounds.requests),
        tuple(kind.name for kind in load.sides[0].kinds),
        interrupted,
        proxy,
        upstream,
        added,
        MemoryNumbers(memory.pid, memory.before_kb, memory.most_kb, memory.after_kb) if memory else None,
    )


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which lies this share of the values, between two of them in proportion; as Excel's PERCENTILE.INC."""
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def table(numbers: Numbers) -> "Table":
    """The two sides, and what the proxy adds."""
    from rich.table import Table

    proxy, upstream, added = numbers.proxy, numbers.upstream, numbers.added
    made = Table()
    made.add_column("", no_wrap=True)
    for name in ("proxy", "straight", "added"):
        made.add_column(name, justify="right", no_wrap=True)
    for what, name in (("requests", "requests"), ("answers crossed", "crossed"), ("answers lost", "lost")):
        made.add_row(what, *(f"{getattr(side, name):,}" for side in (proxy, upstream)), "")
    rates = (proxy.throughput_per_s, upstream.throughput_per_s)
    made.add_row("answers a second", *("-" if rate is None else f"{rate:,.1f}" for rate in rates), "")
    for what, name in (("latency in ms", "latency"), ("first byte of streams in ms", "first_byte")):
        times: list[Times | None] = [getattr(one, name) for one in (proxy, upstream, added)]
        for share, member in (("median", "median_ms"), ("95%", "p95_ms")):
            cells = [f"{getattr(one, member):,.1f}" if one else "-" for one in times]
            made.add_row(f"{what}, {share}", *cells)
    return made


def lines(numbers: Numbers) -> Iterator[str]:
    """What the table does not say: reasons, and memory."""
    for name, side in (("proxy", numbers.proxy), ("straight", numbers.upstream)):
        for reason in side.reasons:
            yield f"{name}, {reason.times} x {one_line(reason.first)}"
    if memory := numbers.memory:
        told = (("before", memory.before_kb), ("at most", memory.most_kb), ("after", memory.after_kb))
        parts = (f"{when} {'none (it was gone)' if kb is None else f'{kb / 1024:,.1f} MB'}" for when, kb in told)
        yield f"memory of the process {memory.pid}: {', '.join(parts)}"
    if numbers.interrupted:
        yield "interrupted: this is what was measured so far"


def _side(measured: Measured) -> SideNumbers:
    answered = measured.own + measured.crossed
    often = sorted(measured.reasons.values(), key=lambda one: -one[0])
    return SideNumbers(
        measured.requests,
        measured.own,
        measured.crossed,
        measured.lost,
        round(answered / measured.busy_s, 2) if measured.busy_s and answered else None,
        Times.of(measured.whole_s),
        Times.of(measured.first_byte_s),
        tuple(Reason(times, first) for times, first in often[:MOST_REASONS]),
    )


def _added(proxy: Times | None, upstream: Times | None) -> Times | None:
    return proxy.less(upstream) if proxy and upstream else None
