"""Proxies that are wrong, each in one way."""

import base64
import json
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from typing import Any

from conformance.reference.paths import places, values
from conformance.reference.proxies.declared import Body, BodyEdit, proxy_fault

_CONVERSATION = {"chat": "messages", "responses": "input", "gemini": "contents"}
_TEMPERATURE = {"chat": "temperature", "responses": "temperature", "gemini": "generationConfig/temperature"}
_CAP = {"chat": "max_tokens", "responses": "max_output_tokens", "gemini": "generationConfig/maxOutputTokens"}
_TEXT = {
    "chat": ("choices/*/message/content", "choices/*/delta/content"),
    "responses": (
        "output/message/content/*/text",
        "response/output/message/content/*/text",
        "delta",
        "text",
        "part/text",
    ),
    "gemini": ("candidates/*/content/parts/*/text",),
}
_USAGE = {
    "chat": ("usage/completion_tokens", "usage/total_tokens"),
    "responses": ("usage/output_tokens", "usage/total_tokens"),
    "gemini": ("usageMetadata/candidatesTokenCount", "usageMetadata/totalTokenCount"),
}
_ENDED = {
    "chat": ("choices/*/finish_reason",), "responses": ("status", "response/status"), "gemini": ("candidates/*/finishReason",),
}  # fmt: skip
_SORRY = "Sorry, something went wrong."
_APOLOGIES: Mapping[str, Body] = {
    "chat": {
        "id": "chatcmpl-0", "object": "chat.completion", "created": 1, "model": "proxy",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": _SORRY}, "finish_reason": "stop"}],
    },
    "responses": {
        "id": "resp_0", "object": "response", "created_at": 1, "status": "completed", "model": "proxy",
        "output": [
            {
                "type": "message", "id": "msg_0", "role": "assistant", "status": "completed",
                "content": [{"type": "output_text", "text": _SORRY, "annotations": []}],
            }
        ],
    },
    "gemini": {"candidates": [{"content": {"role": "model", "parts": [{"text": _SORRY}]}, "finishReason": "STOP"}]},
}  # fmt: skip
_KEY = "upstream-key-of-the-proxy-7f3a"


def _each(paths: tuple[str, ...], edit: Callable[[Any], Any]) -> BodyEdit:
    """Edits what stands at each of the paths."""

    def edited(_surface: str, body: Body) -> None:
        for path in paths:
            for holder, key in places(body, path):
                holder[key] = edit(holder[key])

    return edited


def _on_each(by_surface: Mapping[str, tuple[str, ...]], edit: Callable[[Any], Any]) -> BodyEdit:
    return lambda surface, body: _each(by_surface.get(surface, ()), edit)(surface, body)


def _each_event(edit: BodyEdit) -> Callable[[str, list[Body]], list[Body]]:
    def edited(surface: str, events: list[Body]) -> list[Body]:
        for event in events:
            edit(surface, event)
        return events

    return edited


def _drop(by_surface: dict[str, str]) -> BodyEdit:
    def dropped(surface: str, body: Body) -> None:
        for holder, key in list(places(body, by_surface.get(surface, "-"))):
            del holder[key]

    return dropped


def _messages(surface: str, body: Body) -> list[Any]:
    found = body.get(_CONVERSATION.get(surface, "-"))
    return found if isinstance(found, list) else []


def _contents(surface: str, body: Body) -> Iterator[list[Any]]:
    """The lists of parts of all messages."""
    for message in _messages(surface, body):
        held = message.get("parts" if surface == "gemini" else "content") if isinstance(message, dict) else None
        if isinstance(held, list):
            yield held


def _without_media(surface: str, body: Body) -> None:
    for parts in _contents(surface, body):
        kept = [
            part for part in parts if isinstance(part, dict) and ("text" in part or part.get("type") == "reasoning")
        ]
        parts[:] = kept or parts


def _recoded(value: Any, key: str = "") -> Any:
    if isinstance(value, dict):
        return {name: _recoded(member, name) for name, member in value.items()}
    if isinstance(value, list):
        return [_recoded(member) for member in value]
    if isinstance(value, str) and (value.startswith("data:") or (key == "data" and len(value) > 40)):
        head, comma, encoded = value.rpartition(",")
        return head + comma + base64.b64encode(base64.b64decode(encoded) + b"\0").decode()
    return value


def _recoded_media(surface: str, body: Body) -> None:
    for parts in _contents(surface, body):
        parts[:] = _recoded(parts)


def _system_prompt(surface: str, body: Body) -> None:
    words = "You are a helpful assistant of Example Corp."
    if surface == "chat" and isinstance(body.get("messages"), list):
        body["messages"].insert(0, {"role": "system", "content": words})
    elif surface == "responses":
        body.setdefault("instructions", words)
    elif surface == "gemini":
        body.setdefault("systemInstruction", {"parts": [{"text": words}]})


def _trimmed(surface: str, body: Body) -> None:
    for message in _messages(surface, body):
        if isinstance(message, dict) and isinstance(message.get("content"), str):
            message["content"] = message["content"].replace("  ", " ").strip()
    for parts in _contents(surface, body):
        for part in parts:
            if isinstance(part, dict) and isinstance(part.get("text"), str):
                part["text"] = part["text"].replace("  ", " ").strip()


def _turned_round(surface: str, body: Body) -> None:
    messages = _messages(surface, body)
    if len(messages) > 2 and all(isinstance(one, dict) and "role" in one for one in messages):
        messages[-1], messages[-3] = messages[-3], messages[-1]


def _only_known(_surface: str, body: Body) -> None:
    for name in [name for name in body if name.startswith("x_")]:
        del body[name]


def _unsigned(surface: str, body: Body) -> None:
    for parts in _contents(surface, body):
        for part in parts:
            for holder in (part, *(part.get("summary") or ())) if isinstance(part, dict) else ():
                holder.pop("signature", None)
                holder.pop("thoughtSignature", None)
    for item in _messages(surface, body):
        if isinstance(item, dict) and item.get("type") == "reasoning":
            item.pop("encrypted_content", None)


def _fewer_tools(surface: str, body: Body) -> None:
    tools = body.get("tools")
    if surface == "gemini" and tools:
        tools = tools[0].get("functionDeclarations")
    if isinstance(tools, list) and len(tools) > 1:
        del tools[-1]


def _cheaper(_surface: str, body: Body) -> None:
    for dear, cheap in (("claude-sonnet-4-5", "claude-haiku-4-5"), ("gpt-5", "gpt-5-1")):
        if isinstance(body.get("model"), str) and body["model"].endswith(dear):
            body["model"] = body["model"].removesuffix(dear) + cheap


def _without_reasoning(_surface: str, body: Body) -> None:
    for path in ("choices/*/message/content", "choices/*/delta/content", "output", "candidates/*/content/parts"):
        for holder, key in places(body, path):
            if isinstance(holder[key], list):
                holder[key] = [
                    one for one in holder[key] if not (one.get("type") == "reasoning" or one.get("thought") is True)
                ]


def _calls_without_ids(_surface: str, body: Body) -> None:
    for path in ("messages/*/tool_calls/*/id", "input/function_call/call_id"):
        for holder, key in places(body, path):
            holder[key] = "call_0"


def _without_streamed_calls(surface: str, events: list[Body]) -> list[Body]:
    if surface == "chat":
        for event in events:
            for holder, key in list(places(event, "choices/*/delta/tool_calls")):
                del holder[key]
    return events


def _called_otherwise(_surface: str, body: Body) -> None:
    for path in ("choices/*/message/tool_calls/*/function/arguments", "output/function_call/arguments"):
        for holder, key in places(body, path):
            holder[key] = json.dumps({"city": "Rome"})
    for holder, key in places(body, "candidates/*/content/parts/*/functionCall/args"):
        holder[key] = {"city": "Rome"}


def _renamed(_surface: str, body: Body) -> None:
    for path in ("id", "responseId", "response/id"):
        for holder, key in places(body, path):
            holder[key] = holder[key][:-6] + "000000"


def _without_details(_surface: str, body: Body) -> None:
    for path in (
        "usage/cache_read_input_tokens",
        "usage/prompt_tokens_details",
        "text",
        "usageMetadata/promptTokensDetails",
    ):
        for holder, key in list(places(body, path)):
            del holder[key]


def _merged(surface: str, events: list[Body]) -> list[Body]:
    """All text of a stream in the first event that has any."""
    path = {"chat": "choices/*/delta/content", "responses": "delta", "gemini": "candidates/*/content/parts/*/text"}[
        surface
    ]
    with_text = [
        event
        for event in events
        if any(isinstance(text, str) and text for text in values(event, path))
        and event.get("type", "response.output_text.delta") == "response.output_text.delta"
        and not any(values(event, "candidates/*/content/parts/*/thought"))
    ]
    if len(with_text) < 2:
        return events
    text = "".join(one for event in with_text for one in values(event, path))
    for holder, key in places(with_text[0], path):
        holder[key] = text
    ends = [event for event in with_text[1:] if surface == "gemini" and event.get("usageMetadata")]
    for event in ends:
        for holder, key in places(event, path):
            holder[key] = ""
    dropped = {id(event) for event in with_text[1:]} - {id(event) for event in ends}
    kept = [event for event in events if id(event) not in dropped]
    for number, event in enumerate(kept):
        if "sequence_number" in event:
            event["sequence_number"] = number
    return kept


def _an_answer(surface: str, body: Body) -> None:
    """Whatever came is told as an answer."""
    if not ("error" in body or "error_code" in body) or body.get("output"):
        return
    body.clear()
    body.update(deepcopy(_APOLOGIES.get(surface, {})))


def _key_shown(headers: dict[str, str]) -> None:
    headers["authorization"] = f"Bearer {_KEY}"


def _key_forwarded(headers: dict[str, str]) -> None:
    headers["x-forwarded-authorization"] = headers.get("authorization", "")


def _full(text: Any) -> Any:
    return text.rstrip(".”") if isinstance(text, str) else text


def _one_more(count: Any) -> Any:
    return count + 1 if isinstance(count, int) else count


def _finished(reason: Any) -> Any:
    return {"length": "stop", "MAX_TOKENS": "STOP", "incomplete": "completed"}.get(reason, reason)


def _prompt_alone(body: Body) -> object:
    return json.dumps([body.get(name) for name in ("model", "messages", "input", "contents")], sort_keys=True)


proxy_fault(
    "proxy-drops-media",
    says="a proxy passes text alone on",
    breaks={"PROXY-REQ-MEDIA": "a medium is dropped"},
    body=_without_media,
)
proxy_fault(
    "proxy-recodes-media",
    says="a proxy encodes images and recordings anew",
    breaks={"PROXY-REQ-MEDIA": "a medium is changed"},
    body=_recoded_media,
)
proxy_fault(
    "proxy-swallows-a-parameter",
    says="a proxy takes a parameter and forgets it",
    breaks={"PROXY-REQ-PARAMS": "temperature is dropped"},
    body=_drop(_TEMPERATURE),
)
proxy_fault(
    "proxy-raises-the-cap",
    says="a proxy asks for one token more than it was asked for",
    breaks={"PROXY-REQ-PARAMS": "is changed"},
    body=lambda surface, body: _each((_CAP.get(surface, "-"),), lambda cap: cap + 1)(surface, body),
)
proxy_fault(
    "proxy-adds-a-system-prompt",
    says="a proxy puts a message of its own before all others",
    breaks={"PROXY-REQ-ADDED": "a message is added"},
    body=_system_prompt,
)
proxy_fault(
    "proxy-adds-a-parameter",
    says="a proxy asks for a user that nobody has named",
    breaks={"PROXY-REQ-ADDED": "metadata is added"},
    body=lambda surface, body: body.setdefault("metadata", {"team": "proxy"}) if surface != "gemini" else None,
)
proxy_fault(
    "proxy-trims-text",
    says="a proxy takes out blanks that stand twice",
    breaks={"PROXY-REQ-TEXT": "a message is changed"},
    body=_trimmed,
)
proxy_fault(
    "proxy-turns-messages-round",
    says="a proxy changes the order of messages",
    breaks={"PROXY-REQ-TEXT": "the order of each message is changed"},
    body=_turned_round,
)
proxy_fault(
    "proxy-drops-unknown-members",
    says="a proxy passes on what it knows alone",
    breaks={"PROXY-REQ-UNKNOWN": "x_conformance is dropped"},
    body=_only_known,
)
proxy_fault(
    "proxy-strips-signatures",
    says="a proxy takes the signatures off reasoning that is repeated",
    breaks={"PROXY-REQ-REASONING": "a block of reasoning is dropped"},
    body=_unsigned,
)
proxy_fault(
    "proxy-drops-a-tool",
    says="a proxy passes on all tools but the last",
    breaks={"PROXY-REQ-TOOLS": "a tool, call or result is "},
    body=_fewer_tools,
)
proxy_fault(
    "proxy-asks-twice",
    says="a proxy asks its upstream twice for each request",
    breaks={"PROXY-REQ-ONCE": "the upstream is asked again after it has answered"},
    times=2,
)
proxy_fault(
    "proxy-asks-a-cheaper-model",
    says="a proxy asks for another model than the one it was asked for",
    breaks={"PROXY-REQ-MODEL": "another model is asked"},
    body=_cheaper,
)
proxy_fault(
    "proxy-forwards-the-callers-key",
    says="a proxy copies the caller's credential into another header",
    breaks={"PROXY-CREDENTIALS": "the caller's credential in the header x-forwarded-authorization"},
    headers=_key_forwarded,
)
proxy_fault(
    "proxy-tells-its-key",
    says="a proxy shows its own credential in a header of the answer",
    breaks={"PROXY-CREDENTIALS": "the proxy's credential in the header x-upstream-key"},
    headers=_key_shown,
    adds={"x-upstream-key": _KEY},
)
proxy_fault(
    "proxy-cuts-text",
    says="a proxy takes the last sign off each text of an answer",
    breaks={"PROXY-ANS-TEXT": "the text of the answer: changed"},
    answer=_on_each(_TEXT, _full),
)
proxy_fault(
    "proxy-changes-calls",
    says="a proxy calls tools with something else than the model has",
    breaks={"PROXY-ANS-CALLS": "the calls of tools of the answer: changed"},
    answer=_called_otherwise,
)
proxy_fault(
    "proxy-drops-streamed-calls",
    says="a proxy leaves calls of tools out of streams of chat",
    breaks={
        "PROXY-ANS-CALLS": "the calls of tools of the answer: dropped",
        "PROXY-ANS-ID": "the ids of the answer: changed",
    },
    events=_without_streamed_calls,
)
proxy_fault(
    "proxy-gives-calls-other-ids",
    says="a proxy gives calls that are repeated an id of its own",
    breaks={"PROXY-REQ-TOOLS": "a tool, call or result is changed"},
    body=_calls_without_ids,
)
proxy_fault(
    "proxy-drops-reasoning",
    says="a proxy leaves reasoning out of answers",
    breaks={"PROXY-ANS-REASONING": "the reasoning of the answer: dropped"},
    answer=_without_reasoning,
)
proxy_fault(
    "proxy-tells-no-cut",
    says="a proxy tells of an answer that its cap has cut that it ended by itself",
    breaks={"PROXY-ANS-FINISH": "why it ended of the answer: changed"},
    answer=_on_each(_ENDED, _finished),
)
proxy_fault(
    "proxy-counts-anew",
    says="a proxy counts a token more than the upstream has counted",
    breaks={"PROXY-ANS-USAGE": "usage: output is changed"},
    answer=_on_each(_USAGE, _one_more),
)
proxy_fault(
    "proxy-gives-ids-of-its-own",
    says="a proxy puts an id of its own in the place of the upstream's",
    breaks={"PROXY-ANS-ID": "the ids of the answer: changed"},
    answer=_renamed,
)
proxy_fault(
    "proxy-drops-members",
    says="a proxy leaves out of answers what it does not need",
    breaks={"PROXY-ANS-MEMBERS": "is dropped"},
    answer=_without_details,
)
proxy_fault(
    "proxy-loses-headers",
    says="a proxy passes none of the headers on that tell when to come back",
    breaks={"PROXY-ANS-HEADERS": "is lost"},
    loses=frozenset({"retry-after", "x-ratelimit-remaining-requests"}),
)
proxy_fault(
    "proxy-merges-events",
    says="a proxy sends all text of a stream in one event",
    breaks={"PROXY-STREAM-EVENTS": "events of a stream are merged"},
    events=_merged,
)
proxy_fault(
    "proxy-holds-streams-back",
    says="a proxy sends a stream when it has ended",
    breaks={"PROXY-STREAM-PACE": "a stream is held back"},
    holds_back=True,
)
proxy_fault(
    "proxy-tells-other-statuses",
    says="a proxy answers with 502 whatever went wrong upstream",
    breaks={"PROXY-ERR-STATUS": "an error arrives with another status"},
    status=lambda status: 502 if status >= 400 else status,
)
proxy_fault(
    "proxy-tells-errors-as-answers",
    says="a proxy answers with 200 and an apology whatever went wrong upstream",
    breaks={"PROXY-ERR-TOLD": "an error is told as an answer"},
    status=lambda status: 200 if status >= 400 else status,
    answer=_an_answer,
)
proxy_fault(
    "proxy-ends-broken-streams",
    says="a proxy ends a stream that broke off as if it were whole",
    breaks={"PROXY-ERR-TOLD": "a stream that broke off ends as if it were whole"},
    mends=True,
)
proxy_fault(
    "proxy-caches-by-the-prompt",
    says="a proxy answers from its cache whoever sends the same prompt, whatever else is asked",
    breaks={"PROXY-CACHE": "an answer that the upstream did not give"},
    caches=_prompt_alone,
)
proxy_fault(
    "proxy-crosses-answers",
    says="a proxy gives each of two requests the other's answer",
    breaks={"PROXY-CROSSED": "the answer of another request"},
    crosses=True,
)
