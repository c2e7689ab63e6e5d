"""Faults of streams: order, identity, ends, and text that is not quite the same."""

import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from conformance.reference.calls import Event
from conformance.reference.edits import chunks, data, refuse, requests
from conformance.reference.faults.declared import REFUSED, fault


def _without_finish(body: dict[str, Any]) -> None:
    for choice in body.get("choices", ()):
        choice["finish_reason"] = None


def _finished_twice(events: list[Event]) -> Iterable[Event]:
    for event in events:
        yield event
        if isinstance(event.data, dict) and any(choice["finish_reason"] for choice in event.data["choices"]):
            yield event


def _other_id(events: list[Event]) -> Iterable[Event]:
    first, second, *rest = events
    assert isinstance(second.data, dict)
    return [first, replace(second, data=second.data | {"id": "chatcmpl_other"}), *rest]


def _upper_first(
    find: Callable[[dict[str, Any]], tuple[dict[str, Any], str] | None],
) -> Callable[[list[Event]], Iterable[Event]]:
    """Changes one character of the first text that `find` points at."""

    def edited(events: list[Event]) -> Iterable[Event]:
        done = False

        def edit(body: dict[str, Any]) -> None:
            nonlocal done
            found = None if done else find(body)
            if found:
                holder, name = found
                holder[name] = "~" + holder[name][1:]
                done = True

        return list(data(edit)(events))

    return edited


def _chat_text(body: dict[str, Any]) -> tuple[dict[str, Any], str] | None:
    for choice in body.get("choices", ()):
        text = choice["delta"].get("content")
        if isinstance(text, str) and text:
            return choice["delta"], "content"
    return None


def _responses_text(body: dict[str, Any]) -> tuple[dict[str, Any], str] | None:
    return (body, "delta") if body["type"] == "response.output_text.delta" else None


def _gemini_text(body: dict[str, Any]) -> tuple[dict[str, Any], str] | None:
    parts = [part for candidate in body["candidates"] for part in candidate.get("content", {}).get("parts", ())]
    return next(((part, "text") for part in parts if part.get("text")), None)


def _capped(body: dict[str, Any]) -> None:
    """A streamed answer gets two tokens."""
    if body.get("stream"):
        body["max_output_tokens"] = 2


def _signature_repeated(events: list[Event]) -> Iterable[Event]:
    for event in events:
        yield event
        if "signature" in json.dumps(event.data):
            yield event


def _cut(events: list[Event]) -> Iterable[Event]:
    """All but the last half of the events."""
    return events[: len(events) // 2]


def _repeated_number(body: dict[str, Any]) -> None:
    if body["sequence_number"] > 3:
        body["sequence_number"] -= 1


def _other_item_id(body: dict[str, Any]) -> None:
    if body["type"] == "response.output_text.done":
        body["item_id"] = "msg_other"


def _last_without(name: str) -> Callable[[list[Event]], Iterable[Event]]:
    """Takes a field out of the response that the terminal event carries."""

    def edited(events: list[Event]) -> Iterable[Event]:
        *rest, last = events
        assert isinstance(last.data, dict)
        response = {key: value for key, value in last.data["response"].items() if key != name}
        return [*rest, replace(last, data=last.data | {"response": response})]

    return edited


def _gemini_unfinished(body: dict[str, Any]) -> None:
    for candidate in body["candidates"]:
        candidate.pop("finishReason", None)


def _not_streamed(body: dict[str, Any]) -> None:
    body.pop("stream", None)


fault(
    "chat-stream-not-streamed",
    breaks={"CHAT-STREAM-SSE": "no event stream"},
    says="stream is ignored: one JSON body is sent",
    request=requests("chat", _not_streamed),
)
fault(
    "chat-stream-refused",
    breaks={"CHAT-STREAM-SSE": REFUSED},
    says="stream is refused",
    request=refuse(
        lambda call: call.surface == "chat" and isinstance(call.body, dict) and bool(call.body.get("stream")),
        "stream is not supported.",
    ),
)
fault(
    "chat-stream-without-finish",
    breaks={"CHAT-STREAM-ORDER": "choice 0 does not end once", "CHAT-STREAM-EQUAL": "reason of the stream"},
    says="no chunk has a finish_reason",
    events=chunks("chat", data(_without_finish)),
)
fault(
    "chat-stream-finished-twice",
    breaks={"CHAT-STREAM-ORDER": "choice 0 does not end once"},
    says="the finish_reason is sent twice",
    events=chunks("chat", _finished_twice),
)
fault(
    "chat-stream-cut",
    breaks={"CHAT-STREAM-ORDER": "choice 0 does not end once", "CHAT-STREAM-EQUAL": "reason of the stream"},
    undecides=("CHAT-STREAM-SSE", "CHAT-STREAM-REASONING-DELTA"),
    says="the stream ends in the middle",
    events=chunks("chat", _cut),
)
fault(
    "chat-stream-second-id",
    breaks={"CHAT-STREAM-ORDER": "id changes within the stream"},
    says="one chunk has another id",
    events=chunks("chat", _other_id),
)
fault(
    "chat-stream-object-wrong",
    breaks={"CHAT-STREAM-ORDER": "chunk 0 is something else"},
    says="chunks call themselves whole completions",
    events=chunks("chat", data(lambda body: body.update(object="chat.completion"))),
)
fault(
    "chat-stream-data-after-done",
    breaks={"CHAT-STREAM-ORDER": "data after [DONE]"},
    says="a chunk follows the end marker",
    events=chunks("chat", lambda events: [*events, events[0]]),
)
fault(
    "chat-stream-text-differs",
    breaks={"CHAT-STREAM-EQUAL": "text of the stream"},
    says="one character of the streamed text is another",
    events=chunks("chat", _upper_first(_chat_text)),
)
fault(
    "chat-stream-without-id",
    breaks={"CHAT-STREAM-ORDER": "no chunk has an id"},
    says="no chunk has an id",
    events=chunks("chat", data(lambda body: body.pop("id"))),
)
fault(
    "chat-stream-signature-repeated",
    breaks={"CHAT-STREAM-REASONING-DELTA": "a signature comes more than once"},
    says="the delta with the signature of the reasoning is sent twice",
    events=chunks("chat", _signature_repeated),
)
fault(
    "responses-stream-cut-shorter",
    breaks={"RESP-STREAM-EQUAL": "reason of the stream"},
    says="a streamed answer is capped at two tokens",
    request=requests("responses", _capped),
)
fault(
    "gemini-stream-text-differs",
    breaks={"GEM-STREAM-EQUAL": "text of the stream"},
    says="one character of the streamed text is another",
    events=chunks("gemini", _upper_first(_gemini_text)),
)
fault(
    "responses-stream-number-repeated",
    breaks={"RESP-STREAM-ORDER": "sequence_number does not grow by one at event 4"},
    says="one sequence_number comes twice",
    events=chunks("responses", data(_repeated_number)),
)
fault(
    "responses-stream-text-differs",
    breaks={"RESP-STREAM-ORDER": "event 7: the text is not the sum of its deltas"},
    says="the deltas do not add up to the text that closes them",
    events=chunks("responses", _upper_first(_responses_text)),
)
fault(
    "responses-stream-item-id-differs",
    breaks={"RESP-STREAM-ORDER": "event 7 belongs to another item"},
    says="the event that closes a text names another item",
    events=chunks("responses", data(_other_item_id)),
)
fault(
    "responses-stream-without-terminal",
    breaks={"RESP-STREAM-ORDER": "the end"},
    says="the stream ends without response.completed",
    events=chunks("responses", lambda events: events[:-1]),
)
fault(
    "responses-stream-without-usage",
    breaks={"RESP-STREAM-ORDER": "the terminal event has no usage"},
    says="the response that closes the stream has no usage",
    events=chunks("responses", _last_without("usage")),
)
fault(
    "responses-stream-not-created-first",
    breaks={"RESP-STREAM-ORDER": "the first event"},
    says="response.created is missing",
    events=chunks("responses", lambda events: events[1:]),
)
fault(
    "gemini-stream-without-finish",
    breaks={"GEM-STREAM-ORDER": "the last candidate has no finishReason", "GEM-STREAM-EQUAL": "reason of the stream"},
    says="no event has a finishReason",
    events=chunks("gemini", data(_gemini_unfinished)),
)


def _other_model(events: list[Event]) -> Iterable[Event]:
    *rest, last, end = events
    assert isinstance(last.data, dict)
    return [*rest, replace(last, data=last.data | {"model": "databricks-gpt-5"}), end]


def _usage_twice(events: list[Event]) -> Iterable[Event]:
    for event in events:
        yield event
        if isinstance(event.data, dict) and event.data.get("usage"):
            yield event


def _without_role(body: dict[str, Any]) -> None:
    for choice in body.get("choices", ()):
        choice["delta"].pop("role", None)


def _more_after_the_end(events: list[Event]) -> Iterable[Event]:
    *rest, usage, end = events
    late = next(
        event for event in rest if isinstance(event.data, dict) and event.data["choices"][0]["delta"].get("content")
    )
    return [*rest, late, usage, end]


def _not_json(events: list[Event]) -> Iterable[Event]:
    first, *rest = events
    return [first, Event("{'single': 'quotes'}"), *rest]


def _prompt_doubled(body: dict[str, Any]) -> None:
    if usage := body.get("usage"):
        usage["prompt_tokens"] *= 2


def _signature_emptied(body: dict[str, Any]) -> None:
    for choice in body.get("choices", ()):
        content = choice["delta"].get("content")
        for summary in content[0]["summary"] if isinstance(content, list) else ():
            if "signature" in summary:
                summary["signature"] = ""


def _number_left_out(body: dict[str, Any]) -> None:
    if body["sequence_number"] > 3:
        body["sequence_number"] += 1


def _whole_differs(body: dict[str, Any]) -> None:
    if body["type"] == "response.completed":
        for item in body["response"]["output"]:
            for part in item.get("content", ()):
                part["text"] = "~" + part["text"][1:]


def _second_candidate(events: list[Event]) -> Iterable[Event]:
    *rest, last = events
    assert isinstance(last.data, dict)
    candidates = [candidate | {"index": 1} for candidate in last.data["candidates"]]
    return [*rest, replace(last, data=last.data | {"candidates": candidates})]


def _gemini_total(body: dict[str, Any]) -> None:
    if usage := body.get("usageMetadata"):
        usage["totalTokenCount"] += 1


_UNEQUAL = {
    "more-after-the-end": {"CHAT-STREAM-EQUAL": "text of the stream"},
    "whole-differs": {"RESP-STREAM-EQUAL": "text of the stream"},
}
"""Of the faults below, those that change the answer too."""

for _name, _words, _says, _edit in (
    ("second-model", "model changes within the stream", "the last chunk names another model", _other_model),
    ("usage-twice", "usage is reported more than once", "usage is sent twice", _usage_twice),
    ("without-role", "choice 0 does not begin with its role", "no chunk has a role", data(_without_role)),
    ("more-after-the-end", "says more after the end", "a piece of text follows the finish_reason", _more_after_the_end),
):
    fault(
        f"chat-stream-{_name}",
        breaks={"CHAT-STREAM-ORDER": _words} | _UNEQUAL.get(_name, {}),
        says=_says,
        events=chunks("chat", _edit),
    )
fault(
    "chat-stream-not-json",
    breaks={"CHAT-STREAM-SSE": "event 1 is no JSON"},
    undecides=("CHAT-STREAM-ORDER",),
    says="one event is no JSON",
    events=chunks("chat", _not_json),
)
fault(
    "chat-stream-prompt-doubled",
    breaks={"CHAT-STREAM-USAGE": "the stream counts another prompt"},
    says="the prompt is counted twice when the answer is streamed",
    events=chunks("chat", data(_prompt_doubled)),
)
fault(
    "chat-stream-signature-empty",
    breaks={"CHAT-STREAM-REASONING-DELTA": "the signature is empty to the end"},
    says="the signature of streamed reasoning is empty",
    events=chunks("chat", data(_signature_emptied)),
)
for _name, _words, _says, _edit in (
    ("number-left-out", "sequence_number does not grow by one", "a sequence_number is left out", data(_number_left_out)),
    ("whole-differs", "the whole response has another text", "one character of the whole at the end is another",
     data(_whole_differs)),
    ("ends-twice", "the end (2", "response.completed is sent twice", lambda events: [*events, events[-1]]),
    ("untyped", "event 0 has no type", "events have no type", data(lambda body: body.pop("type"))),
):  # fmt: skip
    fault(
        f"responses-stream-{_name}",
        breaks={"RESP-STREAM-ORDER": _words} | _UNEQUAL.get(_name, {}),
        says=_says,
        events=chunks("responses", _edit),
    )
for _name, _words, _says, _edit in (
    ("usage-missing", "the last event has no usageMetadata", "no event has usage",
     data(lambda body: body.pop("usageMetadata", None))),
    ("total-off-by-one", "usage does not add up", "the total of the stream is one too many", data(_gemini_total)),
    ("second-candidate", "the candidate index changes", "the last event belongs to another candidate", _second_candidate),
):  # fmt: skip
    fault(f"gemini-stream-{_name}", breaks={"GEM-STREAM-ORDER": _words}, says=_says, events=chunks("gemini", _edit))
