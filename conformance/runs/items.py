"""pytest's items that are cases: their ids, the requirements that they decide, and which of them a run selects."""

from collections.abc import Iterable, Sequence

import pytest

from conformance.report.counts import WHOLE_CORPORA
from conformance.requirements import catalogue
from conformance.runs.case import RunningCase
from conformance.runs.selection import Selection
from conformance.runs.session import CASES
from conformance.runs.settings import Settings, is_generated

CASE = pytest.StashKey[RunningCase]()
"""Where an item keeps its running case."""


def surface_of(item: pytest.Item) -> str:
    """The surface of a case: its parameter `surface`, or the directory in which it stands."""
    parameters = item.callspec.params if isinstance(item, pytest.Function) and hasattr(item, "callspec") else {}
    return str(parameters.get("surface", item.path.parent.name))


def case_id(item: pytest.Item) -> str:
    """The name of a case and of its cassette: surface, topic, name and parameters, such as `chat/vision.count-claude`."""
    surface, topic = surface_of(item), item.path.stem.removeprefix("test_")
    name, _, parameters = item.name.removeprefix("test_").partition("[")
    rest = [part for part in parameters.rstrip("]").split("-") if part and part != surface]
    return f"{surface}/{topic}." + "-".join([name, *rest])


def decided_by(item: pytest.Item) -> tuple[str, ...]:
    """The requirements that a case decides, in the order in which it names them."""
    named = (name for mark in reversed(list(item.iter_markers("decides"))) for name in mark.args)
    return tuple(dict.fromkeys(named))


def describe(item: pytest.Item, selection: Selection) -> bool:
    """Marks a case by its surfaces and levels and lets `-k` find it by requirement. Tells whether it is selected."""
    requirements = decided_by(item)
    if not requirements:
        return True
    item.extra_keyword_matches.update(requirements)
    for row in (catalogue()[name] for name in requirements):
        item.add_marker(row.level.lower())
    item.add_marker(surface_of(item))
    if selection.only_generated and not is_generated(case_id(item)):
        return False
    if not selection.affords([mark.name for mark in item.iter_markers()]):
        return False
    surfaces = selection.only_surfaces
    surface_wanted = not surfaces or surface_of(item) in surfaces
    return surface_wanted and any(selection.wants(name) for name in requirements)


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
    """Whether a replay leaves an item out, because the recordings do not claim to hold its case."""
    return bool(decided_by(item)) and settings.is_left_out(case_id(item))


def file_of(item: pytest.Item) -> str:
    """The file of a case, relative to the cases."""
    return item.path.relative_to(CASES).as_posix()
