"""Faults of streams: order, identity, ends, and text that is not quite the same."""

from conformance.reference.calls import Event
from conformance.reference.edits import (
    add,
    alter_text,
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
from conformance.reference.faults.declared import REFUSED, fault
from conformance.reference.matching import gives
from conformance.reference.paths import values


def _text_after_the_end(events: list[Event]) -> list[Event]:
    *rest, usage, end = events
    text = next(event for event in rest if any(values(event.data, "choices/0/delta/content")))
    return [*rest, text, usage, end]


fault(
    "chat-stream-not-streamed",
    breaks={"CHAT-STREAM-SSE": "no event stream"},
    says="stream is ignored: one JSON body is sent",
    request=requests("chat", drop("stream")),
)
fault(
    "chat-stream-refused",
    breaks={"CHAT-STREAM-SSE": REFUSED},
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
    breaks={"CHAT-STREAM-ORDER": "choice 0 does not end once", "CHAT-STREAM-EQUAL": "reason of the stream"},
    undecides=("CHAT-STREAM-SSE", "CHAT-STREAM-REASONING-DELTA"),
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
    "chat-stream-second-model",
    breaks={"CHAT-STREAM-ORDER": "model changes within the stream"},
    says="the last chunk names another model",
    events=events_of("chat", put("-2/model", "databricks-gpt-5")),
)
fault(
    "chat-stream-usage-twice",
    breaks={"CHAT-STREAM-ORDER": "usage is reported more than once"},
    says="usage is sent twice",
    events=streams("chat", repeat("usage")),
)
fault(
    "chat-stream-without-role",
    breaks={"CHAT-STREAM-ORDER": "choice 0 does not begin with its role"},
    says="no chunk has a role",
    events=each_event("chat", drop("choices/*/delta/role")),
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
    events=each_event("chat", change("usage/prompt_tokens", lambda tokens: tokens * 2)),
)
fault(
    "chat-stream-signature-empty",
    breaks={"CHAT-STREAM-REASONING-DELTA": "the signature is empty to the end"},
    says="the signature of streamed reasoning is empty",
    events=each_event("chat", put("choices/*/delta/content/*/summary/*/signature", "")),
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
