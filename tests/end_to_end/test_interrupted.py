"""A run that is ended before its time: what was judged so far is reported as incomplete, and never as passed."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests import commandline
from tests.end_to_end.conftest import TOKEN
from tests.end_to_end.proxy import Answer, proxy, unchanged

# Whoever starts the tests in the background has them, and what they start, ignore SIGINT.
PROGRAM = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler);"
PROGRAM += commandline.PROGRAM


def slow(_path: str, _sent: bytes, answer: Answer) -> Answer:
    time.sleep(0.15)
    return answer


def slower(_path: str, _sent: bytes, answer: Answer) -> Answer:
    time.sleep(0.5)  # a busy machine has the time to interrupt what is far from its end
    return answer


@contextmanager
def started(tmp_path: Path, *words: str, first: str = "") -> Iterator[subprocess.Popen[str]]:
    """The command, in a process group of its own; `first` is what its program does before."""
    command = [sys.executable, "-c", first + PROGRAM, *words, "--report-dir", "report"]
    environment = os.environ | {"DATABRICKS_TOKEN": TOKEN, "COLUMNS": "200"}
    with subprocess.Popen(
        command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        start_new_session=True,
    ) as process:  # fmt: skip
        try:
            yield process
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)


def wait_for(process: subprocess.Popen[str], word: str) -> str:
    """What was printed, up to the line that holds `word`."""
    assert process.stdout
    read = ""
    while word not in read:
        line = process.stdout.readline()
        assert line, read
        read += line
    return read


def ended(process: subprocess.Popen[str]) -> str:
    printed, _ = process.communicate(timeout=60)
    return printed


def results(tmp_path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((tmp_path / "report" / "results.json").read_text())
    return found


@pytest.mark.parametrize("parallel", [(), ("-n", "2")])
def test_ctrl_c_after_a_must_has_failed(tmp_path: Path, gateway: str, parallel: tuple[str, ...]) -> None:
    with proxy(gateway, slower) as target:
        words = (
            "--base-url",
            f"{target.url}/faults/responses-store-accepted",
            "--surface",
            "responses",
            "-vv",
            *parallel,
        )
        with started(tmp_path, "run", *words, "-k", "unsupported or corpus") as process:
            wait_for(process, "FAILED")
            process.send_signal(signal.SIGINT)
            printed = ended(process)
    assert process.returncode == 2, printed
    assert "nonconformant, and INCOMPLETE" in printed
    assert "Traceback" not in printed
    assert "KeyboardInterrupt" not in printed
    assert ".py:" not in printed.partition("INCOMPLETE")[2], "where it was interrupted is nobody's matter"
    assert "`gateway-conformance run --resume report`, with the same options, goes on where it was inter" in printed
    assert (results(tmp_path)["complete"], results(tmp_path)["verdict"]) == (False, "nonconformant")


def never(_path: str, _sent: bytes, answer: Answer) -> Answer:
    time.sleep(5)
    return answer


def test_ctrl_c_before_the_first_case(tmp_path: Path, gateway: str) -> None:
    """While the preflight waits for its answers."""
    with proxy(gateway, never) as target, started(tmp_path, "run", "--base-url", target.url, "--smoke") as process:
        while not target.sent:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        printed = ended(process)
    assert process.returncode == 2, printed
    [line] = [line for line in printed.splitlines() if line.strip()]
    assert "Interrupted: no case was judged yet, and there is no report" in line
    assert not (tmp_path / "report").exists()


LATE = """
import os, signal, conformance.report.write as report
def interrupted(self, *what, write=report.ReportDirectory.write):
    os.kill(os.getpid(), signal.SIGINT)
    return write(self, *what)
report.ReportDirectory.write = interrupted
"""


@pytest.mark.parametrize("live", [True, False])
def test_ctrl_c_while_the_report_is_written_comes_too_late(tmp_path: Path, gateway: str, *, live: bool) -> None:
    words = ("--base-url", gateway) if live else ()
    with started(tmp_path, "run", "-k", "unsupported", *words, first=LATE) as process:
        printed = ended(process)
    assert process.returncode == 0, printed
    assert results(tmp_path)["complete"]


def test_x_stops_at_a_failure_and_has_found_it(tmp_path: Path, gateway: str) -> None:
    words = ("--base-url", f"{gateway}/faults/responses-store-accepted", "--surface", "responses", "-x")
    with started(tmp_path, "run", *words, "-k", "unsupported") as process:
        printed = ended(process)
    assert process.returncode == 1, printed
    assert "nonconformant, and INCOMPLETE" in printed


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def test_a_killed_worker(tmp_path: Path, gateway: str) -> None:
    with proxy(gateway, slow) as target:
        words = ("--base-url", target.url, "--surface", "responses", "-k", "unsupported", "-n", "2", "-vv")
        with started(tmp_path, "run", *words) as process:
            wait_for(process, "PASSED")
            os.kill(children(process.pid)[0], signal.SIGKILL)
            printed = ended(process)
    assert process.returncode == 3, printed
    assert "inconclusive, and INCOMPLETE" in printed
    found = results(tmp_path)
    assert (found["complete"], found["verdict"]) == (False, "inconclusive")
    assert any("crashed" in error for error in found["errors"])
    assert sum(case["verdict"] == "passed" for case in found["cases"]) > 3, "the others went on"


def files_up_to(size: int) -> str:
    """A program that makes its process meet what a full disk is: no file gets larger than `size` bytes."""
    ignored = "import resource, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
    return ignored + f"resource.setrlimit(resource.RLIMIT_FSIZE, ({size}, {size}));"


def test_a_disk_that_is_too_full_for_the_report(tmp_path: Path) -> None:
    with started(tmp_path, "run", "-k", "unsupported", first=files_up_to(20_000)) as process:
        printed = ended(process)
    assert process.returncode == 3, printed
    assert "inconclusive, and INCOMPLETE" in printed
    assert "ERROR the report cannot be written: File too large" in printed
    assert "Traceback" not in printed
    assert not [path for path in tmp_path.rglob("*") if path.is_file()], "nothing half written"


def test_a_disk_that_is_too_full_for_the_recordings(tmp_path: Path, gateway: str) -> None:
    with proxy(gateway) as target:
        words = ("--base-url", target.url, "--cassettes", "kept", "--corpus", "none", "--surface", "responses")
        with started(tmp_path, "record", *words, first=files_up_to(12_000)) as process:
            printed = ended(process)
        assert process.returncode == 3, printed
        assert "INCOMPLETE" in printed
        assert "cannot be recorded to kept: File too large" in printed
        assert "Traceback" not in printed
        assert len(target.sent) < 100, "no more is sent than can be kept"
        kept = [path for path in (tmp_path / "kept").rglob("*") if path.is_file()]
        assert kept
        assert all(json.loads(path.read_text()) for path in kept)
        with started(tmp_path, "record", *words) as process:
            printed = ended(process)
    assert process.returncode == 0, printed
    assert "cases were recorded before, and not sent again" in printed


def test_what_was_recorded_before_ctrl_c_is_not_sent_again(tmp_path: Path, gateway: str) -> None:
    with proxy(gateway, slow) as target:
        words = ("--base-url", target.url, "--cassettes", "kept", "--corpus", "smoke", "--surface", "responses", "-vv")
        with started(tmp_path, "record", *words) as process:
            wait_for(process, "test_corpus.py")
            process.send_signal(signal.SIGINT)
            printed = ended(process)
        assert process.returncode == 2, printed
        kept = len(results(tmp_path)["cases"])
        with started(tmp_path, "run", "--cassettes", "kept") as process:
            printed = ended(process)
        assert process.returncode == 2, "a part of a recording proves nothing of the whole"
        assert "INCOMPLETE: the recording did not get to its end" in printed
        target.change = unchanged
        with started(tmp_path, "record", *words) as process:
            printed = ended(process)
        assert process.returncode == 0, printed
        assert results(tmp_path)["target"]["resumed"] == kept
        both = len(target.sent)
        with started(tmp_path, "record", *words, "--again") as process:
            printed = ended(process)
    assert both <= len(target.sent) - both + 2 + 4, "but for the preflight and the case that was cut off"
    with started(tmp_path, "run", "--cassettes", "kept") as process:
        printed = ended(process)
    assert process.returncode == 0, printed


@pytest.mark.parametrize("pause", [0.0, 0.003, 0.3])
@pytest.mark.parametrize("second", [signal.SIGINT, signal.SIGTERM])
def test_a_second_signal_takes_nothing_away(tmp_path: Path, gateway: str, pause: float, second: signal.Signals) -> None:
    with proxy(gateway, slow) as target:
        words = ("--base-url", target.url, "--surface", "responses", "-k", "unsupported", "-vv")
        with started(tmp_path, "run", *words) as process:
            wait_for(process, "PASSED")
            process.send_signal(signal.SIGINT)
            time.sleep(pause)
            process.send_signal(second)
            printed = ended(process)
    assert process.returncode == 2, printed
    assert "inconclusive, and INCOMPLETE" in printed
    assert "Traceback" not in printed
    assert "KeyboardInterrupt" not in printed
    assert results(tmp_path)["verdict"] == "inconclusive"
