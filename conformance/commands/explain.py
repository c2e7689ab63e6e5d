"""`gateway-conformance explain`: one requirement."""

import json
import textwrap
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import click

from conformance.commands.completion import one_of, requirements
from conformance.commands.options import Command
from conformance.errors import UsageError, unknown_name
from conformance.report import proofs
from conformance.report.results import Catch
from conformance.report.wording import counted
from conformance.requirements import Requirement, catalogue, features, sources

if TYPE_CHECKING:  # all cases and faults: a shell that completes a line waits for none of them
    from conformance.corpus.case import Mode
    from conformance.runs.inprocess import CollectedCase

WIDTH = 100
_MODES: Mapping[str, "Mode"] = {"legal": "positive", "broken": "negative"}
"""The mode of a generated case, by the word for it in the case's id."""


@dataclass(frozen=True)
class Explanation:
    """What is known of one requirement."""

    row: Requirement
    cases: tuple[str, ...]
    """The ids of those that decide it, as pytest collects them; of generated ones how many there are."""
    faults: Mapping[str, str]
    """What each fault of the reference gateway does that breaks it."""
    caught: tuple[Catch, ...]
    uncaught_reason: str
    """Why nothing was seen to be caught; empty if something was."""
    features: tuple[str, ...]
    """What a target file may say is not offered, so that it does not apply."""


@click.command("explain", cls=Command, example="explain RESP-400-STORE")
@click.argument("requirement", metavar="ID", shell_complete=one_of(requirements))
def command(requirement: str) -> None:
    """Show one requirement: what it says, where it stands, which cases decide it, which faults break it."""
    click.echo(as_text(explained(requirement)))


def explained(identifier: str) -> Explanation:
    """The requirement with its cases, its faults and what was caught. Raises `UsageError` on an unknown id."""
    row = next((row for row in catalogue().values() if row.id.upper() == identifier.upper()), None)
    if row is None:
        raise UsageError(unknown_name("requirement", identifier, catalogue()))
    proved = proofs.shipped()
    return Explanation(
        row, cases_deciding(row.id), faults_breaking(row.id), proved.of(row.id), proved.uncaught_reason(row.id),
        tuple(feature.name for feature in features().values() if row.id in feature.requirements),
    )  # fmt: skip


def as_text(explanation: Explanation) -> str:
    """The explanation as a terminal shows it."""
    return "\n".join(_lines(explanation))


def _lines(explanation: Explanation) -> Iterator[str]:
    row = explanation.row
    yield f"{row.id}  {row.level}  {', '.join(row.surface)}  (family: {', '.join(row.family)}; origin: {row.origin})"
    for label, text in (
        ("says", row.statement), ("probe", row.probe), ("boundary", row.boundary), ("latitude", row.latitude),
        ("evidence", row.evidence), ("reality", row.reality), ("excluded", row.excluded), ("mended", row.mended),
    ):  # fmt: skip
        if text:
            yield textwrap.fill(text, WIDTH, initial_indent=f"{label:<10}", subsequent_indent=" " * 10)
    for label, rules in (("promises", row.promises), ("forbids", row.forbids)):
        if rules:
            yield from _listed(label, list(members(rules)), "")
    pages = [line for source in row.source for line in (source, sources.url(source)) if line]
    yield from _listed("source", pages, "none")
    yield from _listed("cases", list(explanation.cases), "none yet: not_tested")
    yield from _listed("faults", [f"{name}: {says}" for name, says in explanation.faults.items()], "none yet")
    yield from _listed(
        "caught",
        [f"{caught.fault}: {caught.told}" for caught in explanation.caught],
        f"none: {explanation.uncaught_reason}",
    )


def members(rules: Mapping[str, Mapping[str, Mapping[str, object]]]) -> Iterator[str]:
    """What a requirement promises, or forbids, of each member of a request."""
    for surface, of_surface in rules.items():
        for member, rule in of_surface.items():
            yield f"{member} of {surface}: {json.dumps(rule)}"


def _listed(label: str, texts: list[str], nothing: str) -> Iterator[str]:
    for number, text in enumerate(texts or [nothing]):
        yield f"{'' if number else label:<10}{text}"


def cases_deciding(identifier: str) -> tuple[str, ...]:
    """The ids of the cases that decide a requirement, as pytest collects them; of generated ones how many there are."""
    from conformance.corpus import frozen
    from conformance.corpus.operations import OPERATIONS
    from conformance.runs.settings import is_generated

    deciding = [case.id for case in _collected() if identifier in case.requirements]
    # What one generated case of a mode decides, all of them decide: thousands need not be collected to be counted.
    modes = {_MODES[mode] for mode in _MODES if any(f"/corpus.{mode}-" in case for case in deciding)}
    counts = Counter(case.operation for case in frozen.corpus() if case.mode in modes) if modes else {}
    operations = sorted(counts, key=lambda name: (OPERATIONS[name].surface, name))
    return (
        *sorted(case for case in deciding if not is_generated(case)),
        *(f"{counted(counts[name], 'request')} made from the spec of {name} (--corpus full)" for name in operations),
    )


@cache
def _collected() -> tuple["CollectedCase", ...]:
    from conformance.runs.inprocess import collect

    return collect({"corpus": "smoke"})


def faults_breaking(identifier: str) -> dict[str, str]:
    """The faults of the reference gateway that break a requirement, each with what it does."""
    from conformance.reference.faults import FAULTS
    from conformance.reference.proxies import PROXY_FAULTS

    return {
        fault.name: fault.says
        for fault in (*FAULTS.values(), *PROXY_FAULTS.values())
        if identifier in fault.reported_by
    }
