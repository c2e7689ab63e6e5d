"""A certificate, checked offline: each step with what is wrong in it."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import msgspec

from conformance import profiles
from conformance.certify import badge, making, refusals, rejudging
from conformance.certify.files import files_in
from conformance.certify.page import page
from conformance.certify.revocations import revocation_of
from conformance.certify.statement import (
    CERTIFICATE,
    LARGEST_ENVELOPE,
    Facts,
    Statement,
    is_signed,
    opened,
    payload_digest,
    resource,
    statement_in,
)
from conformance.errors import UsageError
from conformance.report.bounded import read_bounded
from conformance.report.results import EVIDENCE, EXCHANGES, RESULTS, Results, read
from conformance.report.safe import one_line
from conformance.report.wording import counted
from conformance.runs.run import this_suite

if TYPE_CHECKING:
    from securesystemslib.dsse import Envelope
    from securesystemslib.signer import SSlibKey

_CLOCKS_DIFFER = timedelta(minutes=5)
_FEW = 5


@dataclass(frozen=True)
class Step:
    """One thing that was looked at, and what is wrong with it."""

    title: str
    problems: tuple[str, ...] = ()
    is_checked: bool = True


@dataclass(frozen=True)
class Verification:
    """What came of it. Without a `statement` nothing of the certificate can be believed."""

    steps: tuple[Step, ...]
    statement: Statement | None = None

    @property
    def holds(self) -> bool:
        """Whether nothing is wrong."""
        return self.statement is not None and not any(step.problems for step in self.steps)


@dataclass(frozen=True)
class Demands:
    """What whoever verifies asks for."""

    trusted: Sequence["SSlibKey"]
    accepts_deviations: bool = False
    accepts_demonstration: bool = False
    revocations: Path | None = None
    now: datetime = field(default_factory=lambda: datetime.now(UTC))


def verify(directory: Path, demands: Demands) -> Verification:
    """Checks a certificate. Raises `UsageError` if there is none."""
    if not (directory / CERTIFICATE).is_file():
        what = "is no directory" if not directory.is_dir() else f"holds no {CERTIFICATE}"
        raise UsageError(f"{directory} {what}: give the directory that `gateway-conformance certify` has written")
    try:
        data = read_bounded(directory / CERTIFICATE, LARGEST_ENVELOPE)
        envelope = opened(data)
        if not is_signed(envelope, demands.trusted):
            raise ValueError("none of the trusted keys has signed it, or it was changed since")
        statement = statement_in(envelope)
    except (ValueError, UsageError) as error:
        return Verification((Step("signature", (str(error),)),))
    steps = [Step(f"signature of {statement.facts.issuer}")]
    try:
        files = files_in(directory) | {CERTIFICATE: data}
        steps.append(Step("files", tuple(_files(statement, files))))
    except UsageError as error:
        steps.append(Step("files", (str(error),)))
    if not steps[-1].problems:  # else nothing that they say can be believed
        steps += _believed(statement, files, envelope, demands)
    return Verification(tuple(steps), statement)


def _believed(
    statement: Statement, files: Mapping[str, bytes], envelope: "Envelope", demands: Demands
) -> Iterator[Step]:
    """The steps that follow when the files are those that were signed."""
    facts, key = statement.facts, next(iter(envelope.signatures))
    if demands.revocations:
        yield Step("revocations", tuple(_revoked(payload_digest(envelope), key, demands)))
    else:
        yield Step("revocations: the issuer's file of them (--revocations) was not given", is_checked=False)
    yield Step("dates", tuple(_dates(facts, demands.now)))
    yield Step("class", tuple(_class(facts, demands)))
    with TemporaryDirectory() as copied:  # what was hashed is what is read, whoever writes to the directory meanwhile
        report = Path(copied)
        for name in (RESULTS, EXCHANGES, EVIDENCE):
            (report / name).write_bytes(files[f"{making.EVIDENCE_DIRECTORY}/{name}"])
        try:
            for title, problems in _of_the_report(statement, files, report, key):
                yield Step(title, tuple(problems))
                if problems:
                    break
        except UsageError as error:
            yield Step("evidence", (str(error),))


def _files(statement: Statement, files: Mapping[str, bytes]) -> Iterator[str]:
    named = {one.name: one for one in statement.subject}
    wanted = {f"{making.EVIDENCE_DIRECTORY}/{name}" for name in (RESULTS, EXCHANGES, EVIDENCE)}
    wanted |= {making.TARGET, making.PROFILE, making.PAGE, "badge.json", "badge.svg"}
    wanted |= {making.DEVIATIONS} if statement.facts.deviations else set()
    if len(named) != len(statement.subject):
        yield "the statement names a file twice"
    for name in sorted(wanted - set(named)):
        yield f"the statement does not name {name}"
    for name in sorted(set(named) - wanted):
        yield f"{one_line(name)} is no part of a certificate"
    for name in sorted(set(named) - set(files)):
        yield f"{one_line(name)} is missing"
    for name in sorted(set(files) - set(named) - {CERTIFICATE}):
        yield f"{one_line(name)} does not belong to it"
    for name in sorted(set(files) & set(named)):
        if resource(name, files[name]) != named[name]:
            yield f"{one_line(name)} was changed"


def _revoked(digest: str, key: str, demands: Demands) -> Iterator[str]:
    """Only who has signed a certificate revokes it."""
    signers = [one for one in demands.trusted if one.keyid == key]
    if demands.revocations and (found := revocation_of(digest, demands.revocations, signers)):
        yield f"it was revoked on {found.revoked_at:%Y-%m-%d}: {one_line(found.reason)}"


def _dates(facts: Facts, now: datetime) -> Iterator[str]:
    if facts.issued_at > now + _CLOCKS_DIFFER:
        yield f"it was issued in the future, on {facts.issued_at:%Y-%m-%d %H:%M}"
    if now >= facts.valid_until:
        yield f"it held until {facts.valid_until:%Y-%m-%d %H:%M}"
    if not timedelta() <= facts.issued_at - facts.run.started_at + _CLOCKS_DIFFER <= refusals.FRESH + _CLOCKS_DIFFER:
        yield f"its run began on {facts.run.started_at:%Y-%m-%d}: too long before it was issued, or after"
    until, _ = making.validity(facts.issued_at, facts.deviations, facts.target.hosted_aliases)
    if facts.valid_until > until:
        yield f"it claims to hold until {facts.valid_until:%Y-%m-%d}, and may until {until:%Y-%m-%d}"


def _class(facts: Facts, demands: Demands) -> Iterator[str]:
    if facts.certificate_class.startswith("demonstration") and not demands.accepts_demonstration:
        yield "a demonstration, which proves nothing about any workspace: --accept-demonstration takes it as that"
    if facts.deviations and not demands.accepts_deviations:
        ids = ", ".join(one_line(one.requirement) for one in facts.deviations[:_FEW])
        yield f"{counted(len(facts.deviations), 'known deviation')} ({ids}): taken with --accept-deviations"


def _of_the_report(
    statement: Statement, files: Mapping[str, bytes], report: Path, key: str
) -> Iterator[tuple[str, Collection[str]]]:
    """The steps that need what the evidence says; each only if nothing is wrong with those before. Raises `UsageError`."""
    results = read(report)
    yield "suite", list(_suite(statement.facts, results))
    yield "profile", list(_profile(statement, files))
    yield "run", [*refusals.of_the_run(results, report, statement.facts.issued_at), *_required(statement, results)]
    yield "statement", list(_says_what_the_run_found(statement, files, results, report, key))
    yield "evidence, judged anew", rejudging.differences(results, report)[:_FEW]


def _required(statement: Statement, results: Results) -> Iterator[str]:
    return refusals.of_the_requirements(results, _profile_of(statement))


def _profile_of(statement: Statement) -> profiles.Profile:
    """What it was held to. Raises `UsageError` if this suite has no such profile."""
    said = statement.facts.profile
    return profiles.named(f"{said.name}-{said.date}")


def _suite(facts: Facts, results: Results) -> Iterator[str]:
    here = this_suite()
    if results.suite != here or facts.run.corpus_sha256 != refusals.corpus_digest():
        version = one_line(facts.run.suite)
        yield f"version {version} of the suite has judged it, this is another: `pip install gateway-conformance=={version}`"


def _profile(statement: Statement, files: Mapping[str, bytes]) -> Iterator[str]:
    said, known = statement.facts.profile, _profile_of(statement)
    if not known.sha256 == said.sha256 == resource("", files[making.PROFILE]).digest["sha256"]:
        yield f"{known.full_name} is published with other requirements"


def _says_what_the_run_found(
    statement: Statement, files: Mapping[str, bytes], results: Results, report: Path, key: str
) -> Iterator[str]:
    """Whether the statement, the page and the badge are those that this suite makes of the evidence."""
    facts = statement.facts
    profile = _profile_of(statement)
    deviating = making.deviations_of(results, profile)
    order = making.Order(report, profile, facts.issuer)
    rests_on_reference = refusals.rests_on_the_reference(results, files[f"{making.EVIDENCE_DIRECTORY}/{EVIDENCE}"])
    made = making.facts_of(order, results, deviating, facts.issued_at, rests_on_reference=rests_on_reference)
    made = msgspec.structs.replace(made, supersedes=facts.supersedes)
    if rests_on_reference and not facts.certificate_class.startswith("demonstration"):
        yield "the reference gateway has given its answers, and it does not say so"
    if made != facts:
        unlike = [name for name in Facts.__struct_fields__ if getattr(made, name) != getattr(facts, name)]
        yield f"it says otherwise than its evidence: {', '.join(unlike)}"
        return
    required = [row for row in results.requirements if row.id in profile.required]
    again = making.statement_of(facts, required, {}, profile)
    if again.predicate != statement.predicate:
        yield "its lists of requirements are not those of its evidence"
    shown: dict[str, Callable[[], bytes]] = {
        making.PAGE: lambda: page(facts, required, results, key).encode(),
        "badge.json": lambda: badge.endpoint(facts),
        "badge.svg": lambda: badge.svg(facts),
        making.TARGET: lambda: making.target_of(results),
    }
    if deviating:
        shown |= {making.DEVIATIONS: lambda: making.shown_deviations(deviating)}
    for name, made_anew in shown.items():
        if files[name] != made_anew():
            yield f"{name} does not show what it says"
