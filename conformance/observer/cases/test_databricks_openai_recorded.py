"""Recorded answers through DatabricksOpenAI: what of them, and of the request, does it change?"""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from conformance.observer.caller import Caller
from conformance.observer.cases.databricks_client import workspace
from conformance.observer.cases.lazily import Lazily
from conformance.observer.cases.recorded_client import create
from conformance.observer.recorded import RecordedAnswer
from conformance.observer.trouble import always, injected

Asked = Callable[[RecordedAnswer], None]

databricks_openai: Any = Lazily("databricks_openai")


@pytest.fixture
def asked(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> Asked:
    """Asks what was asked, of a gateway that answers what it answered then."""
    monkeypatch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")

    def ask(recorded: RecordedAnswer) -> None:
        # The client may write into what it is given.
        given = deepcopy(dict(recorded.body))

        def call() -> Any:
            known = workspace(caller.url, caller.token)
            return create(databricks_openai.DatabricksOpenAI(workspace_client=known, max_retries=0), recorded)

        with injected(caller, always(recorded.answer)):
            caller.sees(call, given=given)

    return ask


def test_chat(asked: Asked, chat_answer: RecordedAnswer) -> None:
    """An answer on the chat surface."""
    asked(chat_answer)


def test_responses(asked: Asked, responses_answer: RecordedAnswer) -> None:
    """An answer on the Responses surface."""
    asked(responses_answer)
