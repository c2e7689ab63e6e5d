"""Many reports as one page: targets by requirements, and by what their models were asked for.

What stands where is decided here; `evidence_matrix.html.j2` only lays it out.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from conformance.report.counts import provenance_text
from conformance.report.gathering import CERTIFICATE, Claim, Gathered
from conformance.report.pages import template
from conformance.report.results import Capability, RequirementRow
from conformance.report.scope import outcome_of, scope_of
from conformance.report.views.models import Asked, asked
from conformance.report.wording import SYMBOLS, cut, words
from conformance.requirements import SURFACES, Level

TEMPLATE = Path(__file__).with_name("evidence_matrix.html.j2")
GENERATOR = "gateway-conformance matrix"
"""How a page says what has made it."""
_LOOKS = {"holds": "passed", "does not hold": "failed", "not verified here": "inconclusive"}


@dataclass(frozen=True)
class Column:
    """A report: what stands at the head of its column, and in the list of all."""

    number: int
    slug: str
    name: str
    verdict: str
    outcome: str
    scope: str
    incomplete: str
    provenance: str
    """reference gateway, replayed, live: in a word or two."""
    proof: str
    is_evidence: bool
    """Whether it shows the behaviour of a target, and not of the reference gateway."""
    started: str
    suite: str
    catalogue: str
    claim: Claim | None
    claim_look: str
    certificate: str


@dataclass(frozen=True)
class Cell:
    """The verdict of a report on a requirement; without one, the report does not know the requirement."""

    slug: str
    verdict: str = ""
    title: str = ""
    level: str = ""
    """If the report has the requirement at another level."""


@dataclass(frozen=True)
class Line:
    """A requirement in all reports."""

    id: str
    level: Level
    statement: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Group:
    """The requirements of a surface, or of several."""

    surface: str
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class ModelLine:
    """What a model was asked for on a surface, in all reports; the model is named on its first line alone."""

    model: str
    surface: str
    capability: str
    cells: tuple[Asked | None, ...]
    """None: the report says nothing of this model there."""


def page(gathered: Sequence[Gathered]) -> str:
    """The page of all reports, in their order."""
    catalogues = list(dict.fromkeys(one.results.suite.catalogue_sha256 for one in gathered))
    return template(TEMPLATE).render(
        generator=GENERATOR,
        columns=[_column(number, one) for number, one in enumerate(gathered, 1)],
        groups=_groups(gathered),
        models=list(_models(gathered)),
        catalogues=len(catalogues),
        verdicts=[verdict for verdict in SYMBOLS if verdict not in _OF_RUNS],
        reference=sum(map(_shows_reference, gathered)),
    )


_OF_RUNS = ("conformant", "conformant_with_deviations", "nonconformant", "error")


def _shows_reference(one: Gathered) -> bool:
    """Whether the answers are the reference gateway's, as the report says, or its certificate."""
    return one.results.target.provenance == "reference" or bool(one.claim and one.claim.is_demonstration)


def _proof(one: Gathered) -> str:
    """Whose behaviour a report shows, and what it does not prove: its certificate may know what its run did not."""
    target = one.results.target
    if _shows_reference(one) and target.provenance != "reference":
        return (
            f"A run against {target.name}, behind which this suite's own reference gateway answered, as the certificate says. "
            "It proves nothing about any workspace."
        )
    return provenance_text(target, one.results.started_at)


def _column(number: int, one: Gathered) -> Column:
    results, target = one.results, one.results.target
    words_of = ["reference gateway"] if _shows_reference(one) else []
    words_of.append("replayed" if target.mode == "replay" else "live")
    return Column(
        number=number,
        slug=one.slug,
        name=cut(target.name, 80),
        verdict=results.headline_verdict,
        outcome=outcome_of(results),
        scope=cut("; ".join(scope_of(results).texts), 400),
        incomplete="" if results.complete else cut("; ".join(results.incomplete) or "incomplete", 400),
        provenance=", ".join(words_of),
        proof=cut(_proof(one), 600),
        is_evidence=not _shows_reference(one),
        started=results.started_at[:16].replace("T", " "),
        suite=cut(results.suite.version, 40),
        catalogue=results.suite.catalogue_sha256[:12],
        claim=one.claim,
        claim_look=_look(one.claim) if one.claim else "",
        certificate=f"{one.slug}/{CERTIFICATE}" if one.claim else "",
    )


def _look(claim: Claim) -> str:
    """The colour of a certificate: one that was accepted as less than whole is not green."""
    return "warned" if claim.outcome.startswith("holds") and claim.outcome != "holds" else _LOOKS[claim.state]


def _groups(gathered: Sequence[Gathered]) -> list[Group]:
    """Every requirement that a report knows, by surface; those that the newest report knows stand first, as it says them."""
    known: list[Mapping[str, RequirementRow]] = [{row.id: row for row in one.results.requirements} for one in gathered]
    newest_first = sorted(zip(gathered, known, strict=True), key=lambda one: one[0].results.started_at, reverse=True)
    rows = dict[str, RequirementRow]()
    for _, of in newest_first:
        for name, row in of.items():
            rows.setdefault(name, row)
    groups: dict[str, list[Line]] = {name: [] for name in SURFACES}
    for row in rows.values():
        cells = tuple(_cell(one.slug, of.get(row.id), row) for one, of in zip(gathered, known, strict=True))
        groups.setdefault(row.surface, []).append(Line(cut(row.id, 80), row.level, cut(row.statement, 400), cells))
    return [Group(surface, tuple(lines)) for surface, lines in groups.items() if lines]


def _cell(slug: str, found: RequirementRow | None, shown: RequirementRow) -> Cell:
    if found is None:
        return Cell(slug)
    note = f": {cut(found.note, 300)}" if found.note else ""
    return Cell(slug, found.verdict, f"{words(found.verdict)}{note}", found.level if found.level != shown.level else "")


def _models(gathered: Sequence[Gathered]) -> Iterator[ModelLine]:
    """A line for each capability that a model was asked for on a surface in any report."""
    asked_of = [{(row.model, row.surface): row.capabilities for row in one.results.models} for one in gathered]
    capabilities: tuple[Capability, ...] = get_args(Capability)
    before = ("", "")
    for key in dict.fromkeys(key for one in asked_of for key in one):
        for capability in capabilities:
            cells = [one[key].get(capability, "not asked") if key in one else None for one in asked_of]
            if any(cell not in (None, "not asked") for cell in cells):
                model, surface = ("" if key == before else cut(key[0], 80)), ("" if key == before else key[1])
                yield ModelLine(model, surface, capability, tuple(cell and asked(cell) for cell in cells))
                before = key
