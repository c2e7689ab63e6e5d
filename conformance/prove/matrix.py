"""The kill matrix: which fault was reported by which requirement, and whether for the stated reason. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from conformance.prove.judging import Judgement, Verdict
from conformance.reference.variant import Fault, Variant
from conformance.requirements import Requirement

Outcome = Literal["killed", "wrong reason", "survived", "false alarm", "left open"]
WORSE = frozenset[Outcome]({"wrong reason", "survived", "false alarm"})
"""Outcomes that no proof has."""


@dataclass(frozen=True)
class Cell:
    """What one requirement says of one gateway, with the words that it says it in."""

    gateway: str
    requirement: str
    outcome: Outcome
    said: str = ""


def of_fault(fault: Fault, judgement: Judgement, catalogue: Mapping[str, Requirement]) -> Iterator[Cell]:
    """Each requirement that the fault breaks reports it in its words; what it undecides stays open; others stay silent."""
    for name, words in {**fault.breaks, **fault.warns}.items():
        wanted = "failed" if catalogue[name].level == "MUST" and name not in fault.warns else "warned"
        yield Cell(fault.name, name, *_reported(judgement.verdicts[name], wanted, words))
    for name in fault.undecides:
        seen = judgement.verdicts[name]
        outcome: Outcome = "left open" if seen.verdict == "inconclusive" else "survived"
        yield Cell(fault.name, name, outcome, f"{seen.verdict}, where it has to stay inconclusive")
    yield from _false_alarms(fault, judgement, {*fault.breaks, *fault.warns, *fault.undecides})


def of_variant(variant: Variant, judgement: Judgement, *, strict: bool = False) -> Iterator[Cell]:
    """A gateway that is right breaks nothing. What it is warned of is latitude that it uses; a `strict` one uses none."""
    for name, seen in judgement.verdicts.items():
        if seen.verdict == "failed" or (strict and seen.verdict in ("warned", "inconclusive", "not_tested")):
            yield Cell(variant.name, name, "false alarm", _first(seen))


def _reported(seen: Verdict, wanted: str, words: str) -> tuple[Outcome, str]:
    if seen.verdict not in ("failed", "warned"):
        return "survived", seen.verdict
    if told := next((line for line in seen.found if words in line), ""):
        return ("killed", told) if seen.verdict == wanted else ("wrong reason", f"{seen.verdict} instead of {wanted}")
    return "wrong reason", f"“{_first(seen)}” does not say “{words}”"


def _false_alarms(fault: Fault, judgement: Judgement, named: Iterable[str]) -> Iterator[Cell]:
    for name, seen in judgement.verdicts.items():
        if seen.verdict in ("failed", "warned") and name not in named:
            yield Cell(fault.name, name, "false alarm", _first(seen))


def _first(seen: Verdict) -> str:
    return seen.found[0] if seen.found else seen.verdict


def unproved(cells: Iterable[Cell], catalogue: Mapping[str, Requirement], reference: Judgement) -> dict[str, str]:
    """The requirements that no fault was seen to kill, each with the reason why none can; an empty reason is a gap."""
    killed = {cell.requirement for cell in cells if cell.outcome == "killed"}
    return {
        name: _unproved_reason(row, reference.verdicts[name]) for name, row in catalogue.items() if name not in killed
    }


def _unproved_reason(row: Requirement, seen: Verdict) -> str:
    if row.excluded:
        return row.excluded
    if row.surface == ("sdk",):
        return "a fact of a client library: no gateway breaks it"
    if seen.verdict == "not_applicable":
        return "it says nothing about the reference gateway, nor about any fault of it"
    return ""
