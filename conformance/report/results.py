"""results.json: what a run found, in one canonical order, and nothing that only this machine knows."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

from conformance.checks.verdicts import RunVerdict, Verdict, of_run, strongest
from conformance.requirements import Requirement

SCHEMA_VERSION = 1
MOST_NAMES = 5
"""Cases in which the suite broke that a note names."""
CaseVerdict = Verdict | Literal["error"]


@dataclass(frozen=True)
class CaseResult:
    """What one case found. Everything in it is plain JSON, because it travels between processes."""

    id: str
    requirements: tuple[str, ...]
    verdict: CaseVerdict
    verdicts: Mapping[str, Verdict]
    """By requirement; empty if the case broke."""
    duration_s: float
    findings: list[dict[str, str]] = field(default_factory=list)
    """Violations, warnings and undecided ones, each with its requirement and kind."""
    observations: list[dict[str, str]] = field(default_factory=list)
    notes: Mapping[str, str] = field(default_factory=dict)
    """Why a requirement was not applicable."""
    exchanges: list[dict[str, Any]] = field(default_factory=list)
    tokens: tuple[int, int] = (0, 0)
    """Input and output tokens that the target reported."""
    provenance: str = "live"
    varies: Mapping[str, str] = field(default_factory=dict)
    """Of a generated request: its `operation`, its `mode` (positive, negative), what `place` it varies in what `kind`."""
    error: str = ""
    usage_error: bool = False
    """Whether the error is the user's to mend: a missing or corrupt cassette."""

    def to_json(self) -> dict[str, Any]:
        """The result as plain JSON."""
        return {**vars(self), "requirements": list(self.requirements), "tokens": list(self.tokens)}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> "CaseResult":
        """The inverse of `to_json`."""
        lists = {name: tuple(document[name]) for name in ("requirements", "tokens")}
        return cls(**{**document, **lists})


def requirement_rows(
    catalogue: Iterable[Requirement], cases: list[CaseResult], selected: set[str], *, cheap: bool = False
) -> list[dict[str, Any]]:
    """Every requirement of the catalogue with its verdict, tested or not."""
    deciding: dict[str, list[CaseResult]] = {}
    for case in cases:
        for requirement in case.requirements:
            deciding.setdefault(requirement, []).append(case)
    return [_row(row, deciding.get(row.id, []), selected, cheap=cheap) for row in catalogue]


def _row(row: Requirement, cases: list[CaseResult], selected: set[str], *, cheap: bool) -> dict[str, Any]:
    judged = [case for case in cases if row.id in case.verdicts]
    broken = [case.id for case in cases if row.id not in case.verdicts]
    verdict = strongest(case.verdicts[row.id] for case in judged)
    if row.excluded and not cases:
        verdict, note = "excluded", row.excluded
    elif row.id not in selected:
        verdict, note = "not_tested", "not selected in this run"
    elif not cases and row.surface == ("sdk",):
        verdict, note = "not_applicable", "a fact of a client library: no gateway keeps or breaks it"
    elif not cases:
        verdict, note = "not_tested", "no case ran that decides it" + (" (--cheap left out some)" if cheap else "")
    elif broken and verdict != "failed":
        # Half of the evidence is none: what the other cases saw does not make it passed.
        verdict, note = "inconclusive", f"the suite broke in {_some(broken)}"
    else:
        note = _note(row.id, [case for case in judged if case.verdicts[row.id] == verdict])
    return {
        "id": row.id,
        "level": row.level,
        "surface": ",".join(row.surface),
        "verdict": verdict,
        "cases": sorted(case.id for case in cases),
        "note": note,
        "statement": row.statement,
        "source": list(row.source),
        "origin": row.origin,
    }


def _some(names: Sequence[str]) -> str:
    """The first of the names, and how many more there are."""
    more = [f"and {len(names) - MOST_NAMES} more"] if len(names) > MOST_NAMES else []
    return ", ".join([*names[:MOST_NAMES], *more])


def _note(requirement: str, cases: Iterable[CaseResult]) -> str:
    """Why: in the words of each case that is written by hand, then of the smallest generated one; the others are counted."""
    told = [(case, why) for case in cases if (why := _why(requirement, case))]
    generated = sorted(((case, why) for case, why in told if case.varies), key=lambda one: _sent(requirement, one[0]))
    whys = [why for case, why in told if not case.varies] + [why for _, why in generated[:1]]
    more = [f"and {len(generated) - 1} more"] if generated[1:] else []
    return "; ".join([*dict.fromkeys(whys), *more])


def _sent(requirement: str, case: CaseResult) -> int:
    """Bytes of the request that a case's finding is about."""
    about = {finding.get("exchange") for finding in case.findings if finding["requirement"] == requirement}
    return max((exchange["request"]["bytes"] for exchange in case.exchanges if exchange["id"] in about), default=0)


def _why(requirement: str, case: CaseResult) -> str:
    if reason := case.notes.get(requirement):
        return reason
    return next((_line(finding) for finding in case.findings if finding["requirement"] == requirement), "")


def _line(finding: Mapping[str, str]) -> str:
    return f"{finding['message']} ({finding['actual']})" if finding["actual"] else finding["message"]


def document(
    *,
    suite: Mapping[str, Any],
    target: Mapping[str, Any],
    clients: Mapping[str, str],
    started_at: str,
    duration_s: float,
    catalogue: Iterable[Requirement],
    cases: Iterable[CaseResult],
    selected: set[str],
    selection: Mapping[str, Any],
    incomplete: Sequence[str],
    errors: list[str],
    catches: Mapping[str, Sequence[Mapping[str, str]]] = MappingProxyType({}),
    uncaught: Mapping[str, str] = MappingProxyType({}),
) -> dict[str, Any]:
    """The whole results.json. Cases and requirements stand in one order, however they were run.

    `catches` tells by requirement which faults its check was seen to catch (`fault`, what it `says` of itself, and the words
    in which it was `told`), `uncaught` why there is none.
    """
    ordered = sorted(cases, key=lambda case: case.id)
    rows = [
        row | _caught(catches.get(row["id"], ()), uncaught.get(row["id"], ""))
        for row in requirement_rows(catalogue, ordered, selected, cheap=_only_cheap(selection) and not incomplete)
    ]
    verdict: RunVerdict = of_run([(row["level"], row["verdict"]) for row in rows])
    if verdict == "conformant" and incomplete:
        verdict = "inconclusive"  # what was judged so far says nothing about the rest
    return {
        "schema_version": SCHEMA_VERSION,
        "suite": dict(suite),
        "target": dict(target),
        "clients": dict(clients),
        "started_at": started_at,
        "duration_s": round(duration_s, 3),
        "requests": len({exchange["id"] for case in ordered for exchange in case.exchanges}),
        "bytes": {"sent": _bytes(ordered, "request"), "received": _bytes(ordered, "response")},
        "tokens": {"input": sum(case.tokens[0] for case in ordered), "output": sum(case.tokens[1] for case in ordered)},
        "verdict": verdict,
        "counts": dict(sorted(Counter(row["verdict"] for row in rows).items())),
        "complete": not incomplete,
        "incomplete": list(incomplete),
        "selection": dict(selection),
        "errors": sorted(errors),
        "requirements": rows,
        "cases": [_case(case) for case in ordered],
    }


def _only_cheap(selection: Mapping[str, Any]) -> bool:
    """Whether `--cheap` alone can have left a case out that decides a selected requirement."""
    others = ("surfaces", "levels", "requirements", "keyword", "markers", "left_out", "paths")
    return bool(selection.get("cheap")) and not any(selection.get(name) for name in others)


def _caught(catches: Sequence[Mapping[str, str]], uncaught: str) -> dict[str, Any]:
    return {"catches": [dict(caught) for caught in catches]} | ({} if catches else {"uncaught": uncaught})


def _bytes(cases: list[CaseResult], side: str) -> int:
    distinct = {exchange["id"]: exchange for case in cases for exchange in case.exchanges}
    return sum(exchange[side]["bytes"] for exchange in distinct.values() if exchange[side])


def _case(case: CaseResult) -> dict[str, Any]:
    return {
        "id": case.id,
        "requirements": list(case.requirements),
        "verdicts": dict(case.verdicts),
        "notes": dict(case.notes),
        "verdict": case.verdict,
        "duration_s": round(case.duration_s, 4),
        "findings": case.findings,
        "observations": case.observations,
        "exchanges": [exchange["id"] for exchange in case.exchanges],
        "error": case.error,
    } | ({"varies": dict(case.varies)} if case.varies else {})
