"""Answers to openai's client, on both of its surfaces: a text, and several calls of a tool at once."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

from conformance.observer.cases.streams import stream
from conformance.observer.trouble import Answer

Client = Callable[..., Any]
"""Makes a client, as the fixture of that name does."""

CLAUDE = "system.ai.claude-sonnet-4-5"
GPT = "system.ai.gpt-5"
HELLO = [{"role": "user", "content": "Say hello."}]
WEATHER_ASKED = [{"role": "user", "content": "What is the weather in Paris and in Rome?"}]
SCHEMA = {
    "name": "get_weather",
    "description": "The weather in a city.",
    "parameters": {
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
        "additionalProperties": False,
    },
    "strict": True,
}
CALLED = {"call_paris": '{"city": "Paris"}', "call_rome": '{"city": "Rome"}'}
"""The arguments of two calls of `get_weather`, by the id of the call."""
PLACE = '{"city": "Paris"}'


def chat(client: Any, **fields: Any) -> Any:
    """Asks on the chat surface."""
    return client.chat.completions.create(**{"model": CLAUDE, "messages": HELLO, "max_tokens": 256, **fields})


def place() -> Any:
    """A class of pydantic that has the fields of PLACE."""
    from pydantic import create_model

    return create_model("Place", city=(str, ...))


def completion(message: dict[str, Any], reason: str = "stop") -> Answer:
    """An answer of the chat surface: its message, and why it ended."""
    choices = [{"index": 0, "message": {"role": "assistant", **message}, "finish_reason": reason, "logprobs": None}]
    return _json({**_head("chat.completion"), "choices": choices, "usage": _used("prompt", "completion")})


def completion_calls() -> Answer:
    """An answer of the chat surface that calls the tool twice."""
    return completion({"content": None, "tool_calls": list(_calls())}, "tool_calls")


def completion_calls_streamed() -> Answer:
    """The same in a stream: each call begins with its name, and its arguments come in two pieces."""
    deltas: list[dict[str, Any]] = [{"role": "assistant", "content": None}]
    for index, call in enumerate(_calls()):
        arguments = call["function"]["arguments"]
        begun = {**call, "index": index, "function": {**call["function"], "arguments": ""}}
        pieces = [{"index": index, "function": {"arguments": one}} for one in (arguments[:6], arguments[6:])]
        deltas += [{"tool_calls": [one]} for one in (begun, *pieces)]
    return stream([*map(_chunk, deltas), _chunk({}, "tool_calls")], end="[DONE]")


def completion_streamed(text: str) -> Answer:
    """A text on the chat surface, in two pieces."""
    deltas = [{"role": "assistant", "content": text[:6]}, {"content": text[6:]}]
    return stream([*map(_chunk, deltas), _chunk({}, "stop")], end="[DONE]")


def response(text: str) -> Answer:
    """An answer of the Responses surface that is a text."""
    return _json(_response([message_item(text)]))


def response_calls() -> Answer:
    """An answer of the Responses surface that calls the tool twice."""
    return _json(_response(list(_call_items())))


def response_calls_streamed() -> Answer:
    """The same in a stream of typed events."""
    return stream(list(_events(list(_call_items()))))


def message_item(text: str) -> dict[str, Any]:
    """A text as an item of an answer of the Responses surface."""
    part = {"type": "output_text", "text": text, "annotations": [], "logprobs": []}
    return {"type": "message", "id": "msg_first", "role": "assistant", "status": "completed", "content": [part]}


def _json(value: Any) -> Answer:
    return Answer(200, json.dumps(value).encode())


def _head(kind: str) -> dict[str, Any]:
    return {"id": "chatcmpl_first", "object": kind, "created": 1, "model": CLAUDE}


def _chunk(delta: dict[str, Any], reason: str | None = None) -> dict[str, Any]:
    return {**_head("chat.completion.chunk"), "choices": [{"index": 0, "delta": delta, "finish_reason": reason}]}


def _used(*directions: str) -> dict[str, int]:
    return {**{f"{direction}_tokens": 8 for direction in directions}, "total_tokens": 16}


def _calls() -> Iterable[dict[str, Any]]:
    for name, arguments in CALLED.items():
        yield {"id": name, "type": "function", "function": {"name": "get_weather", "arguments": arguments}}


def _call_items() -> Iterable[dict[str, Any]]:
    for name, arguments in CALLED.items():
        item = {"type": "function_call", "id": name.replace("call", "fc"), "call_id": name, "name": "get_weather"}
        yield {**item, "arguments": arguments, "status": "completed"}


def _response(output: list[Any], status: str = "completed") -> dict[str, Any]:
    used = {"input_tokens_details": {"cached_tokens": 0}, "output_tokens_details": {"reasoning_tokens": 0}}
    return {
        "id": "resp_first", "object": "response", "created_at": 1, "model": GPT, "status": status, "error": None,
        "incomplete_details": None, "instructions": None, "metadata": {}, "output": output, "parallel_tool_calls": True,
        "temperature": 1.0, "tool_choice": "auto", "tools": [], "top_p": 1.0,
        "usage": {**_used("input", "output"), **used},
    }  # fmt: skip


def _events(items: list[dict[str, Any]]) -> Iterable[dict[str, Any]]:
    told: list[dict[str, Any]] = [{"type": "response.created", "response": _response([], "in_progress")}]
    for index, item in enumerate(items):
        here = {"output_index": index, "item_id": item["id"]}
        begun = {**item, "arguments": "", "status": "in_progress"}
        told += [
            {"type": "response.output_item.added", "output_index": index, "item": begun},
            {"type": "response.function_call_arguments.delta", **here, "delta": item["arguments"]},
            {"type": "response.function_call_arguments.done", **here, "arguments": item["arguments"]},
            {"type": "response.output_item.done", "output_index": index, "item": item},
        ]
    told.append({"type": "response.completed", "response": _response(items)})
    return ({**event, "sequence_number": number} for number, event in enumerate(told))
