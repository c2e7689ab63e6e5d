"""The Responses API: the request, read (Query model services with the OpenAI Responses API)."""

from collections.abc import Mapping
from typing import Any

from conformance.reference import images, responses_input, responses_stream, tools
from conformance.reference.brain import GenerationParams, reply
from conformance.reference.calls import Answer, Call, Json, Outcome
from conformance.reference.chat import check_sampling, weigh_request
from conformance.reference.errors import Refusal
from conformance.reference.fields import (
    bad,
    maybe_array,
    maybe_bool,
    maybe_integer,
    maybe_string,
    maybe_strings,
    names,
    obj,
    only,
    string,
)
from conformance.reference.models import Model, find
from conformance.reference.policy import Policy
from conformance.reference.prompt import Draft, Prompt, Turn
from conformance.reference.reasoning import planned
from conformance.reference.responses_answer import response
from conformance.reference.script import Script
from conformance.reference.tools import Choice, Tool, described

UNSUPPORTED = {
    "background": "background processing is not supported",
    "store": "stored responses are not supported",
    "previous_response_id": "stored responses are not supported",
    "service_tier": "the service tier is managed by the platform",
}
"""The parameters that the Limitations section names, each with its reason."""
_NO_OP = (None, False, "")
_KNOWN = names(
    "model input instructions max_output_tokens max_tool_calls temperature top_p top_logprobs stream stream_options tools"
    " tool_choice parallel_tool_calls reasoning text truncation include metadata user safety_identifier"
    " prompt_cache_key"
)


def answer(call: Call, policy: Policy, script: Script | None) -> Outcome:
    """Serves a Responses request: a response, or its events if it asks for a stream. Raises Refusal."""
    body = obj(call.body, "the request body")
    model = find(string(body.get("model"), "model"), policy)
    _check_family(model, policy)
    _check_unsupported(body, policy)
    if policy.unknown_fields == "refuse":
        only(body, _KNOWN | UNSUPPORTED.keys())
    drafts = responses_input.drafts(body.get("input"), policy)
    if instructions := maybe_string(body, "instructions"):
        drafts = [Draft("system", instructions), *drafts]
    params = _params(body, model, policy)
    weigh_request(call, model, policy)
    pictures = images.look([draft.images for draft in drafts], policy.images.get(model.family), model.family)
    turns = tuple(Turn(draft.role, draft.text, seen) for draft, seen in zip(drafts, pictures, strict=True))
    given = reply(Prompt(model, turns, described(params.tools)), params, policy, script)
    whole = response(given, model, body)
    return responses_stream.stream(whole) if maybe_bool(body, "stream") else Answer(whole)


def retrieve(call: Call, _: Policy, _script: Script | None) -> Outcome:
    """Answers whoever asks for a stored response: nothing is stored, so there is none."""
    raise Refusal(
        f"{call.method} {call.path[-80:]}: there are no stored responses.", status=404, code="RESOURCE_DOES_NOT_EXIST"
    )


def _check_family(model: Model, policy: Policy) -> None:
    if model.family not in policy.responses_families:
        raise Refusal(f"The Responses API is served by OpenAI models only, not by {model.name}.", parameter="model")


def _check_unsupported(body: Mapping[str, Any], policy: Policy) -> None:
    for name, reason in UNSUPPORTED.items():
        if name not in body or name not in policy.refused_parameters:
            continue
        if policy.no_op_values == "accept" and body[name] in _NO_OP:
            continue
        raise Refusal(f"{name} is not supported: {reason}.", parameter=name)


def _params(body: Mapping[str, Any], model: Model, policy: Policy) -> GenerationParams:
    cap = maybe_integer(body, "max_output_tokens", 1)
    maybe_integer(body, "max_tool_calls", 1)
    maybe_integer(body, "top_logprobs", 0, 20)
    check_sampling(body, model, policy)
    maybe_bool(body, "parallel_tool_calls")
    maybe_strings(body, "include")
    if body.get("metadata") is not None:
        obj(body["metadata"], "metadata")
    if body.get("truncation") not in (None, "auto", "disabled"):
        raise bad("truncation", "must be auto or disabled")
    effort = None
    if (given := body.get("reasoning")) is not None:
        only(obj(given, "reasoning"), {"effort", "summary", "generate_summary"}, "reasoning.")
        effort = maybe_string(given, "effort", "reasoning.")
        maybe_string(given, "summary", "reasoning.")
    plan = planned(None, effort, model, cap, policy)
    offered = tuple(
        _tool(obj(tool, f"tools[{i}]"), f"tools[{i}].", model, policy)
        for i, tool in enumerate(maybe_array(body, "tools"))
    )
    return GenerationParams(
        cap=cap,
        reasoning=plan.wanted,
        tools=offered,
        choice=_choice(body.get("tool_choice"), offered),
        json_schema=_json_schema(body.get("text")),
    )


def _tool(tool: dict[str, Any], where: str, model: Model, policy: Policy) -> Tool:
    kind = string(tool.get("type"), f"{where}type")
    if kind not in policy.tool_types:
        raise tools.unsupported(kind, where)
    if kind == "function":
        return tools.function(tool, where)
    if kind == "custom":
        if not model.gpt5_series:
            raise bad(f"{where}type", "custom is supported by GPT-5 series models only")
        return Tool(kind, string(tool.get("name"), f"{where}name"), maybe_string(tool, "description", where) or "")
    if kind == "mcp":
        string(tool.get("server_label"), f"{where}server_label")
        if maybe_string(tool, "server_url", where) is None and maybe_string(tool, "connector_id", where) is None:
            raise bad(f"{where}server_url", "is required")
    return Tool(kind, kind)


def _choice(value: Json, offered: tuple[Tool, ...]) -> Choice:
    match value:
        case {"name": str(name)}:
            return tools.read_choice(value, offered, name)
    return tools.read_choice(value, offered)


def _json_schema(value: Json) -> Json:
    if value is None:
        return None
    only(obj(value, "text"), {"format", "verbosity"}, "text.")
    match value.get("format"):
        case None | {"type": "text"}:
            return None
        case {"type": "json_object"}:
            return {"type": "object", "required": ["answer"]}
        case {"type": "json_schema", "schema": dict(schema)}:
            return schema
    raise bad("text.format", "must be text, json_object or a json_schema with a schema")
