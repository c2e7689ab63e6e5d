"""What several commands share: their options, and how each mistake in them is told in one line."""

from collections import Counter
from collections.abc import Callable, Sequence
from functools import wraps
from pathlib import Path
from typing import Any

import click

from conformance.commands import completion
from conformance.commands.example import WithExample
from conformance.runs.options import Option, as_arguments

Decorator = Callable[[Any], Any]

TO_PYTEST = {"ignore_unknown_options": True, "allow_interspersed_args": True}
"""The settings of a command that hands what it does not know on to pytest."""


class Command(WithExample, click.Command):
    """A command that takes each option with a value once, and not an empty one.

    Of two values click would silently forget the first, and with an empty one a run would be about everything.
    """

    def make_parser(self, ctx: click.Context) -> Any:
        """click's parser, which raises `click.UsageError` on an option that is given twice, or without a value."""
        parser = super().make_parser(ctx)
        parse = parser.parse_args

        def parse_once(args: list[str]) -> Any:
            values, rest, order = parse(args)
            if ctx.resilient_parsing:  # a line that is not finished is completed
                return values, rest, order
            for option, times in Counter(order).items():
                if isinstance(option, click.Option) and values.get(option.name) in ("", [""]):
                    raise click.UsageError(f"{option.opts[0]} is given an empty value: leave it out, or say what", ctx)
                if times > 1 and isinstance(option, click.Option) and not (option.multiple or option.is_flag):
                    raise click.UsageError(f"{option.opts[0]} is given {times} times: it takes one value", ctx)
            return values, rest, order

        parser.parse_args = parse_once  # type: ignore[method-assign]  # the parser is this call's own
        return parser


class Group(WithExample, click.Group):
    """A group of commands of one subject."""


DIRECTORY = click.Path(path_type=Path)
"""A path as the user gave it; whether it can be used is told by whoever uses it."""


def text(_context: click.Context, _option: click.Parameter, value: str) -> str:
    """The value of an option that others will read. Raises `click.BadParameter` if its bytes are no text."""
    try:
        value.encode()
    except UnicodeEncodeError:
        raise click.BadParameter("it holds bytes that are no text in UTF-8") from None
    return value


def of_run(*wanted: Option) -> Decorator:
    """Options of a run as click's, in the order in which --help shows them."""

    def add(command: Any) -> Any:
        for option in reversed(wanted):
            kind: dict[str, Any] = {"is_flag": True} if option.is_flag else {"metavar": option.metavar}
            if complete := completion.of_option(option.name, option.metavar):
                kind["shell_complete"] = complete
            shown = isinstance(option.default, int | float)
            command = click.option(
                f"--{option.name}", help=option.help, default=option.default, show_default=shown, **kind
            )(command)
        return command

    return add


def as_pytest_options(command: Callable[[list[str]], None]) -> Callable[..., None]:
    """Hands a command its options as pytest takes them, and the further arguments behind them."""

    @wraps(command)
    def run(pytest_args: tuple[str, ...], **options: Any) -> None:
        refuse_repeated(pytest_args)
        command([*as_arguments(options.items()), *pytest_args])

    return run


def refuse_repeated(pytest_args: Sequence[str]) -> None:
    """Raises `click.UsageError` where an expression that chooses cases is given twice."""
    for name in ("-k", "-m"):
        if sum(word.startswith(name) for word in pytest_args) > 1:
            # pytest would take the last, and the verdict would be about something else than was asked for.
            raise click.UsageError(f"{name} is given more than once: join the expressions by `and` or `or`")
