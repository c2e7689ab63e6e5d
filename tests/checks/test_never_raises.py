"""No check ever breaks on an answer: any JSON, any bytes, and realistic answers with one place gone wrong."""

import random
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from conformance.checks import answers, chat, chat_stream, gemini, gemini_stream, reasoning, responses, streams, usage
from conformance.checks import responses_stream as typed_stream
from conformance.checks.findings import Finding, collect, get
from conformance.checks.findings import given as counted
from conformance.checks.schema import fits
from conformance.verdicts import judge
from conformance.wire.exchange import DEEPEST_JSON, Exchange, NotJson, parse_json

from .samples import (
    CHAT,
    CHUNKS,
    EVENTS,
    GEMINI,
    GEMINI_EVENTS,
    RESPONSE,
    THINKING,
    answered,
    bytes_of,
    streamed,
    unanswered,
)  # fmt: skip

EFFORTS = ("omitted", "none", "high")


def chat_cap(body: Any) -> Iterator[Finding]:
    """The cap as the case on chat reads it; so do the next two."""
    made, text = counted(body, "usage.completion_tokens", int), chat.text_of(get(body, "choices.0.message.content"))
    yield from usage.cap_is_kept(made, usage.reasoning_tokens(body), 32, "p", text=text, cut=False)


def responses_cap(body: Any) -> Iterator[Finding]:
    made, text = counted(body, "usage.output_tokens", int), responses.text(body)
    yield from usage.cap_is_kept(made, usage.reasoning_tokens(body), 32, "p", text=text, cut=False)


def gemini_cap(body: Any) -> Iterator[Finding]:
    yield from usage.cap_is_kept(gemini.counts(body)[1], 0, 32, "p", text=gemini.text_of(body), cut=False)


def looks_like(body: Any) -> Iterator[Finding]:
    """The default effort as its case reads it, from one answer that does as the body says."""
    told = {"omitted": usage.reasoning_tokens(body), "low": 64, "medium": usage.reasoning_tokens(body), "high": 300}
    yield from reasoning.default_looks_like("low", told)


def older_is_free(body: Any) -> Iterator[Finding]:
    """The cost of older reasoning as its case reads it."""
    yield from reasoning.older_reasoning_is_free(counted(body, "usage.prompt_tokens", int), 7)


BODY_CHECKS: dict[str, Callable[[Any], Iterable[Finding]]] = {
    "object": lambda body: chat.object_is(body, "chat.completion"),
    "choices": chat.choices,
    "finish_reason": chat.finish_reason,
    "identifier": chat.identifier,
    "created": lambda body: chat.created(answered(body, date="Sun, 22 Nov 2026 03:36:34 GMT"), body),
    "model": chat.model,
    "content_is_string": chat.content_is_string,
    "says_length": lambda body: chat.says_length(body, 1, 1),
    "documented_indices": reasoning.documented_indices,
    "block_types": reasoning.block_types,
    "signed": reasoning.signed,
    "has_text_and_thought": reasoning.has_text_and_thought,
    "reasoned": reasoning.reasoned,
    "did_not_reason": reasoning.did_not_reason,
    "default_is_none": lambda body: reasoning.default_is_none(dict.fromkeys(EFFORTS, usage.reasoning_tokens(body))),
    "default_looks_like": looks_like,
    "older_reasoning_is_free": older_is_free,
    "equals the whole": lambda body: chat_stream.equals_whole(streamed(*CHUNKS), body, body),
    "equals one of two": lambda body: chat_stream.equals_whole(streamed(*CHUNKS), CHAT, body),
    "responses.shape": lambda body: responses.shape(answered(body), body),
    "output_items": responses.output_items,
    "calls_custom_tool": lambda body: responses.calls_custom_tool(body, "code_exec"),
    "calls_apply_patch": responses.calls_apply_patch,
    "says_incomplete": lambda body: responses.says_incomplete(body, 1, 1),
    "text_path": gemini.text_path,
    "says_max_tokens": lambda body: gemini.says_max_tokens(body, 1, 1),
    "has_counts": usage.has_counts,
    "chat_adds_up": lambda body: usage.chat_adds_up(body, reasoning=True),
    "responses_adds_up": usage.responses_adds_up,
    "gemini_adds_up": usage.gemini_adds_up,
    "chat cap": chat_cap,
    "responses cap": responses_cap,
    "gemini cap": gemini_cap,
    "ChatCompletion": lambda body: fits(body, "chat", "ChatCompletion"),
    "ChatCompletionChunk": lambda body: fits(body, "chat", "ChatCompletionChunk"),
    "Response": lambda body: fits(body, "responses", "Response"),
    "ResponseStreamEvent": lambda body: fits(body, "responses", "ResponseStreamEvent"),
    "GenerateContentResponse": lambda body: fits(body, "gemini", "GenerateContentResponse"),
}
OK = answered(CHAT)
EXCHANGE_CHECKS: dict[str, Callable[[Exchange], Iterable[Finding]]] = {
    "accepted": answers.accepted,
    "accepted as a stream": lambda exchange: answers.accepted(exchange, streamed=True),
    "refused": lambda exchange: answers.refused(exchange, OK, naming="store"),
    "control": lambda exchange: answers.refused(OK, exchange),
    "recorded": lambda exchange: answers.recorded(exchange, "temperature"),
    "refused_or_recorded": lambda exchange: answers.refused_or_recorded(exchange, OK, "a tool"),
    "recorded with its control": lambda exchange: answers.refused_or_recorded(OK, exchange, "a tool"),
    "stable": lambda exchange: answers.stable([OK, exchange], "store"),
    "stable twice": lambda exchange: answers.stable([exchange, exchange], "store"),
    "no_server_error": lambda exchange: answers.no_server_error(exchange, "an empty body"),
    "error_is_readable": answers.error_is_readable,
    "gemini error": lambda exchange: answers.error_is_readable(exchange, ("google",), ("databricks",)),
    "unauthorised": answers.unauthorised,
    "json_content_type": chat.json_content_type,
    "is_event_stream": streams.is_event_stream,
    "chat order": chat_stream.order,
    "usage_is_reported": chat_stream.usage_is_reported,
    "equals_whole": lambda exchange: chat_stream.equals_whole(exchange, CHAT, CHAT),
    "equals thinking": lambda exchange: chat_stream.equals_whole(exchange, THINKING, THINKING),
    "delta_kinds": chat_stream.delta_kinds,
    "responses order": typed_stream.order,
    "gemini order": gemini_stream.order,
}

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
ANSWERS = [CHAT, THINKING, RESPONSE, PATCHING, GEMINI, CHUNKS[1], EVENTS[6], EVENTS[-1]]
STREAMS = [CHUNKS, EVENTS, GEMINI_EVENTS]


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


@pytest.mark.parametrize(
    "body", ANSWERS, ids=["chat", "thinking", "responses", "patching", "gemini", "chunk", "delta", "completed"]
)
def test_a_realistic_answer_with_a_member_missing(body: Any) -> None:
    for way in places(body):
        if way and isinstance(way[-1], str):
            smaller = replaced(body, way, None)
            parent = smaller
            for part in way[:-1]:
                parent = parent[part]
            del parent[way[-1]]
            judged_by_all(BODY_CHECKS, smaller)


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


@pytest.mark.parametrize("levels", [1, DEEPEST_JSON - 20, DEEPEST_JSON, DEEPEST_JSON + 1, 900, 50_000])
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
        assert levels * opening.count(b"{") > DEEPEST_JSON or levels > DEEPEST_JSON
    else:
        judged_by_all(BODY_CHECKS, body)
        judged_by_all(BODY_CHECKS, {"choices": [{"message": {"content": [{"type": "reasoning", "summary": [body]}]}}]})


def test_no_answer_at_all() -> None:
    judged_by_all(EXCHANGE_CHECKS, unanswered())
    judged_by_all(EXCHANGE_CHECKS, unanswered("ReadError: ", dropped=True))
