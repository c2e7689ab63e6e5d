"""What came of comparing client observations, as Markdown for a pull request."""

from collections.abc import Iterator, Sequence

from conformance.report.markdown import code, size
from conformance.report.wording import counted
from conformance.sdk.causes import Cause
from conformance.sdk.upgrade import (
    Upgrade,
    aspect_text,
    cut,
    headline,
    names,
    new_findings,
    no_longer,
    old_findings,
    places,
    waiver,
)

MOST_BYTES = 60_000
"""Of a whole comment. GitHub takes 65536 characters."""
_FOR_WHAT_IS_LEFT_OUT = 400
"""Bytes kept for the line that says how much is left out."""
_FEW = 3
_LONGEST_LIST = 4_000


def markdown(found: Sequence[Upgrade]) -> str:
    """A comment for a pull request: headings and counts first, then as many causes as there is room for."""
    text, left_out = "", 0
    heads = [_head(one) for one in found]
    room = MOST_BYTES - _FOR_WHAT_IS_LEFT_OUT - sum(map(size, heads))
    for one, head in zip(found, heads, strict=True):
        text += head
        for block in _blocks(one):
            room -= size(block)
            left_out += room < 0
            text += block if room >= 0 else ""
        text += "\n"
    if left_out:
        text += f"{counted(left_out, 'row')} left out here: `--all` or `--html FILE` tells them.\n"
    return text


def _head(found: Upgrade) -> str:
    """What was upgraded, and the counts."""
    text = f"### {code(found.heading)}: {found.verdict}\n\n"
    if len(found.versions) > _FEW:
        told = "\n".join(f"- {code(str(one))}" for one in found.versions)
        if size(told) <= _LONGEST_LIST:
            text += f"<details><summary>{counted(len(found.versions), 'version')} changed</summary>\n\n{told}\n\n</details>\n\n"
    return text


def _blocks(found: Upgrade) -> Iterator[str]:
    """The rows of the table, then the findings, each by itself."""
    for number, cause in enumerate(found.causes):
        head = "| what changed | cases |\n| --- | --- |\n" if number == 0 else ""
        yield head + f"| {_row(found, cause)} | {code(names(cause.cases), _LONGEST_LIST)} |\n"
    told = [f"new: {one}" for one in new_findings(found)] + [*no_longer([found])]
    yield from (f"{'' if number else chr(10)}- {code(cut(one))}\n" for number, one in enumerate(told))
    if before := old_findings(found):
        listed = "\n".join(f"- {code(cut(one))}" for one in before)
        yield (
            f"\n<details><summary>as before: {counted(len(before), 'finding')}</summary>\n\n{listed}\n\n</details>\n"
        )


def _row(found: Upgrade, cause: Cause) -> str:
    more = [aspect_text(one) for one in places(cause)]
    words = [waiver(found, cause), *more[:_FEW]]
    told = "".join(f"<br>{code(one)}" for one in words if one)
    left = len(more) - _FEW
    return f"{code(headline(cause))}{told}" + (f"<br>and {counted(left, 'more difference')}" if left > 0 else "")
