"""The HTML report: one page that opens from disk without script or network, and trusts nothing that the target said.

What stands where is decided here; `report.html.j2` only lays it out. Every text on its way into the page is escaped,
and its control and bidirectional characters are shown instead of obeyed.
"""

import re
import shlex
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from conformance.checks.verdicts import Verdict
from conformance.report.counts import VERDICTS, by_verdict, cut_note, narrowing, provenance_text
from conformance.report.folded import (
    KINDS,
    Found,
    FoundGroup,
    GeneratedCase,
    Operation,
    by_operation,
    found_groups,
    generated_cases,
)
from conformance.report.pages import template
from conformance.report.results import CaseRow, ExchangeRecord, Finding, RequirementRow, Results, Target
from conformance.requirements import LEVELS, SURFACES
from conformance.wire.redact import REDACTED_HOST

TEMPLATE = Path(__file__).with_name("report.html.j2")
PROBLEMS = ("failed", "inconclusive", "warned")
"""The verdicts that a reader has to look into, the worst first."""
MOST_EXCHANGES = 6
"""Exchanges of a case that are shown: its last ones."""
_INDENTED = 5
"""Levels of a JSON body that get lines of their own; what is deeper stays on one line, however deep it goes."""
_ONE_LINE = 72
"""Characters of an innermost object or list that is kept on one line."""

# Possessive throughout: whatever a target sends, no character is looked at more than a few times.
_STRING = r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?+'
_PART = rf'{_STRING}|[{{}}\[\],]|[^"{{}}\[\],]++'
_FINE = re.compile(_PART, re.DOTALL)
_COARSE = re.compile(rf'[{{\[](?:{_STRING}|[^"{{}}\[\]]++)*+[}}\]]|{_PART}', re.DOTALL)
_COLON = re.compile(r"^:\s*")


@dataclass(frozen=True)
class ShownCase:
    """A case with the exchanges that the page shows of it. `omitted` counts those that it does not."""

    row: CaseRow
    anchor: str
    listed: str
    """Where it stands among all cases: itself, or the row that it is folded into."""
    exchanges: tuple[ExchangeRecord, ...]
    omitted: int


@dataclass(frozen=True)
class Evidence:
    """What one case found about one requirement. Its exchanges stand at the first of its requirements: here if `first`."""

    case: ShownCase
    findings: tuple[Finding, ...]
    first: bool

    @property
    def judged(self) -> frozenset[str]:
        """The exchanges that the gravest findings are about: their curl stands open."""
        gravest = self.findings[0].kind
        return frozenset(found.exchange for found in self.findings if found.kind == gravest)


@dataclass(frozen=True)
class Problem:
    """A requirement that did not simply pass, and the evidence: of the cases written by hand, then of generated ones."""

    row: RequirementRow
    evidence: tuple[Evidence, ...]
    groups: tuple[tuple[FoundGroup, Evidence], ...]
    """What each operation's generated cases found, with the evidence of its smallest example."""


class _Cases:
    """All cases of a run, and what has been laid out of them so far."""

    def __init__(self, results: Results, exchanges: Sequence[ExchangeRecord]) -> None:
        by_id = {exchange.id: exchange for exchange in exchanges}
        self.generated: dict[str, GeneratedCase] = generated_cases(results.cases, by_id)
        self.operations: list[Operation] = by_operation(self.generated.values())
        folded = {
            case.row.id: place.anchor
            for operation in self.operations
            for place in operation.places
            for case in place.cases
        }
        self.shown: dict[str, ShownCase] = {}
        for number, row in enumerate(results.cases, 1):
            found = [by_id[name] for name in row.exchanges if name in by_id]
            kept, anchor = tuple(found[-MOST_EXCHANGES:]), f"case-{number}"
            listed = folded.get(row.id, anchor)
            self.shown[row.id] = ShownCase(row, anchor, listed, kept, len(row.exchanges) - len(kept))
        self.homes: dict[str, str] = {}
        """At which requirement a case's exchanges stand."""
        self.groups: dict[str, dict[str, str]] = {}
        """Of a generated case: the requirements that it found something about, each with the anchor of that."""


def page(results: Results, exchanges: Sequence[ExchangeRecord]) -> str:
    """The whole page: `exchanges` are the lines of exchanges.jsonl."""
    cases = _Cases(results, exchanges)
    return template(TEMPLATE, cut_note, laid_out).render(
        document=results,
        target=results.target,
        selected=narrowing(results.selection),
        whose=provenance_text(results.target, results.started_at),
        alarming=not results.complete or bool(results.errors),
        musts={verdict: sum(row.level == "MUST" for row in results.with_verdict(verdict)) for verdict in VERDICTS},
        totals=by_verdict(results.requirements),
        counts={verdict: Counter(row.level for row in results.with_verdict(verdict)) for verdict in VERDICTS},
        levels=LEVELS,
        problems={verdict: list(_problems(results, verdict, cases)) for verdict in PROBLEMS},
        by_surface=_by_surface(results.requirements),
        deciding={row.id: _deciding(row, cases) for row in results.requirements},
        cases=cases.shown,
        cases_by_surface=_cases_by_surface(cases),
        generated=cases.generated,
        homes=cases.homes,
        groups=cases.groups,
        gateways=_gateways(results.target),
    )


def _problems(results: Results, verdict: str, cases: _Cases) -> Iterator[Problem]:
    """The requirements with this verdict, MUST first. Notes in `cases` where they stand."""
    for row in sorted(results.with_verdict(verdict), key=lambda row: LEVELS.index(row.level)):
        written, generated = list[Evidence](), list[Found]()
        for name in row.cases:
            findings = _findings(cases.shown[name].row, row.id) if name in cases.shown else ()
            if findings and name in cases.generated:
                generated.append(Found(cases.generated[name], findings))
            elif findings:
                written.append(_evidence(name, findings, row.id, cases))
        written.sort(key=lambda found: KINDS.index(found.findings[0].kind))
        groups = list[tuple[FoundGroup, Evidence]]()
        for group in found_groups(generated, f"found-{row.id}"):
            groups.append((group, _evidence(group.example.case.row.id, group.example.findings, row.id, cases)))
            for found in group.all:
                cases.groups.setdefault(found.case.row.id, {})[row.id] = group.anchor
        yield Problem(row, tuple(written), tuple(groups))


def _findings(case: CaseRow, requirement: str) -> tuple[Finding, ...]:
    """What a case found about a requirement that is to be looked into, the gravest first."""
    found = [one for one in case.findings if one.requirement == requirement and one.kind in KINDS]
    return tuple(sorted(found, key=lambda one: KINDS.index(one.kind)))


def _evidence(name: str, findings: tuple[Finding, ...], requirement: str, cases: _Cases) -> Evidence:
    return Evidence(cases.shown[name], findings, cases.homes.setdefault(name, requirement) == requirement)


def _deciding(row: RequirementRow, cases: _Cases) -> tuple[list[str], list[tuple[Operation, int]]]:
    """The cases that decide a requirement: those written by hand, and how many generated ones of each operation."""
    counts = Counter(cases.generated[name].operation for name in row.cases if name in cases.generated)
    made = [(operation, counts[operation.name]) for operation in cases.operations if counts[operation.name]]
    return [name for name in row.cases if name not in cases.generated], made


def _by_surface(
    requirements: Iterable[RequirementRow],
) -> list[tuple[str, list[RequirementRow], dict[Verdict, int]]]:
    """The requirements of each surface with their counts; those of several surfaces stand last."""
    groups: dict[str, list[RequirementRow]] = {name: [] for name in SURFACES}
    for row in requirements:
        groups.setdefault(row.surface, []).append(row)
    return [(name, rows, by_verdict(rows)) for name, rows in groups.items() if rows]


def _cases_by_surface(cases: _Cases) -> dict[str, tuple[list[ShownCase], list[Operation]]]:
    """The cases of each surface: those written by hand, and the operations of the generated ones."""
    groups: dict[str, tuple[list[ShownCase], list[Operation]]] = {}
    for name, case in cases.shown.items():
        written, _ = groups.setdefault(name.partition("/")[0], ([], []))
        if not case.row.varies:
            written.append(case)
    for operation in cases.operations:
        groups[operation.surface][1].append(operation)
    return groups


def _gateways(target: Target) -> list[str]:
    """The shell lines that set GATEWAY to where the target is, one for each host that its surfaces are on."""
    hosts: dict[str, list[str]] = {}
    for surface, url in target.surfaces.items():
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        hosts.setdefault("https://<workspace>" if parts.hostname == REDACTED_HOST else origin, []).append(surface)
    return [f"export GATEWAY={shlex.quote(origin)}   # {', '.join(names)}" for origin, names in hosts.items()]


def laid_out(text: str) -> str:
    """A body that is JSON on one line, whole or cut, on several lines: only white space outside its strings changes.

    Parsing and writing it anew would hide what evidence must show: members that stand twice, how a number was written.
    """
    text = text.replace("\r\n", "\n")
    if text[:1] not in ("{", "[") or "\n" in text:
        return text
    made, depth = [], 0
    for part in _parts(text):
        if part == ",":
            made.append(",\n" + "  " * depth if 0 < depth <= _INDENTED else ", ")
        elif part in "{[":
            depth += 1
            made.append(f"{part}\n{'  ' * depth}" if 0 < depth <= _INDENTED else part)
        elif part in "}]":
            depth -= 1
            made.append(f"\n{'  ' * depth}{part}" if 0 <= depth < _INDENTED else part)
        elif part[0] in '"{[':
            made.append(part)
        else:
            made.append(_COLON.sub(": ", part.strip()))
    return "".join(made)


def _parts(text: str) -> Iterator[str]:
    """The strings, brackets, commas and other texts of a JSON body; a short innermost object or list is one part."""
    for part in _COARSE.findall(text):
        if len(part) > _ONE_LINE and part[0] != '"':
            yield from _FINE.findall(part)
        else:
            yield part
