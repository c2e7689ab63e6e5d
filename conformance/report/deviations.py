"""Known deviations: what a target is known to do otherwise, held against what a run has found.

The verdicts of requirements stay what they are. A deviation that has happened as expected does not fail the run; one that is
expired, or that the run has shown not to be there, does.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from conformance.checks.verdicts import DECIDED, STRONGEST_FIRST, Verdict, strongest
from conformance.report.models import ModelNames
from conformance.report.results import (
    CaseResult,
    Deviation,
    DeviationRow,
    Deviations,
    Finding,
    NotCovered,
    Outcome,
    RequirementRow,
    Results,
    Target,
)
from conformance.report.wording import counted, words
from conformance.requirements import Level

HARMFUL = frozenset[Verdict]({"failed", "inconclusive"})
"""What keeps a run from being conformant if a MUST has it."""
WAIVED: Verdict = "warned"
"""What is left of the verdict of a requirement of which all is known."""
FAILING: tuple[Outcome, ...] = ("did_not_happen", "expired")
"""What becomes of a deviation that fails the run."""


def _grade(level: Level, finding: Finding) -> Verdict | None:
    """The verdict that a finding alone would give; None if it takes nothing from a pass."""
    match finding.kind:
        case "violation":
            return "failed" if level == "MUST" else "warned"
        case "undecided":
            return "inconclusive"
        case "warning":
            return "warned"
    return None


class Matching:
    """Tells which deviation is about what a case has found: by requirement, case, and the model that was asked."""

    def __init__(self, levels: Mapping[str, Level], target: Target) -> None:
        """`levels` are by requirement; the `target` tells what it calls its models."""
        self._levels = levels
        self._names = ModelNames(target)

    def verdict(self, deviation: Deviation, case: CaseResult) -> Verdict | None:
        """What a case has found of what a deviation is about; None if it says nothing of it."""
        whole = case.verdicts.get(deviation.requirement)
        if whole is None or deviation.case not in ("", case.id):
            return None
        if not deviation.model:
            return whole
        asked = self.asked(case)
        if deviation.model not in asked.values():
            return None
        if set(asked.values()) == {deviation.model}:
            return whole
        found = [
            grade
            for finding in case.findings
            if finding.requirement == deviation.requirement and asked.get(finding.exchange) == deviation.model
            if (grade := _grade(self._levels[deviation.requirement], finding))
        ]
        # Nothing was found wrong with this model, unless the case came to no end.
        return strongest(found) if found else None if whole == "inconclusive" else "passed"

    def covers(self, deviations: Iterable[Deviation], case: CaseResult, requirement: str) -> bool:
        """Whether all that a case has found against a requirement is what these expect, or less."""
        return bool(self._against(case, requirement)) and not self.beyond(deviations, case, requirement)

    def beyond(self, deviations: Iterable[Deviation], case: CaseResult, requirement: str) -> list[Finding]:
        """What a case has found against a requirement beyond what these expect."""
        about = [one for one in deviations if one.requirement == requirement and one.case in ("", case.id)]
        return [
            finding
            for finding, grade in self._against(case, requirement)
            if not any(self._is_about(one, finding, case) and not _is_worse(grade, one.verdict) for one in about)
        ]

    def _against(self, case: CaseResult, requirement: str) -> list[tuple[Finding, Verdict]]:
        """The findings that keep a case from having passed, each with the verdict that it alone would give."""
        return [
            (finding, grade)
            for finding in case.findings
            if finding.requirement == requirement
            if (grade := _grade(self._levels[requirement], finding)) and grade in HARMFUL
        ]

    def _is_about(self, deviation: Deviation, finding: Finding, case: CaseResult) -> bool:
        if not deviation.model:
            return True
        asked = self.asked(case)
        return asked.get(finding.exchange) == deviation.model or set(asked.values()) == {deviation.model}

    def models_against(self, case: CaseResult, requirement: str) -> set[str]:
        """The documented models of which a case has found what breaks a requirement; an empty one where it is not known."""
        found = [one for one in case.findings if one.requirement == requirement and one.kind == "violation"]
        return {self.asked(case).get(one.exchange, "") for one in found}

    def asked(self, case: CaseResult) -> dict[str, str]:
        """By exchange: the documented model that it asked. Where the body was cut, it is the one that the others asked."""
        found = {one.id: self._names.documented(one) for one in case.exchanges}
        named = {model for model in found.values() if model}
        return {name: model or next(iter(named)) for name, model in found.items()} if len(named) == 1 else found


def _is_worse(found: Verdict, expected: Verdict) -> bool:
    return STRONGEST_FIRST.index(found) < STRONGEST_FIRST.index(expected)


def is_active(deviation: Deviation, today: date) -> bool:
    """Whether a deviation is not expired; it holds on its last day too."""
    return today <= deviation.expires


@dataclass(frozen=True)
class Held:
    """Deviations, held against a run."""

    rows: tuple[DeviationRow, ...]
    known: Mapping[str, tuple[str, ...]]
    """By case: the requirements of which all that it has found is known."""
    remaining: Mapping[str, Verdict]
    """By requirement of which something is known: its verdict without that."""
    not_covered: tuple[NotCovered, ...] = ()
    """Of each requirement of which something is known and not all: what is not."""

    def told(self, in_part: Iterable[str]) -> Deviations:
        """What results.json says of them."""
        about = {one.requirement for one in self._all}
        return Deviations(rows=self.rows, in_part=tuple(sorted(about & {*in_part})), not_covered=self.not_covered)

    @property
    def _all(self) -> list[Deviation]:
        return [row.deviation for row in self.rows]


def hold(
    deviations: Sequence[Deviation],
    rows: Iterable[RequirementRow],
    cases: Sequence[CaseResult],
    *,
    target: Target,
    today: date,
    in_part: Collection[str] | None,
    counting: Collection[str],
) -> Held:
    """Holds deviations against what cases have found.

    `counting` are the requirements that the verdict is about: of a deviation from another one the run decides nothing.
    `in_part` are the requirements of which cases were left out; None: of any. That the rest of them passes shows of a
    deviation without a `case` nothing.
    """
    by_id = {row.id: row for row in rows}
    matching = Matching({name: row.level for name, row in by_id.items()}, target)
    told = tuple(
        _held(
            one,
            {case.id: verdict for case in cases if (verdict := matching.verdict(one, case)) is not None},
            by_id[one.requirement].verdict,
            counts=one.requirement in counting,
            is_expired=not is_active(one, today),
            lacks_cases=in_part is None or one.requirement in in_part,
        )
        for one in deviations
    )
    active = [row.deviation for row in told if row.outcome == "happened"]
    about = {one.requirement for one in active}
    known: dict[str, tuple[str, ...]] = {}
    for case in cases:
        found = [name for name, verdict in case.verdicts.items() if name in about and verdict in HARMFUL]
        if covered := tuple(name for name in found if matching.covers(active, case, name)):
            known[case.id] = covered
    remaining = {name: _remaining(by_id[name], cases, known) for name in sorted(about)}
    beyond = (_not_covered(name, active, cases, known, matching) for name in remaining if remaining[name] in HARMFUL)
    return Held(told, known, remaining, tuple(filter(None, beyond)))


def _held(
    deviation: Deviation,
    judged: Mapping[str, Verdict],
    of_row: Verdict,
    *,
    counts: bool,
    is_expired: bool,
    lacks_cases: bool,
) -> DeviationRow:
    """What became of a deviation: `judged` is what each case has found of it, `of_row` the verdict of the requirement."""
    verdict = of_row if of_row in ("not_tested", "excluded") else strongest(judged.values())
    outcome: Outcome = "not_decided"
    is_partial = lacks_cases and not deviation.case
    if not counts or (lacks_cases and of_row == "not_tested"):
        pass  # the run is not about it
    elif is_expired:
        outcome = "expired"
    elif verdict == deviation.verdict:
        outcome = "happened"
    elif verdict in DECIDED and (_is_worse(verdict, deviation.verdict) or not is_partial):
        outcome = "did_not_happen"
    told = {*HARMFUL, "warned"} & {verdict}
    cases = tuple(sorted(name for name, one in judged.items() if one in told))
    return DeviationRow(deviation=deviation, outcome=outcome, found=verdict, cases=cases)


def _remaining(row: RequirementRow, cases: Iterable[CaseResult], known: Mapping[str, Sequence[str]]) -> Verdict:
    """The verdict of a requirement without what is known. Where the suite broke, there is none."""
    about = [case for case in cases if row.id in case.verdicts or row.id in case.requirements]
    left = [case.verdicts.get(row.id, "inconclusive") for case in about if row.id not in known.get(case.id, ())]
    found = strongest(left)
    return found if found in HARMFUL else WAIVED


def _not_covered(
    name: str,
    active: Sequence[Deviation],
    cases: Iterable[CaseResult],
    known: Mapping[str, Sequence[str]],
    matching: Matching,
) -> NotCovered | None:
    """The gravest that was found of a requirement beyond what is known, of the first case; None if only the suite broke."""
    left = [one for one in cases if one.verdicts.get(name) in HARMFUL and name not in known.get(one.id, ())]
    if not left:
        return None
    case = min(left, key=lambda one: STRONGEST_FIRST.index(one.verdicts[name]))
    found = next(iter(matching.beyond(active, case, name)), None)
    return NotCovered(
        requirement=name,
        case=case.id,
        model=matching.asked(case).get(found.exchange, "") if found else "",
        found=found.line if found else words(case.verdicts[name]),
        more=len(left) - 1,
    )


def failing(results: Results) -> list[DeviationRow]:
    """The deviations that fail a run."""
    return [row for row in results.deviations.rows if row.outcome in FAILING] if results.deviations else []


def happened(results: Results) -> list[DeviationRow]:
    """The deviations that have happened as expected."""
    return [row for row in results.deviations.rows if row.outcome == "happened"] if results.deviations else []


def verdict_text(results: Results) -> str:
    """The verdict of a run in words: never plainly conformant where deviations are known, or fail it."""
    known, wrong = counted(len(happened(results)), "known deviation"), counted(len(failing(results)), "deviation")
    text = results.verdict.partition("_")[0]
    if happened(results):
        text += f" with {known}" if text == "conformant" else f", beside {known}"
    return text + (f", and FAILED by {wrong} that did not happen or expired" if failing(results) else "")


def about(deviation: Deviation) -> str:
    """What a deviation is about: the requirement, and the case or model if it is about one alone."""
    parts = (deviation.requirement, f"in {deviation.case}", f"of {deviation.model}")
    return " ".join(part for part in parts if part[3:])


def line(row: DeviationRow) -> str:
    """What became of a deviation, who answers for it and why, in a line."""
    return f"{about(row.deviation)}: {outcome_text(row)}"


def outcome_text(row: DeviationRow) -> str:
    """The same without what it is about."""
    says = {
        "happened": f"{words(row.deviation.verdict)} as expected",
        "did_not_happen": f"did not happen: {detail(row)}",
        "expired": f"expired {detail(row)}",
        "not_decided": f"not decided {detail(row)}",
    }[row.outcome]
    return f"{says}: {answered_for(row)}"


def detail(row: DeviationRow) -> str:
    """What there is to say beside the outcome."""
    one = row.deviation
    return {
        "happened": words(one.verdict),
        "did_not_happen": f"{words(row.found)}, not {words(one.verdict)}: correct it, or drop it (`deviations prune`)",
        "expired": f"on {one.expires}: mend the target, or decide anew",
        "not_decided": f"in this run: {words(row.found)}, {words(one.verdict)} is expected"
        if row.found != one.verdict
        else f"in this run, whose verdict is not about it: {words(row.found)}",
    }[row.outcome]


def answered_for(row: DeviationRow) -> str:
    """Why a deviation is accepted, who answers for it, and until when."""
    one = row.deviation
    ticket = f", {one.ticket}" if one.ticket else ""
    until = "" if row.outcome == "expired" else f", until {one.expires}"
    return f"{one.reason} ({one.owner}{ticket}, since {one.first_seen}{until})"


def not_covered_text(one: NotCovered) -> str:
    """What a run has found of a requirement beyond its deviations."""
    more = f" (and in {counted(one.more, 'more case')})" if one.more else ""
    return f"not covered by the deviation: {one.case}, {one.model or 'model unknown'}: {one.found}{more}"
