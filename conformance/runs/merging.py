"""The reports of all shards of a run, made one: only if they belong together, and no case is missing or there twice."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from msgspec import structs

from conformance.errors import UsageError
from conformance.recordings.evidence import joined
from conformance.report import proofs
from conformance.report.body_files import with_bodies
from conformance.report.conclusion import MAX_NAMES, conclude, not_asked
from conformance.report.pace import together
from conformance.report.results import (
    EVIDENCE,
    CaseResult,
    Deviation,
    OwnRequirements,
    Results,
    Shard,
    TakenOver,
    Target,
    read,
    read_cases,
)
from conformance.report.safe import one_line
from conformance.report.wording import counted
from conformance.requirements import Requirement, catalogue
from conformance.requirements.own import OwnDeclaration
from conformance.runs import sharding
from conformance.runs.earlier import differences, unlike_suite, unlike_target
from conformance.runs.run import provenance_of_run, this_suite
from conformance.runs.selection import Selection
from conformance.wire.cassette import CassetteError

_HOW = "give the report directories of all shards of one run"


@dataclass(frozen=True)
class ShardReport:
    """The report of one shard."""

    path: Path
    results: Results
    part: Shard

    @classmethod
    def read(cls, path: Path) -> "ShardReport":
        """Reads a report directory. Raises `UsageError` if it is none of a shard."""
        if not path.exists():
            raise UsageError(f"there is no {path}: {_HOW}")
        results = read(path)
        if not results.selection.shard:
            raise UsageError(f"{path} is no shard: its run had no --shard; {_HOW}")
        if results.shard is None:
            raise UsageError(f"{path} does not say which cases fell to its shard: its run broke; run that shard again")
        return cls(path, results, results.shard)

    @property
    def shard(self) -> sharding.Shard:
        """Which part it is. Raises `UsageError`."""
        return sharding.Shard.parse(self.results.selection.shard)


@dataclass(frozen=True)
class Merged:
    """The results of the whole run, and the cases behind them."""

    results: Results
    cases: tuple[CaseResult, ...]
    evidence: str = ""
    """What the shards of a live run have kept to be judged anew; empty if one has not."""


def merge(paths: Sequence[Path]) -> Merged:
    """One report of all shards, concluded anew from all cases. Raises `UsageError` if they are not all, or not of one run."""
    reports = sorted((ShardReport.read(path) for path in paths), key=lambda one: one.shard.number)
    first = reports[0]
    if mismatch := unlike_suite(first.results.suite, this_suite()):
        raise UsageError(f"{first.path}: {mismatch}; merge with the suite that made it")
    for report in reports[1:]:
        if mismatch := _mismatch(first, report):
            raise UsageError(f"{first.path} and {report.path} do not belong together: {mismatch}")
    _check_whole(reports)
    cases = [with_bodies(case, report.path) for report in reports for case in read_cases(report.path, report.results)]
    return Merged(_concluded(reports, cases), tuple(cases), _evidence(reports))


def _evidence(reports: Sequence[ShardReport]) -> str:
    """The evidence of all shards as one tape. Raises `UsageError` if one cannot be read."""
    paths = [report.path / EVIDENCE for report in reports]
    if not all(path.is_file() for path in paths):
        return ""
    try:
        return joined({path: report.part.cases for path, report in zip(paths, reports, strict=True)})
    except CassetteError as error:
        raise UsageError(str(error)) from None


def _mismatch(one: ShardReport, other: ShardReport) -> str:
    """Why two reports are not of one run; empty if they are."""
    return next(filter(None, _mismatches(one, other)), "")


def _mismatches(one: ShardReport, other: ShardReport) -> Iterator[str]:
    first, second = one.results, other.results
    yield unlike_suite(second.suite, first.suite)
    if first.target.mode != second.target.mode:
        yield f"one is {first.target.mode}, the other {second.target.mode}"
    yield unlike_target(second.target, first.target)
    if differing := sorted({*first.target.lacking} ^ {*second.target.lacking}):
        yield f"one has found models on the target that the other has not: {', '.join(differing)}"
    if first.target.network != second.target.network:
        yield "they got to the target in other ways: through another proxy, or with other certificates"
    if _without_volatile(first.target) != _without_volatile(second.target):
        yield "they replay other recordings, or replay them otherwise"
    if one.shard.of != other.shard.of:
        yield f"one is a shard of {one.shard.of}, the other of {other.shard.of}"
    if [(own.name, own.sha256) for own in first.own] != [(own.name, own.sha256) for own in second.own]:
        yield "their own cases declare other requirements"
    if options := differences(_of_all(second), _of_all(first)):
        yield f"another selection: {options}"
    if _deviations(first) != _deviations(second):
        yield "they were run with other known deviations"
    if (one.part.selected, one.part.selected_sha256) != (other.part.selected, other.part.selected_sha256):
        yield "other cases were selected"


def _of_all(results: Results) -> Selection:
    return Selection(**{**structs.asdict(results.selection), "shard": ""})


def _deviations(results: Results) -> tuple[Deviation, ...]:
    return tuple(row.deviation for row in results.deviations.rows) if results.deviations else ()


def _without_volatile(target: Target) -> Target:
    """What is the same of all shards of a run, without what only the cases of each tell."""
    return structs.replace(target, provenance="", altered=(), resumed=0, all_resumed=False, recorded_since=None)


def _check_whole(reports: Sequence[ShardReport]) -> None:
    """Raises `UsageError` if a case is missing, or there twice: says which."""
    of, by_number = reports[0].shard.of, dict[int, ShardReport]()
    for report in reports:
        number = report.shard.number
        if number in by_number:
            raise UsageError(
                f"{by_number[number].path} and {report.path} are both shard {report.shard}: give each once"
            )
        by_number[number] = report
    if missing := [f"{number}/{of}" for number in range(1, of + 1) if number not in by_number]:
        raise UsageError(f"{_shards(missing)} missing: {_HOW}")
    for report in reports:
        fell, ran = set(report.part.cases), [case.id for case in report.results.cases]
        if lost := sorted(fell - set(ran)):
            raise UsageError(
                f"shard {report.shard} in {report.path} lacks {len(lost)} of its {len(fell)} cases ({_some(lost)}): "
                f"continue it with `gateway-conformance run --resume {report.path}` and its own options"
            )
        if foreign := sorted(set(ran) - fell):
            raise UsageError(f"shard {report.shard} in {report.path} holds cases of another shard: {_some(foreign)}")
    times = Counter(case.id for report in reports for case in report.results.cases)
    if twice := sorted(name for name, count in times.items() if count > 1):
        raise UsageError(f"there twice: {counted(len(twice), 'case')} ({_some(twice)}); the shards are not of one run")
    part = reports[0].part
    if (len(times), sharding.digest(times)) != (part.selected, part.selected_sha256):
        raise UsageError(
            f"the shards hold {counted(len(times), 'case')}, which are not the {part.selected} that were selected: "
            "they are not of one run"
        )


def _shards(names: Sequence[str]) -> str:
    return f"shard {names[0]} is" if len(names) == 1 else f"shards {_some(names)} are"


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(one_line(name) for name in names[:MAX_NAMES])
    return shown + (f", and {len(names) - MAX_NAMES} more" if len(names) > MAX_NAMES else "")


def _concluded(reports: Sequence[ShardReport], cases: Sequence[CaseResult]) -> Results:
    found = [report.results for report in reports]
    selection, proved = _of_all(found[0]), proofs.shipped()
    began, ended = _span(found)
    own = tuple(map(_declared, found[0].own))
    return conclude(
        suite=found[0].suite,
        target=_target([one.target for one in found], cases),
        clients=_clients([one.clients for one in found]),
        started_at=began.isoformat(timespec="milliseconds"),
        duration_s=(ended - began).total_seconds(),
        catalogue=catalogue().values(),
        cases=cases,
        selected={
            *filter(selection.wants, catalogue()),
            *(name for one in own for name, row in one.requirements.items() if selection.covers(row)),
        },
        selection=structs.replace(found[0].selection, shard=""),
        incomplete=_incomplete(reports, cases),
        errors=list(dict.fromkeys(error for one in found for error in one.errors)),
        own=own,
        catches={name: proved.of(name) for name in catalogue()},
        uncaught={name: proved.uncaught_reason(name) for name in catalogue()},
        taken_over=_taken_over([one.taken_over for one in found if one.taken_over]),
        deviations=_deviations(found[0]),
        in_part={name for one in found if one.deviations for name in one.deviations.in_part},
        limits=together(limits) if (limits := [one.limits for one in found if one.limits]) else None,
    )


def _declared(own: OwnRequirements) -> OwnDeclaration:
    """The declaration that rows of own requirements were made of."""
    rows = (
        Requirement(
            id=row.id, level=row.level, surface=tuple(row.surface.split(",")), family=(), origin="own", testable=(),
            statement=row.statement, source=row.source, probe="",
        )
        for row in own.requirements
    )  # fmt: skip
    return OwnDeclaration(own.name, own.sha256, {row.id: row for row in rows})


def _span(found: Sequence[Results]) -> tuple[datetime, datetime]:
    """When the first shard began and the last one ended."""
    begun = [datetime.fromisoformat(one.started_at) for one in found]
    return min(begun), max(start + timedelta(seconds=one.duration_s) for start, one in zip(begun, found, strict=True))


def _target(targets: Sequence[Target], cases: Sequence[CaseResult]) -> Target:
    first = targets[0]
    live = first.mode == "live"
    return structs.replace(
        first,
        provenance=provenance_of_run(cases) if live else first.provenance,
        altered=tuple(dict.fromkeys(name for one in targets for name in one.altered)),
    )


def _clients(found: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """The versions of each client that hosts have used: mostly one."""
    names = dict.fromkeys(name for one in found for name in one)
    return {name: ", ".join(dict.fromkeys(one[name] for one in found if name in one)) for name in names}


def _incomplete(reports: Sequence[ShardReport], cases: Sequence[CaseResult]) -> list[str]:
    """Why the whole is not complete; what was not asked is told of all shards together."""
    reasons = list[str]()
    for report in reports:
        mine = set(report.part.cases)
        told_anew = not_asked(case for case in cases if case.id in mine)
        reasons += [reason for reason in report.results.incomplete if reason not in told_anew]
    return [*dict.fromkeys(reasons), *not_asked(cases)]


def _taken_over(found: Sequence[TakenOver]) -> TakenOver | None:
    if not found:
        return None
    oldest = min(found, key=lambda one: datetime.fromisoformat(one.started_at))
    return TakenOver(started_at=oldest.started_at, cases=tuple(sorted(name for one in found for name in one.cases)))
