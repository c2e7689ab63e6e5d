"""Coverage: whether each case has its recording, and each recording its case."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any

from conformance.recordings.problem import Problem

Selection = Mapping[str, Any]
"""Which part of the catalogue a run was about, as results.json has it."""
EVERYTHING: Selection = {"statistics": True, "all_models": True, "corpus": "full"}
"""The selection of every case that there is."""


def coverage(
    recorded: Collection[str],
    silent: Collection[str],
    runs: Iterable[Mapping[str, Any]],
    cases_of: Callable[[Selection], Collection[str]],
) -> Iterator[Problem]:
    """The cases that were selected and are not recorded, though they had something to send; and what belongs to no case.

    `cases_of` gives the cases that a run with a selection would replay.
    """
    wanted = {case for run in runs for case in cases_of(run.get("selection", {}))}
    for case in sorted(wanted - {*recorded, *silent}):
        yield Problem("missing", case, "the case has no recording")
    others = {*recorded} - wanted
    for case in sorted(others.difference(cases_of(EVERYTHING)) if others else ()):
        yield Problem("left over", case, "there is no such case")
