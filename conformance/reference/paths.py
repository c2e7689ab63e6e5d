"""Paths into JSON: `output/message/role` is the role of each message in an output.

In an object, a step is a member. In an array, it is a number (-1 for the last place), `*` for every place, or the `type` of
the objects that are meant. A path to what is not there leads nowhere.
"""

from collections.abc import Iterator
from typing import Any

from conformance.reference.calls import Json


def places(value: Json, path: str) -> Iterator[tuple[Any, Any]]:
    """The holder and the key of each place that a path leads to."""
    step, _, rest = path.partition("/")
    for key in _keys(value, step):
        if rest:
            yield from places(value[key], rest)
        else:
            yield value, key


def values(value: Json, path: str) -> list[Any]:
    """What stands at the places that a path leads to."""
    return [holder[key] for holder, key in places(value, path)]


def _keys(holder: Json, step: str) -> list[Any]:
    if isinstance(holder, dict):
        return [step] if step in holder else []
    if isinstance(holder, list):
        size = len(holder)
        return [at for at in range(size) if step in ("*", str(at), str(at - size)) or _is_of_type(holder[at], step)]
    return []


def _is_of_type(member: Json, name: str) -> bool:
    return isinstance(member, dict) and member.get("type") == name
