"""openai's client in the program around it: the proxy that the environment names, and an event loop that others use too."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from conformance.observer.caller import Caller
from conformance.observer.cases.elsewhere import NOBODY, behind_proxy
from conformance.observer.cases.openai_answers import Client, chat, completion
from conformance.observer.trouble import always, injected

LATE = replace(completion({"content": "Hello."}), wait=0.7)


def test_proxy(client: Client, caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    """A host that is reached through the proxy alone that the environment names: what arrives at the proxy?"""
    behind_proxy(caller, monkeypatch)
    caller.sees(lambda: chat(client(base_url=f"{NOBODY}/ai-gateway/mlflow/v1")))


@pytest.mark.parametrize("mode", ["async"])
def test_loop_goes_on(client: Client, caller: Caller) -> None:
    """Whether others of the same event loop get their turn while an answer is awaited."""

    async def call() -> Any:
        turns = 0
        answer = asyncio.ensure_future(chat(client()))
        while not answer.done():
            turns += 1
            await asyncio.sleep(0.05)
        return {**(await answer).model_dump(exclude_none=True), "others_get_their_turn": turns > 3}

    with injected(caller, always(LATE)):
        caller.sees(call)
