"""Commands as a page of the documentation shows them, run as a reader would, in a directory of their own.

A fence of `sh` holds commands; what stands in a fence of `text` right after it is printed by them, where `…` is anything.
A fence of `toml` after a line that ends in "file `NAME`:" is written to that file, with the dates of today.
`# exit code N` ends a command that does not end with 0. `gateway-conformance serve` goes on beside the others, until it is
started anew. What needs a network, or what only a reader has, is not run: `is_run` tells which.
"""

import os
import re
import shlex
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from conformance import cli
from tests.behind.test_command import free_port
from tests.commandline import COMMAND
from tests.processes import started

_FENCE = re.compile(r"(?:file\s`([\w.]+)`:\n\n)?^```(sh|text|toml)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_DATE = re.compile(r"(?<=first_seen = )\S+|(?<=expires = )\S+")
_EXIT_CODE = re.compile(r" +# exit code (\d)$")
_NOT_HERE = re.compile(r"<\w+>|\.venv\b|\bpip install\b|--with|--python|--profile staging|…")
"""A placeholder, or what installs something or needs what only a reader has."""
_PORT = re.compile(r"(?<=127\.0\.0\.1:)\d{4}|(?<=-port )\d{4}")
_SERVE = "gateway-conformance serve"
_ESCAPES = re.compile(r"\x1b\[[0-9;]*m")
ENDS_S = 120


def check(words: Sequence[str]) -> str:
    """Parses a command line as click does. Gives the name of the command."""
    assert words[0] == "gateway-conformance"
    command = cli.main.get_command(None, words[1])  # type: ignore[arg-type]  # which needs no context
    assert command, words[1]
    with command.make_context(words[1], [*words[2:]]) as context:
        rest = context.params.get("pytest_args", ())
        assert {word for word in rest if word.startswith("-")} <= {"--tx", "-k", "-m", "-n"}, words
    return words[1]


def commands_of(step: "Step") -> Iterator[list[str]]:
    """The words of each command of this suite in a line of a shell."""
    for part in re.split(r"(?<!\S)[|&>]+(?:\s|$)|;\s", step.command):
        words = shlex.split(part, comments=True)
        if "gateway-conformance" in words:
            yield words[words.index("gateway-conformance") :]


@dataclass
class Step:
    """A command, how it ends, and lines that it prints."""

    command: str
    exit_code: int = 0
    shows: list[str] = field(default_factory=list)


def steps(text: str) -> list[Step]:
    """All commands of a page, in their order."""
    found: list[Step] = []
    for fence in _FENCE.finditer(text):
        name, kind, content = fence.groups()
        if kind == "text":
            found[-1].shows += content.splitlines()
            continue
        if kind == "toml":
            found += [Step(f"cat > {name} <<'END'\n{_DATE.sub(f'{datetime.now(UTC):%F}', content)}END")] if name else []
            continue
        for line in content.replace("\\\n", " ").splitlines():
            code = _EXIT_CODE.search(line)
            words = _EXIT_CODE.sub("", line) if code else re.sub(r" {2,}#.*$", "", line)
            found.append(Step(words, int(code[1]) if code else 0))
    return found


def is_run(step: Step) -> bool:
    """Whether a command can be run anywhere, without a network."""
    return not _NOT_HERE.search(step.command)


def follow(wanted: Sequence[Step], directory: Path) -> list[str]:
    """Runs commands one after the other. Gives each as it was run; fails where one ends or prints otherwise than it is told."""
    shim = directory / "bin" / "gateway-conformance"
    shim.parent.mkdir()
    shim.write_text(f'#!/bin/sh\nexec {shlex.join(COMMAND)} "$@"\n')
    shim.chmod(0o755)
    here = directory / "reader"
    here.mkdir()
    path = f"{shim.parent}{os.pathsep}{os.environ['PATH']}"
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("DATABRICKS", "PYTEST"))}
    environment |= {"PATH": path, "PYTHONPATH": str(Path(__file__).parents[1]), "COLUMNS": "300"}
    ports: dict[str, str] = {}
    exports: list[str] = []
    run: list[str] = []
    with ExitStack() as serving:
        for step in wanted:
            command = _PORT.sub(lambda found: ports.setdefault(found[0], str(free_port())), step.command)
            if command.startswith("export "):
                exports.append(command)
            elif command.startswith(_SERVE) and "list" not in command.split():
                serving.close()
                if "--port" not in command:
                    command += f" --port {ports.setdefault('8765', str(free_port()))}"
                printed = serving.enter_context(_Server(command.removesuffix(" &"), here, environment)).ready
                _compare(step, printed, ports)
            else:
                script = "\n".join([*exports, command])
                done = subprocess.run(
                    ["bash", "-c", script], cwd=here, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT, text=True, timeout=ENDS_S, check=False,
                )  # fmt: skip
                assert done.returncode == step.exit_code, f"{command}\n{done.stdout}"
                _compare(step, done.stdout, ports)
            run.append(command)
    return run


class _Server:
    """A server of the suite, from when it is ready until it is no longer needed."""

    def __init__(self, command: str, directory: Path, environment: dict[str, str]) -> None:
        words = [*COMMAND, *shlex.split(command)[1:]]
        self._started = started(words, cwd=directory, env=environment, stdout=subprocess.PIPE)
        self.ready = ""

    def __enter__(self) -> "_Server":
        process = self._started.__enter__()
        assert process.stdout
        self.ready = process.stdout.readline().decode()
        assert " ready at " in self.ready, self.ready
        if "gateway" in self.ready:  # a proxy says nothing of a credential
            self.ready += process.stdout.readline().decode()
        return self

    def __exit__(self, *error: object) -> None:
        self._started.__exit__(None, None, None)


def _compare(step: Step, printed: str, ports: dict[str, str]) -> None:
    lines = [line.rstrip() for line in _ESCAPES.sub("", printed).splitlines()]
    for shown in step.shows:
        with_ports = _PORT.sub(lambda found: ports.get(found[0], found[0]), shown.rstrip())
        pattern = re.compile(".*".join(map(re.escape, with_ports.split("…"))))
        assert any(pattern.fullmatch(line) for line in lines), f"{step.command} does not print: {shown}\n{printed}"
