"""The environments that are observed: mistakes in naming them, and what of them has no part in what is observed."""

import subprocess
import sys
from pathlib import Path

import pytest

from conformance.sdk.changes import compare
from conformance.sdk.observations import read
from tests.sdk.observing import ASKS, bare, cases, own, refused, sdk

CASE = ASKS + "def test_hello(caller):\n    caller.sees(lambda: ask(caller))\n"


UNSOLVED = (
    '[ "$1" = venv ] && exit 0; echo "  × No solution found:" >&2; '
    'echo "  ╰─▶ Because there is no version of nothing-such==9, nothing can be done." >&2; exit 1'
)


def script(path: Path, lines: str) -> Path:
    """A program in the language of the shell."""
    path.write_text(f"#!/bin/sh\n{lines}\n")
    path.chmod(0o755)
    return path


def test_what_is_no_interpreter_is_told(tmp_path: Path) -> None:
    refused(sdk("--python", tmp_path / "none"), "--python", "none", "there is no such interpreter")
    refused(sdk("--python", tmp_path), "--python", "no virtual environment")
    (tmp_path / "text").write_text("hello")
    refused(sdk("--python", tmp_path / "text"), "there is no such interpreter")
    (tmp_path / "text").chmod(0o755)
    refused(sdk("--python", tmp_path / "text", "--only-own", own(tmp_path, CASE)), "cannot be started")


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ("exit 0", ("no Python that runs: exit code 0",)),
        ("echo hello; exit 3", ("no Python that runs: hello",)),
        ("echo 3; kill -9 $$", ("no Python that runs",)),
        ("echo 3.6", ("Python 3.6 is too old to be observed; 3.9 is the oldest",)),
        ("echo 2.7", ("Python 2.7 is too old",)),
    ],
    ids=["silent", "fails", "killed", "old", "very old"],
)
def test_what_runs_and_is_no_python_is_told(tmp_path: Path, lines: str, words: tuple[str, ...]) -> None:
    python = script(tmp_path / "python", lines)
    refused(sdk("--python", python, "--report-dir", tmp_path / "out"), *words)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("number", ["6.2.5", "7.4.0.dev1"])
def test_a_pytest_that_is_too_old_is_told(tmp_path: Path, number: str) -> None:
    """One that says it is; one that is new enough is not refused for its number."""
    python = bare(tmp_path)
    (site,) = python.parent.parent.glob("lib/*/site-packages")
    (site / "pytest.py").write_text(
        f"__version__ = {number!r}\nraise SystemExit(7 if int(__version__[0]) > 6 else 0)\n"
        if number[0] == "7"
        else f"__version__ = {number!r}\n"
    )
    done = sdk("--python", python, "--only-own", own(tmp_path, CASE), "--report-dir", tmp_path / "out")
    if number[0] == "6":
        refused(done, "pytest 6.2.5 is too old: pytest 7 or newer is needed")
    else:
        assert "too old" not in done.stderr


@pytest.mark.parametrize(
    ("stub", "words"),
    [
        (UNSOLVED, ("--with nothing-such==9 cannot be installed", "there is no version of nothing-such==9")),
        ("exit 2", ("cannot be installed: no reason told",)),
    ],
    ids=["with a reason", "without"],
)  # fmt: skip
def test_what_cannot_be_installed_is_told(tmp_path: Path, stub: str, words: tuple[str, ...]) -> None:
    script(tmp_path / "uv", stub)
    refused(sdk("--with", "nothing-such==9", PATH=f"{tmp_path}:/usr/bin:/bin"), *words)


def test_words_for_an_installation_are_read_as_a_shell_reads_them() -> None:
    refused(sdk("--with", "'open"), "--with")
    refused(sdk("--with", " "), "--with")


def test_a_mistake_in_the_second_environment_is_told_before_the_first_is_observed(tmp_path: Path) -> None:
    done = sdk("--python", sys.executable, "--python", tmp_path, "--report-dir", tmp_path / "out")
    refused(done, "no virtual environment")
    assert not (tmp_path / "out").exists()


def test_nothing_of_an_environment_changes_what_is_observed(tmp_path: Path) -> None:
    """Plugins of pytest, its options, a conftest.py above, what is printed when Python starts."""
    plainly, oddly = tmp_path / "plainly", tmp_path / "oddly"
    for directory in (plainly, oddly):
        (directory / "mine").mkdir(parents=True)
        own(directory / "mine", CASE)
    python = bare(tmp_path)
    first = sdk("--python", python, "--only-own", "mine", "--report-dir", "out", within=plainly)
    assert first.returncode == 0, first.stdout + first.stderr

    breaks = "def pytest_collection_modifyitems(items):\n    items.clear()\n"
    (oddly / "conftest.py").write_text("raise RuntimeError('it is read')\n")
    (oddly / "pytest.ini").write_text("[pytest]\naddopts = --no-such-option\npython_files = none\n")
    (oddly / "pyproject.toml").write_text("[tool.pytest.ini_options]\naddopts = '--no-such-option'\n")
    (site,) = python.parent.parent.glob("lib/*/site-packages")
    (site / "odd.py").write_text(breaks)
    (site / "odd-1.dist-info").mkdir()
    (site / "odd-1.dist-info" / "METADATA").write_text("Name: odd\nVersion: 1\n")
    (site / "odd-1.dist-info" / "entry_points.txt").write_text("[pytest11]\nodd = odd\n")
    (site / "sitecustomize.py").write_text("import sys\n\nprint('hello')\nprint('hello', file=sys.stderr)\n")
    second = sdk(
        "--python", python, "--only-own", "mine", "--report-dir", "out",
        within=oddly, PYTEST_ADDOPTS="--no-such-option", PYTEST_PLUGINS="odd",
    )  # fmt: skip
    assert second.returncode == 0, second.stdout + second.stderr
    changes = compare(read(plainly / "out"), read(oddly / "out"))
    assert [(one.case, one.outcome) for one in changes] == [("sdk/own.hello", "unchanged")]


@pytest.mark.parametrize("safe", ["", "1"])
def test_a_package_of_the_same_name_does_not_come_before_the_runner(tmp_path: Path, safe: str) -> None:
    """In the directory of an application, and on its PYTHONPATH; its own other modules are found."""
    for directory in (tmp_path / "app", tmp_path / "path"):
        (directory / "conformance").mkdir(parents=True)
        (directory / "conformance" / "__init__.py").write_text("raise RuntimeError('the wrong one')\n")
    (tmp_path / "app" / "my_app.py").write_text("GREETING = 'hi'\n")
    (tmp_path / "path" / "my_library.py").write_text("NAME = 'you'\n")
    (tmp_path / "app" / "cases").mkdir()
    own(
        tmp_path / "app" / "cases",
        "import my_app\nimport my_library\n\n\ndef test_greets(caller):\n"
        "    caller.sees(lambda: my_app.GREETING + my_library.NAME)\n",
    )
    python = bare(tmp_path)
    # The suite's own interpreter is not the one that has such a directory before its packages.
    python = script(tmp_path / "python", f'PYTHONPATH={tmp_path / "path"} PYTHONSAFEPATH={safe} exec {python} "$@"')
    done = sdk("--python", python, "--only-own", "cases", "--report-dir", "out", within=tmp_path / "app")
    assert done.returncode == 0, done.stdout + done.stderr
    assert cases(tmp_path / "app" / "out")["sdk/own.greets"]["seen"]["value"] == "hiyou"


def test_an_option_that_nobody_knows_is_told(tmp_path: Path) -> None:
    refused(sdk("--case-limt", "3"), "unknown option '--case-limt'; did you mean --case-limit?")
    refused(sdk("--python", bare(tmp_path), "-n", "2", "--only-own", own(tmp_path, CASE)), "No module named 'xdist'")


def test_the_value_of_an_option_may_be_the_name_of_a_directory(tmp_path: Path) -> None:
    (tmp_path / "hello").mkdir()
    own(tmp_path / "hello", CASE + "\n\ndef test_other(caller):\n    caller.sees(lambda: ask(caller))\n", "test_a.py")
    done = sdk("--only-own", "-k", "hello", "hello", "--report-dir", "out", within=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "sdk/a.hello" in cases(tmp_path / "out")


def test_the_command_is_run_as_it_is_installed() -> None:
    assert subprocess.run(
        [sys.executable, "-m", "conformance", "sdk", "--help"], capture_output=True, check=True
    ).stdout
