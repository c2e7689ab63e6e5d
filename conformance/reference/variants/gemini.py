"""Variants of the Gemini surface."""

from collections.abc import Iterable
from copy import deepcopy
from typing import Any

from conformance.reference.calls import Call, Event
from conformance.reference.edits import answers, bodies, drop, everywhere, refuse, streams
from conformance.reference.matching import model
from conformance.reference.paths import values
from conformance.reference.variants.declared import variant

_SIGNATURE = "CpwBAcu98PBzZWFsZWQ="


def _as_proto(body: dict[str, Any]) -> None:
    """What is 0 is left out, as protobuf does, and more is told than anyone asked."""
    body |= {"promptFeedback": {"safetyRatings": []}, "createTime": "2026-01-01T00:00:00Z"}
    for name in ("modelVersion", "responseId"):
        body.pop(name, None)
    for candidate in body.get("candidates", ()):
        candidate.pop("index", None)
        candidate |= {"safetyRatings": [], "avgLogprobs": -0.1}
    usage = body.get("usageMetadata", {})
    for name in [name for name, count in usage.items() if not count]:
        del usage[name]


def _thoughts_with_candidates(body: dict[str, Any]) -> None:
    """Thoughts are shown unasked, and counted with the answer."""
    usage = body.get("usageMetadata", {})
    if "thoughtsTokenCount" in usage:
        usage["candidatesTokenCount"] = usage.get("candidatesTokenCount", 0) + usage.pop("thoughtsTokenCount")


def _thoughts_shown(body: dict[str, Any]) -> None:
    _thoughts_with_candidates(body)
    body["candidates"][0]["content"]["parts"].insert(0, {"text": "Hm.", "thought": True})


def _thoughts_streamed(events: list[Event]) -> Iterable[Event]:
    if told := deepcopy(bodies(events)):
        told[0]["candidates"][0]["content"]["parts"].insert(0, {"text": "Hm.", "thought": True})
    for body in told:
        _thoughts_with_candidates(body)
    return map(Event, told)


def _counts_all_along(events: list[Event]) -> Iterable[Event]:
    """What was counted so far in every event, and the total in one of its own at the end."""
    told = bodies(events)
    usage = told[-1].get("usageMetadata") if told else None
    if not usage:
        yield from events
        return
    for body in told:
        yield Event({**body, "usageMetadata": {"promptTokenCount": usage["promptTokenCount"]}})
    yield Event({"usageMetadata": usage})


def _text_signed(body: dict[str, Any]) -> None:
    """On chat: text in blocks, the signature beside it and beside calls, which are called as their functions; no thought."""
    for choice in body["choices"] if "gemini" in body.get("model", "") else ():
        holder = choice.get("message", choice.get("delta"))
        blocks = holder.get("content")
        if isinstance(blocks, list):
            holder["content"] = [block for block in blocks if block["type"] == "text"] or None
        elif blocks:
            holder["content"] = [{"type": "text", "text": blocks}]
        for block in (*values(holder, "content/text"), *values(holder, "tool_calls/function")):
            block["thoughtSignature"] = _SIGNATURE
            if name := block.get("function", {}).get("name"):
                block["id"] = name


def _unsigned_call(call: Call) -> bool:
    """Whether a call of Gemini's comes back without its signature."""
    calls = values(call.body, "messages/*/tool_calls/*") if "gemini" in model(call) else []
    return any("thoughtSignature" not in called for called in calls if isinstance(called, dict))


def _as_sdks_never_send(call: Call) -> bool:
    """snake_case, base64 without its padding, and on chat a second message of the system."""
    if call.surface == "chat":
        return "gemini" in str(values(call.body, "model")) and values(call.body, "messages/*/role").count("system") > 1
    data = values(call.body, "contents/*/parts/*/inlineData/data")
    return bool(values(call.body, "contents/*/parts/*/inline_data")) or any(len(text) % 4 for text in data)


variant("gemini-as-proto", "leaves out of Gemini answers what is 0", **everywhere("gemini", _as_proto))
variant(
    "gemini-thoughts-shown",
    "shows thoughts unasked, and counts them with the candidates",
    response=answers("gemini", _thoughts_shown),
    events=streams("gemini", _thoughts_streamed),
)
variant(
    "gemini-counts-all-along",
    "tells counts in every Gemini event, the total in one of its own",
    events=streams("gemini", _counts_all_along),
)
variant(
    "gemini-strictly",
    "takes camelCase and padded base64 alone, and one message of the system",
    request=refuse(_as_sdks_never_send, "not like this."),
)
variant(
    "gemini-in-one-piece",
    "does not stream Gemini",
    request=refuse(lambda call: call.action == "streamGenerateContent", "unsupported action.", status=404),
)
variant("gemini-uncounted", "tells no usage on the Gemini surface", **everywhere("gemini", drop("usageMetadata")))
variant(
    "gemini-text-signed",
    "answers on chat for Gemini in signed text blocks, shows no thought, and wants the signatures of calls back",
    request=refuse(_unsigned_call, "thoughtSignature is missing from a function call."),
    **everywhere("chat", _text_signed),
)
