"""Streams on the chat surface as gateways may write them, through openai's client, sync and async."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from conformance.observer.caller import Caller
from conformance.observer.cases.streams import SPELT, stream
from conformance.observer.trouble import always, injected

Client = Callable[..., Any]

CLAUDE = "system.ai.claude-sonnet-4-5"
ENVELOPES: dict[str, Any] = {
    "databricks": {"error_code": "INTERNAL_ERROR", "message": "The model has broken down."},
    "openai": {"error": {"message": "The model has broken down.", "type": "server_error", "code": "internal_error"}},
}


def _chunk(delta: dict[str, Any], reason: str | None = None) -> dict[str, Any]:
    choices = [{"index": 0, "delta": delta, "finish_reason": reason}]
    return {"id": "chatcmpl_1", "object": "chat.completion.chunk", "created": 1, "model": CLAUDE, "choices": choices}


BEGUN = [_chunk({"role": "assistant", "content": "Blue light "}), _chunk({"content": "scatters "})]
ENDED = [_chunk({"content": "most."}), _chunk({}, "stop")]


def _asked(client: Any) -> Any:
    messages = [{"role": "user", "content": "Why is the sky blue?"}]
    return client.chat.completions.create(model=CLAUDE, messages=messages, max_tokens=256, stream=True)


@SPELT
def test_spelt(client: Client, caller: Caller, way: str) -> None:
    """The same stream, spelt as the format allows too: nothing of it may be lost."""
    with injected(caller, always(stream([*BEGUN, *ENDED], way=way, end="[DONE]"))):
        caller.sees(lambda: _asked(client()))


@pytest.mark.parametrize("envelope", ENVELOPES)
def test_error_in_the_middle(client: Client, caller: Caller, envelope: str) -> None:
    """An answer that breaks off with an error, where status 200 has been said: does the caller learn of it?"""
    with injected(caller, always(stream([*BEGUN, ENVELOPES[envelope]], end="[DONE]"))):
        caller.sees(lambda: _asked(client()))
