"""The items of a Responses stream and their parts: each is added, filled and done, in its place and under one name."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from conformance.checks.findings import ABSENT, Finding, get, integer, observation, undecided, violation

_CONTENT = ("response.content_part.", "response.output_text.", "response.refusal.", "response.reasoning_text.")
_SUMMARY = ("response.reasoning_summary_part.", "response.reasoning_summary_text.")
_CALLS = ("response.function_call_arguments.", "response.custom_tool_call_input.")
INDICES = {
    "output_index": ("response.output_item.", *_CONTENT, *_SUMMARY, *_CALLS),
    "content_index": _CONTENT,
    "summary_index": _SUMMARY,
}
"""Which events say by these numbers of which item and part they are."""
_PARTS = dict.fromkeys(_CONTENT[:3], "content") | dict.fromkeys(_SUMMARY, "summary")
"""Events of parts, and by which number those are counted. The text of reasoning is not everywhere announced as a part."""


@dataclass
class _Item:
    """What was seen of the item at one output_index."""

    announced: bool = False
    identifier: Any = ABSENT
    """The id that output_item.added gives it."""
    item_id: Any = ABSENT
    """The one by which the events of its parts call it, which need not be the same."""
    done: bool = False
    parts: dict[tuple[str, int | None], bool] = field(default_factory=dict)
    """Content and summary parts by their number: whether they are done."""


def unplaced(bodies: list[Any]) -> Iterator[Finding]:
    """Events of items and parts say of which: OpenAI's client looks for it by these numbers, and breaks without them."""
    lacking = dict[str, dict[str, None]]()
    for body in bodies:
        kind = body["type"]
        demanded = [
            index
            for index, prefixes in INDICES.items()
            if kind.startswith(prefixes) or (index == "output_index" and "item_id" in body)
        ]
        for index in demanded:
            if integer(get(body, index)) is None:
                lacking.setdefault(index, {})[kind] = None
    for index, kinds in lacking.items():
        yield violation(f"{index} is absent", expected="a number", actual=f"without it: {', '.join(kinds)}", path=index)


def order(bodies: list[Any]) -> Iterator[Finding]:
    """Items are added and done in the order of their output_index, each once, and nothing of them comes outside of that."""
    items = dict[int, _Item]()
    for number, body in enumerate(bodies):
        if (place := integer(get(body, "output_index"))) is None:
            continue
        event, kind = f"event {number}", body["type"]
        if kind == "response.output_item.added":
            if place != len(items):
                yield violation(
                    f"{event}: an item is added in another place than the next", expected=len(items), actual=place,
                    path="output_index",
                )  # fmt: skip
            items[place] = _Item(announced=True, identifier=get(body, "item.id"))
            continue
        if place not in items:
            yield violation(
                f"{event} belongs to an item that was not added", expected=f"{kind} after response.output_item.added",
                actual=place, path="output_index",
            )  # fmt: skip
            items[place] = _Item()
        if items[place].done:
            yield violation(
                f"{event} belongs to an item that is done", expected="nothing more of it", actual=kind,
                path="output_index",
            )  # fmt: skip
        yield from (
            _ended(event, body, items) if kind == "response.output_item.done" else _filled(event, body, items[place])
        )
    yield from _at_the_end(items, completed=bodies[-1]["type"] == "response.completed")


def _ended(event: str, body: Any, items: dict[int, _Item]) -> Iterator[Finding]:
    place = integer(body["output_index"]) or 0
    item, done = items[place], [other for other, item in items.items() if item.done]
    if item.announced and get(body, "item.id") != item.identifier:
        yield _another_item(event, item.identifier, get(body, "item.id"))
    if later := [other for other in done if other > place]:
        yield violation(
            f"{event}: an item is done after a later one", expected=f"{place} before {later[0]}", actual=[*done, place],
            path="output_index",
        )  # fmt: skip
    item.done = True


def _filled(event: str, body: Any, item: _Item) -> Iterator[Finding]:
    """An event between added and done calls the item by one id, and its part is added before it and done after it."""
    if "item_id" in body:
        if item.item_id not in (ABSENT, body["item_id"]):
            yield _another_item(event, item.item_id, body["item_id"])
        else:
            item.item_id = body["item_id"]
    kind = body["type"]
    counted = next((counted for prefix, counted in _PARTS.items() if kind.startswith(prefix)), "")
    if not counted:
        return
    part = (counted, integer(get(body, f"{counted}_index")))
    if kind.endswith("part.added"):
        if part in item.parts:
            yield violation(f"{event}: a part is added again", expected="once", actual=part[1], path=f"{counted}_index")
        item.parts[part] = False
        return
    if item.parts.get(part, True):
        when = "is done" if part in item.parts else "was not added"
        yield violation(
            f"{event} belongs to a part that {when}", expected="an open part", actual=part[1], path=f"{counted}_index"
        )
    item.parts[part] = kind.endswith("part.done")


def _at_the_end(items: dict[int, _Item], *, completed: bool) -> Iterator[Finding]:
    for item in items.values():
        if item.announced and item.item_id is not ABSENT and item.item_id != item.identifier is not ABSENT:
            yield observation("an item and its parts have different ids", f"{item.identifier} and {item.item_id}")
    if completed and not items:
        yield undecided("no item is streamed")
    if completed and (left_open := [place for place, item in items.items() if item.announced and not item.done]):
        yield violation("an item is never done", expected="done", actual=left_open, path="output_index")


def _another_item(event: str, expected: Any, actual: Any) -> Finding:
    return violation(f"{event} belongs to another item", expected=expected, actual=actual, path="item_id")
