"""How long a case may take: one that hangs is ended, and all others are still run."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from _pytest.outcomes import Failed  # what `pytest.fail.Exception` is, which types do not say

_AGAIN_S = 2.0
"""After how long a case is ended once more that has swallowed it: within a callback, Python ignores what is raised."""


class Hang(Failed):
    """A case has come to no end.

    No client catches it as an error of its own: it is no `Exception`. It is one of pytest's, which for any other would
    leave the fixtures of a case as they are, and give them to the next.
    """


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Raises `Hang` in what runs meanwhile once so many seconds have gone by.

    Where there is no such signal, as on Windows, the process that judges ends the whole process, and goes on with another.
    """
    if not hasattr(signal, "setitimer") or not seconds:
        yield
        return

    def end(_signal: int, _frame: Any) -> None:
        raise Hang(f"no end within {seconds:g} s")

    before = signal.signal(signal.SIGALRM, end)
    signal.setitimer(signal.ITIMER_REAL, seconds, _AGAIN_S)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
