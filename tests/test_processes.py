"""Programs that tests start end with them."""

import os
import subprocess
import sys
import time
from pathlib import Path

from tests.processes import started

STUBBORN = """
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen(["sleep", "600"])
print(child.pid, flush=True)
time.sleep(600)
"""


def test_one_that_does_not_end_is_killed_with_what_it_started() -> None:
    began = time.monotonic()
    with started([sys.executable, "-c", STUBBORN], ends_s=0.5, stdout=subprocess.PIPE) as process:
        assert process.stdout
        child = int(process.stdout.readline())
        assert _runs(child)
    assert process.returncode
    assert time.monotonic() - began < 30
    for _ in range(100):
        if not _runs(child):
            return
        time.sleep(0.05)
    raise AssertionError("what it started still runs")


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    try:  # one that nobody has reaped yet has ended too
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
