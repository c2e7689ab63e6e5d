"""Streams as gateways may write them, through google-genai, sync and async."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from conformance.observer.caller import Caller
from conformance.observer.cases.both import done, each
from conformance.observer.cases.google_client import KINDS, Google, one_certificate
from conformance.observer.cases.streams import SPELT, stream
from conformance.observer.trouble import always, injected

QUESTION = "Why is the sky blue?"
BROKEN: dict[str, Any] = {
    "google": {"error": {"code": 503, "message": "The model has broken down.", "status": "UNAVAILABLE"}},
    "databricks": {"error_code": "INTERNAL_ERROR", "message": "The model has broken down."},
}


@pytest.fixture(autouse=True)
def _one_certificate(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    one_certificate(monkeypatch, tmp_path)


@pytest.fixture(params=KINDS)
def client(request: pytest.FixtureRequest, caller: Caller) -> Iterator[Google]:
    """A client of each kind, on v1beta, so that a default of another version hides nothing."""
    made = Google(request.param, caller, {"api_version": "v1beta"})
    yield made
    made.close()


def _chunk(part: dict[str, Any], reason: str = "") -> dict[str, Any]:
    candidate = {"index": 0, "content": {"role": "model", "parts": [part]}}
    return {"candidates": [{**candidate, "finishReason": reason} if reason else candidate]}


BEGUN = [_chunk({"text": "Blue light "}), _chunk({"text": "scatters "})]


@SPELT
def test_spelt(client: Google, caller: Caller, way: str) -> None:
    """The same stream, spelt as the format allows too: nothing of it may be lost."""
    with injected(caller, always(stream([*BEGUN, _chunk({"text": "most."}, "STOP")], way=way))):
        caller.sees(lambda: client.ask_streamed(QUESTION))


@pytest.mark.parametrize("envelope", BROKEN)
def test_error_in_the_middle(client: Google, caller: Caller, envelope: str) -> None:
    """An answer that breaks off with an error, where status 200 has been said: does the caller learn of it?"""
    with injected(caller, always(stream([*BEGUN, BROKEN[envelope]]))):
        caller.sees(lambda: client.ask_streamed(QUESTION))


def test_chat_with_signature(client: Google, caller: Caller) -> None:
    """Two turns, where the first answer ends in a part of a signature and no text: the second request tells of both."""

    async def turns() -> Any:
        chat = client.chat()
        async for _ in each(await done(chat.send_message_stream(QUESTION))):
            pass  # the answer is part of the conversation when it has been read
        return await done(chat.send_message_stream("And in French?"))

    last = _chunk({"text": "", "thoughtSignature": "c2lnbmF0dXJl"}, "STOP")
    with injected(caller, always(stream([*BEGUN, last]))):
        caller.sees(turns)
