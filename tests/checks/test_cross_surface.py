"""One intent on two surfaces: what is the same, what is told, what is warned of."""

from typing import Any

import pytest

from conformance.checks.cross_surface import SurfaceAnswer, same_answer, surface_answer
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
    ("surface", "body", "input_tokens"), [("chat", CHAT, 3), ("responses", RESPONSES, 4), ("gemini", GEMINI, 5)]
)
def test_each_surface_in_common_terms(surface: str, body: dict[str, Any], input_tokens: int) -> None:
    assert surface_answer(surface, body) == SurfaceAnswer(surface, "hi", "finished", input_tokens, 2)


@pytest.mark.parametrize("body", [None, [], {}, {"choices": 3}, {"output": [None]}, {"candidates": [[]]}, "x"])
@pytest.mark.parametrize("surface", ["chat", "responses", "gemini"])
def test_a_hostile_body_is_only_an_empty_answer(surface: str, body: object) -> None:
    assert surface_answer(surface, body) == SurfaceAnswer(surface, "", "absent", None, None)


def kinds(one: SurfaceAnswer, other: SurfaceAnswer) -> list[str]:
    return [finding.message for finding in collect(same_answer(one, other)) if finding.kind == "warning"]


FINE = SurfaceAnswer("chat", "hi", "finished", 3, 2)


def test_the_same_answer_is_told_and_no_more() -> None:
    assert kinds(FINE, SurfaceAnswer("gemini", "ho", "finished", 5, 9)) == []


@pytest.mark.parametrize(
    ("other", "says"),
    [
        (SurfaceAnswer("gemini", "", "finished", 5, 2), "no text through gemini"),
        (SurfaceAnswer("gemini", "hi", "finished", None, 2), "no usage through gemini"),
        (SurfaceAnswer("gemini", "hi", "finished", 5, 0), "no usage through gemini"),
        (SurfaceAnswer("gemini", "hi", "cut at the cap", 5, 2), "gemini stops for another reason than chat"),
    ],
)
def test_a_difference_is_warned_of(other: SurfaceAnswer, says: str) -> None:
    assert kinds(FINE, other) == [says]


def test_an_answer_that_was_cut_may_have_no_text() -> None:
    cut = SurfaceAnswer("chat", "", "cut at the cap", 3, 32)
    assert kinds(cut, SurfaceAnswer("responses", "", "cut at the cap", 3, 32)) == []
