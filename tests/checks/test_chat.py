"""The shape of a chat completion: each field broken, and each use of its latitude."""

from typing import Any

import pytest

from conformance.checks import chat
from conformance.checks.findings import collect
from conformance.checks.same import AnswerSummary

from .samples import (
    CHAT,
    DATE,
    GONE,
    REASONING,
    SECONDS,
    TEXT,
    THINKING,
    answered,
    change,
    judged,
    seen,
    told,
    unanswered,
)

MESSAGE = "choices.0.message"
CALL = [{"id": "call_1", "type": "function", "function": {"name": "f", "arguments": "{}"}}]
TWO = change(CHAT, ("choices", [CHAT["choices"][0], CHAT["choices"][0] | {"index": 1}]))


def broken(path: str) -> list[tuple[str, str]]:
    return [("violation", path)]


def test_the_documented_answer_passes() -> None:
    for body in (CHAT, TWO, THINKING):
        answer = answered(body, date=DATE)
        checks = [
            chat.object_is(body, "chat.completion"),
            chat.choices(body),
            chat.finish_reason(body),
            chat.identifier(body),
            chat.created(answer, body),
            chat.model(body),
            chat.json_content_type(answer),
        ]
        assert [told(check) for check in checks] == [[]] * len(checks)


@pytest.mark.parametrize("value", ["chat.completion.chunk", "chat.completion ", "", None, GONE])
def test_object(value: Any) -> None:
    body = change(CHAT, ("object", value))
    (found,) = told(chat.object_is(body, "chat.completion"))
    assert (found.expected, found.path) == ("chat.completion", "object")
    assert found.actual == ("absent" if value is GONE else str(value))


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ([("choices.0.index", 0.0)], []),
        ([(f"{MESSAGE}.content", None), (f"{MESSAGE}.tool_calls", CALL)], []),
        ([(f"{MESSAGE}.content", GONE), (f"{MESSAGE}.refusal", "I cannot.")], []),
        ([(f"{MESSAGE}.content", ""), ("choices.0.finish_reason", "length")], []),  # all spent on reasoning
        ([(f"{MESSAGE}.content", None), ("choices.0.finish_reason", "content_filter")], []),
        ([(f"{MESSAGE}.content", None), ("choices.0.finish_reason", None)], broken(MESSAGE)),
        ([(f"{MESSAGE}.content", None), ("choices.0.finish_reason", GONE)], broken(MESSAGE)),
        ([("choices", [])], broken("choices")),
        ([("choices", None)], broken("choices")),
        ([("choices", {"0": CHAT["choices"][0]})], broken("choices")),
        ([("choices.0.index", GONE)], broken("choices.0.index")),
        ([("choices.0.index", "0")], broken("choices.0.index")),
        ([("choices.0.index", False)], broken("choices.0.index")),
        ([("choices.0.index", 1)], broken("choices")),
        ([(MESSAGE, GONE)], broken(MESSAGE)),
        ([(MESSAGE, [])], broken(MESSAGE)),
        ([(f"{MESSAGE}.role", GONE)], broken(f"{MESSAGE}.role")),
        ([(f"{MESSAGE}.role", "model")], broken(f"{MESSAGE}.role")),
        ([(f"{MESSAGE}.content", "")], broken(MESSAGE)),
        ([(f"{MESSAGE}.content", None)], broken(MESSAGE)),
        ([(f"{MESSAGE}.content", [])], broken(MESSAGE)),
        ([(f"{MESSAGE}.content", [REASONING])], []),  # that its text is missing is told where reasoning is judged
        ([(f"{MESSAGE}.content", [{"type": "text", "text": ""}])], broken(MESSAGE)),
        ([(MESSAGE, {})], [("violation", f"{MESSAGE}.role"), ("violation", MESSAGE)]),  # a placeholder of the documents
    ],
)
def test_choices(changes: list[tuple[str, Any]], found: list[tuple[str, str]]) -> None:
    assert judged(chat.choices(change(CHAT, *changes))) == found


@pytest.mark.parametrize(("first", "second", "fine"), [(0, 1, True), (1, 0, True), (0, 0, False), (0, 2, False)])
def test_indices(first: int, second: int, fine: bool) -> None:
    body = change(TWO, ("choices.0.index", first), ("choices.1.index", second))
    assert judged(chat.choices(body)) == ([] if fine else broken("choices"))


def test_the_second_choice_counts_too() -> None:
    assert judged(chat.choices(change(TWO, ("choices.1.message.role", "user")))) == broken("choices.1.message.role")
    assert judged(chat.finish_reason(change(TWO, ("choices.1.finish_reason", GONE)))) == broken(
        "choices.1.finish_reason"
    )


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("stop", None), ("length", None), ("tool_calls", None), ("content_filter", None),
        ("function_call", None),
        (None, "warning"), ("end_turn", "warning"), ("STOP", "warning"), ("", "warning"), (7, "warning"), ([], "warning"),
        (GONE, "violation"),
    ],
)  # fmt: skip
def test_finish_reason(value: Any, kind: str | None) -> None:
    body = change(CHAT, ("choices.0.finish_reason", value))
    assert judged(chat.finish_reason(body)) == ([(kind, "choices.0.finish_reason")] if kind else [])
    assert seen(chat.finish_reason(body)) == ([] if kind else [value])


@pytest.mark.parametrize("value", [[], None, GONE])
def test_without_choices_there_is_no_finish_reason_to_judge(value: Any) -> None:
    assert judged(chat.finish_reason(change(CHAT, ("choices", value)))) == [("undecided", "")]


@pytest.mark.parametrize(
    ("value", "kind"),
    [("x", None), (None, "warning"), ("", "warning"), (7, "warning"), ([], "warning"), (GONE, "violation")],
)
def test_identifier(value: Any, kind: str | None) -> None:
    assert judged(chat.identifier(change(CHAT, ("id", value)))) == ([(kind, "id")] if kind else [])


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (SECONDS, None),
        (float(SECONDS), None),
        (SECONDS + 86_400, None),
        (SECONDS + 86_401, "warning"),
        (SECONDS - 86_401, "warning"),
        (10**9, "warning"),
        (10**9 - 1, "violation"),
        (10**10, "violation"),
        (SECONDS * 1000, "violation"),
        (SECONDS + 0.5, "violation"),
        (str(SECONDS), "violation"),
        (True, "violation"),
        (None, "violation"),
        (GONE, "violation"),
    ],
)
def test_created(value: Any, kind: str | None) -> None:
    body = change(CHAT, ("created", value))
    assert judged(chat.created(answered(body, date=DATE), body)) == ([(kind, "created")] if kind else [])


@pytest.mark.parametrize(
    "date", ["", "yesterday", "Sun, 22 Nov 2026 99999999999:00:00 GMT", "Mon, 01 Jan 99999 00:00:00 GMT"]
)
def test_a_date_that_is_none_is_not_held_against_created(date: str) -> None:
    body = CHAT | {"created": 1_000_000_000}
    assert told(chat.created(answered(body, date=date), body)) == []
    assert told(chat.created(answered(body), body)) == []


@pytest.mark.parametrize(
    ("media_type", "fine"),
    [
        ("application/json", True), ("Application/JSON; charset=utf-8", True), ("application/problem+json", True),
        ("text/html", False), ("text/json", False), ("application/jsonlines", False), ("", False),
    ],
)  # fmt: skip
def test_content_type(media_type: str, fine: bool) -> None:
    found = told(chat.json_content_type(answered(CHAT, media_type=media_type)))
    assert [finding.actual for finding in found] == ([] if fine else [media_type or "absent"])


def test_where_no_answer_came_no_header_is_read() -> None:
    (found,) = told(chat.json_content_type(unanswered()))
    assert (found.kind, found.actual) == ("violation", "absent")
    assert told(chat.created(unanswered(), CHAT)) == []


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (CHAT, True),
        (change(CHAT, (f"{MESSAGE}.content", [TEXT])), True),
        (change(CHAT, (f"{MESSAGE}.content", [REASONING])), True),  # cut before its text
        (change(CHAT, (f"{MESSAGE}.content", None), (f"{MESSAGE}.tool_calls", [{"id": "call_1"}])), True),
        (change(CHAT, (f"{MESSAGE}.content", None), (f"{MESSAGE}.refusal", "No.")), True),
        (change(CHAT, (f"{MESSAGE}.content", "")), False),
        (change(CHAT, (f"{MESSAGE}.content", [TEXT | {"text": ""}])), False),
        (change(CHAT, (f"{MESSAGE}.content", None), (f"{MESSAGE}.tool_calls", [])), False),
        (change(CHAT, ("choices", [])), False),
        ({"ok": True}, False),
        ({}, False),
        (None, False),
    ],
)
def test_an_answer_that_says_nothing_proves_nothing(body: Any, says: bool) -> None:
    assert judged(chat.holds_answer(body)) == ([] if says else [("undecided", "")])


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ("Hello.", []),
        ("", [("undecided", "")]),
        ([TEXT, TEXT], [("warning", "")]),
        ([REASONING, TEXT], broken(f"{MESSAGE}.content")),
        ([], broken(f"{MESSAGE}.content")),
        (["Hello."], broken(f"{MESSAGE}.content")),
        ({"text": "Hello."}, broken(f"{MESSAGE}.content")),
        (None, [("undecided", "")]),  # a tool call or a refusal has none
        (GONE, [("undecided", "")]),
    ],
)
def test_content_is_string(content: Any, found: list[tuple[str, str]]) -> None:
    assert judged(chat.content_is_string(change(CHAT, (f"{MESSAGE}.content", content)))) == found


@pytest.mark.parametrize(
    ("made", "reason", "warned"),
    [(31, "stop", False), (32, "length", False), (32, "stop", True), (33, "stop", True), (40, None, True)],
)
def test_a_cut_answer_says_so(made: int, reason: Any, warned: bool) -> None:
    found = told(chat.says_length(change(CHAT, ("choices.0.finish_reason", reason)), 32, made))
    assert [(finding.kind, finding.actual) for finding in found] == [("warning", str(reason))] * warned


def test_an_answer_without_a_reason_does_not_say_whether_it_was_cut() -> None:
    for body in (change(CHAT, ("choices.0.finish_reason", GONE)), CHAT | {"choices": []}, None):
        assert judged(chat.says_length(body, 32, 32)) == [("undecided", "")]


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("a", "a"),
        ([TEXT | {"text": "a"}, REASONING, TEXT | {"text": "b"}, {"type": "text"}, 7], "ab"),
        (None, ""),
        (7, ""),
    ],
)
def test_text_of(content: Any, text: str) -> None:
    assert chat.text_of(content) == text


@pytest.mark.parametrize(
    ("content", "kinds"),
    [
        ("hi", []),
        ([{"type": "reasoning", "summary": []}, {"type": "text", "text": "hi"}], ["warning"]),
        ([{"type": "reasoning", "summary": []}], ["violation"]),
        ("", ["violation"]),
        ([], ["violation"]),
        (None, ["undecided"]),
    ],
)
def test_content_holds_text(content: object, kinds: list[str]) -> None:
    body = {"choices": [{"message": {"content": content}}]}
    assert [finding.kind for finding in collect(chat.content_holds_text(body))] == kinds


@pytest.mark.parametrize(
    ("contents", "kinds"),
    [
        ([], ()),
        (["Hello."], ("text",)),
        (["", None, 7, {"type": "text"}], ()),
        ([[TEXT, REASONING], "Hello.", [TEXT]], ("reasoning", "text")),
        ([[{"type": "of_tomorrow"}], []], ("of_tomorrow",)),
        ([["Hello.", {"text": "Hello."}, None]], ("absent",)),
        ([[{"type": None}, {"type": ["text"]}]], ("None", "['text']")),
    ],
)
def test_kinds_of_blocks(contents: list[Any], kinds: tuple[str, ...]) -> None:
    assert chat.block_types(*contents) == kinds


KEYS = tuple(sorted(CHAT["usage"]))


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (CHAT, AnswerSummary(("text",), "stop", KEYS, "Hello.")),
        (THINKING, AnswerSummary(("reasoning", "text"), "stop", KEYS, TEXT["text"])),
        (TWO, AnswerSummary(("text",), "stop", KEYS, "Hello.")),  # of the first choice
        (change(CHAT, ("choices.0.finish_reason", None)), AnswerSummary(("text",), "", KEYS, "Hello.")),
        (change(CHAT, ("choices.0.finish_reason", ["stop"])), AnswerSummary(("text",), "", KEYS, "Hello.")),
        (change(CHAT, ("usage", list(KEYS))), AnswerSummary(("text",), "stop", (), "Hello.")),
        (change(CHAT, ("usage.cost", 1)), AnswerSummary(("text",), "stop", KEYS, "Hello.")),
        (change(CHAT, (f"{MESSAGE}.content", None)), AnswerSummary((), "stop", KEYS, "")),
        (change(CHAT, ("choices", [])), AnswerSummary((), "", KEYS, "")),
        (CHAT["choices"], AnswerSummary((), "", (), "")),
        (None, AnswerSummary((), "", (), "")),
    ],
)
def test_what_an_answer_says(body: Any, said: AnswerSummary) -> None:
    assert chat.summarise(body) == said


def test_the_details_of_usage_are_read_too() -> None:
    details: dict[str, Any] = {"prompt_tokens_details": None, "completion_tokens_details": {}, "service_tier": 1}
    assert chat.summarise({"usage": details}).usage == ("completion_tokens_details", "prompt_tokens_details")
