"""One intent through several doors: what a chat, a Responses and a Gemini answer have in common."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from conformance.checks import chat, gemini, responses
from conformance.checks.findings import Finding, get, integer, observation, warning

FINISHED, CUT = "finished", "cut at the cap"
_REASONS = {
    "stop": FINISHED, "completed": FINISHED, "STOP": FINISHED, "length": CUT, "incomplete": CUT, "MAX_TOKENS": CUT,
}  # fmt: skip
_PLACES = {
    "chat": ("choices.0.finish_reason", "usage.prompt_tokens", "usage.completion_tokens"),
    "responses": ("status", "usage.input_tokens", "usage.output_tokens"),
    "gemini": ("candidates.0.finishReason", "usageMetadata.promptTokenCount", "usageMetadata.candidatesTokenCount"),
}


@dataclass(frozen=True)
class Seen:
    """An answer in terms that all surfaces share."""

    door: str
    text: str
    reason: str
    taken: int | None
    made: int | None


def seen(door: str, body: Any) -> Seen:
    """What an answer on the surface `door` says, in common terms."""
    reason, taken, made = (get(body, place) for place in _PLACES[door])
    texts = {
        "chat": lambda: chat.text_of(get(body, "choices.0.message.content")),
        "responses": lambda: responses.text(body),
        "gemini": lambda: gemini.text_of(body),
    }
    told = _REASONS.get(reason, reason) if isinstance(reason, str) else "absent"
    return Seen(door, texts[door](), told, integer(taken), integer(made))


def same_answer(one: Seen, other: Seen) -> Iterator[Finding]:
    """Both doors give text and usage, and stop for the same reason. No document settles it: warned at the most."""
    for door in (one, other):
        if door.reason == FINISHED and not door.text:
            yield warning(f"no text through {door.door}", expected="text", actual="none")
        if not door.taken or not door.made:
            yield warning(f"no usage through {door.door}", expected="counts", actual=[door.taken, door.made])
    if one.reason != other.reason and "absent" not in (one.reason, other.reason):
        yield warning(
            f"{other.door} stops for another reason than {one.door}", expected=one.reason, actual=other.reason
        )
    counts = f"{one.taken} and {other.taken} tokens in, {one.made} and {other.made} out"
    yield observation(f"{one.door} and {other.door}", f"{one.reason}, {counts}")
