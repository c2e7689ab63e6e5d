"""`gateway-conformance generate`: the frozen requests of the corpus, made from the OpenAPI specs."""

import sys

import click

from conformance.commands.options import Command
from conformance.corpus import frozen
from conformance.corpus.generate import differences, write
from conformance.errors import UsageError


@click.command("generate", cls=Command, example="generate --check")
@click.option(
    "--check", is_flag=True, help="Write nothing; exit code 1 if the frozen requests are not what would be made."
)
def command(*, check: bool) -> None:
    """Make the generated requests anew from the OpenAPI specs, the same ones every time."""
    try:
        changed = differences(frozen.HERE) if check else write(frozen.HERE)
    except OSError as error:
        raise UsageError(f"cannot write the generated requests to {frozen.HERE}: {error.strerror}") from None
    state = ("differs" if check else "written") if changed else "as it has to be"
    for name in changed or [f"the corpus in {frozen.HERE}"]:
        click.echo(f"{name}: {state}")
    sys.exit(1 if check and changed else 0)
