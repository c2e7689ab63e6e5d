"""What lies where a command is started, or stands in its environment, is not run: own cases are, if they are named."""

import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from conformance import resources
from conformance.cli import main
from conformance.errors import UsageError
from conformance.runs import inprocess

ONE = ("-k", "RESP-400-STORE")


@pytest.fixture
def ran(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file that is there once code of the current directory has run, of those above it, or of tests in it."""
    trace = tmp_path / "ran"
    here = tmp_path / "above" / "here"
    (here / "tests").mkdir(parents=True)
    for directory in (here.parent, here, here / "tests"):
        (directory / "conftest.py").write_text(f"open({str(trace)!r}, 'w').write(__file__)")
    (here / "foreign.py").write_text(f"open({str(trace)!r}, 'w').write(__file__)")
    monkeypatch.chdir(here)
    monkeypatch.syspath_prepend(here)
    return trace


@pytest.mark.parametrize("given", [{}, {"cassettes": resources.directory("cassettes")}])
def test_judging_in_this_process(ran: Path, given: inprocess.Options) -> None:
    judged = inprocess.judge(given, *ONE)
    assert judged.results
    assert (judged.errors, judged.usage_error) == ((), "")
    assert not ran.exists()


def test_collecting(ran: Path) -> None:
    assert inprocess.collect({}, "-k=RESP-400-STORE")
    assert not ran.exists()


def test_a_file_of_ours_by_its_name(ran: Path) -> None:
    assert inprocess.judge({}, "responses/test_unsupported_parameters.py", *ONE).results
    assert not ran.exists()


def test_what_is_named_and_not_there(ran: Path) -> None:
    with pytest.raises(UsageError, match="not among the cases"):
        inprocess.collect({}, "nowhere/test_it.py")
    assert not ran.exists()


@pytest.mark.parametrize(
    "words",
    [
        ["run", "--report-dir=report"],
        ["run", "conformance.cases", "--report-dir=report"],
        ["run", "-n2", "--report-dir=report"],
        ["plan"],
    ],
)
def test_a_command(ran: Path, words: list[str]) -> None:
    done = CliRunner().invoke(main, [*words, *ONE])
    assert done.exit_code == 0, done.output
    assert not ran.exists()


@pytest.mark.parametrize(("name", "value"), [("PYTEST_PLUGINS", "foreign"), ("PYTEST_ADDOPTS", "-p foreign")])
def test_what_the_environment_adds(ran: Path, name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, value)
    assert inprocess.judge({}, *ONE).results
    assert not ran.exists()
    assert os.environ[name] == value
