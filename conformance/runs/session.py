"""A pytest session of the cases, in this process: how pytest is told to run them and nothing else."""

import gc
import signal
from collections.abc import Sequence
from pathlib import Path

import pytest

CASES = Path(__file__).resolve().parents[1] / "cases"
"""The directory of the cases."""
ALL_CASES = "conformance.cases"
"""How --pyargs names all of them."""
_UNUSED = (
    "cacheprovider",
    "doctest",
    "legacypath",
    "logging",
    "pastebin",
    "stepwise",
    "unittest",
    "unraisableexception",
)
"""Plugins of pytest that no case needs."""


def arguments(plugin: str = "conformance.runs.plugin") -> list[str]:
    """How pytest is told to run the cases with one plugin of ours: with our own ini file and the plugins that we need.

    Whatever a user's project and environment add to pytest is not meant for these cases, and would slow them down.
    """
    plugins = ["--disable-plugin-autoload", f"-p{plugin}", "-pxdist", *(f"-pno:{name}" for name in _UNUSED)]
    return ["-c", str(CASES / "pytest.ini"), "--rootdir", str(CASES), *plugins]


def run(pytest_args: Sequence[str], plugins: Sequence[object] = ()) -> int:
    """Runs the cases with further arguments of pytest. Gives the exit code. `plugins` are told of the session as well."""
    return int(pytest.main([*arguments(), "--gateway", "--pyargs", *pytest_args], plugins=plugins))


def run_as_command(pytest_args: Sequence[str]) -> int:
    """Runs the cases that the arguments name, or all, as the one thing that this process does. Gives the exit code."""

    def interrupt(_signal: int, _frame: object) -> None:
        # A second one while the report is written would take the report with it.
        for ending in (signal.SIGINT, signal.SIGTERM):
            signal.signal(ending, signal.SIG_IGN)
        raise KeyboardInterrupt

    # What ends a job ends the run as Ctrl-C does: with a report that says that it is incomplete.
    for ending in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(ending) is not signal.SIG_IGN:
            signal.signal(ending, interrupt)
    # Most of what a run makes lives until its end: looking for garbage as often as usual takes a tenth of the time.
    gc.set_threshold(100_000, 50, 1000)
    gc.freeze()  # what is imported by now is none
    files, rest = _files(pytest_args)
    return run([*files, *rest])


def _files(pytest_args: Sequence[str]) -> tuple[list[str], list[str]]:
    """The files of cases that are named, such as chat/test_vision.py, or all of them; and the other arguments."""
    named = [argument for argument in pytest_args if ".py" in argument and not argument.startswith("-")]
    rest = [argument for argument in pytest_args if argument not in named]
    paths = [str(CASES / name) if (CASES / name.partition("::")[0]).exists() else name for name in named]
    return paths or [ALL_CASES], rest
