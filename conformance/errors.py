"""Mistakes of the person who runs the suite: one clear line, exit code 4, never a traceback."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest


class UsageError(Exception):
    """Bad input or configuration: says what is wrong, where, and how to mend it, in one line."""


def unknown_name(
    what: str, word: str, known: Iterable[str], hint: str = "`gateway-conformance list` shows them all"
) -> str:
    """The one line that says that a name is not known, with the nearest that is; the hint if none is near."""
    near = get_close_matches(word, list(known), n=1)
    return f"unknown {what} {word!r}; {f'did you mean {near[0]}?' if near else hint}"


def refuse_unknown_options(parser: "pytest.Parser", args: Sequence[str], prefix: str, command: str) -> None:
    """Raises `UsageError` on an option that neither pytest knows, nor a plugin, nor the command that has started it.

    The options of the command's plugin begin with `prefix`, which its user does not write.
    """
    _, unknown = parser.parse_known_and_unknown_args(args)
    mistyped = next((word for word in unknown if word.startswith("-")), None)
    if mistyped is not None:
        groups = [*parser._groups, parser._anonymous]  # noqa: SLF001 (pytest shows its options in no other way)
        names = [name for group in groups for option in group.options for name in option.names()]
        hint = f"see `gateway-conformance {command} --help`, and `pytest --help` for pytest's own"
        known = [name.replace(prefix, "--", 1) for name in names]
        raise UsageError(unknown_name("option", mistyped.partition("=")[0], known, hint))
