"""What two sides of an exchange come to: each difference in its words, and nothing where nobody loses."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from conformance.checks.both_sides import both_sides, crossed
from conformance.wire.exchange import Chunk, Exchange, Request, Response, UpstreamExchange, UpstreamSide

CHAT, GEMINI = "/v1/chat/completions", "/v1beta/models/gemini:generateContent"
MODELS = {"m": "gpt-5"}
SENT: Mapping[str, Any] = {"model": "m", "messages": [{"role": "user", "content": "Hi"}], "max_tokens": 5}
GIVEN: Mapping[str, Any] = {
    "id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "gpt-5-x",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "Hello."}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3},
}  # fmt: skip


def response(body: Any, status: int = 200, *times: float) -> Response:
    """A whole answer; with a list of events, a stream of them, one chunk each at these times."""
    if not isinstance(body, list):
        return Response(status, {"content-type": "application/json"}, (Chunk(json.dumps(body).encode(), 0.1),))
    pieces = [
        b"data: " + (event.encode() if isinstance(event, str) else json.dumps(event).encode()) + b"\n\n"
        for event in body
    ]
    chunks = [Chunk(piece, times[at] if times else 0.01 * at) for at, piece in enumerate(pieces)]
    return Response(status, {"content-type": "text/event-stream"}, tuple(chunks))


def exchange(path: str, body: Any, answer: Response | None) -> Exchange:
    return Exchange(Request("POST", f"http://gateway.invalid{path}", {}, json.dumps(body).encode()), answer)


def pair(
    behind: Any = SENT,
    *,
    front: Any = SENT,
    given: Response | None = None,
    got: Response | None = None,
    path: str = CHAT,
    **side: Any,
) -> Exchange:
    """An exchange in front, with one upstream: on chat."""
    given = given or response(GIVEN)
    upstream = exchange(CHAT, {**behind, "model": "system.ai.gpt-5"}, given)
    asked = side.pop("asked", (UpstreamExchange(upstream, 0.0),))
    found = exchange(path, front, got or given)
    return Exchange(found.request, found.response, upstream=UpstreamSide(asked=asked, **side))


def broken(found: Exchange) -> dict[str, str]:
    """By requirement: what is wrong."""
    return {name: one.message for name, one in both_sides(found, MODELS) if one.kind == "violation"}


def test_nobody_has_looked() -> None:
    assert list(both_sides(exchange(CHAT, SENT, response(GIVEN)), MODELS)) == []


def test_the_same_on_both_sides() -> None:
    found = list(both_sides(pair(), MODELS))
    assert {one.kind for _, one in found} == {"observation"}
    assert {name for name, _ in found} >= {"PROXY-REQ-TEXT", "PROXY-REQ-MODEL", "PROXY-ANS-TEXT", "PROXY-ANS-USAGE"}
    assert "PROXY-REQ-MEDIA" not in {name for name, _ in found}, "nothing is told of what was not sent"


@pytest.mark.parametrize(
    "change",
    [
        {"messages": [{"role": "user", "content": [{"type": "text", "text": "Hi"}]}]},
        {"max_completion_tokens": 5, "max_tokens": None},
        {"stream_options": {"include_usage": True}},
        {"stream": False},
        {"temperature": None},
    ],
    ids=str,
)
def test_what_nobody_loses_by(change: dict[str, Any]) -> None:
    assert broken(pair({**SENT, **change})) == {}


@pytest.mark.parametrize(
    ("change", "requirement", "words"),
    [
        ({"messages": []}, "PROXY-REQ-TEXT", "a message is dropped"),
        ({"messages": [{"role": "user", "content": "hi"}]}, "PROXY-REQ-TEXT", "a message is changed"),
        (
            {"messages": [{"role": "system", "content": "Be nice."}, *SENT["messages"]]},
            "PROXY-REQ-ADDED",
            "a message is added",
        ),
        ({"max_tokens": 4}, "PROXY-REQ-PARAMS", "max_tokens is changed"),
        ({"max_tokens": None}, "PROXY-REQ-PARAMS", "max_tokens is dropped"),
        ({"user": "x"}, "PROXY-REQ-ADDED", "user is added"),
        (
            {"tools": [{"type": "function", "function": {"name": "f"}}]},
            "PROXY-REQ-ADDED",
            "a tool, call or result is added",
        ),
    ],
)
def test_what_is_made_of_a_request(change: dict[str, Any], requirement: str, words: str) -> None:
    assert broken(pair({**SENT, **change})) == {requirement: words}


def test_a_member_that_nobody_knows() -> None:
    front = {**SENT, "x_y": 1}
    assert broken(pair(SENT, front=front)) == {"PROXY-REQ-UNKNOWN": "x_y is dropped"}
    assert broken(pair(front, front=front)) == {}


def test_another_model() -> None:
    other = exchange(CHAT, {**SENT, "model": "system.ai.gpt-5-1"}, response(GIVEN))
    assert broken(pair(asked=(UpstreamExchange(other, 0.0),))) == {"PROXY-REQ-MODEL": "another model is asked"}


def _answer(**changes: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(json.dumps(GIVEN))
    for path, value in changes.items():
        holder: Any = found
        *way, last = path.split("__")
        for step in way:
            holder = holder[int(step) if step.isdigit() else step]
        if value is None:
            del holder[last]
        else:
            holder[last] = value
    return found


@pytest.mark.parametrize(
    ("changes", "requirement", "words"),
    [
        ({"choices__0__message__content": "Hello!"}, "PROXY-ANS-TEXT", "the text of the answer: changed"),
        ({"choices__0__message__content": ""}, "PROXY-ANS-TEXT", "the text of the answer: dropped"),
        ({"choices__0__finish_reason": "length"}, "PROXY-ANS-FINISH", "why it ended of the answer: changed"),
        ({"usage__prompt_tokens": 7}, "PROXY-ANS-USAGE", "usage: input is changed"),
        ({"usage": None}, "PROXY-ANS-USAGE", "usage: total is dropped"),
        ({"id": "chatcmpl-2"}, "PROXY-ANS-ID", "the ids of the answer: changed"),
        ({"object": None}, "PROXY-ANS-MEMBERS", "object is dropped"),
    ],
)
def test_what_is_made_of_an_answer(changes: dict[str, Any], requirement: str, words: str) -> None:
    assert broken(pair(got=response(_answer(**changes)))) == {requirement: words}


@pytest.mark.parametrize(
    "changes", [{"model": "another"}, {"created": 2}, {"choices__0__message__refusal": "x"}], ids=str
)
def test_what_an_answer_may_have_otherwise(changes: dict[str, Any]) -> None:
    assert broken(pair(got=response(_answer(**changes)))) == {}


@pytest.mark.parametrize(
    ("body", "failure", "actual"),
    [
        (b"", "the answer broke off after 0 bytes: it is not the gzip that it says it is", "it is not the gzip"),
        (
            b'{"id": "chatc',
            "given up after 16000000 bytes: more than 16 MB (--max-body)",
            "more than 16 MB (--max-body)",
        ),
        (b"<html>Hello.</html>", "", "200: <html>Hello.</html>"),
    ],
    ids=["broken gzip", "too large", "no JSON"],
)
def test_what_cannot_be_read_is_told_so_once(body: bytes, failure: str, actual: str) -> None:
    found = pair(got=Response(200, {"content-type": "application/json"}, (Chunk(body, 0.1),)))
    found = Exchange(found.request, found.response, failure, upstream=found.upstream)
    wrong = [(name, one) for name, one in both_sides(found, MODELS) if one.kind == "violation"]
    assert [(name, one.message) for name, one in wrong] == [("PROXY-ANS-TEXT", "the answer cannot be read in front")]
    assert actual in str(wrong[0][1].actual)


def test_long_texts_are_shown_from_where_they_differ() -> None:
    given, got = _answer(choices__0__message__content="a" * 500 + "b"), _answer(choices__0__message__content="a" * 500)
    found = both_sides(pair(given=response(given), got=response(got)), MODELS)
    [finding] = [one for name, one in found if name == "PROXY-ANS-TEXT"]
    assert (finding.expected, finding.actual) == (f"…{'a' * 40}b", f"…{'a' * 40}")


def test_one_stop_sequence_is_a_list_of_one() -> None:
    assert broken(pair({**SENT, "stop": "x"}, front={**SENT, "stop": ["x"]})) == {}


def test_an_error_with_another_status_or_as_an_answer() -> None:
    error = {"error": {"message": "no"}}
    refused = response(error, 429)
    assert broken(pair(given=refused)) == {}
    assert broken(pair(given=refused, got=response(error, 500))) == {
        "PROXY-ERR-STATUS": "an error arrives with another status"
    }
    assert broken(pair(given=refused, got=response(GIVEN))) == {"PROXY-ERR-TOLD": "an error is told as an answer"}
    assert broken(pair(got=response(error, 502))) == {"PROXY-ERR-STATUS": "an answer arrives as an error"}


def _chunk(text: str, reason: str | None = None) -> dict[str, Any]:
    delta = {"content": text} if text else {}
    return {
        "id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "m",
        "choices": [{"index": 0, "delta": delta, "finish_reason": reason}],
    }  # fmt: skip


WHOLE = [_chunk("Hel"), _chunk("lo."), _chunk("", "stop"), "[DONE]"]


def test_a_stream_that_broke_off() -> None:
    cut = response(WHOLE[:1])
    assert broken(pair(given=cut)) == {}
    told = {"PROXY-ERR-TOLD": "a stream that broke off ends as if it were whole"}
    assert broken(pair(given=cut, got=response([WHOLE[0], *WHOLE[2:]]))) == told


def test_events_that_are_merged_and_a_stream_that_is_held_back() -> None:
    given = response(WHOLE, 200, 0.1, 0.4, 0.9, 1.0)
    assert broken(pair(given=given, got=response(WHOLE, 200, 0.15, 0.45, 0.95, 1.05))) == {}
    merged = response([_chunk("Hello."), *WHOLE[2:]], 200, 0.15, 0.95, 1.05)
    assert broken(pair(given=given, got=merged)) == {"PROXY-STREAM-EVENTS": "events of a stream are merged"}
    late = response(WHOLE, 200, 1.05, 1.05, 1.06, 1.06)
    assert broken(pair(given=given, got=late)) == {"PROXY-STREAM-PACE": "a stream is held back"}


def test_how_often_the_upstream_is_asked() -> None:
    def upstream(status: int) -> UpstreamExchange:
        body = GIVEN if status == 200 else {"error": {"message": "no"}}
        return UpstreamExchange(exchange(CHAT, {**SENT, "model": "gpt-5"}, response(body, status)), 0.0)

    again = {"PROXY-REQ-ONCE": "the upstream is asked again after it has answered"}
    assert broken(pair(asked=(upstream(200), upstream(200)))) == again
    assert broken(pair(asked=(upstream(503), upstream(200)))) == {}
    assert broken(pair(asked=(upstream(401), upstream(200)))) == {}, "with a credential that lives"
    assert broken(pair(asked=(upstream(400), upstream(200)))) == again
    assert broken(pair(late=2)) == {"PROXY-REQ-ONCE": "the upstream is asked when nobody asks"}
    assert broken(pair(asked=())) == {"PROXY-CACHE": "an answer that the upstream did not give"}
    assert broken(pair(asked=(), repeats=True)) == {}
    assert broken(pair(asked=(), got=response({"error": {"message": "no"}}, 400))) == {}


def test_credentials_and_headers() -> None:
    assert broken(pair(leaks=("the caller's credential in the URL",))) == {
        "PROXY-CREDENTIALS": "the caller's credential in the URL"
    }
    assert broken(pair(lost_headers=("retry-after: 1",))) == {"PROXY-ANS-HEADERS": "the header retry-after is lost"}


def test_a_translation_is_held_to_what_both_surfaces_have() -> None:
    front = {
        "contents": [{"role": "user", "parts": [{"text": "Hi"}]}],
        "generationConfig": {"maxOutputTokens": 5, "thinkingConfig": {"includeThoughts": True}},
    }
    got = {
        "candidates": [{"content": {"role": "model", "parts": [{"text": "Hello."}]}, "finishReason": "STOP"}],
        "usageMetadata": {"promptTokenCount": 1, "candidatesTokenCount": 2, "totalTokenCount": 3},
        "responseId": "another",
    }
    assert broken(pair(SENT, front=front, path=GEMINI, got=response(got))) == {}
    assert broken(pair({**SENT, "max_tokens": 9}, front=front, path=GEMINI, got=response(got))) == {
        "PROXY-REQ-PARAMS": "cap is changed"
    }
    got["candidates"][0]["finishReason"] = "MAX_TOKENS"  # type: ignore[index]  # it is written above
    assert broken(pair(SENT, front=front, path=GEMINI, got=response(got))) == {
        "PROXY-ANS-FINISH": "why it ended of the answer: changed"
    }


def test_answers_of_requests_at_once() -> None:
    def answered(text: str) -> Exchange:
        return exchange(CHAT, SENT, response(_answer(choices__0__message__content=text)))

    marks = ["mark-000001", "mark-000002"]
    fine = [answered(mark) for mark in marks]
    assert [one.kind for one in crossed(fine, marks)] == ["observation"]
    assert [one.kind for one in crossed(fine[::-1], marks)] == ["violation", "violation", "observation"]
    assert [one.kind for one in crossed([answered("Hi"), fine[1]], marks)] == ["undecided", "observation"]
