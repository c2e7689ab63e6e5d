"""The evidence of a run, judged anew: whether this suite finds in it what the report says."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from conformance.report import results
from conformance.report.conclusion import requirement_rows, thinned
from conformance.report.deviations import WAIVED, hold
from conformance.report.results import CaseResult, CaseRow, RequirementRow, Results
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


def _differences(found: Results, anew: Mapping[str, CaseResult]) -> Iterator[str]:
    cases: dict[str, CaseRow] = {case.id: case for case in found.cases}
    if missing := sorted(set(cases) - set(anew)):
        yield f"{_named(missing)} of the report cannot be judged from the evidence"
    if more := sorted(set(anew) - set(cases)):
        yield f"{_named(more)} of the evidence stand in no report"
    every = [anew[name] for name in sorted(anew)]
    for case in thinned(every):
        if case.id in cases and _found(case) != _found(cases[case.id]):
            yield f"{case.id}: {case.verdict}, and the report says {cases[case.id].verdict}, or found something else"
    selection = Selection(**vars_of(found.selection))
    selected = {name for name in catalogue() if selection.wants(name)}
    rows = requirement_rows(catalogue().values(), thinned(every), selected)
    said = {row.id: row for row in found.requirements}
    if set(said) != {row.id for row in rows}:
        yield "the requirements of the report are not those of the catalogue"
    for row in rows:
        if row.id in said and said[row.id].verdict != row.verdict:
            yield f"{row.id}: {row.verdict}, and the report says {said[row.id].verdict}"
    yield from _deviations(found, rows, every)


def _deviations(found: Results, rows: list[RequirementRow], every: list[CaseResult]) -> Iterator[str]:
    """What is said otherwise of known deviations."""
    said = found.deviations.rows if found.deviations else ()
    in_part = found.deviations.in_part if found.deviations else ()
    today = datetime.fromisoformat(found.started_at).astimezone(UTC).date()
    held = hold([row.deviation for row in said], rows, every, target=found.target, today=today, in_part=in_part)
    if held.rows != said:
        yield "known deviations: something else has become of them than the report says"
    known = {name for name, verdict in held.remaining.items() if verdict == WAIVED}
    for row in found.requirements:
        if row.known != (row.id in known):
            yield f"{row.id}: {'not ' if row.known else ''}all that was found is known, and the report says otherwise"


def _found(case: CaseResult | CaseRow) -> tuple[object, ...]:
    """What there is to compare of a case. Not the words of a finding: some tell times."""
    findings = [(one.requirement, one.kind, one.exchange) for one in case.findings]
    return case.verdict, dict(case.verdicts), findings


def _named(names: list[str]) -> str:
    return ", ".join(names[:_FEW]) + (f" and {len(names) - _FEW} more" if len(names) > _FEW else "")
