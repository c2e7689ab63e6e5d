"""Streams in the shapes in which real gateways were seen to send them: none of them breaks a rule."""

from typing import Any

import pytest

from conformance.checks import chat_stream, gemini_stream, responses_stream
from conformance.checks.ending import is_whole
from conformance.checks.findings import collect
from conformance.checks.streams import is_event_stream
from conformance.wire.exchange import Exchange

from .samples import SECONDS, streamed

SIGNED = {"type": "summary_text", "text": "", "signature": "EsQB"}


def chunks(
    deltas: list[dict[str, Any]], usages: list[dict[str, Any] | None], end: str = "stop", **head: Any
) -> Exchange:
    """A chat stream of these deltas, the reason of the end with the last of them, and a usage in each chunk."""
    names = {"id": "msg_bdrk_7", "object": "chat.completion.chunk", "model": "us.anthropic.claude-x-v1:0"} | head
    bodies = [
        {**names, "created": SECONDS + number // 2, "usage": usage}
        | {"choices": [{"index": 0, "delta": delta, "finish_reason": end if number == len(deltas) - 1 else None}]}
        for number, (delta, usage) in enumerate(zip(deltas, usages, strict=True))
    ]
    return streamed(*bodies)


def claude_usage(completion: int | None) -> dict[str, Any]:
    total = completion if completion is None else completion + 31
    caches = {"cache_read_input_tokens": 0, "cache_creation_input_tokens": 0}
    return {**caches, "prompt_tokens": 31, "completion_tokens": completion, "total_tokens": total}


def said(content: Any, **more: Any) -> dict[str, Any]:
    return {"role": "assistant", "content": content, **more}


def reasoned(*summary: Any) -> dict[str, Any]:
    return said([{"type": "reasoning", "summary": list(summary)}])


CALL = {"index": 0, "id": "toolu_bdrk_1", "type": "function", "function": {"name": "clock", "arguments": ""}}
MORE = {"index": 0, "function": {"arguments": "{}"}}
OPEN = claude_usage(None)
CHAT = {
    "Claude": chunks([said("Good"), said(" day."), said("")], [OPEN, OPEN, claude_usage(5)]),
    "Claude calls": chunks(
        [said("Let me"), said(None, tool_calls=[CALL]), said(None, tool_calls=[MORE]), said("")],
        [OPEN, OPEN, OPEN, claude_usage(40)],
        "tool_calls",
    ),
    "Claude thinks, hidden": chunks(
        [reasoned(SIGNED), said("Air."), said("")],
        [{"prompt_tokens": 31, "completion_tokens": None}] * 2 + [claude_usage(70)],
    ),
    "Claude thinks": chunks(
        [reasoned({"type": "summary_text", "text": "Hm."}), reasoned(SIGNED), said("Air."), said("")],
        [OPEN, OPEN, OPEN, claude_usage(70)],
    ),
    "Llama": chunks(
        [said(""), said("Good"), said(" day."), said("")],
        [{"prompt_tokens": 12, "completion_tokens": made, "total_tokens": 12 + made} for made in (0, 1, 2, 3)],
        id="chatcmpl_0b1c",
        model="meta-llama-x",
    ),
    "gpt-oss": chunks(
        [
            {"content": [{"type": "reasoning", "summary": [{"type": "summary_text", "text": "Hm."}]}]},
            {"content": [{"type": "text", "text": "Air."}]},
            {},
        ],
        [None, None, {"prompt_tokens": 9, "completion_tokens": 20, "total_tokens": 29}],
        model="gpt-oss-120b-x",
    ),
}


@pytest.mark.parametrize("exchange", CHAT.values(), ids=CHAT)
def test_chat(exchange: Exchange) -> None:
    for check in (is_event_stream, is_whole, chat_stream.order):
        assert {found.kind for found in collect(check(exchange))} <= {"observation"}
    kinds = {found.kind for found in collect(chat_stream.reasoning_deltas(exchange))}
    assert kinds in ({"observation"}, {"inapplicable"})


def test_responses() -> None:
    """Items go by one id, the events of their parts by another, much longer one."""
    item = {"type": "message", "id": "msg_" + "0" * 50, "role": "assistant", "status": "completed"}
    part = {"type": "output_text", "text": "Good day.", "annotations": [], "logprobs": []}
    at = {"output_index": 0, "content_index": 0, "item_id": "msg_" + "1" * 188}
    response = {"id": "resp_" + "2" * 188, "object": "response", "created_at": SECONDS, "model": "gpt-x", "output": []}
    usage = {"input_tokens": 9, "output_tokens": 4, "total_tokens": 13}
    done = {**response, "status": "completed", "output": [{**item, "content": [part]}], "usage": usage}
    delta = {**at, "logprobs": [], "obfuscation": "xyz"}
    events: list[dict[str, Any]] = [
        {"type": "response.created", "response": {**response, "status": "in_progress"}},
        {"type": "response.in_progress", "response": {**response, "status": "in_progress"}},
        {"type": "response.output_item.added", "output_index": 0, "item": {**item, "content": []}},
        {"type": "response.content_part.added", **at, "part": {**part, "text": ""}},
        {"type": "response.output_text.delta", **delta, "delta": "Good"},
        {"type": "response.output_text.delta", **delta, "delta": " day."},
        {"type": "response.output_text.done", **at, "text": "Good day.", "logprobs": []},
        {"type": "response.content_part.done", **at, "part": part},
        {"type": "response.output_item.done", "output_index": 0, "item": {**item, "content": [part]}},
        {"type": "response.completed", "response": done},
    ]
    exchange = streamed(*({**event, "sequence_number": number} for number, event in enumerate(events)), end=b"")
    assert {found.kind for found in collect(is_whole(exchange))} == set()
    found = collect(responses_stream.order(exchange))
    assert {each.kind for each in found} == {"observation"}
    assert found[0].message == "an item and its parts have different ids"


def test_gemini() -> None:
    """Counts grow from event to event; the last event has the reason of the end and no text."""

    def event(text: str, made: int, **end: str) -> dict[str, Any]:
        usage = {"promptTokenCount": 5, "candidatesTokenCount": made, "totalTokenCount": 5 + made}
        candidate = {"content": {"role": "model", "parts": [{"text": text}]}, "index": 0, **end}
        return {"candidates": [candidate], "usageMetadata": usage, "modelVersion": "gemini-x", "responseId": "r"}

    exchange = streamed(event("Good", 1), event(" day.", 3), event("", 3, finishReason="STOP"), end=b"")
    for check in (is_event_stream, is_whole, gemini_stream.order):
        assert {found.kind for found in collect(check(exchange))} <= {"observation"}
