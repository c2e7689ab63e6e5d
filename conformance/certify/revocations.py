"""Revocations: lines that say that a certificate does not hold any more, each signed on its own."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.certify.files import read_bounded
from conformance.certify.statement import (
    CERTIFICATE,
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

if TYPE_CHECKING:
    from securesystemslib.signer import CryptoSigner, SSlibKey

LARGEST = 16 * 1024 * 1024


def revoke(directory: Path, reason: str, signer: "CryptoSigner", file: Path) -> Revocation:
    """Adds to a file that a certificate is revoked. Raises `UsageError`, also if another key has signed it."""
    try:
        envelope = opened(read_bounded(directory / CERTIFICATE))
        statement_in(envelope)
    except ValueError as error:
        raise UsageError(f"{directory / CERTIFICATE}: {error}") from None
    if not is_signed(envelope, [signer.public_key]):
        raise UsageError(f"{directory} was not signed with this key: only who has issued a certificate revokes it")
    revocation = Revocation(
        certificate=payload_digest(envelope), reason=reason, revoked_at=datetime.now(UTC).replace(microsecond=0)
    )
    line = json.dumps(json.loads(sealed(revocation, REVOCATION, signer))) + "\n"
    try:
        with file.open("a", encoding="utf-8") as lines:
            lines.write(line)
    except OSError as error:
        raise UsageError(f"{file} cannot be written: {error.strerror}") from None
    return revocation


def revocation_of(certificate: str, file: Path, trusted: Sequence["SSlibKey"]) -> Revocation | None:
    """What a trusted key says of a certificate in a file of revocations; lines of others say nothing. Raises `UsageError`."""
    for line in read_bounded(file, LARGEST).split(b"\n"):
        if not line.strip():
            continue
        try:
            envelope = opened(line)
            found = revocation_in(envelope) if is_signed(envelope, trusted) else None
        except ValueError as error:
            raise UsageError(f"{file} is no file of revocations: {error}") from None
        if found and found.certificate == certificate:
            return found
    return None
