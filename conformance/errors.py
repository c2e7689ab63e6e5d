"""Mistakes of the person who runs the suite: one clear line, exit code 4, never a traceback."""

from collections.abc import Iterable
from difflib import get_close_matches


class UsageError(Exception):
    """Bad input or configuration: says what is wrong, where, and how to mend it, in one line."""


def unknown_name(
    what: str, word: str, known: Iterable[str], hint: str = "`gateway-conformance list` shows them all"
) -> str:
    """The one line that says that a name is not known, with the nearest that is; the hint if none is near."""
    near = get_close_matches(word, list(known), n=1)
    return f"unknown {what} {word!r}; {f'did you mean {near[0]}?' if near else hint}"
