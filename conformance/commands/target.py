"""`gateway-conformance target`: writes a target file by looking at a gateway, and tells what one claims."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from conformance.commands.options import DIRECTORY, Command, Group, of_run
from conformance.errors import UsageError
from conformance.runs import options

if TYPE_CHECKING:
    from conformance.targets.credentials import Credential
    from conformance.targets.looking import Found
    from conformance.targets.target import Target
    from conformance.wire.route import Route


@click.group("target", cls=Group, example="target init http://127.0.0.1:8765 --output my-proxy.toml")
def command() -> None:
    """Write a target file, which says what is under test and what it claims, or check one."""


@command.command("init", cls=Command, example="target init http://127.0.0.1:8765 --output my-proxy.toml")
@click.argument("url", metavar="URL")
@click.option(
    "--token-env", metavar="NAME", help="The variable that holds the token.  [default: DATABRICKS_TOKEN, if set]"
)
@click.option("--profile", metavar="NAME", help="Of ~/.databrickscfg, instead of a token.")
@click.option(
    "--output", metavar="FILE", type=DIRECTORY, default="target.toml", show_default=True, help="Never overwritten."
)
@of_run(*options.NETWORK)
def init(
    *, url: str, token_env: str | None, profile: str | None, output: Path, proxy: str | None, ca_bundle: str | None,
    client_cert: str | None, no_env: bool,
) -> None:  # fmt: skip
    """Write a target file by looking at what answers below URL: surfaces, listed models, authentication.

    Some twenty tiny requests are sent. Each table has a comment, and what was not found is there as an example.
    """
    from datetime import UTC, datetime

    from conformance.targets.draft import draft
    from conformance.targets.network import NetworkOptions, route_to
    from conformance.targets.target import Target, check_url

    if token_env and profile:
        raise UsageError("--token-env and --profile exclude each other: the profile gives the credential")
    host = check_url(url, "URL", "where the gateway lies")
    _refuse_existing(output)
    target = Target(host, {"chat": url.rstrip("/")}, profile=profile or "")
    route = route_to(target, NetworkOptions(proxy, ca_bundle, client_cert, no_env))
    target, credential = _credential(target, token_env, route)
    found = _look(url, target, credential, route)
    shown = credential.origin if token_env or (credential.auth_type != "none" and found.auth != "not wanted") else ""
    made_at = datetime.now(UTC).date().isoformat()
    text = draft(url, host, found, token_env="" if profile else shown, profile=profile or "", made_at=made_at)
    _write(output, text)
    for line in _told(found):
        click.echo(line)
    click.echo(f"written: {output}; look through it, then `gateway-conformance target check {output}`")


def _credential(target: "Target", token_env: str | None, route: "Route") -> tuple["Target", "Credential"]:
    """How to authenticate: as was given, or by the usual variable if that is set, or not at all. Raises `UsageError`."""
    import os
    from dataclasses import replace

    from conformance.targets.credentials import DEFAULT_TOKEN_ENV, NoCredential, from_environment

    if target.profile:
        return target, target.credential(route)
    name = token_env or DEFAULT_TOKEN_ENV
    if token_env or os.environ.get(name):
        return replace(target, token_env=name), from_environment(name)
    return replace(target, auth="none"), NoCredential(origin="")


def _look(url: str, target: "Target", credential: "Credential", route: "Route") -> "Found":
    """What answers below the URL. Raises `UsageError`."""
    from conformance.runs.sending import Sending
    from conformance.targets.looking import look
    from conformance.targets.preflight import SURFACES, Preflight
    from conformance.wire.redact import Redactor
    from conformance.wire.retry import RetryBudget
    from conformance.wire.sender import Limits

    redactor, limits = Redactor("", [url]), Limits()
    for secret in (*credential.secrets, *route.secrets):
        redactor.add_secret(secret)
    budget = RetryBudget(limits.retry_budget_s, limits.run_s)
    sender = Sending(limits=limits, route=route).sender(credential, redactor, budget, _LONGEST_S)
    mend = "" if credential.auth_type != "none" else "; set a token: --token-env NAME, or --profile NAME"
    try:
        return look(url, target, lambda one: Preflight(one, credential.origin, sender, SURFACES))
    except UsageError as error:
        raise UsageError(f"{error}{mend if 'refused (' in str(error) else ''}") from None


_LONGEST_S = 15.0
"""What one of the tiny requests may take."""


def _told(found: "Found") -> Iterator[str]:
    from conformance.report.wording import counted

    for surface, base in found.surfaces.items():
        yield f"{surface:<10} {base}"
    listed = {**found.gemini_models, **found.models}
    yield f"models     {', '.join(listed) or 'none that the documents name is listed'}"
    if found.unmatched:
        yield f"           {counted(len(found.unmatched), 'more model')} listed, under names that no document has: see the file"
    yield f"credential {'whether one is wanted is unclear' if found.auth == 'unclear' else found.auth}"


def _refuse_existing(output: Path) -> None:
    if output.exists():
        raise UsageError(f"{output} exists, and is not overwritten: give another --output")
    if not output.absolute().parent.is_dir():
        raise UsageError(f"cannot write {output}: there is no directory {output.absolute().parent}")


def _write(output: Path, text: str) -> None:
    """Writes a file that is not there, whole or not at all. Raises `UsageError`."""
    try:
        with output.open("x", encoding="utf-8") as file:
            try:
                file.write(text)
                file.flush()
            except OSError:
                output.unlink()
                raise
    except FileExistsError:
        _refuse_existing(output)
    except OSError as error:
        raise UsageError(f"cannot write {output}: {error.strerror}; give another --output") from None


@command.command("check", cls=Command, example="target check my-proxy.toml")
@click.argument("file", metavar="FILE", type=DIRECTORY)
def check(file: Path) -> None:
    """Tell what a target file claims, and what does not apply to it and why; nothing is sent."""
    from conformance.report.safe import one_line
    from conformance.targets.claims import claims, warnings
    from conformance.targets.target import from_file

    target = from_file(file)
    for line in claims(target):
        click.echo(one_line(line))
    for line in warnings(target):
        click.secho(f"warning: {one_line(line)}", fg="yellow")
