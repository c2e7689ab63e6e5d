"""ChatDatabricks of databricks-langchain, sync and async: answers, streams, tools, structured output, and what goes wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from conformance.observer.caller import Caller
from conformance.observer.cases.both import done
from conformance.observer.cases.databricks_client import workspace
from conformance.observer.cases.lazily import Lazily
from conformance.observer.cases.openai_answers import CLAUDE, GPT, SCHEMA
from conformance.observer.cases.ways import method
from conformance.observer.trouble import always, injected, refusal

pytestmark = pytest.mark.loop_scope("module")

HELLO = "Say hello."
CALL = {"tool": "get_weather", "arguments": {"city": "Paris"}}
WEATHER = [{"type": "function", "function": SCHEMA}]
Make = Callable[..., Any]

databricks_langchain: Any = Lazily("databricks_langchain")
messages: Any = Lazily("langchain_core.messages")


@pytest.fixture
def model(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> Make:
    """Makes the model as its pages do, of this workspace alone."""
    monkeypatch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")

    def made(host: str = "", **more: Any) -> Any:
        known = workspace(host or caller.url, caller.token)
        usual = {"model": CLAUDE, "workspace_client": known}
        return databricks_langchain.ChatDatabricks(**{**usual, **more})

    return made


def _place() -> Any:
    from pydantic import Field, create_model

    return create_model("Place", __doc__="A place.", city=(str, Field(description="The city.")))


def test_invoke(model: Make, caller: Caller, mode: str) -> None:
    """A question, and its answer."""
    caller.sees(lambda: method(model(), "invoke", mode)(HELLO))


def test_options(model: Make, caller: Caller, mode: str) -> None:
    """A system message, a temperature and a cap."""
    asked = [("system", "You are a helpful assistant."), ("user", HELLO)]
    caller.sees(lambda: method(model(temperature=0.1, max_tokens=256), "invoke", mode)(asked))


def test_stream(model: Make, caller: Caller, mode: str) -> None:
    """The answer in pieces, with the tokens that were used."""
    caller.sees(lambda: method(model(stream_usage=True), "stream", mode)(HELLO))


def test_usage(model: Make, caller: Caller, mode: str) -> None:
    """What is told beside the text: the tokens that were used, and why the answer ended."""

    async def used() -> Any:
        answer = await done(method(model(), "invoke", mode)(HELLO))
        return {"usage": answer.usage_metadata, "response": answer.response_metadata}

    caller.sees(used)


def test_tools(model: Make, caller: Caller, mode: str) -> None:
    """A tool is called, and its result handed back beside the message that called it."""
    host = caller.scripted([CALL, "It rains in Paris."])

    async def turns() -> Any:
        asked: list[Any] = [messages.HumanMessage("What is the weather in Paris?")]
        bound = model(host).bind_tools(WEATHER)
        first = await done(method(bound, "invoke", mode)(asked))
        results = [messages.ToolMessage("Rain.", tool_call_id=one["id"]) for one in first.tool_calls]
        return await done(method(bound, "invoke", mode)([*asked, first, *results]))

    caller.sees(turns)


def test_tools_streamed(model: Make, caller: Caller, mode: str) -> None:
    """A tool is called in a stream."""
    host = caller.scripted([CALL])
    caller.sees(lambda: method(model(host).bind_tools(WEATHER), "stream", mode)("What is the weather?"))


def test_structured(model: Make, caller: Caller, mode: str) -> None:
    """An answer as an instance of a class."""
    host = caller.scripted([{"tool": "Place", "arguments": {"city": "Paris"}}])
    caller.sees(lambda: method(model(host).with_structured_output(_place()), "invoke", mode)("Where is it?"))


def test_responses(model: Make, caller: Caller, mode: str) -> None:
    """An answer of the Responses API."""
    caller.sees(lambda: method(model(model=GPT, use_responses_api=True), "invoke", mode)(HELLO))


def test_gateway(model: Make, caller: Caller, mode: str) -> None:
    """The paths of the AI gateway, by a switch of the model."""
    caller.sees(lambda: method(model(use_ai_gateway=True), "invoke", mode)(HELLO))


@pytest.mark.parametrize("status", [400, 429])
def test_refused(model: Make, caller: Caller, mode: str, status: int) -> None:
    """Refused for ever, and told not to wait: which exception is it, after how many requests?"""
    with injected(caller, always(refusal(status, "0.01"))):
        caller.sees(lambda: method(model(max_retries=1), "invoke", mode)(HELLO))
