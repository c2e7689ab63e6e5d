"""The Responses API: `input`, a string or a list of messages and of items that earlier answers held."""

from collections.abc import Mapping
from typing import Any

from conformance.reference.calls import Json
from conformance.reference.encoded import from_data_uri
from conformance.reference.errors import Refusal
from conformance.reference.fields import array, bad, maybe_string, obj, string
from conformance.reference.policy import Policy
from conformance.reference.prompt import Draft, Role

_ROLES: Mapping[str, Role] = {"system": "system", "developer": "system", "user": "user", "assistant": "assistant"}
_CALLS = {
    "function_call": ("call_id", "name", "arguments"),
    "custom_tool_call": ("call_id", "name", "input"),
    "apply_patch_call": ("call_id",),
    "shell_call": ("call_id",),
    "image_generation_call": ("id",),
    "web_search_call": ("id",),
    "mcp_call": ("id", "name", "arguments"),
    "mcp_list_tools": ("id", "server_label"),
    "mcp_approval_request": ("id", "name", "arguments"),
}
"""Items that the model made, with the strings that each must have."""
_OUTPUTS = {
    "function_call_output": "call_id",
    "custom_tool_call_output": "call_id",
    "apply_patch_call_output": "call_id",
    "shell_call_output": "call_id",
    "mcp_approval_response": "approval_request_id",
}
"""Items that answer a call, with the field that says which."""
_TEXT = ("input_text", "output_text", "text")


def drafts(value: Json, policy: Policy) -> list[Draft]:
    """The turns of `input`. Refuses what no item may be, naming where it stands."""
    if isinstance(value, str):
        return [Draft("user", value)]
    items = array(value, "input")
    if not items:
        raise bad("input", "must hold at least one item")
    return [_item(obj(item, f"input[{i}]"), f"input[{i}].", policy) for i, item in enumerate(items)]


def _item(item: dict[str, Any], where: str, policy: Policy) -> Draft:
    kind = maybe_string(item, "type", where) or "message"
    for name in ("id", "call_id"):
        if len(maybe_string(item, name, where) or "") > policy.item_id_most:
            raise bad(f"{where}{name}", f"is longer than {policy.item_id_most} characters")
    if kind == "message":
        return _message(item, where)
    if kind == "reasoning":
        return Draft("assistant", reasoning=_summaries(item, where))
    if kind in _CALLS:
        return Draft("assistant", "".join(string(item.get(name), where + name) for name in _CALLS[kind]))
    if kind in _OUTPUTS:
        string(item.get(_OUTPUTS[kind]), where + _OUTPUTS[kind])
        return Draft("tool", _output(item.get("output")))
    if kind == "item_reference":
        raise Refusal(f"{where}type: stored items are not supported.", parameter=f"{where}type")
    raise bad(f"{where}type", f"{kind[:40]!r} is no input item")


def _summaries(item: dict[str, Any], where: str) -> str:
    if item.get("summary") is None:
        return ""
    summaries = array(item["summary"], f"{where}summary")
    return "".join(
        string(obj(summary, f"{where}summary[{i}]").get("text"), f"{where}summary[{i}].text")
        for i, summary in enumerate(summaries)
    )


def _output(value: Json) -> str:
    """The text of a tool's output: a string, or whatever structure the tool's type gives it."""
    return value if isinstance(value, str) else "" if value is None else str(value)


def _message(message: dict[str, Any], where: str) -> Draft:
    role = _ROLES.get(string(message.get("role"), f"{where}role"))
    if role is None:
        raise bad(f"{where}role", f"must be one of {', '.join(_ROLES)}")
    value = message.get("content")
    if isinstance(value, str):
        return Draft(role, value)
    texts, images = [], []
    for index, member in enumerate(array(value, f"{where}content")):
        inner = f"{where}content[{index}]."
        part = obj(member, inner[:-1])
        kind = string(part.get("type"), f"{inner}type")
        if kind in _TEXT:
            texts.append(string(part.get("text"), f"{inner}text"))
        elif kind == "refusal" and role == "assistant":
            texts.append(string(part.get("refusal"), f"{inner}refusal"))
        elif kind == "input_image" and role == "user":
            url = string(part.get("image_url"), f"{inner}image_url")
            images.append(from_data_uri(url, "image", f"{inner}image_url"))
        else:
            raise bad(f"{inner}type", f"{kind[:40]!r} is not a part of {role} messages")
    return Draft(role, "\n".join(texts), tuple(images))
