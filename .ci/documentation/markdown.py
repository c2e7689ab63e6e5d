"""Pieces of Markdown."""

import re
from collections.abc import Iterable, Sequence

FENCE = "```"
_ID = re.compile(r"(?<![\[`])`([A-Z]+(?:-[A-Za-z0-9]+)+)`(?!\])")


def plain(text: object) -> str:
    """Text that Markdown and HTML show as it is, on one line, also in a cell of a table."""
    return _escaped(" ".join(str(text).split()))


def prose(text: str) -> str:
    """As `plain`, but for what stands in backquotes, which is shown as code."""
    parts = " ".join(text.split()).split("`")
    return "".join(code(part) if number % 2 else _escaped(part) for number, part in enumerate(parts))


def code(text: object) -> str:
    """A word in the letters of code."""
    return f"<code>{plain(text)}</code>"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of cells that are Markdown already."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines) + "\n"


def bullets(items: Iterable[str]) -> str:
    """A list of items that are Markdown already."""
    return "\n".join(f"- {item}" for item in items) + "\n"


def _escaped(text: str) -> str:
    return re.sub(r"([\\`*_{}\[\]|~#])", r"\\\1", text).replace("&", "&amp;").replace("<", "&lt;")


def linked(text: str, pages: dict[str, str]) -> str:
    """A page in which each requirement that is named as code leads to its page; code in fences stays as it is."""
    parts = text.split(f"\n{FENCE}")
    for number in range(0, len(parts), 2):
        parts[number] = _ID.sub(lambda found: _link(found, pages), parts[number])
    return f"\n{FENCE}".join(parts)


def _link(found: re.Match[str], pages: dict[str, str]) -> str:
    return f"[{found[0]}]({pages[found[1]]})" if found[1] in pages else found[0]
