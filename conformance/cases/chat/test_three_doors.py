"""One intent through the doors that lead to the same model: chat and Responses, chat and Gemini."""

import pytest

from conformance.cases import decides
from conformance.checks.cross_surface import same_answer, surface_answer
from conformance.probing.judge import Judge
from conformance.probing.probes import CAP, LONG_ANSWER, ask
from conformance.probing.probes import gemini as gemini_body
from conformance.probing.surface import Chat, Gemini, Responses

LENGTHS = pytest.mark.parametrize(("words", "cap"), [("Say hello.", 2048), (LONG_ANSWER, CAP)], ids=["whole", "cut"])


@pytest.mark.costly
@LENGTHS
@decides("DOORS-SAME-ANSWER")
def test_chat_and_responses(chat: Chat, responses: Responses, judge: Judge, words: str, cap: int) -> None:
    """gpt-5 answers over chat as it does over Responses."""
    over_chat = chat.of_family("gpt-5").ask(ask(words, max_tokens=cap))
    over_responses = responses.of_family("gpt-5").ask({"input": words, "max_output_tokens": cap})
    judge(same_answer(surface_answer("chat", over_chat.body), surface_answer("responses", over_responses.body)))


@pytest.mark.costly
@LENGTHS
@decides("DOORS-SAME-ANSWER")
def test_chat_and_gemini(chat: Chat, gemini: Gemini, judge: Judge, words: str, cap: int) -> None:
    """gemini-3-1-pro answers over chat as it does over its own surface."""
    over_chat = chat.of_family("gemini").ask(ask(words, max_tokens=cap))
    over_gemini = gemini.of_family("gemini").ask(gemini_body({"text": words}, maxOutputTokens=cap))
    judge(same_answer(surface_answer("chat", over_chat.body), surface_answer("gemini", over_gemini.body)))
