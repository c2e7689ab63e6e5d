"""The shape of a Gemini answer."""

from collections.abc import Iterator
from typing import Any

from conformance.checks.findings import (
    ABSENT,
    Finding,
    Undecided,
    assume_member,
    get,
    observation,
    require_member,
    violation,
    warning,
)  # fmt: skip
from conformance.checks.same import AnswerSummary, usage_keys
from conformance.checks.usage import snake_case_usage

USAGE = ("promptTokenCount", "candidatesTokenCount", "totalTokenCount")
"""What clients read of usage."""


def text_path(body: Any) -> Iterator[Finding]:
    """Text stands under candidates[].content.parts[].text; it is demanded only of an answer that finished normally."""
    if blocked := block_reason(body):
        raise Undecided(f"the prompt was blocked: {blocked}")
    candidates = require_member(body, "candidates", list)
    if not candidates:
        yield violation("candidates is empty", expected="at least one candidate", actual="[]", path="candidates")
        return
    reason = get(body, "candidates.0.finishReason")
    if not text_of(body) and reason not in (ABSENT, None, "STOP"):
        raise Undecided(f"the answer ended before its text: {reason}")
    if not text_of(body):
        parts = get(body, "candidates.0.content.parts")
        yield violation(
            "a finished answer has no text",
            expected="candidates[0].content.parts[].text",
            actual=parts,
            path="candidates.0.content.parts",
        )
    yield observation("finishReason", reason)


def block_reason(body: Any) -> str:
    """Why the prompt was blocked; empty if it was not."""
    reason = get(body, "promptFeedback.blockReason")
    return reason if isinstance(reason, str) else ""


def has_parts(candidate: Any) -> bool:
    """Whether a candidate says anything: a part that is more than an empty text."""
    parts = get(candidate, "content.parts")
    return any(part not in ({}, {"text": ""}) for part in parts) if isinstance(parts, list) else False


def text_of(body: Any) -> str:
    """The text of the first candidate, without thoughts."""
    parts = get(body, "candidates.0.content.parts")
    if not isinstance(parts, list):
        return ""
    texts = (get(part, "text") for part in parts if get(part, "thought") is not True)
    return "".join(text for text in texts if isinstance(text, str))


def kinds(*bodies: Any) -> tuple[str, ...]:
    """What the parts of the first candidate of all `bodies` are: text, thought or something else, each once."""
    found = set[str]()
    for body in bodies:
        parts = get(body, "candidates.0.content.parts")
        for part in parts if isinstance(parts, list) else []:
            if get(part, "thought") is True:
                found.add("thought")
            elif isinstance(part, dict) and part.get("text") != "":
                found |= set(part) - {"thought", "thoughtSignature"}
    return tuple(sorted(found))


def summarise(*bodies: Any) -> AnswerSummary:
    """What an answer says, whole or in the events of a stream."""
    reasons = [reason for body in bodies if isinstance(reason := get(body, "candidates.0.finishReason"), str)]
    keys = usage_keys(get(bodies[-1], "usageMetadata"), USAGE) if bodies else ()
    return AnswerSummary(kinds(*bodies), reasons[-1] if reasons else "", keys, "".join(map(text_of, bodies)))


def says_max_tokens(body: Any, cap: int, made: int) -> Iterator[Finding]:
    """An answer that used up its cap says that it was cut."""
    reason = get(body, "candidates.0.finishReason")
    if made >= cap and reason != "MAX_TOKENS":
        yield warning(
            "a cut answer does not say so", expected="MAX_TOKENS", actual=reason, path="candidates.0.finishReason"
        )


def counts(body: Any) -> tuple[int, int]:
    """promptTokenCount and candidatesTokenCount, an absent one 0. Raises `Undecided` without usageMetadata."""
    if misnamed := snake_case_usage(body):
        raise Undecided(misnamed)
    usage = assume_member(body, "usageMetadata", dict)
    prompt, candidates = (
        assume_member(usage, key, int) if usage.get(key) is not None else 0
        for key in ("promptTokenCount", "candidatesTokenCount")
    )
    return prompt, candidates
