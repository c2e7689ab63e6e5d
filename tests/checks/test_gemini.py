"""The shape of a Gemini answer and of a Gemini stream."""

from dataclasses import replace
from typing import Any

import pytest

from conformance.checks import gemini, gemini_stream
from conformance.checks.findings import Undecided
from conformance.checks.same import AnswerSummary
from conformance.wire.exchange import Request

from .samples import GEMINI, GEMINI_EVENTS, GONE, change, judged, seen, streamed, told

PARTS = "candidates.0.content.parts"
REASON = "candidates.0.finishReason"


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ([], []),
        ([(REASON, GONE)], []),
        ([("of_tomorrow", 1), ("candidates.0.index", GONE), ("usageMetadata", GONE)], []),
        ([(PARTS, []), (REASON, "MAX_TOKENS")], [("undecided", "")]),  # all spent on thoughts
        ([("candidates.0.content", GONE), (REASON, "SAFETY")], [("undecided", "")]),
        ([("candidates", GONE), ("promptFeedback", {"blockReason": "SAFETY"})], [("undecided", "")]),
        ([("candidates", GONE)], [("violation", "candidates")]),
        ([("candidates", [])], [("violation", "candidates")]),
        ([("candidates", GEMINI["candidates"][0])], [("violation", "candidates")]),
        ([(PARTS, [])], [("violation", PARTS)]),
        ([("candidates.0.content", GONE)], [("violation", PARTS)]),
        ([(f"{PARTS}.1", GONE)], [("violation", PARTS)]),  # a thought alone
        ([(f"{PARTS}.1.text", "")], [("violation", PARTS)]),
        ([(f"{PARTS}.1.text", 7), (REASON, None)], [("violation", PARTS)]),
        ([("candidates.0.content", {"text": "Hello."}), (REASON, GONE)], [("violation", PARTS)]),
    ],
)
def test_text_path(changes: list[tuple[str, Any]], found: list[tuple[str, str]]) -> None:
    body = GEMINI if not changes or changes[0][0] != "of_tomorrow" else GEMINI | {"of_tomorrow": 0}
    body = body | {"promptFeedback": {}}
    assert judged(gemini.text_path(change(body, *changes))) == found


def test_thoughts_are_no_text() -> None:
    assert gemini.text_of(GEMINI) == "Hello."
    assert gemini.text_of(change(GEMINI, (f"{PARTS}.0.thought", False))) == "Hmm.Hello."


def test_the_end_is_recorded() -> None:
    assert seen(gemini.text_path(GEMINI)) == ["STOP"]
    assert seen(gemini.text_path(change(GEMINI, (REASON, GONE)))) == ["absent"]


@pytest.mark.parametrize(
    ("made", "reason", "warned"),
    [(31, "STOP", 0), (32, "MAX_TOKENS", 0), (32, "STOP", 1), (32, "length", 1), (32, GONE, 1)],
)
def test_a_cut_answer_says_so(made: int, reason: Any, warned: int) -> None:
    found = judged(gemini.says_max_tokens(change(GEMINI, (REASON, reason)), 32, made))
    assert found == [("warning", REASON)] * warned


def test_counts() -> None:
    assert gemini.counts(GEMINI) == (7, 2)
    assert gemini.counts(change(GEMINI, ("usageMetadata.candidatesTokenCount", GONE))) == (7, 0)
    counts = GEMINI["usageMetadata"]
    misnamed = {**counts, "candidates_token_count": counts["candidatesTokenCount"]}
    del misnamed["candidatesTokenCount"]
    for path, value in (
        ("usageMetadata", GONE),
        ("usageMetadata", misnamed),
        ("usageMetadata.promptTokenCount", "7"),
    ):
        with pytest.raises(Undecided):
            gemini.counts(change(GEMINI, (path, value)))


FIRST, LAST = GEMINI_EVENTS
UNCOUNTED = change(LAST, ("usageMetadata", GONE))
USAGE = {"usageMetadata": GEMINI["usageMetadata"], "modelVersion": "gemini-3-1-pro"}


@pytest.mark.parametrize(
    "bodies",
    [
        [FIRST, LAST],
        [LAST],
        [FIRST, FIRST | {"usageMetadata": {"promptTokenCount": 7, "candidatesTokenCount": 1}}, LAST],
        [change(FIRST, ("candidates.0.index", GONE)), LAST],
        [change(FIRST, ("candidates.0.index", 0.0)), LAST],
        [change(FIRST, ("candidates", GONE)), LAST],
        [FIRST, change(LAST, (PARTS, [{"text": ""}]))],
        [FIRST, UNCOUNTED, USAGE],
        [FIRST, LAST, USAGE, USAGE],
        [FIRST, UNCOUNTED, USAGE | {"candidates": []}],
    ],
)
def test_legal_streams(bodies: list[Any]) -> None:
    exchange = streamed(*bodies, end=b"")
    assert told(gemini_stream.order(exchange)) == []
    assert seen(gemini_stream.order(exchange)) == [str(len(bodies))]


TOTAL, MORE = "usageMetadata.totalTokenCount", "candidates.content"


@pytest.mark.parametrize(
    ("bodies", "found"),
    [
        ([FIRST], [("violation", REASON), ("undecided", "")]),  # cut off
        ([FIRST, change(LAST, (REASON, GONE))], [("violation", REASON)]),
        ([FIRST, change(LAST, (REASON, None))], [("violation", REASON)]),
        ([FIRST, UNCOUNTED], [("violation", "usageMetadata")]),
        ([FIRST, LAST, {"candidates": []}], [("violation", "usageMetadata")]),
        ([LAST, change(LAST, (REASON, GONE))], [("violation", MORE)]),  # a candidate after its end
        ([change(LAST, (PARTS, [])), LAST], [("violation", MORE), ("violation", REASON)]),
        (
            [change(LAST, ("candidates.0.content", GONE)), FIRST, LAST],
            [*[("violation", MORE)] * 2, ("violation", REASON)],
        ),
        ([FIRST, LAST, change(LAST, (PARTS, []))], [("violation", REASON)]),
        ([{"error": {"code": 500, "message": "boom", "status": "INTERNAL"}}], [("violation", "error")]),
        ([FIRST, {"error": {"code": 429, "message": "busy", "status": "RESOURCE_EXHAUSTED"}}], [("undecided", "")]),
        (
            [{"promptFeedback": {"blockReason": "SAFETY"}, "usageMetadata": GEMINI["usageMetadata"]}],
            [("undecided", "")],
        ),
        ([FIRST, UNCOUNTED | {"usage_metadata": GEMINI["usageMetadata"]}], [("violation", "usageMetadata")]),
        ([FIRST, change(UNCOUNTED, (REASON, GONE)), USAGE], [("violation", REASON)]),
        ([USAGE], [("violation", REASON)]),
        ([FIRST, change(LAST, ("usageMetadata", {"totalTokenCount": 0}))], [("warning", TOTAL)]),
        ([FIRST, change(LAST, (TOTAL, 34))], [("violation", TOTAL)]),
        ([FIRST, change(LAST, ("candidates.0.index", 1))], [("violation", "candidates.index")]),
        ([FIRST, change(LAST, ("candidates", {}))], [("violation", "candidates"), ("violation", REASON)]),
        ([FIRST, b"{", LAST], [("violation", "")]),
        ([b"{"], [("violation", "")]),
    ],
)
def test_broken_streams(bodies: list[Any], found: list[tuple[str, str]]) -> None:
    assert judged(gemini_stream.order(streamed(*bodies, end=b""))) == found


def test_candidates_that_were_asked_for_come_each_in_order() -> None:
    def second(body: Any) -> Any:
        return change(body, ("candidates.0.index", 1))

    request = Request("POST", "http://gateway.invalid/", {}, b'{"generationConfig": {"candidateCount": 2}}')
    both = replace(streamed(FIRST, second(FIRST), UNCOUNTED, second(LAST), end=b""), request=request)
    assert judged(gemini_stream.order(both)) == []
    one = replace(streamed(FIRST, second(FIRST), LAST, end=b""), request=request)
    assert judged(gemini_stream.order(one)) == [("violation", REASON)]


def test_a_stream_whose_usage_is_in_snake_case_is_told_as_such() -> None:
    (found,) = told(
        gemini_stream.order(streamed(FIRST, UNCOUNTED | {"usage_metadata": GEMINI["usageMetadata"]}, end=b""))
    )
    assert found.message == "usageMetadata is absent; usage_metadata is there"


def test_text_of_a_stream() -> None:
    assert gemini_stream.text(streamed(FIRST, LAST, end=b"")) == "Hello.Hello."


def parts(*given: Any) -> Any:
    return change(GEMINI, (PARTS, list(given)))


SAYS, THOUGHT = {"text": "Hello."}, {"text": "Hmm.", "thought": True}
CALL = {"functionCall": {"name": "f"}}


@pytest.mark.parametrize(
    ("bodies", "kinds"),
    [
        ([], ()),
        ([parts(SAYS)], ("text",)),
        ([parts(THOUGHT), parts(SAYS), parts(SAYS)], ("text", "thought")),
        ([parts(THOUGHT | {"text": ""})], ("thought",)),
        ([parts(SAYS | {"thought": False})], ("text",)),
        ([parts(SAYS | {"thought": None})], ("text",)),
        ([parts({"text": ""}), parts({}), parts()], ()),
        ([parts(SAYS | {"thoughtSignature": "EqoB"})], ("text",)),
        ([parts({"thoughtSignature": "EqoB"}, {"text": "", "thoughtSignature": "EqoB"})], ()),
        ([parts(CALL, {"inlineData": {}})], ("functionCall", "inlineData")),
        ([parts("Hello.", None, 7, ["text"])], ()),
        ([change(GEMINI, (PARTS, {"text": "Hello."}))], ()),
        ([change(GEMINI, (PARTS, GONE)), {}, None, [], "x"], ()),
    ],
)
def test_kinds_of_parts(bodies: list[Any], kinds: tuple[str, ...]) -> None:
    assert gemini.kinds(*bodies) == kinds


KEYS = ("candidatesTokenCount", "promptTokenCount", "totalTokenCount")
OPEN = change(parts(SAYS), (REASON, GONE), ("usageMetadata", GONE))
COUNTED = {"usageMetadata": {"promptTokenCount": 7, "thoughtsTokenCount": 24}}


@pytest.mark.parametrize(
    ("bodies", "said"),
    [
        ([GEMINI], AnswerSummary(("text", "thought"), "STOP", KEYS, "Hello.")),
        ([OPEN, OPEN, GEMINI], AnswerSummary(("text", "thought"), "STOP", KEYS, "Hello.Hello.Hello.")),
        ([OPEN], AnswerSummary(("text",), "", (), "Hello.")),
        ([GEMINI, COUNTED], AnswerSummary(("text", "thought"), "STOP", ("promptTokenCount",), "Hello.")),
        ([GEMINI, OPEN], AnswerSummary(("text", "thought"), "STOP", (), "Hello.Hello.")),  # the last event has the totals
        ([change(OPEN, (REASON, "STOP")), change(OPEN, (REASON, "MAX_TOKENS"))],
         AnswerSummary(("text",), "MAX_TOKENS", (), "Hello.Hello.")),
        ([change(GEMINI, (REASON, ["STOP"]), ("usageMetadata", list(KEYS)))],
         AnswerSummary(("text", "thought"), "", (), "Hello.")),
        ([change(GEMINI, ("candidates", {}), ("usageMetadata", None))], AnswerSummary((), "", (), "")),
        ([None, [], "x"], AnswerSummary((), "", (), "")),
        ([], AnswerSummary((), "", (), "")),
    ],
)  # fmt: skip
def test_what_is_said_whole_or_in_events(bodies: list[Any], said: AnswerSummary) -> None:
    assert gemini.summarise(*bodies) == said
    if bodies:
        assert gemini_stream.summarise(streamed(*bodies, end=b"")) == said
