"""How far a live run is: a bar in a terminal, a line now and then elsewhere."""

import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TextIO

_EVERY_S = 15.0
"""Seconds between two lines where nobody watches a terminal."""
_FRAME_S = 0.25
"""Seconds between two looks of the bar."""
_SLOW_S = 5.0
"""Seconds after which a running case is worth to be named."""


@dataclass(frozen=True)
class State:
    """How far a run is. Times in seconds."""

    done: int
    total: int
    """Cases."""
    elapsed_s: float
    in_flight: int = 0
    throttled: int = 0
    """Answers with 429."""
    tokens: int = 0
    slowest: str = ""
    """The case that has been running longest."""
    slowest_s: float = 0.0

    @property
    def remaining_s(self) -> float | None:
        """About how long it will still take; None before anything is done."""
        return self.elapsed_s / self.done * (self.total - self.done) if self.done else None

    def __str__(self) -> str:
        """One line."""
        left = "" if self.remaining_s is None else f", about {self.remaining_s:.0f} s left"
        refused = f", {self.throttled} × 429" if self.throttled else ""
        slowest = f"; slowest: {self.slowest} ({self.slowest_s:.0f} s)" if self.slowest_s >= _SLOW_S else ""
        return f"{self.done}/{self.total} cases, {self.in_flight} in flight{refused}, {self.tokens:,} tokens{left}{slowest}"


class Progress:
    """Shows a state that is asked for again and again, until it is stopped."""

    def __init__(self, state: Callable[[], State], stream: TextIO | None = None, every_s: float = _EVERY_S) -> None:
        """`every_s`: seconds between two lines, where it is no bar."""
        self._state, self._stream, self._every_s = state, stream or sys.stderr, every_s
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._show, name="progress", daemon=True)

    @property
    def is_bar(self) -> bool:
        """Whether it is a bar that is drawn anew: nothing else may be written into its line."""
        return self._stream.isatty()

    def start(self) -> None:
        """Begins to show it, in a thread that is no reason for a process to go on."""
        self._thread.start()

    def stop(self) -> None:
        """Shows nothing more; a bar is wiped out."""
        self._ended.set()
        self._thread.join(timeout=2.0)

    def _show(self) -> None:
        if self.is_bar:
            self._draw()
        else:
            while not self._ended.wait(self._every_s):
                print(self._state(), file=self._stream, flush=True)

    def _draw(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, TextColumn
        from rich.progress import Progress as Bar

        columns = (BarColumn(bar_width=24), TextColumn("{task.description}", markup=False))
        console = Console(file=self._stream, soft_wrap=False)
        with Bar(*columns, console=console, transient=True, auto_refresh=False, redirect_stdout=False) as bar:
            task = bar.add_task("", total=None)
            while not self._ended.wait(_FRAME_S):
                state = self._state()
                text = str(state)[: max(20, console.width - 28)]
                bar.update(task, total=state.total, completed=state.done, description=text, refresh=True)
