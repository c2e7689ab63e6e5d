"""The example at the end of what `--help` tells of a command."""

from typing import Any

import click

PROGRAM = "gateway-conformance"


class WithExample(click.Command):
    """A command with an example of its use: a line as it is typed, but for the name of the program."""

    def __init__(self, *args: Any, example: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.example = f"{PROGRAM} {example}"

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 (it is click's)
        """Shows it, in one line: whoever copies it gets it whole."""
        with formatter.section("Example"):
            formatter.write(f"  {self.example}\n")
