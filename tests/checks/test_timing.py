"""A stream that a server in between holds back is no stream to whoever waits for it."""

import json
from dataclasses import replace
from typing import Any

import pytest

from conformance.checks.findings import collect
from conformance.checks.timing import arrives_as_it_is_made
from conformance.wire.exchange import Chunk, Exchange, Request, Response

CHAT: dict[str, Any] = {"choices": [{"delta": {"content": "%"}}]}
RESPONSES: dict[str, Any] = {"type": "response.output_text.delta", "delta": "%"}
GEMINI: dict[str, Any] = {"candidates": [{"content": {"parts": [{"text": "%"}]}}]}
SURFACES = {"chat": CHAT, "responses": RESPONSES, "gemini": GEMINI}


def stream(*times: float, events: int, tokens: int, shape: dict[str, Any] = CHAT) -> Exchange:
    """A stream of so many events and tokens, of which an equal part comes at each of these seconds."""
    event = b"data: " + json.dumps(shape).replace("%", "word" * (tokens // events)).encode() + b"\n\n"
    body = event * events
    size = len(body) // len(times) + 1
    chunks = tuple(Chunk(body[number * size : (number + 1) * size], at) for number, at in enumerate(times))
    return Exchange(Request("POST", "http://gateway.invalid/", {}), Response(200, {}, chunks))


def kind(exchange: Exchange) -> str:
    (found,) = collect(arrives_as_it_is_made(exchange))
    return found.kind


@pytest.mark.parametrize("shape", SURFACES.values(), ids=SURFACES)
@pytest.mark.parametrize("times", [(3.0,), (3.0, 3.01, 3.01, 3.02, 3.02)], ids=["in one piece", "in several"])
def test_what_was_held_back_is_warned_of(times: tuple[float, ...], shape: dict[str, Any]) -> None:
    assert kind(stream(*times, events=10, tokens=200, shape=shape)) == "warning"


@pytest.mark.parametrize(
    ("times", "events", "tokens"),
    [
        ((0.4, 1.0, 2.0, 2.5, 3.0), 100, 200),
        ((2.8, 2.85, 2.9, 2.95, 3.0), 100, 200),  # a model that thinks long and writes fast: a thousand tokens a second
        ((0.02, 0.02, 0.02), 100, 200),  # all was there at once
        ((3.0,), 5, 5),  # a short answer after a long thought, in one piece
        ((3.0, 3.0, 3.0), 12, 40),
        ((3.0, 3.09), 60, 60),  # a short answer from a very fast model
    ],
)
def test_what_may_have_another_reason_is_none(times: tuple[float, ...], events: int, tokens: int) -> None:
    assert kind(stream(*times, events=events, tokens=tokens)) == "observation"


def test_our_own_process_may_have_read_late() -> None:
    held = stream(3.0, 3.01, events=10, tokens=200)
    assert kind(replace(held, own_cpu_s=0.1)) == "warning"
    assert kind(replace(held, own_cpu_s=0.5)) == "observation"
