"""Faults of tools: which are taken, and how they are called."""

import json
from dataclasses import replace

from conformance.reference.calls import Call
from conformance.reference.edits import answers, break_on, change, put, refusals, refuse
from conformance.reference.faults.declared import REFUSED, fault
from conformance.reference.matching import gives, holds, of
from conformance.reference.policy import DOCUMENTED


def _several_tools(call: Call) -> bool:
    return gives("responses", "tools")(call) and len(call.body["tools"]) > 1


for _kind in sorted(DOCUMENTED.tool_types):
    fault(
        f"responses-tool-{_kind.replace('_', '-')}-refused",
        breaks={
            "RESP-TOOL-LISTED": f"the tool type {_kind} is not accepted (400",
            **({"RESP-CUSTOM-MODELS": REFUSED} if _kind == "custom" else {}),
        },
        undecides={"custom": ("RESP-CUSTOM-OUTPUT",), "apply_patch": ("RESP-BUILTIN-STRUCTURED",)}.get(_kind, ()),
        says=f"the tool type {_kind} is refused",
        policy=replace(DOCUMENTED, tool_types=DOCUMENTED.tool_types - {_kind}),
    )
fault(
    "responses-custom-input-as-object",
    breaks={
        "RESP-CUSTOM-OUTPUT": "output.1.input is not a string",
        "RESP-CUSTOM-MODELS": "output.1.input is not a string",
    },
    says="the input of a custom tool call is an object instead of a string",
    response=answers("responses", change("output/custom_tool_call/input", lambda text: {"code": text})),
)
fault(
    "responses-apply-patch-operation-as-text",
    breaks={"RESP-BUILTIN-STRUCTURED": "output.1.operation is not an object"},
    says="the operation of an apply_patch_call is a string",
    response=answers("responses", change("output/apply_patch_call/operation", json.dumps)),
)
fault(
    "responses-tool-unlisted-500",
    breaks={"RESP-TOOL-UNLISTED": "the request is not refused as documented (500"},
    says="a tool type that is not listed breaks the gateway",
    response=refusals(gives("responses", "tools"), status=500),
)
fault(
    "responses-tools-one-at-a-time",
    breaks={"RESP-TOOL-LISTED": "four tools together is not accepted (400"},
    says="only one tool may be offered",
    request=refuse(_several_tools, "tools: only one is allowed."),
)
fault(
    "responses-custom-on-one-model-refused",
    breaks={"RESP-CUSTOM-MODELS": REFUSED},
    says="gpt-5-5-pro does not take custom tools",
    request=refuse(of("gpt-5-5-pro", gives("responses", "tools")), "tools[0].type: custom is not supported."),
)
fault(
    "responses-custom-called-as-function",
    breaks={"RESP-CUSTOM-OUTPUT": "no custom tool call", "RESP-CUSTOM-MODELS": "no custom tool call"},
    says="a custom tool is called as a function",
    response=answers("responses", put("output/custom_tool_call/type", "function_call")),
)
fault(
    "chat-custom-tools-500",
    breaks={"RESP-CUSTOM-CHAT": "a custom tool on chat: the request is not refused as documented (500"},
    says="a custom tool on chat breaks the gateway",
    request=break_on(holds('"type": "custom"')),
)
