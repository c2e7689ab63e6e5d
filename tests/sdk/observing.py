"""What `gateway-conformance sdk` observes here: run in a process of its own, or a caller within the process of a test."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from conformance.observer.caller import Caller
from conformance.observer.link import Link
from conformance.observer.loops import EventLoop
from conformance.resources import directory
from conformance.sdk.judging import Judging
from conformance.sdk.leases import Lease
from conformance.wire.exchange import Exchange
from tests.commandline import COMMAND

Case = dict[str, Any]
SDK = [COMMAND[0], "-P", *COMMAND[1:], "sdk"]
ROOT = str(Path(__file__).resolve().parents[2])


@cache
def observed(selection: str) -> dict[str, Case]:
    """What is observed of the cases selected, by id."""
    with TemporaryDirectory() as report:
        ran = sdk("--report-dir", report, "-k", selection)
        assert ran.returncode == 0, ran.stdout + ran.stderr
        return cases(report)


def sdk(*words: str | Path, within: Path | None = None, **variables: str) -> subprocess.CompletedProcess[str]:
    """Runs the command in a directory, which need not hold this project."""
    path = os.pathsep.join([*filter(None, [variables.pop("PYTHONPATH", None)]), ROOT])
    return subprocess.run(
        [*SDK, *map(str, words)],
        cwd=within, env={**os.environ, "PYTHONPATH": path, **variables}, capture_output=True, text=True, timeout=180,
        check=False,
    )  # fmt: skip


def document(report: str | Path) -> dict[str, Any]:
    """The results.json of a run."""
    return dict(json.loads((Path(report) / "results.json").read_text(encoding="utf-8")))


def cases(report: str | Path) -> dict[str, Case]:
    """The cases of a run, by id."""
    return {case["id"]: case for case in document(report)["cases"]}


def own(directory: Path, source: str, name: str = "test_own.py") -> Path:
    """A team's own file of cases."""
    path = directory / name
    path.write_text(source, encoding="utf-8")
    return path


def refused(done: subprocess.CompletedProcess[str], *words: str) -> None:
    """Asserts that a mistake was told in one line, with these words."""
    assert done.returncode == 4, done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    lines = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
    assert len(lines) == 1, lines
    assert [word for word in words if word not in lines[0]] == [], lines[0]


@dataclass(frozen=True)
class Judged:
    """A caller in this process, and what the process that judges has of it, which is this one too."""

    caller: Caller
    lease: Lease

    @property
    def observed(self) -> Mapping[str, Any]:
        """What is noted of the case so far, as results.json has it."""
        return self.lease.observed

    def exchanges(self) -> Sequence[Exchange]:
        """What has gone over the wire so far."""
        self.caller.note({"type": "NoneType", "value": None})
        return [one.exchange for one in self.lease.tapped]


@contextmanager
def judged() -> Iterator[Judged]:
    """A caller of the reference gateway, as the `caller` fixture of cases is one."""
    judging = Judging(directory("cassettes"))
    with judging.listening():
        link, loop = Link(judging.place), EventLoop()
        begun = link.ask("begin", case="sdk/a.case", again=False)
        try:
            yield Judged(Caller(link, loop, begun), judging.leases.of(begun["lease"]))
        finally:
            loop.close()
            link.close()


def bare(directory: Path, python: str = sys.executable) -> Path:
    """A virtual environment without any package, not even pip. Gives its interpreter."""
    made = directory / "bare"
    subprocess.run([python, "-m", "venv", "--without-pip", str(made)], check=True, timeout=120)
    return made / "bin" / "python"


ASKS = '''
import http.client
import json
from urllib.parse import urlsplit

CHAT = "/ai-gateway/mlflow/v1/chat/completions"
HELLO = {"model": "system.ai.gpt-5", "messages": [{"role": "user", "content": "Say hello."}]}


def ask(caller, url="", **more):
    """What the gateway answers, by no library that would have to be installed."""
    place = urlsplit(url or caller.url)
    made = http.client.HTTPConnection(place.netloc, timeout=10)
    headers = {"Authorization": "Bearer " + caller.token, "Content-Type": "application/json"}
    made.request("POST", place.path + CHAT, json.dumps({**HELLO, **more}), headers)
    answer = made.getresponse()
    said = answer.status, answer.read().decode()
    made.close()
    return said


'''
"""The beginning of a team's own file of cases, which needs no client."""
