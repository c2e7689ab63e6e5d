"""`gateway-conformance keygen`: a key that signs certificates."""

from pathlib import Path

import click

from conformance.commands.options import DIRECTORY, Command


@click.command("keygen", cls=Command, example="keygen key.pem")
@click.argument("file", type=DIRECTORY, metavar="FILE")
def command(file: Path) -> None:
    """Make a key to sign certificates with: FILE, to keep to yourself, and FILE.pub, to give to whoever checks them."""
    from conformance.certify import keys

    public = keys.generate(file)
    click.echo(f"{file}: the private key; keep it to yourself")
    click.echo(
        f"{public}: the public key; who trusts it gives it to `gateway-conformance verify-certificate --trusted`"
    )
