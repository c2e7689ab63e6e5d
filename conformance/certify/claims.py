"""What the certificate in a directory claims, for a page of many: verified by trusted keys, or said to be unverified."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.certify.statement import CERTIFICATE, opened, statement_in
from conformance.certify.verifying import Demands, verify
from conformance.errors import UsageError
from conformance.report.bounded import read_bounded, untrusted
from conformance.report.gathering import LARGEST, Claim

if TYPE_CHECKING:
    from securesystemslib.signer import SSlibKey


def claim_of(directory: Path, trusted: Sequence["SSlibKey"] = ()) -> Claim:
    """What a certificate claims, and whether it holds by one of the trusted keys; without any that is not found out.

    Raises `UsageError` if it cannot be read.
    """
    try:
        facts = statement_in(opened(read_bounded(directory / CERTIFICATE, LARGEST))).facts
    except ValueError as error:
        return Claim("does not hold" if trusted else "not verified here", problem=f"it cannot be read: {error}")
    said = facts.certificate_class, f"{facts.valid_until:%Y-%m-%d}"
    if not trusted:
        return Claim("not verified here", *said)
    try:
        with untrusted("it"):
            found = verify(directory, Demands(trusted, accepts_deviations=True, accepts_demonstration=True))
    except UsageError as error:
        return Claim("does not hold", *said, problem=str(error))
    problems = [problem for step in found.steps for problem in step.problems]
    return Claim("holds" if found.holds else "does not hold", *said, problem="; ".join(problems[:3]))
