"""`gateway-conformance certify`: a certificate of what a run has shown."""

import os
import sys
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

import click

from conformance.commands import completion
from conformance.commands.options import DIRECTORY, Command, text
from conformance.errors import UsageError

if TYPE_CHECKING:
    from securesystemslib.signer import CryptoSigner

    from conformance.certify.making import Order

_SECRET_VARIABLES = ("_TOKEN", "_KEY", "_SECRET", "_PASSWORD")
"""How the names of environment variables end that hold secrets, of this suite or of others: DATABRICKS_TOKEN is one of them."""


@click.command("certify", cls=Command, example="certify reports/nightly --conformance-profile chat --key key.pem")
@click.argument("report", required=False, type=DIRECTORY)
@click.option("--base-url", metavar="URL", help="Run against this workspace first, instead of certifying a REPORT.")
@click.option("--target", metavar="FILE.toml", type=DIRECTORY, help="Run against this target first.")
@click.option(
    "--conformance-profile",
    "--profile",
    "wanted",
    required=True,
    metavar="NAME",
    shell_complete=completion.one_of(completion.profiles),
    help="What it is held to: see `gateway-conformance profiles`. The shorter name is not `run --profile`.",
)
@click.option("--deviations", type=DIRECTORY, metavar="FILE", help="For a run: the known deviations.")
@click.option("--key", type=DIRECTORY, metavar="FILE", help="The key to sign with.  [default: GATEWAY_CONFORMANCE_KEY]")
@click.option(
    "--issuer", metavar="NAME", default="", callback=text, help="Who certifies.  [default: the id of the key]"
)
@click.option(
    "--output",
    type=DIRECTORY,
    metavar="DIR",
    default=Path("certificate"),
    show_default=True,
    help="Where it goes, and beside it the report of a run.",
)
@click.option("--supersedes", type=DIRECTORY, metavar="DIR", help="The certificate before it.")
@click.option(
    "--demonstration", is_flag=True, help="Certify even if the reference gateway answers: of a class that says so."
)
def command(
    report: Path | None, *, base_url: str | None, target: Path | None, wanted: str, deviations: Path | None, key: Path | None,
    issuer: str, output: Path, supersedes: Path | None, demonstration: bool,
) -> None:  # fmt: skip
    """Certify a live run: REPORT, or one that is made now against --base-url or --target.

    What is required by the profile has to be decided, and kept but for known deviations; the report, its evidence and the
    certificate have to say the same. What is against it is told in one line, with exit code 4, and no certificate is written;
    the report of a run stays beside --output.
    """
    from conformance import profiles
    from conformance.certify import keys
    from conformance.certify.making import Order, check_free
    from conformance.certify.revocations import digest_of_own

    if (report is None) == (base_url is None and target is None):
        raise UsageError("give a REPORT, or --base-url or --target for a run that is made now, and not both")
    signer, profile = keys.private(key), profiles.named(wanted)
    named = issuer.strip() or f"key {signer.public_key.keyid[:16]}"
    if report is not None:
        if deviations:
            raise UsageError("--deviations is for the run: `run --deviations FILE`, then certify its report")
        order = Order(report, profile, named, demonstration=demonstration, supersedes=supersedes)
        _certify(order, signer, output, secrets_in_use())
        return
    from conformance.report.results import RESULTS
    from conformance.runs import session
    from conformance.runs.options import as_arguments

    made_now = output.with_name(f"{output.name}-report")
    # What can be known before anything is sent.
    secrets = secrets_in_use(target)
    check_free(output)
    if supersedes:
        digest_of_own(supersedes, signer)
    if made_now.exists():
        raise UsageError(
            f"{made_now} is there already, where the report of the run would go: `certify {made_now}`, or another --output"
        )
    given = {
        "base_url": base_url, "target": target, "conformance_profile": profile.full_name, "deviations": deviations,
        "report_dir": made_now,
    }  # fmt: skip
    status = session.run_as_command(as_arguments(given.items()))
    if not (made_now / RESULTS).is_file():
        sys.exit(status)
    order = Order(made_now, profile, named, demonstration=demonstration, supersedes=supersedes)
    _certify(order, signer, output, secrets)


def secrets_in_use(target: Path | None = None) -> frozenset[str]:
    """What a certificate may not hold: whatever the environment calls a token or the like, and what the target file sends.

    Raises `UsageError` on a target file that is none.
    """
    from conformance.wire.redact import is_mere_word

    found = {value for name, value in os.environ.items() if name.upper().endswith(_SECRET_VARIABLES)}
    if target:
        from conformance.targets.target import from_file

        described = from_file(target)
        found |= {os.environ.get(described.token_env, ""), *described.secret_headers()}
    return frozenset(value for value in found if not is_mere_word(value))


def _certify(order: "Order", signer: "CryptoSigner", output: Path, secrets: Collection[str]) -> None:
    from conformance.certify.making import certify
    from conformance.report.bounded import untrusted
    from conformance.report.safe import one_line

    with untrusted(f"what {order.report} holds"):
        made = certify(order, signer, output, secrets=secrets)
    facts = made.statement.facts
    click.echo(f"{one_line(facts.target.name)}: {facts.certificate_class}; {one_line('; '.join(facts.scope))}")
    click.echo(f"valid until {facts.valid_until:%Y-%m-%d}: {facts.valid_because}")
    click.echo(one_line(facts.proves))
    click.echo(one_line(f"certificate: {made.directory / 'certificate.html'}"))
