"""All cases of a run as the page refers to them: where each stands, and what of its exchanges is kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from conformance.report.anchors import anchor_of
from conformance.report.folded import GeneratedCase, Operation, by_operation, generated_cases
from conformance.report.results import CaseRow, ExchangeRecord, Results
from conformance.report.wording import counted

MOST_EXCHANGES = 6
"""Exchanges of a case that are shown: those that something was found about, then its last ones."""


@dataclass(frozen=True)
class Link:
    """A text that leads to another part of the page; nowhere without an anchor."""

    text: str
    anchor: str


@dataclass(frozen=True)
class ListedCase:
    """A case with the exchanges that the page shows of it."""

    row: CaseRow
    anchor: str
    listed: str
    """Where it stands among all cases: itself, or the row that it is folded into."""
    exchanges: tuple[ExchangeRecord, ...]
    omitted: str
    """How many exchanges the page does not show; empty if it shows all."""

    @property
    def evidence(self) -> str:
        """The anchor of its findings and exchanges, if it has any to be looked into."""
        return f"shown-{self.anchor}"


@dataclass(frozen=True)
class Listed:
    """All cases of a run by id, and how the generated ones among them are folded."""

    cases: Mapping[str, ListedCase]
    generated: Mapping[str, GeneratedCase]
    operations: tuple[Operation, ...]


def listed(results: Results, exchanges: Sequence[ExchangeRecord]) -> Listed:
    """The cases of a run, in its order."""
    by_id = {exchange.id: exchange for exchange in exchanges}
    generated = generated_cases(results.cases, by_id)
    operations = tuple(by_operation(generated.values()))
    folded = {
        case.row.id: place.anchor for operation in operations for place in operation.places for case in place.cases
    }
    cases = {}
    for row in results.cases:
        found = [by_id[name] for name in row.exchanges if name in by_id]
        kept, anchor = tuple(_telling(found, row)), anchor_of("case", row.id)
        omitted = _omitted(len(row.exchanges) - len(kept))
        cases[row.id] = ListedCase(row, anchor, folded.get(row.id, anchor), kept, omitted)
    return Listed(cases, generated, operations)


def _telling(exchanges: Sequence[ExchangeRecord], row: CaseRow) -> list[ExchangeRecord]:
    """The exchanges that tell most, in their order."""
    judged = {found.exchange for found in row.findings}
    last_first = [number for number, _ in enumerate(exchanges)][::-1]
    telling = sorted(last_first, key=lambda number: exchanges[number].id not in judged)[:MOST_EXCHANGES]
    return [exchanges[number] for number in sorted(telling)]


def _omitted(number: int) -> str:
    if not number:
        return ""
    return f"{counted(number, 'other exchange')} not shown here; exchanges.jsonl may hold more."
