"""What of a request reaches the upstream of a proxy."""

import pytest

from conformance.cases import decides
from conformance.checks.answers import error_text
from conformance.checks.findings import Undecided, get, observation
from conformance.probing.both_sides import ALWAYS, ANSWERED, BothSides
from conformance.probing.on_each_surface import (
    SURFACES,
    conversation,
    said,
    with_media,
    with_reasoning,
    with_recording,
    with_results,
    with_tools,
)
from conformance.probing.surface import Surface

on_each_surface = pytest.mark.parametrize("surface", SURFACES, indirect=True)
_OF_A_TURN = ("content", "reasoning_content", "thinking_blocks")
"""Members of an answer that a caller sends back, in the forms that proxies give reasoning."""
_TURNS = [
    ("system", "You  answer in one sentence. "),
    ("user", "What is the capital of France?"),
    ("assistant", "Paris."),
    ("user", " And of  Italy? "),
]


@on_each_surface
@decides(*ALWAYS, "PROXY-REQ-PARAMS", "PROXY-CREDENTIALS", *ANSWERED)
def test_conversation(surface: Surface, both_sides: BothSides) -> None:
    """Messages and parameters go through, and the answer comes back as it was given."""
    stop = {} if surface.name == "responses" else {"stop": ["###", "Cut here."]}
    exchange = surface.attempt(conversation(surface, _TURNS, temperature=0.37, top_p=0.9, **stop))
    if both_sides.is_refused(exchange):  # as some do that know what a model takes
        both_sides.judge(
            [observation("the proxy itself refuses", error_text(exchange))], "PROXY-REQ-PARAMS", about=exchange
        )
        exchange = surface.attempt(conversation(surface, _TURNS))
    both_sides(exchange, *ALWAYS, "PROXY-REQ-PARAMS", "PROXY-CREDENTIALS", *ANSWERED)


@on_each_surface
@decides("PROXY-REQ-MEDIA")
def test_images(surface: Surface, both_sides: BothSides) -> None:
    """Two images go through, byte for byte."""
    if surface.name == "chat":
        surface = surface.of_family("claude")
    both_sides(surface.attempt(with_media(surface, "red-64.png", "blue-64.png")), "PROXY-REQ-MEDIA")


@pytest.mark.parametrize("surface", ["gemini"], indirect=True)
@decides("PROXY-REQ-MEDIA")
def test_recording(surface: Surface, both_sides: BothSides) -> None:
    """So does a recording."""
    both_sides(surface.attempt(with_recording("tone-2s.mp3")), "PROXY-REQ-MEDIA")


@on_each_surface
@decides("PROXY-REQ-TOOLS", "PROXY-ANS-CALLS")
def test_tools(surface: Surface, both_sides: BothSides) -> None:
    """Two tools go through, and the call of one comes back; in the next turn, so does that call with its result."""
    asked = with_tools(surface)
    exchange = surface.attempt(asked)
    both_sides(exchange, "PROXY-REQ-TOOLS", "PROXY-ANS-CALLS")
    both_sides(surface.attempt(with_results(surface, asked, exchange)), "PROXY-REQ-TOOLS")


@on_each_surface
@decides("PROXY-ANS-REASONING")
def test_reasoning(surface: Surface, both_sides: BothSides) -> None:
    """Reasoning comes back as it was given, with its signatures."""
    if surface.name == "chat":
        surface = surface.of_family("claude")
    both_sides(surface.attempt(with_reasoning(surface)), "PROXY-ANS-REASONING")


@pytest.mark.parametrize("surface", ["chat"], indirect=True)
@decides("PROXY-REQ-REASONING", "PROXY-ANS-REASONING")
def test_reasoning_again(surface: Surface, both_sides: BothSides) -> None:
    """Reasoning that is sent back goes through with its signature."""
    model = surface.of_family("claude")
    asked = with_reasoning(model)
    first = model.ask(asked)
    both_sides(first.exchange, "PROXY-ANS-REASONING")
    told = get(first.body, "choices.0.message")
    message = {name: told[name] for name in _OF_A_TURN if isinstance(told, dict) and told.get(name)}
    if not isinstance(message.get("content"), list) and len(message) < 2:
        raise Undecided("the answer shows no reasoning that could be sent back")
    messages = [
        *asked["messages"],
        {"role": "assistant", **message},
        {"role": "user", "content": "And the sea?"},
    ]
    both_sides(model.attempt({**asked, "messages": messages}), "PROXY-REQ-REASONING")


@on_each_surface
@decides("PROXY-REQ-UNKNOWN")
def test_unknown_member(surface: Surface, both_sides: BothSides) -> None:
    """A member that no vendor has goes through, or is refused."""
    both_sides(surface.attempt({**said(surface, "Say hello."), "x_conformance": {"asked": True}}), "PROXY-REQ-UNKNOWN")
