"""What a reader sees before anything else: why the verdict is not simply good, and every requirement as a cell of a map."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from conformance.report.anchors import anchor_of
from conformance.report.causes import PROBLEMS
from conformance.report.results import Cause, RequirementRow, Results
from conformance.report.wording import counted, cut, surfaces, words
from conformance.requirements import LEVELS, SURFACES

_SEVERAL = "Several surfaces"
_MOST = 6
"""Causes that the first screen names."""


@dataclass(frozen=True)
class NamedCause:
    """A cause in a line; `anchor` is where all of it stands."""

    verdict: str
    summary: str
    size: str
    anchor: str


@dataclass(frozen=True)
class FirstCauses:
    """The gravest causes, and how many there are beside them; `more` is empty if these are all."""

    causes: tuple[NamedCause, ...]
    more: str


@dataclass(frozen=True)
class MapCell:
    """A requirement on the map. Where there is something to look into, it leads there, else to its row."""

    verdict: str
    anchor: str
    title: str


@dataclass(frozen=True)
class MapGroup:
    """The requirements of one level on one surface, in the order of the catalogue."""

    level: str
    cells: tuple[MapCell, ...]


@dataclass(frozen=True)
class MapRow:
    """The requirements of a surface."""

    name: str
    groups: tuple[MapGroup, ...]


@dataclass(frozen=True)
class RequirementMap:
    """The map, a row for each surface; the requirements of several surfaces stand last."""

    rows: tuple[MapRow, ...]


def cause_anchor(requirements: Sequence[str]) -> str:
    """Where the cause of these requirements stands: it bears the name of the first."""
    return anchor_of("cause", requirements[0])


def problem_anchor(requirement: str) -> str:
    """Where the evidence about a requirement stands that did not simply pass."""
    return anchor_of("problem", requirement)


def first_causes(causes: Sequence[Cause]) -> FirstCauses:
    """The gravest causes of a run."""
    left = len(causes) - _MOST
    return FirstCauses(
        tuple(
            NamedCause(
                verdict=cause.verdict,
                summary=cut(cause.summary, 240),
                size=_size(cause),
                anchor=cause_anchor(cause.requirements),
            )
            for cause in causes[:_MOST]
        ),
        f"{counted(left, 'more cause')}" if left > 0 else "",
    )


def _size(cause: Cause) -> str:
    first, *others = cause.requirements
    return f"{first} and {len(others)} more" if others else first


def requirement_map(results: Results) -> RequirementMap:
    """Every requirement of the catalogue as a cell, by surface and level."""
    groups: dict[str, list[RequirementRow]] = {name: [] for name in SURFACES}
    for row in results.requirements:
        groups.setdefault(_SEVERAL if "," in row.surface else row.surface, []).append(row)
    return RequirementMap(
        tuple(
            MapRow(name if name == _SEVERAL else surfaces(name), tuple(_by_level(rows)))
            for name, rows in groups.items()
            if rows
        ),
    )


def _by_level(rows: Sequence[RequirementRow]) -> Iterable[MapGroup]:
    for level in LEVELS:
        if cells := tuple(_cell(row) for row in rows if row.level == level):
            yield MapGroup(level, cells)


def _cell(row: RequirementRow) -> MapCell:
    is_problem = row.verdict in PROBLEMS
    return MapCell(
        verdict=row.verdict,
        anchor=problem_anchor(row.id) if is_problem else row.id,
        title=f"{row.id} ({row.level}) {words(row.verdict)}: {cut(row.statement, 160)}",
    )
