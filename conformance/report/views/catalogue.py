"""Every requirement of the catalogue, tested or not: what was said of it, and which cases decide it."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from conformance.checks.verdicts import Verdict
from conformance.report.causes import PROBLEMS
from conformance.report.counts import VERDICTS, by_verdict, cut_note
from conformance.report.results import RequirementRow, Results, is_documentation
from conformance.report.views.listed import Link, Listed
from conformance.report.views.overview import problem_anchor
from conformance.report.wording import counted, cut, surfaces, words
from conformance.requirements import LEVELS, SURFACES, catalogue
from conformance.requirements.sources import url

_FEW = 3
"""Cases of a requirement that are named without being folded."""


@dataclass(frozen=True)
class CountsRow:
    """How many requirements of each level got a verdict; last how many of all."""

    verdict: str
    numbers: tuple[int, ...]


@dataclass(frozen=True)
class Counts:
    """The table of verdicts and levels, without those that nothing has; `sums` is its last row."""

    levels: tuple[str, ...]
    rows: tuple[CountsRow, ...]
    sums: tuple[int, ...]


@dataclass(frozen=True)
class Source:
    """A section of the documentation, and where it is published; nowhere without a URL."""

    text: str
    url: str


@dataclass(frozen=True)
class ListedRequirement:
    """A requirement with the cases that decide it."""

    row: RequirementRow
    page: str
    """The page of the documentation about it; empty if nobody says where that is."""
    problem: str
    """Where the evidence stands; empty if there is nothing to look into."""
    sources: tuple[Source, ...]
    note: str
    cases: tuple[Link, ...]
    """Those written by hand."""
    folded: str
    """The words that they are folded under; empty if they are few."""
    generated: str
    """How many generated ones there are; empty if none."""
    operations: tuple[tuple[Link, int], ...]
    """How many generated ones each operation has."""


@dataclass(frozen=True)
class SurfaceRequirements:
    """The requirements of a surface, or of several."""

    name: str
    tally: str
    requirements: tuple[ListedRequirement, ...]


def tally(verdicts: Mapping[Verdict, int]) -> str:
    """How often each verdict was given: `3 passed, 1 failed`."""
    return ", ".join(f"{count} {words(verdict)}" for verdict, count in verdicts.items() if count)


def counts(results: Results) -> Counts:
    """How many requirements of each level got which verdict."""
    levels = tuple(level for level in LEVELS if results.of_level(level))
    rows = []
    for verdict in VERDICTS:
        found = Counter(row.level for row in results.with_verdict(verdict))
        if found:
            rows.append(CountsRow(verdict, (*(found[level] for level in levels), found.total())))
    sums = (*(len(results.of_level(level)) for level in levels), len(results.requirements))
    return Counts(levels, tuple(rows), sums)


def sources_of(row: RequirementRow) -> tuple[Source, ...]:
    """Where the documentation says what a requirement asks for."""
    return tuple(Source(section.replace(" > ", " › "), url(section)) for section in row.source)


def page_of(row: RequirementRow, documentation: str) -> str:
    """Where the site of the documentation tells of a requirement of the catalogue; empty if nobody says where it is."""
    if not is_documentation(documentation) or row.id not in catalogue():
        return ""
    return f"{documentation}/reference/requirements/{row.id}.html"


def by_surface(
    requirements: Iterable[RequirementRow], cases: Listed, documentation: str = ""
) -> list[SurfaceRequirements]:
    """The requirements of each surface, what was not tested last; those of several surfaces stand last."""
    groups: dict[str, list[RequirementRow]] = {name: [] for name in SURFACES}
    for row in requirements:
        groups.setdefault(row.surface, []).append(row)
    return [
        SurfaceRequirements(
            name=surfaces(name),
            tally=f"{len(rows)}: {tally(by_verdict(rows))}",
            requirements=tuple(
                _listed(row, cases, documentation) for row in sorted(rows, key=lambda row: row.verdict == "not_tested")
            ),
        )
        for name, rows in groups.items()
        if rows
    ]


def _listed(row: RequirementRow, cases: Listed, documentation: str) -> ListedRequirement:
    written = [name for name in row.cases if name not in cases.generated]
    generated = len(row.cases) - len(written)
    operations = Counter(cases.generated[name].operation for name in row.cases if name in cases.generated)
    return ListedRequirement(
        row=row,
        page=page_of(row, documentation),
        problem=problem_anchor(row.id) if row.verdict in PROBLEMS else "",
        sources=sources_of(row),
        note=cut_note(row.note, 300),
        cases=tuple(Link(cut(name, 200), cases.cases[name].anchor if name in cases.cases else "") for name in written),
        folded=f"{len(written)} cases" if len(written) > _FEW else "",
        generated=counted(generated, "generated case") if generated else "",
        operations=tuple(
            (Link(cut(operation.name, 80), operation.anchor), operations[operation.name])
            for operation in cases.operations
            if operations[operation.name]
        ),
    )
