"""Faults of the Responses API."""

import json
from dataclasses import replace
from typing import Any

from conformance.reference.calls import Answer, Call
from conformance.reference.errors import Refusal, enveloped
from conformance.reference.faults.declared import (
    BROKEN,
    REFUSED,
    TAKEN,
    answers,
    asks,
    fault,
    refusals,
    refuse,
    requests,
)
from conformance.reference.faults.matching import of
from conformance.reference.models import MODELS
from conformance.reference.policy import DOCUMENTED
from conformance.reference.responses import UNSUPPORTED
from conformance.reference.variant import ResponseEdit

_EXAMPLES = ("RESP-PATH-GW", "RESP-PATH-SERVING", "RESP-FQN", "AUTH-BEARER")
"""Requirements whose own examples send a list of messages."""


def _more_tokens(body: dict[str, Any]) -> None:
    body["usage"]["total_tokens"] += 1


def _items(body: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [item for item in body["output"] if item["type"] == kind]


def _json_input(body: dict[str, Any]) -> None:
    for item in _items(body, "custom_tool_call"):
        item["input"] = {"code": item["input"]}


def _operation_as_text(body: dict[str, Any]) -> None:
    for item in _items(body, "apply_patch_call"):
        item["operation"] = json.dumps(item["operation"])


def _content_as_string(body: dict[str, Any]) -> None:
    for item in _items(body, "message"):
        item["content"] = item["content"][0]["text"]


def _store_ignored(body: dict[str, Any]) -> None:
    if body.get("stream"):
        body.pop("store", None)


def _on_serving_path(call: Call) -> Call:
    if (
        call.surface == "responses"
        and call.path.endswith("/serving-endpoints/responses")
        and isinstance(call.body, dict)
    ):
        return replace(call, body={name: value for name, value in call.body.items() if name not in UNSUPPORTED})
    return call


def _stored(call: Call, answer: Answer) -> Answer:
    if call.surface == "responses" and call.body is None and answer.status == 404:
        return Answer({"id": call.path.rpartition("/")[2], "object": "response", "status": "completed", "output": []})
    return answer


def _holds(call: Call, *kinds: str) -> bool:
    """Whether a Responses request has an input item, or a part of one, of these types."""
    items = call.body.get("input") if call.surface == "responses" and isinstance(call.body, dict) else None
    for item in items if isinstance(items, list) else ():
        content = item.get("content") if isinstance(item, dict) else None
        for held in [item, *(content if isinstance(content, list) else ())]:
            if isinstance(held, dict) and held.get("type") in kinds:
                return True
    return False


def _refuses_tool(kind: str) -> Any:
    return replace(DOCUMENTED, tool_types=DOCUMENTED.tool_types - {kind})


for _parameter in UNSUPPORTED:
    _slug = _parameter.replace("_", "-")
    _id = f"RESP-400-{_slug.upper()}"
    fault(
        f"responses-{_slug}-accepted",
        breaks={_id: TAKEN},
        says=f"{_parameter} is silently accepted",
        policy=replace(DOCUMENTED, refused_parameters=DOCUMENTED.refused_parameters - {_parameter}),
    )
    fault(
        f"responses-{_slug}-refused-with-422",
        breaks={_id: "documented (422", "RESP-400-EDGE-VALUES": "is answered with another status (422"},
        says=f"{_parameter} is refused with 422 instead of 400",
        response=refusals(asks("responses", **{_parameter: ...}), 422),
    )

fault(
    "responses-store-500",
    breaks={
        "RESP-400-STORE": BROKEN,
        "RESP-400-EDGE-VALUES": '{"store":false} is answered with another status (500',
    },
    says="store breaks the gateway",
    response=refusals(asks("responses", store=...), 500),
)
fault(
    "responses-store-accepted-streaming",
    breaks={"RESP-400-STORE": TAKEN},
    says="store is refused only when the answer is not streamed",
    request=requests("responses", _store_ignored),
)
fault(
    "responses-serving-path-lenient",
    breaks={
        "RESP-400-BACKGROUND": TAKEN,
        "RESP-400-STORE": TAKEN,
        "RESP-400-PREVIOUS-RESPONSE-ID": TAKEN,
        "RESP-400-SERVICE-TIER": TAKEN,
    },
    says="the unsupported parameters are ignored on the serving-endpoints path",
    request=_on_serving_path,
)
fault(
    "responses-stored-retrievable",
    breaks={"RESP-400-NO-EFFECT": TAKEN},
    says="a response can be fetched, deleted and cancelled by id",
    response=_stored,
)
fault(
    "responses-usage-total-off-by-one",
    breaks={"RESP-USAGE-SUM": "usage does not add up"},
    says="total_tokens is one more than input_tokens and output_tokens together",
    response=answers("responses", _more_tokens),
)
fault(
    "responses-object-wrong",
    breaks={"RESP-SHAPE": "object says something else", "RESP-PATH-SERVING": "object says something else"},
    says="object is chat.completion",
    response=answers("responses", lambda body: body.update(object="chat.completion")),
)
fault(
    "responses-created-missing",
    breaks={"RESP-SHAPE": "created_at is not an integer"},
    says="there is no created_at",
    response=answers("responses", lambda body: body.pop("created_at")),
)
fault(
    "responses-content-as-string",
    breaks={
        "RESP-OUTPUT-MSG": "output.1.content is not a list",
        "DOORS-SAME-ANSWER": "no text through responses",
        "RESP-STREAM-EQUAL": "text of the stream",
    },
    says="the content of a message item is a string",
    response=answers("responses", _content_as_string),
)
fault(
    "responses-model-empty",
    breaks={"RESP-MODEL-ECHO": "model is no name"},
    says="model is empty",
    response=answers("responses", lambda body: body.update(model="")),
)
fault(
    "responses-max-output-tokens-refused",
    breaks={"RESP-MAXOUT": REFUSED},
    says="max_output_tokens is refused",
    request=refuse(asks("responses", max_output_tokens=...), "max_output_tokens is not known."),
)
fault(
    "responses-message-list-refused",
    breaks={
        "RESP-PATH-GW": REFUSED,
        "RESP-PATH-SERVING": REFUSED,
        "RESP-INPUT-MESSAGES": REFUSED,
        "RESP-FQN": "system.ai.gpt-5 is not accepted (400",
    },
    clouds=(
        *(f"RESP-400-{name.upper().replace('_', '-')}" for name in UNSUPPORTED),
        "RESP-400-NO-EFFECT",
        "RESP-OPENAI-ONLY",
        "RESP-TOOL-UNLISTED",
        "RESP-TOOL-LISTED",
        "RESP-MAXOUT",
        "RESP-SHAPE",
        "RESP-USAGE-SUM",
        "RESP-STREAM-ORDER",
        "AUTH-BEARER",
    ),
    says="input must be a string",
    request=refuse(
        lambda call: asks("responses", input=...)(call) and isinstance(call.body["input"], list),
        "input must be a string.",
    ),
)
fault(
    "responses-image-refused",
    breaks={"RESP-TEXT-IMAGE": REFUSED},
    says="images are refused",
    request=refuse(lambda call: _holds(call, "input_image"), "input_image is not supported."),
)
fault(
    "responses-claude-served",
    breaks={"RESP-OPENAI-ONLY": TAKEN},
    says="models of every family are served",
    policy=replace(DOCUMENTED, responses_families=frozenset(model.family for model in MODELS.values())),
)
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
        clouds={"custom": ("RESP-CUSTOM-OUTPUT",), "apply_patch": ("RESP-BUILTIN-STRUCTURED",)}.get(_kind, ()),
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
    "responses-output-items-refused",
    breaks={"RESP-STATELESS-REPLAY": REFUSED},
    says="output items are refused as input",
    request=refuse(lambda call: _holds(call, "reasoning", "output_text", "function_call"), "input: items are unknown."),
)


def _takes_turns() -> Any:
    """Refuses every other request that has store: false, as a gateway does that is half rolled out."""
    count = 0

    def edited(call: Call) -> Call:
        nonlocal count
        if not asks("responses", store=False)(call):
            return call
        count += 1
        if count % 2:
            raise Refusal("store is not supported.", parameter="store")
        return replace(call, body={name: value for name, value in call.body.items() if name != "store"})

    return edited


fault(
    "responses-store-false-unstable",
    breaks={"RESP-400-EDGE-VALUES": '{"store":false} is answered differently each time'},
    says="store: false is refused and accepted by turns",
    request=_takes_turns(),
)


def _unnamed(parameter: str) -> ResponseEdit:
    """Refuses a parameter without a word about which."""
    refused = enveloped(Refusal("This request is not supported."), "databricks")
    return refusals(asks("responses", **{parameter: ...}), 400, refused)


def _on_gateway_path(call: Call) -> Call:
    if call.surface == "responses" and call.path.endswith("mlflow/v1/responses") and isinstance(call.body, dict):
        return replace(call, body={name: value for name, value in call.body.items() if name not in UNSUPPORTED})
    return call


def _holds_reasoning(call: Call) -> bool:
    listed = call.body.get("input") if call.surface == "responses" and isinstance(call.body, dict) else None
    return isinstance(listed, list) and any(
        isinstance(item, dict) and item.get("type") == "reasoning" for item in listed
    )


def _has_system(call: Call) -> bool:
    return call.surface == "responses" and '"role": "system"' in json.dumps(call.body)


def _unlisted_tool(call: Call) -> bool:
    return call.surface == "responses" and isinstance(call.body, dict) and bool(call.body.get("tools"))


def _text_missing(body: dict[str, Any]) -> None:
    for item in _items(body, "message"):
        item["content"] = []


def _role_of_the_user(body: dict[str, Any]) -> None:
    for item in _items(body, "message"):
        item["role"] = "user"


def _called_as_function(body: dict[str, Any]) -> None:
    for item in _items(body, "custom_tool_call"):
        item["type"] = "function_call"


for _parameter in UNSUPPORTED:
    _slug = _parameter.replace("_", "-")
    _id = f"RESP-400-{_slug.upper()}"
    if _parameter != "store":
        fault(
            f"responses-{_slug}-500",
            breaks={_id: BROKEN, "RESP-400-EDGE-VALUES": "is answered with another status (500"},
            says=f"{_parameter} breaks the gateway",
            response=refusals(asks("responses", **{_parameter: ...}), 500),
        )
    fault(
        f"responses-{_slug}-unnamed",
        warns={_id: f"the error does not name {_parameter}"},
        says=f"{_parameter} is refused without a word about which parameter it was",
        response=_unnamed(_parameter),
    )
fault(
    "responses-gateway-path-lenient",
    breaks={f"RESP-400-{name.upper().replace('_', '-')}": TAKEN for name in UNSUPPORTED},
    says="unsupported parameters are refused on the serving path alone",
    request=_on_gateway_path,
)
fault(
    "responses-string-refused",
    warns={"RESP-INPUT-MESSAGES": "not on the page: a string as input is not accepted (400"},
    says="input as a string is refused",
    request=refuse(lambda call: call.surface == "responses" and isinstance(call.body, dict)
                   and isinstance(call.body.get("input"), str), "input must be an array."),
)  # fmt: skip
fault(
    "responses-system-refused",
    breaks={"RESP-INPUT-MESSAGES": REFUSED},
    says="messages of the system are refused",
    request=refuse(_has_system, "input: the role system is not known."),
)
fault(
    "responses-text-missing",
    breaks={
        "RESP-OUTPUT-MSG": "a finished answer has no text",
        "RESP-STREAM-EQUAL": "text of the stream",
        "DOORS-SAME-ANSWER": "no text through responses",
    },
    says="messages of the answer are empty",
    response=answers("responses", _text_missing),
)
fault(
    "responses-output-empty",
    breaks={
        "RESP-SHAPE": "a completed answer is empty",
        "RESP-OUTPUT-MSG": "a finished answer has no text",
        "RESP-CUSTOM-OUTPUT": "no custom tool call",
        "RESP-CUSTOM-MODELS": "no custom tool call",
        "RESP-STREAM-EQUAL": "kinds of the stream",
        "DOORS-SAME-ANSWER": "no text through responses",
    },
    says="output is empty",
    response=answers("responses", lambda body: body.update(output=[])),
)
fault(
    "responses-id-of-chat",
    warns={"RESP-SHAPE": "the id has another prefix"},
    says="ids begin as those of chat completions",
    response=answers("responses", lambda body: body.update(id="chatcmpl_1")),
)
fault(
    "responses-role-of-the-user",
    breaks={"RESP-OUTPUT-MSG": "the role"},
    says="messages of the answer are the user's",
    response=answers("responses", _role_of_the_user),
)
fault(
    "responses-model-of-another-family",
    breaks={"RESP-MODEL-ECHO": "model names another family"},
    says="whatever is asked, model is databricks-claude-sonnet-4-5",
    response=answers("responses", lambda body: body.update(model="databricks-claude-sonnet-4-5")),
)
fault(
    "responses-cut-not-told",
    breaks={
        "RESP-MAXOUT-CAP": "a cut answer does not say so",
        "DOORS-SAME-ANSWER": "responses stops for another reason than chat",
    },
    says="an answer that was cut says that it is completed",
    response=answers("responses", lambda body: body.update(status="completed")),
)
fault(
    "responses-claude-500",
    breaks={"RESP-OPENAI-ONLY": BROKEN},
    says="asking Responses for Claude breaks the gateway",
    response=refusals(of("claude", lambda call: call.surface == "responses"), 500),
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
    "responses-reasoning-items-refused",
    breaks={"RESP-STATELESS-REPLAY": REFUSED},
    says="reasoning items of an earlier answer are refused",
    request=refuse(_holds_reasoning, "input: reasoning items are unknown."),
)
fault(
    "responses-item-ids-of-63",
    breaks={"RESP-STATELESS-REPLAY": REFUSED},
    says="an item's id may have 63 characters, one too few",
    policy=replace(DOCUMENTED, item_id_most=63),
)
fault(
    "responses-retrieval-500",
    breaks={"RESP-400-NO-EFFECT": BROKEN},
    says="asking for a stored response breaks the gateway",
    response=refusals(lambda call: call.surface == "responses" and "/responses/" in call.path, 500),
)
fault(
    "responses-off",
    breaks={
        "BETA-GATE": "a plain request: the target breaks (501",
        "RESP-PATH-GW": "the request is not accepted (501",
        "RESP-FQN": "system.ai.gpt-5 is not accepted (501",
        "RESP-TEMPERATURE": "temperature 0.1: the target breaks (501",
        "ERR-CLIENT-NOT-5XX": "a wrong type is not refused (501",
    },
    clouds=("AUTH-BEARER", "AUTH-BASIC", "RESP-400-STORE", "RESP-SHAPE", "RESP-TOOL-LISTED", "RESP-STATELESS-REPLAY"),
    says="the Responses API is switched off on the gateway's path",
    request=refuse(lambda call: call.surface == "responses" and "mlflow" in call.path, "not enabled.", status=501),
)
