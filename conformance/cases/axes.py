"""How a case is given the requests that are drawn from the axes, and what is judged of their answers on any surface."""

from collections.abc import Callable, Iterable

import pytest
from _pytest.mark import ParameterSet

from conformance.cases import decides
from conformance.checks.reading import answer_of, cap_is_told, is_counted, text_is_intact
from conformance.probing.axes import Asked, drawn, sufficient
from conformance.probing.drawn import PROMISES, least_input, send
from conformance.probing.probes import CAP
from conformance.probing.surface import Surface
from conformance.wire.exchange import Exchange

_PARTS = {"turn": "an earlier turn", "system": "a system message"}
"""The axes on which a request holds more: what that is, in words."""


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
    _judge_parts(surface, asked, exchange)


def _judge_parts(surface: Surface, asked: Asked, exchange: Exchange) -> None:
    """Judges that an earlier turn and a system message are counted. If both are not, each is asked by itself."""
    parts = {axis: alone for axis, alone in asked.alone() if axis in _PARTS}
    if len(parts) > 1 and _is_short(surface, asked, exchange):
        exchanges = {axis: send(surface, alone) for axis, alone in parts.items()}
    else:
        exchanges, parts = dict.fromkeys(parts, exchange), dict.fromkeys(parts, asked)
    for axis, alone in parts.items():
        found = is_counted(surface.name, exchanges[axis], least_input(alone), _PARTS[axis])
        surface.judge(found, PROMISES[surface.name][axis], about=exchanges[axis])


def _is_short(surface: Surface, asked: Asked, exchange: Exchange) -> bool:
    return any(finding.kind == "warning" for finding in is_counted(surface.name, exchange, least_input(asked), ""))
