"""Reasoning blocks: order, shape, signature, and where reasoning is allowed to hide."""

from typing import Any

import pytest

from conformance.checks import reasoning

from .samples import CHAT, GONE, REASONING, SUMMARY, TEXT, THINKING, change, judged, seen

CONTENT = reasoning.CONTENT
MESSAGE = "choices.0.message"
ENCRYPTED = {"type": "summary_encrypted_text", "data": "x"}
OTHER = {"type": "tool_use"}


def content(*blocks: Any, **fields: Any) -> Any:
    return change(CHAT, (CONTENT, list(blocks)), *((f"{MESSAGE}.{key}", value) for key, value in fields.items()))


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
        (change(CHAT, (CONTENT, "")), [("inapplicable", "")]),
        (content(TEXT, REASONING, OTHER), []),  # their order is another requirement's
        (summaries(), []),
        (summaries(ENCRYPTED), []),
        (summaries({"type": "summary_text", "text": ""}), []),  # gpt-oss and Gemini sign nothing
        (summaries(SUMMARY | {"signature": None}), []),
        (content({"text": "Hello."}), broken(f"{CONTENT}.0")),
        (content({"type": ["text"]}), broken(f"{CONTENT}.0")),
        (content({"type": "text"}), broken(f"{CONTENT}.0.text")),
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
        (content(REASONING), broken(CONTENT)),
        (content(REASONING, TEXT | {"text": ""}), broken(CONTENT)),
        (change(CHAT, (CONTENT, "")), [("violation", CONTENT), ("warning", CONTENT)]),
        (change(CHAT, (CONTENT, None)), [("violation", CONTENT), ("warning", CONTENT)]),
        (change(content(REASONING), ("choices.0.finish_reason", "length")), [("undecided", "")]),
    ],
)
def test_text_and_thought(body: Any, found: list[tuple[str, str]]) -> None:
    assert judged(reasoning.has_text_and_thought(body)) == found


def counted(tokens: Any) -> Any:
    return change(CHAT, ("usage", CHAT["usage"] | {"completion_tokens_details": {"reasoning_tokens": tokens}}))


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
        (change(CHAT, (CONTENT, None)), [("undecided", "")]),
        (change(CHAT, (CONTENT, GONE)), [("undecided", "")]),
    ],
)
def test_did_not_reason(body: Any, found: list[tuple[str, str]]) -> None:
    assert judged(reasoning.did_not_reason(body)) == found


Told = dict[str, int | None]


def by_effort(omitted: int | None, none: int | None, high: int | None) -> Told:
    return {"omitted": omitted, "none": none, "high": high}


@pytest.mark.parametrize(
    ("told", "found"),
    [
        (by_effort(0, 0, 64), []),
        (by_effort(None, None, 64), []),
        (by_effort(None, None, None), []),  # reasoning is not told apart: a note
        (by_effort(0, 0, 0), []),
        (by_effort(0, 1, 64), []),  # what `none` does is another requirement's
        (by_effort(1, 0, 64), [("violation", "")]),
        (by_effort(64, None, None), [("violation", "")]),
        (by_effort(64, 64, 64), [("violation", "")]),
    ],
)
def test_default_is_none(told: Told, found: list[tuple[str, str]]) -> None:
    assert judged(reasoning.default_is_none(told)) == found


def test_the_tokens_of_each_effort_are_recorded() -> None:
    assert seen(reasoning.default_is_none(by_effort(0, None, 64))) == ["omitted 0, none None, high 64"]
    unseen = seen(reasoning.default_is_none(by_effort(None, 0, 0)))
    assert unseen == ["omitted None, none 0, high 0", "not to be seen: reasoning is not told apart"]


def efforts(omitted: int | None, low: int | None, medium: int | None, high: int | None) -> Told:
    return {"omitted": omitted, "low": low, "medium": medium, "high": high}


UNSEEN = "not to be seen"


@pytest.mark.parametrize(
    ("told", "nearest"),
    [
        (efforts(64, 10, 64, 300), "medium"),
        (efforts(100, 10, 64, 300), "medium"),
        (efforts(181, 10, 64, 300), "medium"),
        (efforts(183, 10, 64, 300), "high"),
        (efforts(38, 10, 64, 300), "medium"),
        (efforts(36, 10, 64, 300), "low"),
        (efforts(0, 10, 64, 300), "low"),
        (efforts(900, 10, 64, 300), "high"),
        (efforts(64, None, 64, 300), "medium"),
        (efforts(10, 10, None, 300), "low"),
        (efforts(None, 10, 64, 300), UNSEEN),
        (efforts(64, 64, 64, 64), UNSEEN),
        (efforts(64, None, None, 64), UNSEEN),
        (efforts(0, None, None, None), UNSEEN),
        (efforts(None, None, None, None), UNSEEN),
    ],
)
def test_default_looks_like(told: Told, nearest: str) -> None:
    for default in ("low", "medium", "high"):
        found = judged(reasoning.default_looks_like(default, told))
        assert found == ([] if nearest in (default, UNSEEN) else [("warning", "")])
        assert seen(reasoning.default_looks_like(default, told))[1] == nearest


@pytest.mark.parametrize(
    ("with_it", "without_it", "found"),
    [
        (100, 100, []),
        (90, 100, []),
        (100 + reasoning.TOLERANCE, 100, []),
        (101 + reasoning.TOLERANCE, 100, broken("usage.prompt_tokens")),
        (900, 0, broken("usage.prompt_tokens")),
    ],
)
def test_older_reasoning_is_free(with_it: int, without_it: int, found: list[tuple[str, str]]) -> None:
    assert judged(reasoning.older_reasoning_is_free(with_it, without_it)) == found


@pytest.mark.parametrize("default", ["low", "medium"])
def test_a_tie_is_no_other_default(default: str) -> None:
    assert judged(reasoning.default_looks_like(default, efforts(64, 64, 64, 300))) == []
