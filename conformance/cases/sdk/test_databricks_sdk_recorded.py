"""Recorded answers of the serving endpoints through databricks-sdk: what of them reaches the caller?"""

from pathlib import Path
from typing import Any

import pytest
from databricks.sdk.service.serving import ChatMessage

from conformance.cases.sdk.databricks_client import alone, workspace
from conformance.sdk.caller import Caller
from conformance.sdk.gateways import always, instead
from conformance.sdk.recorded import RecordedAnswer


def test_query(caller: Caller, serving_answer: RecordedAnswer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An answer to a query."""
    alone(monkeypatch, tmp_path)
    rest: dict[str, Any] = {name: value for name, value in serving_answer.body.items() if name != "messages"}

    def query() -> Any:
        messages = [ChatMessage.from_dict(dict(message)) for message in serving_answer.body["messages"]]
        endpoints = workspace(caller.url, caller.token).serving_endpoints
        return endpoints.query(name=serving_answer.model, messages=messages, **rest)

    with instead(caller, always(serving_answer.answer)):
        caller.sees(query)
