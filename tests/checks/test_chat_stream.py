"""Streams as such, and a chat stream as one answer: every rule broken by itself, and what real services do all the same."""

from typing import Any

import pytest

from conformance.checks import chat_stream
from conformance.checks.event_stream import read
from conformance.checks.findings import ABSENT, Undecided, collect
from conformance.checks.same import AnswerSummary
from conformance.checks.streams import constant, is_event_stream
from conformance.wire.exchange import NotJson, parse_json

from .samples import (
    CHAT,
    CHUNKS,
    GONE,
    REASONING,
    TEXT,
    THINKING,
    answered,
    bytes_of,
    change,
    chunk,
    judged,
    seen,
    streamed,
    told,
    unanswered,
)

FIRST, HEL, LO, STOP, USAGE = CHUNKS
EMPTY_FIRST = chunk({}, choices=[], id="", model="", prompt_filter_results=[])


def edited(number: int, path: str, value: Any) -> list[Any]:
    return [change(body, (path, value)) if at == number else body for at, body in enumerate(CHUNKS)]


def counting(*usages: tuple[int | None, ...]) -> list[Any]:
    """The chunks of the answer, each with these counts; a count that is left out at the end is absent."""
    keys = ("prompt_tokens", "completion_tokens", "total_tokens")
    return [
        {**body, "usage": dict(zip(keys, counts, strict=False))} for body, counts in zip(CHUNKS, usages, strict=False)
    ]


LEGAL = {
    "as documented": CHUNKS,
    "without a usage chunk": CHUNKS[:4],
    "usage with the last choice": [FIRST, HEL, LO, STOP | {"usage": CHAT["usage"]}],
    "usage null in all others": [*({**body, "usage": None} for body in CHUNKS[:4]), USAGE],
    "choices null in the usage chunk": edited(4, "choices", None),
    "choices absent in the usage chunk": edited(4, "choices", GONE),
    "an empty first chunk": [change(EMPTY_FIRST, ("id", FIRST["id"]), ("model", FIRST["model"])), *CHUNKS],
    "no role": edited(0, "choices.0.delta.role", GONE),
    "a role that is null": edited(0, "choices.0.delta.role", None),
    "a role after a chunk that says nothing": [change(FIRST, ("choices.0.delta", {})), *CHUNKS],
    "a time that moves": [{**body, "created": body["created"] + number} for number, body in enumerate(CHUNKS)],
    "no model": [change(body, ("model", GONE)) for body in CHUNKS],
    "the prompt in each chunk, the rest null": counting((7, None, None), (7, None, None), (7, None, None), (7, 74, 81)),
    "no total until the end": counting((7, None), (7, None), (7, None), (7, 74, 81)),
    "usage that grows": counting((7, 1, 8), (7, 2, 9), (7, 2, 9), (7, 3, 10)),
    "a prompt that is not counted at first": counting((0, 0, 0), (0, 1, 1), (7, 2, 9), (7, 3, 10)),
    "usage in each chunk alike": [{**body, "usage": CHAT["usage"]} for body in CHUNKS],
    "usage twice": [*CHUNKS, USAGE],
    "an error that is null": [{**body, "error": None} for body in CHUNKS],
    "a role in every chunk": [change(body, ("choices.0.delta.role", "assistant")) for body in CHUNKS[:4]],
    "no index": [change(body, ("choices.0.index", GONE)) for body in CHUNKS[:4]],
    "an index as a float": edited(1, "choices.0.index", 0.0),
    "content null at the end": edited(3, "choices.0.delta", {"content": None, "tool_calls": None}),
    "an empty delta after the end": [*CHUNKS[:4], chunk({"content": ""}), USAGE],
    "an empty list after the end": [*CHUNKS[:4], chunk({"content": [], "tool_calls": []}), USAGE],
    "blocks, then text": [FIRST, chunk({"content": [REASONING]}), chunk({"content": [TEXT]}), HEL, STOP],
    "two choices": [
        *CHUNKS[:3],
        *({**body, "choices": [body["choices"][0] | {"index": 1}]} for body in CHUNKS[:4]),
        STOP,
    ],
}


@pytest.mark.parametrize("bodies", LEGAL.values(), ids=LEGAL)
def test_legal_streams(bodies: list[Any]) -> None:
    assert told(is_event_stream(streamed(*bodies))) == []
    assert told(chat_stream.order(streamed(*bodies))) == []


BROKEN = {
    "an id in one chunk alone": ([change(body, ("id", GONE)) for body in CHUNKS[:3]] + CHUNKS[3:4], "id"),
    "an id in all but the last": (edited(4, "id", ""), "id"),
    "a model in all but the first": (edited(0, "model", ""), "model"),
    "a choice without a delta": (edited(3, "choices.0.delta", GONE), "choices.delta"),
    "a delta that is null": (edited(3, "choices.0.delta", None), "choices.delta"),
    "the role of another in each": (
        [change(body, ("choices.0.delta.role", "user")) for body in CHUNKS[:4]],
        "choices.delta.role",
    ),
    "another role": (edited(0, "choices.0.delta.role", "model"), "choices.delta.role"),
    "another role later": (edited(2, "choices.0.delta.role", "user"), "choices.delta.role"),
    "usage as a text": (edited(4, "usage", "81 tokens"), "usage"),
    "the role too late": ([HEL, FIRST, LO, STOP], "choices.delta.role"),
    "another object": (edited(2, "object", "chat.completion"), "object"),
    "no object": (edited(4, "object", GONE), "object"),
    "no id": ([change(body, ("id", GONE)) for body in CHUNKS], "id"),
    "an id that is null": ([change(body, ("id", None)) for body in CHUNKS], "id"),
    "an id without a character": ([change(body, ("id", "")) for body in CHUNKS], "id"),
    "an id that is a number": ([change(body, ("id", 7)) for body in CHUNKS], "id"),
    "another id": (edited(2, "id", "chatcmpl_2"), "id"),
    "another model": (edited(4, "model", "databricks-gpt-5"), "model"),
    "no end": ([FIRST, HEL, LO, USAGE], "choices.finish_reason"),
    "cut off": ([FIRST, HEL], "choices.finish_reason"),
    "two ends": ([FIRST, HEL, LO, STOP, STOP], "choices.finish_reason"),
    "two ends that differ": ([FIRST, HEL, chunk({}, "length"), STOP], "choices.finish_reason"),
    "text after the end": ([FIRST, HEL, STOP, LO], "choices.delta"),
    "a tool call after the end": ([FIRST, HEL, STOP, chunk({"tool_calls": [{"index": 0}]})], "choices.delta"),
    "a refusal after the end": ([FIRST, HEL, STOP, chunk({"refusal": "No."})], "choices.delta"),
    "reasoning after the end": ([FIRST, HEL, STOP, chunk({"reasoning_content": "Hm."})], "choices.delta"),
    "usage twice, and the second time otherwise": (
        [*CHUNKS, change(USAGE, ("usage.prompt_tokens", 14))],
        "usage.prompt_tokens",
    ),
    "a prompt that shrinks": (counting((7, 1, 8), (6, 2, 8), (6, 3, 9), (6, 3, 9)), "usage.prompt_tokens"),
    "a completion that shrinks": (counting((7, 2, 9), (7, 1, 9), (7, 3, 10), (7, 3, 10)), "usage.completion_tokens"),
    "no total at the end": (counting((7, 1, 8), (7, 2, 9), (7, 3, 10), (7, 3, None)), "usage"),
    "cut off while the usage is not known": (
        counting((7, None, None), (7, None, None), ())[:2],
        "choices.finish_reason",
    ),
    "no counts at the end": (edited(4, "usage", {}), "usage"),
    "no choice": ([USAGE], "choices"),
    "a second choice without an end": ([*edited(1, "choices.0.index", 1)], None),
}


@pytest.mark.parametrize(("bodies", "path"), BROKEN.values(), ids=BROKEN)
def test_broken_streams(bodies: list[Any], path: str | None) -> None:
    found = judged(chat_stream.order(streamed(*bodies)))
    if path is None:
        assert found == [("violation", "choices.finish_reason")]
    else:
        assert found == [("violation", path)]


@pytest.mark.parametrize(
    ("end", "violated"),
    [
        (b"data: [DONE]\n\n", False),
        (b"data:[DONE]\n\n", False),
        (b"data: [DONE]", False),
        (b": bye\n\n", False),
        (b"data: [DONE]\n\n: bye\n\n", False),
        (b"data: [DONE]\n\ndata: " + bytes_of(USAGE) + b"\n\n", True),
        (b"data: [DONE]\n\ndata: [DONE]\n\n", True),
        (b"data: [DONE]\n\ndata: none\n\n", True),
        (b"data: none\n\ndata: [DONE]\n\ndata: none\n\n", True),
    ],
)
def test_nothing_follows_done(end: bytes, violated: bool) -> None:
    findings = [
        found for found in told(chat_stream.order(streamed(*CHUNKS, end=end))) if "after [DONE]" in found.message
    ]
    assert [found.actual for found in findings] == ["1 more events"] * violated


def test_the_end_of_the_body_may_be_the_end() -> None:
    assert "no [DONE]" in seen(chat_stream.order(streamed(*CHUNKS, end=b"")))


@pytest.mark.parametrize(
    ("exchange", "kinds"),
    [
        (streamed(*CHUNKS), []),
        (streamed(*CHUNKS, end=b""), []),
        (streamed(end=b"event: ping\ndata: {}\n\n"), ["violation"]),  # nothing in it
        (streamed({}, FIRST), []),
        (streamed({"error": {"message": "429: slow down"}}), ["undecided"]),
        (answered(CHAT), ["violation"]),
        (answered(b"", media_type="text/event-stream"), ["violation"]),
        (streamed(), ["violation"]),  # [DONE] alone
        (streamed(b"Hello."), ["violation"]),
        (streamed(FIRST, b"\xff", b'{"a": NaN}'), ["violation", "violation"]),
        (streamed(b'{"a": "\xc3"}'), ["violation"]),  # half a character
        (streamed({"error": {"message": "overloaded"}}), ["violation"]),
        (streamed(FIRST, {"error": {"message": "overloaded"}}), []),  # what comes later, the order judges
        (answered(b"", 503), ["undecided"]),
        (unanswered(), ["undecided"]),
    ],
)
def test_event_stream(exchange: Any, kinds: list[str]) -> None:
    assert [found.kind for found in told(is_event_stream(exchange))] == kinds


def test_unreadable_events_are_told_by_their_number() -> None:
    exchange = streamed(FIRST, b"{", HEL, b"}")
    messages = ["event 1 is no JSON", "event 3 is no JSON"]
    assert [found.message for found in told(is_event_stream(exchange))] == messages
    assert [found.message for found in told(chat_stream.order(exchange))][:2] == messages
    assert read(exchange).bodies == [FIRST, HEL]
    with pytest.raises(NotJson) as why:
        parse_json(b"{")
    assert told(is_event_stream(exchange))[0].actual == str(why.value)


def test_an_error_at_the_beginning_is_told() -> None:
    (found,) = told(is_event_stream(streamed({"error": {"message": "overloaded"}}, HEL)))
    assert (found.message, found.path) == ("the stream ends in an error: overloaded", "error")
    (found,) = told(is_event_stream(streamed()))
    assert found.actual == "there is no event in the answer"


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        (["a", "a", ABSENT, "", None], None),
        ([], None),
        (["b", "a", "b"], "[\"'a'\", \"'b'\"]"),
        ([1, "1"], "[\"'1'\", '1']"),
        (["a", "b", "c", "d"], "[\"'a'\", \"'b'\", \"'c'\"]"),
    ],
)
def test_what_changes_within_a_stream_is_told_by_examples(values: list[Any], shown: str | None) -> None:
    found = collect(constant("id", values))
    assert [(each.kind, each.actual, each.path) for each in found] == ([("violation", shown, "id")] if shown else [])


def test_the_media_type_is_told() -> None:
    for media_type, actual in (("text/html", "text/html"), ("", "no content type")):
        (found,) = told(is_event_stream(answered(CHAT, media_type=media_type)))
        assert (found.expected, found.actual) == ("text/event-stream", actual)


def test_without_events_there_is_nothing_to_read() -> None:
    for exchange in (unanswered("broken pipe"), streamed(), answered(b": ping\n\n")):
        with pytest.raises(Undecided, match=exchange.failure or "there is no event in the answer"):
            read(exchange)
        assert [found.kind for found in collect(chat_stream.order(exchange))] == ["undecided"]


@pytest.mark.parametrize(
    ("bodies", "told_as"),
    [(CHUNKS, "in chunks [4] of 5"), (CHUNKS[:4], "none"), ([STOP | {"usage": None}], "none")],
)
def test_usage_is_recorded(bodies: list[Any], told_as: str) -> None:
    for whole in (CHAT, change(CHAT, ("usage", GONE)), None):
        assert told(chat_stream.usage_is_reported(streamed(*bodies), whole)) == []
        assert seen(chat_stream.usage_is_reported(streamed(*bodies), whole)) == [told_as]


@pytest.mark.parametrize(
    ("counts", "actual"),
    [
        ([{"prompt_tokens": 7}], None),
        ([{"prompt_tokens": 7.0}], None),
        ([{"prompt_tokens": 1}, {"prompt_tokens": 7}], None),  # the last one counts
        ([{"prompt_tokens": 8}], "8"),
        ([{"prompt_tokens": 7}, {"prompt_tokens": 6}], "6"),
        ([{"prompt_tokens": "7"}], "7"),
        ([{}], "absent"),
    ],
)
def test_a_stream_counts_the_same_prompt_as_the_whole(counts: list[Any], actual: str | None) -> None:
    exchange = streamed(*CHUNKS[:4], *({**USAGE, "usage": count} for count in counts))
    found = told(chat_stream.usage_is_reported(exchange, CHAT))
    assert [(each.kind, each.expected, each.actual, each.path) for each in found] == (
        [("warning", "7", actual, "usage.prompt_tokens")] if actual else []
    )
    assert told(chat_stream.usage_is_reported(exchange, change(CHAT, ("usage.prompt_tokens", None)))) == []


def signing(*signatures: Any, **fields: Any) -> Any:
    """A chunk with a reasoning summary for each of these signatures."""
    summaries = [{"type": "summary_text", "text": "", "signature": signature} for signature in signatures]
    return chunk({"content": [{"type": "reasoning", "summary": summaries}]} | fields)


UNSIGNED = chunk({"content": [{"type": "reasoning", "summary": [{"type": "summary_text", "text": "Hm."}]}]})


@pytest.mark.parametrize(
    ("bodies", "kinds", "signatures"),
    [
        ([FIRST, UNSIGNED, chunk({"content": None}), HEL, STOP], "NoneType 1, absent 1, list 1, str 2", 0),
        ([FIRST, signing("EqoB"), HEL], "list 1, str 2", 1),
        ([FIRST, signing(""), signing(""), signing("EqoB"), HEL], "list 3, str 2", 1),
        ([signing("Eq"), signing("oB"), HEL], "list 2, str 1", 2),  # in pieces, or of two blocks
        ([signing("Eq", "oB"), HEL], "list 1, str 1", 2),
        ([signing(None), UNSIGNED, HEL], "list 2, str 1", 0),
        ([chunk({"content": [REASONING, TEXT]})], "list 1", 1),
    ],
)
def test_reasoning_deltas(bodies: list[Any], kinds: str, signatures: int) -> None:
    assert judged(chat_stream.reasoning_deltas(streamed(*bodies))) == []
    assert seen(chat_stream.reasoning_deltas(streamed(*bodies))) == [kinds, str(signatures)]


@pytest.mark.parametrize(
    ("bodies", "messages"),
    [
        ([FIRST, chunk({"content": 7}), HEL], ["chunk 1: content of another kind"]),
        ([chunk({"content": {"type": "text"}}), HEL], ["chunk 0: content of another kind"]),
        ([chunk({"content": True}), HEL], ["chunk 0: content of another kind"]),
        ([signing("EqoB"), signing("EqoB"), HEL], ["a signature comes more than once"]),
        ([signing("EqoB", "EqoB"), HEL], ["a signature comes more than once"]),
        ([signing("EqoB"), signing(""), HEL, signing("EqoB")], ["a signature comes more than once"]),
        ([signing(""), signing(""), HEL], ["the signature is empty to the end"]),
        ([FIRST, STOP], ["no text in the stream"]),
        ([signing("")], ["the signature is empty to the end", "no text in the stream"]),
        ([chunk({"content": 7})], ["chunk 0: content of another kind", "no text in the stream"]),
    ],
)
def test_odd_reasoning_deltas(bodies: list[Any], messages: list[str]) -> None:
    found = told(chat_stream.reasoning_deltas(streamed(*bodies, UNSIGNED)))
    assert [(finding.kind, finding.message) for finding in found] == [("warning", message) for message in messages]


def test_what_is_odd_in_a_signature_is_told() -> None:
    (found,) = told(chat_stream.reasoning_deltas(streamed(*[signing("A", "B")] * 2, HEL)))
    assert (found.expected, found.actual) == ("once", "A")
    (found,) = told(chat_stream.reasoning_deltas(streamed(*[signing("")] * 3, HEL)))
    assert found.actual == "3 empty ones"


@pytest.mark.parametrize(
    "content",
    [["Hm."], [None, 7, []], [{"type": "reasoning"}], [{"summary": "Hm."}], [{"summary": {"signature": "x"}}],
     [{"summary": ["x", None, ["x"]]}]],
)  # fmt: skip
def test_blocks_without_a_summary_sign_nothing(content: Any) -> None:
    exchange = streamed(chunk({"content": content}), UNSIGNED, HEL)
    assert judged(chat_stream.reasoning_deltas(exchange)) == []
    assert seen(chat_stream.reasoning_deltas(exchange))[1] == "0"


@pytest.mark.parametrize("signature", [["x"], 7, {}, True])
def test_a_signature_is_a_string(signature: Any) -> None:
    exchange = streamed(chunk({"content": [{"summary": [{"signature": signature}]}]}), UNSIGNED, HEL)
    assert [found.message for found in told(chat_stream.reasoning_deltas(exchange))] == [
        "chunk 0: a signature of another kind"
    ]


@pytest.mark.parametrize("member", ["reasoning_content", "reasoning"])
def test_reasoning_may_stand_beside_the_content(member: str) -> None:
    beside = chunk({member: "Hm."})
    assert seen(chat_stream.reasoning_deltas(streamed(FIRST, beside, beside, HEL))) == [
        "absent 2, str 2",
        "0",
        member,
    ]
    assert judged(chat_stream.reasoning_deltas(streamed(beside, HEL))) == []
    assert judged(chat_stream.reasoning_deltas(streamed(beside))) == [("warning", "")]  # no text


@pytest.mark.parametrize(
    "bodies",
    [CHUNKS, [STOP], [chunk({"content": [TEXT]})], [chunk({"content": 7, "reasoning_content": None})],
     [chunk({"reasoning_content": ""}), HEL], [b"{"]],
)  # fmt: skip
def test_a_stream_that_shows_no_reasoning_is_not_judged_by_it(bodies: list[Any]) -> None:
    (found,) = collect(chat_stream.reasoning_deltas(streamed(*bodies)))
    assert (found.kind, found.message) == ("inapplicable", "no reasoning is shown in the stream")


@pytest.mark.parametrize(
    "text", ["<think>Hm.</think>Hello.", "<thinking>Hm.", "Hm.</think>Hello.", "<reasoning>Hm.</reasoning>"]
)
def test_reasoning_inside_the_text_is_told_as_such(text: str) -> None:
    pieces = [chunk({"content": text[at : at + 3]}) for at in range(0, len(text), 3)]
    for whole in (None, CHAT, THINKING):
        (found,) = told(chat_stream.reasoning_deltas(streamed(FIRST, *pieces, STOP), whole))
        assert (found.kind, found.message) == ("violation", "reasoning stands inside the text, as tags")


def test_a_stream_shows_the_reasoning_that_the_whole_answer_shows() -> None:
    (found,) = told(chat_stream.reasoning_deltas(streamed(*CHUNKS), THINKING))
    assert (found.kind, found.message) == ("violation", "the stream shows no reasoning, and the whole answer does")
    (found,) = told(chat_stream.reasoning_deltas(streamed(*CHUNKS), CHAT))
    assert found.kind == "inapplicable"


ERRORS = {
    "OpenAI's": ({"error": {"message": "boom", "code": None}}, "boom"),
    "with its status in the text": ({"error": {"message": "400: no such thing"}}, "400: no such thing"),
    "Databricks'": ({"error_code": "INTERNAL_ERROR", "message": "boom"}, "boom"),
    "a text": ({"error": "boom"}, "boom"),
    "typed": ({"type": "error", "message": "boom", "code": "server_error"}, "boom"),
    "without a message": ({"error": {"code": 500}}, "{'error': {'code': 500}}"),
}


@pytest.mark.parametrize(("error", "message"), ERRORS.values(), ids=ERRORS)
@pytest.mark.parametrize("before", [[], CHUNKS[:2], CHUNKS], ids=["at once", "in the middle", "at the end"])
def test_an_error_event_is_told_alone(before: list[Any], error: Any, message: str) -> None:
    for exchange in (streamed(*before, error), streamed(*before, error, end=b"")):
        (found,) = collect(chat_stream.order(exchange))
        assert (found.kind, found.message) == ("violation", f"the stream ends in an error: {message}")


@pytest.mark.parametrize("data", [b"boom", b'{"detail": "boom"}', b'"boom"'])
def test_an_event_that_calls_itself_an_error_is_one(data: bytes) -> None:
    (found,) = collect(chat_stream.order(streamed(*CHUNKS[:2], end=b"event: error\ndata: " + data + b"\n\n")))
    assert found.message.startswith("the stream ends in an error: ")
    assert "boom" in found.message


@pytest.mark.parametrize(
    "error",
    [
        {"error": {"message": "slow down", "code": 429}},
        {"error": {"message": "slow down", "type": "rate_limit_error"}},
        {"error": {"message": "later", "code": 503, "status": "UNAVAILABLE"}},
        {"error": {"message": "429: slow down"}},
        {"error_code": "REQUEST_LIMIT_EXCEEDED", "message": "Slow down."},
    ],
)
def test_a_target_that_asks_to_come_back_later_decides_nothing(error: Any) -> None:
    (found,) = collect(chat_stream.order(streamed(FIRST, error)))
    assert found.kind == "undecided"
    assert found.message.startswith("the stream ends in an error: ")


def test_a_stream_that_ends_in_an_error_is_compared_with_nothing() -> None:
    failed = streamed(*CHUNKS, {"error": {"message": "boom"}})
    with pytest.raises(Undecided, match="the stream ends in an error: boom"):
        chat_stream.summarise(failed)
    (found,) = collect(chat_stream.reasoning_deltas(failed))
    assert (found.kind, found.message) == ("undecided", "the stream ends in an error: boom")


def test_a_stream_without_a_role_is_recorded() -> None:
    assert seen(chat_stream.order(streamed(*edited(0, "choices.0.delta.role", GONE)))) == ["choice 0 tells none"]
    assert seen(chat_stream.order(streamed(*CHUNKS))) == []


def test_usage_that_says_two_things_is_told() -> None:
    (found,) = told(chat_stream.order(streamed(*CHUNKS, change(USAGE, ("usage.prompt_tokens", 14)))))
    assert (found.message, found.actual) == ("usage.prompt_tokens changes within the stream", "['14', '7']")
    (found,) = told(chat_stream.order(streamed(*counting((7, 2, 9), (7, 1, 9), (7, 3, 10), (7, 3, 10)))))
    assert (found.message, found.actual) == ("usage.completion_tokens shrinks within the stream", "[2, 1]")
    (found,) = told(chat_stream.order(streamed(*edited(4, "usage", {"prompt_tokens": 7}))))
    assert found.message == "the last usage lacks completion_tokens, total_tokens"


def test_without_a_stream_there_are_no_deltas() -> None:
    for exchange in (unanswered(), answered(CHAT), streamed()):
        assert judged(chat_stream.reasoning_deltas(exchange)) == [("undecided", "")]


def test_text() -> None:
    blocks = chunk({"content": [REASONING, TEXT]})
    assert chat_stream.text(streamed(FIRST, blocks, HEL, LO, STOP, USAGE)) == TEXT["text"] + "Hello."


KEYS = tuple(sorted(CHAT["usage"]))


@pytest.mark.parametrize(
    ("bodies", "said"),
    [
        (CHUNKS, AnswerSummary(("text",), "stop", KEYS, "Hello.")),
        ([EMPTY_FIRST, *CHUNKS[:4]], AnswerSummary(("text",), "stop", (), "Hello.")),
        ([FIRST, UNSIGNED, chunk({"content": [TEXT]})], AnswerSummary(("reasoning", "text"), "", (), TEXT["text"])),
        ([FIRST, *[UNSIGNED] * 3, STOP], AnswerSummary(("reasoning",), "stop", (), "")),
        ([FIRST, chunk({"content": [{"text": "Air"}, 7]})], AnswerSummary(("absent",), "", (), "")),
        ([FIRST, STOP, chunk({}, "length")], AnswerSummary((), "length", (), "")),
        ([STOP, chunk({}, None), chunk({}, 7)], AnswerSummary((), "stop", (), "")),
        ([{**FIRST, "usage": {"prompt_tokens": 7}}, USAGE], AnswerSummary((), "", KEYS, "")),
        ([USAGE, {**STOP, "usage": None}], AnswerSummary((), "stop", KEYS, "")),
        ([USAGE, {**STOP, "usage": {}}], AnswerSummary((), "stop", (), "")),
        ([change(HEL, ("choices.0", 7)), "x", [], None, LO], AnswerSummary(("text",), "", (), "lo.")),
        ([b"{"], AnswerSummary((), "", (), "")),
    ],
)
def test_what_a_stream_says(bodies: list[Any], said: AnswerSummary) -> None:
    assert chat_stream.summarise(streamed(*bodies)) == said
