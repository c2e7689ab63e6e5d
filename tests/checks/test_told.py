"""What a person reads of a finding: its kind, what was expected, what was there instead, and where."""

from collections.abc import Callable, Iterable
from typing import Any

import pytest

from conformance.checks import chat, chat_stream, cross_surface, gemini, gemini_stream, reasoning, responses
from conformance.checks import responses_stream as typed_stream
from conformance.checks.findings import Finding, collect

from .samples import (
    CHAT,
    CHUNKS,
    EVENTS,
    GEMINI,
    GEMINI_EVENTS,
    GONE,
    REASONING,
    RESPONSE,
    SUMMARY,
    TEXT,
    answered,
    change,
    chunk,
    streamed,
    told,
)  # fmt: skip

Findings = Callable[[], Iterable[Finding]]
MESSAGE = "choices.0.message"
CONTENT = f"{MESSAGE}.content"
REASON = "choices.0.finish_reason"
SUMMARY_TEXT, SUMMARY_TYPE = f"{CONTENT}.0.summary.0.text", f"{CONTENT}.0.summary.0.type"
EMPTY = TEXT | {"text": ""}
PARTS = "candidates.0.content.parts"
END = "candidates.0.finishReason"
FIRST, HEL, _, STOP, USAGE = CHUNKS
DONE = EVENTS[8] | {"sequence_number": 1}
NAMED = {"type": "keepalive", "item_id": None, "output_index": 7, "sequence_number": 1}
ENDED = [change(EVENTS[9], ("sequence_number", 2), ("response.output", []))]
"""The end of an answer that says nothing."""


def chats(path: str, value: Any) -> Any:
    return change(CHAT, (path, value))


def thinking(*summaries: Any) -> Any:
    return chats(CONTENT, [REASONING | {"summary": list(summaries)}, TEXT])


def typed(path: str, value: Any) -> Any:
    return change(RESPONSE, (path, value))


def typed_order(number: int, path: str, value: Any) -> Iterable[Finding]:
    """The order of a stream whose event `number` has this value at `path`."""
    bodies = [change(body, (path, value)) if at == number else body for at, body in enumerate(EVENTS)]
    return typed_stream.order(streamed(*bodies, end=b""))


def geminis(path: str, value: Any) -> Any:
    return change(GEMINI, (path, value))


def order(*chunks: Any, end: bytes = b"data: [DONE]\n\n") -> Iterable[Finding]:
    return chat_stream.order(streamed(*chunks, end=end))


@pytest.mark.parametrize(
    ("findings", "kind", "expected", "actual", "path"),
    [
        (lambda: chat.choices(chats("choices", [])), "violation", "at least one choice", "[]", "choices"),
        (lambda: chat.choices(chats(f"{MESSAGE}.role", "user")), "violation", "assistant", "user", f"{MESSAGE}.role"),
        (lambda: chat.choices(chats(CONTENT, [])), "violation", "content or tool_calls", "[]", MESSAGE),
        (lambda: chat.finish_reason(chats(REASON, GONE)), "violation", "a reason", "absent", REASON),
        (lambda: chat.json_content_type(answered(CHAT, media_type="")), "violation", "application/json", "absent", ""),
        (lambda: chat.content_holds_text(chats(CONTENT, [7])), "violation", "text", "[7]", CONTENT),
        (lambda: chat.content_is_string(chats(CONTENT, 7)), "violation", "a string", "7", CONTENT),
        (lambda: chat.content_is_string(chats(CONTENT, [TEXT])), "warning", "a string", str([TEXT]), ""),
        (lambda: chat.says_length(CHAT, 1, 1), "warning", "length", "stop", REASON),
        (lambda: order(FIRST, HEL | {"object": "x"}), "violation", chat_stream.CHUNK, "x", "object"),
        (lambda: order(change(FIRST, (REASON, "stop"), ("id", 7))), "violation", "one id in all", "7", "id"),
        (
            lambda: order(change(FIRST, ("choices.0.delta.role", "x")), STOP),
            "violation",
            "assistant, if any role",
            "x",
            "choices.delta.role",
        ),
        (lambda: order(FIRST, STOP, HEL), "violation", "nothing", str(HEL["choices"][0]), "choices.delta"),
        (lambda: order(USAGE), "violation", "at least one", "none", "choices"),
        (
            lambda: order(*CHUNKS, change(USAGE, ("usage.total_tokens", 80))),
            "violation",
            "never less",
            "[81, 80]",
            "usage.total_tokens",
        ),
        (lambda: order(FIRST, HEL), "violation", "exactly one finish_reason", "0 of them", "choices.finish_reason"),
        (
            lambda: order(*CHUNKS, end=b"data: [DONE]\n\ndata: [DONE]\n\n"),
            "violation",
            "[DONE] last",
            "1 more events",
            "",
        ),
        (
            lambda: chat_stream.reasoning_deltas(streamed(chunk({"reasoning": "Hm."}))),
            "warning",
            "text",
            "reasoning at the most",
            "",
        ),
        (
            lambda: chat_stream.reasoning_deltas(
                streamed(chunk({"content": [{"type": "reasoning", "summary": [{"signature": 7}]}]}), HEL)
            ),
            "warning",
            "a string",
            "7",
            "",
        ),
        (
            lambda: gemini.text_path(geminis("candidates", [])),
            "violation",
            "at least one candidate",
            "[]",
            "candidates",
        ),
        (
            lambda: gemini.text_path(geminis(PARTS, [7])),
            "violation",
            "candidates[0].content.parts[].text",
            "[7]",
            PARTS,
        ),
        (lambda: gemini.says_max_tokens(GEMINI, 1, 1), "warning", "MAX_TOKENS", "STOP", END),
        (lambda: gemini_stream.order(streamed(geminis(END, GONE), end=b"")), "violation", "a reason", "absent", END),
        (
            lambda: gemini_stream.order(streamed(geminis("usageMetadata", GONE), end=b"")),
            "violation",
            "the totals",
            "absent",
            "usageMetadata",
        ),
        (
            lambda: reasoning.documented_indices(thinking(SUMMARY | {"text": ""})),
            "violation",
            "text",
            "''",
            SUMMARY_TEXT,
        ),
        (
            lambda: reasoning.documented_indices(chats(CONTENT, [REASONING, EMPTY])),
            "violation",
            "text",
            str(EMPTY),
            CONTENT,
        ),
        (lambda: reasoning.block_types(thinking({"type": 7})), "violation", "summary_text", "7", SUMMARY_TYPE),
        (lambda: reasoning.block_types(thinking({"type": "x"})), "warning", "summary_text", "x", SUMMARY_TYPE),
        (
            lambda: reasoning.did_not_reason(chats(f"{MESSAGE}.reasoning", "Hm.")),
            "violation",
            "none",
            "reasoning",
            MESSAGE,
        ),
        (lambda: reasoning.older_reasoning_is_free(99, 7), "violation", "at most 71", "99", "usage.prompt_tokens"),
        (lambda: responses.shape(answered(RESPONSE), typed("id", "x")), "warning", "resp_…", "x", "id"),
        (
            lambda: responses.shape(answered(RESPONSE), typed("output", [])),
            "violation",
            "at least one item",
            "[]",
            "output",
        ),
        (lambda: responses.output_items(typed("output.1.role", "x")), "violation", "assistant", "x", "output.1.role"),
        (
            lambda: responses.calls_custom_tool(RESPONSE, "f"),
            "violation",
            "custom_tool_call",
            "['reasoning', 'message']",
            "output",
        ),
        (lambda: responses.says_incomplete(RESPONSE, 1, 1), "warning", "incomplete", "completed", "status"),
        (lambda: typed_order(0, "type", "x"), "violation", "response.created", "x", "type"),
        (lambda: typed_order(9, "response.usage", 7), "violation", "usage", "7", "response.usage"),
        (lambda: typed_order(9, "response.output", None), "violation", "Hello.", "", "response.output"),
        (lambda: typed_order(9, "type", "x"), "violation", "one terminal event, at the end", "0, last is x", "type"),
        (lambda: typed_order(8, "item.id", "x"), "violation", "msg_1", "x", "item_id"),
        (
            lambda: typed_stream.order(streamed(*EVENTS[:1], DONE, *ENDED, end=b"")),
            "violation",
            "response.output_item.done after response.output_item.added",
            "1",
            "output_index",
        ),
        (
            lambda: typed_stream.order(streamed(*EVENTS[:1], NAMED, *ENDED, end=b"")),
            "violation",
            "keepalive after response.output_item.added",
            "7",
            "output_index",
        ),
    ],
)
def test_told(findings: Findings, kind: str, expected: str, actual: str, path: str) -> None:
    (found,) = told(findings())
    assert (found.kind, found.expected, found.actual, found.path) == (kind, expected, actual, path)


@pytest.mark.parametrize(
    ("findings", "names"),
    [
        (lambda: chat.finish_reason(CHAT), ["finish_reason"]),
        (lambda: gemini.text_path(GEMINI), ["finishReason"]),
        (lambda: gemini_stream.order(streamed(*GEMINI_EVENTS, end=b"")), ["events"]),
        (
            lambda: chat_stream.reasoning_deltas(streamed(chunk({"reasoning": "Hm."}), HEL)),
            ["delta content", "signatures", "reasoning beside the content"],
        ),
    ],
)
def test_what_is_recorded_has_its_name(findings: Findings, names: list[str]) -> None:
    assert [found.message for found in collect(findings())] == names


@pytest.mark.parametrize(
    ("findings", "why"),
    [
        (lambda: chat.finish_reason(chats("choices", [])), "choices is empty"),
        (lambda: chat.says_length(chats(REASON, GONE), 1, 1), "the answer tells no finish_reason"),
        (lambda: chat.content_is_string(chats(CONTENT, None)), "the answer has no content"),
        (lambda: gemini.text_path({"promptFeedback": {"blockReason": "SAFETY"}}), "the prompt was blocked: SAFETY"),
        (lambda: reasoning.signed(chats(CONTENT, [7])), f"{CONTENT} holds something that is no block"),
        (lambda: reasoning.signed(chats(CONTENT, [TEXT])), "there is no reasoning block that could be signed"),
        (
            lambda: reasoning.has_text_and_thought(change(CHAT, (CONTENT, ""), (REASON, "length"))),
            "the answer was cut before its text",
        ),
        (lambda: reasoning.did_not_reason(chats(CONTENT, None)), "the answer has no text"),
        (lambda: responses.output_items(typed("output.1.content.0", {"type": "refusal"})), "the model declined"),
        (lambda: responses.calls_apply_patch(RESPONSE), "the model did not call apply_patch: ['reasoning', 'message']"),
    ],
)
def test_why_there_is_nothing_to_judge(findings: Findings, why: str) -> None:
    (found,) = told(findings())
    assert (found.kind, found.message) == ("undecided", why)


def test_of_all_families_that_a_name_holds_the_longest_counts() -> None:
    body = CHAT | {"model": "vendor/alpha-large-z"}
    assert told(chat.model(body, "alpha-large", ("z", "alpha"))) == []
    assert [found.kind for found in told(chat.model(body, "z", ("alpha-large", "alpha")))] == ["violation"]


SEEN = cross_surface.SurfaceAnswer("chat", "hi", "finished", 3, 2)


@pytest.mark.parametrize(
    ("door", "body", "cut"),
    [
        ("chat", chats(REASON, "length"), cross_surface.CUT),
        ("responses", typed("status", "incomplete"), cross_surface.CUT),
        ("gemini", geminis(END, "MAX_TOKENS"), cross_surface.CUT),
        ("chat", CHAT, cross_surface.FINISHED),
        ("responses", RESPONSE, cross_surface.FINISHED),
        ("gemini", GEMINI, cross_surface.FINISHED),
    ],
)
def test_each_surface_has_its_word_for_the_end(door: str, body: Any, cut: str) -> None:
    assert cross_surface.surface_answer(door, body).reason == cut


def test_a_reason_that_no_other_surface_knows_stays_what_it_is() -> None:
    assert cross_surface.surface_answer("chat", chats(REASON, "content_filter")).reason == "content_filter"


@pytest.mark.parametrize(
    ("other", "warned"),
    [
        (SEEN, []),
        (cross_surface.SurfaceAnswer("gemini", "hi", "absent", 3, 2), []),  # what is not told is no other reason
        (cross_surface.SurfaceAnswer("gemini", "hi", cross_surface.CUT, 3, 2), [("finished", cross_surface.CUT)]),
        (cross_surface.SurfaceAnswer("gemini", "", cross_surface.CUT, 3, 2), [("finished", cross_surface.CUT)]),
        (cross_surface.SurfaceAnswer("gemini", "", "finished", 3, 2), [("text", "none")]),
        (cross_surface.SurfaceAnswer("gemini", "hi", "finished", None, 2), [("counts", "[None, 2]")]),
        (cross_surface.SurfaceAnswer("gemini", "hi", "finished", 3, 0), [("counts", "[3, 0]")]),
    ],
)
def test_what_differs_between_two_doors(other: cross_surface.SurfaceAnswer, warned: list[tuple[str, str]]) -> None:
    for found, expected in (
        (collect(cross_surface.same_answer(SEEN, other)), warned),
        (
            collect(cross_surface.same_answer(other, SEEN)),
            [pair[::-1] if "finished" in pair else pair for pair in warned],
        ),
    ):
        *warnings, last = found
        assert [(each.kind, each.expected, each.actual) for each in warnings] == [
            ("warning", *pair) for pair in expected
        ]
        assert last.kind == "observation"
    assert collect(cross_surface.same_answer(SEEN, SEEN))[-1] == Finding(
        "observation", "chat and chat", actual="finished, 3 and 3 tokens in, 2 and 2 out"
    )
