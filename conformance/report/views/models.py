"""Which models were asked for what, and whether they were answered: a table of models and surfaces by capability."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import get_args

from conformance.report.results import Capability, Cell, ModelRow
from conformance.report.wording import surfaces

_SIGNS: dict[Cell, tuple[str, str]] = {
    "answered": ("✓", "passed"),
    "refused": ("✗", "excluded"),
    "kept": ("⊘", "warned"),
    "no answer": ("?", "inconclusive"),
    "not asked": ("·", "not_tested"),
}
"""The sign of each, and the verdict that it looks like. A refusal is none: it may be what the documents ask for."""
_MEANINGS: dict[Cell, str] = {
    "answered": "at least one such request was, whatever its checks found",
    "kept": "a policy, a privilege or a switch withheld it from this caller",
    "refused": "each such request was, as it may have to be",
    "no answer": "none came that tells",
}


@dataclass(frozen=True)
class Asked:
    """A cell: its sign, its words, which verdict it looks like, and whether there is nothing to tell."""

    sign: str
    look: str
    words: str
    empty: bool


@dataclass(frozen=True)
class Line:
    """A model on one surface; the model is named on its first line alone."""

    model: str
    surface: str
    cells: tuple[Asked, ...]


@dataclass(frozen=True)
class Matrix:
    """The table, whose columns are the capabilities."""

    columns: tuple[str, ...]
    lines: tuple[Line, ...]
    legend: tuple[tuple[Asked, str], ...]
    """What occurs in it, each with its meaning."""


def asked(cell: Cell) -> Asked:
    """What came of asking, with its sign."""
    return Asked(*_SIGNS[cell], cell, cell == "not asked")


def matrix(rows: Sequence[ModelRow]) -> Matrix:
    """The table of these rows."""
    columns: tuple[Capability, ...] = get_args(Capability)
    lines, before = list[Line](), ""
    for row in rows:
        cells = tuple(map(asked, map(row.capabilities.__getitem__, columns)))
        lines.append(Line("" if row.model == before else row.model, surfaces(row.surface), cells))
        before = row.model
    seen = {cell.words for line in lines for cell in line.cells}
    legend = tuple((asked(cell), meaning) for cell, meaning in _MEANINGS.items() if cell in seen)
    return Matrix(columns, tuple(lines), legend)
