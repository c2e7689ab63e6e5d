"""`gateway-conformance revoke`: a certificate that does not hold any more."""

from pathlib import Path

import click

from conformance.commands.options import DIRECTORY, Command, text


@click.command(
    "revoke",
    cls=Command,
    example='revoke certificate --key key.pem --reason "the proxy was changed" --file revocations.jsonl',
)
@click.argument("certificate", type=DIRECTORY, metavar="CERTIFICATE")
@click.option(
    "--key", type=DIRECTORY, metavar="FILE", help="The key that has signed it.  [default: GATEWAY_CONFORMANCE_KEY]"
)
@click.option("--reason", required=True, metavar="TEXT", callback=text, help="Why.")
@click.option(
    "--file", required=True, type=DIRECTORY, metavar="FILE", help="The file of revocations that the line is added to."
)
def command(certificate: Path, *, key: Path | None, reason: str, file: Path) -> None:
    """Add a signed line to a file of revocations: the certificate does not hold any more."""
    from conformance.certify import keys
    from conformance.certify.revocations import revoke
    from conformance.report.bounded import untrusted
    from conformance.report.safe import one_line

    if not reason.strip():
        raise click.UsageError("--reason is empty")
    signer = keys.private(key)
    with untrusted(f"what {certificate} holds"):
        found = revoke(certificate, reason, signer, file)
    told = f"{certificate} is revoked: {found.certificate[:12]}… in {file}"
    click.echo(f"{one_line(told)}; publish it where those look who check certificates")
