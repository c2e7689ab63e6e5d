"""`gateway-conformance serve`: the reference gateway on this machine."""

from pathlib import Path

import click

from conformance.commands.options import DIRECTORY, Command
from conformance.errors import UsageError
from conformance.reference.faults import FAULTS
from conformance.reference.server import ServeError, ServerTls, serve


@click.command("serve", cls=Command)
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8765, show_default=True, help="On 127.0.0.1; 0 takes a free one."
)
@click.option("--certfile", metavar="FILE", type=DIRECTORY, help="Serve over TLS, with this certificate in PEM.")
@click.option("--keyfile", metavar="FILE", type=DIRECTORY, help="Its key.  [default: in the same file]")
@click.option("--fault", metavar="NAME", help="Break one thing on purpose; `serve --fault list` names them all.")
def command(port: int, fault: str | None, certfile: Path | None, keyfile: Path | None) -> None:
    """Start the reference gateway on this machine, to try everything without a workspace."""
    if fault == "list":
        for known in FAULTS.values():
            click.echo(f"{known.name:<40} {', '.join(known.reported_by):<28} {known.says}")
        return
    if keyfile and not certfile:
        raise UsageError("--keyfile is the key of a certificate: give --certfile FILE too")
    try:
        serve(port=port, fault=fault, tls=ServerTls(certfile, keyfile) if certfile else None)
    except ServeError as error:
        raise UsageError(str(error)) from None
