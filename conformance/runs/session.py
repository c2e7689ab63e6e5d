"""A pytest session of the cases, in this process: how pytest is told to run them and nothing else."""

import gc
import os
import signal
from collections.abc import Callable, Generator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from conformance.errors import UsageError

CASES = Path(__file__).resolve().parents[1] / "cases"
"""The directory of the cases."""
ALL_CASES = str(CASES)
"""How a session is told to run all of them: by their path, since pytest loads any conftest.py around where it is started if no
argument is a path that exists; the workers of `-n` do too."""
BY_NAME = "conformance.cases"
"""How --pyargs names all of them: how a user does, and where cases run on hosts that have them at other paths."""
_FIXTURES = "conformance.cases.conftest"
"""What cases hold in their hand: pytest finds it by itself only beside ours."""
_OF_THE_ENVIRONMENT = ("PYTEST_PLUGINS", "PYTEST_ADDOPTS")
"""Variables by which an environment adds code and options to every session of pytest."""
_UNUSED = ("cacheprovider", "doctest", "logging", "unraisableexception")
"""Plugins of pytest that no test of ours needs."""
_UNUSED_BY_CASES = (
    "assertion", "legacypath", "pastebin", "setuponly", "setupplan", "skipping", "stepwise", "subtests", "threadexception",
    "unittest", "warnings",
)  # fmt: skip
"""Those that find nothing in cases of gateways: looking at each of them took a tenth of a replay."""
_OF_XDIST = ("-n", "-d", "--num", "--dist", "--tx", "--max", "--px")
"""How options begin that are xdist's, which is not imported without one."""
_HOW_TO_SHARE_OUT = ("-n", "-d", "--num", "--dist")
"""How those of them begin by which cases are shared out at all."""
_FLAGS = "-xvqsl"
"""What options of pytest are made of that take no value and are joined, such as -xv."""


interrupted_by: list[Callable[[], None]] = []
"""Who raises KeyboardInterrupt itself where that harms nothing: pytest breaks where it comes amid its own work."""


def ignore_interrupts() -> None:
    """From now on one comes too late: the cases have run, and the report is being written."""
    interrupted_by.append(lambda: None)


def arguments(plugin: str, *more: str) -> list[str]:
    """How pytest is told to run tests with one plugin of ours: with our own ini file and the plugins that we need.

    Whatever a user's project and environment add to pytest is not meant for these tests, and would slow them down.
    `more` are the further arguments.
    """
    loaded = [plugin, *(["xdist"] if any(word.startswith(_OF_XDIST) for word in more) else [])]
    plugins = ["--disable-plugin-autoload", *(f"-p{name}" for name in loaded), *(f"-pno:{name}" for name in _UNUSED)]
    # Each in one word: xdist would look for a path that stands alone among what it copies to other hosts.
    return [f"-c{CASES / 'pytest.ini'}", f"--rootdir={CASES}", *plugins, *more]


def run(pytest_args: Sequence[str], plugins: Sequence[object] = ()) -> int:
    """Runs the cases with further arguments of pytest. Gives the exit code. `plugins` are told of the session as well."""
    unused = [f"-pno:{name}" for name in _UNUSED_BY_CASES]
    fixtures = [] if any(map(is_ours, pytest_args)) else [f"-p{_FIXTURES}"]
    words = arguments("conformance.runs.plugin", *unused, *fixtures, "--gateway", "--pyargs", *pytest_args)
    return started(words, plugins)


def started(words: Sequence[str], plugins: Sequence[object] = ()) -> int:
    """Runs a session of pytest with these arguments, to which the environment adds nothing. Gives the exit code."""
    put_aside = {name: os.environ.pop(name) for name in _OF_THE_ENVIRONMENT if name in os.environ}
    try:
        return int(pytest.main(list(words), plugins=plugins))
    finally:
        os.environ.update(put_aside)


def run_as_command(pytest_args: Sequence[str], plugins: Sequence[object] = ()) -> int:
    """Runs the cases that the arguments name, or all, as the one thing that this process does. Gives the exit code.

    `plugins` are told of the session as well. Raises `UsageError`.
    """

    def interrupt(_signal: int, _frame: object) -> None:
        # A second one while the report is written would take the report with it. SIG_IGN instead of a function would have
        # Python tell of one that has come by now.
        for ending in (signal.SIGINT, signal.SIGTERM):
            signal.signal(ending, lambda _signal, _frame: None)
        if not interrupted_by:
            raise KeyboardInterrupt
        for tell in interrupted_by:
            tell()

    # What ends a job ends the run as Ctrl-C does: with a report that says that it is incomplete.
    for ending in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(ending) is not signal.SIG_IGN:
            signal.signal(ending, interrupt)
    # Most of what a run makes lives until its end: looking for garbage as often as usual takes a tenth of the time.
    gc.set_threshold(200_000, 50, 1000)
    gc.freeze()  # what is imported by now is none
    try:
        return run(_shared_out(with_files(pytest_args)), [Mistakes(), *plugins])
    finally:
        # Python gives signals back to the system as it ends, which would end it otherwise than by its exit code.
        for ending in (signal.SIGINT, signal.SIGTERM):
            signal.signal(ending, signal.SIG_IGN)


class Mistakes:
    """Takes a mistake of the user to the command line, which tells those of all commands alike; pytest has words of its own."""

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_cmdline_parse(self) -> Generator[None, Any, Any]:
        """While options are read. Raises `UsageError`."""
        try:
            return (yield)
        except pytest.UsageError as error:
            raise UsageError(str(error).rpartition("(): error: ")[2]) from None  # without how pytest is used

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_cmdline_main(self) -> Generator[None, Any, Any]:
        """While the cases run. Raises `UsageError`."""
        try:
            return (yield)
        except pytest.UsageError as error:
            raise UsageError(str(error)) from None


def _shared_out(words: list[str]) -> list[str]:
    """The arguments of a run whose cases `--tx` gives to other hosts. Raises `UsageError`."""
    if not any(word.startswith("--tx") for word in words):
        return words
    if _paths(words) != [ALL_CASES]:
        raise UsageError("what --tx runs on other hosts is chosen by -k, -m or --requirement, not by files")
    words = [BY_NAME if word == ALL_CASES else word for word in words]
    if any(word.startswith(_HOW_TO_SHARE_OUT) for word in words):
        return words
    return ["--dist=load", *words]  # without one xdist would run all here, and say nothing


def with_files(pytest_args: Sequence[str]) -> list[str]:
    """The files and directories of cases that are named, such as chat/test_vision.py, or all; then the other arguments."""
    paths = _paths(pytest_args)
    rest = list(pytest_args)
    for path in paths:
        rest.remove(path)
    return [*(map(_full, paths) if paths else [ALL_CASES]), *rest]


def _paths(words: Sequence[str]) -> list[str]:
    """Those of the arguments that name cases."""
    return [word for previous, word in pairwise(("", *words)) if _is_path(word, previous)]


def _is_path(word: str, previous: str) -> bool:
    """Whether an argument names cases. A directory's bare name may be the value of the option before it, as in `-k chat`."""
    if word.startswith("-"):
        return False
    is_bare = not {"/", os.sep} & {*word} and bool(word.strip("."))
    may_be_value = is_bare and previous.startswith("-") and "=" not in previous and bool(previous.strip(_FLAGS))
    return ".py" in word or word == BY_NAME or (not may_be_value and _is_directory(word))


def _is_directory(word: str) -> bool:
    try:
        return Path(word).is_dir()
    except OSError:  # a long expression is no name of a file
        return False


def _full(path: str) -> str:
    if path == BY_NAME:
        return ALL_CASES
    is_file_of_ours = ".py" in path and (CASES / path.partition("::")[0]).exists()
    return str(CASES / path) if is_file_of_ours else path


def is_ours(word: str) -> bool:
    """Whether an argument names cases that are ours."""
    named = Path(word.partition("::")[0])
    return word == BY_NAME or (not word.startswith("-") and named.resolve().is_relative_to(CASES))
