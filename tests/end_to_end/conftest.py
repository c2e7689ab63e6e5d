"""The command line as a user meets it: real processes, the real reference gateway on loopback."""

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from conformance.reference.server import running
from tests.commandline import COMMAND

TOKEN = "dapi-canary-0123456789abcdef"
_AMBIENT = ("DATABRICKS", "PYTEST", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_", "REQUESTS_CA_")
"""How variables of the environment begin that would have a say in what a command does."""


@dataclass(frozen=True)
class Done:
    """What a command printed and left behind."""

    code: int
    out: str
    err: str
    report: Path

    @property
    def results(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.report / "results.json").read_text())
        return found

    def verdicts(self, *wanted: str) -> dict[str, str]:
        return {row["id"]: row["verdict"] for row in self.results["requirements"] if row["verdict"] in wanted}


Command = Callable[..., Done]


def command_in(directory: Path) -> Command:
    """Runs `gateway-conformance` in a directory, with a token in the environment."""

    def run(*arguments: str, token: str | None = TOKEN, report: bool = True, **environment: str) -> Done:
        words = [*COMMAND, *arguments]
        if report:
            words += ["--report-dir", str(directory / "report")]
        kept = {name: value for name, value in os.environ.items() if not name.upper().startswith(_AMBIENT)}
        kept |= {"COLUMNS": "200", **({"DATABRICKS_TOKEN": token} if token is not None else {}), **environment}
        done = subprocess.run(words, capture_output=True, text=True, cwd=directory, env=kept, check=False)
        return Done(done.returncode, done.stdout, done.stderr, directory / "report")

    return run


@pytest.fixture
def command(tmp_path: Path) -> Command:
    """Runs `gateway-conformance` in an empty directory with a token in the environment."""
    return command_in(tmp_path)


@pytest.fixture(scope="session")
def replayed(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Done]:
    """What `run` with these arguments finds in the bundled recordings, without a token: run once, and only to be read."""

    @cache
    def run(*arguments: str) -> Done:
        return command_in(tmp_path_factory.mktemp("replayed"))("run", *arguments, token=None)

    return run


@pytest.fixture(scope="session")
def gateway() -> Iterator[str]:
    """The base URL of a reference gateway that takes TOKEN."""
    with running(token=TOKEN) as url:
        yield url
