"""pytest's items that are cases: their ids, the requirements that they decide, and which of them a run selects."""

from collections.abc import Iterable, Sequence

import pytest

from conformance.errors import UsageError, unknown_name
from conformance.report.counts import WHOLE_CORPORA
from conformance.requirements import of_both_sides, own
from conformance.requirements.own import OwnDeclaration
from conformance.runs.case import RunningCase
from conformance.runs.selection import Selection
from conformance.runs.session import CASES
from conformance.runs.settings import Settings, is_generated

CASE = pytest.StashKey[RunningCase]()
"""Where an item keeps its running case."""
_OWN = pytest.StashKey[OwnDeclaration]()
"""Where an item that is an own case keeps the requirements that are declared beside it."""


def claim(items: Iterable[pytest.Item], declared: Iterable[OwnDeclaration]) -> None:
    """Tells the own cases among what was collected. Raises `UsageError` on one that decides nothing of its own, or not only."""
    nearest_first = sorted(declared, key=lambda one: -len(one.root.parts))
    names = dict[str, str]()
    for item in items:
        path = item.path.resolve()
        found = next((one for one in nearest_first if path.is_relative_to(one.root)), None)
        if path.is_relative_to(CASES) or found is None:
            continue
        item.stash[_OWN] = found
        where = f"{file_of(item)}::{item.nodeid.partition('::')[2]}"
        if not decided_by(item):
            raise UsageError(f"{where} does not say what it decides: mark it with pytest.mark.decides(ID)")
        for name in decided_by(item):
            if name not in found.requirements:
                hint = f"declare it in {found.root / own.DECLARATION}"
                raise UsageError(f"{where}: {unknown_name('requirement of its own', name, found.requirements, hint)}")
        if (other := names.setdefault(case_id(item), where)) != where:
            raise UsageError(f"{other} and {where} would both be the case {case_id(item)}: rename one")


def is_own(item: pytest.Item) -> bool:
    """Whether an item is an own case."""
    return _OWN in item.stash


def surfaces_of(item: pytest.Item) -> tuple[str, ...]:
    """The surfaces of a case: its parameter `surface`, or the directory in which it stands; what an own one decides."""
    parameters = item.callspec.params if isinstance(item, pytest.Function) and hasattr(item, "callspec") else {}
    if "surface" in parameters:
        return (str(parameters["surface"]),)
    if _OWN not in item.stash:
        return (item.path.parent.name,)
    rows = (item.stash[_OWN].requirements[name] for name in decided_by(item))
    return tuple(dict.fromkeys(surface for row in rows for surface in row.surface))


def case_id(item: pytest.Item) -> str:
    """The name of a case and of its cassette: surface, topic, name and parameters, such as `chat/vision.count-claude`."""
    name, _, parameters = item.name.removeprefix("test_").partition("[")
    if _OWN in item.stash:
        return own.case_id(item.stash[_OWN], item.path, "-".join(filter(None, (name, parameters.removesuffix("]")))))
    [surface] = surfaces_of(item)
    topic = item.path.stem.removeprefix("test_")
    rest = [part for part in parameters.rstrip("]").split("-") if part and part != surface]
    return f"{surface}/{topic}." + "-".join([name, *rest])


def decided_by(item: pytest.Item) -> tuple[str, ...]:
    """The requirements that a case decides, in the order in which it names them."""
    named = (name for mark in reversed(list(item.iter_markers("decides"))) for name in mark.args)
    return tuple(dict.fromkeys(named))


def describe(item: pytest.Item, settings: Settings) -> bool:
    """Marks a case by its surfaces and levels and lets `-k` find it by requirement. Tells whether it is selected."""
    requirements, selection = decided_by(item), settings.selection
    if not requirements:
        return True
    item.extra_keyword_matches.update(requirements)
    for name in requirements:
        item.add_marker(settings.known[name].level.lower())
    for surface in surfaces_of(item):
        item.add_marker(surface)
    if selection.only_generated and not is_generated(case_id(item)):
        return False
    if not selection.affords([mark.name for mark in item.iter_markers()]):
        return False
    # A profile is about the contract.
    surfaces = selection.surfaces if is_own(item) else selection.only_surfaces
    surface_wanted = not surfaces or not set(surfaces).isdisjoint(surfaces_of(item))
    return surface_wanted and any(settings.wants(name) for name in requirements)


def left_out_of(collected: Sequence[pytest.Item], chosen: Iterable[pytest.Item], selection: Selection) -> set[str]:
    """The requirements of which cases are not chosen, but for those that are only run if they are asked for.

    Of generated requests no others are collected than are chosen: of fewer than usual, all are a part.
    """
    usual, few = Selection(), selection.corpus not in WHOLE_CORPORA
    left = set(collected) - set(chosen)
    return {
        name
        for item in collected
        if (item in left and usual.affords([mark.name for mark in item.iter_markers()]))
        or (few and is_generated(case_id(item)))
        for name in decided_by(item)
    }


def is_left_out(item: pytest.Item, settings: Settings) -> bool:
    """Whether an item is left out: the recordings do not claim to hold its case, or nobody watches both sides of a proxy."""
    requirements = decided_by(item)
    if not requirements:
        return False
    if not settings.watches_both_sides and of_both_sides(requirements):
        return True
    return settings.is_left_out(case_id(item))


def file_of(item: pytest.Item) -> str:
    """The file of a case, relative to the cases, or to the directory around those of its own."""
    if _OWN in item.stash:
        return item.path.resolve().relative_to(item.stash[_OWN].root.parent).as_posix()
    return item.path.relative_to(CASES).as_posix()
