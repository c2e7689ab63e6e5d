"""Runs the real command against a hostile target, in a process of its own whose time and memory are measured."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tests.commandline import COMMAND
from tests.hostile.behaviours import Hostile
from tests.hostile.server import hostile

TOKEN = "dapi-canary-0123456789abcdef"
LIMITS = ("--timeout", "0.4", "--total-timeout", "1", "--patience", "2.9")
"""Short, and with patience for two tries: none of the waiting may use up what the other cases need."""
ANSWERED = ("--timeout", "5", "--total-timeout", "10")
"""For behaviours that are answers, however odd: a busy machine may be slow to give one, and nothing is waited for."""
_LAUNCHER = """
import os, sys
telling, *words = sys.argv[1:]
pid = os.posix_spawn(words[0], words, os.environ)
_, status, usage = os.wait4(pid, 0)
os.write(int(telling), str(usage.ru_maxrss).encode())
sys.exit(os.waitstatus_to_exitcode(status) % 256)
"""
"""Starts the command, and tells its peak memory in KB. A process begins with what its parent holds: this one is small."""


@dataclass(frozen=True)
class Measured:
    """What a run printed, left behind, and took."""

    code: int
    printed: bytes
    report: Path
    seconds: float
    peak_mb: float
    attacked: int = 0
    """Requests that got the hostile behaviour."""
    called_elsewhere: bool = False
    """Whether the host was called to which the target redirects."""

    @property
    def results(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.report / "results.json").read_text())
        return found

    @property
    def verdicts(self) -> Mapping[str, str]:
        """By case."""
        return {case["id"]: case["verdict"] for case in self.results["cases"]}

    def findings(self, case: str) -> list[str]:
        """The messages of one case."""
        [found] = [each["findings"] for each in self.results["cases"] if each["id"] == case]
        return [f"{finding['message']} {finding['actual']}".strip() for finding in found]


def run(url: str, directory: Path, *arguments: str) -> Measured:
    """`gateway-conformance run` against the target at `url`."""
    report = directory / "report"
    words = [*COMMAND, "run", "--live", "--base-url", url]
    words += ["--corpus", "none", "--report-dir", str(report), *arguments]
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("DATABRICKS", "PYTEST"))}
    told, telling = os.pipe()
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-S", "-c", _LAUNCHER, str(telling), *words],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=directory, check=False, pass_fds=[telling],
        env=kept | {"COLUMNS": "200", "DATABRICKS_TOKEN": TOKEN},
    )  # fmt: skip
    seconds = time.monotonic() - started
    os.close(telling)
    with os.fdopen(told) as peak:
        return Measured(done.returncode, done.stdout, report, seconds, int(peak.read()) / 1024)


def attack(reference: str, behaviour: Hostile, directory: Path) -> Measured:
    """Runs the cases around the spot of a behaviour, against the reference gateway with that behaviour in front."""
    spot = behaviour.spot
    with hostile(reference, spot.picks, behaviour.act) as server:
        limits = LIMITS if "inconclusive" in behaviour.verdicts else ANSWERED
        measured = run(server.url, directory, "--surface", spot.surface, "-k", spot.keyword, *limits)
        return replace(measured, attacked=server.attacked, called_elsewhere=server.was_called_elsewhere())
