"""Reasoning blocks: order, shape, signature, where reasoning is allowed to hide, and what older reasoning may cost."""

from typing import Any

import pytest

from conformance.checks import reasoning

from .samples import CHAT, GONE, REASONING, SUMMARY, TEXT, THINKING, change, judged, seen, told

CONTENT = reasoning.CONTENT
MESSAGE = "choices.0.message"
ENCRYPTED = {"type": "summary_encrypted_text", "data": "x"}
OTHER = {"type": "tool_use"}


def content(*blocks: Any, **fields: Any) -> Any:
    return change(CHAT, (CONTENT, list(blocks)), *((f"{MESSAGE}.{key}", value) for key, value in fields.items()))


def counted(tokens: Any) -> Any:
    return change(CHAT, ("usage", CHAT["usage"] | {"completion_tokens_details": {"reasoning_tokens": tokens}}))


def broken(path: str) -> list[tuple[str, str]]:
    return [("violation", path)]


def summaries(*items: Any) -> Any:
    return content(REASONING | {"summary": list(items)}, TEXT)


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (THINKING, []),
        (content(REASONING, REASONING, TEXT), [("warning", CONTENT)]),
        (content(REASONING, TEXT, TEXT), [("warning", CONTENT)]),
        (content(REASONING, TEXT, OTHER), [("warning", CONTENT)]),
        (content(TEXT, REASONING), broken(f"{CONTENT}.0")),
        (content(TEXT), broken(f"{CONTENT}.0")),
        (content(), broken(f"{CONTENT}.0")),
        (content(OTHER, REASONING, TEXT), broken(f"{CONTENT}.0")),
        (content("Hello."), broken(f"{CONTENT}.0")),
        (content(REASONING), broken(CONTENT)),
        (content(REASONING, TEXT, REASONING), broken(CONTENT)),
        (content(REASONING, TEXT | {"text": ""}), broken(CONTENT)),
        (content(REASONING, {"type": "text"}), broken(CONTENT)),
        (content(REASONING, TEXT | {"text": ""}, TEXT | {"text": ""}), broken(CONTENT)),
        (summaries(), broken(f"{CONTENT}.0.summary.0.text")),
        (summaries(SUMMARY | {"text": ""}), broken(f"{CONTENT}.0.summary.0.text")),
        (summaries(ENCRYPTED), broken(f"{CONTENT}.0.summary.0.text")),
        (CHAT, broken(CONTENT)),
    ],
)
def test_documented_indices(body: Any, found: list[tuple[str, str]]) -> None:
    assert judged(reasoning.documented_indices(body)) == found


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (THINKING, []),
        (CHAT, [("inapplicable", "")]),  # hidden reasoning: no block at all
        (change(CHAT, (CONTENT, "")), [("undecided", "")]),
        (content(), [("undecided", "")]),
        (content(TEXT), [("inapplicable", "")]),
        (content(TEXT, REASONING, OTHER), []),  # their order is another requirement's
        (summaries(), []),
        (summaries(ENCRYPTED), []),
        (summaries({"type": "summary_text", "text": ""}), []),  # gpt-oss and Gemini sign nothing
        (summaries(SUMMARY | {"signature": None}), []),
        (content(REASONING, {"text": "Hello."}), broken(f"{CONTENT}.1")),
        (content(REASONING, {"type": ["text"]}), broken(f"{CONTENT}.1")),
        (content(REASONING, {"type": "text"}), broken(f"{CONTENT}.1.text")),
        (content({"type": "reasoning"}), broken(f"{CONTENT}.0.summary")),
        (content(REASONING | {"summary": "Think."}), broken(f"{CONTENT}.0.summary")),
        (summaries({"type": "summary_text"}), broken(f"{CONTENT}.0.summary.0.text")),
        (summaries(SUMMARY, SUMMARY | {"type": "summary"}), [("warning", f"{CONTENT}.0.summary.1.type")]),
        (summaries({"type": "of_tomorrow"}), [("warning", f"{CONTENT}.0.summary.0.type")]),
        (summaries(SUMMARY | {"type": ["summary_text"]}), broken(f"{CONTENT}.0.summary.0.type")),
        (summaries(SUMMARY | {"type": None}), broken(f"{CONTENT}.0.summary.0.type")),
        (summaries({"text": "Think."}), broken(f"{CONTENT}.0.summary.0.type")),
        (summaries("Think."), broken(f"{CONTENT}.0.summary.0.type")),
        (summaries(SUMMARY | {"signature": 7}), broken(f"{CONTENT}.0.summary.0.signature")),
        (content("Hello."), [("undecided", "")]),
        (change(CHAT, (CONTENT, None)), [("undecided", "")]),
    ],
)
def test_block_types(body: Any, found: list[tuple[str, str]]) -> None:
    assert judged(reasoning.block_types(body)) == found


def test_other_block_types_are_recorded() -> None:
    assert seen(reasoning.block_types(content(TEXT, OTHER))) == ["tool_use"]
    assert seen(reasoning.block_types(CHAT)) == []


SIGNATURE = f"{CONTENT}.0.summary.0.signature"


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (THINKING, []),
        (summaries(SUMMARY | {"signature": ""}), broken(SIGNATURE)),
        (summaries(SUMMARY | {"signature": None}), broken(SIGNATURE)),
        (summaries({"type": "summary_text", "text": "Think."}), broken(SIGNATURE)),
        (summaries(), broken(SIGNATURE)),
        (content(REASONING, REASONING | {"summary": []}, TEXT), broken(f"{CONTENT}.1.summary.0.signature")),
        (content(TEXT), [("undecided", "")]),
        (CHAT, [("undecided", "")]),
    ],
)
def test_signed(body: Any, found: list[tuple[str, str]]) -> None:
    assert judged(reasoning.signed(body)) == found


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (THINKING, []),
        (content(TEXT, REASONING), []),
        (CHAT, [("warning", CONTENT)]),
        (content(TEXT), [("warning", CONTENT)]),
        (content(TEXT | {"thoughtSignature": "CpwB"}), []),  # how Gemini models are answered for
        (counted(64), []),  # hidden
        (counted(0), [("warning", CONTENT)]),
        (change(CHAT, (CONTENT, "<think>Hm.</think>Air.")), [("warning", CONTENT)]),
        (content(REASONING), broken(CONTENT)),
        (content(REASONING, TEXT | {"text": ""}), broken(CONTENT)),
        (change(CHAT, (CONTENT, "")), [("violation", CONTENT), ("warning", CONTENT)]),
        (change(CHAT, (CONTENT, None)), [("violation", CONTENT), ("warning", CONTENT)]),
        (change(content(REASONING), ("choices.0.finish_reason", "length")), [("undecided", "")]),
    ],
)
def test_text_and_thought(body: Any, found: list[tuple[str, str]]) -> None:
    assert judged(reasoning.has_text_and_thought(body)) == found


@pytest.mark.parametrize(
    ("body", "found", "how"),
    [
        (THINKING, [], "a reasoning block"),
        (content(TEXT, reasoning_content="Hmm."), [], "reasoning_content"),
        (change(CHAT, (f"{MESSAGE}.reasoning", "Hmm.")), [], "reasoning"),
        (counted(64), [], "64 reasoning tokens"),
        (CHAT, [("warning", "")], None),
        (counted(None), [("warning", "")], None),
        (change(CHAT, (f"{MESSAGE}.reasoning_content", "")), [("warning", "")], None),
        (counted(0), broken(CONTENT), None),
        *(
            (change(answer, (CONTENT, f"<{tag}>Hm.</{tag}>Air.")), [("warning", CONTENT)], None)
            for tag in ("think", "thinking", "reasoning")
            for answer in (CHAT, counted(0), counted(64))
        ),
        *(
            (change(answer, (CONTENT, nothing)), [("undecided", "")], None)
            for nothing in ("", None, [], GONE)
            for answer in (CHAT, counted(0))
        ),
        ({}, [("undecided", "")], None),
        ({"choices": []}, [("undecided", "")], None),
    ],
)
def test_reasoned(body: Any, found: list[tuple[str, str]], how: str | None) -> None:
    assert judged(reasoning.reasoned(body)) == found
    assert seen(reasoning.reasoned(body)) == ([how] if how else [])


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (CHAT, []),
        (content(TEXT), []),
        (counted(0), []),
        (change(CHAT, (f"{MESSAGE}.reasoning_content", None)), []),
        (THINKING, broken(CONTENT)),
        (content(TEXT, {"type": "reasoning"}), broken(CONTENT)),
        (change(CHAT, (f"{MESSAGE}.reasoning_content", "Hmm.")), broken(MESSAGE)),
        (counted(1), broken("usage")),
        (change(CHAT, (CONTENT, "Hm.</think>Air.")), broken(CONTENT)),
        (change(CHAT, (CONTENT, "")), [("undecided", "")]),
        (content(), [("undecided", "")]),
        ({"choices": []}, [("undecided", "")]),
        (change(CHAT, (CONTENT, None)), [("undecided", "")]),
        (change(CHAT, (CONTENT, GONE)), [("undecided", "")]),
    ],
)
def test_did_not_reason(body: Any, found: list[tuple[str, str]]) -> None:
    assert judged(reasoning.did_not_reason(body)) == found


@pytest.mark.parametrize(
    ("with_it", "without_it", "found"),
    [
        (100, 100, []),
        (90, 100, []),
        (100 + reasoning.TOLERANCE, 100, []),
        (101 + reasoning.TOLERANCE, 100, broken("usage.prompt_tokens")),
        (900, 1, broken("usage.prompt_tokens")),
        (900, 0, [("undecided", "")]),
        (0, 0, [("undecided", "")]),
    ],
)
def test_older_reasoning_is_free(with_it: int, without_it: int, found: list[tuple[str, str]]) -> None:
    assert judged(reasoning.older_reasoning_is_free(with_it, without_it)) == found


@pytest.mark.parametrize(
    ("bodies", "warned"),
    [
        ({"low": counted(0), "medium": counted(0), "high": counted(0)}, "low 0, medium 0, high 0"),
        ({"low": counted(0), "high": CHAT}, "low 0, high not told"),
        ({"high": change(counted(0), (CONTENT, "<think>Hm.</think>"))}, "high 0"),
        ({"low": counted(0), "high": counted(64)}, None),
        ({"low": counted(0), "high": THINKING}, None),
        ({"low": counted(0), "high": change(CHAT, (f"{MESSAGE}.reasoning", "Hm."))}, None),
        ({"low": CHAT, "high": CHAT}, None),  # not told apart: nothing to compare
        ({}, None),
    ],
)
def test_effort_takes_effect(bodies: dict[str, Any], warned: str | None) -> None:
    found = told(reasoning.effort_takes_effect(bodies))
    assert [(each.kind, each.message, each.actual) for each in found] == (
        [("warning", "the override has no effect", warned)] if warned else []
    )
