"""Prints the table: each behaviour, how the run ended, the verdict of the case, seconds and peak memory.

`python -m tests.hostile [WORDS]`: only the behaviours whose names hold the words.
"""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from conformance.reference.server import running
from tests.hostile.behaviours import HOSTILE
from tests.hostile.measured import TOKEN, attack


def main(words: str) -> None:
    """Attacks, one behaviour after the other, and prints a line about each."""
    click.echo(f"{'behaviour':<38} exit  {'verdict':<13} seconds  peak MB  others")
    with running(token=TOKEN) as reference:
        for name, behaviour in HOSTILE.items():
            if words not in name:
                continue
            with TemporaryDirectory() as directory:
                done = attack(reference, behaviour, Path(directory))
                verdicts = dict(done.verdicts)
                verdict = verdicts.pop(behaviour.spot.case)
                others = ", ".join(sorted(set(verdicts.values())))
                said = (done.findings(behaviour.spot.case) or [""])[0]
            click.echo(
                f"{name:<38} {done.code:>4}  {verdict:<13} {done.seconds:>7.1f}  {done.peak_mb:>7.0f}  "
                f"{len(verdicts)} {others:<10} {ascii(said)[1:90]}"
            )


if __name__ == "__main__":
    main(" ".join(sys.argv[1:]))
