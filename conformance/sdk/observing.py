"""Observes one environment: starts the runner there, watches it, and gives what came of it as results.json has it."""

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from conformance import __version__
from conformance.errors import UsageError
from conformance.observer.clients import CLIENTS, client_of
from conformance.sdk import types
from conformance.sdk.judging import Judging
from conformance.sdk.recorded import provenance
from conformance.sdk.secrets import secrets_of, without
from conformance.sdk.staged import LAUNCHER, staged

LIMIT_S = 30.0
"""How long a case may take."""
_GRACE_S = 10.0
"""How much longer it is waited for a case to end by itself before the whole process is ended."""
_NAMED_S = 10.0
"""After how long the case that runs is named."""
_OF_THE_ENVIRONMENT = ("PYTEST_PLUGINS", "PYTEST_ADDOPTS")
"""Variables by which an environment adds code and options to every session of pytest."""
_HTTP_LIBRARIES = ("httpx", "httpx2", "requests", "aiohttp")
_WITHOUT = ("cacheprovider", "doctest", "faulthandler", "logging", "unraisableexception")
_INTERRUPTED, _BROKE, _NEVER_BEGAN = _NOT_TO_THE_END = 2, 3, 4
"""pytest's exit codes for a run that did not come to its end."""


@dataclass(frozen=True)
class Wanted:
    """What is to be observed, and how."""

    cassettes: Path
    """The recordings whose answers clients are given."""
    ours: bool = True
    """Whether the suite's own cases are run."""
    own: tuple[str, ...] = ()
    """Files and directories with a team's own cases."""
    pytest_args: tuple[str, ...] = ()
    is_partial: bool = False
    limit_s: float = LIMIT_S
    types: tuple[Path, ...] = ()
    """Files of a team's own of which the types are checked."""


@dataclass
class Observation:
    """What came of observing an environment: the exit code of pytest, and results.json."""

    exit_code: int
    document: dict[str, Any] = field(default_factory=dict)


def observe(python: Path, wanted: Wanted, *, tell: Callable[[str], None] = lambda _: None) -> Observation:
    """Runs the cases with an interpreter. What pytest prints goes where this process prints.

    `tell` is told of a case that takes long. Raises `UsageError` if that interpreter cannot run them.
    """
    if wanted.types:
        types.check(python)  # that there is no checker is told before cases are run
    judging, started_at, clock = Judging(wanted.cassettes), datetime.now(UTC), time.perf_counter()
    with ExitStack() as stack:
        root = stack.enter_context(staged())
        stack.enter_context(judging.listening())
        runner = _Runner(python, root, wanted, judging, tell)
        exit_code = runner.run_to_the_end()
    told = judging.told
    if wanted.types and exit_code in (0, 1):
        told.cases |= {case["id"]: case for case in types.cases(python, wanted.types)}
    if not told.cases:
        return Observation(exit_code)
    secrets = secrets_of(os.environ)
    cases = [without(secrets, case) for case in sorted(told.cases.values(), key=lambda case: str(case["id"]))]
    document = {
        "schema_version": 1,
        "suite": {"name": "gateway-conformance", "version": __version__},
        "target": {"name": "reference gateway", "mode": "live", "provenance": "reference"},
        "recordings": provenance(wanted.cassettes),
        "partial": wanted.is_partial,
        "complete": exit_code not in _NOT_TO_THE_END and not told.is_cut_short,
        "python": told.python,
        "clients": _clients(told.distributions, told.cases),
        "distributions": dict(sorted(told.distributions.items())),
        "started_at": started_at.isoformat(timespec="seconds"),
        "duration_s": round(time.perf_counter() - clock, 3),
        "cases": cases,
    }
    return Observation(exit_code, document)


def _clients(distributions: dict[str, str], cases: dict[str, Any]) -> dict[str, str]:
    """The versions of the clients that cases are about, and of the HTTP libraries below them."""
    about = {client_of(case) for case in cases}
    of_a_team = not about <= set(CLIENTS)  # what it calls is not known: whatever is installed
    names = [*(name for name in CLIENTS if name in about or of_a_team), *_HTTP_LIBRARIES]
    return {name: distributions[name] for name in names if name in distributions}


@dataclass
class _Runner:
    """The runner's process, which is started anew after a case that could be ended in no other way."""

    python: Path
    root: Path
    wanted: Wanted
    judging: Judging
    tell: Callable[[str], None]
    named: set[str] = field(default_factory=set)
    """The cases that were said to take long."""

    def run_to_the_end(self) -> int:
        """Runs all cases. Gives pytest's exit code. Raises `UsageError`."""
        only: set[str] | None = None
        worst = 0
        while True:
            exit_code = self._run(only)
            now, left = time.monotonic(), self.judging.leases.end_all()
            if not left and exit_code < 0:
                self.tell(
                    f"error: {self.python} was ended by signal {-exit_code} while no case ran: does an import do it?"
                )
                return _BROKE
            if not left or exit_code in _NOT_TO_THE_END:
                return max(worst, exit_code)
            worst = 1
            hung = [one for one in left if now - one.began > self.wanted.limit_s]
            for lease in hung or left:
                raised = "Hang" if hung else "Crash"
                text = (
                    f"no end within {self.wanted.limit_s:g} s"
                    if hung
                    else f"Python itself ended, with {_how(exit_code)}"
                )
                self.judging.keep_raised(lease.case, "", {"type": raised, "is_a": [raised], "text": text})
            only = self.judging.told.collected - self.judging.told.cases.keys()
            if not only:
                return worst

    def _run(self, only: set[str] | None) -> int:
        """One process. Gives its exit code; a negative one if a signal ended it."""
        try:
            process = subprocess.Popen(  # noqa: S603 (no shell: the interpreter that the user names)
                self._arguments(only), env=self._environment(), start_new_session=True,
            )  # fmt: skip
        except OSError as error:
            raise UsageError(f"{self.python} cannot be started: {error.strerror}") from None
        try:
            with _ending() as ends:
                while True:
                    try:
                        return process.wait(timeout=0.2)
                    except subprocess.TimeoutExpired:
                        if ends.is_set():  # it came to this process alone: the runner is of another session
                            _end(process, signal.SIGINT)
                            with contextlib.suppress(subprocess.TimeoutExpired):
                                process.wait(timeout=_GRACE_S)
                            return _INTERRUPTED
                        if self._hangs():
                            _end(process, signal.SIGKILL)
        finally:
            _end(process, signal.SIGKILL)

    def _hangs(self) -> bool:
        """Whether a case goes on that should have ended long ago. One that takes long is named once."""
        now = time.monotonic()
        for lease in self.judging.leases.running:
            took = now - lease.began
            if took > _NAMED_S and lease.case not in self.named:
                self.named.add(lease.case)
                self.tell(f"{lease.case} has been running for {took:.0f} s; a case may take {self.wanted.limit_s:g} s")
            if took > 2 * self.wanted.limit_s + _GRACE_S:  # it may take as long to be closed
                return True
        return False

    def _arguments(self, only: set[str] | None) -> list[str]:
        runner = self.root / "conformance" / "observer"
        words = [str(self.python), str(self.root / LAUNCHER)]
        words += [f"-c{runner / 'pytest.ini'}", f"--rootdir={runner}", "-pconformance.observer.plugin"]
        words += [f"-pno:{name}" for name in _WITHOUT]
        if any(word.startswith(("-n", "--dist", "--num")) for word in self.wanted.pytest_args):
            words.append("-pxdist")
        words += [f"--observer-link={self.judging.place}", f"--observer-limit={self.wanted.limit_s}"]
        words += ["--continue-on-collection-errors", f"--confcutdir={self._confcutdir(runner)}"]
        if only is not None:
            listed = self.root / "only"
            listed.write_text("\n".join(sorted(only)), encoding="utf-8")
            words.append(f"--observer-only={listed}")
        ours = [str(runner / "cases")] if self.wanted.ours else []
        return [*words, *ours, *self.wanted.own, *self.wanted.pytest_args]

    def _confcutdir(self, runner: Path) -> Path:
        """Above which directory no conftest.py is read: one that the user names holds what its cases need."""
        own = [Path(word.partition("::")[0]).resolve() for word in self.wanted.own]
        if not own:
            return runner
        return Path(os.path.commonpath([path if path.is_dir() else path.parent for path in own]))

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if name not in _OF_THE_ENVIRONMENT}
        return kept | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "GATEWAY_CONFORMANCE_LINK": self.judging.place}


@contextlib.contextmanager
def _ending() -> Iterator[threading.Event]:
    """An event that is set, meanwhile, by Ctrl-C or by what ends a job: an exception might be raised where none is minded."""
    ends = threading.Event()
    before = {}
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGINT, signal.SIGTERM):
            if signal.getsignal(number) is not signal.SIG_IGN:
                before[number] = signal.signal(number, lambda _number, _frame: ends.set())
    try:
        yield ends
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _how(exit_code: int) -> str:
    """How a process has ended: the code is negative if a signal has ended it."""
    return f"signal {-exit_code}" if exit_code < 0 else f"exit code {exit_code}"


def _end(process: "subprocess.Popen[bytes]", by: signal.Signals) -> None:
    """Sends a signal to a process and to what it has started, which may still run where it has ended itself."""
    if hasattr(os, "killpg"):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, by)
    elif process.poll() is None:
        process.kill()
