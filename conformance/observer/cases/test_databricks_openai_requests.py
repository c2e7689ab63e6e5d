"""DatabricksOpenAI, sync and async: where it is sent on to, several streams, several calls of a tool, and copies."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from conformance.observer.caller import Caller
from conformance.observer.cases.both import done, each
from conformance.observer.cases.copies import WAYS as COPIES
from conformance.observer.cases.copies import copied
from conformance.observer.cases.databricks_client import workspace
from conformance.observer.cases.lazily import Lazily
from conformance.observer.cases.openai_answers import GPT, HELLO, SCHEMA, WEATHER_ASKED, chat, completion_calls
from conformance.observer.cases.redirects import WAYS, sent_on
from conformance.observer.trouble import always, at_first, injected, refusal

GATEWAY = "/ai-gateway/mlflow/v1"
Client = Callable[..., Any]

databricks_openai: Any = Lazily("databricks_openai")


@pytest.fixture(params=["sync", "async"])
def client(request: pytest.FixtureRequest, caller: Caller, monkeypatch: pytest.MonkeyPatch) -> Client:
    """Makes a client of each kind, of this workspace alone, with the base URL of the chat surface."""
    monkeypatch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")
    name = "DatabricksOpenAI" if request.param == "sync" else "AsyncDatabricksOpenAI"

    def made(**more: Any) -> Any:
        known = workspace(caller.url, caller.token)
        usual = {"workspace_client": known, "base_url": f"{caller.url}{GATEWAY}", "max_retries": 0}
        return getattr(databricks_openai, name)(**{**usual, **more})

    return made


@WAYS
def test_chat_sent_on(client: Client, caller: Caller, way: str) -> None:
    """Sent on, with 307 and 308: does the question arrive, and the credential at another host?"""
    with sent_on(caller, way, f"{GATEWAY}/chat/completions"):
        caller.sees(lambda: chat(client()))


@WAYS
def test_stream_sent_on(client: Client, caller: Caller, way: str) -> None:
    """The same where a stream is wanted."""
    with sent_on(caller, way, f"{GATEWAY}/chat/completions"):
        caller.sees(lambda: chat(client(), stream=True))


@WAYS
def test_responses_sent_on(client: Client, caller: Caller, way: str) -> None:
    """The same on the Responses API."""
    with sent_on(caller, way, f"{GATEWAY}/responses"):
        caller.sees(lambda: client().responses.create(model=GPT, input=HELLO, max_output_tokens=256))


def test_streams(client: Client, caller: Caller) -> None:
    """Three streams, one after the other, each read to its end."""

    async def asked() -> Any:
        made = client()
        for _ in range(2):
            async for _ in each(await done(chat(made, stream=True))):
                pass
        return await done(chat(made, stream=True))

    caller.sees(asked)


def test_batch_of_calls(client: Client, caller: Caller) -> None:
    """Two calls of a tool at once, and both results sent back."""
    fields: dict[str, Any] = {"tools": [{"type": "function", "function": SCHEMA}]}

    async def turns() -> Any:
        made = client()
        first = await done(chat(made, messages=WEATHER_ASKED, **fields))
        message = first.choices[0].message
        results = [{"role": "tool", "tool_call_id": one.id, "content": "18 degrees"} for one in message.tool_calls]
        return await done(chat(made, messages=[*WEATHER_ASKED, message, *results], **fields))

    with injected(caller, at_first(1, completion_calls())):
        caller.sees(turns)


def test_with_options(client: Client, caller: Caller) -> None:
    """A copy with another header: is it of the same workspace?"""
    caller.sees(lambda: chat(client().with_options(default_headers={"x-request-tag": "copy"})))


@COPIES
def test_copied(client: Client, caller: Caller, way: str) -> None:
    """A refusal, and what comes of its copy: does it have the same type, status and body?"""
    with injected(caller, always(refusal(429, "0.01"))):
        caller.sees(lambda: copied(lambda: chat(client()), way))
