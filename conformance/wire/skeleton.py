"""A request body made short enough to read: its shape, with long strings and lists told by what they hold."""

import re
from hashlib import sha256
from itertools import islice
from typing import Any

from conformance.wire.exchange import NotJson, parse_json

LONGEST_TEXT = 120
"""Characters of a string that are shown."""
LONGEST_LIST = 6
"""Members of a list that are shown."""
LONGEST_OBJECT = 40
"""Members of an object that are shown."""
DEEPEST = 24
"""Levels of nesting that are shown."""
_MEDIA = re.compile(rb";base64,")
_MEDIA_OF_ANY = re.compile(rb';base64,|"data"\s*:\s*"')
"""Where media begin, in data URIs and in Gemini's inlineData."""
_SHORTEST_MEDIA = 120
"""Characters from which on media are counted."""
_DATA_URI = re.compile(r"data:([\w.+-]+/[\w.+-]+);base64,")


def skeleton(body: bytes, *, hashed: bool = False) -> Any:
    """The JSON value of `body`, cut; for a body that is no JSON, its first characters.

    `hashed`: media are told by a hash too. Recordings have one of the whole body.
    """
    try:
        return cut(parse_json(_with_media_counted(body, hashed=hashed)))
    except NotJson:
        return cut(body[: 2 * LONGEST_TEXT].decode("utf-8", errors="replace"))


def _with_media_counted(body: bytes, *, hashed: bool) -> bytes:
    """The body with the length of long media instead of them: megabytes need not become a string first."""
    kept, at = list[bytes](), 0
    beginnings = _MEDIA_OF_ANY if hashed else _MEDIA
    while mark := beginnings.search(body, at):
        start = mark.end()
        end = body.find(b'"', start)
        kept.append(body[at:start])
        if end - start < _SHORTEST_MEDIA or body[end - 1 : end] == b"\\":  # an escaped quote ends nothing
            at = start
        else:
            told = f", sha256 {sha256(memoryview(body)[start:end]).hexdigest()[:12]}" if hashed else ""
            kept.append(f"… {end - start} characters{told}".encode())
            at = end
    return b"".join([*kept, body[at:]])


def cut(value: Any, depth: int = DEEPEST) -> Any:
    """`value` with long strings, lists and objects shortened, each saying what was left out, and nesting ended at `depth`."""
    match value:
        case dict() | list() if depth == 0:
            return "…"
        case dict():
            shown = {cut(key): cut(member, depth - 1) for key, member in islice(value.items(), LONGEST_OBJECT)}
            return shown | ({"…": f"{len(value) - len(shown)} more of {len(value)}"} if len(value) > len(shown) else {})
        case list():
            kept = [cut(member, depth - 1) for member in value[:LONGEST_LIST]]
            return [*kept, f"… {len(value) - len(kept)} more of {len(value)}"] if len(value) > len(kept) else kept
        case str() if (media := _DATA_URI.match(value)) and len(value) > LONGEST_TEXT:
            return f"{media[0]}… {len(value) - media.end()} characters"
        case str() if len(value) > LONGEST_TEXT:
            return f"{value[:LONGEST_TEXT]}… {len(value)} characters"
        case _:
            return value
