"""A Responses stream: typed events, numbered without a gap, whose parts add up to the whole at its end."""

from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from conformance.checks.findings import ABSENT, Finding, get, observation, violation
from conformance.checks.streams import read
from conformance.wire.exchange import Exchange

TERMINAL = frozenset({"response.completed", "response.incomplete", "response.failed"})


def order(exchange: Exchange) -> Iterator[Finding]:
    """The rules of RESP-STREAM-ORDER, each on its own."""
    stream = read(exchange)
    bodies = stream.bodies
    types = [get(body, "type") for body in bodies]
    for number, (event, body) in enumerate(stream.events):
        kind = get(body, "type")
        if not isinstance(kind, str):
            yield violation(f"event {number} has no type", expected="a string", actual=body, path="type")
            return
        if event.name and event.name != kind:
            yield violation(f"event {number} has two types", expected=kind, actual=event.name, path="type")
    if types[0] != "response.created":
        yield violation("the first event", expected="response.created", actual=types[0], path="type")
    yield from _numbers([get(body, "sequence_number") for body in bodies])
    yield from _parts(bodies)
    yield from _end(bodies, types)
    if stream.done_at is not None:
        yield observation("the end", "[DONE]")


def _numbers(numbers: list[Any]) -> Iterator[Finding]:
    for at, (before, after) in enumerate(pairwise(numbers)):
        if not isinstance(before, int) or not isinstance(after, int) or after != before + 1:
            actual = [None if number is ABSENT else number for number in (before, after)]
            yield violation(
                f"sequence_number does not grow by one at event {at + 1}", expected="n, n + 1", actual=actual,
                path="sequence_number",
            )  # fmt: skip
            return


def _parts(bodies: list[Any]) -> Iterator[Finding]:
    items: dict[Any, Any] = {}
    said: defaultdict[tuple[Any, Any], str] = defaultdict(str)
    for number, body in enumerate(bodies):
        kind, place = body["type"], get(body, "output_index")
        if kind == "response.output_item.added":
            items[place] = get(body, "item.id")
        elif kind == "response.output_item.done" and get(body, "item.id") != items.get(place, ABSENT):
            yield _another_item(number, items.get(place), get(body, "item.id"))
        elif "item_id" in body and body["item_id"] != items.get(place, ABSENT):
            yield _another_item(number, items.get(place), body["item_id"])
        part = (place, get(body, "content_index"))
        if kind == "response.output_text.delta":
            said[part] += str(body.get("delta", ""))
        elif kind == "response.output_text.done" and body.get("text") != said[part]:
            yield violation(
                f"event {number}: the text is not the sum of its deltas", expected=said[part], actual=body.get("text"),
                path="text",
            )  # fmt: skip


def _another_item(number: int, expected: Any, actual: Any) -> Finding:
    return violation(f"event {number} belongs to another item", expected=expected, actual=actual, path="item_id")


def _end(bodies: list[Any], types: list[str]) -> Iterator[Finding]:
    ends = [number for number, kind in enumerate(types) if kind in TERMINAL]
    if ends != [len(types) - 1]:
        yield violation(
            "the end",
            expected="one terminal event, at the end",
            actual=f"{len(ends)}, last is {types[-1]}",
            path="type",
        )
        return
    last = bodies[-1]
    if not isinstance(get(last, "response.usage"), dict):
        yield violation("the terminal event has no usage", expected="usage", actual="absent", path="response.usage")
    yield observation("the end", types[-1])


def final_response(exchange: Exchange) -> Any:
    """The response that the terminal event carries; `ABSENT` without one."""
    return next((get(body, "response") for body in read(exchange).bodies if get(body, "type") in TERMINAL), ABSENT)
