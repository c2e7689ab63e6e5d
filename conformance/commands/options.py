"""What several commands share: their options, and how each mistake in them is told in one line."""

from collections import Counter
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click

Decorator = Callable[[Any], Any]

TO_PYTEST = {"ignore_unknown_options": True, "allow_interspersed_args": True}
"""The settings of a command that hands what it does not know on to pytest."""


class Command(click.Command):
    """A command that takes each option with a value once: of two values, click would silently forget the first."""

    def make_parser(self, ctx: click.Context) -> Any:
        """click's parser, which raises `click.UsageError` on an option that is given twice."""
        parser = super().make_parser(ctx)
        parse = parser.parse_args

        def parse_once(args: list[str]) -> Any:
            values, rest, order = parse(args)
            for option, times in Counter(order).items():
                if times > 1 and isinstance(option, click.Option) and not (option.multiple or option.is_flag):
                    raise click.UsageError(f"{option.opts[0]} is given {times} times: it takes one value", ctx)
            return values, rest, order

        parser.parse_args = parse_once  # type: ignore[method-assign]  # the parser is this call's own
        return parser


def options(*given: Decorator) -> Decorator:
    """Several options as one decorator, in the order in which --help shows them."""

    def add(command: Any) -> Any:
        for option in reversed(given):
            command = option(command)
        return command

    return add


DIRECTORY = click.Path(path_type=Path)
"""A path as the user gave it; whether it can be used is told by whoever uses it."""

target_options = options(
    click.option("--base-url", metavar="URL", help="The workspace root, such as https://my-workspace.example."),
    click.option("--target", metavar="FILE.toml", help="A target file: URLs, models and credentials of any gateway."),
)
surface_option = click.option(
    "--surface", default="", metavar="NAMES", help="Only chat, responses, gemini, serving; comma-separated."
)
selection_options = options(
    click.option("--report-dir", metavar="DIR", help="Where the report goes.  [default: reports/<run>]"),
    surface_option,
    click.option("--level", default="", metavar="LEVELS", help="Only MUST, SHOULD, MAY, INFO; comma-separated."),
    click.option("--requirement", default="", metavar="IDS", help="Only these requirements; comma-separated."),
    click.option("--cheap", is_flag=True, help="Leave out what sends much: hundreds of images, megabytes."),
    click.option(
        "--corpus",
        metavar="SIZE",
        help="Of the requests made from the specs: none, smoke, standard, full, or a file of them.  [default: standard, "
        "smoke with --cheap]",
    ),
    click.option("--statistics", is_flag=True, help="Add what asks the same many times over: defaults of effort."),
    click.option("--all-models", is_flag=True, help="Add the models of which the documents tell no limits."),
)
limit_options = options(
    click.option("--timeout", metavar="S", default=120.0, show_default=True, help="Longest silence, in seconds."),
    click.option(
        "--total-timeout", metavar="S", default=300.0, show_default=True, help="Longest exchange, in seconds."
    ),
    click.option("--max-body", metavar="MB", default=16.0, show_default=True, help="Largest answer that is read."),
    click.option(
        "--patience",
        metavar="S",
        default=600.0,
        show_default=True,
        help="What requests to one URL may cost, in seconds, while none is answered; then nothing more is sent there.",
    ),
)


def as_pytest_options(command: Callable[[list[str]], None]) -> Callable[..., None]:
    """Hands a command its options as the plugin names them for pytest, and the further arguments behind them."""

    @wraps(command)
    def run(pytest_args: tuple[str, ...], **given: Any) -> None:
        forwarded = []
        for name, value in given.items():
            if value is True:
                forwarded.append(f"--gateway-{name.replace('_', '-')}")
            elif value is not None and value is not False and value != "":  # 0 is a value, though equal to False
                forwarded.append(f"--gateway-{name.replace('_', '-')}={value}")
        command([*forwarded, *pytest_args])

    return run
