"""A certificate, made of the report of a run: what it says, how long it holds, and its files."""

import re
import shutil
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING

import msgspec
from msgspec import UNSET

from conformance.certify import badge, refusals
from conformance.certify.page import page
from conformance.certify.rejudging import begun_at
from conformance.certify.revocations import digest_of_own
from conformance.certify.statement import (
    CERTIFICATE,
    PAYLOAD,
    CertifiedProfile,
    CertifiedRun,
    CertifiedTarget,
    Class,
    Deviating,
    Facts,
    Predicate,
    Resource,
    Statement,
    resource,
    sealed,
)
from conformance.errors import UsageError
from conformance.profiles import Profile
from conformance.report import proofs
from conformance.report.bounded import read_bounded
from conformance.report.deviations import happened
from conformance.report.results import EVIDENCE, EXCHANGES, RESULTS, RequirementRow, Results, read
from conformance.report.scope import not_offered_text
from conformance.report.wording import counted
from conformance.requirements import SURFACES, documented_models

if TYPE_CHECKING:
    from securesystemslib.signer import CryptoSigner

EVIDENCE_DIRECTORY = "evidence"
PROFILE, DEVIATIONS, TARGET, PAGE = (
    "profile.yaml",
    "deviations.json",
    f"{EVIDENCE_DIRECTORY}/target.json",
    "certificate.html",
)
YEAR, QUARTER = timedelta(days=365), timedelta(days=90)
_PINNED = re.compile(
    r"(?<!\d)20\d\d-?(?:0[1-9]|1[0-2])-?(?:0[1-9]|[12]\d|3[01])(?!\d)"
    r"|@sha256:|(?<![0-9a-z])(?=[a-f]*\d)(?=\d*[a-f])[0-9a-f]{12,}(?![0-9a-z])"
)
"""What the name of a model holds that stands for one version of it: a date, a digest."""
_FEW = 3

ABOUT_A_WORKSPACE = (
    "It shows how {name} answered in this run, to whoever trusts the issuer that the run was made against it."
)
ABOUT_THE_REFERENCE = (
    "It proves nothing about any workspace: behind {name} answered this suite's own reference gateway. It shows what {name} "
    "makes of the contract's requests and answers."
)


@dataclass(frozen=True)
class Order:
    """What is to be certified: a report, by whom, and for what."""

    report: Path
    profile: Profile
    issuer: str
    demonstration: bool = False
    """Whether it may rest on the reference gateway."""
    supersedes: Path | None = None
    """The directory of the certificate before it."""


@dataclass(frozen=True)
class Certificate:
    """One that was written."""

    directory: Path
    statement: Statement


def certify(
    order: Order, signer: "CryptoSigner", directory: Path, secrets: Collection[str] = (), now: datetime | None = None
) -> Certificate:
    """Writes a certificate, whole or not at all. No `secrets` may stand in it. Raises `UsageError` with each refusal."""
    now = (now or datetime.now(UTC)).replace(microsecond=0)
    check_free(directory)
    superseded = digest_of_own(order.supersedes, signer) if order.supersedes else None
    results = read(order.report)
    deviating = deviations_of(results, order.profile)
    refused = [
        *refusals.of_the_run(results, order.report, now),
        *refusals.of_the_requirements(results, order.profile),
    ]
    rests_on_reference = False
    if not refused:  # what costs time
        evidence = read_bounded(order.report / EVIDENCE)
        rests_on_reference = refusals.rests_on_the_reference(results, evidence)
        if rests_on_reference and not order.demonstration:
            refused.append(
                "its answers are the reference gateway's: give --demonstration for a certificate that says so, and that proves "
                "nothing about any workspace"
            )
        refused += refusals.of_the_evidence(results, order.report, secrets)
    if refused:
        raise UsageError("not certified: " + "; and ".join(refused))
    files = {
        f"{EVIDENCE_DIRECTORY}/{name}": read_bounded(order.report / name) for name in (RESULTS, EXCHANGES, EVIDENCE)
    }
    files[TARGET] = target_of(results)
    files[PROFILE] = order.profile.path.read_bytes()
    if deviating:
        files[DEVIATIONS] = shown_deviations(deviating)
    facts = facts_of(order, results, deviating, now, rests_on_reference=rests_on_reference)
    facts = msgspec.structs.replace(facts, supersedes=superseded)
    files["badge.json"], files["badge.svg"] = badge.endpoint(facts), badge.svg(facts)
    required = [row for row in results.requirements if row.id in order.profile.required]
    files[PAGE] = page(facts, required, results, signer.public_key.keyid).encode()
    statement = statement_of(facts, required, files, order.profile)
    _write(directory, {**files, CERTIFICATE: sealed(statement, PAYLOAD, signer)})
    return Certificate(directory, statement)


def shown_deviations(deviating: Sequence[Deviating]) -> bytes:
    """The known deviations as a file."""
    return msgspec.json.format(msgspec.json.encode(deviating), indent=1)


def check_free(directory: Path) -> None:
    """Raises `UsageError` if a certificate cannot be put there."""
    if directory.is_symlink() or (directory.exists() and (not directory.is_dir() or any(directory.iterdir()))):
        raise UsageError(f"{directory} is there already: give another --output")


def target_of(results: Results) -> bytes:
    """What was under test, as JSON: no credential, and no place on a disk."""
    return msgspec.json.format(msgspec.json.encode(results.target), indent=1)


def deviations_of(results: Results, profile: Profile) -> tuple[Deviating, ...]:
    """The known deviations from what the profile requires that a run has met."""
    return tuple(
        Deviating(
            requirement=one.requirement, owner=one.owner, reason=one.reason, expires=one.expires,
            ticket=one.ticket, case=one.case, model=one.model,
        )
        for one in (row.deviation for row in happened(results))
        if one.requirement in profile.required
    )  # fmt: skip


def facts_of(
    order: Order, results: Results, deviating: tuple[Deviating, ...], now: datetime, *, rests_on_reference: bool
) -> Facts:
    """What there is to say of a run that is certified at a time, but for what it supersedes."""
    rows = {row.id: row for row in results.requirements}
    required = [rows[name] for name in order.profile.required]
    aliases = hosted_aliases(results, models_of(results, order.profile))
    until, why = validity(now, deviating, aliases)
    about = ABOUT_THE_REFERENCE if rests_on_reference else ABOUT_A_WORKSPACE
    return Facts(
        certificate_class=class_of(deviating, rests_on_reference=rests_on_reference),
        proves=about.format(name=results.target.name),
        scope=scope_of(results, order.profile, required),
        target=CertifiedTarget(
            name=results.target.name,
            surfaces=tuple(results.target.surfaces),
            models=models_of(results, order.profile),
            lacking=results.target.lacking,
            not_offered=dict(results.target.not_offered),
            hosted_aliases=aliases,
        ),
        profile=CertifiedProfile(
            name=order.profile.name, date=order.profile.date, sha256=order.profile.sha256,
            required=len(order.profile.required), unscored=len(order.profile.unscored),
        ),
        run=CertifiedRun(
            started_at=begun_at(results),
            duration_s=results.duration_s,
            requests=results.requests,
            provenance="reference" if rests_on_reference else results.target.provenance,
            suite=results.suite.version,
            catalogue_sha256=results.suite.catalogue_sha256,
            openapi_sha256=dict(results.suite.openapi_sha256),
            corpus_sha256=refusals.corpus_digest(),
            kill_matrix_sha256=kill_matrix_digest(),
        ),
        counts=counts_of(required),
        both_sides=counts_of(results.of_both_sides) if results.of_both_sides else UNSET,
        not_applicable={row.id: row.note for row in required if row.verdict == "not_applicable"},
        deviations=deviating,
        issuer=order.issuer,
        issued_at=now,
        valid_until=until,
        valid_because=why,
    )  # fmt: skip


def class_of(deviating: Sequence[Deviating], *, rests_on_reference: bool) -> Class:
    """The class of a certificate."""
    if rests_on_reference:
        return "demonstration-conformant-with-deviations" if deviating else "demonstration-conformant"
    return "conformant-with-deviations" if deviating else "conformant"


def counts_of(required: Sequence[RequirementRow]) -> dict[str, int]:
    """How many of the required got each verdict."""
    return dict(sorted(Counter(row.verdict for row in required).items()))


def scope_of(results: Results, profile: Profile, required: Sequence[RequirementRow]) -> tuple[str, ...]:
    """How far the certificate reaches, in words."""
    models = models_of(results, profile)
    applied = sum(row.verdict != "not_applicable" for row in required)
    return (
        f"profile {profile.full_name}: {len(required)} required, {applied} of them apply",
        f"surfaces {', '.join(sorted(refusals.answered_surfaces(results) & {*profile.surfaces}, key=SURFACES.index))}",
        counted(len(models), "documented model")
        + " answered"
        + (f": {', '.join(models)}" if len(models) <= _FEW else ""),
        *([not_offered_text(results.target)] if results.target.not_offered else []),
    )


def models_of(results: Results, profile: Profile) -> tuple[str, ...]:
    """The documented models that answered on the surfaces of the profile."""
    answered = {
        row.model
        for row in results.models
        if row.surface in profile.surfaces and "answered" in row.capabilities.values()
    }
    return tuple(model for model in documented_models() if model in answered)


def hosted_aliases(results: Results, models: Collection[str]) -> tuple[str, ...]:
    """What the target calls these documented models, where that stands for no fixed version of one; the first few.

    What a workspace calls its own does not.
    """
    if results.target.models is None:
        return ("system.ai.*",)
    tables = (results.target.models, *results.target.models_by_surface.values())
    names = {name for table in tables for model, name in table.items() if model in models}
    return tuple(sorted(name for name in names if not _PINNED.search(name)))[:_FEW]


def validity(now: datetime, deviating: Sequence[Deviating], aliases: Sequence[str]) -> tuple[datetime, str]:
    """Until when a certificate holds, and why no longer."""
    until, why = now + YEAR, "a year"
    if aliases:
        until, why = now + QUARTER, f"90 days: {', '.join(aliases)} may stand for another model tomorrow"
    for one in deviating:
        ends = datetime.combine(one.expires, time(tzinfo=UTC)) + timedelta(days=1)
        if ends < until:
            until, why = ends, f"the deviation of {one.requirement} expires on {one.expires}"
    return until, why


def kill_matrix_digest() -> str:
    """SHA-256 of what shows that the checks of this suite can fail."""
    return resource("", proofs.bundled().read_bytes()).digest["sha256"]


def statement_of(
    facts: Facts, required: Sequence[RequirementRow], files: Mapping[str, bytes], profile: Profile
) -> Statement:
    """The statement about a run, over these files."""

    def ids(verdict: str) -> tuple[str, ...]:
        return tuple(row.id for row in required if row.verdict == verdict)

    run = facts.run
    configuration = {
        f"profile {profile.full_name}": profile.sha256,
        "catalogue": run.catalogue_sha256,
        **{f"openapi {surface}": digest for surface, digest in run.openapi_sha256.items()},
        "corpus": run.corpus_sha256,
        "kill matrix": run.kill_matrix_sha256,
    }
    failed, warned = ids("failed"), ids("warned")
    return Statement(
        subject=tuple(resource(name, data) for name, data in sorted(files.items())),
        predicate=Predicate(
            result="WARNED" if failed or warned else "PASSED",
            configuration=tuple(
                Resource(name=name, digest={"sha256": digest}) for name, digest in configuration.items()
            ),
            passed_tests=ids("passed"),
            warned_tests=warned,
            failed_tests=failed,
            gateway_conformance=facts,
        ),
    )


def _write(directory: Path, files: Mapping[str, bytes]) -> None:
    """All files in a directory that was not there, or was empty. Raises `UsageError`."""
    made: Path | None = None
    try:
        directory.parent.mkdir(parents=True, exist_ok=True)
        made = Path(mkdtemp(prefix=f".{directory.name}-", dir=directory.parent))
        made.chmod(0o755)
        for name, data in files.items():
            path = made / name
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(data)
        made.replace(directory)
    except OSError as error:
        if made:
            shutil.rmtree(made, ignore_errors=True)
        raise UsageError(
            f"the certificate cannot be written to {directory}: {error.strerror}; give another --output"
        ) from None
