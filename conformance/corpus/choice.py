"""Which cases a run can afford, the same ones every time.

Each case has a value on each of a few axes. `smoke` holds every value of its axes, `standard` every pair of values that
occurs, and every kind. Both are chosen greedily: the case that adds most comes first, among equals the one that a seed
decides on.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from hashlib import sha256
from itertools import combinations

from conformance.corpus.case import GeneratedCase, Size
from conformance.corpus.making import value_type

SEED = "gateway-conformance 1"
"""Decides among cases that add equally much."""
_CLASSES = {
    "incorrect_type": "type",
    "invalid_enum_value": "enum",
    "enum_value": "enum",
    "object_missing_required_property": "missing",
    "null_value": "null",
    "example_value": "example",
    "forbidden_value": "forbidden",
    "invalid_pattern": "pattern",
}
_BOUNDED = ("array", "string", "number", "value", "boundary", "minimum", "maximum", "budget")


def _class(case: GeneratedCase) -> str:
    """Kinds that are alike have one class."""
    if case.raw is not None:
        return f"{case.mode} body"
    bound = any(word in case.kind for word in _BOUNDED)
    return f"{case.mode} {_CLASSES.get(case.kind, 'bound' if bound else 'whole')}"


def _field(case: GeneratedCase) -> str:
    return f"{case.of.spec} {case.field}"


def _shown(case: GeneratedCase) -> str:
    """Of the fields that the pages show: which, and whether it fits."""
    return f"{_field(case)} {case.mode}" if case.shown else "not shown"


_SMOKE: tuple[Callable[[GeneratedCase], str], ...] = (lambda case: case.operation, _class, value_type, _shown)
_STANDARD = (*_SMOKE[:3], _field, lambda case: "shown" if case.shown else "not shown")


def sized(cases: Sequence[GeneratedCase]) -> list[GeneratedCase]:
    """The same cases, each with the smallest choice that holds it."""
    smoke = _covering(cases, lambda case: set(_values(_SMOKE, case)))
    pairs = _covering(cases, lambda case: {*combinations(_values(_STANDARD, case), 2), case.kind})
    return [replace(case, size=_size(case, smoke, pairs)) for case in cases]


def _values(axes: Sequence[Callable[[GeneratedCase], str]], case: GeneratedCase) -> list[object]:
    return [(number, axis(case)) for number, axis in enumerate(axes)]


def _size(case: GeneratedCase, smoke: set[str], standard: set[str]) -> Size:
    return "smoke" if case.id in smoke else "standard" if case.id in standard else "full"


def _covering(cases: Sequence[GeneratedCase], features: Callable[[GeneratedCase], set[object]]) -> set[str]:
    """The ids of cases that together have every feature. The plain ones are chosen anyway."""
    missing = {case.id: features(case) for case in cases}
    order = sorted(missing, key=lambda name: sha256(f"{SEED} {name}".encode()).digest())
    chosen = {case.id for case in cases if case.is_plain}
    covered = set[object]().union(*(missing[name] for name in chosen))
    while True:
        for name in order:
            missing[name] = missing[name] - covered
        best = max(order, key=lambda name: len(missing[name]))
        if not missing[best]:
            return chosen
        chosen.add(best)
        covered |= missing[best]
