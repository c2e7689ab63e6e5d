"""Recorded answers through DatabricksOpenAI: what of them, and of the request, does it change?"""

from collections.abc import Callable
from copy import deepcopy
from pathlib import Path

import databricks_openai
import pytest

from conformance.cases.sdk.databricks_client import alone, workspace
from conformance.cases.sdk.recorded_client import create
from conformance.sdk.caller import Caller
from conformance.sdk.gateways import always, instead
from conformance.sdk.recorded import RecordedAnswer

Asked = Callable[[RecordedAnswer], None]


@pytest.fixture
def asked(caller: Caller, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Asked:
    """Asks what was asked, of a gateway that answers what it answered then."""
    alone(monkeypatch, tmp_path)

    def ask(recorded: RecordedAnswer) -> None:
        # The client may write into what it is given.
        given = deepcopy(dict(recorded.body))
        with instead(caller, always(recorded.answer)):
            known = workspace(caller.url, caller.token)
            caller.sees(
                lambda: create(databricks_openai.DatabricksOpenAI(workspace_client=known, max_retries=0), recorded),
                given=given,
            )

    return ask


def test_chat(asked: Asked, chat_answer: RecordedAnswer) -> None:
    """An answer on the chat surface."""
    asked(chat_answer)


def test_responses(asked: Asked, responses_answer: RecordedAnswer) -> None:
    """An answer on the Responses surface."""
    asked(responses_answer)
