"""A chat stream as one consistent answer."""

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from conformance.checks.chat import EMPTY, USAGE, block_types, holds_reasoning_tags, text_of
from conformance.checks.event_stream import read, stream_error
from conformance.checks.findings import (
    ABSENT,
    Finding,
    Undecided,
    get,
    inapplicable,
    integer,
    observation,
    violation,
    warning,
)
from conformance.checks.same import AnswerSummary, usage_keys
from conformance.checks.streams import all_readable, constant, no_error
from conformance.checks.usage import CHAT_KEYS
from conformance.wire.exchange import Exchange

CHUNK = "chat.completion.chunk"
CONTENT_MEMBERS = ("content", "tool_calls", "refusal", "reasoning_content", "reasoning", "function_call")
"""Members of a delta that carry a piece of the answer."""
REASONING_MEMBERS = ("reasoning_content", "reasoning")
"""Members in which other servers show reasoning beside the content."""


def order(exchange: Exchange) -> Iterator[Finding]:
    """One id, one model, the role before anything else, one finish_reason a choice, one growing usage, nothing after [DONE]."""
    stream = read(exchange)
    if stream.error is not None:
        yield from no_error(stream)
        return
    yield from all_readable(stream)
    chunks = stream.bodies
    for number, chunk in enumerate(chunks):
        if get(chunk, "object") != CHUNK:
            yield violation(
                f"chunk {number} is something else", expected=CHUNK, actual=get(chunk, "object"), path="object"
            )
            return
    yield from _named(chunks)
    yield from _choices(chunks)
    yield from _usage(chunks)
    if stream.after_done is None:
        yield observation("the end", "no [DONE]")
    elif stream.after_done:
        yield violation("data after [DONE]", expected="[DONE] last", actual=f"{stream.after_done} more events")


def _named(chunks: list[Any]) -> Iterator[Finding]:
    """All chunks share one id, and one model if any names one."""
    for name in ("id", "model"):
        values = [get(chunk, name) for chunk in chunks]
        nameless = [number for number, value in enumerate(values) if not (value and isinstance(value, str))]
        if chunks and len(nameless) == len(chunks):
            if name == "id":
                yield violation("no chunk has an id", expected="one id in all", actual=values[0], path=name)
        elif nameless:
            yield violation(
                f"chunk {nameless[0]} has no {name}, which others have", expected=f"one {name} in all",
                actual=values[nameless[0]], path=name,
            )  # fmt: skip
        yield from constant(name, values)


def _choices(chunks: list[Any]) -> Iterator[Finding]:
    pieces = list(_pieces(chunks))
    if not pieces:
        yield violation("no choice in the stream", expected="at least one", actual="none", path="choices")
    for number, _, choice in pieces:
        if not isinstance(delta := get(choice, "delta"), dict):
            yield violation(
                f"chunk {number}: a choice without a delta", expected="an object", actual=delta, path="choices.delta"
            )
    for index in dict.fromkeys(index for _, index, _ in pieces):
        of_choice = [(number, choice) for number, other, choice in pieces if other == index]
        yield from _role(index, [choice for _, choice in of_choice])
        yield from _end(index, of_choice)


def _pieces(chunks: list[Any]) -> Iterator[tuple[int, int | None, Any]]:
    """Each choice of each chunk: the number of the chunk, the index of the choice, and itself."""
    for number, chunk in enumerate(chunks):
        listed = get(chunk, "choices")
        for choice in listed if isinstance(listed, list) else []:
            yield number, integer(get(choice, "index")), choice


def _says(choice: Any) -> bool:
    return any(get(choice, f"delta.{member}") not in EMPTY for member in CONTENT_MEMBERS)


def _role(index: int | None, choices: list[Any]) -> Iterator[Finding]:
    """The role, if any is told, is the assistant's and comes with the first words or before them."""
    roles = [get(choice, "delta.role") for choice in choices]
    if all(role in EMPTY for role in roles):
        yield observation("the role", f"choice {index} tells none")
        return
    first = next(at for at, role in enumerate(roles) if role not in EMPTY)
    strange = [role for role in roles if role not in EMPTY and role != "assistant"]
    if strange or any(map(_says, choices[:first])):
        yield violation(
            f"choice {index} has another role" if strange else f"choice {index} does not begin with its role",
            expected="assistant, if any role", actual=[*strange, roles[first]][0], path="choices.delta.role",
        )  # fmt: skip


def _end(index: int | None, choices: list[tuple[int, Any]]) -> Iterator[Finding]:
    ends = 0
    for number, choice in choices:
        if ends and _says(choice):
            yield violation(
                f"chunk {number} says more after the end", expected="nothing", actual=choice, path="choices.delta"
            )
        ends += get(choice, "finish_reason") not in (ABSENT, None)
    if ends != 1:
        yield violation(
            f"choice {index} does not end once", expected="exactly one finish_reason", actual=f"{ends} of them",
            path="choices.finish_reason",
        )  # fmt: skip


def _usage(chunks: list[Any]) -> Iterator[Finding]:
    """Usage may stand in each chunk, with nulls or growing: the prompt stays what it is, and the last one is whole."""
    usages = _usages(chunks)
    given_usages = (get(chunk, "usage") for chunk in chunks)
    if strange := [usage for usage in given_usages if usage is not ABSENT and not isinstance(usage, dict | None)]:
        yield violation("usage is something else", expected="an object, or null", actual=strange[0], path="usage")
    for key in CHAT_KEYS:
        path = f"usage.{key}"
        counts = [count for usage in usages if (count := integer(get(usage, key))) is not None]
        if shrunk := next((pair for pair in pairwise(counts) if pair[1] < pair[0]), None):
            yield violation(f"{path} shrinks within the stream", expected="never less", actual=list(shrunk), path=path)
        elif key == "prompt_tokens":
            yield from constant(path, [count for count in counts if count])  # 0 where it is not known yet
    ended = any(get(choice, "finish_reason") not in EMPTY for _, _, choice in _pieces(chunks))
    if ended and (lacking := [key for key in CHAT_KEYS if usages and integer(get(usages[-1], key)) is None]):
        yield violation(
            f"the last usage lacks {', '.join(lacking)}", expected="counts", actual=usages[-1], path="usage"
        )


def _usages(chunks: list[Any]) -> list[dict[str, Any]]:
    return [usage for chunk in chunks if isinstance(usage := get(chunk, "usage"), dict)]


def usage_is_reported(exchange: Exchange, whole: Any) -> Iterator[Finding]:
    """How a stream tells its usage is open: recorded. What it tells of the prompt is what the `whole` answer tells."""
    chunks = read(exchange).bodies
    reported = [number for number, chunk in enumerate(chunks) if isinstance(get(chunk, "usage"), dict)]
    yield observation("usage in the stream", f"in chunks {reported} of {len(chunks)}" if reported else "none")
    taken = integer(get(whole, "usage.prompt_tokens"))
    there = get(chunks[reported[-1]], "usage.prompt_tokens") if reported else None
    if reported and taken is not None and integer(there) != taken:
        yield warning("the stream counts another prompt", expected=taken, actual=there, path="usage.prompt_tokens")


def reasoning_deltas(exchange: Exchange, whole: Any = None) -> Iterator[Finding]:
    """A delta's content is a string, a list of blocks, or null; the text adds up to some; a signature comes once, if ever.

    Reasoning that was asked for stands apart from the text, and is shown if the `whole` answer shows it.
    """
    stream = read(exchange)
    if message := stream_error(stream):
        raise Undecided(message)
    deltas = _deltas(stream.bodies)
    members = ((name, get(chunk, f"choices.0.delta.{name}")) for chunk in stream.bodies for name in REASONING_MEMBERS)
    beside = {name for name, value in members if value not in EMPTY}
    if "reasoning" not in block_types(*deltas) and not beside:
        yield _without_reasoning(text(exchange), whole)
        return
    kinds = Counter[str]()
    for number, content in enumerate(deltas):
        if content is not ABSENT and not isinstance(content, str | list | None):
            yield warning(f"chunk {number}: content of another kind", expected="string, list or null", actual=content)
        kinds["absent" if content is ABSENT else type(content).__name__] += 1
    yield observation("delta content", ", ".join(f"{kind} {count}" for kind, count in sorted(kinds.items())))
    yield from _signatures(deltas)
    if not text(exchange):
        yield warning("no text in the stream", expected="text", actual="reasoning at the most")
    if beside:
        yield observation("reasoning beside the content", ", ".join(sorted(beside)))


def _without_reasoning(said: str, whole: Any) -> Finding:
    expected = "reasoning in blocks of its own"
    if holds_reasoning_tags(said):
        return violation("reasoning stands inside the text, as tags", expected=expected, actual=said)
    if "reasoning" in block_types(get(whole, "choices.0.message.content")):
        return violation("the stream shows no reasoning, and the whole answer does", expected=expected, actual=said)
    return inapplicable("no reasoning is shown in the stream")


def _signatures(deltas: list[Any]) -> Iterator[Finding]:
    """A signature is a string; it may come in pieces, after empty ones, but not twice."""
    seen = list[str]()
    for number, content in enumerate(deltas):
        given = [signature for summary in _summaries(content) if (signature := get(summary, "signature")) is not ABSENT]
        if strange := [signature for signature in given if not isinstance(signature, str | None)]:
            yield warning(f"chunk {number}: a signature of another kind", expected="a string", actual=strange[0])
        seen += [signature for signature in given if isinstance(signature, str)]
    signatures = [signature for signature in seen if signature]
    if repeated := [signature for signature, times in Counter(signatures).items() if times > 1]:
        yield warning("a signature comes more than once", expected="once", actual=repeated[0])
    elif seen and not signatures:
        yield warning(
            "the signature is empty to the end", expected="a signature, or none", actual=f"{len(seen)} empty ones"
        )
    yield observation("signatures", len(signatures))


def _summaries(content: Any) -> Iterator[Any]:
    for block in content if isinstance(content, list) else []:
        summary = get(block, "summary")
        yield from summary if isinstance(summary, list) else []


def summarise(exchange: Exchange) -> AnswerSummary:
    """What the chunks of the first choice say together. Raises `Undecided` if the stream ends in an error."""
    stream = read(exchange)
    if message := stream_error(stream):
        raise Undecided(message)
    chunks = stream.bodies
    reasons = [reason for chunk in chunks if isinstance(reason := get(chunk, "choices.0.finish_reason"), str)]
    usages = _usages(chunks)
    keys = usage_keys(usages[-1], USAGE) if usages else ()
    return AnswerSummary(block_types(*_deltas(chunks)), reasons[-1] if reasons else "", keys, text(exchange))


def _deltas(chunks: list[Any]) -> list[Any]:
    return [get(chunk, "choices.0.delta.content") for chunk in chunks]


def text(exchange: Exchange) -> str:
    """The text of the first choice, put together from its deltas."""
    return "".join(text_of(get(chunk, "choices.0.delta.content")) for chunk in read(exchange).bodies)
