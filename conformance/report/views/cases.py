"""Every case of a run: those written by hand one by one, the generated ones folded by operation and by what they vary.

The exchanges of what nobody has to look into stay in exchanges.jsonl: a page of all of them is slow to write and to open.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from conformance.report.folded import Operation, Place
from conformance.report.results import Finding
from conformance.report.views.exchanges import FOLDED, ShownExchange, shown_exchanges
from conformance.report.views.listed import Link, Listed, ListedCase
from conformance.report.wording import SYMBOLS, counted, cut, surfaces, words

_NOTHING_WRONG = frozenset({"passed", "not_applicable"})
_MOST_ERRORS = 2
"""Errors of the suite that are told of a place."""


@dataclass(frozen=True)
class Observation:
    """Which legal alternative a case has seen."""

    label: str
    message: str
    actual: str
    path: str


@dataclass(frozen=True)
class ShownCase:
    """A case written by hand. Its exchanges stand here unless they are evidence elsewhere, or nothing is wrong with them."""

    anchor: str
    name: str
    id: str
    """The name, cut."""
    verdict: str
    requirements: tuple[str, ...]
    evidence: str
    """Where its findings and exchanges stand, if not here."""
    duration: str
    observations: tuple[Observation, ...]
    error: str
    exchanges: tuple[ShownExchange, ...]
    omitted: str
    folded: str
    """How many exchanges it had: the words that they are folded under."""
    statuses: str


@dataclass(frozen=True)
class Times:
    """What came up, and how often."""

    text: str
    count: int


@dataclass(frozen=True)
class ShownPlace:
    """The generated cases that vary one place of an operation in one mode."""

    anchor: str
    name: str
    size: str
    kinds: tuple[Times, ...]
    verdicts: tuple[Times, ...]
    found: tuple[Link, ...]
    """The requirements that they found something about."""
    errors: tuple[str, ...]
    statuses: tuple[Times, ...]


@dataclass(frozen=True)
class ShownOperation:
    """The generated cases of an operation."""

    anchor: str
    name: str
    size: str
    tally: str
    places: tuple[ShownPlace, ...]


@dataclass(frozen=True)
class SurfaceCases:
    """The cases of a surface."""

    name: str
    written: tuple[ShownCase, ...]
    operations: tuple[ShownOperation, ...]


def by_surface(cases: Listed, homes: Mapping[str, str], groups: Mapping[str, Mapping[str, str]]) -> list[SurfaceCases]:
    """The cases of each surface. `homes` and `groups` tell where evidence stands of cases and of generated ones."""
    written: dict[str, list[ShownCase]] = {}
    operations: dict[str, list[ShownOperation]] = {}
    for name, case in cases.cases.items():
        of_surface = written.setdefault(name.partition("/")[0], [])
        if not case.row.varies:
            of_surface.append(_case(case, is_evidence=name in homes))
    for operation in cases.operations:
        operations.setdefault(operation.surface, []).append(_operation(operation, groups))
    return [
        SurfaceCases(cut(surfaces(name), 80), tuple(of_surface), tuple(operations.get(name, ())))
        for name, of_surface in written.items()
    ]


def _case(case: ListedCase, *, is_evidence: bool) -> ShownCase:
    row = case.row
    return ShownCase(
        anchor=case.anchor,
        name=row.id,
        id=cut(row.id, 200),
        verdict=row.verdict,
        requirements=row.requirements,
        evidence=case.evidence if is_evidence else "",
        duration=f"{row.duration_s:,.3f} s",
        observations=tuple(_observation(seen, several=len(row.requirements) > 1) for seen in row.observations),
        error=cut((row.error.strip().splitlines() or [""])[-1], 400),
        exchanges=() if is_evidence or row.verdict in _NOTHING_WRONG else shown_exchanges(case, FOLDED),
        omitted=case.omitted,
        folded=counted(len(row.exchanges), "exchange"),
        statuses=("…, " if case.omitted else "") + ", ".join(exchange.status for exchange in case.exchanges),
    )


def _observation(seen: Finding, *, several: bool) -> Observation:
    return Observation(
        label=f"observed for {seen.requirement}:" if several else "observed:",
        message=cut(seen.message, 300),
        actual=cut(seen.actual, 300),
        path=cut(seen.path, 200),
    )


def _operation(operation: Operation, groups: Mapping[str, Mapping[str, str]]) -> ShownOperation:
    modes = operation.modes
    verdicts = ", ".join(f"{one.count} {words(one.text)}" for one in _verdicts(operation.verdicts))
    return ShownOperation(
        anchor=operation.anchor,
        name=cut(operation.name, 80),
        size=counted(sum(modes.values()), "generated case"),
        tally=f"{modes['legal']} legal, {modes['broken']} broken: {verdicts}",
        places=tuple(_place(place, groups) for place in operation.places),
    )


def _place(place: Place, groups: Mapping[str, Mapping[str, str]]) -> ShownPlace:
    found = {name: anchor for case in place.cases for name, anchor in groups.get(case.row.id, {}).items()}
    return ShownPlace(
        anchor=place.anchor,
        name=cut(place.name, 160),
        size=f"{len(place.cases)} {place.mode}",
        kinds=_times(place.kinds),
        verdicts=_verdicts(place.verdicts),
        found=tuple(Link(name, anchor) for name, anchor in found.items()),
        errors=tuple(cut(error, 200) for error in place.errors[:_MOST_ERRORS]),
        statuses=_times(place.statuses),
    )


def _times(counts: Mapping[str, int]) -> tuple[Times, ...]:
    return tuple(Times(cut(words(name), 80), count) for name, count in counts.items())


def _verdicts(counts: Mapping[str, int]) -> tuple[Times, ...]:
    """The verdicts that were given, in the order of their signs."""
    return tuple(Times(verdict, counts[verdict]) for verdict in SYMBOLS if counts[verdict])
