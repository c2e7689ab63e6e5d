"""Revocations: lines that say that a certificate does not hold any more, each signed on its own."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.certify.statement import (
    CERTIFICATE,
    LARGEST_ENVELOPE,
    REVOCATION,
    Revocation,
    is_signed,
    opened,
    payload_digest,
    revocation_in,
    sealed,
    statement_in,
)
from conformance.errors import UsageError
from conformance.report.bounded import read_bounded

if TYPE_CHECKING:
    from securesystemslib.signer import CryptoSigner, SSlibKey

LARGEST = 16 * 1024 * 1024


def revoke(directory: Path, reason: str, signer: "CryptoSigner", file: Path) -> Revocation:
    """Adds to a file that a certificate is revoked. Raises `UsageError`, also if another key has signed it."""
    certificate = digest_of_own(directory, signer)
    if file.exists() and revocation_of(certificate, file, [signer.public_key]):
        raise UsageError(f"{file} says already that {directory} is revoked")
    revocation = Revocation(certificate=certificate, reason=reason, revoked_at=datetime.now(UTC).replace(microsecond=0))
    line = sealed(revocation, REVOCATION, signer)
    try:
        with file.open("ab") as lines:
            lines.write(line)
    except OSError as error:
        raise UsageError(f"{file} cannot be written: {error.strerror}") from None
    return revocation


def digest_of_own(directory: Path, signer: "CryptoSigner") -> str:
    """What names a certificate of this key; only who has issued one revokes or supersedes it. Raises `UsageError`."""
    try:
        envelope = opened(read_bounded(directory / CERTIFICATE, LARGEST_ENVELOPE))
        statement_in(envelope)
    except ValueError as error:
        raise UsageError(f"{directory / CERTIFICATE}: {error}") from None
    if not is_signed(envelope, [signer.public_key]):
        raise UsageError(
            f"{directory} was not signed with this key: only who has issued a certificate revokes or supersedes it"
        )
    return payload_digest(envelope)


def revocation_of(certificate: str, file: Path, trusted: Sequence["SSlibKey"]) -> Revocation | None:
    """What a trusted key says of a certificate in a file of revocations; lines of others say nothing. Raises `UsageError`."""
    for line in read_bounded(file, LARGEST).splitlines(keepends=True):
        try:
            envelope = opened(line)
            found = revocation_in(envelope) if is_signed(envelope, trusted) else None
        except ValueError as error:
            raise UsageError(f"{file} is no file of revocations: {error}") from None
        if not found and any(key.keyid in envelope.signatures for key in trusted):
            raise UsageError(f"{file} was changed: a line claims to be signed by a key that you trust, and is not")
        if found and found.certificate == certificate:
            return found
    return None
