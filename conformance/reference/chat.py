"""Chat Completions: the request, read (Chat > OpenAI Chat Completions, Vision, Audio and video, Reasoning)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast

from conformance.reference import chat_answer, images, media_parts, reasoning
from conformance.reference.brain import GenerationParams, reply
from conformance.reference.calls import Call, Json, Outcome
from conformance.reference.encoded import from_data_uri
from conformance.reference.errors import Refusal
from conformance.reference.fields import (
    array,
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
    string,
)
from conformance.reference.media_parts import Clip
from conformance.reference.models import Model, find
from conformance.reference.policy import Policy
from conformance.reference.prompt import Draft, Prompt, Role, Turn
from conformance.reference.script import Script
from conformance.reference.tools import Choice, Tool, described, function, read_choice, unsupported

_KNOWN = names(
    "model messages max_tokens max_completion_tokens temperature top_p top_k n stop stream stream_options tools"
    " tool_choice parallel_tool_calls response_format reasoning_effort thinking seed user metadata logprobs top_logprobs"
    " presence_penalty frequency_penalty logit_bias store service_tier prompt_cache_key safety_identifier"
)
_MESSAGE = names("role content name refusal annotations audio function_call tool_calls tool_call_id")
_ROLES: Mapping[str, Role] = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "assistant": "assistant",
    "tool": "tool",
}


@dataclass(frozen=True, slots=True)
class Content:
    """What the content of one message holds."""

    text: str = ""
    images: tuple[bytes, ...] = ()
    clips: tuple[Clip, ...] = ()
    reasoning: str = ""


def answer(call: Call, policy: Policy, script: Script | None) -> Outcome:
    """Serves a chat request: a completion, or its chunks if it asks for a stream. Raises Refusal."""
    body = obj(call.body, "the request body")
    model = find(call.model or _model_name(body), policy)
    if policy.unknown_fields == "refuse":
        only(body, _KNOWN)
    drafts = _messages(body.get("messages"), model, policy)
    params = _params(body, model, policy)
    weigh_request(call, model, policy)
    pictures = images.look([draft.images for draft in drafts], policy.images.get(model.family), model.family)
    turns = (
        Turn(draft.role, draft.text, seen, draft.clips, draft.reasoning)
        for draft, seen in zip(drafts, pictures, strict=True)
    )
    given = reply(Prompt(model, tuple(turns), described(params.tools)), params, policy, script)
    if maybe_bool(body, "stream"):
        options = body.get("stream_options")
        asked = (
            None if options is None else maybe_bool(obj(options, "stream_options"), "include_usage", "stream_options.")
        )
        return chat_answer.stream(given, model, policy, usage_asked=asked)
    return chat_answer.completion(given, model, policy)


def _model_name(body: Mapping[str, Any]) -> str:
    return string(body.get("model"), "model")


def weigh_request(call: Call, model: Model, policy: Policy) -> None:
    """Refuses a request whose body is larger than the family of its model takes."""
    rules = policy.images.get(model.family)
    if rules and rules.payload is not None and rules.payload_of == "request" and call.size > rules.payload:
        raise Refusal(
            f"The request holds {call.size} bytes; at most {rules.payload} are allowed.",
            status=policy.too_large_status,
            code="REQUEST_TOO_LARGE",
        )


def _params(body: Mapping[str, Any], model: Model, policy: Policy) -> GenerationParams:
    cap = maybe_integer(body, "max_tokens", 1)
    other = maybe_integer(body, "max_completion_tokens", 1)
    cap = other if cap is None else cap
    check_sampling(body, model, policy)
    maybe_integer(body, "top_k", 0)
    maybe_integer(body, "n", 1, 1)
    maybe_integer(body, "seed", -(2**63), 2**63)
    maybe_number(body, "presence_penalty", -2, 2)
    maybe_number(body, "frequency_penalty", -2, 2)
    maybe_string(body, "user")
    plan = reasoning.planned(body.get("thinking"), maybe_string(body, "reasoning_effort"), model, cap, policy)
    tools = tuple(
        _tool(obj(tool, f"tools[{index}]"), f"tools[{index}].", policy)
        for index, tool in enumerate(maybe_array(body, "tools"))
    )
    return GenerationParams(
        cap=cap,
        reasoning=plan.wanted,
        budget=plan.budget,
        stops=maybe_strings(body, "stop"),
        tools=tools,
        choice=_choice(body.get("tool_choice"), tools),
        json_schema=_json_schema(body.get("response_format")),
    )


def check_sampling(body: Mapping[str, Any], model: Model, policy: Policy) -> None:
    """Reads temperature and top_p, which change nothing here; refuses them out of bounds or on families without them."""
    given = maybe_number(body, "temperature", 0, 2)
    if (
        given is not None
        and policy.temperature_families is not None
        and model.family not in policy.temperature_families
    ):
        raise bad("temperature", f"is not supported by {model.name}")
    maybe_number(body, "top_p", 0, 1)


def _tool(tool: dict[str, Any], where: str, policy: Policy) -> Tool:
    kind = string(tool.get("type"), f"{where}type")
    if kind == "custom" and policy.chat_custom_tools:
        return Tool("custom", string(obj(tool.get("custom"), f"{where}custom").get("name"), f"{where}custom.name"))
    if kind != "function":
        raise unsupported(kind, where)
    return function(obj(tool.get("function"), f"{where}function"), f"{where}function.")


def _choice(value: Json, tools: tuple[Tool, ...]) -> Choice:
    match value:
        case {"function": {"name": str(name)}} | {"custom": {"name": str(name)}}:
            return read_choice(value, tools, name)
    return read_choice(value, tools)


def _json_schema(value: Json) -> Json:
    match value:
        case None | {"type": "text"}:
            return None
        case {"type": "json_object"}:
            return {"type": "object", "required": ["answer"]}
        case {"type": "json_schema", "json_schema": {"schema": dict(schema)}}:
            return schema
    raise bad("response_format", "must be text, json_object or a json_schema with a schema")


def _messages(value: Json, model: Model, policy: Policy) -> list[Draft]:
    messages = array(value, "messages")
    if not messages:
        raise bad("messages", "must hold at least one message")
    drafts = [_message(obj(m, f"messages[{i}]"), f"messages[{i}].", model, policy) for i, m in enumerate(messages)]
    if all(draft.role == "system" for draft in drafts):
        raise bad("messages", "must hold a message that is not from the system")
    return drafts


def _message(message: dict[str, Any], where: str, model: Model, policy: Policy) -> Draft:
    if policy.unknown_fields == "refuse":
        only(message, _MESSAGE, where)
    name = string(message.get("role"), f"{where}role")
    role = _ROLES.get(name)
    if role is None:
        raise bad(f"{where}role", f"must be one of {', '.join(_ROLES)}")
    calls = maybe_array(message, "tool_calls", where)
    if calls and role != "assistant":
        raise bad(f"{where}tool_calls", "belong to assistant messages")
    if role == "tool":
        string(message.get("tool_call_id"), f"{where}tool_call_id")
    value = message.get("content")
    if value is None and not calls:
        raise bad(f"{where}content", "is required")
    content = _content(value, role, f"{where}content", model, policy)
    called = "".join(
        _called(obj(c, f"{where}tool_calls[{i}]"), f"{where}tool_calls[{i}].") for i, c in enumerate(calls)
    )
    return Draft(role, content.text + called, content.images, content.clips, content.reasoning)


def _called(call: dict[str, Any], where: str) -> str:
    string(call.get("id"), f"{where}id")
    inner = obj(call.get("function"), f"{where}function")
    name = string(inner.get("name"), f"{where}function.name")
    return name + string(inner.get("arguments"), f"{where}function.arguments")


def _content(value: Json, role: Role, where: str, model: Model, policy: Policy) -> Content:
    if value is None:
        return Content()
    if isinstance(value, str):
        return Content(value)
    parts = array(value, where)
    if not parts and role != "assistant":
        raise bad(where, "must hold at least one part")
    read = [_part(obj(part, f"{where}[{i}]"), role, f"{where}[{i}].", model, policy) for i, part in enumerate(parts)]
    return Content(
        "\n".join(content.text for content in read if content.text),
        tuple(image for content in read for image in content.images),
        tuple(clip for content in read for clip in content.clips),
        "".join(content.reasoning for content in read),
    )


def _part(part: dict[str, Any], role: Role, where: str, model: Model, policy: Policy) -> Content:
    kind = string(part.get("type"), f"{where}type")
    match kind:
        case "text":
            return Content(string(part.get("text"), f"{where}text"))
        case "reasoning" if role == "assistant":
            return Content(reasoning=reasoning.replayed(part, model, policy, where))
        case "image_url" if role == "user":
            url = _url(part, kind, where)
            if policy.image_urls and url.startswith(("https://", "http://")):
                raise bad(f"{where}image_url.url", "could not be fetched: this gateway has no network")
            return Content(images=(from_data_uri(url, "image", f"{where}image_url.url"),))
        case "video_url" | "audio_url" if role == "user":
            if model.family not in policy.media_families:
                raise bad(f"{where}type", f"{kind} is not supported by {model.name}: only by Gemini models")
            medium = cast("Literal['audio', 'video']", kind.removesuffix("_url"))
            url = _url(part, kind, where)
            return Content(clips=(media_parts.from_url(medium, url, f"{where}{kind}.url", youtube=policy.youtube),))
    raise bad(f"{where}type", f"{kind[:40]!r} is not a part of {role} messages")


def _url(part: dict[str, Any], kind: str, where: str) -> str:
    return string(obj(part.get(kind), f"{where}{kind}").get("url"), f"{where}{kind}.url")
