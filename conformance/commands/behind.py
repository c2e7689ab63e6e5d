"""`gateway-conformance behind`: judges a proxy by both of its sides, with the reference gateway as its upstream."""

import math
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from conformance.checks.verdicts import EXIT_CONFORMANT, EXIT_NONCONFORMANT
from conformance.commands.completion import one_of, upstream_faults
from conformance.commands.options import TO_PYTEST, Command, of_run, refuse_repeated
from conformance.errors import UsageError, unknown_name
from conformance.report.safe import one_line
from conformance.runs import options

if TYPE_CHECKING:
    from conformance.behind.loading import Loading
    from conformance.reference.upstream import Upstream
    from conformance.runs.settings import Settings

_OF_LOAD = ("load", "load_requests", "load_seconds", "proxy_pid")
_OF_BOTH = (
    "base_url",
    "target",
    "upstream_port",
    "proxy",
    "ca_bundle",
    "client_cert",
    "no_env",
    "surface",
    "report_dir",
)
"""Options, by their parameters: of a load, and of a load as well as of cases."""


@click.command(
    "behind",
    cls=Command,
    example="behind --target my-proxy.toml --upstream-port 9000 -k PROXY",
    context_settings=TO_PYTEST,
)
@of_run(*options.TARGET[:2], *options.NETWORK)
@click.option(
    "--upstream-port", type=click.IntRange(0, 65535), required=True, metavar="N",
    help="Where the reference gateway listens on this machine, as the proxy's upstream. 0: a free port, which is printed.",
)  # fmt: skip
@click.option(
    "--upstream-fault",
    metavar="NAME|all",
    shell_complete=one_of(upstream_faults),
    help="Put this fault upstream, or one after the other, and tell what a caller of the proxy sees of it.",
)
@click.option(
    "--load", type=click.IntRange(1, 256), metavar="N",
    help="Instead of running the cases: measure the proxy under a load of N requests at once, beside its upstream; 1 "
    "tells what it adds to a single request. Only for a proxy on this machine.",
)  # fmt: skip
@click.option(
    "--load-requests", type=click.IntRange(1, 100_000), default=2000, show_default=True, metavar="M",
    help="Most requests of a load, through the proxy, and as many straight to its upstream.",
)  # fmt: skip
@click.option(
    "--load-seconds", type=click.FloatRange(1, 600), default=30.0, show_default=True, metavar="S",
    help="How long a load sends new requests, in seconds.",
)  # fmt: skip
@click.option(
    "--proxy-pid", type=click.IntRange(min=1), metavar="PID",
    help="The process of the proxy, whose memory is measured under load.",
)  # fmt: skip
@of_run(*options.SELECTION, options.DEVIATIONS, *options.LIMITS)
@click.argument("pytest_args", nargs=-1, type=click.UNPROCESSED)
@click.pass_context
def command(
    context: click.Context,
    /,
    *,
    base_url: str | None,
    target: str | None,
    upstream_port: int,
    upstream_fault: str | None,
    pytest_args: tuple[str, ...],
    **given: Any,
) -> None:
    """Judge a proxy by both of its sides: what it was sent, and what of it arrives at its upstream.

    The reference gateway is that upstream: configure the proxy to ask it, then run this. All cases are sent, one request at a
    time; `-k PROXY` sends those about both sides alone. Further arguments go to pytest.

    With --load, exit code 1 says that an answer was lost, or came to another request; numbers go to load.json in --report-dir.
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
    if any(word.startswith(("-n", "--num", "--dist", "--tx")) for word in pytest_args):
        raise UsageError("both sides of a proxy are watched one request at a time: leave out -n")
    of_load = {name: given.pop(name) for name in _OF_LOAD}
    _refuse_what_is_ignored(context, of_load, pytest_args)
    if upstream_fault:
        _known(upstream_fault)
    proxy = from_options(base_url, Path(target) if target else None, None)
    if proxy is None:
        raise UsageError("behind needs a proxy: give --target FILE.toml, or --base-url URL")
    network = NetworkOptions(given["proxy"], given["ca_bundle"], given["client_cert"], given["no_env"])
    try:
        with Upstream().listening(upstream_port) as upstream:
            click.echo(f"reference gateway as the upstream of {proxy.name} at {upstream.url}")
            sending = Sending(route=route_to(proxy, network), upstream=upstream)
            looking = Settings.live(proxy, Selection.of(given["surface"]), sending)
            loading = _loading(looking, upstream, of_load, given["report_dir"]) if of_load["load"] else None
            click.echo(str(wait_until_reached(looking, upstream)))
            if loading:
                sys.exit(loading.run(upstream))
            if upstream_fault:
                sys.exit(
                    _upstream_faults(upstream_fault, looking, upstream, {"base_url": base_url, "target": target}, given)
                )
            arguments = as_arguments({"base_url": base_url, "target": target, **given}.items())
            sys.exit(run_as_command([*arguments, *pytest_args], [Watching(upstream)]))
    except ServeError as error:
        raise UsageError(str(error)) from None


def _refuse_what_is_ignored(context: click.Context, of_load: Mapping[str, Any], further: tuple[str, ...]) -> None:
    """Raises `UsageError` on an option that is about cases where a load is asked for, or the other way round."""
    for option in context.command.params:
        if context.get_parameter_source(str(option.name)) is not ParameterSource.COMMANDLINE:
            continue
        if option.name in of_load and not of_load["load"]:
            raise UsageError(f"{option.opts[0]} is about a load: give --load N too")
        if of_load["load"] and isinstance(option, click.Option) and option.name not in {*of_load, *_OF_BOTH}:
            raise UsageError(f"{option.opts[0]} is about cases, and --load runs none: leave out one of them")
    if of_load["load"] and further:
        raise UsageError(f"{further[0]} is for pytest, and --load runs no cases: leave out one of them")
    if math.isnan(of_load["load_seconds"]):
        raise UsageError("--load-seconds nan is no time: give a number of seconds")


def _loading(
    settings: "Settings", upstream: "Upstream", of_load: Mapping[str, Any], report_dir: str | None
) -> "Loading":
    """The load that the options ask for. Raises `UsageError`."""
    from conformance.behind.load import Bounds
    from conformance.behind.loading import prepared

    bounds = Bounds(of_load["load"], of_load["load_requests"], of_load["load_seconds"])
    return prepared(settings, upstream.url, bounds, of_load["proxy_pid"], Path(report_dir) if report_dir else None)


def _known(name: str) -> list[str]:
    """The faults that are meant. Raises `UsageError`."""
    from conformance.behind.upstream_faults import TROUBLES
    from conformance.reference.faults import FAULTS

    everything = [*TROUBLES, *FAULTS]
    if name != "all" and name not in everything:
        raise UsageError(unknown_name("fault", name, everything, "`gateway-conformance serve --fault list` names them"))
    return everything if name == "all" else [name]


def _upstream_faults(
    wanted: str, settings: "Settings", upstream: "Upstream", proxy: Mapping[str, str | None], given: Mapping[str, Any]
) -> int:
    """Tells what becomes of faults upstream; gives the exit code: 1 where the proxy hides one, or makes it worse."""
    from conformance.behind.upstream_faults import TROUBLES, Faults, as_json, as_markdown, troubles

    directory = Path(given["report_dir"]) if given["report_dir"] else None
    if directory:
        _check_writable(directory)
    names = _known(wanted)
    faults = Faults(
        {**proxy, **{name: given[name] for name in ("proxy", "ca_bundle", "client_cert", "no_env")}}, upstream
    )
    passages = []
    for name in names:
        for passage in troubles(settings, [name]) if name in TROUBLES else [faults.passage(name)]:
            passages.append(passage)
            click.echo(f"{passage.outcome:<9} {passage.fault:<44} {one_line(passage.seen)[:160]}")
    counts = Counter(one.outcome for one in passages)
    click.echo(", ".join(f"{number} {outcome}" for outcome, number in sorted(counts.items())))
    if directory:
        (directory / "upstream-faults.json").write_text(as_json(passages), encoding="utf-8")
        (directory / "upstream-faults.md").write_text(as_markdown(passages), encoding="utf-8")
        click.echo(f"{directory / 'upstream-faults.md'}")
    return EXIT_NONCONFORMANT if counts["hidden"] or counts["worse"] else EXIT_CONFORMANT


def _check_writable(directory: Path) -> None:
    """Raises `UsageError` if nothing can be written there: told before anything is sent."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
        (directory / "upstream-faults.md").open("a", encoding="utf-8").close()
    except OSError as error:
        raise UsageError(f"cannot write to {directory}: {error.strerror}") from None
