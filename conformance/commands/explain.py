"""`gateway-conformance explain`: one requirement."""

import json
import textwrap
from collections import Counter
from collections.abc import Iterator, Mapping

import click

from conformance.commands.options import Command
from conformance.corpus import frozen
from conformance.corpus.case import Mode
from conformance.corpus.operations import OPERATIONS
from conformance.errors import UsageError, unknown_name
from conformance.reference.faults import FAULTS
from conformance.reference.proxies import PROXY_FAULTS
from conformance.report import proofs
from conformance.report.wording import counted
from conformance.requirements import Requirement, catalogue
from conformance.runs.inprocess import collect
from conformance.runs.settings import is_generated

WIDTH = 100
_MODES: Mapping[str, Mode] = {"legal": "positive", "broken": "negative"}
"""The mode of a generated case, by the word for it in the case's id."""


@click.command("explain", cls=Command)
@click.argument("requirement", metavar="ID")
def command(requirement: str) -> None:
    """Show one requirement: what it says, where it stands, which cases decide it, which faults break it."""
    click.echo(explanation(requirement))


def explanation(identifier: str) -> str:
    """The requirement with source, cases, faults and what was caught, as text. Raises `UsageError` on an unknown id."""
    row = catalogue().get(identifier.upper())
    if row is None:
        raise UsageError(unknown_name("requirement", identifier, catalogue()))
    return "\n".join(_lines(row))


def _lines(row: Requirement) -> Iterator[str]:
    yield f"{row.id}  {row.level}  {', '.join(row.surface)}  (family: {', '.join(row.family)}; origin: {row.origin})"
    for label, text in (
        ("says", row.statement), ("probe", row.probe), ("boundary", row.boundary), ("latitude", row.latitude),
        ("evidence", row.evidence), ("reality", row.reality), ("excluded", row.excluded), ("mended", row.mended),
    ):  # fmt: skip
        if text:
            yield textwrap.fill(text, WIDTH, initial_indent=f"{label:<10}", subsequent_indent=" " * 10)
    for label, rules in (("promises", row.promises), ("forbids", row.forbids)):
        members = [
            f"{member} of {surface}: {json.dumps(rule)}" for surface in rules for member, rule in rules[surface].items()
        ]
        if members:
            yield from _listed(label, members, "")
    yield from _listed("source", list(row.source), "none")
    yield from _listed("cases", cases_deciding(row.id), "none yet: not_tested")
    yield from _listed("faults", faults_breaking(row.id), "none yet")
    proved = proofs.shipped()
    yield from _listed(
        "caught",
        [f"{caught.fault}: {caught.told}" for caught in proved.of(row.id)],
        f"none: {proved.uncaught_reason(row.id)}",
    )


def _listed(label: str, texts: list[str], nothing: str) -> Iterator[str]:
    for number, text in enumerate(texts or [nothing]):
        yield f"{'' if number else label:<10}{text}"


def cases_deciding(identifier: str) -> list[str]:
    """The ids of the cases that decide a requirement, as pytest collects them; of generated ones how many there are."""
    deciding = [case.id for case in collect({"corpus": "smoke"}) if identifier in case.requirements]
    # What one generated case of a mode decides, all of them decide: thousands need not be collected to be counted.
    modes = {_MODES[mode] for mode in _MODES if any(f"/corpus.{mode}-" in case for case in deciding)}
    counts = Counter(case.operation for case in frozen.corpus() if case.mode in modes) if modes else {}
    operations = sorted(counts, key=lambda name: (OPERATIONS[name].surface, name))
    return sorted(case for case in deciding if not is_generated(case)) + [
        f"{counted(counts[name], 'request')} made from the spec of {name} (--corpus full)" for name in operations
    ]


def faults_breaking(identifier: str) -> list[str]:
    """The faults of the reference gateway that break a requirement, each with what it does."""
    return [
        f"{fault.name}: {fault.says}"
        for fault in (*FAULTS.values(), *PROXY_FAULTS.values())
        if identifier in fault.reported_by
    ]
