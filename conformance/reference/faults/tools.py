"""Faults of tools: which are taken, and how they are called."""

import json
from dataclasses import replace
from typing import Any

from conformance.reference.calls import Call
from conformance.reference.edits import answers, items, refusals, refuse
from conformance.reference.faults.declared import REFUSED, fault
from conformance.reference.faults.matching import holds, of
from conformance.reference.policy import DOCUMENTED


def _json_input(body: dict[str, Any]) -> None:
    for item in items(body, "custom_tool_call"):
        item["input"] = {"code": item["input"]}


def _operation_as_text(body: dict[str, Any]) -> None:
    for item in items(body, "apply_patch_call"):
        item["operation"] = json.dumps(item["operation"])


def _refuses_tool(kind: str) -> Any:
    return replace(DOCUMENTED, tool_types=DOCUMENTED.tool_types - {kind})


def _unlisted_tool(call: Call) -> bool:
    return call.surface == "responses" and isinstance(call.body, dict) and bool(call.body.get("tools"))


def _called_as_function(body: dict[str, Any]) -> None:
    for item in items(body, "custom_tool_call"):
        item["type"] = "function_call"


fault(
    "responses-tool-unlisted-accepted",
    breaks={"RESP-TOOL-UNLISTED": "the tool type file_search: the request is not refused as documented (200"},
    says="tool types that are not listed are accepted",
    policy=replace(
        DOCUMENTED,
        tool_types=DOCUMENTED.tool_types
        | {"file_search", "code_interpreter", "computer_use_preview", "local_shell", "bogus"},
    ),
)
for _kind in sorted(DOCUMENTED.tool_types):
    fault(
        f"responses-tool-{_kind.replace('_', '-')}-refused",
        breaks={
            "RESP-TOOL-LISTED": f"the tool type {_kind} is not accepted (400",
            **({"RESP-CUSTOM-MODELS": REFUSED} if _kind == "custom" else {}),
        },
        undecides={"custom": ("RESP-CUSTOM-OUTPUT",), "apply_patch": ("RESP-BUILTIN-STRUCTURED",)}.get(_kind, ()),
        says=f"the tool type {_kind} is refused",
        policy=_refuses_tool(_kind),
    )
fault(
    "responses-custom-input-as-object",
    breaks={
        "RESP-CUSTOM-OUTPUT": "output.1.input is not a string",
        "RESP-CUSTOM-MODELS": "output.1.input is not a string",
    },
    says="the input of a custom tool call is an object instead of a string",
    response=answers("responses", _json_input),
)
fault(
    "responses-apply-patch-operation-as-text",
    breaks={"RESP-BUILTIN-STRUCTURED": "output.1.operation is not an object"},
    says="the operation of an apply_patch_call is a string",
    response=answers("responses", _operation_as_text),
)
fault(
    "responses-tool-unlisted-500",
    breaks={"RESP-TOOL-UNLISTED": "the request is not refused as documented (500"},
    says="a tool type that is not listed breaks the gateway",
    response=refusals(_unlisted_tool, 500),
)
fault(
    "responses-tools-one-at-a-time",
    breaks={"RESP-TOOL-LISTED": "four tools together is not accepted (400"},
    says="only one tool may be offered",
    request=refuse(lambda call: _unlisted_tool(call) and len(call.body["tools"]) > 1, "tools: only one is allowed."),
)
fault(
    "responses-custom-on-one-model-refused",
    breaks={"RESP-CUSTOM-MODELS": REFUSED},
    says="gpt-5-5-pro does not take custom tools",
    request=refuse(of("gpt-5-5-pro", _unlisted_tool), "tools[0].type: custom is not supported."),
)
fault(
    "responses-custom-called-as-function",
    breaks={"RESP-CUSTOM-OUTPUT": "no custom tool call", "RESP-CUSTOM-MODELS": "no custom tool call"},
    says="a custom tool is called as a function",
    response=answers("responses", _called_as_function),
)  # fmt: skip
fault(
    "chat-custom-tools-accepted",
    breaks={"RESP-CUSTOM-CHAT": "a custom tool on chat: the request is not refused as documented (200"},
    says="custom tools work on chat completions",
    policy=replace(DOCUMENTED, chat_custom_tools=True),
)
fault(
    "chat-custom-tools-500",
    breaks={"RESP-CUSTOM-CHAT": "a custom tool on chat: the request is not refused as documented (500"},
    says="a custom tool on chat breaks the gateway",
    request=refuse(holds('"type": "custom"'), "internal error", status=500),
)
