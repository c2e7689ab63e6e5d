"""The axes along which a promise has to hold, and the few requests that cover them.

What a surface promises holds for each model, streamed and whole, cut and not, in the first turn and in a later one. Not
every combination is asked: the draw brings each two values of different axes together in one request at least, which takes
about twice as many requests as there are models.

docs/axes.md shows what is drawn; `python -m conformance.probing.axes_page` writes it.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import cache, partial
from itertools import combinations
from typing import Self

from conformance.requirements import documented_models, families, family_of

Axes = Mapping[str, Sequence[str]]
Pair = frozenset[tuple[str, str]]
"""Two values of different axes, each with the name of its axis."""


@dataclass(frozen=True)
class Asked:
    """One request by its value on each axis; the defaults make the plainest one."""

    model: str
    transport: str = "whole"
    length: str = "ended"
    turn: str = "first"
    letters: str = "ascii"
    encoding: str = "identity"
    system: str = "silent"

    def __str__(self) -> str:
        return "-".join((self.model, *(value for _, value in self.special()), *(() if self.special() else ("plain",))))

    @property
    def plain(self) -> Self:
        """The plainest request to the same model."""
        return type(self)(self.model)

    def special(self) -> tuple[tuple[str, str], ...]:
        """The axes on which it is not the plainest request, and where it stands on them."""
        return tuple(
            (field.name, value) for field in fields(self)[1:] if (value := getattr(self, field.name)) != field.default
        )

    def alone(self) -> Iterator[tuple[str, Self]]:
        """By axis: the request that has nothing special but its value on this one."""
        for axis, value in self.special():
            yield axis, replace(self.plain, **{axis: value})


TWO_VALUED: Axes = {
    "transport": ("whole", "streamed"),
    "length": ("ended", "cut"),
    "turn": ("first", "later"),
    "letters": ("ascii", "unicode"),
    "encoding": ("identity", "gzip"),
    "system": ("silent", "told"),
}
"""What every surface can be asked, the plainest value first."""
OF_RESPONSES = tuple(model for model in documented_models() if family_of(model).startswith("gpt-5"))
MODELS: Axes = {"chat": documented_models(), "responses": OF_RESPONSES, "gemini": families()["gemini"]}
"""By surface: the models that the documents name for it."""


def draw(axes: Axes) -> Iterator[dict[str, str]]:
    """Requests that hold each two values of different axes together at least once, the same ones every time.

    Each takes, axis by axis, the value that brings the most pairs not met yet; of equals the one whose pairs were met least
    often, then the first.
    """
    met = Counter(dict.fromkeys(_pairs(axes.items()), 0))
    while not all(met.values()):
        row = _filled(axes, met, ())
        if all(met[pair] for pair in map(frozenset, combinations(row.items(), 2))):
            row = _filled(axes, met, next(pair for pair in met if not met[pair]))  # so that each brings something
        met.update(map(frozenset, combinations(row.items(), 2)))
        yield row


def _filled(axes: Axes, met: Counter[Pair], given: Iterable[tuple[str, str]]) -> dict[str, str]:
    """A request with the values `given`, and the worthiest on the other axes."""
    row = dict(given)
    for axis, values in axes.items():
        if axis not in row:
            row[axis] = max(values, key=partial(_worth, met, row, axis))
    return {axis: row[axis] for axis in axes}


def _pairs(axes: Iterable[tuple[str, Sequence[str]]]) -> Iterator[Pair]:
    for (one, values), (other, others) in combinations(axes, 2):
        yield from (frozenset({(one, value), (other, second)}) for value in values for second in others)


def _worth(met: Counter[Pair], row: Mapping[str, str], axis: str, value: str) -> tuple[int, int]:
    """How many pairs not met yet a value brings to a row, and how rare its pairs are. With an empty row all are possible."""
    here = (axis, value)
    pairs = [frozenset({here, other}) for other in row.items()] or [pair for pair in met if here in pair]
    return sum(not met[pair] for pair in pairs), -sum(met[pair] for pair in pairs)


@cache
def drawn(surface: str) -> tuple[Asked, ...]:
    """The requests to one surface."""
    return tuple(Asked(**row) for row in draw(axes_of(surface)))


def axes_of(surface: str) -> Axes:
    """The axes of one surface, the models first. How Gemini is told a system's words no document shows."""
    others = {axis: values for axis, values in TWO_VALUED.items() if (surface, axis) != ("gemini", "system")}
    return {"model": MODELS[surface], **others}


@cache
def sufficient(surface: str) -> frozenset[Asked]:
    """The requests of which a cheap run makes do: with each family once, and with each other value."""
    chosen, left = list[Asked](), {value for asked in drawn(surface) for value in _values_by_family(asked)}
    while left:
        best = max(drawn(surface), key=lambda asked: len(left.intersection(_values_by_family(asked))))
        left -= _values_by_family(best)
        chosen.append(best)
    return frozenset(chosen)


def _values_by_family(asked: Asked) -> set[tuple[str, str]]:
    return {
        ("family", family_of(asked.model)),
        *((field.name, getattr(asked, field.name)) for field in fields(asked)[1:]),
    }
