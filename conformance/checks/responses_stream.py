"""A Responses stream: typed events, numbered without a gap, whose parts add up to the whole at its end."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from conformance.checks import responses
from conformance.checks.findings import ABSENT, Finding, Undecided, get, integer, observation, violation
from conformance.checks.responses import text_of
from conformance.checks.same import AnswerSummary
from conformance.checks.streams import all_readable, read
from conformance.wire.exchange import Exchange

TERMINAL = ("response.completed", "response.incomplete", "response.failed")


def order(exchange: Exchange) -> Iterator[Finding]:
    """The rules of RESP-STREAM-ORDER, each on its own."""
    stream = read(exchange)
    yield from all_readable(stream)
    bodies = stream.bodies
    if not bodies:
        return
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
    texts = dict[tuple[int | None, int | None], str]()
    yield from _parts(bodies, texts)
    yield from _end(bodies, types, "".join(texts.values()))
    if stream.after_done is not None:
        yield observation("the end", "[DONE]")


def _numbers(numbers: list[Any]) -> Iterator[Finding]:
    if all(number is ABSENT for number in numbers):
        yield violation("no event has a sequence_number", expected="n, n + 1", actual="absent", path="sequence_number")
        return
    for at, pair in enumerate(pairwise(numbers)):
        before, after = map(integer, pair)
        if before is None or after != before + 1:
            yield violation(
                f"sequence_number does not grow by one at event {at + 1}", expected="n, n + 1", actual=list(pair),
                path="sequence_number",
            )  # fmt: skip
            return


def _parts(bodies: list[Any], texts: dict[tuple[int | None, int | None], str]) -> Iterator[Finding]:
    """Judges the events of items and parts; fills `texts` with the text of each part."""
    items = dict[int | None, Any]()
    for number, body in enumerate(bodies):
        kind, place = body["type"], integer(get(body, "output_index"))
        if kind == "response.output_item.added":
            items[place] = get(body, "item.id")
        elif kind == "response.output_item.done" and (
            place not in items or get(body, "item.id") != items.get(place, ABSENT)
        ):
            yield _another_item(number, items.get(place, ABSENT), get(body, "item.id"))
        elif "item_id" in body and body["item_id"] != items.get(place, ABSENT):
            yield _another_item(number, items.get(place, ABSENT), body["item_id"])
        part = (place, integer(get(body, "content_index")))
        if kind == "response.output_text.delta":
            texts[part] = texts.get(part, "") + str(body.get("delta", ""))
        elif kind == "response.output_text.done" and body.get("text") != texts.get(part, ""):
            yield violation(
                f"event {number}: the text is not the sum of its deltas", expected=texts.get(part, ""),
                actual=get(body, "text"), path="text",
            )  # fmt: skip


def _another_item(number: int, expected: Any, actual: Any) -> Finding:
    return violation(f"event {number} belongs to another item", expected=expected, actual=actual, path="item_id")


def _end(bodies: list[Any], types: list[str], text: str) -> Iterator[Finding]:
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
        usage = get(last, "response.usage")
        yield violation("the terminal event has no usage", expected="usage", actual=usage, path="response.usage")
    output = get(last, "response.output")
    whole = "".join(map(text_of, output)) if isinstance(output, list) else ""
    if types[-1] == "response.completed" and whole != text:
        yield violation("the whole response has another text", expected=text, actual=whole, path="response.output")
    yield observation("the end", types[-1])


def summarise(exchange: Exchange) -> AnswerSummary:
    """What the response says that ends the stream. Raises `Undecided` if none does."""
    ends = [body for body in read(exchange).bodies if get(body, "type") in TERMINAL]
    if not ends:
        raise Undecided("the stream has no end, which would hold the answer")
    return responses.summarise(get(ends[-1], "response"))
