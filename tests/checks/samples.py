"""Answers such as real services send, and small tools to break them in one place."""

import json
from typing import Any

from conformance.checks.findings import Finding, collect
from conformance.wire.exchange import Chunk, Exchange, Request, Response

GONE = object()
"""As the new value of a change: the member is taken out."""
SECONDS = 1_795_318_594
DATE = "Sun, 22 Nov 2026 03:36:34 GMT"

CHAT: dict[str, Any] = {
    "id": "chatcmpl_1",
    "object": "chat.completion",
    "created": SECONDS,
    "model": "databricks-claude-sonnet-4-5",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "Hello."}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 7, "completion_tokens": 74, "total_tokens": 81},
}
SUMMARY = {"type": "summary_text", "text": "Think of light.", "signature": "EqoB"}
REASONING = {"type": "reasoning", "summary": [SUMMARY]}
TEXT = {"type": "text", "text": "Air scatters blue."}


def change(body: Any, *changes: tuple[str, Any]) -> Any:
    """A copy of `body` with a new value at each dotted path."""
    copy = json.loads(json.dumps(body))
    for path, value in changes:
        *way, last = path.split(".")
        node = copy
        for part in way:
            node = node[int(part)] if isinstance(node, list) else node[part]
        if value is GONE:
            del node[int(last) if isinstance(node, list) else last]
        else:
            node[int(last) if isinstance(node, list) else last] = value
    return copy


THINKING = change(CHAT, ("choices.0.message.content", [REASONING, TEXT]))

ITEM = "msg_1"
RESPONSE: dict[str, Any] = {
    "id": "resp_1",
    "object": "response",
    "created_at": SECONDS,
    "status": "completed",
    "error": None,
    "model": "databricks-gpt-5",
    "output": [
        {"type": "reasoning", "id": "rs_1", "summary": []},
        {
            "type": "message",
            "id": ITEM,
            "role": "assistant",
            "content": [{"type": "output_text", "text": "Hello.", "annotations": []}],
        },
    ],
    "usage": {
        "input_tokens": 7,
        "output_tokens": 74,
        "total_tokens": 81,
        "output_tokens_details": {"reasoning_tokens": 64},
    },
}
GEMINI: dict[str, Any] = {
    "candidates": [
        {
            "content": {"role": "model", "parts": [{"text": "Hmm.", "thought": True}, {"text": "Hello."}]},
            "finishReason": "STOP",
            "index": 0,
        }
    ],
    "usageMetadata": {
        "promptTokenCount": 7,
        "candidatesTokenCount": 2,
        "thoughtsTokenCount": 24,
        "totalTokenCount": 33,
    },
    "modelVersion": "gemini-3-1-pro",
}


def chunk(delta: Any, finish: Any = None, **fields: Any) -> dict[str, Any]:
    """A chunk of a chat stream with one choice."""
    head = {"id": "chatcmpl_1", "object": "chat.completion.chunk", "created": SECONDS, "model": "databricks-claude"}
    return head | {"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]} | fields


CHUNKS = [
    chunk({"role": "assistant", "content": ""}),
    chunk({"content": "Hel"}),
    chunk({"content": "lo."}),
    chunk({}, "stop"),
    chunk({}, choices=[], usage=CHAT["usage"]),
]


def response_events(*pieces: str, text: str = "Hello.") -> list[dict[str, Any]]:
    """The events of a Responses stream whose message comes in `pieces`."""
    place = {"item_id": ITEM, "output_index": 1, "content_index": 0}
    snapshot = RESPONSE | {"status": "in_progress", "output": [], "usage": None}
    message = RESPONSE["output"][1] | {"content": []}
    events: list[dict[str, Any]] = [
        {"type": "response.created", "response": snapshot},
        {"type": "response.output_item.added", "output_index": 0, "item": RESPONSE["output"][0]},
        {"type": "response.output_item.done", "output_index": 0, "item": RESPONSE["output"][0]},
        {"type": "response.output_item.added", "output_index": 1, "item": message},
        {
            "type": "response.content_part.added",
            **place,
            "part": {"type": "output_text", "text": "", "annotations": []},
        },
        *({"type": "response.output_text.delta", **place, "delta": piece} for piece in pieces),
        {"type": "response.output_text.done", **place, "text": text},
        {"type": "response.output_item.done", "output_index": 1, "item": RESPONSE["output"][1]},
        {"type": "response.completed", "response": RESPONSE},
    ]
    return [event | {"sequence_number": number} for number, event in enumerate(events)]


EVENTS = response_events("Hel", "lo.")
GEMINI_EVENTS = [
    change(GEMINI, ("candidates.0.finishReason", GONE), ("usageMetadata", {"promptTokenCount": 7})),
    GEMINI,
]


def bytes_of(body: Any) -> bytes:
    """A body as it travels: bytes as they are, everything else as JSON."""
    return body if isinstance(body, bytes) else json.dumps(body).encode()


def answered(body: Any = b"", status: int = 200, media_type: str = "application/json", **headers: str) -> Exchange:
    """An exchange with this answer; an underscore in a header's name stands for a hyphen."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    response = Response(status, {"content-type": media_type} | named, (Chunk(bytes_of(body), 0.1),))
    return Exchange(Request("POST", "http://gateway.invalid/", {}), response)


def unanswered(failure: str = "timeout after 120 s (ReadTimeout)", *, dropped: bool = False) -> Exchange:
    """An exchange to which no answer came; `dropped`: the connection was closed instead."""
    return Exchange(Request("POST", "http://gateway.invalid/", {}), None, failure, dropped)


def streamed(*bodies: Any, end: bytes = b"data: [DONE]\n\n") -> Exchange:
    """An event stream of these bodies."""
    data = b"".join(b"data: " + bytes_of(body) + b"\n\n" for body in bodies)
    return answered(data + end, media_type="text/event-stream; charset=utf-8")


def judged(findings: Any) -> list[tuple[str, str]]:
    """What a check holds against an answer: kind and path of each finding that is no observation."""
    return [(found.kind, found.path) for found in told(findings)]


def told(findings: Any) -> list[Finding]:
    """The findings of a check that are no observations."""
    return [found for found in collect(findings) if found.kind != "observation"]


def seen(findings: Any) -> list[str]:
    """What a check records."""
    return [found.actual for found in collect(findings) if found.kind == "observation"]
