"""`gateway-conformance behind`: judges a proxy by both of its sides, with the reference gateway as its upstream."""

import sys
from pathlib import Path
from typing import Any

import click

from conformance.commands.options import TO_PYTEST, Command, of_run, refuse_repeated
from conformance.errors import UsageError
from conformance.runs import options


@click.command("behind", cls=Command, context_settings=TO_PYTEST)
@of_run(*options.TARGET[:2], *options.NETWORK)
@click.option(
    "--upstream-port", type=click.IntRange(0, 65535), required=True, metavar="N",
    help="Where the reference gateway listens on this machine, as the proxy's upstream. 0: a free port, which is printed.",
)  # fmt: skip
@of_run(*options.SELECTION, options.DEVIATIONS, *options.LIMITS)
@click.argument("pytest_args", nargs=-1, type=click.UNPROCESSED)
def command(
    *, base_url: str | None, target: str | None, upstream_port: int, pytest_args: tuple[str, ...], **given: Any
) -> None:
    """Judge a proxy by both of its sides: what it was sent, and what of it arrives at its upstream.

    The reference gateway is that upstream: configure the proxy to ask it, then run this. All cases are sent, one request at a
    time; `-k PROXY` sends those about both sides alone. Further arguments go to pytest.
    """
    from conformance.behind.reaching import wait_until_reached
    from conformance.reference.server import ServeError
    from conformance.reference.upstream import Upstream
    from conformance.runs.options import as_arguments
    from conformance.runs.prepared import Watching
    from conformance.runs.selection import Selection
    from conformance.runs.sending import Sending
    from conformance.runs.session import run_as_command
    from conformance.runs.settings import Settings
    from conformance.targets.network import NetworkOptions, route_to
    from conformance.targets.target import from_options

    refuse_repeated(pytest_args)
    proxy = from_options(base_url, Path(target) if target else None, None)
    if proxy is None:
        raise UsageError("behind needs a proxy: give --target FILE.toml, or --base-url URL")
    network = NetworkOptions(given["proxy"], given["ca_bundle"], given["client_cert"], given["no_env"])
    try:
        with Upstream().listening(upstream_port) as upstream:
            click.echo(f"reference gateway as the upstream of {proxy.name} at {upstream.url}")
            sending = Sending(route=route_to(proxy, network), upstream=upstream)
            looking = Settings.live(proxy, Selection.of(given["surface"]), sending)
            click.echo(str(wait_until_reached(looking, upstream)))
            arguments = as_arguments({"base_url": base_url, "target": target, **given}.items())
            sys.exit(run_as_command([*arguments, *pytest_args], [Watching(upstream)]))
    except ServeError as error:
        raise UsageError(str(error)) from None
