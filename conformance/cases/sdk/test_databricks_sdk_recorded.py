"""Recorded answers of the serving endpoints through databricks-sdk: what of them reaches the caller?"""

from typing import Any

from conformance.cases.sdk.databricks_client import workspace
from conformance.cases.sdk.lazily import Lazily
from conformance.sdk.caller import Caller
from conformance.sdk.gateways import always, injected
from conformance.sdk.recorded import RecordedAnswer

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
