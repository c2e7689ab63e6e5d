"""What of two shapes differs, and whether it breaks a client that relies on the older one."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from conformance.recordings.shapes import Path, Place, Shape, path_text

Kind = Literal["breaking", "additive"]
ENOUGH = 3
"""Answers that show that a member of which the spec says nothing is always there, not by chance."""
_BY_CHANCE = re.compile(r"reasoning|thought|thinking|logprob|details|refusal|annotation|encrypted")
"""Names of what one answer has and the next has not, as the model pleases."""


@dataclass(frozen=True)
class Change:
    """One difference: what happened where, from what to what, in the answers of which cases."""

    kind: Kind
    what: str
    where: str
    old: str
    new: str
    cases: tuple[str, ...]


def of_shapes(old: Shape, new: Shape, where: str) -> Iterator[Change]:
    """What differs between the answers to one operation. Only the top of what came or went is told."""
    for path in sorted({*old.places, *new.places}):
        if path and not (path[:-1] in old.places and path[:-1] in new.places):
            continue
        place = f"{where} {path_text(path)}".rstrip()
        if path not in new.places:
            yield from _gone(old, new, path, place)
        elif path not in old.places:
            yield _come(new.places[path], path, place)
        else:
            yield from _other_presence(old, new, path, place)
            yield from _emptied(old.places[path], new.places[path], path, place)
            yield from _other_types(old.places[path], new.places[path], place)
            yield from _other_values(old.places[path], new.places[path], place)


def _gone(old: Shape, new: Shape, path: Path, where: str) -> Iterator[Change]:
    """A member or an event that was there each time; an item of a list is the model's to choose."""
    held, above = old.places[path], new.places[path[:-1]]
    if path[-1].startswith("[") or not old.always(path) or not above.times or _BY_CHANCE.search(path_text(path)):
        return
    documented = old.places[path[:-1]].known.requires(path[-1]) or path[-1].startswith("{")
    if documented or min(held.parents, above.times) >= ENOUGH:
        what = "no such event any more" if path[-1].startswith("{") else "the member is gone"
        yield Change(
            "breaking", what, where, " or ".join(sorted(held.types)), "absent", tuple(above.cases or held.cases)
        )


def _come(held: Place, path: Path, where: str) -> Change:
    what = {"{": "a new event", "[": "a new kind of item"}.get(path[-1][:1], "a new member")
    return Change("additive", what, where, "absent", " or ".join(sorted(held.types)), tuple(held.cases))


def _other_presence(old: Shape, new: Shape, path: Path, where: str) -> Iterator[Change]:
    """A member that the spec requires, and that was always there, is not there each time."""
    if path and old.always(path) and not new.always(path) and old.places[path[:-1]].known.requires(path[-1]):
        above, held = new.places[path[:-1]], new.places[path]
        seen = f"in {held.parents} of {above.times}"
        yield Change("breaking", "the member is missing at times", where, "always there", seen, tuple(above.cases))


def _emptied(old: Place, new: Place, path: Path, where: str) -> Iterator[Change]:
    """A list that always held something and never does now."""
    same = {"array"} == old.types == new.types
    enough = min(old.times, new.times) >= ENOUGH and not _BY_CHANCE.search(path_text(path))
    if same and enough and old.filled == old.times and not new.filled:
        yield Change("breaking", "the list is always empty", where, "items", "none", tuple(new.cases))


def _other_types(old: Place, new: Place, where: str) -> Iterator[Change]:
    """Null tells nothing: it stands for what is not there."""
    before, after = old.types - {"null"}, new.types - {"null"}
    if not before or not after or after <= before:
        return
    legal = bool(before & after) and after <= old.known.types
    what = "another type, which the spec knows" if legal else "another type"
    cases = tuple(new.cases)
    kind: Kind = "additive" if legal else "breaking"
    yield Change(kind, what, where, " or ".join(sorted(before)), " or ".join(sorted(after)), cases)


def _other_values(old: Place, new: Place, where: str) -> Iterator[Change]:
    listed = old.known.values or set()
    for value in sorted(new.values - old.values):
        before = ", ".join(sorted(old.values)) or "no value"
        if value in listed:
            yield Change("additive", "a new value, which the spec knows", where, before, value, tuple(new.cases))
        else:
            yield Change("breaking", "a value that the spec does not know", where, before, value, tuple(new.cases))
