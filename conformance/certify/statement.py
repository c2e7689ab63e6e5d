"""What a certificate states: an in-toto Statement with the predicate test-result/v0.1, in a DSSE envelope.

The predicate has no word for a waiver, a scope or an end of validity: those stand in a member of our own, `gatewayConformance`.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Annotated, Literal, TypeVar

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType, field

from conformance.report.results import Count, Sha256, Texts

if TYPE_CHECKING:
    from securesystemslib.dsse import Envelope
    from securesystemslib.signer import CryptoSigner, SSlibKey

STATEMENT = "https://in-toto.io/Statement/v1"
PREDICATE = "https://in-toto.io/attestation/test-result/v0.1"
PAYLOAD = "application/vnd.in-toto+json"
REVOCATION = "application/vnd.gateway-conformance.revocation+json"
CERTIFICATE = "certificate.json"
"""The envelope, in the directory of a certificate."""

T = TypeVar("T")
Moment = Annotated[datetime, Meta(tz=True)]
LARGEST_ENVELOPE = 4 * 1024 * 1024
"""Bytes of an envelope, which is read before anybody knows who has signed it."""
_YEARS = range(2026, 2200)
Class = Literal[
    "conformant", "conformant-with-deviations", "demonstration-conformant", "demonstration-conformant-with-deviations"
]
"""What was shown. A demonstration rests on the reference gateway: it proves nothing about any workspace."""


class Resource(Struct, frozen=True, kw_only=True):
    """A file, or something else that has a digest."""

    name: str
    digest: Mapping[Literal["sha256"], Sha256]


class CertifiedTarget(Struct, frozen=True, kw_only=True, rename="camel"):
    """What was certified."""

    name: str
    surfaces: Texts
    models: Texts
    """Documented models that it has."""
    lacking: Texts = ()
    not_offered: Mapping[str, str] = {}
    """Features that it does not claim, with the reasons."""
    hosted_aliases: Texts = ()
    """Names of models behind which another model may stand tomorrow: some, if there are many."""


class CertifiedProfile(Struct, frozen=True, kw_only=True):
    """What it was held to."""

    name: str
    date: str
    sha256: Sha256
    required: Count
    unscored: Count


class Deviating(Struct, frozen=True, kw_only=True):
    """A known deviation that was met."""

    requirement: str
    owner: str
    reason: str
    expires: date
    ticket: str = ""
    case: str = ""
    model: str = ""


class CertifiedRun(Struct, frozen=True, kw_only=True, rename="camel"):
    """The run that is the evidence."""

    started_at: Moment
    duration_s: float
    requests: Count
    provenance: str
    suite: str
    catalogue_sha256: Sha256
    openapi_sha256: Mapping[str, Sha256]
    corpus_sha256: Sha256
    """Of the generated requests."""
    kill_matrix_sha256: Sha256
    """Of what shows that the checks can fail."""


class Facts(Struct, frozen=True, kw_only=True, rename="camel"):
    """What the predicate has no words for."""

    version: Literal[1] = 1
    certificate_class: Class = field(name="class")
    proves: str
    scope: Texts
    target: CertifiedTarget
    profile: CertifiedProfile
    run: CertifiedRun
    counts: Mapping[str, Count]
    """Of the required: how many got each verdict."""
    both_sides: Mapping[str, Count] | UnsetType = UNSET
    """Of a proxy both sides of which were watched: how many of the requirements about them got each verdict."""
    not_applicable: Mapping[str, str] = {}
    """Required, and without meaning for this target: why."""
    deviations: tuple[Deviating, ...] = ()
    issuer: str
    issued_at: Moment
    valid_until: Moment
    valid_because: str
    supersedes: Sha256 | None = None
    """The certificate before it: digest of its payload."""


class Predicate(Struct, frozen=True, kw_only=True, rename="camel"):
    """The predicate test-result/v0.1. Tests are requirements."""

    result: Literal["PASSED", "WARNED"]
    configuration: tuple[Resource, ...]
    passed_tests: Texts
    warned_tests: Texts
    failed_tests: Texts
    gateway_conformance: Facts


class Statement(Struct, frozen=True, kw_only=True, rename="camel"):
    """The whole statement. Its subjects are the other files of the certificate."""

    type_: Annotated[str, Meta(pattern=f"^{STATEMENT}$")] = field(name="_type", default=STATEMENT)
    subject: tuple[Resource, ...]
    predicate_type: Annotated[str, Meta(pattern=f"^{PREDICATE}$")] = PREDICATE
    predicate: Predicate

    @property
    def facts(self) -> Facts:
        """What the predicate has no words for."""
        return self.predicate.gateway_conformance


class Revocation(Struct, frozen=True, kw_only=True, rename="camel"):
    """That a certificate does not hold any more."""

    certificate: Sha256
    reason: str
    revoked_at: Moment


def resource(name: str, data: bytes) -> Resource:
    """A file with its digest."""
    return Resource(name=name, digest={"sha256": sha256(data).hexdigest()})


def sealed(content: Struct, payload_type: str, signer: "CryptoSigner") -> bytes:
    """A signed envelope around a statement or a revocation, as JSON."""
    from securesystemslib.dsse import Envelope

    envelope = Envelope(msgspec.json.encode(content), payload_type, {})
    envelope.sign(signer)
    return _written(envelope)


def _written(envelope: "Envelope") -> bytes:
    """A line of JSON."""
    return json.dumps(envelope.to_dict()).encode() + b"\n"


def opened(data: bytes) -> "Envelope":
    """The envelope in a file or a line, whoever has signed it. Raises `ValueError`, also if it is not as it was written."""
    from securesystemslib.dsse import Envelope

    try:
        envelope = Envelope.from_dict(json.loads(data))
        is_whole = _written(envelope) == data
    except Exception as error:  # whatever the library makes of bytes that anybody may have written
        raise ValueError(f"it is no DSSE envelope ({type(error).__name__})") from None
    if len(envelope.signatures) != 1:
        raise ValueError(f"it has {len(envelope.signatures)} signatures, and not one")
    if not is_whole:  # base64 and JSON have several spellings of the same
        raise ValueError("it is not spelled as it was written")
    return envelope


def is_signed(envelope: "Envelope", trusted: Sequence["SSlibKey"]) -> bool:
    """Whether one of the trusted keys has signed it."""
    try:
        envelope.verify(list(trusted), 1)
    except Exception:  # as above
        return False
    return True


def statement_in(envelope: "Envelope") -> Statement:
    """The statement of a certificate. Raises `ValueError`."""
    if envelope.payload_type != PAYLOAD:
        raise ValueError(f"it holds {envelope.payload_type[:80]!a}, and no in-toto statement")
    statement = _decoded(envelope.payload, Statement)
    facts = statement.facts
    moments = (facts.issued_at, facts.valid_until, facts.run.started_at)
    if any(moment.utcoffset() != timedelta() or moment.year not in _YEARS for moment in moments):
        raise ValueError("its times are not in UTC, or of another age")
    if any(one.expires.year not in _YEARS for one in facts.deviations):
        raise ValueError("a deviation ends in another age")
    return statement


def revocation_in(envelope: "Envelope") -> Revocation:
    """What a line of a file of revocations says. Raises `ValueError`."""
    if envelope.payload_type != REVOCATION:
        raise ValueError(f"it holds {envelope.payload_type[:80]!a}, and no revocation")
    return _decoded(envelope.payload, Revocation)


def payload_digest(envelope: "Envelope") -> str:
    """What a certificate is named by: the SHA-256 of its payload, which no other signature changes."""
    return sha256(envelope.payload).hexdigest()


def _decoded(payload: bytes, kind: type[T]) -> T:
    try:
        found = msgspec.json.decode(payload, type=kind)
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError(f"it is not what this version writes: {error}") from None
    if msgspec.json.encode(found) != payload:  # what is not read may say anything
        raise ValueError("it says more than this version writes")
    return found
