"""Programs that tests start beside themselves, and that end with them."""

import os
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

ENDS_S = 5.0
"""Seconds in which a program ends that is asked to."""


@contextmanager
def started(words: Sequence[str], *, ends_s: float = ENDS_S, **options: Any) -> Iterator["subprocess.Popen[bytes]"]:
    """Runs a program meanwhile, with options of `subprocess.Popen`. It is asked to end; then all of its group is killed.

    A program that does not end would hold up whoever waits for it, and with it all tests.
    """
    with subprocess.Popen(words, start_new_session=True, **options) as process:
        try:
            yield process
        finally:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(ends_s)
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
