"""A chat stream as one consistent answer."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from conformance.checks.chat import USAGE, block_types, text_of
from conformance.checks.findings import ABSENT, Finding, get, inapplicable, integer, observation, violation, warning
from conformance.checks.same import AnswerSummary, usage_keys
from conformance.checks.streams import all_readable, constant, read
from conformance.wire.exchange import Exchange

CHUNK = "chat.completion.chunk"
CONTENT_MEMBERS = ("content", "tool_calls", "refusal", "reasoning_content")
"""Members of a delta that carry a piece of the answer."""
REASONING_MEMBERS = ("reasoning_content", "reasoning")
"""Members in which other servers show reasoning beside the content."""
EMPTY_VALUES: tuple[Any, ...] = (ABSENT, None, "", [])


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
    ids = [get(chunk, "id") for chunk in chunks]
    if chunks and not any(identifier and isinstance(identifier, str) for identifier in ids):
        yield violation("no chunk has an id", expected="one id in all", actual=ids[0], path="id")
    yield from constant("id", ids)
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
            if ends[index] and any(get(choice, f"delta.{member}") not in EMPTY_VALUES for member in CONTENT_MEMBERS):
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


def usage_is_reported(exchange: Exchange, whole: Any) -> Iterator[Finding]:
    """How a stream tells its usage is open: recorded. What it tells of the prompt is what the `whole` answer tells."""
    chunks = read(exchange).bodies
    reported = [number for number, chunk in enumerate(chunks) if isinstance(get(chunk, "usage"), dict)]
    yield observation("usage in the stream", f"in chunks {reported} of {len(chunks)}" if reported else "none")
    taken = integer(get(whole, "usage.prompt_tokens"))
    there = get(chunks[reported[-1]], "usage.prompt_tokens") if reported else None
    if reported and taken is not None and integer(there) != taken:
        yield warning("the stream counts another prompt", expected=taken, actual=there, path="usage.prompt_tokens")


def reasoning_deltas(exchange: Exchange) -> Iterator[Finding]:
    """A delta's content is a string, a list of blocks, or null; the text adds up to some; a signature comes once, if ever."""
    kinds, signatures, empty = Counter[str](), list[str](), 0
    chunks = read(exchange).bodies
    beside = {
        member
        for chunk in chunks
        for member in REASONING_MEMBERS
        if get(chunk, f"choices.0.delta.{member}") not in EMPTY_VALUES
    }
    if "reasoning" not in block_types(*_deltas(chunks)) and not beside:
        yield inapplicable("no reasoning is shown in the stream")
        return
    for number, content in enumerate(_deltas(chunks)):
        if content is not ABSENT and not isinstance(content, str | list | None):
            yield warning(f"chunk {number}: content of another kind", expected="string, list or null", actual=content)
        kinds["absent" if content is ABSENT else type(content).__name__] += 1
        chunk_signatures = [get(summary, "signature") for summary in _summaries(content)]
        if strange := [
            signature
            for signature in chunk_signatures
            if not isinstance(signature, str | None) and signature is not ABSENT
        ]:
            yield warning(f"chunk {number}: a signature of another kind", expected="a string", actual=strange[0])
        signatures += [signature for signature in chunk_signatures if signature and isinstance(signature, str)]
        empty += chunk_signatures.count("")
    if repeated := [signature for signature, times in Counter(signatures).items() if times > 1]:
        yield warning("a signature comes more than once", expected="once", actual=repeated[0])
    elif empty and not signatures:
        yield warning(
            "the signature is empty to the end", expected="a signature, or none", actual=f"{empty} empty ones"
        )
    if not text(exchange):
        yield warning("no text in the stream", expected="text", actual="reasoning at the most")
    yield observation("delta content", ", ".join(f"{kind} {count}" for kind, count in sorted(kinds.items())))
    yield observation("signatures", len(signatures))
    if beside:
        yield observation("reasoning beside the content", ", ".join(sorted(beside)))


def _summaries(content: Any) -> Iterator[Any]:
    for block in content if isinstance(content, list) else []:
        summary = get(block, "summary")
        yield from summary if isinstance(summary, list) else []


def summarise(exchange: Exchange) -> AnswerSummary:
    """What the chunks of the first choice say together."""
    chunks = read(exchange).bodies
    reasons = [reason for chunk in chunks if isinstance(reason := get(chunk, "choices.0.finish_reason"), str)]
    usages = [usage for chunk in chunks if isinstance(usage := get(chunk, "usage"), dict)]
    keys = usage_keys(usages[-1], USAGE) if usages else ()
    return AnswerSummary(block_types(*_deltas(chunks)), reasons[-1] if reasons else "", keys, text(exchange))


def _deltas(chunks: list[Any]) -> list[Any]:
    return [get(chunk, "choices.0.delta.content") for chunk in chunks]


def text(exchange: Exchange) -> str:
    """The text of the first choice, put together from its deltas."""
    return "".join(text_of(get(chunk, "choices.0.delta.content")) for chunk in read(exchange).bodies)
