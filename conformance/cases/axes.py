"""How a case is given the requests that are drawn from the axes, and what is judged of their answers on any surface."""

from collections.abc import Callable, Iterable

import pytest
from _pytest.mark import ParameterSet

from conformance.cases import decides
from conformance.checks.reading import answer_of, cap_is_told, is_counted, text_is_intact
from conformance.probing.axes import Asked, drawn, sufficient
from conformance.probing.drawn import PROMISES, least_input
from conformance.probing.probes import CAP
from conformance.probing.surface import Surface
from conformance.wire.exchange import Exchange


def each_drawn(surface: str, also: Callable[[Asked], Iterable[str]]) -> pytest.MarkDecorator:
    """Runs a case for each request that is drawn for a surface, which decides the promises of its values, and `also` those."""
    return pytest.mark.parametrize("asked", [_parameter(surface, asked, also(asked)) for asked in drawn(surface)])


def _parameter(surface: str, asked: Asked, also: Iterable[str]) -> ParameterSet:
    promised = [PROMISES[surface][axis] for axis in ("model", *dict(asked.special()))]
    costly = [] if asked in sufficient(surface) else [pytest.mark.costly]
    return pytest.param(asked, id=str(asked), marks=[decides(*dict.fromkeys((*promised, *also))), *costly])


def judge_values(surface: Surface, asked: Asked, exchange: Exchange, *, cap: str) -> None:
    """Judges what the answer to a drawn request shows of its values. `cap`: the requirement that it keeps its cap."""
    judge, promises = surface.judge, PROMISES[surface.name]
    if asked.length == "cut":
        judge(cap_is_told(surface.name, exchange, CAP), cap, about=exchange)
    if asked.letters == "unicode":
        judge(text_is_intact(answer_of(surface.name, exchange).text), promises["letters"], about=exchange)
    for axis, what in (("turn", "an earlier turn"), ("system", "a system message")):
        if axis in dict(asked.special()):
            judge(is_counted(surface.name, exchange, least_input(asked), what), promises[axis], about=exchange)
