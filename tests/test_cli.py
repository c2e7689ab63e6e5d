"""The group of commands: what it says of each is what the command says of itself."""

from importlib import import_module
from pathlib import Path

import click
import pytest

import conformance.commands
from conformance.cli import COMMANDS, main


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_lies_in_a_file_of_its_own(name: str) -> None:
    command = import_module(f"conformance.commands.{name}").command
    assert isinstance(command, click.Command)
    assert command.name == name
    assert command.help


def test_no_command_is_left_out() -> None:
    files = {path.stem.replace("_", "-"): path for path in Path(conformance.commands.__file__).parent.glob("[!_]*.py")}
    texts = {name: path.read_text(encoding="utf-8") for name, path in files.items()}
    with_command = {name for name, text in texts.items() if "@click.command" in text or "@click.group" in text}
    assert with_command == set(COMMANDS)
    assert main.list_commands(click.Context(main)) == sorted(COMMANDS)
