"""The group of commands: what it says of each is what the command says of itself, and each shows an example that holds."""

import shlex
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

import conformance.commands
from conformance.cli import COMMANDS, main
from conformance.commands.example import PROGRAM, WithExample


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_lies_in_a_file_of_its_own(name: str) -> None:
    command = import_module(f"conformance.commands.{name.replace('-', '_')}").command
    assert isinstance(command, click.Command)
    assert command.name == name
    assert command.help


def test_no_command_is_left_out() -> None:
    files = {path.stem.replace("_", "-"): path for path in Path(conformance.commands.__file__).parent.glob("[!_]*.py")}
    texts = {name: path.read_text(encoding="utf-8") for name, path in files.items()}
    with_command = {name for name, text in texts.items() if "@click.command" in text or "@click.group" in text}
    assert with_command == set(COMMANDS)
    assert main.list_commands(click.Context(main)) == sorted(COMMANDS)


def everything(
    words: tuple[str, ...] = (), command: click.Command = main
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Each command with the words that name it: the group of all, and groups within it too."""
    yield words, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            assert inner is not None
            yield from everything((*words, name), inner)


EVERYTHING = dict(everything())


@pytest.mark.parametrize("words", EVERYTHING, ids=lambda words: " ".join(words) or "the group")
def test_help_ends_with_an_example(words: tuple[str, ...]) -> None:
    shown = CliRunner().invoke(main, [*words, "--help"], terminal_width=80)
    assert shown.exit_code == 0
    *_, heading, example = shown.output.splitlines()
    assert heading == "Example:"
    command = EVERYTHING[words]
    assert isinstance(command, WithExample)
    assert example == f"  {command.example}"


@pytest.mark.parametrize("words", EVERYTHING, ids=lambda words: " ".join(words) or "the group")
def test_the_example_is_taken_as_it_is(words: tuple[str, ...]) -> None:
    """Each option is one of the command, each value is of its kind, and what is left for pytest is an option of pytest."""
    command = EVERYTHING[words]
    assert isinstance(command, WithExample)
    program, *rest = shlex.split(command.example)
    assert program == PROGRAM
    named: click.Command = main
    while isinstance(named, click.Group):
        found = named.get_command(click.Context(named), rest.pop(0))
        assert found is not None
        named = found
    assert named is command or isinstance(command, click.Group)
    context = named.make_context(named.name, list(rest))  # raises `click.UsageError` on what it does not know
    known = {name for option in named.params for name in option.opts}
    given = {word.partition("=")[0] for word in rest if word.startswith("-")}
    assert given <= known | {"-k"}
    assert {*context.params.get("pytest_args", ())} <= {"-k", "PROXY"}


@pytest.mark.parametrize(
    "words", [words for words, command in EVERYTHING.items() if isinstance(command, click.Group)][1:]
)
def test_the_example_of_a_group_is_about_it(words: tuple[str, ...]) -> None:
    command = EVERYTHING[words]
    assert isinstance(command, WithExample)
    assert command.example.startswith(" ".join((PROGRAM, *words)))
