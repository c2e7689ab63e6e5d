"""`gateway-conformance plan`: what a run would send, spend and take, told without sending anything."""

import math
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import click
import msgspec
from rich.console import Console
from rich.table import Table

from conformance.checks.verdicts import EXIT_BROKEN
from conformance.commands.options import TO_PYTEST, Command, of_run, refuse_repeated
from conformance.errors import UsageError
from conformance.plan.estimate import Pace, Plan, Spent, plan
from conformance.plan.prices import Prices
from conformance.plan.rehearsal import BrokenRehearsal, rehearse
from conformance.runs import options
from conformance.runs.from_options import MOST_CONCURRENT
from conformance.targets import target as targets

_SELECTION = tuple(option for option in options.SELECTION if option.name != "report-dir")
_REHEARSED = frozenset(option.name.replace("-", "_") for option in (*options.TARGET, *_SELECTION))
"""Options that decide about what is sent; the others of `run` are taken, so that its command line is that of its plan."""
_ANY_WORKSPACE = "https://workspace.invalid"
"""Stands for a workspace that is not named: nothing is sent, and the documented paths and models are the same for all."""
_MEGABYTE = 1_000_000


@click.command(
    "plan",
    cls=Command,
    example="plan --base-url https://my-workspace.example --cheap --concurrency 4",
    context_settings=TO_PYTEST,
)
@of_run(options.LIVE, *options.TARGET, options.CASSETTES, *_SELECTION, *options.LIMITS)
@click.option(
    "--prices", "price_file", metavar="FILE.toml", type=click.Path(path_type=Path), help="What a million tokens cost."
)
@click.option(
    "--concurrency",
    metavar="N",
    type=click.IntRange(1, MOST_CONCURRENT),
    default=8,
    show_default=True,
    help="Requests at once.",
)
@click.option(
    "--latency",
    metavar="S",
    type=click.FloatRange(0, min_open=True),
    default=1.0,
    show_default=True,
    help="Seconds that a request takes.",
)
@click.option(
    "--rpm",
    metavar="N",
    type=click.IntRange(1),
    help="Requests a minute that are allowed.  [default: as in the target file]",
)
@click.option(
    "--tpm",
    metavar="N",
    type=click.IntRange(1),
    help="Tokens a minute that are allowed, in and out.  [default: as in the target file]",
)
@click.option("--json", "as_json", is_flag=True, help="Print the plan as JSON.")
@click.argument("pytest_args", nargs=-1, type=click.UNPROCESSED)
def command(pytest_args: tuple[str, ...], price_file: Path | None, *, as_json: bool, **given: Any) -> None:
    """Tell what a run would send, spend and take: nothing is sent to any host, and no credential is needed.

    Takes the options and arguments of `run`. Without a target, a workspace with the documented paths and models is meant.
    """
    refuse_repeated(pytest_args)
    if given["cassettes"]:
        raise UsageError("a replay sends nothing: leave out --cassettes")
    wanted = {name: value for name, value in given.items() if name in _REHEARSED}
    prices = Prices.read(price_file) if price_file else None
    target = targets.from_options(wanted["base_url"], Path(wanted["target"]) if wanted["target"] else None)
    if target is None:
        wanted["base_url"] = _ANY_WORKSPACE
        target = targets.from_base_url(_ANY_WORKSPACE, "a workspace")
    try:
        told = target.limits.overridden(given["rpm"], given["tpm"])
    except ValueError as error:
        raise UsageError(str(error)) from None
    pace = Pace(
        concurrency=int(min(given["concurrency"], told.concurrency)),
        latency_s=given["latency"],
        requests_a_minute=_limited(told.requests_per_minute),
        tokens_a_minute=_limited(told.tokens_per_minute),
    )
    try:
        made = plan(target.name, rehearse(target, wanted, pytest_args), pace, prices)
    except BrokenRehearsal as broken:
        click.echo(f"gateway-conformance: the suite itself broke: {broken}", err=True)
        sys.exit(EXIT_BROKEN)
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(made), indent=1).decode())
        return
    console = Console(highlight=False, soft_wrap=True)
    console.print(_table(made))
    for line in lines(made, given["max_time"]):
        console.print(line, markup=False)


def _limited(a_minute: float) -> float | None:
    return None if math.isinf(a_minute) else a_minute


def lines(made: Plan, max_time_s: float) -> Iterator[str]:
    """What the table does not say: the time, what is in the numbers, and what is not."""
    pace, took = made.duration.pace, made.duration
    limits = {"requests": pace.requests_a_minute, "tokens": pace.tokens_a_minute}
    limited = "".join(f", {limit:g} {what} a minute" for what, limit in limits.items() if limit)
    yield (
        f"time: {timedelta(seconds=round(took.seconds))} at {pace.concurrency} at once and {pace.latency_s:g} s a request"
        f"{limited}; bound by {took.bound_by}"
    )
    if took.seconds > max_time_s:
        yield f"      longer than --max-time ({max_time_s:g} s): give a higher one"
    if made.unpriced:
        yield f"no price: {', '.join(made.unpriced)}; the cost is without them"
    yield f"of these, before the first case: {made.preflight.requests} requests"
    yield f"without a cap: {made.uncapped} requests"
    for word in made.counted:
        yield f"- {word}"


def _table(made: Plan) -> Table:
    """By surface, family and model, and all in all."""
    table = Table(title=f"{made.target}: {made.cases} cases; nothing is sent for this plan", title_justify="left")
    table.add_column("", no_wrap=True, min_width=max(len(share.name) for share in made.models))
    for name in ("requests", "MB", "tokens in", "tokens out, at most"):
        table.add_column(name, justify="right")
    if made.currency:
        table.add_column(f"{made.currency}, at most", justify="right")
    for shares in (made.surfaces, made.families, made.models):
        for share in shares:
            table.add_row(*_row(share.name or "none", share.spent))
        table.add_section()
    table.add_row(*_row("all", made.total), style="bold")
    return table


def _row(name: str, spent: Spent) -> list[str]:
    counts = [f"{spent.requests}", f"{spent.bytes / _MEGABYTE:.2f}", f"{spent.input_tokens}", f"{spent.output_tokens}"]
    return [name, *counts, *([] if spent.cost is None else [f"{spent.cost:.2f}"])]
