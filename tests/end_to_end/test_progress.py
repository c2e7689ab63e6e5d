"""How far a live run is: a bar for whoever watches a terminal, a line now and then for a log, nothing for who wants quiet."""

import os
import pty
import re
import subprocess
import time
from io import StringIO
from pathlib import Path

import pytest

from conformance.runs.progress import Progress, State
from tests.commandline import COMMAND
from tests.end_to_end.conftest import TOKEN
from tests.end_to_end.proxy import Answer, proxy


def slow(_path: str, _sent: bytes, answer: Answer) -> Answer:
    time.sleep(0.1)
    return answer


def on_a_terminal(words: tuple[str, ...], directory: Path) -> str:
    """What a command writes to a terminal."""
    here, there = pty.openpty()
    environment = os.environ | {"DATABRICKS_TOKEN": TOKEN, "COLUMNS": "120", "TERM": "xterm"}
    with subprocess.Popen([*COMMAND, *words], cwd=directory, env=environment, stdout=there, stderr=there) as process:
        os.close(there)
        written = b""
        try:
            while piece := os.read(here, 4096):
                written += piece
        except OSError:  # so Linux tells that nobody has the other end any more
            pass
        process.wait(60)
    os.close(here)
    assert process.returncode == 0, written
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", written.decode())


@pytest.mark.parametrize(("more", "has_bar"), [((), True), (("-q",), False), (("-v",), False)])
def test_a_terminal_has_a_bar(tmp_path: Path, gateway: str, more: tuple[str, ...], has_bar: bool) -> None:
    with proxy(gateway, slow) as target:
        words = ("run", "--base-url", target.url, "--surface", "gemini", "--corpus", "smoke", "--report-dir", "report")
        written = on_a_terminal((*words, *more), tmp_path)
    assert bool(re.search(r"\d+/\d+ cases, \d+ in flight, [\d,]+ tokens", written)) == has_bar
    assert bool(re.search(r"^\.{5,}", written, re.MULTILINE)) == (not has_bar and more != ("-v",)), (
        "a bar is no place for dots"
    )
    assert "report/report.html" in written


def test_a_log_has_a_line_now_and_then() -> None:
    states = iter(range(1, 1000))
    stream = StringIO()
    progress = Progress(
        lambda: State(next(states), 1000, 2.0, in_flight=3, throttled=2, tokens=12345, slowest="chat/x", slowest_s=9),
        stream, every_s=0.02,
    )  # fmt: skip
    progress.start()
    time.sleep(0.2)
    progress.stop()
    lines = stream.getvalue().splitlines()
    assert len(lines) > 2
    assert lines[0] == "1/1000 cases, 3 in flight, 2 × 429, 12,345 tokens, about 1998 s left; slowest: chat/x (9 s)"
    time.sleep(0.1)
    assert stream.getvalue().splitlines() == lines, "nothing comes after its end"


def test_before_anything_is_done_nobody_knows_how_long_it_takes() -> None:
    assert str(State(0, 5, 1.0)) == "0/5 cases, 0 in flight, 0 tokens"
