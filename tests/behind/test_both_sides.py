"""The two sides of an exchange, in the shapes that real proxies give them: what is lost is told, and nothing else."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from conformance.checks.both_sides import both_sides, crossed
from conformance.checks.findings import Finding
from conformance.checks.request_parts import parts_of
from conformance.wire.exchange import Chunk, Exchange, Request, Response, UpstreamExchange, UpstreamSide

CHAT, RESPONSES = "/v1/chat/completions", "/v1/responses"
GEMINI, GEMINI_STREAM = (
    "/v1beta/models/gemini-3-1-pro:generateContent",
    "/v1beta/models/gemini-3-1-pro:streamGenerateContent",
)
SAYS_HELLO = {"messages": [{"role": "user", "content": "Say hello."}], "max_tokens": 32}
THOUGHT, SIGNATURE = "It is polite.", "c2lnbmVk"
PAUSE_S = 0.03


def whole(
    path: str, asked: Any, answered: Any, status: int = 200, headers: Mapping[str, str] | None = None
) -> Exchange:
    """One side, with an answer that is no stream."""
    given = {"content-type": "application/json", **(headers or {})}
    return Exchange(_request(path, asked), Response(status, given, (Chunk(json.dumps(answered).encode(), 0.0),)))


def streamed(path: str, asked: Any, events: Sequence[Any], times: Sequence[float] | None = None) -> Exchange:
    """One side, with a stream: each event at its time."""
    lines = [f"data: {one if isinstance(one, str) else json.dumps(one)}\n\n".encode() for one in events]
    at = times or [PAUSE_S * number for number in range(len(lines))]
    chunks = tuple(Chunk(line, when) for line, when in zip(lines, at, strict=True))
    return Exchange(_request(path, asked), Response(200, {"content-type": "text/event-stream"}, chunks))


def found(front: Exchange, *behind: Exchange, **side: Any) -> dict[str, list[Finding]]:
    """What the two sides show, by requirement."""
    seen = UpstreamSide(asked=tuple(UpstreamExchange(one, 0.0) for one in behind), **side)
    rows: dict[str, list[Finding]] = {}
    for requirement, finding in both_sides(replace(front, upstream=seen), {}):
        rows.setdefault(requirement, []).append(finding)
    return rows


def kinds(rows: Mapping[str, Sequence[Finding]], requirement: str) -> set[str]:
    """The kinds of what was found about a requirement."""
    return {finding.kind for finding in rows.get(requirement, ())}


def broken(rows: Mapping[str, Sequence[Finding]]) -> set[str]:
    """The requirements of which something is broken."""
    return {name for name in rows if "violation" in kinds(rows, name)}


def _request(path: str, asked: Any) -> Request:
    return Request("POST", f"http://gateway.invalid{path}", {}, json.dumps(asked).encode())


def chat(**message: Any) -> dict[str, Any]:
    """An answer on chat."""
    said = {"role": "assistant", "content": "Hello.", **message}
    usage = {"prompt_tokens": 4, "completion_tokens": 30, "total_tokens": 34, "cache_read_input_tokens": 0}
    return {"id": "c1", "choices": [{"index": 0, "message": said, "finish_reason": "stop"}], "usage": usage}


def gemini(*parts: Any, **usage: int) -> dict[str, Any]:
    """An answer on Gemini."""
    counts = {"promptTokenCount": 4, "candidatesTokenCount": 30, "totalTokenCount": 34, **usage}
    candidate = {"content": {"role": "model", "parts": list(parts) or [{"text": "Hello."}]}, "finishReason": "STOP"}
    return {"candidates": [candidate], "usageMetadata": counts}


def pieces(number: int, *, usage: Any = None) -> list[Any]:
    """The events of a stream on chat with so many pieces of text."""
    deltas = [{"id": "c1", "choices": [{"index": 0, "delta": {"content": f"word {at} "}}]} for at in range(number)]
    end: list[Any] = [{"id": "c1", "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}]
    return [*deltas, *end, *([{"id": "c1", "choices": [], "usage": usage}] if usage else []), "[DONE]"]


ASKS_GEMINI = {"contents": [{"role": "user", "parts": [{"text": "Say hello."}]}]}
DECLARED = {"name": "get_weather", "parameters": {"type": "object"}}
TOOLS_GEMINI = {**ASKS_GEMINI, "tools": [{"functionDeclarations": [DECLARED]}]}
TOOLS_CHAT = {**SAYS_HELLO, "tools": [{"type": "function", "function": DECLARED}]}
CALL = {"id": "call_1", "type": "function", "function": {"name": "get_weather", "arguments": '{"city":"Paris"}'}}
USAGE = {"prompt_tokens": 4, "completion_tokens": 30, "total_tokens": 34, "cache_read_input_tokens": 0}


# What of a request is the same, however it is written


def test_the_order_of_members_about_tools_does_not_matter() -> None:
    tools = [{"type": "function", **DECLARED}]
    asked = {"input": "Say hello.", "tools": tools, "tool_choice": "required"}
    sent = {"tool_choice": "required", "tools": tools, "input": "Say hello."}
    rows = found(whole(RESPONSES, asked, {}), whole(RESPONSES, sent, {}))
    assert kinds(rows, "PROXY-REQ-TOOLS") == {"observation"}
    del sent["tool_choice"]
    assert "PROXY-REQ-TOOLS" in broken(found(whole(RESPONSES, asked, {}), whole(RESPONSES, sent, {})))


@pytest.mark.parametrize(
    ("name", "value", "kind"), [("n", 1, "observation"), ("n", 2, "violation"), ("seed", 1, "violation")]
)
def test_a_parameter_by_the_value_that_counts_without_it_changes_nothing(name: str, value: int, kind: str) -> None:
    rows = found(whole(CHAT, SAYS_HELLO, chat()), whole(CHAT, {**SAYS_HELLO, name: value}, chat()))
    assert kinds(rows, "PROXY-REQ-ADDED") == {kind}


def test_reasoning_beside_the_content_is_reasoning() -> None:
    block = {"type": "reasoning", "summary": [{"type": "summary_text", "text": THOUGHT, "signature": SIGNATURE}]}
    inside = {"role": "assistant", "content": [block, {"type": "text", "text": "Hello."}]}
    beside = {
        "role": "assistant", "content": "Hello.", "reasoning_content": THOUGHT,
        "thinking_blocks": [{"type": "thinking", "thinking": THOUGHT, "signature": SIGNATURE}],
    }  # fmt: skip
    without = {"role": "assistant", "content": "Hello."}
    asked = [{"messages": [message]} for message in (inside, beside, without)]
    first, second = (parts_of(_request(CHAT, body)) for body in asked[:2])
    assert first
    assert second
    assert first.reasoning == second.reasoning == [f"text {THOUGHT}", f"signature {SIGNATURE}"]
    assert not second.beside
    rows = found(whole(CHAT, asked[1], chat()), whole(CHAT, asked[2], chat()))
    assert "PROXY-REQ-REASONING" in broken(rows)


# What of an answer is the same


def test_signatures_beside_the_content_have_arrived() -> None:
    block = {"type": "reasoning", "summary": [{"type": "summary_text", "text": THOUGHT, "signature": SIGNATURE}]}
    given = chat(content=[block, {"type": "text", "text": "Hello."}])
    beside = {"type": "thinking", "thinking": THOUGHT, "signature": SIGNATURE}
    got = chat(reasoning_content=THOUGHT, thinking_blocks=[beside])
    rows = found(whole(CHAT, SAYS_HELLO, got), whole(CHAT, SAYS_HELLO, given))
    assert not broken(rows)
    got = chat(reasoning_content=THOUGHT)
    assert broken(found(whole(CHAT, SAYS_HELLO, got), whole(CHAT, SAYS_HELLO, given))) == {"PROXY-ANS-REASONING"}


@pytest.mark.parametrize(("city", "is_broken"), [("Paris", False), ("Rome", True)])
def test_a_call_is_compared_by_what_it_is_called_with(city: str, *, is_broken: bool) -> None:
    """Chat has it as a text of JSON, Gemini as an object."""
    got = gemini({"functionCall": {"name": "get_weather", "args": {"city": city}}})
    rows = found(whole(GEMINI, TOOLS_GEMINI, got), whole(CHAT, TOOLS_CHAT, chat(content=None, tool_calls=[CALL])))
    assert ("PROXY-ANS-CALLS" in broken(rows)) == is_broken


@pytest.mark.parametrize(
    ("candidates", "thoughts", "is_broken"), [(30, 0, False), (6, 24, False), (6, 0, True), (31, 0, True)]
)
def test_thoughts_may_be_counted_beside_the_output(candidates: int, thoughts: int, *, is_broken: bool) -> None:
    got = gemini(candidatesTokenCount=candidates, **({"thoughtsTokenCount": thoughts} if thoughts else {}))
    rows = found(whole(GEMINI, ASKS_GEMINI, got), whole(CHAT, SAYS_HELLO, chat()))
    assert ("PROXY-ANS-USAGE" in broken(rows)) == is_broken


@pytest.mark.parametrize("asks", [True, False])
def test_a_stream_of_chat_need_not_tell_usage_unasked(*, asks: bool) -> None:
    asked = {**SAYS_HELLO, "stream": True, **({"stream_options": {"include_usage": True}} if asks else {})}
    rows = found(streamed(CHAT, asked, pieces(3)), streamed(CHAT, asked, pieces(3, usage=USAGE)))
    assert broken(rows) == ({"PROXY-ANS-USAGE", "PROXY-ANS-MEMBERS"} if asks else set())


def test_of_a_stream_that_is_empty_all_is_lost() -> None:
    asked = {**SAYS_HELLO, "stream": True}
    rows = found(streamed(CHAT, asked, []), streamed(CHAT, asked, pieces(3)))
    assert {"PROXY-ANS-TEXT", "PROXY-ANS-FINISH"} <= broken(rows)


def test_a_stream_of_gemini_that_is_a_list_is_read() -> None:
    asked = {**SAYS_HELLO, "stream": True}
    parts = [gemini({"text": "word 0 "}), gemini({"text": "word 1 "})]
    rows = found(streamed(CHAT, asked, pieces(2)), whole(GEMINI_STREAM, ASKS_GEMINI, parts))
    assert kinds(rows, "PROXY-ANS-TEXT") == {"observation"}
    assert "PROXY-STREAM-PACE" not in broken(rows)


# Streams


def test_a_stream_from_a_whole_answer_is_made_up() -> None:
    """Its pieces come one by one, but none came before the last was made."""
    answer = chat(content="word 0 word 1 ")
    rows = found(streamed(CHAT, {**SAYS_HELLO, "stream": True}, pieces(2)), whole(CHAT, SAYS_HELLO, answer))
    assert kinds(rows, "PROXY-STREAM-PACE") == {"violation"}
    assert kinds(rows, "PROXY-STREAM-EVENTS") == kinds(rows, "PROXY-ERR-TOLD") == {"inapplicable"}
    assert kinds(rows, "PROXY-ANS-MEMBERS") == {"inapplicable"}


@pytest.mark.parametrize(
    ("lump", "kind"), [(1, "observation"), (2, "observation"), (8, "violation")], ids=["alone", "in pairs", "in eights"]
)
def test_pieces_that_come_in_lumps_are_held_back(lump: int, kind: str) -> None:
    """The first lump comes early enough: it is those after it that show a buffer."""
    asked, made = {**SAYS_HELLO, "stream": True}, pieces(30)
    times = [PAUSE_S * number for number in range(len(made))]
    came = [PAUSE_S * (number // lump * lump + lump - 1) for number in range(len(made))]
    rows = found(streamed(CHAT, asked, made, came), streamed(CHAT, asked, made, times))
    assert kinds(rows, "PROXY-STREAM-PACE") == {kind}


# What goes wrong upstream


@pytest.mark.parametrize("status", [400, 500])
def test_a_stream_that_broke_off_may_be_told_as_an_error(status: int) -> None:
    """As by a proxy that reads the first pieces before it answers."""
    asked = {**SAYS_HELLO, "stream": True}
    rows = found(whole(CHAT, asked, {"error": {"message": "It broke."}}, status), streamed(CHAT, asked, pieces(2)[:2]))
    assert kinds(rows, "PROXY-ERR-TOLD") == {"observation"}
    assert not broken(rows)


def test_an_answer_that_arrives_as_an_error_is_broken() -> None:
    rows = found(whole(CHAT, SAYS_HELLO, {"error": {"message": "No."}}, 500), whole(CHAT, SAYS_HELLO, chat()))
    assert broken(rows) == {"PROXY-ERR-STATUS"}


# Caches


@pytest.mark.parametrize(("repeats", "is_broken"), [(True, False), (False, True)])
def test_a_cache_may_answer_what_it_has_asked_before(*, repeats: bool, is_broken: bool) -> None:
    rows = found(whole(CHAT, SAYS_HELLO, chat()), repeats=repeats)
    assert ("PROXY-CACHE" in broken(rows)) == is_broken


def test_of_requests_at_once_those_that_never_reach_the_upstream_say_so() -> None:
    front = replace(whole(CHAT, SAYS_HELLO, chat()), upstream=UpstreamSide())
    first = next(crossed([front], ["mark-000000"]))
    assert first.kind == "undecided"
    assert "not asked" in first.message


@pytest.mark.parametrize(("shown", "says"), [(None, "no credential"), (False, "the proxy's own credential")])
def test_without_a_credential_of_the_caller_that_of_the_proxy_is_told(shown: bool | None, says: str) -> None:
    exchange = whole(CHAT, SAYS_HELLO, chat())
    rows = found(exchange, exchange, passes_credential_on=shown)
    assert [finding.actual for finding in rows["PROXY-CREDENTIALS"]] == [says]
