"""Variants of chat completions: what an answer holds, how its chunks are cut, and which parameters are taken."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from conformance.reference.calls import Answer, Call, Event
from conformance.reference.edits import answers, bodies, everywhere, streams
from conformance.reference.policy import DOCUMENTED
from conformance.reference.variants.declared import variant

_NULLS = dict.fromkeys(("audio", "function_call", "tool_calls"))


def _extra_fields(call: Call, answer: Answer) -> Answer:
    """Members that nobody knows, and on chat those that clients dump and services filter by, most of them null."""
    if not isinstance(answer.body, dict) or answer.status != 200:
        return answer
    body = {**answer.body, "x_gateway": {"region": "here"}, "error": None}
    for name in ("usage", "usageMetadata"):
        if isinstance(body.get(name), dict):
            body[name] = {**body[name], "x_cached": 0}
    if call.surface == "chat":
        body["choices"] = [
            {**choice, "message": {**_NULLS, **choice["message"]}, "content_filter_results": {}}
            for choice in body["choices"]
        ]
    return replace(answer, body=body)


def _as_printed(body: dict[str, Any]) -> None:
    """The sample's nulls, and its time."""
    body |= {"id": None, "created": 1_698_824_353}
    for choice in body["choices"]:
        choice["finish_reason"] = None


def _more_input(body: dict[str, Any]) -> None:
    """Another tokenizer, and instructions of the gateway's own before each question."""
    usage = body.get("usage") or {}
    if usage:
        more = usage["prompt_tokens"] + 11
        usage["prompt_tokens"] += more
        usage["total_tokens"] += more
        usage["prompt_tokens_details"] = {"cached_tokens": 11}


def _cached(body: dict[str, Any]) -> None:
    """What OpenAI has cached of a long prompt is counted with the prompt, and told apart."""
    usage = body.get("usage") or {}
    if details := usage.get("prompt_tokens_details"):
        details["cached_tokens"] = usage["prompt_tokens"] // 1024 * 1024


def _chunked_otherwise(events: list[Event]) -> Iterable[Event]:
    """Filter results before any choice, the role in every delta, text in blocks, nulls, the reason with the last words."""
    told = bodies(events)
    ends = [body for body in told if body["choices"] and body["choices"][0]["finish_reason"]]
    said = [body for body in told if body["choices"] and body not in ends]
    if not said or not ends:
        return events
    cut: list[dict[str, Any]] = [{**said[0], "choices": [], "prompt_filter_results": []}]
    for body in said:
        choice = body["choices"][0]
        content = choice["delta"].get("content")
        blocks = [{"type": "text", "text": content}] if isinstance(content, str) and content else content or None
        delta = {**choice["delta"], "role": "assistant", "content": blocks}
        cut.append({**body, "choices": [{**choice, "delta": delta, "logprobs": None}], "usage": None})
    cut[-1]["choices"][0]["finish_reason"] = ends[0]["choices"][0]["finish_reason"]
    rest = (event for event in events if not isinstance(event.data, dict) or not event.data["choices"])
    return [*map(Event, cut), *rest]


variant("extra-fields", "adds members that nobody knows, and some that are null", response=_extra_fields)
variant("as-printed", "sends null where the documents print it", response=answers("chat", _as_printed))
variant("prompt-cached", "tells what of a long prompt was cached", **everywhere("chat", _cached))
variant("counted-otherwise", "counts more input tokens for everything", **everywhere("chat", _more_input))
variant(
    "chunked-otherwise",
    "streams text in blocks, with the role in every delta and the reason in the last of them",
    events=streams("chat", _chunked_otherwise),
)
variant("varied", "answers in other words each time", replace(DOCUMENTED, answers_vary=True))
variant("terse", "answers briefly whatever it is asked", replace(DOCUMENTED, longest_answer=1))
