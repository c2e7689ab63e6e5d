"""One run of the suite against each peer, as a user would start it; all tests read its report."""

import json
import os
import secrets
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import pytest

from .servers import HERE, IN_FRONT, PEERS, REFERENCE, SCRIPTS, on_port, serving

RUN_S = 120
"""A run takes 4 to 25 s."""


@dataclass(frozen=True)
class Report:
    """What a finished run left behind."""

    name: str
    exit_code: int
    output: str
    """What the terminal showed."""
    directory: Path
    token: str

    @cached_property
    def results(self) -> dict[str, Any]:
        """results.json."""
        document: dict[str, Any] = json.loads((self.directory / "results.json").read_text(encoding="utf-8"))
        return document

    @cached_property
    def exchanges(self) -> dict[str, dict[str, Any]]:
        """exchanges.jsonl, by id."""
        lines = (self.directory / "exchanges.jsonl").read_text(encoding="utf-8").splitlines()
        return {row["id"]: row for row in map(json.loads, lines)}

    @cached_property
    def verdicts(self) -> dict[str, str]:
        """The verdict on each requirement."""
        return {row["id"]: row["verdict"] for row in self.results["requirements"]}

    def case(self, identifier: str) -> dict[str, Any]:
        """One case of results.json."""
        return next(case for case in self.results["cases"] if case["id"] == identifier)


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Report]:
    """Gives the report on a peer by its name; the first to ask makes the run."""
    return cache(lambda name: _run(name, tmp_path_factory.mktemp(name)))


@pytest.fixture(params=PEERS)
def report(request: pytest.FixtureRequest, runs: Callable[[str], Report]) -> Report:
    """The report on a peer."""
    return runs(request.param)


def _run(name: str, directory: Path) -> Report:
    token = secrets.token_hex(16)
    with _served(name, token, directory) as target:
        done = subprocess.run(
            [SCRIPTS / "gateway-conformance", "run", "--target", target, "--report-dir", directory / "report"],
            env={**os.environ, "PEER_TOKEN": token},
            cwd=directory,
            capture_output=True,
            text=True,
            timeout=RUN_S,
            check=False,
        )
    return Report(name, done.returncode, done.stdout + done.stderr, directory / "report", token)


@contextmanager
def _served(name: str, token: str, directory: Path) -> Iterator[Path]:
    """Serves a peer, in front of our reference if it stands there. Gives the target file for it."""
    with ExitStack() as started:
        if name in IN_FRONT:
            upstream = started.enter_context(serving(REFERENCE, token, directory))
            config = f"{name}.yaml"
            (directory / config).write_text(on_port(HERE / config, upstream), encoding="utf-8")
        peer = {**PEERS, **IN_FRONT}[name]
        target = directory / f"{name}.toml"
        target.write_text(peer.target(started.enter_context(serving(peer, token, directory))), encoding="utf-8")
        yield target
