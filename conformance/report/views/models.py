"""Which models were asked for what, and whether they were answered: a table of models and surfaces by capability."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import get_args

from conformance.report.results import Capability, Cell, ModelRow
from conformance.report.wording import surfaces

_SIGNS: dict[Cell, str] = {"answered": "✓", "refused": "✗", "kept": "⊘", "no answer": "?", "not asked": "·"}


@dataclass(frozen=True)
class Asked:
    """A cell: its sign, its words, and whether there is nothing to tell."""

    sign: str
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


def asked(cell: Cell) -> Asked:
    """What came of asking, with its sign."""
    return Asked(_SIGNS[cell], cell, cell == "not asked")


def matrix(rows: Sequence[ModelRow]) -> Matrix:
    """The table of these rows."""
    columns: tuple[Capability, ...] = get_args(Capability)
    lines, before = list[Line](), ""
    for row in rows:
        cells = tuple(map(asked, map(row.capabilities.__getitem__, columns)))
        lines.append(Line("" if row.model == before else row.model, surfaces(row.surface), cells))
        before = row.model
    return Matrix(columns, tuple(lines))
