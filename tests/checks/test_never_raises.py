"""No check ever breaks on an answer: any JSON, any bytes, and realistic answers with one place gone wrong."""

import random
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from conformance.checks.findings import collect
from conformance.checks.verdicts import judge
from conformance.wire.exchange import MAX_JSON_DEPTH, NotJson, parse_json

from .every import BODY_CHECKS, EXCHANGE_CHECKS
from .samples import (
    CHAT,
    CHUNKS,
    EVENTS,
    GEMINI,
    GEMINI_EVENTS,
    REASONING,
    RESPONSE,
    TEXT,
    THINKING,
    answered,
    bytes_of,
    chunk,
    streamed,
    unanswered,
)  # fmt: skip

NUMBERS = st.one_of(
    st.integers(), st.floats(), st.sampled_from([0, -1, 2**63, 10**400, 10**4299, 1e308, -1e308, float("inf")])
)
WORDS = st.one_of(
    st.text(st.characters(codec="utf-8"), max_size=8),
    st.sampled_from(["stop", "assistant", "reasoning", "text", "message", "STOP", "response.completed", "x" * 500]),
)
LEAVES = st.one_of(st.none(), st.booleans(), NUMBERS, WORDS)
JSON = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3))
PATCH = {"type": "apply_patch_call", "operation": {"type": "create_file"}}
PATCHING = {**RESPONSE, "output": [PATCH]}
NAMES = ["chat", "thinking", "responses", "patching", "gemini", "chunk", "delta", "completed"]
ANSWERS = [CHAT, THINKING, RESPONSE, PATCHING, GEMINI, CHUNKS[1], EVENTS[6], EVENTS[-1]]
THINKING_CHUNKS = [*CHUNKS[:1], chunk({"content": [REASONING]}), chunk({"content": [TEXT]}), *CHUNKS[3:]]
STREAMS = [CHUNKS, THINKING_CHUNKS, EVENTS, GEMINI_EVENTS]
DEEP: Any = {"type": "deep"}
for _ in range(MAX_JSON_DEPTH // 4):
    DEEP = [{"summary": DEEP}]
HOSTILE = [None, True, -0.5, "x", "", [], {}, ["x", None], [[], {}], {"type": [], "text": {}}, DEEP]
"""What stands where something else is expected."""


def places(node: Any, way: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The way to every node of a JSON value."""
    yield way
    members = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in members:
        yield from places(value, (*way, key))


def replaced(node: Any, way: tuple[Any, ...], value: Any) -> Any:
    """`node` with another value at the end of `way`."""
    if not way:
        return value
    copy = dict(node) if isinstance(node, dict) else list(node)
    copy[way[0]] = replaced(node[way[0]], way[1:], value)
    return copy


@st.composite
def mutated(draw: st.DrawFn, answer: Any) -> Any:
    """A realistic answer in which one or two nodes are something else."""
    for _ in range(draw(st.integers(1, 2))):
        answer = replaced(answer, draw(st.sampled_from(list(places(answer)))), draw(JSON))
    return answer


def judged_by_all(checks: dict[str, Any], subject: Any) -> None:
    for name, check in checks.items():
        found = collect(check(subject))
        assert all(isinstance(text, str) for finding in found for text in vars(finding).values()), name
        assert all(len(finding.actual) <= 200 and len(finding.expected) <= 200 for finding in found), name
        assert judge("MUST", found) in ("passed", "failed", "warned", "inconclusive", "not_applicable")


@given(JSON)
def test_any_json(body: Any) -> None:
    judged_by_all(BODY_CHECKS, body)
    judged_by_all(EXCHANGE_CHECKS, answered(bytes_of(body)))


@given(st.sampled_from(ANSWERS).flatmap(mutated))
def test_a_realistic_answer_with_something_else_in_it(body: Any) -> None:
    judged_by_all(BODY_CHECKS, body)


@pytest.mark.parametrize("body", ANSWERS, ids=NAMES)
def test_a_realistic_answer_with_another_kind_of_value_anywhere(body: Any) -> None:
    for way in places(body):
        for value in HOSTILE:
            judged_by_all(BODY_CHECKS, replaced(body, way, value))


@pytest.mark.parametrize("body", ANSWERS, ids=NAMES)
def test_a_realistic_answer_with_a_member_missing(body: Any) -> None:
    for way in places(body):
        if way and isinstance(way[-1], str):
            smaller = replaced(body, way, None)
            parent = smaller
            for part in way[:-1]:
                parent = parent[part]
            del parent[way[-1]]
            judged_by_all(BODY_CHECKS, smaller)


@pytest.mark.parametrize("bodies", STREAMS, ids=["chat", "thinking", "responses", "gemini"])
def test_a_realistic_stream_with_another_kind_of_value_anywhere(bodies: Any) -> None:
    for way in places(bodies):
        for value in HOSTILE:
            events = replaced(bodies, way, value)
            judged_by_all(EXCHANGE_CHECKS, streamed(*events if isinstance(events, list) else [events]))


@given(st.sampled_from(STREAMS).flatmap(mutated))
def test_a_realistic_stream_with_something_else_in_it(bodies: Any) -> None:
    events = bodies if isinstance(bodies, list) else [bodies]
    judged_by_all(EXCHANGE_CHECKS, streamed(*events))


@given(st.binary(max_size=200), st.sampled_from([200, 400, 401, 404, 429, 500]))
@example(b"data: \xff\n\n", 200)
@example(b"data: {}\n\ndata: [DONE]\n\n", 200)
@example(b'{"error":{"message":' + b"9" * 4000 + b"}}", 400)
def test_any_bytes(body: bytes, status: int) -> None:
    for media_type in ("application/json", "text/event-stream"):
        judged_by_all(EXCHANGE_CHECKS, answered(body, status, media_type))


@given(st.integers(0, 2**32), st.integers(1, 40))
def test_a_stream_with_bytes_gone_wrong(seed: int, count: int) -> None:
    rng = random.Random(seed)
    exchange = streamed(*rng.choice(STREAMS))
    assert exchange.response
    data = bytearray(exchange.response.body)
    for _ in range(count):
        data[rng.randrange(len(data))] = rng.randrange(256)
    judged_by_all(EXCHANGE_CHECKS, answered(bytes(data), media_type="text/event-stream"))


@pytest.mark.parametrize("levels", [1, MAX_JSON_DEPTH - 20, MAX_JSON_DEPTH, MAX_JSON_DEPTH + 1, 900, 50_000])
@pytest.mark.parametrize(
    ("opening", "closing"), [(b"[", b"]"), (b'{"choices":', b"}"), (b'{"error":{"message":', b"}}")]
)
def test_deep_nesting(levels: int, opening: bytes, closing: bytes) -> None:
    data = opening * levels + b"7" + closing * levels
    judged_by_all(EXCHANGE_CHECKS, answered(data))
    judged_by_all(EXCHANGE_CHECKS, answered(b"data: " + data, media_type="text/event-stream"))
    try:
        body = parse_json(data)
    except NotJson:
        assert levels * opening.count(b"{") > MAX_JSON_DEPTH or levels > MAX_JSON_DEPTH
    else:
        judged_by_all(BODY_CHECKS, body)
        for content in ({"type": "reasoning", "summary": [body]}, {"type": body}, {"type": "text", "text": body}):
            judged_by_all(BODY_CHECKS, {"choices": [{"message": {"content": [content]}}]})
        judged_by_all(BODY_CHECKS, {"output": [{"type": body}], "status": body, "usage": body, "model": body})
        judged_by_all(BODY_CHECKS, {"candidates": [{"content": {"parts": [body]}, "finishReason": body}]})


def test_no_answer_at_all() -> None:
    judged_by_all(EXCHANGE_CHECKS, unanswered())
    judged_by_all(EXCHANGE_CHECKS, unanswered("ReadError: ", dropped=True))
