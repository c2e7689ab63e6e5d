"""The kill matrix as a page: what is wrong first, then every requirement and every gateway with what was said of it."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from conformance.prove.matrix import WORSE
from conformance.report.pages import template
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


def page(document: Mapping[str, Any], catalogue: Iterable[Requirement]) -> str:
    """The whole page: `document` as the matrix file has it, with `gateways`, `unproved` and `cells`."""
    rows, gateways, unproved = list(catalogue), document["gateways"], document["unproved"]
    cells = sorted(document["cells"], key=lambda cell: cell["outcome"] not in WORSE)
    return template(TEMPLATE).render(
        outcomes=OUTCOMES,
        worse=WORSE,
        counts=Counter(cell["outcome"] for cell in cells),
        kinds=Counter(gateway["kind"] for gateway in gateways.values()),
        total=len(rows),
        killed=len({cell["requirement"] for cell in cells if cell["outcome"] == "killed"}),
        wrong=[cell for cell in cells if cell["outcome"] in WORSE],
        gaps=[row for row in rows if unproved.get(row.id) == ""],
        unproved=unproved,
        by_surface=_by_surface(rows),
        gateways=gateways,
        by_requirement=_grouped(cells, "requirement"),
        by_gateway=_grouped(cells, "gateway"),
    )


def _by_surface(rows: Iterable[Requirement]) -> dict[str, list[Requirement]]:
    """The requirements of each surface; those of several surfaces stand last."""
    groups: dict[str, list[Requirement]] = {name: [] for name in SURFACES}
    for row in rows:
        groups.setdefault(",".join(row.surface), []).append(row)
    return {name: group for name, group in groups.items() if group}


def _grouped(cells: Sequence[Row], key: str) -> dict[str, list[Row]]:
    groups: dict[str, list[Row]] = {}
    for cell in cells:
        groups.setdefault(cell[key], []).append(cell)
    return groups
