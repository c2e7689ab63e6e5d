"""Recorded answers of the serving endpoints through databricks-sdk: what of them reaches the caller?"""

from __future__ import annotations

from typing import Any

from conformance.observer.caller import Caller
from conformance.observer.cases.databricks_client import workspace
from conformance.observer.cases.lazily import Lazily
from conformance.observer.recorded import RecordedAnswer
from conformance.observer.trouble import always, injected

serving: Any = Lazily("databricks.sdk.service.serving")


def test_query(caller: Caller, serving_answer: RecordedAnswer) -> None:
    """An answer to a query."""
    rest: dict[str, Any] = {name: value for name, value in serving_answer.body.items() if name != "messages"}

    def query() -> Any:
        messages = [serving.ChatMessage.from_dict(dict(message)) for message in serving_answer.body["messages"]]
        endpoints = workspace(caller.url, caller.token).serving_endpoints
        return endpoints.query(name=serving_answer.model, messages=messages, **rest)

    with injected(caller, always(serving_answer.answer)):
        caller.sees(query)
