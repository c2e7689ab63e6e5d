"""gateway-conformance: the group of commands. Each lies in a file of its own, which is imported when it is needed."""

import sys
from importlib import import_module
from typing import Any

import click

from conformance import __version__
from conformance.commands.example import WithExample
from conformance.errors import UsageError, unknown_name

EXIT_USAGE = 4
COMMANDS = {
    "behind": "Judge a proxy by both of its sides; the reference gateway stands behind it.",
    "certify": "Certify what a live run has shown of a target, signed.",
    "compare": "Tell what changed between two runs, two sets of recordings, or two versions of a client.",
    "deviations": "Draft the file of known deviations from a report, or drop what passes now.",
    "explain": "Show one requirement: what it says, its source, its cases and faults.",
    "fuzz": "Explore a live target with requests that nobody wrote.",
    "generate": "Make the generated requests anew from the OpenAPI specs.",
    "github": "Tell of a report in GitHub Actions: annotations, step summary, badge.",
    "history": "Show verdicts over time, and whether what changed is confirmed.",
    "keygen": "Make a key that signs certificates.",
    "list": "Show the catalogue: every requirement, one a line.",
    "matrix": "Make a site of many reports: targets by requirements and capabilities.",
    "merge": "Make one report of those of all shards of a run.",
    "models": "List which models a target serves, by surface.",
    "plan": "Tell what a run would send, spend and take; nothing is sent.",
    "profiles": "List the profiles: frozen sets of requirements that a run may be about.",
    "prove": "Prove the suite: each fault is reported for the stated reason.",
    "record": "Judge a gateway live, and keep its answers for replay.",
    "revoke": "Revoke a certificate.",
    "run": "Judge a gateway; without a target, replay the bundled recordings.",
    "sdk": "Observe the client libraries that are installed here.",
    "serve": "Start the reference gateway on this machine.",
    "target": "Write a target file by looking at a gateway, or check one.",
    "verify": "Tell whether recordings are whole, unaltered and without secrets.",
    "verify-certificate": "Tell whether a certificate holds, offline.",
}
"""What each command does, by its name: that of the module of `conformance.commands` that holds it, as `command`."""

HELP = """Does this LLM gateway keep the contract that Databricks' Unity AI Gateway documents?

\b
Exit codes: 0 conformant, 1 nonconformant, 2 inconclusive, 3 the suite itself broke, 4 wrong usage.
The token comes from the environment: DATABRICKS_TOKEN, or the variable that the target file names; or from --profile.
"""


class Commands(WithExample, click.Group):
    """Loads a command when it is named, and ends every mistake of the user in one line and exit code 4."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of the commands, for --help."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of this name, imported now; None if there is none."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"conformance.commands.{cmd_name.replace('-', '_')}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that is named first. Raises `UsageError` if there is none of this name."""
        if args[0] not in COMMANDS and not args[0].startswith("-") and not ctx.resilient_parsing:
            raise UsageError(unknown_name("command", args[0], COMMANDS, "see `gateway-conformance --help`"))
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Lists the commands without importing one."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Runs a command; click's own complaints and ours read alike."""
        try:
            return super().main(*args, **{**kwargs, "standalone_mode": False})
        except click.exceptions.Exit as done:
            sys.exit(done.exit_code)
        except click.exceptions.NoArgsIsHelpError as error:
            click.echo(error.format_message(), err=True)
            sys.exit(EXIT_USAGE)
        except click.ClickException as error:
            context = error.ctx if isinstance(error, click.UsageError) else None
            hint = f"see `{context.command_path} --help`" if context else ""
            if isinstance(error, click.NoSuchOption):
                known = [name for option in context.command.params for name in option.opts] if context else []
                self._end(unknown_name("option", error.option_name, known, hint))
            self._end("; ".join(filter(None, (error.format_message().rstrip("."), hint))))
        except UsageError as error:
            self._end(str(error))
        except (click.Abort, KeyboardInterrupt):
            sys.exit(130)

    @staticmethod
    def _end(message: str) -> None:
        from conformance.report.safe import one_line  # only here: most commands end well

        # It may quote a file or a file's name, which somebody else may have given it.
        click.echo(f"gateway-conformance: {' '.join(one_line(message).split())}", err=True)
        sys.exit(EXIT_USAGE)


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"]},
    help=HELP,
    example="run --smoke --report-dir report",
)
@click.version_option(__version__, prog_name="gateway-conformance")
def main() -> None:
    """Runs a command."""
