"""Chat Completions: the answer, whole or in chunks, with the members that OpenAI and the providers behind the gateway send."""

import secrets
import time
from collections.abc import Iterator
from typing import Any

from conformance.reference import reasoning
from conformance.reference.brain import Reply
from conformance.reference.calls import Answer, Event, Json, Stream
from conformance.reference.models import Model
from conformance.reference.policy import Policy
from conformance.reference.tools import ToolCall


def completion(reply: Reply, model: Model, policy: Policy) -> Answer:
    """The whole completion as JSON."""
    message: dict[str, Json] = {
        "role": "assistant",
        "content": _content(reply, model),
        "refusal": None,
        "annotations": [],
    }
    if reply.calls:
        message["tool_calls"] = [_tool_call(call, model) for call in reply.calls]
    return Answer(
        _head(model, "chat.completion")
        | {
            "choices": [{"index": 0, "message": message, "logprobs": None, "finish_reason": _finish(reply)}],
            "usage": _usage(reply, model, policy),
        }
    )


def stream(reply: Reply, model: Model, policy: Policy, *, usage_asked: bool | None) -> Stream:
    """The same completion as chunks: reasoning in list deltas, its signature, text in string deltas, finish, usage."""
    head = _head(model, "chat.completion.chunk")
    untold = {"usage": None} if usage_asked else {}  # as OpenAI does where it was asked for
    deltas: list[dict[str, Json]] = [{"role": "assistant", "content": "", "refusal": None}, *_deltas(reply, model)]
    ends = [*((delta, None) for delta in deltas), ({}, _finish(reply))]
    chunks = [
        head | {"choices": [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}]} | untold
        for delta, finish in ends
    ]
    told = {"always": usage_asked is not False, "asked": usage_asked is True, "never": False}
    if told[policy.chat_stream_usage]:
        chunks.append(head | {"choices": [], "usage": _usage(reply, model, policy)})
    done = [Event("[DONE]")] if policy.done_marker else []
    return Stream((*map(Event, chunks), *done))


def pieces(text: str) -> list[str]:
    """A text in the pieces in which it is streamed: at most 32 of at least 24 characters, none for no text."""
    size = max(24, -(-len(text) // 32))
    return [text[at : at + size] for at in range(0, len(text), size)]


def _head(model: Model, kind: str) -> dict[str, Json]:
    prefix = "msg_bdrk" if model.family == "claude" else "chatcmpl"
    return {
        "id": f"{prefix}_{secrets.token_hex(12)}",
        "object": kind,
        "created": int(time.time()),
        "model": model.served_as,
    }


def _content(reply: Reply, model: Model) -> str | list[dict[str, Any]] | None:
    """Text alone is a string. Beside visible reasoning it becomes the block after it."""
    if not (model.shows and reply.reasoning):
        return None if reply.calls else reply.text
    blocks = [reasoning.block(reply.reasoning, model)]
    return [*blocks, {"type": "text", "text": reply.text}] if reply.text else blocks


def _finish(reply: Reply) -> str:
    if reply.calls:
        return "tool_calls"
    return "length" if reply.cut else "stop"


def _usage(reply: Reply, model: Model, policy: Policy) -> dict[str, Json]:
    """The counts of the documents, with the details of the provider: Anthropic's cache, OpenAI's kinds of tokens."""
    usage: dict[str, Json] = {
        "prompt_tokens": reply.prompt_tokens,
        "completion_tokens": reply.output_tokens,
        "total_tokens": reply.prompt_tokens + reply.output_tokens,
    }
    if model.family == "claude":
        usage |= {"cache_read_input_tokens": 0, "cache_creation_input_tokens": 0}
    if model.gpt5_series:
        usage["prompt_tokens_details"] = {"cached_tokens": 0, "audio_tokens": 0}
    if policy.reasoning_tokens_shown and (model.efforts or reply.reasoning):
        details = {"reasoning_tokens": reply.reasoning_tokens}
        if model.gpt5_series:
            details |= {"audio_tokens": 0, "accepted_prediction_tokens": 0, "rejected_prediction_tokens": 0}
        usage["completion_tokens_details"] = details
    return usage


def _tool_call(call: ToolCall, model: Model) -> dict[str, Json]:
    tool = call.tool
    call_id = f"{'toolu_bdrk' if model.family == 'claude' else 'call'}_{secrets.token_hex(12)}"
    if tool.kind == "custom":
        return {"id": call_id, "type": "custom", "custom": {"name": tool.name, "input": call.input}}
    return {"id": call_id, "type": "function", "function": {"name": tool.name, "arguments": call.input}}


def _deltas(reply: Reply, model: Model) -> Iterator[dict[str, Json]]:
    if model.shows and reply.reasoning:
        for piece in pieces(reply.reasoning):
            yield _summary({"type": "summary_text", "text": piece})
        if model.signs:
            yield _summary({"type": "summary_text", "text": "", "signature": reasoning.signed(reply.reasoning)})
    for piece in pieces(reply.text):
        yield {"content": piece}
    for index, made in enumerate(reply.calls):
        call = _tool_call(made, model)
        kind = call["type"]
        argument = "input" if kind == "custom" else "arguments"
        text = call[kind][argument]
        yield {"tool_calls": [{"index": index, **call, kind: call[kind] | {argument: ""}}]}
        for piece in pieces(text):
            yield {"tool_calls": [{"index": index, kind: {argument: piece}}]}


def _summary(summary: dict[str, Json]) -> dict[str, Json]:
    return {"content": [{"type": "reasoning", "summary": [summary]}]}
