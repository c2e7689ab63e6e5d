"""A Gemini stream: each event a GenerateContentResponse, the last one with the reason of the end and the totals."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from conformance.checks import gemini
from conformance.checks.event_stream import read, stream_error
from conformance.checks.findings import ABSENT, Finding, Undecided, get, integer, observation, violation
from conformance.checks.gemini import block_reason, has_parts, text_of
from conformance.checks.same import AnswerSummary
from conformance.checks.schema import schema_violations
from conformance.checks.streams import all_readable, no_error
from conformance.checks.usage import gemini_adds_up, snake_case_usage
from conformance.wire.exchange import Exchange, NotJson, parse_json


def order(exchange: Exchange) -> Iterator[Finding]:
    """Events fit the spec, candidate indices are stable, each candidate ends once, the last event has the total usage."""
    stream = read(exchange)
    if stream.error is not None:
        yield from no_error(stream)
        return
    yield from all_readable(stream)
    bodies = stream.bodies
    if not bodies:
        return
    for body in bodies:
        yield from schema_violations(body, "gemini", "GenerateContentResponse")
    if blocked := next((reason for body in bodies if (reason := block_reason(body))), ""):
        raise Undecided(f"the prompt was blocked: {blocked}")
    yield from _candidates(bodies, _asked(exchange))
    yield from _usage(bodies)
    yield observation("events", len(bodies))


def _candidates(bodies: list[Any], asked: int) -> Iterator[Finding]:
    if _ends_in_each_event(bodies):
        yield observation("finishReason", "in each event, as older models send it")
        return
    ends, seen, strange = Counter[int](), set[int](), list[Any]()
    for number, body in enumerate(bodies):
        listed = get(body, "candidates")
        for candidate in listed if isinstance(listed, list) else []:
            given_index = get(candidate, "index")
            index = 0 if given_index is ABSENT else integer(given_index)
            if index is None or not 0 <= index < asked:
                strange.append(given_index)
                index = 0
            seen.add(index)
            if ends[index] and has_parts(candidate):
                yield violation(
                    f"event {number} says more after the finishReason", expected="nothing", actual=candidate,
                    path="candidates.content",
                )  # fmt: skip
            ends[index] += isinstance(get(candidate, "finishReason"), str)
    if strange:
        expected = "0 or absent" if asked == 1 else f"less than {asked}"
        yield violation("the candidate index changes", expected=expected, actual=strange, path="candidates.index")
    for index in sorted(seen or {0}):
        if not ends[index]:
            yield violation(
                "the last candidate has no finishReason", expected="a reason", actual="absent",
                path="candidates.0.finishReason",
            )  # fmt: skip
        elif ends[index] > 1:
            yield violation(
                f"candidate {index} ends more than once", expected="one finishReason", actual=f"{ends[index]} of them",
                path="candidates.0.finishReason",
            )  # fmt: skip


def _ends_in_each_event(bodies: list[Any]) -> bool:
    """Whether each event holds one candidate, with parts and a reason: the last one is the end."""
    pieces = [get(body, "candidates") for body in bodies if get(body, "candidates") is not ABSENT]
    return len(pieces) > 1 and all(
        isinstance(one, list) and len(one) == 1 and has_parts(one[0]) and isinstance(get(one[0], "finishReason"), str)
        for one in pieces
    )


def _usage(bodies: list[Any]) -> Iterator[Finding]:
    last = bodies[-1]
    if misnamed := next((words for body in reversed(bodies) if (words := snake_case_usage(body))), ""):
        yield violation(misnamed, expected="the names that clients read", actual=last, path="usageMetadata")
    elif get(last, "usageMetadata") is ABSENT:
        yield violation(
            "the last event has no usageMetadata", expected="the totals", actual="absent", path="usageMetadata"
        )
    else:
        yield from gemini_adds_up(last)


def _asked(exchange: Exchange) -> int:
    """How many candidates the request asked for."""
    try:
        count = integer(get(parse_json(exchange.request.body), "generationConfig.candidateCount"))
    except NotJson:
        count = None
    return max(count or 1, 1)


def text(exchange: Exchange) -> str:
    """The text of the first candidate, put together from its events."""
    return "".join(text_of(body) for body in read(exchange).bodies)


def summarise(exchange: Exchange) -> AnswerSummary:
    """What the events say together. Raises `Undecided` if the stream ends in an error."""
    stream = read(exchange)
    if message := stream_error(stream):
        raise Undecided(message)
    return gemini.summarise(*stream.bodies)
