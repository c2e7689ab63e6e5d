"""From what the cases found to the results of the run: in one canonical order, and nothing that only this machine knows."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from types import MappingProxyType

from msgspec.structs import replace

from conformance import profiles
from conformance.checks.asked_for import NOT_OFFERED
from conformance.checks.verdicts import DECIDED, RunVerdict, Verdict, of_run, strongest
from conformance.profiles import Profile
from conformance.report import models
from conformance.report.causes import causes
from conformance.report.compare import since
from conformance.report.deviations import WAIVED, Held, Matching, hold
from conformance.report.reasons import ASKED_AGAIN
from conformance.report.results import (
    SCHEMA_VERSION,
    CaseResult,
    CaseRow,
    Catch,
    ConformanceProfile,
    Deviation,
    Finding,
    KeptLimits,
    OwnRequirements,
    RequirementRow,
    Results,
    Selection,
    Shard,
    Suite,
    TakenOver,
    Target,
    Timing,
    Tokens,
    Transferred,
)
from conformance.report.scope import scope
from conformance.requirements import BOTH_SIDES, Requirement
from conformance.requirements.own import OwnDeclaration, is_own
from conformance.wire.exchange import CUT_OFF, NOT_SENT

MAX_EVIDENCE = 3
"""Cases that show the same finding about a requirement that they need not decide."""
_UNPROVED = "it is no part of the contract, and no fault of the reference gateway is about it"
MAX_NAMES = 5
"""Cases in which the suite broke, or that were not asked, that a note names."""


def conclude(
    *,
    suite: Suite,
    target: Target,
    clients: Mapping[str, str],
    started_at: str,
    duration_s: float,
    catalogue: Collection[Requirement],
    cases: Iterable[CaseResult],
    selected: set[str],
    selection: Selection,
    incomplete: Sequence[str],
    errors: Sequence[str],
    catches: Mapping[str, Sequence[Catch]] = MappingProxyType({}),
    uncaught: Mapping[str, str] = MappingProxyType({}),
    shard: Shard | None = None,
    taken_over: TakenOver | None = None,
    limits: KeptLimits | None = None,
    timing: Timing | None = None,
    deviations: Sequence[Deviation] = (),
    in_part: Collection[str] = (),
    baseline: Results | None = None,
    documentation: str = "",
    own: Sequence[OwnDeclaration] = (),
    own_errors: Sequence[str] = (),
) -> Results:
    """The results of a run. Cases and requirements stand in one order, however they were run.

    `catches` are by requirement the faults that its check was seen to catch, `uncaught` is why there is none. `deviations` are
    known; of the requirements `in_part` the selection left cases out. `baseline` is an earlier run, `documentation` the URL of
    a site. What own cases found, and where they broke (`own_errors`), has no part in what is concluded of the contract.
    """
    in_order = sorted(cases, key=lambda case: case.id)
    every, of_own = [case for case in in_order if not is_own(case.id)], [case for case in in_order if is_own(case.id)]
    profile = profiles.named(selection.conformance_profile) if selection.conformance_profile else None
    held = None
    if deviations:
        is_whole = not (incomplete or selection.shard or selection.failed_in or selection.paths)
        held = hold(
            deviations,
            # Not of the thinned cases: what one of them has found beyond what is known would be lost.
            requirement_rows(catalogue, every, selected),
            every,
            target=target,
            today=datetime.fromisoformat(started_at).astimezone(UTC).date(),
            in_part=in_part if is_whole else None,
            counting=selected.intersection(profile.required) if profile else selected,
        )
    ordered = thinned(every, target, held)
    left_out_by_cheap = _is_only_cheap(selection) and not incomplete
    rows = [
        _with_catches(row, catches.get(row.id, ()), uncaught.get(row.id, ""))
        for row in requirement_rows(catalogue, ordered, selected, cheap=left_out_by_cheap)
    ]
    if profile:
        rows = [replace(row, unscored=profile.unscored.get(row.id, "")) for row in rows]
    if held:
        rows = [replace(row, known=held.remaining.get(row.id) == WAIVED) for row in rows]
    verdict = _verdict([row for row in rows if not profile or row.id in profile.required], held)
    if verdict.startswith("conformant") and incomplete:
        verdict = "inconclusive"  # what was judged so far says nothing about the rest
    everything = sorted([*ordered, *of_own], key=lambda case: case.id)
    recorded = {exchange.id: exchange for case in everything for exchange in case.exchanges}.values()
    exchanges = [exchange for exchange in recorded if not exchange.failure.startswith(NOT_SENT)]
    found = Results(
        schema_version=SCHEMA_VERSION,
        suite=suite,
        documentation=documentation,
        target=target,
        clients=clients,
        started_at=started_at,
        duration_s=round(duration_s, 3),
        requests=len(exchanges),
        bytes=Transferred(
            sent=sum(exchange.request.bytes for exchange in exchanges),
            received=sum(exchange.response.bytes for exchange in exchanges if exchange.response),
        ),
        tokens=Tokens(
            input=sum(case.tokens[0] for case in everything), output=sum(case.tokens[1] for case in everything)
        ),
        verdict=verdict,
        counts=dict(sorted(Counter(row.verdict for row in rows).items())),
        complete=not incomplete,
        incomplete=tuple(incomplete),
        selection=selection,
        conformance_profile=_of_profile(profile, rows) if profile else None,
        shard=shard,
        taken_over=taken_over,
        errors=tuple(sorted([*errors, *own_errors])),
        limits=limits,
        timing=timing,
        causes=causes(rows, ordered),
        deviations=held.told(in_part) if held else None,
        requirements=tuple(rows),
        models=models.rows(ordered, target),
        own=tuple(_own(one, of_own, selected, incomplete) for one in own),
        cases=tuple(_case_row(case, held) for case in everything),
    )
    reach = scope(found)
    return replace(
        found, scope=reach.texts, partial=reach.partial, baseline=since(baseline, found) if baseline else None
    )


def _own(
    declared: OwnDeclaration, cases: Sequence[CaseResult], selected: set[str], incomplete: Sequence[str]
) -> OwnRequirements:
    """What own cases decided of what is declared beside them."""
    rows = requirement_rows(declared.requirements.values(), cases, selected)
    verdict = of_run([(row.level, row.verdict) for row in rows])
    return OwnRequirements(
        name=declared.name,
        sha256=declared.sha256,
        verdict="inconclusive" if verdict == "conformant" and incomplete else verdict,
        counts=dict(sorted(Counter(row.verdict for row in rows).items())),
        requirements=tuple(replace(row, uncaught=_UNPROVED) for row in rows),
    )


def _verdict(rows: Sequence[RequirementRow], held: Held | None) -> RunVerdict:
    """The verdict on the requirements that count; what is known of them does not."""
    remaining = held.remaining if held else {}
    counting = [(row.level, remaining.get(row.id, row.verdict)) for row in rows]
    verdict: RunVerdict = of_run(counting)
    is_known = any(row.id in remaining for row in rows)
    return "conformant_with_deviations" if verdict == "conformant" and is_known else verdict


def _case_row(case: CaseResult, held: Held | None) -> CaseRow:
    known = held.known.get(case.id, ()) if held else ()
    return replace(case.row(), known=tuple(name for name in known if name in case.verdicts))


def _of_profile(profile: Profile, rows: Iterable[RequirementRow]) -> ConformanceProfile:
    """How far a run got with a profile."""
    required = [row.verdict for row in rows if row.id in profile.required]
    return ConformanceProfile(
        name=profile.name,
        date=profile.date,
        sha256=profile.sha256,
        required=len(profile.required),
        decided=sum(verdict in DECIDED for verdict in required),
        not_applicable=required.count("not_applicable"),
    )


def not_asked(cases: Iterable[CaseResult]) -> list[str]:
    """Of which cases something was not sent any more, by the reason why."""
    by_reason = dict[str, list[str]]()
    for case in cases:
        unasked = (one.failure for one in case.exchanges if one.failure.startswith((NOT_SENT, CUT_OFF)))
        for reason in {failure.partition(": ")[2] for failure in unasked}:
            by_reason.setdefault(reason, []).append(case.id)
    return [
        f"{_were_not_asked(len(ids))}, since {reason}: {_first_names(sorted(ids))}"
        for reason, ids in sorted(by_reason.items())
    ]


def _were_not_asked(count: int) -> str:
    if count == 1:
        return "1 case was not asked, or not to its end"
    return f"{count} cases were not asked, or not to their end"


_Same = tuple[str, str, str, str, bool]
"""What makes findings the same: requirement, kind, message, documented model, and whether that is known of the case."""


def thinned(cases: Iterable[CaseResult], target: Target, held: Held | None = None) -> list[CaseResult]:
    """The cases without what was noticed in passing over and over: of the same finding, the first few are evidence enough.

    The same of another model is another finding, and so is one that no deviation covers where `held` tells of some that do.
    """
    seen, matching = Counter[_Same](), Matching({}, target)
    return [_thinned(case, seen, matching, held.known.get(case.id, ()) if held else ()) for case in cases]


def _thinned(case: CaseResult, seen: Counter[_Same], matching: Matching, known: Sequence[str]) -> CaseResult:
    passing = {name for name in case.verdicts if name not in case.requirements}
    if not passing:
        return case
    in_passing = [found for found in case.findings if found.requirement in passing]
    asked = matching.asked(case) if in_passing else {}

    def same(found: Finding) -> _Same:
        name = found.requirement
        return name, found.kind, found.message, asked.get(found.exchange, ""), name in known

    told = set(map(same, in_passing))
    seen.update(told)
    dropped = {key for key in told if seen[key] > MAX_EVIDENCE}
    findings = tuple(found for found in case.findings if same(found) not in dropped)
    kept = {found.requirement for found in findings} | set(case.requirements)
    verdicts = {name: verdict for name, verdict in case.verdicts.items() if name in kept}
    return replace(case, findings=findings, verdicts=verdicts)


def requirement_rows(
    catalogue: Iterable[Requirement], cases: Iterable[CaseResult], selected: set[str], *, cheap: bool = False
) -> list[RequirementRow]:
    """Every requirement of the catalogue with its verdict, tested or not."""
    deciding: dict[str, list[CaseResult]] = {}
    for case in cases:
        for requirement in dict.fromkeys((*case.requirements, *case.verdicts)):
            deciding.setdefault(requirement, []).append(case)
    return [_row(row, deciding.get(row.id, []), selected, cheap=cheap) for row in catalogue]


def _row(row: Requirement, cases: list[CaseResult], selected: set[str], *, cheap: bool) -> RequirementRow:
    judged = [case for case in cases if row.id in case.verdicts]
    broken = [case.id for case in cases if row.id not in case.verdicts]
    verdict: Verdict = strongest(case.verdicts[row.id] for case in judged)
    if row.excluded and not cases:
        verdict, note = "excluded", row.excluded
    elif row.id not in selected:
        verdict, note = "not_tested", "not selected in this run"
    elif not cases and row.surface == ("sdk",):
        verdict, note = "not_applicable", "a fact of a client library: no gateway keeps or breaks it"
    elif not cases and row.testable == (BOTH_SIDES,):
        verdict, note = "not_applicable", "about both sides of a proxy: `gateway-conformance behind` decides it"
    elif not cases:
        verdict, note = "not_tested", "no case ran that decides it" + (" (--cheap left out some)" if cheap else "")
    elif broken and verdict != "failed":
        # Half of the evidence is none: what the other cases saw does not make it passed.
        verdict, note = (
            "inconclusive",
            f"{'your case broke:' if is_own(broken[0]) else 'the suite broke in'} {_first_names(broken)}",
        )
    else:
        note = _note(row.id, [case for case in judged if case.verdicts[row.id] == verdict])
        if verdict in DECIDED and (left_out := _not_offered(row.id, judged)):
            note = "; ".join(filter(None, (note, f"in part {left_out}")))
    return RequirementRow(
        id=row.id,
        level=row.level,
        surface=",".join(row.surface),
        verdict=verdict,
        cases=tuple(sorted(case.id for case in cases)),
        note=note,
        statement=row.statement,
        source=tuple(row.source),
        origin=row.origin,
        reality=row.reality,
    )


def _first_names(names: Sequence[str]) -> str:
    more = [f"and {len(names) - MAX_NAMES} more"] if len(names) > MAX_NAMES else []
    return ", ".join([*names[:MAX_NAMES], *more])


def _note(requirement: str, cases: Iterable[CaseResult]) -> str:
    """Why: in the words of each case that is written by hand, then of the smallest generated one; the others are counted."""
    reasons = [(case, reason) for case in cases if (reason := _reason(requirement, case))]
    generated = sorted(
        ((case, reason) for case, reason in reasons if case.varies), key=lambda one: _sent_bytes(requirement, one[0])
    )
    words = [reason for case, reason in reasons if not case.varies] + [reason for _, reason in generated[:1]]
    more = [f"and {len(generated) - 1} more"] if generated[1:] else []
    return "; ".join([*dict.fromkeys(words), *more])


def _not_offered(requirement: str, cases: Iterable[CaseResult]) -> str:
    """Why cases that ask for more were not sent: the target file does not claim that; empty if all were sent."""
    notes = (case.notes.get(requirement, "") for case in cases)
    return "; ".join(dict.fromkeys(note for note in notes if note.startswith(NOT_OFFERED)))


def _sent_bytes(requirement: str, case: CaseResult) -> int:
    """Bytes of the request that a case's finding is about."""
    about = {finding.exchange for finding in case.findings if finding.requirement == requirement}
    return max((exchange.request.bytes for exchange in case.exchanges if exchange.id in about), default=0)


def _reason(requirement: str, case: CaseResult) -> str:
    """Why a case came to its verdict on a requirement; empty if it just passed."""
    if reason := case.notes.get(requirement):
        return reason
    found = [finding for finding in case.findings if finding.requirement == requirement]
    if not found:
        return ""
    alike = {one.message for one in found if one.kind == found[0].kind and not one.message.startswith(ASKED_AGAIN)}
    more = len(alike - {found[0].message})
    return found[0].line + (f" (and {more} more)" if more else "")


def _is_only_cheap(selection: Selection) -> bool:
    """Whether `--cheap` alone can have left a case out that decides a selected requirement."""
    others = (
        selection.surfaces, selection.levels, selection.requirements, selection.keyword, selection.markers,
        selection.left_out, selection.paths, selection.shard, selection.failed_in, selection.conformance_profile,
    )  # fmt: skip
    return selection.cheap and not any(others)


def _with_catches(row: RequirementRow, catches: Sequence[Catch], uncaught: str) -> RequirementRow:
    return replace(row, catches=tuple(catches), uncaught="" if catches else uncaught)
