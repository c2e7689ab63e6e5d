"""The commands and their options, as click knows them."""

from collections.abc import Iterator

import click

from conformance.cli import COMMANDS, main
from conformance.commands.example import PROGRAM, WithExample
from documentation.markdown import FENCE, code, plain, prose, table

UNWRAPPED = "\b"
"""The line with which click marks a paragraph that keeps its lines."""


def page() -> str:
    """All commands."""
    context = click.Context(main, info_name=PROGRAM)
    parts = [
        "# Commands\n",
        f"What {code(PROGRAM)} can do. [Exit codes](exit-codes.md) stand on a page of their own.\n",
    ]
    parts.append(
        table(["command", "what it does"], [(f"[{name}](#{name})", plain(says)) for name, says in COMMANDS.items()])
    )
    for name in COMMANDS:
        command = main.get_command(context, name)
        assert command, name
        parts.append(f"## {name}\n")
        parts += _described(command, click.Context(command, context, info_name=name))
    return "\n".join(parts)


def _described(command: click.Command, context: click.Context) -> Iterator[str]:
    usage = " ".join([context.command_path, *command.collect_usage_pieces(context)])
    yield f"{FENCE}text\n{usage}\n{FENCE}\n"
    yield from (_paragraph(text) for text in (command.help or "").split("\n\n"))
    options = [record for one in command.get_params(context) if (record := one.get_help_record(context))]
    if options:
        yield table(["option", "what it does"], [(code(names), prose(says)) for names, says in options])
    if isinstance(command, WithExample):
        yield f"{FENCE}sh\n{command.example}\n{FENCE}\n"
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            assert below, name
            yield f"### {context.info_name} {name}\n"
            yield from _described(below, click.Context(below, context, info_name=name))


def _paragraph(text: str) -> str:
    """A paragraph of a help text; one that click does not wrap keeps its lines."""
    return _as_it_stands(text) if text.startswith(UNWRAPPED) else f"{prose(text)}\n"


def _as_it_stands(text: str) -> str:
    lines = [line for line in text.splitlines() if line != UNWRAPPED]
    return "\n".join([f"{FENCE}text", *lines, FENCE, ""])
