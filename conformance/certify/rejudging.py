"""The evidence of a run, judged anew: whether this suite finds in it all that the report says."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec
from msgspec import structs

from conformance.errors import UsageError
from conformance.recordings import shipped
from conformance.report import deviations_file
from conformance.report.counts import narrowing
from conformance.report.results import EVIDENCE, EXCHANGES, RESULTS, Deviation, Results, Selection, Target, to_text
from conformance.report.write import exchange_line
from conformance.runs import inprocess
from conformance.runs.run import Run, exchanges_of
from conformance.targets.credentials import is_personal
from conformance.wire.cassette import CassetteError
from conformance.wire.tape import Section, Tape

_WIDER = ("statistics", "all_models", "corpus", "conformance_profile")
"""The members of a selection by which a run may differ that is certified: they leave out nothing that a profile asks for."""
_OF_THE_RUN = ("duration_s", "limits", "timing", "target", "clients", "taken_over", "shard")
"""Members of results that no evidence tells: when, how fast and from where it was sent. The target is compared apart."""
_OF_TARGET = ("name", "models", "models_by_surface", "not_offered", "lacking")
_CLOCKS_DIFFER = timedelta(minutes=5)
_FEW, _LONGEST = 3, 300


def left_out(selection: Selection) -> str:
    """What of a run's selection leaves cases out, in words; empty if all were run that a profile asks for."""
    narrower = {*narrowing(selection), *(["own"] if selection.own else [])}
    return ", ".join(sorted(narrower - {"statistics", "all_models", "conformance_profile"}))


def differences(found: Results, report: Path) -> list[str]:
    """What the evidence in a report directory says otherwise than its results, in words; empty: they say the same."""
    try:
        told = [*_of_deviations(found), *_of_heads(found, report / EVIDENCE)]
        return [_told(line, report) for line in told or _of_cases(found, report)]
    except UsageError as error:
        return [_told(str(error), report)]


def _told(line: str, report: Path) -> str:
    """A difference in a line; it may quote what anybody has written, and where the evidence lies for the moment is no news."""
    text = " ".join(line.replace(f"{report}/", "").split())
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _known(found: Results) -> tuple[Deviation, ...]:
    return tuple(row.deviation for row in found.deviations.rows) if found.deviations else ()


def begun_at(found: Results) -> datetime:
    """When the run began. Raises `UsageError`."""
    try:
        begun = datetime.fromisoformat(found.started_at)
    except ValueError:
        begun = None
    if begun is None or begun.utcoffset() != timedelta():
        raise UsageError(f"{RESULTS} does not tell when the run began, in UTC: it is not what `run` writes")
    return begun


def _of_deviations(found: Results) -> Iterator[str]:
    """Which of the known deviations may not be waived."""
    for one in _known(found):
        try:
            deviations_file.check(one, begun_at(found).date(), shipped)
        except UsageError as error:
            yield f"the deviation of {one.requirement}: {error}"


def _of_heads(found: Results, evidence: Path) -> Iterator[str]:
    """What is said of how the evidence was made that does not fit the run."""
    try:
        sections = Tape(evidence).sections()
    except CassetteError as error:
        raise UsageError(str(error)) from None
    if not sections:
        yield "it holds nothing"
    begun = begun_at(found)
    ended = begun + timedelta(seconds=found.duration_s) + _CLOCKS_DIFFER
    first = _made(sections[0]) if sections else {}
    for section in sections:
        if section.altered:
            yield "it was changed since it was kept"
            return
        if _made(section) != first:
            yield "parts of it were kept by other runs"
        if not begun - _CLOCKS_DIFFER <= _kept_at(section) <= ended:
            yield f"it was kept at {_kept_at(section)}, and the run began at {begun}"
    if unlike := [name for name, one in _expected(found).items() if first.get(name) != one]:
        yield f"it was kept by another run: another {', '.join(unlike)}"
    origins = {section.provenance.get("recorded_from") for section in sections}
    if (found.target.provenance == "reference") != (origins == {"reference"}):
        yield f"its answers are those of {' and '.join(map(str, origins))}, and the run says {found.target.provenance}"


def _made(section: Section) -> dict[str, Any]:
    """How a part of the evidence was made, as all parts of one run have it. Raises `UsageError`."""
    made = {name: one for name, one in section.provenance.items() if name not in ("recorded_at", "recorded_from")}
    try:
        # Of shards whose reports were merged, each has its own.
        made["selection"] = structs.replace(msgspec.convert(made["selection"], Selection), shard="")
    except (KeyError, msgspec.ValidationError):
        raise UsageError(f"{EVIDENCE} does not tell which cases were selected") from None
    return made


def _kept_at(section: Section) -> datetime:
    """When a part of the evidence was kept. Raises `UsageError`."""
    try:
        kept_at = datetime.fromisoformat(section.provenance["recorded_at"])
        return kept_at.astimezone(UTC)
    except (KeyError, TypeError, ValueError, OverflowError):
        raise UsageError(f"{EVIDENCE} does not tell when it was kept") from None


def _expected(found: Results) -> dict[str, Any]:
    """What the evidence has to say of the suite and the selection."""
    suite = found.suite
    return {
        "suite": {"name": suite.name, "version": suite.version},
        "catalogue_sha256": suite.catalogue_sha256,
        "openapi_sha256": dict(suite.openapi_sha256),
        "selection": found.selection,
    }


def _of_target(found: Target, kept: Target) -> Iterator[str]:
    """What the evidence says otherwise of the target. Of its host it says nothing."""
    unlike = [name for name in _OF_TARGET if getattr(found, name) != getattr(kept, name)]
    if [(name, urlsplit(url).path) for name, url in found.surfaces.items()] != [
        (name, urlsplit(url).path) for name, url in kept.surfaces.items()
    ]:
        unlike.append("surfaces")
    if is_personal(found.auth_type or "") != is_personal(kept.auth_type or ""):
        unlike.append("auth_type")
    if unlike:
        yield f"it was kept of another target: another {', '.join(unlike)}"


def _of_cases(found: Results, report: Path) -> Iterator[str]:
    """What the cases find in it that the report says otherwise."""
    chosen: dict[str, Any] = {name: getattr(found.selection, name) for name in _WIDER}
    options = {"evidence": report / EVIDENCE, **chosen}
    judged = inprocess.judge(options, known=_known(found), as_of=begun_at(found))
    if judged.usage_error or judged.errors or judged.run is None:
        for error in filter(None, (judged.usage_error, *judged.errors)):
            yield f"it cannot be judged: {error.strip().splitlines()[-1]}"
        return
    yield from _of_target(found.target, judged.run.target())
    yield from _of_results(found, _concluded(judged.run, found))
    records = "".join(map(exchange_line, exchanges_of(judged.results.values())))
    if (report / EXCHANGES).read_bytes() != records.encode(errors="backslashreplace"):
        yield f"{EXCHANGES} does not show it"
    if not _is_all_read(report / RESULTS, found):
        yield f"{RESULTS} says more than this suite writes"
    if unjudged := sorted({*Tape(report / EVIDENCE).cases()} - {*judged.results}):
        yield f"{_named(unjudged)}: exchanges that no case has judged"


def _is_all_read(path: Path, found: Results) -> bool:
    """Whether a file holds what was read of it and nothing else: no unknown member, and none twice."""

    def each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        named = dict(pairs)
        if len(named) != len(pairs):
            raise ValueError("a member twice")
        return named

    try:
        return bool(json.loads(path.read_bytes(), object_pairs_hook=each_once) == json.loads(to_text(found)))
    except ValueError:
        return False


def _concluded(run: Run, found: Results) -> Results:
    """What the report of the run would say, with the members of the other one that no evidence tells."""
    anew = run.results(ended=True)
    kept = {name: getattr(found, name) for name in _OF_THE_RUN}
    times = {case.id: case.duration_s for case in found.cases}
    cases = tuple(structs.replace(case, duration_s=times.get(case.id, 0.0)) for case in anew.cases)
    return structs.replace(anew, **kept, cases=cases)


def _of_results(found: Results, anew: Results) -> Iterator[str]:
    said, cases = {row.id: row for row in found.requirements}, {case.id: case for case in found.cases}
    if missing := sorted({*cases} - {case.id for case in anew.cases}):
        yield f"{_named(missing)} of the report cannot be judged from it"
    for case in anew.cases:
        if case.id not in cases:
            yield f"{case.id} stands in no report"
        elif case != cases[case.id]:
            verdict = cases[case.id].verdict
            other = f"the report says {verdict}" if verdict != case.verdict else "the report tells it otherwise"
            yield f"{case.id}: {case.verdict}, and {other}"
    for row in anew.requirements:
        if row.id in said and row != said[row.id]:
            verdict = said[row.id].verdict
            other = f"the report says {verdict}" if verdict != row.verdict else "the report tells it otherwise"
            yield f"{row.id}: {row.verdict}, and {other}"
    unlike = [name for name in Results.__struct_fields__ if getattr(found, name) != getattr(anew, name)]
    if unlike:
        yield f"the report has another {', '.join(name.replace('_', ' ') for name in unlike)}"


def _named(names: list[str]) -> str:
    return ", ".join(names[:_FEW]) + (f" and {len(names) - _FEW} more" if len(names) > _FEW else "")
