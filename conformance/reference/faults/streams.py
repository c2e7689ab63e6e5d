"""Faults of chat streams: order, identity, ends, and text that is not quite the same."""

from copy import deepcopy
from dataclasses import replace
from typing import Any

from conformance.reference.calls import Event
from conformance.reference.edits import (
    EventsEdit,
    JsonEdit,
    add,
    alter_text,
    bodies,
    change,
    drop,
    each_event,
    events_of,
    put,
    refuse,
    repeat,
    requests,
    streams,
)
from conformance.reference.faults.declared import fault
from conformance.reference.matching import gives
from conformance.reference.paths import values
from conformance.reference.policy import DOCUMENTED

_HELD_BACK = "nothing of the stream comes before its end"
_FAILED = Event({"error": {"message": "upstream failed", "type": "server_error"}})


def _text_after_the_end(events: list[Event]) -> list[Event]:
    *rest, usage, end = events
    text = next(event for event in rest if any(values(event.data, "choices/0/delta/content")))
    return [*rest, text, usage, end]


def _usage_again(edit: JsonEdit) -> EventsEdit:
    """Usage is sent a second time, edited."""

    def edited(events: list[Event]) -> list[Event]:
        again = [replace(event, data=deepcopy(event.data)) for event in events if any(values(event.data, "usage"))]
        for event in again:
            edit(event.data)
        *rest, end = events
        return [*rest, *again, end]

    return edited


def _doubled_prompt(body: dict[str, Any]) -> None:
    if isinstance(usage := body.get("usage"), dict):
        usage["total_tokens"] += usage["prompt_tokens"]
        usage["prompt_tokens"] *= 2


def _nameless_first(events: list[Event]) -> list[Event]:
    first = {**bodies(events)[0], "id": "", "model": "", "choices": [], "prompt_filter_results": []}
    return [Event(first), *events]


def _reasons(event: Event) -> bool:
    return bool(values(event.data, "choices/*/delta/content/reasoning"))


def _reasoning_as_tags(events: list[Event]) -> list[Event]:
    """What was a block of reasoning becomes text between tags."""
    reasoning = [at for at, event in enumerate(events) if _reasons(event)]
    edited = [replace(event, data=deepcopy(event.data)) for event in events]
    for at in reasoning:
        said = "".join(values(events[at].data, "choices/*/delta/content/reasoning/summary/*/text"))
        tagged = ("<think>" if at == reasoning[0] else "") + said + ("</think>" if at == reasoning[-1] else "")
        put("choices/*/delta/content", tagged)(edited[at].data)
    return edited


for _surface, _must, _info in (
    ("chat", "CHAT-STREAM-SSE", ""), ("responses", "", "RESP-STREAM"), ("gemini", "", "GEM-STREAM"),
):  # fmt: skip
    fault(
        f"{_surface}-stream-held-back",
        warns={_must: _HELD_BACK} if _must else {},
        breaks={_info: _HELD_BACK} if _info else {},
        says=f"a long stream of {_surface} comes in one piece at its end, as a buffer in between makes it",
        policy=replace(DOCUMENTED, held_back=frozenset({_surface})),
    )
fault(
    "chat-stream-not-streamed",
    breaks={"CHAT-STREAM-SSE": "no event stream"},
    says="stream is ignored: one JSON body is sent",
    request=requests("chat", drop("stream")),
)
fault(
    "chat-stream-refused",
    breaks={"CHAT-STREAM-SSE": "stream: true on claude-sonnet-4-5 is not accepted (400"},
    says="stream is refused",
    request=refuse(gives("chat", "stream"), "stream is not supported."),
)
fault(
    "chat-stream-without-finish",
    breaks={"CHAT-STREAM-ORDER": "choice 0 does not end once", "CHAT-STREAM-EQUAL": "reason of the stream"},
    says="no chunk has a finish_reason",
    events=each_event("chat", put("choices/*/finish_reason", None)),
)
fault(
    "chat-stream-finished-twice",
    breaks={"CHAT-STREAM-ORDER": "choice 0 does not end once"},
    says="the finish_reason is sent twice",
    events=streams("chat", repeat("choices/*/finish_reason")),
)
fault(
    "chat-stream-cut",
    breaks={
        "CHAT-STREAM-SSE": "the stream is cut",
        "CHAT-STREAM-ORDER": "choice 0 does not end once",
        "CHAT-STREAM-REASONING-DELTA": "the stream is cut",
        "CHAT-STREAM-EQUAL": "reason of the stream",
    },
    says="the stream ends in the middle",
    events=streams("chat", lambda events: events[: len(events) // 2]),
)
fault(
    "chat-stream-second-id",
    breaks={"CHAT-STREAM-ORDER": "id changes within the stream"},
    says="one chunk has another id",
    events=events_of("chat", put("1/id", "chatcmpl_other")),
)
fault(
    "chat-stream-object-wrong",
    breaks={"CHAT-STREAM-ORDER": "chunk 0 is something else"},
    says="chunks call themselves whole completions",
    events=each_event("chat", put("object", "chat.completion")),
)
fault(
    "chat-stream-data-after-done",
    breaks={"CHAT-STREAM-ORDER": "data after [DONE]"},
    says="a chunk follows the end marker",
    events=streams("chat", lambda events: [*events, events[0]]),
)
fault(
    "chat-stream-text-differs",
    breaks={"CHAT-STREAM-EQUAL": "text of the stream"},
    says="one character of the streamed text is another",
    events=events_of("chat", alter_text("*/choices/*/delta/content")),
)
fault(
    "chat-stream-without-id",
    breaks={"CHAT-STREAM-ORDER": "no chunk has an id"},
    says="no chunk has an id",
    events=each_event("chat", drop("id")),
)
fault(
    "chat-stream-signature-repeated",
    breaks={"CHAT-STREAM-REASONING-DELTA": "a signature comes more than once"},
    says="the delta with the signature of the reasoning is sent twice",
    events=streams("chat", repeat("choices/*/delta/content/*/summary/*/signature")),
)
fault(
    "chat-stream-second-model",
    breaks={"CHAT-STREAM-ORDER": "model changes within the stream"},
    says="the last chunk names another model",
    events=events_of("chat", put("-2/model", "databricks-gpt-5")),
)
fault(
    "chat-stream-usage-contradicts",
    breaks={
        "CHAT-STREAM-ORDER": "usage.prompt_tokens changes within the stream",
        "CHAT-STREAM-USAGE": "the stream counts another prompt",
    },
    says="usage is sent twice, and the second one counts another prompt",
    events=streams("chat", _usage_again(change("usage/prompt_tokens", lambda tokens: tokens + 1))),
)
fault(
    "chat-stream-usage-shrinks",
    breaks={"CHAT-STREAM-ORDER": "usage.completion_tokens shrinks within the stream"},
    says="usage is sent twice, and the second one counts less",
    events=streams("chat", _usage_again(add("usage/completion_tokens", -1))),
)
fault(
    "chat-stream-usage-half-told",
    breaks={"CHAT-STREAM-ORDER": "the last usage lacks total_tokens"},
    says="the total of a stream stays null to its end",
    events=each_event("chat", put("usage/total_tokens", None)),
)
fault(
    "chat-stream-role-of-the-user",
    breaks={"CHAT-STREAM-ORDER": "choice 0 has another role"},
    says="the deltas are the user's",
    events=each_event("chat", put("choices/*/delta/role", "user")),
)
fault(
    "chat-stream-role-too-late",
    breaks={"CHAT-STREAM-ORDER": "choice 0 does not begin with its role"},
    says="the role comes after the first words",
    events=streams("chat", lambda events: [*events[1:2], events[0], *events[2:]]),
)
fault(
    "chat-stream-opens-nameless",
    breaks={"CHAT-STREAM-ORDER": "chunk 0 has no id, which others have"},
    says="a stream opens with a chunk without choices, whose id and model are empty",
    events=streams("chat", _nameless_first),
)
fault(
    "chat-stream-choice-without-delta",
    breaks={"CHAT-STREAM-ORDER": "a choice without a delta"},
    says="the choice that ends a stream has no delta",
    events=each_event("chat", drop("choices/*/delta", when=lambda delta: not delta)),
)
fault(
    "chat-stream-ends-in-an-error",
    breaks={
        "CHAT-STREAM-SSE": "the stream ends in an error: upstream failed",
        "CHAT-STREAM-ORDER": "the stream ends in an error: upstream failed",
        "CHAT-STREAM-REASONING-DELTA": "the stream ends in an error: upstream failed",
    },
    undecides=("CHAT-STREAM-EQUAL",),
    says="each stream ends in an error event instead of its last words",
    events=streams("chat", lambda events: [*events[: len(events) // 2], _FAILED]),
)
fault(
    "chat-stream-refused-in-the-stream",
    breaks={
        "CHAT-STREAM-SSE": "the stream ends in an error: 400: stream is not supported.",
        "CHAT-STREAM-REASONING-DELTA": "the stream ends in an error: 400: stream is not supported.",
    },
    undecides=("CHAT-STREAM-ORDER", "CHAT-STREAM-EQUAL", "CHAT-STREAM-USAGE"),
    says="a refusal is sent with 200, as the only event of a stream",
    events=streams("chat", lambda _: [Event({"error": {"message": "400: stream is not supported."}})]),
)
fault(
    "chat-stream-reasoning-as-tags",
    breaks={
        "CHAT-STREAM-REASONING-DELTA": "reasoning stands inside the text, as tags",
        "CHAT-STREAM-EQUAL": "kinds of the stream",
    },
    says="streamed, reasoning comes inside the text as tags; whole, in a block",
    events=streams("chat", _reasoning_as_tags),
)
fault(
    "chat-stream-without-reasoning",
    breaks={
        "CHAT-STREAM-REASONING-DELTA": "the stream shows no reasoning, and the whole answer does",
        "CHAT-STREAM-EQUAL": "kinds of the stream",
    },
    says="reasoning is left out of streams",
    events=streams("chat", lambda events: [event for event in events if not _reasons(event)]),
)
fault(
    "chat-stream-more-after-the-end",
    breaks={"CHAT-STREAM-ORDER": "says more after the end", "CHAT-STREAM-EQUAL": "text of the stream"},
    says="a piece of text follows the finish_reason",
    events=streams("chat", _text_after_the_end),
)
fault(
    "chat-stream-not-json",
    breaks={"CHAT-STREAM-SSE": "event 1 is no JSON"},
    undecides=("CHAT-STREAM-ORDER",),
    says="one event is no JSON",
    events=streams("chat", lambda events: [events[0], Event("{'single': 'quotes'}"), *events[1:]]),
)
fault(
    "chat-stream-prompt-doubled",
    breaks={"CHAT-STREAM-USAGE": "the stream counts another prompt"},
    says="the prompt is counted twice when the answer is streamed",
    events=each_event("chat", _doubled_prompt),
)
fault(
    "chat-stream-signature-empty",
    breaks={"CHAT-STREAM-REASONING-DELTA": "the signature is empty to the end"},
    says="the signature of streamed reasoning is empty",
    events=each_event("chat", put("choices/*/delta/content/*/summary/*/signature", "")),
)
