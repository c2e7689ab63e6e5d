"""A chat stream as one consistent answer."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from conformance.checks.chat import text_of
from conformance.checks.findings import ABSENT, Finding, get, integer, observation, violation, warning
from conformance.checks.streams import all_readable, constant, read
from conformance.wire.exchange import Exchange

CHUNK = "chat.completion.chunk"
USAGE_KEYS = frozenset(
    {"prompt_tokens", "completion_tokens", "total_tokens", "prompt_tokens_details", "completion_tokens_details"}
)
"""What clients read of usage; a gateway may add to it where it likes."""
SAID = ("content", "tool_calls", "refusal", "reasoning_content")
"""Members of a delta that carry a piece of the answer."""
NOTHING: tuple[Any, ...] = (ABSENT, None, "", [])


def order(exchange: Exchange) -> Iterator[Finding]:
    """One id, one model, role first, exactly one finish_reason a choice, usage at most once, nothing after [DONE]."""
    stream = read(exchange)
    yield from all_readable(stream)
    chunks = stream.bodies
    for number, chunk in enumerate(chunks):
        if get(chunk, "object") != CHUNK:
            yield violation(
                f"chunk {number} is something else", expected=CHUNK, actual=get(chunk, "object"), path="object"
            )
            return
    yield from constant("id", [get(chunk, "id") for chunk in chunks])
    yield from constant("model", [get(chunk, "model") for chunk in chunks])
    yield from _choices(chunks)
    reported = [number for number, chunk in enumerate(chunks) if isinstance(get(chunk, "usage"), dict)]
    if len(reported) > 1:
        yield violation(
            "usage is reported more than once", expected="at most one chunk", actual=f"chunks {reported}", path="usage"
        )
    if stream.after_done is None:
        yield observation("the end", "no [DONE]")
    elif stream.after_done:
        yield violation("data after [DONE]", expected="[DONE] last", actual=f"{stream.after_done} more events")


def _choices(chunks: list[Any]) -> Iterator[Finding]:
    ends, started = Counter[int | None](), set[int | None]()
    for number, chunk in enumerate(chunks):
        listed = get(chunk, "choices")
        for choice in listed if isinstance(listed, list) else []:
            index = integer(get(choice, "index"))
            if index not in started and get(choice, "delta.role") != "assistant":
                yield violation(
                    f"choice {index} does not begin with its role", expected="assistant",
                    actual=get(choice, "delta.role"), path="choices.delta.role",
                )  # fmt: skip
            started.add(index)
            if ends[index] and any(get(choice, f"delta.{member}") not in NOTHING for member in SAID):
                yield violation(
                    f"chunk {number} says more after the end", expected="nothing", actual=choice, path="choices.delta"
                )
            ends[index] += get(choice, "finish_reason") not in (ABSENT, None)
    if not started:
        yield violation("no choice in the stream", expected="at least one", actual="none", path="choices")
    for index in started:
        if ends[index] != 1:
            yield violation(
                f"choice {index} does not end once", expected="exactly one finish_reason",
                actual=f"{ends[index]} of them", path="choices.finish_reason",
            )  # fmt: skip


def usage_is_reported(exchange: Exchange) -> Iterator[Finding]:
    """How a stream tells its usage is open: recorded."""
    chunks = read(exchange).bodies
    reported = [number for number, chunk in enumerate(chunks) if isinstance(get(chunk, "usage"), dict)]
    yield observation("usage in the stream", f"in chunks {reported} of {len(chunks)}" if reported else "none")


def delta_kinds(exchange: Exchange) -> Iterator[Finding]:
    """A delta's content is a string, a list of blocks, or null."""
    kinds = Counter[str]()
    for number, chunk in enumerate(read(exchange).bodies):
        content = get(chunk, "choices.0.delta.content")
        if content is not ABSENT and not isinstance(content, str | list | None):
            yield warning(f"chunk {number}: content of another kind", expected="string, list or null", actual=content)
        kinds["absent" if content is ABSENT else type(content).__name__] += 1
    yield observation("delta content", ", ".join(f"{kind} {count}" for kind, count in sorted(kinds.items())))


def equals_whole(exchange: Exchange, whole: Any, again: Any) -> Iterator[Finding]:
    """The streamed answer has the block types, finish reason and usage keys of the unstreamed one, and its text.

    The text only if the target answered the unstreamed request twice alike (`whole`, `again`).
    """
    chunks = read(exchange).bodies
    message = get(whole, "choices.0.message.content")
    yield from _same("block types", _block_types([message]), _block_types(_deltas(chunks)))
    reasons = [reason for chunk in chunks if (reason := get(chunk, "choices.0.finish_reason")) not in (ABSENT, None)]
    reason = get(whole, "choices.0.finish_reason")
    yield from _same("finish_reason", None if reason is ABSENT else reason, reasons[-1] if reasons else None)
    usages = [usage for chunk in chunks if isinstance(usage := get(chunk, "usage"), dict)]
    if usages and isinstance(get(whole, "usage"), dict):
        yield from _same("usage keys", sorted(USAGE_KEYS & set(whole["usage"])), sorted(USAGE_KEYS & set(usages[-1])))
    told = text_of(message)
    if told == text_of(get(again, "choices.0.message.content")):
        yield from _same("text", told, text(exchange))
    else:
        yield observation("text", "not compared: the target answers the same request differently")


def _same(what: str, whole: Any, streamed: Any) -> Iterator[Finding]:
    if whole != streamed:
        yield violation(f"{what} of the stream", expected=whole, actual=streamed)


def _deltas(chunks: list[Any]) -> list[Any]:
    return [get(chunk, "choices.0.delta.content") for chunk in chunks]


def _block_types(contents: list[Any]) -> list[str]:
    kinds = set[str]()
    for content in contents:
        if isinstance(content, str) and content:
            kinds.add("text")
        elif isinstance(content, list):
            kinds |= {str(get(block, "type")) for block in content}
    return sorted(kinds)


def text(exchange: Exchange) -> str:
    """The text of the first choice, put together from its deltas."""
    return "".join(text_of(get(chunk, "choices.0.delta.content")) for chunk in read(exchange).bodies)
