"""`gateway-conformance serve`: the reference gateway on this machine, or the reference proxy before an upstream."""

import signal
import threading
from pathlib import Path
from urllib.parse import urlsplit

import click

from conformance.commands.completion import faults, one_of
from conformance.commands.options import DIRECTORY, Command
from conformance.errors import UsageError, unknown_name


@click.command("serve", cls=Command, example="serve --port 8765 --fault responses-store-accepted")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8765, show_default=True, help="On 127.0.0.1; 0 takes a free one."
)
@click.option("--certfile", metavar="FILE", type=DIRECTORY, help="Serve over TLS, with this certificate in PEM.")
@click.option("--keyfile", metavar="FILE", type=DIRECTORY, help="Its key.  [default: in the same file]")
@click.option(
    "--fault",
    metavar="NAME",
    shell_complete=one_of(faults),
    help="Break one thing on purpose; `serve --fault list` names them all.",
)
@click.option(
    "--upstream", metavar="URL",
    help="Start the reference proxy instead, before this upstream on this machine: to try `behind` with it.",
)  # fmt: skip
def command(port: int, fault: str | None, certfile: Path | None, keyfile: Path | None, upstream: str | None) -> None:
    """Start the reference gateway on this machine, to try everything without a workspace."""
    if fault == "list":
        from conformance.reference.faults import FAULTS
        from conformance.reference.proxies import PROXY_FAULTS

        for known in (*FAULTS.values(), *PROXY_FAULTS.values()):
            click.echo(f"{known.name:<40} {', '.join(known.reported_by):<28} {known.says}")
        return
    from conformance.reference.server import ServeError, ServerTls, serve

    if keyfile and not certfile:
        raise UsageError("--keyfile is the key of a certificate: give --certfile FILE too")
    try:
        if upstream:
            if certfile:
                raise UsageError("the reference proxy is served without TLS: leave out --certfile, or --upstream")
            _serve_proxy(upstream, port, fault)
        else:
            serve(port=port, fault=fault, tls=ServerTls(certfile, keyfile) if certfile else None)
    except ServeError as error:
        raise UsageError(str(error)) from None


def _serve_proxy(upstream: str, port: int, fault: str | None) -> None:
    """Serves the reference proxy until Ctrl-C, or what ends a job. Raises `UsageError`, `ServeError`."""
    from conformance.reference.proxies import PROXIES
    from conformance.reference.proxies.application import proxying

    name = fault or "proxy-transparent"
    if name not in PROXIES:
        raise UsageError(unknown_name("proxy", name, PROXIES, "`gateway-conformance serve --fault list` names them"))
    if urlsplit(upstream).hostname not in ("127.0.0.1", "localhost", "::1"):
        raise UsageError(f"--upstream {upstream}: give a URL on this machine, such as http://127.0.0.1:9000")
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: ended.set())
    with proxying(upstream, PROXIES[name].quirk, port=port) as url:
        click.echo(f"reference proxy{f' with the fault {fault}' if fault else ''} ready at {url}, before {upstream}")
        ended.wait()
