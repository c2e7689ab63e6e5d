"""What the certificate in a directory claims, for a page of many: verified by trusted keys, or said to be unverified."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.certify.revocations import revocation_of
from conformance.certify.statement import CERTIFICATE, opened, payload_digest, statement_in
from conformance.certify.verifying import Demands, verify
from conformance.errors import UsageError
from conformance.report.bounded import read_bounded, untrusted
from conformance.report.gathering import LARGEST, Claim
from conformance.report.safe import one_line

if TYPE_CHECKING:
    from securesystemslib.signer import SSlibKey


def claim_of(directory: Path, trusted: Sequence["SSlibKey"] = (), revocations: Sequence[Path] = ()) -> Claim:
    """What a certificate claims, and whether it holds by one of the trusted keys; without any that is not found out.

    Known deviations and demonstrations are accepted, as what they are: the claim tells them. `revocations` are files of them.
    Raises `UsageError` if it cannot be read, or one of those files.
    """
    try:
        envelope = opened(read_bounded(directory / CERTIFICATE, LARGEST))
        facts = statement_in(envelope).facts
    except ValueError as error:
        return Claim("does not hold" if trusted else "not verified here", problem=f"it cannot be read: {error}")
    claim = Claim(
        "not verified here",
        facts.certificate_class,
        f"{facts.valid_until:%Y-%m-%d}",
        profile=f"{facts.profile.name}-{facts.profile.date}",
        deviations=len(facts.deviations),
        are_revocations_checked=bool(trusted and revocations),
    )
    if not trusted:
        return claim
    revoked = [one for file in revocations if (one := revocation_of(payload_digest(envelope), file, trusted))]
    problems = [f"it was revoked on {one.revoked_at:%Y-%m-%d}: {one_line(one.reason)}" for one in revoked[:1]]
    try:
        with untrusted("it"):
            found = verify(directory, Demands(trusted, accepts_deviations=True, accepts_demonstration=True))
    except UsageError as error:
        return replace(claim, state="does not hold", problem="; ".join([*problems, str(error)]))
    problems += [problem for step in found.steps for problem in step.problems]
    holds = found.holds and not revoked
    return replace(claim, state="holds" if holds else "does not hold", problem="; ".join(problems[:3]))
