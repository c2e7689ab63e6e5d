"""Markdown as GitHub shows it: text that is only text, tables, and as many lines as there is room for."""

from collections.abc import Iterable, Sequence

from conformance.report.safe import one_line
from conformance.report.wording import counted, cut

MOST_BYTES = 1024 * 1024
"""Bytes that the summary of a step may have: GitHub shows nothing of a longer one."""
LONGEST = 600
"""Characters of a text that are shown."""


def size(text: str) -> int:
    """How many bytes a text takes."""
    return len(text.encode("utf-8", errors="replace"))


def code(text: str, longest: int = LONGEST) -> str:
    """Text that neither Markdown nor HTML obeys, on one line that fits into a table.

    A code span shows no picture, and makes no link and no mention either.
    """
    return f"`{cut(one_line(text), longest).replace('`', 'ˋ').replace('|', '∣').strip() or '-'}`"


def row(cells: Iterable[str]) -> str:
    """A line of a table."""
    return f"| {' | '.join(cells)} |\n"


def table(head: Sequence[str], rows: Iterable[Sequence[str]] = ()) -> str:
    """A table; without rows those may follow."""
    lines = [row(cells) for cells in rows]
    return "".join([row(head), row(["---"] * len(head)), *lines]) + ("\n" if lines else "")


def fitting(blocks: Sequence[str], room: int) -> str:
    """The first of the blocks, as many as `room` bytes hold, and how many more there are."""
    text = ""
    for number, block in enumerate(blocks):
        room -= size(block)
        if room < 0:
            return text + f"\n{counted(len(blocks) - number, 'line')} more: see the report.\n\n"
        text += block
    return text
