"""Recorded answers through DatabricksOpenAI: what of them, and of the request, does it change?"""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from conformance.cases.sdk.databricks_client import workspace
from conformance.cases.sdk.lazily import Lazily
from conformance.cases.sdk.recorded_client import create
from conformance.sdk.caller import Caller
from conformance.sdk.gateways import always, injected
from conformance.sdk.recorded import RecordedAnswer

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
