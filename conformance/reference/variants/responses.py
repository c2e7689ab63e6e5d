"""Variants of the Responses API."""

from collections.abc import Iterable
from copy import deepcopy
from dataclasses import replace
from typing import Any

from conformance.reference.calls import Call, Event
from conformance.reference.edits import (
    Everywhere,
    JsonEdit,
    answers,
    bodies,
    drop,
    everywhere,
    refuse,
    requests,
    streams,
)
from conformance.reference.errors import Refusal
from conformance.reference.matching import asks, has
from conformance.reference.models import MODELS
from conformance.reference.paths import values
from conformance.reference.policy import DOCUMENTED
from conformance.reference.responses_stream import stream
from conformance.reference.variants.declared import variant

_OWN_TYPE = "x_trace"


def _edited(edit: JsonEdit) -> Everywhere:
    """Edits each response, and streams it as edited."""

    def streamed(events: list[Event]) -> Iterable[Event]:
        if not (told := bodies(events)):
            return events
        response = deepcopy(told[-1]["response"])
        edit(response)
        return stream({**response, "status": told[-1]["type"].removeprefix("response.")}).events

    return {"response": answers("responses", edit), "events": streams("responses", streamed)}


def _as_printed(body: dict[str, Any]) -> None:
    """As the sample: no status, and nothing told apart."""
    response = body.get("response", body)
    response.pop("status", None)
    for name in ("input_tokens_details", "output_tokens_details"):
        (response.get("usage") or {}).pop(name, None)


def _otherwise(body: dict[str, Any]) -> None:
    """Items in another order, one of a type of its own among them, the text in two parts, ids of other kinds."""
    body["id"] = body["id"].replace("resp_", "r-")
    body["output_text"] = None
    for item in body["output"]:
        item["id"] += "0" * 200
        if item["type"] == "message":
            text = item["content"][0]["text"]
            halves = text[: len(text) // 2], text[len(text) // 2 :]
            item["content"] = [{"type": "output_text", "text": half, "annotations": []} for half in halves]
    body["output"] = [{"type": _OWN_TYPE, "id": "x-1", "spans": []}, *reversed(body["output"])]


def _typed_otherwise(events: list[Event]) -> Iterable[Event]:
    """No names of events, no in_progress, types of its own, other numbers, padding, and [DONE]."""
    first, *rest, last = (body for body in bodies(events) if body["type"] != "response.in_progress")
    queued, traced = {"type": "response.x_queue", "place": 1}, {"type": "response.x_trace", "trace": "t-1"}
    told = [first, queued, *rest, traced, last]
    return [*(Event({**body, "sequence_number": 7 + at, "obfuscation": "ab"}) for at, body in enumerate(told)),
            Event("[DONE]")]  # fmt: skip


def _by_model(call: Call) -> Call:
    """Which tools there are depends on the model, and on what the workspace has enabled."""
    types = values(call.body, "tools/*/type") if call.surface == "responses" else ()
    kinds = {kind for kind in types if isinstance(kind, str)}
    if kinds & {"apply_patch", "shell"} and call.body.get("model") in ("system.ai.gpt-5", "databricks-gpt-5"):
        raise Refusal("tools: apply_patch and shell are not supported by gpt-5.", parameter="tools")
    if "web_search" in kinds:
        raise Refusal("tools: web_search is blocked by the egress policy.", status=403, parameter="tools")
    return call


_UNLISTED = frozenset({"file_search", "code_interpreter", "computer_use_preview", "local_shell", "web_search_preview"})

variant("responses-as-printed", "sends what the documents print and no more", **everywhere("responses", _as_printed))
variant(
    "responses-otherwise",
    "sends items in another order, with ids of another kind, and one of a type of its own",
    replace(DOCUMENTED, item_id_most=1000),
    request=requests("responses", drop(f"input/{_OWN_TYPE}")),
    **_edited(_otherwise),
)
variant(
    "typed-otherwise",
    "streams Responses with other numbers, with types of its own, and with [DONE] at the end",
    events=streams("responses", _typed_otherwise),
)
variant(
    "responses-in-one-piece",
    "does not stream Responses",
    request=refuse(asks("responses", stream=True), "stream is not supported."),
)
variant(
    "supervisor",
    "serves every model on Responses",
    replace(DOCUMENTED, responses_families=frozenset(model.family for model in MODELS.values())),
)
variant(
    "tools-leniently",
    "takes tools of more types than are listed, and custom tools on chat",
    replace(DOCUMENTED, tool_types=DOCUMENTED.tool_types | _UNLISTED, chat_custom_tools=True),
)
variant(
    "no-plain-input",
    "takes a list as input, and no string",
    request=refuse(asks("responses", input=str), "input must be an array."),
)
variant(
    "calls-not-replayed",
    "takes no function call back",
    request=refuse(has("responses", "input/function_call"), "input: function_call is not supported."),
)
variant("tools-by-model", "has not every tool on every model, nor in every workspace", request=_by_model)
