"""`gateway-conformance fuzz`: free exploration of a live target."""

import math
import secrets
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from hypothesis.errors import HypothesisWarning

from conformance.checks.verdicts import EXIT_CONFORMANT, EXIT_NONCONFORMANT
from conformance.commands.options import Command, of_run
from conformance.errors import UsageError
from conformance.fuzz.budget import Budget
from conformance.fuzz.exploring import Discovery, Explorer
from conformance.report.exchange_text import curl
from conformance.report.safe import one_line
from conformance.requirements import catalogue
from conformance.runs import options
from conformance.runs.selection import Selection
from conformance.runs.sending import Sending
from conformance.runs.settings import Settings
from conformance.targets.network import NetworkOptions, route_to
from conformance.targets.target import Target, from_options
from conformance.wire.rate import RateLimiter
from conformance.wire.sender import Limits


@click.command(
    "fuzz",
    cls=Command,
    example="fuzz --base-url http://127.0.0.1:8765 --surface chat --requests 100 --keep found.jsonl",
)
@of_run(*options.TARGET, *options.NETWORK, options.SURFACE)
@click.option("--requests", type=click.IntRange(min=1), default=500, show_default=True, help="Most requests.")
@click.option("--seconds", type=click.FloatRange(min=1), default=300.0, show_default=True, help="Longest time.")
@click.option(
    "--tokens", type=click.IntRange(min=1), default=50_000, show_default=True, help="Most tokens, in and out."
)
@click.option(
    "--seed", type=click.IntRange(min=0), help="Draws the same requests again.  [default: a new one, printed]"
)
@click.option("--keep", metavar="FILE.jsonl", help="Keep what is found as cases: `run --corpus FILE.jsonl` sends them.")
@of_run(*options.EXCHANGE_LIMITS)
def command(
    *, base_url: str | None, target: str | None, profile: str | None, surface: str, keep: str | None, proxy: str | None,
    ca_bundle: str | None, client_cert: str | None, no_env: bool, **limits: Any,
) -> None:  # fmt: skip
    """Explore a live target with requests that nobody wrote, and make small what they find.

    Exit codes: 0 nothing found, 1 something found, 4 wrong usage.
    """
    reached = from_options(base_url, Path(target) if target else None, profile)
    if reached is None:
        raise UsageError(
            "fuzz needs a target: give --base-url https://<workspace>, --target FILE.toml or --profile NAME"
        )
    network = NetworkOptions(proxy, ca_bundle, client_cert, no_env)
    sys.exit(run(reached, network, surfaces=surface, keep=Path(keep) if keep else None, **limits))


def run(
    target: Target, network: NetworkOptions, *, surfaces: str, requests: int, seconds: float, tokens: int,
    seed: int | None, keep: Path | None, **limits: float,
) -> int:  # fmt: skip
    """Explores a target within the limits of the options, tells what is found, gives the exit code. Raises `UsageError`."""
    if math.isnan(seconds):
        raise UsageError("--seconds nan is no time: give a number of seconds")
    number = secrets.randbelow(2**32) if seed is None else seed
    selection = Selection.of(surfaces)
    sending = Sending(_limits_of(limits), route_to(target, network), RateLimiter(target.limits))
    session = Settings.live(target, selection, sending)
    if keep:
        _check_writable(keep)
    session = session.without(session.preflight())
    budget = Budget(requests, seconds, tokens)
    click.echo(f"seed {number}; at most {requests} requests, {seconds:g} s, {tokens} tokens")
    found = 0
    # Schemathesis draws from large lists; hypothesis wants to see them written out, and complains of their length.
    warnings.simplefilter("ignore", HypothesisWarning)
    for discovery in Explorer(session, budget, number).explore(selection.surfaces):
        found += 1
        _tell(discovery, found, session)
        if keep:
            with keep.open("a", encoding="utf-8") as file:
                file.write(discovery.case.to_line() + "\n")
    kept = (
        f"; kept in {keep}: `gateway-conformance run --live … --corpus {keep}` sends them again"
        if keep and found
        else ""
    )
    click.echo(
        f"{found or 'nothing'} found with {budget.sent} requests, {budget.elapsed_s:.0f} s, {budget.used} tokens{kept}"
    )
    return EXIT_NONCONFORMANT if found else EXIT_CONFORMANT


def _limits_of(limits: dict[str, float]) -> Limits:
    try:
        return Limits.from_options(**limits)
    except ValueError as error:
        raise UsageError(str(error)) from None


def _check_writable(keep: Path) -> None:
    if keep.suffix != ".jsonl":
        raise UsageError(f"--keep {keep}: give a file that ends in .jsonl")
    try:
        keep.parent.mkdir(parents=True, exist_ok=True)
        keep.open("a", encoding="utf-8").close()
    except OSError as error:
        raise UsageError(f"cannot keep anything in {keep}: {error.strerror}") from None


def _tell(discovery: Discovery, number: int, session: Settings) -> None:
    """A discovery in the form of every failure: the requirement, expected, actual, and a curl that shows it again."""
    text: Callable[[str], str] = session.redactor.text
    row, finding = catalogue()[discovery.requirement], discovery.finding
    click.echo("")
    click.secho(f"{number}. {row.id}  {row.level}  {one_line(text(finding.message))}", bold=True)
    if finding.expected:
        click.echo(f"  expected  {one_line(text(finding.expected))}")
    click.echo(f"  actual    {one_line(text(finding.actual))}")
    click.echo(f"  {text(curl(discovery.exchange, ''))}")
