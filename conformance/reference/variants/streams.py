"""Variants of streams and ids, as recorded and printed of Databricks."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from conformance.reference.calls import Event
from conformance.reference.edits import bodies, each_event, events_of, everywhere, streams
from conformance.reference.paths import places, values
from conformance.reference.policy import DOCUMENTED
from conformance.reference.variants.declared import variant

Chunk = dict[str, Any]
_LONG = 188
"""Characters after the prefix of an id that the gateway made itself."""


def _spoken(events: list[Event]) -> tuple[list[Chunk], dict[str, Any] | None]:
    """The chunks that hold a choice, and the usage that follows them."""
    told = bodies(events)
    usages = [chunk["usage"] for chunk in told if chunk.get("usage")]
    return [chunk for chunk in told if chunk["choices"]], usages[-1] if usages else None


def _markers(events: list[Event]) -> list[Event]:
    """What is no JSON: the end marker."""
    return [event for event in events if not isinstance(event.data, dict)]


def _with_usage(chunk: Chunk, usage: dict[str, Any]) -> Event:
    """A chunk with usage in it, and the role in its delta."""
    choices = [
        {**choice, "delta": {"role": "assistant", "content": "", **choice["delta"]}} for choice in chunk["choices"]
    ]
    return Event({**chunk, "choices": choices, "usage": usage})


def _null_until_the_end(events: list[Event]) -> Iterable[Event]:
    """Each chunk counts the prompt; only the last, which has the reason, what was made of it."""
    chunks, usage = _spoken(events)
    if not usage:
        return events
    unknown = {**usage, "completion_tokens": None, "total_tokens": None}
    told = [_with_usage(chunk, usage if chunk is chunks[-1] else unknown) for chunk in chunks]
    return [*told, *_markers(events)]


def _growing(events: list[Event]) -> Iterable[Event]:
    """Each chunk counts what was made so far."""
    chunks, usage = _spoken(events)
    if not usage:
        return events
    prompt, made = usage["prompt_tokens"], usage["completion_tokens"]
    so_far = [made * number // len(chunks) for number in range(1, len(chunks))]
    counts = [{"prompt_tokens": prompt, "completion_tokens": count, "total_tokens": prompt + count} for count in so_far]
    told = [_with_usage(chunk, count) for chunk, count in zip(chunks, [*counts, usage], strict=True)]
    return [*told, *_markers(events)]


def _without_role(chunk: Chunk) -> None:
    for choice in chunk["choices"] if "gpt-oss" in chunk.get("model", "") else ():
        choice["delta"].pop("role", None)


def _drifting(data: list[Any]) -> None:
    """The second half of a stream was made in the next second."""
    for chunk in data[len(data) // 2 :]:
        if isinstance(chunk, dict) and chunk["created"]:
            chunk["created"] += 1


def _thought_unseen(events: list[Event]) -> Iterable[Event]:
    """Of Claude's thought a stream shows its signature alone, beside an empty text."""
    for event in events:
        claude = isinstance(event.data, dict) and "claude" in event.data.get("model", "")
        summaries = values(event.data, "choices/*/delta/content/*/summary/*") if claude else []
        if all("signature" in summary for summary in summaries):
            yield event


def _ids_differ(body: dict[str, Any]) -> None:
    """Ids of items are OpenAI's, as long as those; the gateway's own are longer: of a response, and of an item in its parts."""
    response = body.get("response", body)
    if "output" in response:
        response["id"] = "resp_" + response["id"].removeprefix("resp_").ljust(_LONG, "0")
    for holder, key in (*places(response, "output/*/id"), *places(body, "item/id"), *places(body, "item_id")):
        plain = holder[key]
        holder[key] = (
            f"msg_{plain[4:][::-1]}".ljust(4 + _LONG, "1") if "content_index" in holder else plain.ljust(54, "0")
        )


variant(
    "usage-null-until-the-end",
    "counts in each chunk of a chat stream, what was made in the last alone, with the role in each delta",
    events=streams("chat", _null_until_the_end),
)
variant(
    "usage-grows",
    "counts in each chunk of a chat stream what was made so far, with the role in each delta",
    events=streams("chat", _growing),
)
variant(
    "streams-uncounted",
    "counts in a chat stream only where it is asked to",
    replace(DOCUMENTED, chat_stream_usage="asked"),
)
variant("role-not-streamed", "streams gpt-oss without a role", events=each_event("chat", _without_role))
variant(
    "created-drifts",
    "streams chunks of one answer over two seconds, and says so in each",
    events=events_of("chat", _drifting),
)
variant("thought-unseen", "streams of Claude's thought the signature alone", events=streams("chat", _thought_unseen))
variant(
    "ids-differ",
    "calls the items of a Responses stream otherwise in the events of their parts, by ids of 192 characters",
    **everywhere("responses", _ids_differ),
)
variant(
    "responses-done",
    "ends Responses streams with [DONE]",
    events=streams("responses", lambda events: [*(event for event in events if event.name), Event("[DONE]")]),
)
