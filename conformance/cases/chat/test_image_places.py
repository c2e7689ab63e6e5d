"""Images wherever they stand in a request, and as heavy as photographs are: each has to reach the model, by its tokens."""

from typing import Any

import pytest

from conformance.cases import decides
from conformance.checks.answers import is_success, status_and_text, unanswered_reason
from conformance.checks.findings import Undecided
from conformance.checks.reading import answer_of
from conformance.checks.usage import grows
from conformance.probing.growth import costs_more
from conformance.probing.judge import Judge, NotApplicable
from conformance.probing.payloads import heavy_images
from conformance.probing.probes import chat as body
from conformance.probing.probes import image, images, text
from conformance.probing.surface import Answer, Chat

FAMILIES = pytest.mark.parametrize("family", ["claude", "gpt-5", "gemma", "llama"])
OVER_A_MEGABYTE = 1_100_000
"""Bytes of one image in base64."""


def after(*between: dict[str, Any], seen: bool) -> dict[str, Any]:
    """A question that follows a message of the user, which shows an image or does not, and what came between."""
    shown = {"role": "user", "content": [text("Look at this."), *([image("red-64.png")] if seen else [])]}
    return {"messages": [shown, *between, {"role": "user", "content": "What do you see?"}], "max_tokens": 128}


PLACES = {"in_a_row": (), "earlier_turn": ({"role": "assistant", "content": "I see."},)}
"""What stands between the message with the image and the question, by the name of the place."""


@pytest.mark.parametrize(
    ("family", "place"),
    [
        ("claude", "in_a_row"),
        ("claude", "earlier_turn"),
        *(pytest.param(family, "in_a_row", marks=pytest.mark.costly) for family in ("gpt-5", "gemma", "llama")),
        pytest.param("gpt-5", "earlier_turn", marks=pytest.mark.costly),
    ],
)
@decides("IMG-TOKENS-IN-USAGE")
def test_image_in_an_earlier_message(chat: Chat, judge: Judge, family: str, place: str) -> None:
    """An image in the first of two user messages costs tokens, next to each other or with an answer between them.

    That two messages of the user may follow each other no document says.
    """
    model, between = chat.of_family(family), PLACES[place]
    without = model.attempt(after(*between, seen=False))
    if not is_success(without):
        may_refuse = not between and not unanswered_reason(without)
        raise (NotApplicable if may_refuse else Undecided)(f"no answer to compare with: {status_and_text(without)}")
    seen = model.ask(after(*between, seen=True))
    costs_more(judge, [("the same without it", Answer(without)), ("an image in the first message", seen)])


@pytest.mark.costly
@FAMILIES
@decides("IMG-TOKENS-IN-USAGE")
def test_image_of_a_megabyte(chat: Chat, judge: Judge, family: str) -> None:
    """An image of over 1 MB in base64 costs tokens, as a small one does."""
    model = chat.of_family(family)
    heavy = heavy_images(OVER_A_MEGABYTE, number=1)
    without = model.ask(body(heavy["messages"][0]["content"][0]))
    costs_more(judge, [("no image", without), ("an image of over 1 MB", model.ask(heavy))])


@pytest.mark.costly
@decides("IMG-TOKENS-IN-USAGE")
def test_image_in_a_stream(chat: Chat, judge: Judge) -> None:
    """Streamed, an image costs tokens too, where a stream tells its usage."""
    claude, counts = chat.of_family("claude"), list[tuple[str, int]]()
    for number, words in enumerate(("no image, streamed", "an image, streamed")):
        streamed = claude.ask({**images(number), "stream": True}).exchange
        counted = answer_of("chat", streamed).input_tokens
        if counted is None:
            raise NotApplicable("the stream tells no input tokens")
        counts.append((words, counted))
    judge(grows(counts[0], counts[1], "usage.prompt_tokens"))
