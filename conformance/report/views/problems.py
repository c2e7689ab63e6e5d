"""What a reader has to look into: each cause, the worst first, and the requirements behind it, each with its evidence."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from conformance.checks.verdicts import STRONGEST_FIRST
from conformance.report.causes import PROBLEMS
from conformance.report.counts import cut_note
from conformance.report.folded import KINDS, Found, FoundGroup, found_groups
from conformance.report.results import CaseRow, Cause, Finding, RequirementRow, Results
from conformance.report.views.catalogue import Source, sources_of
from conformance.report.views.evidence import Evidence, evidence
from conformance.report.views.listed import Listed, ListedCase
from conformance.report.views.overview import cause_anchor, problem_anchor
from conformance.report.wording import counted, cut
from conformance.requirements import LEVELS

_REMARKS = {
    "failed": "",
    "inconclusive": ": nothing came that could be judged",
    "warned": ": no MUST is broken, but users should know",
}


@dataclass(frozen=True)
class Collected:
    """A requirement that did not simply pass, and what its cases found: those written by hand, and the generated ones."""

    row: RequirementRow
    written: tuple[tuple[ListedCase, tuple[Finding, ...]], ...]
    groups: tuple[FoundGroup, ...]
    """What each operation's generated cases found."""

    @property
    def shown(self) -> Iterator[str]:
        """The cases whose evidence stands here: of generated ones, each operation's example."""
        yield from (case.row.id for case, _ in self.written)
        yield from (group.example.case.row.id for group in self.groups)


@dataclass(frozen=True)
class Line:
    """One generated case among others. What stands in the line before it, or at the example, is not said again."""

    varied: str
    status: str
    key: str
    same: bool = False
    """Whether it came to the same as the line before it: then no more is told."""
    found: str = ""
    expected: str = ""
    asides: tuple[str, ...] = ()


@dataclass(frozen=True)
class Lines:
    """The other generated cases that vary one place."""

    place: str
    count: int
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Group:
    """What the generated cases of one operation found about one requirement: the smallest example, the others folded."""

    anchor: str
    operation: str
    summary: str
    example: Evidence
    others: tuple[Lines, ...]
    folded: str
    """The words that the others are folded under."""


@dataclass(frozen=True)
class SameEvidence:
    """What a case found, and the other cases that found the same, folded."""

    first: Evidence
    others: tuple[Evidence, ...]
    folded: str
    """The words that those are folded under."""


@dataclass(frozen=True)
class Problem:
    """A requirement that did not simply pass: its evidence, or a note where there is none."""

    anchor: str
    row: RequirementRow
    sources: tuple[Source, ...]
    evidence: tuple[SameEvidence, ...]
    groups: tuple[Group, ...]
    note: str


@dataclass(frozen=True)
class ShownCause:
    """A cause and its problems, the worst first; folded under its summary if there are several."""

    anchor: str
    summary: str
    size: str
    """How many requirements and cases it explains; empty if there is one requirement."""
    problems: tuple[Problem, ...]


@dataclass(frozen=True)
class Section:
    """All causes whose worst verdict is this one."""

    verdict: str
    title: str
    count: int
    """Requirements of this verdict, wherever they stand."""
    remark: str
    causes: tuple[ShownCause, ...]
    elsewhere: str
    """How many of the requirements stand above, under a graver cause."""


def collected(results: Results, cases: Listed) -> list[tuple[Cause, list[Collected]]]:
    """The requirements that did not simply pass, by cause: the worst first."""
    rows = {row.id: row for row in results.requirements}
    return [
        (cause, [_collected(row, cases) for row in sorted((rows[name] for name in cause.requirements), key=_gravity)])
        for cause in results.causes or _alone(results)
    ]


def _gravity(row: RequirementRow) -> tuple[int, int]:
    return STRONGEST_FIRST.index(row.verdict), LEVELS.index(row.level)


def _alone(results: Results) -> list[Cause]:
    """Of results that name no causes: each requirement by itself."""
    rows = sorted((row for row in results.requirements if row.verdict in PROBLEMS), key=_gravity)
    return [Cause(summary=row.note, verdict=row.verdict, requirements=(row.id,), cases=len(row.cases)) for row in rows]


def own(results: Results, cases: Listed) -> list[list[Collected]]:
    """What is to be looked into of each declaration of own requirements, the worst first."""
    problems = (
        sorted((row for row in one.requirements if row.verdict in PROBLEMS), key=_gravity) for one in results.own
    )
    return [[_collected(row, cases) for row in rows] for rows in problems]


def shown(found: Iterable[Collected], cases: Listed, homes: Mapping[str, str]) -> tuple[Problem, ...]:
    """Requirements that did not simply pass, each with its evidence."""
    return tuple(_problem(one, cases, homes) for one in found)


def _collected(row: RequirementRow, cases: Listed) -> Collected:
    written, generated = list[tuple[ListedCase, tuple[Finding, ...]]](), list[Found]()
    for name in row.cases:
        findings = _findings(cases.cases[name].row, row.id) if name in cases.cases else ()
        if findings and name in cases.generated:
            generated.append(Found(cases.generated[name], findings))
        elif findings:
            written.append((cases.cases[name], findings))
    written.sort(key=lambda one: KINDS.index(one[1][0].kind))
    return Collected(row, tuple(written), found_groups(generated, row.id))


def _findings(case: CaseRow, requirement: str) -> tuple[Finding, ...]:
    """What a case found about a requirement that is to be looked into, the gravest first."""
    found = [one for one in case.findings if one.requirement == requirement and one.kind in KINDS]
    return tuple(sorted(found, key=lambda one: KINDS.index(one.kind)))


def homes(found: Iterable[Collected]) -> dict[str, str]:
    """At which requirement a case's exchanges stand: the first that shows its evidence."""
    first = dict[str, str]()
    for one in found:
        for name in one.shown:
            first.setdefault(name, one.row.id)
    return first


def group_anchors(found: Iterable[Collected]) -> dict[str, dict[str, str]]:
    """Of a generated case: the requirements that it found something about, each with the anchor of that."""
    anchors = dict[str, dict[str, str]]()
    for one in found:
        for group in one.groups:
            for other in group.all:
                anchors.setdefault(other.case.row.id, {})[one.row.id] = group.anchor
    return anchors


def sections(
    found: Iterable[tuple[Cause, Sequence[Collected]]], results: Results, cases: Listed, homes: Mapping[str, str]
) -> list[Section]:
    """The causes by their worst verdict, each with its problems: what failed laid open, the others compact, nothing of none."""
    causes: dict[str, list[ShownCause]] = {verdict: [] for verdict in PROBLEMS}
    for cause, behind in found:
        problems = shown(behind, cases, homes)
        size = f"{len(problems)} requirements, {counted(cause.cases, 'case')}" if len(problems) > 1 else ""
        causes[cause.verdict].append(ShownCause(cause_anchor(cause.requirements), cause.summary, size, problems))
    made = [_section(verdict, tuple(of), len(results.with_verdict(verdict))) for verdict, of in causes.items()]
    return [one for one in made if one.count]


def _section(verdict: str, causes: tuple[ShownCause, ...], count: int) -> Section:
    here = sum(problem.row.verdict == verdict for cause in causes for problem in cause.problems)
    return Section(
        verdict=verdict,
        title=verdict.capitalize(),
        count=count,
        remark=_REMARKS[verdict],
        causes=causes,
        elsewhere=f"{count - here} of them stand above, under a graver cause." if here < count else "",
    )


def _problem(found: Collected, cases: Listed, homes: Mapping[str, str]) -> Problem:
    row = found.row
    compact = row.verdict != "failed"
    written = tuple(evidence(case, findings, row.id, homes, compact=compact) for case, findings in found.written)
    groups = []
    for group in found.groups:
        example = cases.cases[group.example.case.row.id]
        shown = evidence(example, group.example.findings, row.id, homes, compact=compact)
        groups.append(_group(group, shown))
    note = "" if written or groups else cut_note(row.note or "no finding was kept", 1000)
    return Problem(problem_anchor(row.id), row, sources_of(row), tuple(_together(written)), tuple(groups), note)


def _together(evidence: Iterable[Evidence]) -> Iterator[SameEvidence]:
    """Cases that found the same are told once: what was seen may be another value in each."""
    same = dict[tuple[tuple[str, ...], ...], list[Evidence]]()
    for one in evidence:
        told = tuple((found.kind, found.message, found.expected, found.path) for found in one.findings)
        same.setdefault(told, []).append(one)
    for first, *others in same.values():
        yield SameEvidence(first, tuple(others), f"The same in {counted(len(others), 'more case')}")


def _group(group: FoundGroup, example: Evidence) -> Group:
    return Group(
        anchor=group.anchor,
        operation=cut(group.operation, 80),
        summary=_summary(group),
        example=example,
        others=tuple(
            Lines(cut(place.name, 160), len(place.found), _lines(place.found, group.example.findings[0]))
            for place in group.others
        ),
        folded=f"The other {len(group.all) - 1}, by what they vary",
    )


def _summary(group: FoundGroup) -> str:
    """How many cases at how many places found what, and which of them is shown."""
    cases, several = len(group.all), len(group.kinds) > 1
    summary = counted(cases, "generated case")
    if group.places > 1:
        summary += f" at {group.places} places"
    if several:
        summary += f": {', '.join(_of_kind(group.kinds[kind], kind) for kind in KINDS if group.kinds[kind])}"
    if cases > 1:
        summary += f"; the smallest{' of the gravest' if several else ''}:"
    return summary


def _of_kind(number: int, kind: str) -> str:
    return f"{number} undecided" if kind == "undecided" else counted(number, kind)


def _lines(found: tuple[Found, ...], example: Finding) -> tuple[Line, ...]:
    return tuple(_line(one, before, example) for before, one in pairwise((None, *found)) if one)


def _line(found: Found, before: Found | None, example: Finding) -> Line:
    varied, status, key = cut(found.case.kind, 80), found.case.status, cut(found.case.key, 40)
    if before and found.outcome == before.outcome:
        return Line(varied, status, key, same=True)
    gravest, others = found.findings[0], len(found.findings) - 1
    actual = f": {cut(gravest.actual, 120)}" if gravest.actual else ""
    return Line(
        varied,
        status,
        key,
        found=cut(found.message, 120) + actual,
        expected=cut(gravest.expected, 120) if gravest.expected != example.expected else "",
        asides=(
            *([f"and {others} more"] if others else []),
            *([f"({gravest.kind})"] if gravest.kind != example.kind else []),
        ),
    )
