"""`gateway-conformance compare` on two reports of `run`: which requirements broke, and which are kept now."""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from conformance.commands.output import write_file
from conformance.report.compare import compare
from conformance.report.markdown import code, table
from conformance.report.results import Results, VerdictChange, read
from conformance.report.safe import one_line
from conformance.report.scope import headline, outcome_of, scope_of

_LONGEST = 110
"""Characters of a requirement's note."""
_COLOURS = {"broken": "red", "fixed": "green"}


def run(old_path: Path, new_path: Path, markdown: Path | None) -> int:
    """Compares and prints. Gives the exit code: 1 if a requirement that was kept fails now. Raises `UsageError`."""
    old, new = read(old_path), read(new_path)
    changes = compare(old, new)
    for line, outcome in lines(old_path, old, new_path, new, changes):
        click.secho(one_line(line), fg=_COLOURS.get(outcome))
    if markdown:
        write_file(markdown, as_markdown(old, new, changes))
    return int(any(change.outcome == "broken" for change in changes))


def lines(
    old_path: Path, old: Results, new_path: Path, new: Results, changes: Sequence[VerdictChange]
) -> Iterator[tuple[str, str]]:
    """What the terminal shows, each line with the outcome that it is about, if it is about one."""
    yield f"old  {old_path}: {_headline(old)}", ""
    yield f"new  {new_path}: {_headline(new)}", ""
    for change in changes:
        if change.outcome != "unchanged":
            note = f"  {change.note[:_LONGEST]}" if change.note else ""
            yield f"{change.outcome:<8} {change.requirement}  {change.old} → {change.new}{note}", change.outcome
    counted = Counter(change.outcome for change in changes)
    yield ", ".join(f"{count} {outcome}" for outcome, count in sorted(counted.items())), ""


def as_markdown(old: Results, new: Results, changes: Sequence[VerdictChange]) -> str:
    """The comparison for a pull request: what differs as a table, and the counts."""
    rows = [
        [change.outcome, code(change.requirement), f"{change.old} → {change.new}", code(change.note, _LONGEST)]
        for change in changes
        if change.outcome != "unchanged"
    ]
    counted = Counter(change.outcome for change in changes)
    return "".join(
        [
            f"**old** {code(_headline(old))}  \n**new** {code(_headline(new))}\n\n",
            table(["", "requirement", "verdict", "now"], rows) if rows else "",
            ", ".join(f"{count} {outcome}" for outcome, count in sorted(counted.items())) + "\n",
        ]
    )


def _headline(results: Results) -> str:
    return f"{results.target.name}: {headline(outcome_of(results), scope_of(results).texts)}"
