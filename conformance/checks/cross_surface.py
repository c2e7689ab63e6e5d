"""One intent on several surfaces: what a chat, a Responses and a Gemini answer have in common."""

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
class SurfaceAnswer:
    """An answer in terms that all surfaces share."""

    surface: str
    text: str
    reason: str
    input_tokens: int | None
    output_tokens: int | None


def surface_answer(surface: str, body: Any) -> SurfaceAnswer:
    """What an answer on a surface says, in common terms."""
    reason, input_tokens, output_tokens = (get(body, place) for place in _PLACES[surface])
    texts = {
        "chat": lambda: chat.text_of(get(body, "choices.0.message.content")),
        "responses": lambda: responses.text(body),
        "gemini": lambda: gemini.text_of(body),
    }
    reason_name = _REASONS.get(reason, reason) if isinstance(reason, str) else "absent"
    return SurfaceAnswer(surface, texts[surface](), reason_name, integer(input_tokens), integer(output_tokens))


def same_answer(one: SurfaceAnswer, other: SurfaceAnswer) -> Iterator[Finding]:
    """Both surfaces give text and usage, and stop for the same reason. No document settles it: warned at the most."""
    for answer in (one, other):
        if answer.reason != CUT and not answer.text:
            yield warning(f"no text through {answer.surface}", expected="text", actual="none")
        if not answer.input_tokens or not answer.output_tokens:
            yield warning(
                f"no usage through {answer.surface}",
                expected="counts",
                actual=[answer.input_tokens, answer.output_tokens],
            )
    if one.reason != other.reason and "absent" not in (one.reason, other.reason):
        yield warning(
            f"{other.surface} stops for another reason than {one.surface}", expected=one.reason, actual=other.reason
        )
    counts = f"{one.input_tokens} and {other.input_tokens} tokens in, {one.output_tokens} and {other.output_tokens} out"
    yield observation(f"{one.surface} and {other.surface}", f"{one.reason}, {counts}")
