"""The Google Gemini API: generateContent and streamGenerateContent (Audio and video > Google Gemini API)."""

from collections.abc import Mapping
from typing import Any

from conformance.reference import gemini_answer, gemini_contents, images
from conformance.reference.brain import GenerationParams, reply
from conformance.reference.calls import Call, Json, Outcome
from conformance.reference.errors import Refusal
from conformance.reference.fields import (
    bad,
    maybe_array,
    maybe_bool,
    maybe_integer,
    maybe_number,
    maybe_string,
    maybe_strings,
    names,
    obj,
    only,
)
from conformance.reference.gemini_contents import camel
from conformance.reference.models import Model, find
from conformance.reference.policy import Policy
from conformance.reference.prompt import Prompt, Turn
from conformance.reference.reasoning import planned
from conformance.reference.script import Script
from conformance.reference.tools import Choice, Tool, described, function

_KNOWN = names("contents systemInstruction generationConfig safetySettings labels model tools toolConfig")
_CONFIG = names(
    "maxOutputTokens temperature topP topK stopSequences candidateCount seed presencePenalty frequencyPenalty"
    " thinkingConfig responseMimeType responseSchema responseJsonSchema responseModalities mediaResolution"
)
_RUN_BY_GOOGLE = names("googleSearch codeExecution urlContext")
_MODES = {"AUTO": "auto", "VALIDATED": "auto", "ANY": "required", "NONE": "none"}


def answer(call: Call, policy: Policy, script: Script | None) -> Outcome:
    """Serves a Gemini request: one answer, or for the streaming action its pieces. Raises Refusal."""
    model = find(call.model or "", policy)
    if model.family not in policy.gemini_families:
        raise Refusal(f"The Gemini API is served by Gemini models only, not by {model.name}.", parameter="model")
    body = camel(call.body, "the request body")
    if policy.unknown_fields == "refuse":
        only(body, _KNOWN)
    drafts = gemini_contents.drafts(body, policy)
    tools = _tools(body)
    choice = _choice(body.get("toolConfig"), tools)
    config = camel(_or_empty(body, "generationConfig"), "generationConfig")
    params, shows = _params(config, tools, choice, model, policy)
    pictures = images.look([draft.images for draft in drafts], policy.images.get(model.family), model.family)
    turns = tuple(Turn(d.role, d.text, seen, d.clips) for d, seen in zip(drafts, pictures, strict=True))
    given = reply(Prompt(model, turns, described(tools)), params, policy, script)
    if call.action == "streamGenerateContent":
        return gemini_answer.stream(given, model, shows=shows, sse=call.query.get("alt") == "sse")
    return gemini_answer.whole(given, model, shows=shows)


def _or_empty(body: Mapping[str, Any], name: str) -> Json:
    value = body.get(name)
    return {} if value is None else value


def _params(
    config: dict[str, Any], tools: tuple[Tool, ...], choice: Choice, model: Model, policy: Policy
) -> tuple[GenerationParams, bool]:
    """What the configuration asks for, and whether thoughts are to be shown."""
    where = "generationConfig."
    only(config, _CONFIG, where)
    cap = maybe_integer(config, "maxOutputTokens", 1, where=where)
    maybe_integer(config, "candidateCount", 1, 1, where=where)
    maybe_integer(config, "seed", -(2**31), 2**31 - 1, where=where)
    maybe_number(config, "topK", 0, 2**31, where=where)
    maybe_number(config, "temperature", 0, 2, where=where)
    maybe_number(config, "topP", 0, 1, where=where)
    maybe_number(config, "presencePenalty", -2, 2, where=where)
    maybe_number(config, "frequencyPenalty", -2, 2, where=where)
    inner = f"{where}thinkingConfig."
    thinking = camel(_or_empty(config, "thinkingConfig"), inner[:-1])
    only(thinking, {"includeThoughts", "thinkingBudget", "thinkingLevel"}, inner)
    budget = maybe_integer(thinking, "thinkingBudget", -1, where=inner)
    level = maybe_string(thinking, "thinkingLevel", inner)
    plan = planned(None, None if level is None else level.lower(), model, cap, policy)
    params = GenerationParams(
        cap=cap,
        reasoning=plan.wanted if budget is None or budget < 0 else min(budget, plan.wanted),
        stops=maybe_strings(config, "stopSequences", where),
        tools=tools,
        choice=choice,
        json_schema=_json_schema(config),
    )
    return params, bool(maybe_bool(thinking, "includeThoughts", inner))


def _json_schema(config: Mapping[str, Any]) -> Json:
    if maybe_string(config, "responseMimeType", "generationConfig.") != "application/json":
        return None
    schema = config.get("responseJsonSchema") or config.get("responseSchema") or {}
    return {"type": "object", "required": ["answer"]} | obj(schema, "generationConfig.responseSchema")


def _tools(body: Mapping[str, Any]) -> tuple[Tool, ...]:
    """The functions that the request offers. What Google runs by itself is accepted, and never called."""
    offered = []
    for index, member in enumerate(maybe_array(body, "tools")):
        where = f"tools[{index}]."
        tool = camel(member, where[:-1])
        only(tool, _RUN_BY_GOOGLE | {"functionDeclarations"}, where)
        for at, declaration in enumerate(maybe_array(tool, "functionDeclarations", where)):
            inner = f"{where}functionDeclarations[{at}]"
            offered.append(function(obj(declaration, inner), f"{inner}."))
    return tuple(offered)


def _choice(value: Json, tools: tuple[Tool, ...]) -> Choice:
    if value is None:
        return Choice()
    config = camel(_or_empty(camel(value, "toolConfig"), "functionCallingConfig"), "toolConfig.functionCallingConfig")
    mode = maybe_string(config, "mode", "toolConfig.functionCallingConfig.") or "AUTO"
    if mode not in _MODES or (mode == "ANY" and not tools):
        raise bad("toolConfig.functionCallingConfig.mode", f"must be one of {', '.join(_MODES)}, and fit the tools")
    return Choice(_MODES[mode])
