"""The Responses API: the response object, with all members that OpenAI's has, and its output items."""

import json
import secrets
import time
from base64 import b64encode
from collections.abc import Mapping
from typing import Any

from conformance import media
from conformance.reference.brain import Reply
from conformance.reference.calls import Json
from conformance.reference.models import Model
from conformance.reference.reasoning import signed
from conformance.reference.tools import ToolCall

_ECHOED: Mapping[str, Json] = {
    "background": False,
    "frequency_penalty": 0.0,
    "instructions": None,
    "max_output_tokens": None,
    "max_tool_calls": None,
    "metadata": {},
    "parallel_tool_calls": True,
    "presence_penalty": 0.0,
    "previous_response_id": None,
    "prompt_cache_key": None,
    "safety_identifier": None,
    "service_tier": "default",
    "store": False,
    "temperature": 1.0,
    "tool_choice": "auto",
    "tools": [],
    "top_logprobs": 0,
    "top_p": 1.0,
    "truncation": "disabled",
    "user": None,
}
"""Parameters that a response repeats, with the value that stands for an absent one."""
_ENCRYPTED = "reasoning.encrypted_content"


def response(reply: Reply, model: Model, body: Mapping[str, Any]) -> dict[str, Json]:
    """The whole response: reasoning first if the model reasoned, then its message or its tool calls."""
    now = int(time.time())
    given = {name: body[name] for name in _ECHOED if body.get(name) is not None}
    return {
        "id": _id("resp"),
        "object": "response",
        "created_at": now,
        "status": "incomplete" if reply.cut else "completed",
        "completed_at": None if reply.cut else now,
        "error": None,
        "incomplete_details": {"reason": "max_output_tokens"} if reply.cut else None,
        "model": model.served_as,
        "output": _output(reply, body),
        **_ECHOED,
        **given,
        "tools": [_tool_echo(tool) for tool in given.get("tools", ())],
        "reasoning": {"effort": model.effort, "summary": None, **(body.get("reasoning") or {})},
        "text": {"format": {"type": "text"}, "verbosity": "medium", **(body.get("text") or {})},
        "usage": {
            "input_tokens": reply.prompt_tokens,
            "input_tokens_details": {"cached_tokens": 0},
            "output_tokens": reply.output_tokens,
            "output_tokens_details": {"reasoning_tokens": reply.reasoning_tokens},
            "total_tokens": reply.prompt_tokens + reply.output_tokens,
        },
    }


def _tool_echo(tool: dict[str, Json]) -> dict[str, Json]:
    """A tool as it was asked for; a function with the defaults of what was left out."""
    return {"description": None, "parameters": None, "strict": True, **tool} if tool["type"] == "function" else tool


def _id(prefix: str) -> str:
    return f"{prefix}_{secrets.token_hex(16)}"


def _output(reply: Reply, body: Mapping[str, Any]) -> list[dict[str, Json]]:
    items = [_reasoning(reply.reasoning, body)] if reply.reasoning else []
    for call in reply.calls:
        items.append(_call(call))
        if call.tool.kind in ("web_search", "image_generation"):
            items.append(_message(f"I used {call.tool.kind}.", "completed"))
    if reply.text:
        items.append(_message(reply.text, "incomplete" if reply.cut else "completed"))
    return items


def _reasoning(text: str, body: Mapping[str, Any]) -> dict[str, Json]:
    """Thought, hidden unless a summary is asked for; sealed, to be sent back, if that is asked for."""
    wants_summary = bool((body.get("reasoning") or {}).get("summary"))
    item = {
        "type": "reasoning",
        "id": _id("rs"),
        "summary": [{"type": "summary_text", "text": text}] if wants_summary else [],
    }
    return item | ({"encrypted_content": signed(text)} if _ENCRYPTED in (body.get("include") or ()) else {})


def _message(text: str, status: str) -> dict[str, Json]:
    content = [{"type": "output_text", "text": text, "annotations": [], "logprobs": []}]
    return {"type": "message", "id": _id("msg"), "status": status, "role": "assistant", "content": content}


def _call(call: ToolCall) -> dict[str, Json]:
    """The item of a tool call, in the structure of the tool's type. What the client executes has a call_id."""
    done = {"status": "completed"}
    match call.tool.kind:
        case "function":
            return _client_side("function_call", "fc", name=call.tool.name, arguments=call.input) | done
        case "custom":
            return _client_side("custom_tool_call", "ctc", name=call.tool.name, input=call.input) | done
        case "apply_patch":
            return _client_side("apply_patch_call", "apc", operation=json.loads(call.input)) | done
        case "shell":
            return _client_side("shell_call", "sh", action=json.loads(call.input)) | done
        case "web_search":
            return {"type": "web_search_call", "id": _id("ws"), "action": json.loads(call.input)} | done
        case kind:
            assert kind == "image_generation", kind
            drawn = b64encode(media.load("1x1.png")).decode()
            return {"type": "image_generation_call", "id": _id("ig"), "result": drawn} | done


def _client_side(kind: str, prefix: str, **fields: Json) -> dict[str, Json]:
    return {"type": kind, "id": _id(prefix), "call_id": _id("call"), **fields}
