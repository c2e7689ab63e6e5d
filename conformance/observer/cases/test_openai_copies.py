"""Exceptions of openai's client that go to another process, or are copied: as pools of workers and queues of tasks do."""

from __future__ import annotations

import pytest

from conformance.observer.caller import Caller
from conformance.observer.cases.copies import WAYS, copied
from conformance.observer.cases.openai_answers import Client, chat
from conformance.observer.trouble import always, closed_port, injected, refusal


@WAYS
@pytest.mark.parametrize("status", [400, 429])
def test_refused(client: Client, caller: Caller, status: int, way: str) -> None:
    """A refusal, and what comes of its copy: does it have the same type, status and body?"""
    with injected(caller, always(refusal(status))):
        caller.sees(lambda: copied(lambda: chat(client()), way))


@WAYS
def test_not_connected(client: Client, caller: Caller, way: str) -> None:
    """Nobody listens: an exception without an answer."""
    url = closed_port()
    caller.sees(lambda: copied(lambda: chat(client(base_url=url)), way))


@pytest.mark.parametrize("way", ["pickle", "deepcopy"])
def test_answer(client: Client, caller: Caller, way: str) -> None:
    """An answer, and what comes of its copy."""
    caller.sees(lambda: copied(lambda: chat(client()), way))
