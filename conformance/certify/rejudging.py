"""The evidence of a run, judged anew: whether this suite finds in it what the report says."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from conformance.report import results
from conformance.report.conclusion import requirement_rows, thinned
from conformance.report.results import CaseResult, CaseRow, Results
from conformance.requirements import catalogue
from conformance.runs import inprocess
from conformance.runs.selection import Selection

_OPTIONS = {
    # The option of `run` behind each member of a selection by which the same cases are chosen again.
    "surfaces": "surface",
    "levels": "level",
    "requirements": "requirement",
    "smoke": "smoke",
    "cheap": "cheap",
    "statistics": "statistics",
    "all_models": "all_models",
    "corpus": "corpus",
    "conformance_profile": "conformance_profile",
}
_FEW = 3


def unrepeatable(selection: results.Selection) -> str:
    """What of a selection cannot be chosen again from evidence, in words; empty if all can."""
    chosen = {name for name, value in vars_of(selection).items() if value}
    return ", ".join(sorted(chosen - set(_OPTIONS)))


def vars_of(selection: results.Selection) -> dict[str, Any]:
    """The members of a selection."""
    return {name: getattr(selection, name) for name in selection.__struct_fields__}


def differences(found: Results, evidence: Path) -> list[str]:
    """What the cases judge otherwise from the evidence than the results say, in words; empty: they say the same."""
    options: dict[str, Any] = {"evidence": evidence}
    for member, option in _OPTIONS.items():
        value = getattr(found.selection, member)
        options[option] = ",".join(value) if isinstance(value, tuple) else value
    judged = inprocess.judge(options)
    if judged.errors or judged.usage_error:
        return [f"it cannot be judged: {line}" for line in (judged.usage_error, *judged.errors) if line]
    return list(_differences(found, judged.results))


def _differences(found: Results, anew: Any) -> Iterator[str]:
    cases: dict[str, CaseRow] = {case.id: case for case in found.cases}
    if missing := sorted(set(cases) - set(anew)):
        yield f"{_named(missing)} of the report cannot be judged from the evidence"
    if more := sorted(set(anew) - set(cases)):
        yield f"{_named(more)} of the evidence stand in no report"
    judged: list[CaseResult] = thinned(anew[name] for name in sorted(anew))
    for case in judged:
        if case.id in cases and _verdicts(case) != _verdicts(cases[case.id]):
            yield f"{case.id}: {case.verdict}, and the report says {cases[case.id].verdict}"
    selection = Selection(**vars_of(found.selection))
    selected = {name for name in catalogue() if selection.wants(name)}
    rows = {row.id: row.verdict for row in requirement_rows(catalogue().values(), judged, selected)}
    for row in found.requirements:
        if row.id not in rows:
            yield f"{row.id}: this suite does not know it"
        elif rows.pop(row.id) != row.verdict:
            yield f"{row.id}: another verdict than {row.verdict}, which the report says"
    if rows:
        yield f"{_named(sorted(rows))} stand in no report"


def _verdicts(case: CaseResult | CaseRow) -> tuple[str, dict[str, str]]:
    return case.verdict, dict(case.verdicts)


def _named(names: list[str]) -> str:
    return ", ".join(names[:_FEW]) + (f" and {len(names) - _FEW} more" if len(names) > _FEW else "")
