"""Two runs against gateways: which requirements are kept now that were not, and the other way round."""

from conformance.report.results import Baseline, ChangeOutcome, RequirementRow, Results, VerdictChange

_OPEN = ("absent", "not_tested", "not_applicable", "excluded")
"""Verdicts of what was not looked at."""


def compare(old: Results, new: Results) -> list[VerdictChange]:
    """Each requirement of both runs, in the order of their ids."""
    before, after = ({row.id: row for row in results.requirements} for results in (old, new))
    return [_change(name, before.get(name), after.get(name)) for name in sorted({*before, *after})]


def since(old: Results, new: Results) -> Baseline:
    """What has changed since an earlier run, as the report of the later one tells it."""
    return Baseline(
        target=old.target.name,
        started_at=old.started_at,
        verdict=old.verdict,
        same_suite=(old.suite.version, old.suite.catalogue_sha256) == (new.suite.version, new.suite.catalogue_sha256),
        changes=tuple(change for change in compare(old, new) if change.outcome != "unchanged"),
    )


def _change(name: str, old: RequirementRow | None, new: RequirementRow | None) -> VerdictChange:
    before, after = (row.verdict if row else "absent" for row in (old, new))
    return VerdictChange(
        requirement=name, outcome=_outcome(before, after), old=before, new=after, note=new.note if new else ""
    )


def _outcome(before: str, after: str) -> ChangeOutcome:
    if before == after or (before in _OPEN and after in _OPEN):
        return "unchanged"
    if before in _OPEN or after in _OPEN:
        return "new" if before in _OPEN else "gone"
    if after == "failed":
        return "broken"
    return "fixed" if before == "failed" and after in ("passed", "warned") else "changed"
