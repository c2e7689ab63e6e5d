"""A Gemini stream: each event a GenerateContentResponse, the last one with the reason of the end and the totals."""

from collections.abc import Iterator

from conformance.checks import gemini
from conformance.checks.findings import ABSENT, Finding, get, integer, observation, violation
from conformance.checks.gemini import text_of
from conformance.checks.same import AnswerSummary
from conformance.checks.schema import schema_violations
from conformance.checks.streams import all_readable, read
from conformance.checks.usage import gemini_adds_up
from conformance.wire.exchange import Exchange


def order(exchange: Exchange) -> Iterator[Finding]:
    """Events fit the spec, candidate indices are stable, the last has a finishReason and the total usage."""
    stream = read(exchange)
    yield from all_readable(stream)
    bodies = stream.bodies
    if not bodies:
        return
    for body in bodies:
        yield from schema_violations(body, "gemini", "GenerateContentResponse")
    indices = [get(body, "candidates.0.index") for body in bodies]
    if strange := [index for index in indices if index is not ABSENT and integer(index) != 0]:
        yield violation("the candidate index changes", expected="0 or absent", actual=strange, path="candidates.index")
    last = bodies[-1]
    # An event with usage alone may follow the one that ends the candidate.
    candidates = [get(body, "candidates.0") for body in bodies if get(body, "candidates.0") is not ABSENT]
    if not candidates or not isinstance(get(candidates[-1], "finishReason"), str):
        yield violation(
            "the last candidate has no finishReason",
            expected="a reason",
            actual="absent",
            path="candidates.0.finishReason",
        )
    if get(last, "usageMetadata") is ABSENT:
        yield violation(
            "the last event has no usageMetadata", expected="the totals", actual="absent", path="usageMetadata"
        )
    else:
        yield from gemini_adds_up(last)
    yield observation("events", len(bodies))


def text(exchange: Exchange) -> str:
    """The text of the first candidate, put together from its events."""
    return "".join(text_of(body) for body in read(exchange).bodies)


def summarise(exchange: Exchange) -> AnswerSummary:
    """What the events say together."""
    return gemini.summarise(*read(exchange).bodies)
