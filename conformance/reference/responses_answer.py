"""The Responses API: the response object and its output items."""

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
from conformance.reference.tools import ToolCall

_ECHOED: Mapping[str, Json] = {
    "instructions": None,
    "max_output_tokens": None,
    "metadata": {},
    "parallel_tool_calls": True,
    "temperature": 1.0,
    "tool_choice": "auto",
    "tools": [],
    "top_p": 1.0,
    "truncation": "disabled",
    "user": None,
}
"""Parameters that a response repeats, with the value that stands for an absent one."""
_SPECIFIED = ("background", "store", "previous_response_id", "service_tier")


def response(reply: Reply, model: Model, body: Mapping[str, Any]) -> dict[str, Json]:
    """The whole response: reasoning first if the model reasoned, then its message or its tool call."""
    given = {name: body[name] for name in (*_ECHOED, *_SPECIFIED) if body.get(name) is not None}
    return {
        "id": _id("resp"),
        "object": "response",
        "created_at": int(time.time()),
        "status": "incomplete" if reply.cut else "completed",
        "error": None,
        "incomplete_details": {"reason": "max_output_tokens"} if reply.cut else None,
        "model": model.served_as,
        "output": _output(reply, wants_summary=_wants_summary(body)),
        **_ECHOED,
        **given,
        "reasoning": body.get("reasoning") or {"effort": None, "summary": None},
        "text": body.get("text") or {"format": {"type": "text"}},
        "usage": {
            "input_tokens": reply.prompt_tokens,
            "input_tokens_details": {"cached_tokens": 0},
            "output_tokens": reply.output_tokens,
            "output_tokens_details": {"reasoning_tokens": reply.reasoning_tokens},
            "total_tokens": reply.prompt_tokens + reply.output_tokens,
        },
    }


def _wants_summary(body: Mapping[str, Any]) -> bool:
    return bool((body.get("reasoning") or {}).get("summary"))


def _id(prefix: str) -> str:
    return f"{prefix}_{secrets.token_hex(16)}"


def _output(reply: Reply, *, wants_summary: bool) -> list[dict[str, Json]]:
    items: list[dict[str, Json]] = []
    if reply.reasoning:
        summary = [{"type": "summary_text", "text": reply.reasoning}] if wants_summary else []
        items.append({"type": "reasoning", "id": _id("rs"), "summary": summary})
    if reply.call:
        items.append(_call(reply.call))
        if reply.call.tool.kind in ("web_search", "image_generation"):
            items.append(_message(f"I used {reply.call.tool.kind}.", "completed"))
    elif reply.text:
        items.append(_message(reply.text, "incomplete" if reply.cut else "completed"))
    return items


def _message(text: str, status: str) -> dict[str, Json]:
    content = [{"type": "output_text", "text": text, "annotations": []}]
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
