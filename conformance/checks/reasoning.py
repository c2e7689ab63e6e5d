"""Reasoning in chat completions: which blocks there are, their shape and their order."""

from collections.abc import Iterator, Mapping, Sequence
from statistics import median
from typing import Any

from conformance.checks.chat import holds_reasoning_tags, text_of
from conformance.checks.findings import (
    ABSENT,
    Finding,
    Undecided,
    assume_member,
    get,
    inapplicable,
    observation,
    require_member,
    violation,
    warning,
)  # fmt: skip
from conformance.checks.usage import reasoning_tokens

CONTENT = "choices.0.message.content"
_TAGS = "reasoning stands inside the text, as tags"
SUMMARY_TYPES = ("summary_text", "summary_encrypted_text")


def _not_declined(body: Any) -> None:
    """Raises `Undecided` if the model declined: then there is no answer whose reasoning could be looked at."""
    if get(body, "choices.0.message.refusal") not in (ABSENT, None, ""):
        raise Undecided("the model declined")


def blocks(body: Any) -> list[dict[str, Any]]:
    """The content blocks of the answer. Raises `Undecided` if content is no list of objects."""
    _not_declined(body)
    content = assume_member(body, CONTENT, list)
    if not all(isinstance(block, dict) for block in content):
        raise Undecided(f"{CONTENT} holds something that is no block")
    return content


def documented_indices(body: Any) -> Iterator[Finding]:
    """The client of the documents finds the reasoning at [0].summary[0].text and the answer at [1].text."""
    _not_declined(body)
    content = require_member(body, CONTENT, list)
    types = [get(block, "type") for block in content]
    if types[:1] != ["reasoning"]:
        yield violation(
            "reasoning does not come first", expected="[reasoning, text]", actual=types, path=f"{CONTENT}.0"
        )
        return
    if not require_member(body, f"{CONTENT}.0.summary.0.text", str):
        yield violation("the reasoning is empty", expected="text", actual="''", path=f"{CONTENT}.0.summary.0.text")
    known = [kind for kind in types if kind in ("reasoning", "text")]
    if known != sorted(known) or "text" not in known:
        yield violation("reasoning, then text", expected="[reasoning, text]", actual=types, path=CONTENT)
    elif not text_of(content):
        yield violation("the answer is empty", expected="text", actual=content[types.index("text")], path=CONTENT)
    elif types != ["reasoning", "text"]:
        yield warning(
            "more blocks than the documents' client expects", expected="[reasoning, text]", actual=types, path=CONTENT
        )


def block_types(body: Any) -> Iterator[Finding]:
    """Reasoning blocks hold a list of summaries, text blocks a text. Other types are left to the target.

    Where reasoning stays hidden, a plain string without any block is legal: there is no block to judge.
    """
    if isinstance(content := get(body, CONTENT), str) and content:
        yield inapplicable("this target shows no reasoning block: content is a plain string")
        return
    if not (listed := blocks(body)):
        raise Undecided("content holds no block")
    for at, block in enumerate(listed):
        path = f"{CONTENT}.{at}"
        match block.get("type"):
            case "reasoning":
                yield from _summaries(body, path)
            case "text":
                require_member(body, f"{path}.text", str)
            case str() as other:
                yield observation("another block type", other, path)
            case _:
                yield violation("a block without a type", expected="reasoning or text", actual=block, path=path)
    if not _shows_block(listed):
        yield inapplicable("this target shows no reasoning block")


def _summaries(body: Any, path: str) -> Iterator[Finding]:
    for at, summary in enumerate(require_member(body, f"{path}.summary", list)):
        kind = get(summary, "type")
        where = f"{path}.summary.{at}"
        if not isinstance(kind, str):
            yield violation("a summary without a type", expected="summary_text", actual=kind, path=f"{where}.type")
        elif kind not in SUMMARY_TYPES:
            yield warning("an unknown summary type", expected="summary_text", actual=kind, path=f"{where}.type")
        elif kind == "summary_text":
            require_member(body, f"{where}.text", str)
        if get(summary, "signature") not in (ABSENT, None):
            require_member(body, f"{where}.signature", str)


def signed(body: Any) -> Iterator[Finding]:
    """Each reasoning summary carries a signature with which it can be sent back."""
    reasoning = [at for at, block in enumerate(blocks(body)) if block.get("type") == "reasoning"]
    if not reasoning:
        raise Undecided("there is no reasoning block that could be signed")
    for at in reasoning:
        path = f"{CONTENT}.{at}.summary.0.signature"
        signature = get(body, path)
        if not isinstance(signature, str) or not signature:
            yield violation("reasoning without a signature", expected="a non-empty string", actual=signature, path=path)


def has_text_and_thought(body: Any) -> Iterator[Finding]:
    """A reasoning answer has text; a block of reasoning beside it should be there."""
    _not_declined(body)
    content = get(body, CONTENT)
    if not text_of(content):
        if get(body, "choices.0.finish_reason") == "length":
            raise Undecided("the answer was cut before its text")
        yield violation("no text in the answer", expected="a text block", actual=content, path=CONTENT)
    if _shows_block(content):
        return
    if holds_reasoning_tags(text_of(content)):
        yield warning(_TAGS, expected="[reasoning, text]", actual=content, path=CONTENT)
    elif tokens := reasoning_tokens(body):
        yield observation("no reasoning block beside the text", f"{tokens} reasoning tokens")
    elif isinstance(content, list) and any(get(block, "thoughtSignature") is not ABSENT for block in content):
        yield observation("no reasoning block beside the text", "a thoughtSignature")
    else:
        yield warning("no reasoning block beside the text", expected="[reasoning, text]", actual=content, path=CONTENT)


def reasoned(body: Any) -> Iterator[Finding]:
    """The model reasoned: a reasoning block, or reasoning tokens in usage. An answer that says nothing shows nothing."""
    content, tokens = get(body, CONTENT), reasoning_tokens(body)
    if shown := _shown_reasoning(body):
        yield observation("reasoning is shown", shown)
    elif holds_reasoning_tags(text_of(content)):
        yield warning(_TAGS, expected="a reasoning block or reasoning tokens", actual=content, path=CONTENT)
    elif tokens:
        yield observation("reasoning is hidden", f"{tokens} reasoning tokens")
    elif not text_of(content):
        raise Undecided("the answer has no text")
    elif tokens is None:
        yield warning("neither reasoning nor its tokens are shown", expected="a reasoning block or reasoning tokens")
    else:
        yield violation(
            "no sign of reasoning", expected="a reasoning block or reasoning tokens", actual=content, path=CONTENT
        )


def did_not_reason(body: Any) -> Iterator[Finding]:
    """Nothing in the answer is reasoning, wherever it stands, and none is counted."""
    content = get(body, CONTENT)
    if _shows_block(content):
        yield violation("reasoning that was not asked for", expected="no reasoning block", actual=content, path=CONTENT)
    elif beside := _reasoning_member(body):
        yield violation("reasoning that was not asked for", expected="none", actual=beside, path="choices.0.message")
    elif tokens := reasoning_tokens(body):
        yield violation("reasoning that was not asked for", expected="no reasoning tokens", actual=tokens, path="usage")
    elif holds_reasoning_tags(text_of(content)):
        yield violation("reasoning that was not asked for", expected="no tags", actual=content, path=CONTENT)
    elif not text_of(content):
        raise Undecided("the answer has no text")


def effort_takes_effect(bodies: Mapping[str, Any]) -> Iterator[Finding]:
    """Answers by the effort that was asked for: if reasoning is told apart, at least one of them reasoned.

    Whether a model does is its own affair, so that none did at any effort is worth a warning, and no more.
    """
    counts = {effort: reasoning_tokens(body) for effort, body in bodies.items()}
    if any(counts.values()) or any(map(_shown_reasoning, bodies.values())):
        return
    if any(count is not None for count in counts.values()):
        text = ", ".join(f"{effort} {'not told' if count is None else count}" for effort, count in counts.items())
        yield warning("the override has no effect", expected="reasoning at some effort", actual=text, path="usage")


def _shown_reasoning(body: Any) -> str:
    """How an answer shows its reasoning apart from the text; empty if it does not."""
    return "a reasoning block" if _shows_block(get(body, CONTENT)) else _reasoning_member(body)


def _shows_block(content: Any) -> bool:
    return isinstance(content, list) and any(get(block, "type") == "reasoning" for block in content)


def _reasoning_member(body: Any) -> str:
    """The member in which other servers show reasoning beside the content; empty if none is there."""
    shown = ((name, get(body, f"choices.0.message.{name}")) for name in ("reasoning_content", "reasoning"))
    return next((name for name, value in shown if value and isinstance(value, str)), "")


def default_is_none(tokens_by_effort: Mapping[str, Sequence[int | None]]) -> Iterator[Finding]:
    """Reasoning tokens by effort: none where it was left out, as with `none`.

    A target that tells none apart does not show it: that is a note.
    """
    if not any(count for counts in tokens_by_effort.values() for count in counts):
        yield _default_not_shown(tokens_by_effort)
        return
    yield _tokens_observation(tokens_by_effort)
    if asked := [count for count in tokens_by_effort["omitted"] if count]:
        yield violation("it reasons unasked", expected="no reasoning tokens", actual=asked)


MANY = 10
"""Answers of which the median is worth comparing: the effort of a single one varies."""
_FACTOR = 3
"""By how much a single answer may differ from another of the same effort."""


def default_looks_like(default: str, tokens_by_effort: Mapping[str, Sequence[int | None]]) -> Iterator[Finding]:
    """Reasoning tokens by effort, of one answer or of many: what was left out looks like the documented default.

    It does not if its median lies outside of what the default took (with few answers, by a factor) and nearer to another.
    """
    seen = {
        effort: known
        for effort, counts in tokens_by_effort.items()
        if (known := [count for count in counts if count is not None])
    }
    middle = {effort: median(counts) for effort, counts in seen.items()}
    omitted = middle.pop("omitted", None)
    if omitted is None or default not in middle or len(set(middle.values())) < 2:
        yield _default_not_shown(tokens_by_effort)
        return
    yield _tokens_observation(tokens_by_effort)
    distances = {effort: abs(count - omitted) for effort, count in middle.items()}
    nearest = min(distances, key=lambda effort: (distances[effort], effort != default))
    yield observation("the default looks like", nearest)
    factor = 1 if min(len(seen[default]), len(seen["omitted"])) >= MANY else _FACTOR
    usual = min(seen[default]) / factor <= omitted <= max(seen[default]) * factor
    if nearest != default and not usual:
        yield warning("another effort than the documented default", expected=default, actual=nearest)


def _default_not_shown(tokens_by_effort: Mapping[str, Sequence[int | None]]) -> Finding:
    return inapplicable(f"the reasoning tokens do not show the default: {_tokens_text(tokens_by_effort)}")


def _tokens_observation(tokens_by_effort: Mapping[str, Sequence[int | None]]) -> Finding:
    return observation("reasoning tokens", _tokens_text(tokens_by_effort))


def _tokens_text(tokens_by_effort: Mapping[str, Sequence[int | None]]) -> str:
    return ", ".join(f"{effort} {_in_short(counts)}" for effort, counts in tokens_by_effort.items())


def _in_short(counts: Sequence[int | None]) -> str:
    known = sorted(count for count in counts if count is not None)
    if len(known) < 2:
        return str(known[0]) if known else "not told"
    return f"{median(known):.10g} ({known[0]} to {known[-1]} in {len(known)} answers)"


TOLERANCE = 64
"""Tokens by which two prompts may differ that should cost the same: framing of blocks, separators."""


def older_reasoning_is_free(with_it: int, without_it: int) -> Iterator[Finding]:
    """prompt_tokens with and without the reasoning of an older turn are about the same."""
    if not with_it or not without_it:
        raise Undecided("prompt_tokens count nothing")
    if with_it - without_it > TOLERANCE:
        most = without_it + TOLERANCE
        yield violation(
            "older reasoning is counted", expected=f"at most {most}", actual=with_it, path="usage.prompt_tokens"
        )
