"""Why a run is no ground for a certificate: each reason in one line, with the mend."""

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from pathlib import Path

from conformance import resources
from conformance.certify import rejudging
from conformance.profiles import Profile
from conformance.recordings.manifest import REFERENCE_SERVER
from conformance.recordings.secrets import secrets
from conformance.report.deviations import failing, line
from conformance.report.results import EVIDENCE, EXCHANGES, RESULTS, RequirementRow, Results
from conformance.runs.run import this_suite
from conformance.wire.redact import Redactor

FRESH = timedelta(days=7)
"""How old evidence may be when it is certified."""
_OLDER = ("serving",)
"""Surfaces that a target may leave away: the older paths of the same models."""
_CLOCKS_DIFFER = timedelta(minutes=5)
_DECIDED_FOR_A_CERTIFICATE = frozenset({"passed", "warned", "failed"})
_HOST = "what looks like the host of a workspace"
"""Not a secret here: a certificate says what it is about."""
_OFTEN = 3
"""How often it has to say so: another model may once."""
_REFERENCE_SAYS = b"I read: "
"""How the reference gateway's model begins most answers; what a proxy passes on keeps it."""


def of_the_run(results: Results, report: Path, now: datetime) -> Iterator[str]:
    """What is wrong with the run itself."""
    target, suite = results.target, this_suite()
    part, begun = rejudging.left_out(results.selection), rejudging.begun_at(results)
    reasons = {
        "it replays recordings, which show how a target answered then: certify a live run": target.mode != "live",
        "it judges recordings that were changed after they were made": bool(target.altered),
        "a part of it was judged by an earlier run: run all of it in one go": target.resumed or results.taken_over,
        "it changed the streams that it judged: leave out --rechunk": target.rechunked,
        f"it is not complete: {'; '.join(results.incomplete)}": not results.complete,
        f"its selection leaves cases out ({part}): run without that, or by --conformance-profile alone": part,
        f"it is {(now - begun).days} days old, and may be {FRESH.days}: run again": now - begun > FRESH,
        f"it began in the future ({results.started_at}): set the clock right, and run again": begun - now
        > _CLOCKS_DIFFER,
        f"version {results.suite.version} of the suite made it, with other requirements or specs: run again with this one": (
            results.suite != suite
        ),
        f"it kept no {EVIDENCE}: a live run in one process, without --tx or -n, keeps it": (
            not (report / EVIDENCE).is_file()
        ),
    }
    yield from (reason for reason, holds in reasons.items() if holds)
    for error in results.errors[:3]:
        yield f"the suite itself broke in it: {' '.join(error.split())[:200]}"


def of_the_requirements(results: Results, profile: Profile) -> Iterator[str]:
    """Which required ids were not decided, or failed and are no known deviation."""
    by_id = {row.id: row for row in results.requirements}
    if silent := [name for name in profile.surfaces if name not in (*answered_surfaces(results), *_OLDER)]:
        yield f"{profile.full_name} is about {' and '.join(silent)} too, and no model has answered there"
    undecided = [name for name in profile.required if name not in by_id or not is_decided(by_id[name])]
    if undecided:
        count = f"{len(undecided)} of {len(profile.required)} required by {profile.full_name}"
        yield f"{count} were not decided: {_few(undecided, by_id)}"
    rows = [by_id[name] for name in profile.required if name in by_id]
    failed = [row.id for row in rows if row.verdict == "failed" and not row.known]
    if failed:
        yield f"{len(failed)} required by {profile.full_name} failed, and no deviation says so: {_few(failed, by_id)}"
    over = [one for one in failing(results) if one.deviation.requirement in profile.required]
    for one in over[:3]:
        yield f"the deviation {line(one)}"


def answered_surfaces(results: Results) -> set[str]:
    """The surfaces on which a model has answered."""
    return {row.surface for row in results.models if "answered" in row.capabilities.values()}


def is_decided(row: RequirementRow) -> bool:
    """Whether a requirement was looked at and found kept or broken, or has no meaning for the target for a reason."""
    return row.verdict in _DECIDED_FOR_A_CERTIFICATE or (row.verdict == "not_applicable" and bool(row.note))


def _few(names: list[str], by_id: dict[str, RequirementRow]) -> str:
    told = [
        f"{name} ({by_id[name].verdict.replace('_', ' ') if name in by_id else 'not in the report'})" for name in names
    ]
    return ", ".join(told[:5]) + (f", and {len(told) - 5} more" if len(told) > 5 else "")


def of_the_evidence(results: Results, report: Path, known: Collection[str]) -> Iterator[str]:
    """A secret in it, or that its cases do not say what the report says. `known`: secrets that may not be there."""
    redactor = Redactor()
    for secret in known:
        redactor.add_secret(secret)
    for name in (RESULTS, EXCHANGES, EVIDENCE):
        for problem in secrets(report / name, name, redactor):
            if problem.what != _HOST:
                yield f"a secret in {problem.where}: {problem.what}"
    for difference in rejudging.differences(results, report)[:3]:
        yield f"its evidence says something else: {difference}"


def rests_on_the_reference(results: Results, evidence: bytes) -> bool:
    """Whether the answers come from the reference gateway, directly or through a proxy that has passed them on."""
    tells = (f'"server":"{REFERENCE_SERVER}'.encode(), b'"recorded_from":"reference"')
    return (
        results.target.provenance == "reference"
        or any(word in evidence for word in tells)
        or evidence.count(_REFERENCE_SAYS) >= _OFTEN
    )


def corpus_digest() -> str:
    """SHA-256 of the generated requests that this suite sends."""
    return resources.digest(*sorted((resources.PACKAGE / "corpus").glob("*.jsonl")))
