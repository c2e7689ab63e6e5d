"""Ratios, not times: what a user waits for, beside the least that Python and pytest need on the same machine.

Run it with `tox run -e bench`. Each figure is the best of several runs, taken in turns, since machines are noisy.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROUNDS = 5
COMMAND = [sys.executable, "-c", "from conformance.cli import main; main()"]


def seconds(words: list[str], cwd: str) -> float:
    """Wall time of a command that must succeed."""
    started = time.perf_counter()
    subprocess.run(words, cwd=cwd, check=True, capture_output=True, env={**os.environ, "PYTHONDONTWRITEBYTECODE": ""})
    return time.perf_counter() - started


def best(*commands: Callable[[], float]) -> list[float]:
    """The best time of each command, taken in turns."""
    rounds = [[command() for command in commands] for _ in range(ROUNDS)]
    return [min(times) for times in zip(*rounds, strict=True)]


def main() -> None:
    """Prints the ratios."""
    with tempfile.TemporaryDirectory() as directory:
        report = Path(directory) / "report"
        replay = [*COMMAND, "run", "--report-dir", str(report)]
        seconds(replay, directory)  # compiles what is imported, once
        cases = len(json.loads((report / "results.json").read_text())["cases"])
        empty = Path(directory) / "test_empty.py"
        empty.write_text(f"import pytest\n@pytest.mark.parametrize('n', range({cases}))\ndef test_empty(n): pass\n")
        pytest = [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "--disable-plugin-autoload",
            "-p",
            "no:cacheprovider",
            str(empty),
        ]
        nothing, helped, listed, explained, empties, replayed = best(
            lambda: seconds([sys.executable, "-c", "pass"], directory),
            lambda: seconds([*COMMAND, "--help"], directory),
            lambda: seconds([*COMMAND, "list"], directory),
            lambda: seconds([*COMMAND, "explain", "RESP-400-STORE"], directory),
            lambda: seconds(pytest, directory),
            lambda: seconds(replay, directory),
        )
    show(f"replay of {cases} cases", replayed, f"{replayed / empties:.2f} times {cases} empty cases ({empties:.2f} s)")
    show("  allowed: 3 times, and a second", 3 * empties + 1, "")
    show("--help", helped, f"{helped - nothing:.2f} s over `python -c pass`, allowed 0.3")
    show("list", listed, f"{listed - nothing:.2f} s over `python -c pass`, allowed 0.3")
    show("explain", explained, f"{explained - nothing:.2f} s over `python -c pass`")


def show(what: str, took: float, beside: str) -> None:
    """One line of the table."""
    print(f"{what:<34} {took:6.2f} s   {beside}")


if __name__ == "__main__":
    main()
