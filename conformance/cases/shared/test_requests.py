"""What holds of requests on every surface: one that does not say what it is, and ones that are nearly alike."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from conformance.cases import decides
from conformance.checks.reading import answer_of, breaks_nothing, has_another_id, is_another_answer, is_counted
from conformance.probing.drawn import BACKGROUND, WORDS
from conformance.probing.judge import Judge
from conformance.probing.probes import LONG_ANSWER
from conformance.probing.surface import Body, Surface
from conformance.wire.exchange import Exchange, Request
from conformance.wire.sender import Sender

SURFACES = pytest.mark.parametrize("surface", ["chat", "responses", "gemini"], indirect=True)
SMALL, LARGE = 16, 64
"""Two caps, in tokens. OpenAI takes none below 16."""


class UnlabelledSender:
    """Sends requests without their Content-Type."""

    def __init__(self, inner: Sender) -> None:
        self._inner = inner

    def send(self, request: Request) -> Exchange:
        """Sends what is left of a request."""
        headers = {name: value for name, value in request.headers.items() if name.lower() != "content-type"}
        return self._inner.send(replace(request, headers=headers))


@SURFACES
@decides("REQUEST-UNLABELLED")
def test_no_content_type(surface: Surface, judge: Judge) -> None:
    """A request that does not say that it is JSON is answered or refused, and breaks nothing."""
    sent = replace(surface, sender=UnlabelledSender(surface.sender)).attempt(surface.hello)
    if not sent.response or (sent.status or 0) >= 500:
        surface.ask(surface.hello)  # else the target does not answer at all
    judge(breaks_nothing(sent, "a request without a content type"), about=sent)


def long_answer(surface: str, cap: int, system: str = "") -> Body:
    """A request for a long answer, with a cap, and a system message if there is one."""
    told = [{"role": "system", "content": system}] if system else []
    asked = {"role": "user", "content": LONG_ANSWER}
    bodies: dict[str, Callable[[], dict[str, Any]]] = {
        "chat": lambda: {"messages": [*told, asked], "max_tokens": cap},
        "responses": lambda: {"input": [*told, asked], "max_output_tokens": cap},
        "gemini": lambda: {
            "contents": [{"role": "user", "parts": [{"text": f"{system} {LONG_ANSWER}".strip()}]}],
            "generationConfig": {"maxOutputTokens": cap},
        },
    }
    return bodies[surface]()


@pytest.mark.parametrize(
    "surface",
    ["chat", *(pytest.param(surface, marks=pytest.mark.costly) for surface in ("responses", "gemini"))],
    indirect=True,
)
@decides("ANSWER-OWN")
def test_nearly_the_same_request(surface: Surface, judge: Judge) -> None:
    """Requests that differ in the cap alone, and in the system message alone, each get an answer of their own."""
    name = surface.name
    cut = surface.ask(long_answer(name, SMALL))
    longer = surface.ask(long_answer(name, LARGE))
    judge(has_another_id(cut.body, longer.body, "another cap"), about=longer.exchange)
    judge(is_another_answer(answer_of(name, cut.exchange), answer_of(name, longer.exchange)), about=longer.exchange)
    told = surface.ask(long_answer(name, SMALL, BACKGROUND))
    judge(has_another_id(cut.body, told.body, "another system message"), about=told.exchange)
    judge(is_counted(name, told.exchange, WORDS * 4 // 5, "another system message"), about=told.exchange)
