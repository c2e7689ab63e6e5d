"""The kill matrix as a page: what is wrong first, then every requirement and every gateway with what was said of it.

What stands where is decided here; `matrix.html.j2` only lays it out.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conformance.prove.matrix import WORSE
from conformance.report.pages import template
from conformance.report.wording import counted, cut, surfaces
from conformance.requirements import SURFACES, Requirement

Row = Mapping[str, Any]

TEMPLATE = Path(__file__).with_name("matrix.html.j2")
OUTCOMES = {
    "killed": "a fault is reported by a requirement that it breaks, at its level and in the stated words",
    "left open": "a fault takes away what a requirement is decided by, and the requirement stays undecided",
    "wrong reason": "a fault is reported, but not in the words or at the level stated: something else was noticed",
    "survived": "a requirement that the fault breaks does not report it, or decides what it cannot decide",
    "false alarm": "a requirement complains of a gateway that keeps it",
}
"""What each outcome means."""
_LOOKS = {"killed": ("passed", "✓"), "left open": ("inconclusive", "?")}
"""The verdict that an outcome looks like, and its sign; the others look like a failure."""
_KINDS = {"fault": "Faults", "variant": "Variants: different, and right"}


@dataclass(frozen=True)
class Outcome:
    """An outcome as it is written."""

    name: str

    @property
    def look(self) -> str:
        """The verdict that it looks like."""
        return _LOOKS.get(self.name, ("failed", "✗"))[0]

    @property
    def sign(self) -> str:
        """Its sign."""
        return _LOOKS.get(self.name, ("failed", "✗"))[1]


@dataclass(frozen=True)
class ShownCell:
    """What a requirement said of a gateway."""

    outcome: Outcome
    gateway: str
    says: str | None
    """What the gateway does otherwise; None if it does not stand on the page."""
    requirement: str
    words: str

    @property
    def is_quoted(self) -> bool:
        """Whether the words are the requirement's own."""
        return self.outcome.name == "killed"


@dataclass(frozen=True)
class ShownRequirement:
    """A requirement with the faults that it reported."""

    row: Requirement
    cells: tuple[ShownCell, ...]
    excuse: str
    """Why no fault breaks it, if none does."""
    is_gap: bool
    """Whether none does, and nothing says why."""


@dataclass(frozen=True)
class ShownGateway:
    """A gateway with the requirements that reported it."""

    name: str
    says: str
    touches: str
    cells: tuple[ShownCell, ...]
    unreported: str
    """What is said if there are none."""


@dataclass(frozen=True)
class Head:
    """The verdict on the matrix."""

    holds: bool
    unasked: int
    """Requirements of which the matrix says nothing: it is of a part."""
    summary: str
    judged: str
    """How many faults and variants there were."""
    wrong: int
    """How many cells are wrong and how many requirements without a fault."""
    gaps: str
    """What is said of the latter, if there are any."""

    @property
    def verdict(self) -> str:
        """Whether every check can fail."""
        if not self.holds:
            return "not proved"
        return "proved in part alone" if self.unasked else "proved"

    @property
    def sign(self) -> str:
        """The sign of that."""
        if not self.holds:
            return "✗"
        return "!" if self.unasked else "✓"

    @property
    def mood(self) -> str:
        """The verdict of a run that it looks like."""
        if not self.holds:
            return "nonconformant"
        return "incomplete" if self.unasked else "conformant"


def page(document: Mapping[str, Any], catalogue: Iterable[Requirement]) -> str:
    """The whole page: `document` as the matrix file has it, with `gateways`, `unproved` and `cells`."""
    rows, gateways, unproved = list(catalogue), document["gateways"], document["unproved"]
    cells = [_cell(cell, gateways) for cell in document["cells"]]
    cells.sort(key=lambda cell: cell.outcome.name not in WORSE)
    counts = Counter(cell.outcome.name for cell in cells)
    by_requirement = _grouped((cell.requirement, cell) for cell in cells)
    by_gateway = _grouped((cell.gateway, cell) for cell in cells)
    shown = {row.id: _requirement(row, by_requirement.get(row.id, ()), unproved) for row in rows}
    return template(TEMPLATE).render(
        head=_head(document, list(shown.values()), counts),
        wrong=[cell for cell in cells if cell.outcome.name in WORSE],
        gaps=[one.row for one in shown.values() if one.is_gap],
        outcomes=[(Outcome(name), counts[name], meaning) for name, meaning in OUTCOMES.items()],
        by_surface=[(surfaces(name), [shown[row.id] for row in of]) for name, of in _by_surface(rows).items()],
        kinds=[(title, _gateways(kind, gateways, by_gateway)) for kind, title in _KINDS.items()],
        requirements=len(rows),
        gateways=len(gateways),
    )


def _head(document: Mapping[str, Any], requirements: Sequence[ShownRequirement], outcomes: Mapping[str, int]) -> Head:
    kinds = Counter(gateway["kind"] for gateway in document["gateways"].values())
    gaps = sum(one.is_gap for one in requirements)
    wrong = gaps + sum(outcomes[outcome] for outcome in WORSE)
    killed = {cell["requirement"] for cell in document["cells"] if cell["outcome"] == "killed"}
    excused = len(document["unproved"]) - gaps
    unasked = sum(not one.cells and one.row.id not in document["unproved"] for one in requirements)
    rest = f" {unasked} were not asked: this is a proof of a part." if unasked else ""
    return Head(
        holds=not wrong,
        unasked=unasked,
        summary=(
            f"Of {counted(len(requirements), 'requirement')}: {len(killed)} seen to catch a fault, {excused} that no fault can "
            f"break, {gaps or 'none'} without a fault.{rest}"
        ),
        judged=f"{counted(kinds['fault'], 'fault')} and {counted(kinds['variant'], 'variant')}",
        wrong=wrong,
        gaps=f"No fault was seen to break {counted(gaps, 'requirement')}, and no reason is given why none could",
    )


def _cell(cell: Row, gateways: Mapping[str, Row]) -> ShownCell:
    gateway = gateways.get(cell["gateway"])
    return ShownCell(
        outcome=Outcome(cell["outcome"]),
        gateway=cell["gateway"],
        says=cut(gateway["says"], 300) if gateway else None,
        requirement=cell["requirement"],
        words=cut(cell["said"], 300),
    )


def _requirement(row: Requirement, cells: Sequence[ShownCell], unproved: Mapping[str, str]) -> ShownRequirement:
    excuse = unproved.get(row.id)
    return ShownRequirement(row, tuple(cells), excuse=cut(excuse or "", 600), is_gap=excuse == "")


def _gateways(kind: str, gateways: Mapping[str, Row], cells: Mapping[str, Sequence[ShownCell]]) -> list[ShownGateway]:
    """The gateways of one kind."""
    return [
        ShownGateway(
            name=name,
            says=cut(gateway["says"], 600),
            touches=f"answers otherwise in {counted(len(gateway['touches']), 'case')}",
            cells=tuple(cells.get(name, ())),
            unreported="nobody, as it should be" if kind == "variant" else "nobody",
        )
        for name, gateway in gateways.items()
        if gateway["kind"] == kind
    ]


def _by_surface(rows: Iterable[Requirement]) -> dict[str, list[Requirement]]:
    """The requirements of each surface; those of several surfaces stand last."""
    groups: dict[str, list[Requirement]] = {name: [] for name in SURFACES}
    for row in rows:
        groups.setdefault(",".join(row.surface), []).append(row)
    return {name: group for name, group in groups.items() if group}


def _grouped(cells: Iterable[tuple[str, ShownCell]]) -> dict[str, list[ShownCell]]:
    groups: dict[str, list[ShownCell]] = {}
    for key, cell in cells:
        groups.setdefault(key, []).append(cell)
    return groups
