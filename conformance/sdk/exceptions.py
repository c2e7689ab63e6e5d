"""Exceptions that a caller gets: what they say, whether two are of one reason, and whether one is still caught."""

import builtins
import re
from collections.abc import Mapping, Set
from typing import Any

Error = Mapping[str, Any]
_NO_END = frozenset({"Hang", "Crash"})
"""The types of what is kept of a call that has not come to its end, and of one that has ended Python itself."""
_BUILTIN = frozenset(
    name for name, kind in vars(builtins).items() if isinstance(kind, type) and issubclass(kind, BaseException)
)
_OF_HTTP_LIBRARIES = frozenset({
    "TransportError", "HTTPStatusError",  # httpx, httpx2
    "RequestException",  # requests
    "ClientConnectionError", "ClientPayloadError",  # aiohttp
})  # fmt: skip
_PATH = (re.compile(r"(?<![\w/])/[\w.~%:{}-]+(?:/[\w.~%:{}-]*)+"), "/…")
_CHANCE = (
    (re.compile(r"\b(?:Async(?=[A-Z])|async_(?=\w))+"), ""),  # of a client's two halves
    (re.compile(r"\b[A-Za-z_][\w.]*(?=\()"), "…"),  # which function says so
    _PATH,
    (re.compile(r"\d+"), "#"),
    (re.compile(r"\s+"), " "),
)
"""What texts of one reason differ in."""
_INDEX = re.compile(r"(?<=\.)\d+(?=\.)")


def error_of(seen: Mapping[str, Any]) -> Error | None:
    """The exception that a caller has got, if any."""
    found = seen.get("error")
    return found if isinstance(found, Mapping) else None


def error_text(error: Error) -> str:
    """An exception in a line."""
    return f"{error.get('type')}: {error.get('text')}"


def has_no_end(error: Error | None) -> bool:
    """Whether a call has come to no end that a caller could handle."""
    return error is not None and error.get("type") in _NO_END


def alike(text: str) -> str:
    """A text without what differs between cases that fail for one reason: numbers, paths, which function says so."""
    for pattern, instead in _CHANCE:
        text = pattern.sub(instead, text)
    return text.strip()


def alike_in_place(text: str) -> str:
    """What is wrong with a request, without which model it asks for and which member of a list is meant."""
    pattern, instead = _PATH
    return _INDEX.sub("*", pattern.sub(instead, text))


def client_classes(error: Error) -> frozenset[str]:
    """The classes of an exception by which a caller can tell it apart, Python's own left out."""
    return frozenset(map(str, error.get("is_a", ()))) - _BUILTIN - _NO_END


def slips_through(was: Error, now: Error, known: Set[str]) -> bool:
    """Whether no `except` that has caught the older exception catches the newer one; Python's own classes do not count.

    What an HTTP library had raised, and the client now raises as its own, does not slip through: `known` are the classes of
    the client that its callers handle already. httpx and httpx2 name their classes alike, and names are all that is kept.
    """
    before, after = client_classes(was), client_classes(now)
    if not before or before & after:
        return False
    return not (before & _OF_HTTP_LIBRARIES and after & known)


def own_classes(error: Error) -> frozenset[str]:
    """The classes of an exception that are the client's, and no HTTP library's."""
    found = client_classes(error)
    return frozenset() if found & _OF_HTTP_LIBRARIES else found
