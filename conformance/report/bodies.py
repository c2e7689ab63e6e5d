"""Bodies of messages as people read them. They come from the target: whatever it sends, this stays cheap."""

import re
from collections.abc import Iterator

_INDENTED = 5
"""Levels of a JSON body that get lines of their own; what is deeper stays on one line, however deep it goes."""
_ONE_LINE = 72
"""Characters of an innermost object or list that is kept on one line."""

# Possessive throughout: whatever a target sends, no character is looked at more than a few times.
_STRING = r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?+'
_PART = rf'{_STRING}|[{{}}\[\],]|[^"{{}}\[\],]++'
_FINE = re.compile(_PART, re.DOTALL)
_COARSE = re.compile(rf'[{{\[](?:{_STRING}|[^"{{}}\[\]]++)*+[}}\]]|{_PART}', re.DOTALL)
_COLON = re.compile(r"^:\s*")


def pretty_printed(text: str) -> str:
    """A body that is JSON on one line, whole or cut, on several lines: only white space outside its strings changes.

    Parsing and writing it anew would hide what evidence must show: members that stand twice, how a number was written.
    """
    text = text.replace("\r\n", "\n")
    if text[:1] not in ("{", "[") or "\n" in text:
        return text
    made, depth = [], 0
    for part in _parts(text):
        if part == ",":
            made.append(",\n" + "  " * depth if 0 < depth <= _INDENTED else ", ")
        elif part in "{[":
            depth += 1
            made.append(f"{part}\n{'  ' * depth}" if 0 < depth <= _INDENTED else part)
        elif part in "}]":
            depth -= 1
            made.append(f"\n{'  ' * depth}{part}" if 0 <= depth < _INDENTED else part)
        elif part[0] in '"{[':
            made.append(part)
        else:
            made.append(_COLON.sub(": ", part.strip()))
    return "".join(made)


def _parts(text: str) -> Iterator[str]:
    """The strings, brackets, commas and other texts of a JSON body; a short innermost object or list is one part."""
    for part in _COARSE.findall(text):
        if len(part) > _ONE_LINE and part[0] != '"':
            yield from _FINE.findall(part)
        else:
            yield part
