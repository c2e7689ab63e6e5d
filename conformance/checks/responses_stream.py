"""A Responses stream: typed events, numbered without a gap, whose parts add up to the whole at its end."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from conformance.checks import responses, responses_items
from conformance.checks.event_stream import read, stream_error
from conformance.checks.findings import ABSENT, Finding, Undecided, get, integer, observation, violation
from conformance.checks.responses import text_of
from conformance.checks.responses_items import INDICES
from conformance.checks.same import AnswerSummary
from conformance.checks.streams import all_readable, no_error
from conformance.wire.exchange import Exchange

TERMINAL = ("response.completed", "response.incomplete", "response.failed")
_TEXTS = {
    "response.output_text": "text", "response.refusal": "refusal", "response.reasoning_text": "text",
    "response.reasoning_summary_text": "text", "response.function_call_arguments": "arguments",
    "response.custom_tool_call_input": "input",
}  # fmt: skip
"""What comes in deltas, and the member that holds the whole of it when it is done."""


def order(exchange: Exchange) -> Iterator[Finding]:
    """The rules of RESP-STREAM-ORDER, each on its own."""
    stream = read(exchange)
    if stream.error is not None:
        yield from no_error(stream)
        return
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
    texts = dict[Any, str]()
    unequal, unplaced = list(_texts(bodies, texts)), list(responses_items.unplaced(bodies))
    yield from unplaced or [*responses_items.order(bodies), *unequal]
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


def _texts(bodies: list[Any], texts: dict[Any, str]) -> Iterator[Finding]:
    """What closes a text is the sum of its deltas; fills `texts` with the text of each part of the answer."""
    sums = dict[Any, str]()
    for number, body in enumerate(bodies):
        name, _, step = body["type"].rpartition(".")
        place = tuple(integer(get(body, index)) for index in INDICES)
        if name in _TEXTS and step == "delta":
            sums[name, place] = sums.get((name, place), "") + str(body.get("delta", ""))
            if name == "response.output_text":
                texts[place] = sums[name, place]
        elif name in _TEXTS and step == "done" and (name == "response.output_text" or (name, place) in sums):
            field, text = _TEXTS[name], sums.get((name, place), "")
            if body.get(field) != text:
                yield violation(
                    f"event {number}: the {field} is not the sum of its deltas", expected=text,
                    actual=get(body, field), path=field,
                )  # fmt: skip


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
    stream = read(exchange)
    if message := stream_error(stream):
        raise Undecided(message)
    ends = [body for body in stream.bodies if get(body, "type") in TERMINAL]
    if not ends:
        raise Undecided("the stream has no end, which would hold the answer")
    return responses.summarise(get(ends[-1], "response"))
