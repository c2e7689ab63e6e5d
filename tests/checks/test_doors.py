"""One intent through two doors: what is the same, what is told, what is warned of."""

from typing import Any

import pytest

from conformance.checks.doors import Seen, same_answer, seen
from conformance.checks.findings import collect

CHAT = {
    "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "hi"}}],
    "usage": {"prompt_tokens": 3, "completion_tokens": 2},
}
RESPONSES = {
    "status": "completed",
    "output": [{"type": "message", "content": [{"type": "output_text", "text": "hi"}]}],
    "usage": {"input_tokens": 4, "output_tokens": 2},
}
GEMINI = {
    "candidates": [{"finishReason": "STOP", "content": {"parts": [{"text": "hi"}]}}],
    "usageMetadata": {"promptTokenCount": 5, "candidatesTokenCount": 2},
}


@pytest.mark.parametrize(
    ("door", "body", "taken"), [("chat", CHAT, 3), ("responses", RESPONSES, 4), ("gemini", GEMINI, 5)]
)
def test_each_door_in_common_terms(door: str, body: dict[str, Any], taken: int) -> None:
    assert seen(door, body) == Seen(door, "hi", "finished", taken, 2)


@pytest.mark.parametrize("body", [None, [], {}, {"choices": 3}, {"output": [None]}, {"candidates": [[]]}, "x"])
@pytest.mark.parametrize("door", ["chat", "responses", "gemini"])
def test_a_hostile_body_is_only_an_empty_answer(door: str, body: object) -> None:
    assert seen(door, body) == Seen(door, "", "absent", None, None)


def kinds(one: Seen, other: Seen) -> list[str]:
    return [finding.message for finding in collect(same_answer(one, other)) if finding.kind == "warning"]


FINE = Seen("chat", "hi", "finished", 3, 2)


def test_the_same_answer_is_told_and_no_more() -> None:
    assert kinds(FINE, Seen("gemini", "ho", "finished", 5, 9)) == []


@pytest.mark.parametrize(
    ("other", "says"),
    [
        (Seen("gemini", "", "finished", 5, 2), "no text through gemini"),
        (Seen("gemini", "hi", "finished", None, 2), "no usage through gemini"),
        (Seen("gemini", "hi", "finished", 5, 0), "no usage through gemini"),
        (Seen("gemini", "hi", "cut at the cap", 5, 2), "gemini stops for another reason than chat"),
    ],
)
def test_a_difference_is_warned_of(other: Seen, says: str) -> None:
    assert kinds(FINE, other) == [says]


def test_an_answer_that_was_cut_may_have_no_text() -> None:
    cut = Seen("chat", "", "cut at the cap", 3, 32)
    assert kinds(cut, Seen("responses", "", "cut at the cap", 3, 32)) == []
