"""The shape of many answers: which members are where, of which types, how often. Values count only where the spec lists them.

What one answer lacks may be chance (a text without annotations, a model that did not reason): only the answers of an operation
together tell what is always there.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from conformance.recordings.schema import Known, type_of

Path = tuple[str, ...]
"""Steps into an answer: names of members; `[]` or `[type]` for the items of a list; `{type}` for the events of a stream."""


@dataclass
class Place:
    """What was seen at one path in all answers."""

    known: Known
    times: int = 0
    """Values seen here."""
    parents: int = 0
    """Objects, lists or streams that held at least one of them."""
    filled: int = 0
    """Lists seen here that held something."""
    types: set[str] = field(default_factory=set)
    values: set[str] = field(default_factory=set)
    """Of a closed enumeration alone."""
    cases: list[str] = field(default_factory=list)


class Shape:
    """What was seen in the answers of one kind to one operation."""

    def __init__(self, root: Known) -> None:
        self.places: dict[Path, Place] = {(): Place(root)}

    def add(self, body: Any, case: str) -> None:
        """Takes an answer."""
        self._value((), body, case)

    def add_stream(self, events: list[Any], case: str) -> None:
        """Takes the events of a stream: each stands below its type."""
        stream = self.places[()]
        stream.times += 1
        for step in dict.fromkeys(f"{{{tag_of(event)}}}" for event in events):
            self._place((), step).parents += 1
        for event in events:
            self._value((f"{{{tag_of(event)}}}",), event, case)

    def always(self, path: Path) -> bool:
        """Whether whatever could hold this did so each time."""
        return self.places[path].parents == self.places[path[:-1]].times

    def _place(self, above: Path, step: str) -> Place:
        path = (*above, step)
        if path not in self.places:
            known = self.places[above].known
            self.places[path] = Place(known.tagged(step[1:-1]) if step.startswith("{") else known.below(step))
        return self.places[path]

    def _value(self, path: Path, value: Any, case: str) -> None:
        place = self.places[path]
        place.times += 1
        place.filled += isinstance(value, list) and bool(value)
        place.types.add(type_of(value))
        if case not in place.cases:
            place.cases.append(case)
        if isinstance(value, str) and place.known.values is not None:
            place.values.add(value)
        held = list(_held(value))
        for step in dict.fromkeys(step for step, _ in held):
            self._place(path, step).parents += 1
        for step, one in held:
            self._value((*path, step), one, case)


def _held(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        yield from value.items()
    elif isinstance(value, list):
        for item in value:
            yield f"[{tag_of(item)}]", item


def tag_of(value: Any) -> str:
    """What tells an object from others beside it: its type; empty if it has none."""
    tags = (value.get(name) for name in ("type", "object")) if isinstance(value, dict) else ()
    return next((tag for tag in tags if isinstance(tag, str)), "")


def path_text(path: Path) -> str:
    """A path as people write it: `choices[].message.content[text].text`."""
    steps = [
        step if step.startswith("[") else f" {step[1:-1] or 'event'}: " if step.startswith("{") else f".{step}"
        for step in path
    ]
    return "".join(steps).replace(": .", ": ").strip(" .:")
