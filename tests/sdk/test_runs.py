"""Runs of all cases: the same observed again, by several processes, or in part, is the same; one that is ended says so."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from conformance.sdk.changes import compare
from conformance.sdk.observations import read
from tests.commandline import PROGRAM
from tests.sdk.observing import ASKS, ROOT, document, own, sdk

pytestmark = pytest.mark.xdist_group("runs")  # what the tests share is made once


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All cases of all clients that are installed here."""
    report = tmp_path_factory.mktemp("first")
    done = sdk("--report-dir", report, PYTHONHASHSEED="1")
    assert done.returncode == 0, done.stdout + done.stderr
    return report


def changed(old: Path, new: Path) -> dict[str, str]:
    """What has not stayed as it was, by case."""
    found = compare(read(old), read(new))
    assert found
    return {one.case: str(one) for one in found if one.outcome != "unchanged"}


@pytest.mark.parametrize(
    "words",
    [(), ("-n", "2"), ("-k", "streamed or tool or 429")],
    ids=" ".join,
)
def test_the_same_is_observed_again(first: Path, tmp_path: Path, words: tuple[str, ...]) -> None:
    """With another seed of Python's hashes, from another directory, by two processes, and where only a part is observed."""
    done = sdk("--report-dir", tmp_path, *words, within=tmp_path, PYTHONHASHSEED="2")
    assert done.returncode == 0, done.stdout + done.stderr
    assert changed(first, tmp_path) == {}
    told = document(tmp_path)
    assert (told["complete"], told["partial"]) == (True, "-k" in words)
    assert told["clients"] == {name: document(first)["clients"][name] for name in told["clients"]}
    if "-k" not in words:
        assert len(told["cases"]) == len(document(first)["cases"])


@pytest.mark.skipif(sys.platform == "win32", reason="there is no such signal there")
@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("words", [(), ("-n", "2")], ids=["alone", "two processes"])
def test_an_interrupted_run_says_so_and_leaves_nothing_behind(
    tmp_path: Path, words: tuple[str, ...], by: signal.Signals
) -> None:
    """Neither the processes of the run nor what a case has started."""
    source = (
        "import os\nimport subprocess\nimport sys\nimport time\n\nHERE = os.path.dirname(__file__)\n\n\n"
        "def note(pid):\n    with open(os.path.join(HERE, 'pids'), 'a') as file:\n        file.write(f'{pid}\\n')\n\n\n"
        "def test_a(caller):\n    caller.sees(lambda: ask(caller))\n    note(os.getpid())\n\n\n"
        "def test_b(caller):\n    time.sleep(1)  # where two run at once: until the other has ended\n"
        "    child = subprocess.Popen(['sleep', '600'])\n    note(os.getpid())\n"
        "    note(child.pid)\n    caller.sees(lambda: time.sleep(600))\n"
    )
    # Whoever starts the tests may have them, and what they start, ignore a signal: in the background, SIGINT.
    program = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler);"
    program += f"signal.signal(signal.SIGTERM, signal.SIG_DFL); {PROGRAM}"
    command = [
        sys.executable,
        "-c",
        program,
        "sdk",
        "--only-own",
        str(own(tmp_path, ASKS + source)),
        "--report-dir",
        str(tmp_path),
        *words,
    ]
    with subprocess.Popen(
        command, env=os.environ | {"PYTHONPATH": ROOT}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        until = time.monotonic() + 60
        while not (tmp_path / "pids").exists() or len(_pids(tmp_path)) < 3:
            assert time.monotonic() < until
            time.sleep(0.05)
        before = _signals(process.pid)
        process.send_signal(by)
        try:
            printed = process.communicate(timeout=20)[0]  # well before the case is ended for taking too long
        except subprocess.TimeoutExpired:
            pytest.fail(f"{by.name} has not ended it; before: {before}, since: {_signals(process.pid)}")
        finally:
            process.kill()
    assert process.returncode == 2, printed
    told = document(tmp_path)
    assert (told["complete"], [case["id"] for case in told["cases"]]) == (False, ["sdk/own.a"])
    assert "ended before its time" in printed
    assert "Traceback" not in printed
    until = time.monotonic() + 10
    while left := [pid for pid in _pids(tmp_path) if _runs(pid)]:
        assert time.monotonic() < until, left
        time.sleep(0.05)


def _signals(pid: int) -> list[str]:
    """What the system knows of a process and signals: which wait, are blocked, are ignored, are caught."""
    told = Path(f"/proc/{pid}/status")
    return [line for line in told.read_text().splitlines() if line.startswith(("Sig", "Shd"))] if told.exists() else []


def _pids(directory: Path) -> list[int]:
    return list(map(int, (directory / "pids").read_text().split()))


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{pid}/stat")  # one that has ended, and that nobody has asked for, is none that runs
    return not state.exists() or state.read_text().rpartition(")")[2].split()[0] != "Z"
