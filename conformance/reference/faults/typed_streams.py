"""Faults of the streams of Responses and Gemini: order, places, ends, and text that is not quite the same."""

from copy import deepcopy
from dataclasses import replace
from typing import Any

from conformance.reference.calls import Event
from conformance.reference.edits import (
    EventsEdit,
    add,
    alter_text,
    bodies,
    change,
    drop,
    each_event,
    events_of,
    everywhere,
    put,
    requests,
    streams,
)
from conformance.reference.faults.declared import fault
from conformance.reference.matching import gives

_FAILED = Event({"error": {"message": "upstream failed", "type": "server_error"}})


def _without_indices(body: dict[str, Any]) -> None:
    for name in ("output_index", "content_index"):
        body.pop(name, None)


def _without_events(kind: str) -> EventsEdit:
    """Leaves out the events of a type, and numbers the others anew."""
    return lambda events: _numbered([event for event in events if event.name != kind])


def _numbered(events: list[Event]) -> list[Event]:
    return [
        replace(event, data={**body, "sequence_number": number})
        for number, (event, body) in enumerate(zip(events, bodies(events), strict=True))
    ]


def _first_done_last(events: list[Event]) -> list[Event]:
    """The event that ends the first item comes behind the one that ends the last."""
    done = [event for event in events if event.name == "response.output_item.done"]
    if len(done) < 2:
        return events
    kept = [event for event in events if event is not done[0]]
    at = kept.index(done[-1]) + 1
    return _numbered([*kept[:at], done[0], *kept[at:]])


def _failing(events: list[Event]) -> list[Event]:
    response = {
        **bodies(events)[0]["response"],
        "status": "failed",
        "error": {"code": "x", "message": "upstream failed"},
    }
    failed = Event({"type": "response.failed", "response": response}, "response.failed")
    return _numbered([*events[:4], failed])


def _emptied(events: list[Event]) -> list[Event]:
    """The same events without a part."""
    emptied = [replace(event, data=deepcopy(event.data)) for event in events]
    for event in emptied:
        put("candidates/*/content/parts", [])(event.data)
    return emptied


def _stopped_first(events: list[Event]) -> list[Event]:
    opening = _emptied(events[-1:])
    drop("usageMetadata")(opening[0].data)
    return [*opening, *events]


def _usage_in_snake_case(body: dict[str, Any]) -> None:
    if usage := body.pop("usageMetadata", None):
        body["usage_metadata"] = {_snake_case(name): count for name, count in usage.items()}


def _snake_case(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)


fault(
    "responses-stream-cut-shorter",
    breaks={"RESP-STREAM-EQUAL": "reason of the stream"},
    says="a streamed answer is capped at two tokens",
    request=requests("responses", lambda body: body.update(max_output_tokens=2), when=gives("responses", "stream")),
)
fault(
    "gemini-stream-text-differs",
    breaks={"GEM-STREAM-EQUAL": "text of the stream"},
    says="one character of the streamed text is another",
    events=events_of("gemini", alter_text("*/candidates/*/content/parts/*/text")),
)
fault(
    "responses-stream-number-repeated",
    breaks={"RESP-STREAM-ORDER": "sequence_number does not grow by one at event 4"},
    says="one sequence_number comes twice",
    events=each_event("responses", change("sequence_number", lambda number: number - (number > 3))),
)
fault(
    "responses-stream-text-differs",
    breaks={"RESP-STREAM-ORDER": "event 7: the text is not the sum of its deltas"},
    says="the deltas do not add up to the text that closes them",
    events=events_of("responses", alter_text("response.output_text.delta/delta")),
)
fault(
    "responses-stream-item-id-differs",
    breaks={"RESP-STREAM-ORDER": "event 7 belongs to another item"},
    says="the event that closes a text names another item",
    events=events_of("responses", put("response.output_text.done/item_id", "msg_other")),
)
fault(
    "responses-stream-without-terminal",
    breaks={"RESP-STREAM-ORDER": "the end"},
    says="the stream ends without response.completed",
    events=streams("responses", lambda events: events[:-1]),
)
fault(
    "responses-stream-without-usage",
    breaks={"RESP-STREAM-ORDER": "the terminal event has no usage"},
    says="the response that closes the stream has no usage",
    events=events_of("responses", drop("-1/response/usage")),
)
fault(
    "responses-stream-not-created-first",
    breaks={"RESP-STREAM-ORDER": "the first event"},
    says="response.created is missing",
    events=streams("responses", lambda events: events[1:]),
)
fault(
    "gemini-stream-without-finish",
    breaks={"GEM-STREAM-ORDER": "the last candidate has no finishReason", "GEM-STREAM-EQUAL": "reason of the stream"},
    says="no event has a finishReason",
    events=each_event("gemini", drop("candidates/*/finishReason")),
)
fault(
    "responses-stream-number-left-out",
    breaks={"RESP-STREAM-ORDER": "sequence_number does not grow by one"},
    says="a sequence_number is left out",
    events=each_event("responses", change("sequence_number", lambda number: number + (number > 3))),
)
fault(
    "responses-stream-whole-differs",
    breaks={"RESP-STREAM-ORDER": "the whole response has another text", "RESP-STREAM-EQUAL": "text of the stream"},
    says="one character of the whole at the end is another",
    events=events_of("responses", alter_text("response.completed/response/output/*/content/*/text")),
)
fault(
    "responses-stream-ends-twice",
    breaks={"RESP-STREAM-ORDER": "the end (2"},
    says="response.completed is sent twice",
    events=streams("responses", lambda events: [*events, events[-1]]),
)
fault(
    "responses-stream-untyped",
    breaks={"RESP-STREAM-ORDER": "event 0 has no type"},
    says="events have no type",
    events=each_event("responses", drop("type")),
)
fault(
    "responses-stream-without-indices",
    breaks={"RESP-STREAM-ORDER": "output_index is absent"},
    says="no event says by output_index and content_index of which item and part it is",
    events=each_event("responses", _without_indices),
)
fault(
    "responses-stream-without-content-index",
    breaks={"RESP-STREAM-ORDER": "content_index is absent"},
    says="no event says by content_index of which part it is",
    events=each_event("responses", drop("content_index")),
)
fault(
    "responses-stream-first-done-last",
    breaks={"RESP-STREAM-ORDER": "an item is done after a later one"},
    says="the first item's done event comes after the second's",
    events=streams("responses", _first_done_last),
)
fault(
    "responses-stream-item-never-done",
    breaks={"RESP-STREAM-ORDER": "an item is never done"},
    says="items have no done event",
    events=streams("responses", _without_events("response.output_item.done")),
)
fault(
    "responses-stream-item-not-added",
    breaks={"RESP-STREAM-ORDER": "belongs to an item that was not added"},
    says="items have no added event",
    events=streams("responses", _without_events("response.output_item.added")),
)
fault(
    "responses-stream-part-not-added",
    breaks={"RESP-STREAM-ORDER": "belongs to a part that was not added"},
    says="parts have no added event",
    events=streams("responses", _without_events("response.content_part.added")),
)
fault(
    "responses-stream-ends-in-an-error",
    breaks={
        "RESP-STREAM-ORDER": "the stream ends in an error: upstream failed",
    },
    undecides=("RESP-STREAM-EQUAL",),
    says="each stream ends in an error event instead of its last words",
    events=streams(
        "responses",
        lambda events: [*events[:4], Event({"type": "error", "message": "upstream failed", "sequence_number": 4})],
    ),
)
fault(
    "responses-stream-fails",
    breaks={
        "RESP-STREAM-ORDER": "the stream ends in an error: upstream failed",
    },
    undecides=("RESP-STREAM-EQUAL",),
    says="each stream ends in response.failed",
    events=streams("responses", _failing),
)
fault(
    "gemini-stream-opens-with-stop",
    breaks={"GEM-STREAM-ORDER": "says more after the finishReason"},
    says="a stream opens with a chunk without parts that says that it stopped",
    events=streams("gemini", _stopped_first),
)
fault(
    "gemini-stream-stops-twice",
    breaks={"GEM-STREAM-ORDER": "candidate 0 ends more than once"},
    says="the reason of the end is sent a second time",
    events=streams("gemini", lambda events: [*events, *_emptied(events[-1:])]),
)
fault(
    "gemini-stream-ends-in-an-error",
    breaks={
        "GEM-STREAM-ORDER": "the stream ends in an error: upstream failed",
    },
    undecides=("GEM-STREAM-EQUAL",),
    says="each stream ends in an error event instead of its last words",
    events=streams("gemini", lambda events: [*events[:-1], _FAILED]),
)
fault(
    "gemini-usage-in-snake-case",
    breaks={
        "GEM-USAGE-SUM": "usageMetadata is absent; usage_metadata is there",
        "GEM-STREAM-ORDER": "usageMetadata is absent; usage_metadata is there",
        "DOORS-SAME-ANSWER": "no usage through gemini",
    },
    says="usage on the Gemini surface is called usage_metadata, with its counts in snake_case",
    **everywhere("gemini", _usage_in_snake_case),
)
fault(
    "gemini-stream-usage-missing",
    breaks={"GEM-STREAM-ORDER": "the last event has no usageMetadata"},
    says="no event has usage",
    events=each_event("gemini", drop("usageMetadata")),
)
fault(
    "gemini-stream-total-off-by-one",
    breaks={"GEM-STREAM-ORDER": "usage does not add up"},
    says="the total of the stream is one too many",
    events=each_event("gemini", add("usageMetadata/totalTokenCount", 1)),
)
fault(
    "gemini-stream-second-candidate",
    breaks={"GEM-STREAM-ORDER": "the candidate index changes"},
    says="the last event belongs to another candidate",
    events=events_of("gemini", put("-1/candidates/*/index", 1)),
)
