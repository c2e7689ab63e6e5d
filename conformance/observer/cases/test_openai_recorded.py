"""Recorded answers through openai's client: what of them reaches the caller?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from conformance.observer.caller import Caller
from conformance.observer.cases.recorded_client import create
from conformance.observer.recorded import RecordedAnswer
from conformance.observer.trouble import always, injected

Client = Callable[..., Any]


@pytest.fixture
def mode() -> str:
    """One of the two: what tells them apart is the same whatever the answer says."""
    return "sync"


def test_chat(client: Client, caller: Caller, chat_answer: RecordedAnswer) -> None:
    """An answer on the chat surface."""
    with injected(caller, always(chat_answer.answer)):
        caller.sees(lambda: create(client(), chat_answer), given=chat_answer.body)


def test_responses(client: Client, caller: Caller, responses_answer: RecordedAnswer) -> None:
    """An answer on the Responses surface."""
    with injected(caller, always(responses_answer.answer)):
        caller.sees(lambda: create(client(), responses_answer), given=responses_answer.body)
