"""The Responses API: a response as typed events, every delta added up again in the event that closes it."""

from collections.abc import Iterator
from hashlib import sha256
from typing import Any

from conformance.reference.calls import Event, Json, Stream
from conformance.reference.chat_answer import pieces

_TEXTS = {
    "function_call": ("arguments", "response.function_call_arguments"),
    "custom_tool_call": ("input", "response.custom_tool_call_input"),
}
"""Items whose text is streamed: the field that holds it, and the beginning of its event types."""


def stream(response: dict[str, Any]) -> Stream:
    """The events of a response, numbered from 0; the last one carries the whole of it."""
    numbered = (
        Event({"type": name, **data, "sequence_number": number}, name)
        for number, (name, data) in enumerate(_events(response))
    )
    return Stream(tuple(numbered))


Typed = tuple[str, dict[str, Json]]


def _events(response: dict[str, Any]) -> Iterator[Typed]:
    open_ends = dict.fromkeys(("completed_at", "incomplete_details", "usage"))
    begun = response | open_ends | {"status": "in_progress", "output": []}
    yield "response.created", {"response": begun}
    yield "response.in_progress", {"response": begun}
    for index, item in enumerate(response["output"]):
        yield from _item(item, {"item_id": item["id"], "output_index": index})
    yield f"response.{response['status']}", {"response": response}


def _item(item: dict[str, Any], at: dict[str, Json]) -> Iterator[Typed]:
    index = {"output_index": at["output_index"]}
    yield "response.output_item.added", {**index, "item": _emptied(item)}
    match item["type"]:
        case "message":
            for number, part in enumerate(item["content"]):
                yield from _part(part, {**at, "content_index": number})
        case "reasoning":
            for number, summary in enumerate(item["summary"]):
                yield from _summary(summary, {**at, "summary_index": number})
        case kind if kind in _TEXTS:
            field, prefix = _TEXTS[kind]
            for piece in pieces(item[field]):
                yield f"{prefix}.delta", {**at, **_delta(piece)}
            yield f"{prefix}.done", {**at, field: item[field], "name": item["name"]}
    yield "response.output_item.done", {**index, "item": item}


def _emptied(item: dict[str, Any]) -> dict[str, Any]:
    """The item as it stands before anything of it was streamed."""
    empty: dict[str, Any] = {"status": "in_progress"} if "status" in item else {}
    for name in ("content", "summary"):
        if name in item:
            empty[name] = []
    if item["type"] in _TEXTS:
        empty[_TEXTS[item["type"]][0]] = ""
    return item | empty


def _part(part: dict[str, Any], at: dict[str, Json]) -> Iterator[Typed]:
    yield "response.content_part.added", {**at, "part": part | {"text": ""}}
    for piece in pieces(part["text"]):
        yield "response.output_text.delta", {**at, **_delta(piece), "logprobs": []}
    yield "response.output_text.done", {**at, "text": part["text"], "logprobs": []}
    yield "response.content_part.done", {**at, "part": part}


def _summary(summary: dict[str, Any], at: dict[str, Json]) -> Iterator[Typed]:
    prefix = "response.reasoning_summary"
    yield f"{prefix}_part.added", {**at, "part": summary | {"text": ""}}
    for piece in pieces(summary["text"]):
        yield f"{prefix}_text.delta", {**at, **_delta(piece)}
    yield f"{prefix}_text.done", {**at, "text": summary["text"]}
    yield f"{prefix}_part.done", {**at, "part": summary}


def _delta(piece: str) -> dict[str, Json]:
    """A piece of a text, and noise that hides how long it is; to the same piece the same."""
    noise = sha256(piece.encode("utf-8", "surrogatepass")).hexdigest()
    return {"delta": piece, "obfuscation": noise[: 16 - len(piece) % 16]}
