"""`gateway-conformance verify-certificate`: whether a certificate holds, found out offline."""

import sys
from pathlib import Path

import click

from conformance.commands.options import DIRECTORY, Command
from conformance.errors import UsageError


@click.command("verify-certificate", cls=Command, example="verify-certificate certificate --trusted key.pem.pub")
@click.argument("certificate", type=DIRECTORY, metavar="CERTIFICATE")
@click.option(
    "--trusted", type=DIRECTORY, metavar="FILE.pub", multiple=True, required=True, help="A public key that you trust."
)
@click.option("--revocations", type=DIRECTORY, metavar="FILE", help="The issuer's file of revocations.")
@click.option("--accept-deviations", is_flag=True, help="Take known deviations.")
@click.option(
    "--accept-demonstration", is_flag=True, help="Take one that rests on the reference gateway, as what it is."
)
def command(
    certificate: Path, *, trusted: tuple[Path, ...], revocations: Path | None, accept_deviations: bool,
    accept_demonstration: bool,
) -> None:  # fmt: skip
    """Tell whether a certificate holds: signature, files, dates, completeness, and the kept exchanges judged anew.

    Nothing is sent. Exit code 0, or 1 with what is wrong.
    """
    from conformance.certify import keys
    from conformance.certify.verifying import Demands, verify
    from conformance.report.safe import one_line

    demands = Demands(
        [keys.public(path) for path in trusted],
        accepts_deviations=accept_deviations,
        accepts_demonstration=accept_demonstration,
        revocations=revocations,
    )
    try:
        found = verify(certificate, demands)
    except UsageError:
        raise
    except (
        Exception
    ) as error:  # each way that is known is told better; what breaks it otherwise is no certificate either
        click.echo(f"the certificate does not hold: it cannot be read ({type(error).__name__})")
        sys.exit(1)
    for step in found.steps:
        mark = "WRONG" if step.problems else "ok" if step.is_checked else "open"
        click.echo(f"{mark:<6} {one_line(step.title)}")
        for problem in step.problems:
            click.echo(f"       {one_line(problem)}")
    if found.statement and found.holds:
        facts = found.statement.facts
        click.echo(f"{one_line(facts.target.name)}: {facts.certificate_class}; {one_line('; '.join(facts.scope))}")
        click.echo(f"issued {facts.issued_at:%Y-%m-%d}, valid until {facts.valid_until:%Y-%m-%d}")
        if facts.supersedes:
            click.echo(f"supersedes {facts.supersedes}")
        click.echo(one_line(facts.proves))
    else:
        click.echo("the certificate does not hold")
    sys.exit(0 if found.holds else 1)
