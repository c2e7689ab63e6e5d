"""Makes small what was found: takes out, and puts simpler things in, as long as it still shows.

Hypothesis could do that too, but it shrinks the choices behind a body: with the strategies of a large spec that takes minutes
and leaves members that have nothing to do with the find.
"""

from collections.abc import Callable, Mapping
from typing import Any

IsInteresting = Callable[[Any], bool]
"""Whether a body, or a value in its place there, still shows what was found."""


def minimised(body: dict[str, Any], plain: Mapping[str, Any], shows: IsInteresting) -> dict[str, Any]:
    """The body, each member as in the plain request where that will do, else as small as it can be.

    `shows` may raise to end it: whatever it has last called true is the smallest so far.
    """
    for name in (*plain, *body):
        if body.get(name, ...) != plain.get(name, ...):
            less = body | {name: plain[name]} if name in plain else _without(body, name)
            body = less if shows(less) else body
    for name, value in body.items():
        if plain.get(name, ...) != value:
            body = body | {name: _smaller(value, _at(shows, body, name))}
    return body


def _smaller(value: Any, shows: IsInteresting) -> Any:
    match value:
        case dict():
            for name in list(value):
                value = _without(value, name) if shows(_without(value, name)) else value
            for name in list(value):
                value = value | {name: _smaller(value[name], _at(shows, value, name))}
        case list():
            value = _shorter(value, shows)
            for number in range(len(value)):
                value = _with(value, number, _smaller(value[number], _at(shows, value, number)))
        case str():
            value = "".join(_shorter(list(value), lambda letters: shows("".join(letters))))
        case bool() | None:
            pass
        case int() | float():
            value = next((less for less in (0, 1, -1) if abs(less) < abs(value) and shows(less)), value)
    return value


def _shorter(items: list[Any], shows: IsInteresting) -> list[Any]:
    """The list without whatever it does not need: half of it at once, then a quarter, down to single ones."""
    size = len(items)
    while size:
        start = 0
        while start < len(items):
            less = items[:start] + items[start + size :]
            if shows(less):
                items = less
            else:
                start += size
        size = min(size, len(items) + 1) // 2
    return items


def _without(body: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in body.items() if key != name}


def _with(holder: Any, place: Any, value: Any) -> Any:
    copy = holder.copy()
    copy[place] = value
    return copy


def _at(shows: IsInteresting, holder: Any, place: Any) -> IsInteresting:
    return lambda value: shows(_with(holder, place, value))
