"""The HTML report: one page that opens from disk without script or network, and trusts nothing that the target said.

What stands where is decided here; `report.html.j2` only lays it out. Every text on its way into the page is escaped,
and its control and bidirectional characters are shown instead of obeyed.
"""

import re
import shlex
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from conformance.report.counts import VERDICTS, by_verdict, whose_behaviour
from conformance.report.pages import template
from conformance.requirements import LEVELS, SURFACES
from conformance.wire.redact import HIDDEN_HOST

Row = Mapping[str, Any]

TEMPLATE = Path(__file__).with_name("report.html.j2")
PROBLEMS = ("failed", "inconclusive", "warned")
"""The verdicts that a reader has to look into, the worst first."""
MOST_EXCHANGES = 6
"""Exchanges of a case that are shown: its last ones."""
_INDENTED = 5
"""Levels of a JSON body that get lines of their own; what is deeper stays on one line, however deep it goes."""
_ONE_LINE = 72
"""Characters of an innermost object or list that is kept on one line."""
_KINDS = ("violation", "undecided", "warning")

# Possessive throughout: whatever a target sends, no character is looked at more than a few times.
_STRING = r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?+'
_PART = rf'{_STRING}|[{{}}\[\],]|[^"{{}}\[\],]++'
_FINE = re.compile(_PART, re.DOTALL)
_COARSE = re.compile(rf'[{{\[](?:{_STRING}|[^"{{}}\[\]]++)*+[}}\]]|{_PART}', re.DOTALL)
_COLON = re.compile(r"^:\s*")


@dataclass(frozen=True)
class ShownCase:
    """A case with the exchanges that the page shows of it. `omitted` counts those that it does not."""

    row: Row
    anchor: str
    exchanges: tuple[Row, ...]
    omitted: int


@dataclass(frozen=True)
class Evidence:
    """What one case found about one requirement. Its exchanges stand at the first of its requirements: here if `first`."""

    case: ShownCase
    findings: tuple[Mapping[str, str], ...]
    first: bool

    @property
    def judged(self) -> frozenset[str]:
        """The exchanges that the gravest findings are about: their curl stands open."""
        gravest = self.findings[0]["kind"]
        return frozenset(found["exchange"] for found in self.findings if found["kind"] == gravest)


@dataclass(frozen=True)
class Problem:
    """A requirement that did not simply pass, and the evidence."""

    row: Row
    evidence: tuple[Evidence, ...]


def page(document: Mapping[str, Any], exchanges: Sequence[Mapping[str, Any]]) -> str:
    """The whole page: `document` as results.json has it, `exchanges` the rows of exchanges.jsonl."""
    cases = _shown_cases(document, exchanges)
    homes: dict[str, str] = {}
    return template(TEMPLATE, laid_out, status).render(
        document=document,
        target=document["target"],
        whose=whose_behaviour(document),
        alarming=not document["complete"] or bool(document["errors"]),
        musts={verdict: sum(row["level"] == "MUST" for row in _having(document, verdict)) for verdict in VERDICTS},
        totals=by_verdict(document),
        counts={verdict: Counter(row["level"] for row in _having(document, verdict)) for verdict in VERDICTS},
        levels=LEVELS,
        problems={verdict: list(_problems(document, verdict, cases, homes)) for verdict in PROBLEMS},
        by_surface=_by_surface(document),
        cases=cases,
        cases_by_surface=_cases_by_surface(cases),
        homes=homes,
        gateways=_gateways(document["target"]),
    )


def _having(document: Mapping[str, Any], verdict: str) -> list[Row]:
    return [row for row in document["requirements"] if row["verdict"] == verdict]


def _shown_cases(document: Mapping[str, Any], exchanges: Sequence[Row]) -> dict[str, ShownCase]:
    by_id = {exchange["id"]: exchange for exchange in exchanges}
    shown = {}
    for number, row in enumerate(document["cases"], 1):
        found = [by_id[name] for name in row["exchanges"] if name in by_id]
        kept = tuple(found[-MOST_EXCHANGES:])
        shown[row["id"]] = ShownCase(row, f"case-{number}", kept, len(row["exchanges"]) - len(kept))
    return shown


def _problems(
    document: Mapping[str, Any], verdict: str, cases: Mapping[str, ShownCase], homes: dict[str, str]
) -> Iterator[Problem]:
    """The requirements with this verdict, MUST first. Notes in `homes` at which of them a case's exchanges stand."""
    for row in sorted(_having(document, verdict), key=lambda row: LEVELS.index(row["level"])):
        evidence = []
        for case in (cases[name] for name in row["cases"] if name in cases):
            findings = [
                found for found in case.row["findings"] if found["requirement"] == row["id"] and found["kind"] in _KINDS
            ]
            if findings:
                findings.sort(key=lambda found: _KINDS.index(found["kind"]))
                first = homes.setdefault(case.row["id"], row["id"]) == row["id"]
                evidence.append(Evidence(case, tuple(findings), first))
        evidence.sort(key=lambda found: _KINDS.index(found.findings[0]["kind"]))
        yield Problem(row, tuple(evidence))


def _by_surface(document: Mapping[str, Any]) -> list[tuple[str, list[Row], dict[str, int]]]:
    """The requirements of each surface with their counts; those of several surfaces stand last."""
    groups: dict[str, list[Row]] = {name: [] for name in SURFACES}
    for row in document["requirements"]:
        groups.setdefault(row["surface"], []).append(row)
    return [(name, rows, by_verdict({"requirements": rows})) for name, rows in groups.items() if rows]


def _cases_by_surface(cases: Mapping[str, ShownCase]) -> dict[str, list[ShownCase]]:
    groups: dict[str, list[ShownCase]] = {}
    for name, case in cases.items():
        groups.setdefault(name.partition("/")[0], []).append(case)
    return groups


def _gateways(target: Mapping[str, Any]) -> list[str]:
    """The shell lines that set GATEWAY to where the target is, one for each host that its surfaces are on."""
    hosts: dict[str, list[str]] = {}
    for surface, url in target["surfaces"].items():
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        hosts.setdefault("https://<workspace>" if parts.hostname == HIDDEN_HOST else origin, []).append(surface)
    return [f"export GATEWAY={shlex.quote(origin)}   # {', '.join(names)}" for origin, names in hosts.items()]


def status(exchange: Row) -> str:
    """The HTTP status of an exchange, if there is one."""
    return str(exchange["response"]["status"]) if exchange["response"] else "no answer"


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
