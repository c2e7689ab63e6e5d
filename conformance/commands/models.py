"""`gateway-conformance models`: what a target serves, by surface."""

from collections.abc import Iterator
from pathlib import Path

import click
import msgspec
from rich.console import Console
from rich.table import Table

from conformance.commands.options import Command, of_run
from conformance.errors import UsageError
from conformance.report.safe import one_line
from conformance.runs import options
from conformance.runs.selection import Selection
from conformance.runs.sending import Sending
from conformance.runs.settings import Settings
from conformance.targets import target as targets
from conformance.targets.network import NetworkOptions, route_to
from conformance.targets.served import Model, models
from conformance.targets.services import Listing
from conformance.wire.rate import RateLimiter


@click.command("models", cls=Command, example="models --base-url http://127.0.0.1:8765 --json")
@of_run(*options.TARGET, *options.NETWORK, options.SURFACE)
@click.option("--listed", "only_listed", is_flag=True, help="Only what the workspace lists: no model is asked.")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
def command(
    *, base_url: str | None, target: str | None, profile: str | None, surface: str, proxy: str | None, ca_bundle: str | None,
    client_cert: str | None, no_env: bool, only_listed: bool, as_json: bool,
) -> None:  # fmt: skip
    """List which models a target serves: what the workspace lists as model services, and what answers a tiny request.

    Each model is asked for a word on each surface that may serve it: some 60 requests of a few tokens.
    """
    found = targets.from_options(base_url, Path(target) if target else None, profile)
    if found is None:
        raise UsageError(
            "models are those of a target: give --base-url https://<workspace>, --target FILE.toml or --profile NAME"
        )
    route = route_to(found, NetworkOptions(proxy, ca_bundle, client_cert, no_env))
    settings = Settings.live(found, Selection.of(surface), Sending(route=route, rate_limiter=RateLimiter(found.limits)))
    preflight = settings.look()
    settings.look(retries=False).check()
    listed = preflight.services()
    surfaces = [name for name in found.surfaces if name in (settings.selection.surfaces or found.surfaces)]
    rows = list(models(found, listed, None if only_listed else preflight, surfaces))
    if as_json:
        document = {"target": found.name, "listing": listed.trouble or "whole", "models": rows}
        click.echo(msgspec.json.format(msgspec.json.encode(document), indent=1).decode())
        return
    console = Console(highlight=False, soft_wrap=True)
    console.print(_table(rows, surfaces, listed))
    for line in lines(rows, listed):
        console.print(line, markup=False)


def lines(rows: list[Model], listed: Listing) -> Iterator[str]:
    """What the table does not say: what is wrong with the listing, and why a model is not simply served."""
    if listed.trouble:
        yield f"listing: {one_line(listed.trouble)}"
    reasons = dict[str, list[str]]()
    for row in rows:
        for surface, seen in row.surfaces.items():
            if seen.why:
                # The same is said of one model after the other: it is told once.
                reason = f"{seen.state}: {one_line(seen.why).replace(row.name, '…')}"
                reasons.setdefault(reason, []).append(f"{row.name} on {surface}")
    for reason, places in reasons.items():
        yield f"{reason} ({', '.join(places)})"
    if any(seen.state == "not served" for row in rows for seen in row.surfaces.values()):
        yield "A model that the caller may not use can be answered as one that is not there: EXECUTE on it may be missing."


def _table(rows: list[Model], surfaces: list[str], listed: Listing) -> Table:
    table = Table()
    for name in ("model", "listed", *surfaces):
        table.add_column(name, no_wrap=True)
    for row in rows:
        cells = [row.surfaces[surface].state if surface in row.surfaces else "-" for surface in surfaces]
        table.add_row(row.name, "yes" if row.listed else "no" if listed.services else "-", *cells)
    return table
