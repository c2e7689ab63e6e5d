"""ChatOpenAI of langchain-openai, sync and async: answers, streams, tools, structured output, and what goes wrong.

The library keeps one HTTP client for all models of a base URL, which is bound to an event loop: the cases share one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from conformance.observer.caller import Caller
from conformance.observer.cases.both import done
from conformance.observer.cases.lazily import Lazily
from conformance.observer.cases.openai_answers import CLAUDE, SCHEMA
from conformance.observer.cases.ways import method
from conformance.observer.trouble import always, injected, refusal

pytestmark = pytest.mark.loop_scope("module")

CHAT = "/ai-gateway/mlflow/v1"
HELLO = "Say hello."
CALL = {"tool": "get_weather", "arguments": {"city": "Paris"}}
WEATHER = [{"type": "function", "function": SCHEMA}]
Make = Callable[..., Any]

langchain_openai: Any = Lazily("langchain_openai")
messages: Any = Lazily("langchain_core.messages")


@pytest.fixture
def model(caller: Caller) -> Make:
    """Makes the model as its pages do, with the base URL of the chat surface; it asks no second time by itself."""

    def made(workspace: str = "", **more: Any) -> Any:
        usual = {"model": CLAUDE, "api_key": caller.token, "base_url": (workspace or caller.url) + CHAT}
        return langchain_openai.ChatOpenAI(**{**usual, "max_retries": 0, **more})

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
    """The tokens that were used."""

    async def used() -> Any:
        return (await done(method(model(), "invoke", mode)(HELLO))).usage_metadata

    caller.sees(used)


def test_batch(model: Make, caller: Caller, mode: str) -> None:
    """The same question twice, one after the other."""
    caller.sees(lambda: method(model(), "batch", mode)([HELLO, HELLO], {"max_concurrency": 1}))


def test_tools(model: Make, caller: Caller, mode: str) -> None:
    """A tool is called, and its result handed back beside the message that called it."""
    workspace = caller.scripted([CALL, "It rains in Paris."])

    async def turns() -> Any:
        asked: list[Any] = [messages.HumanMessage("What is the weather in Paris?")]
        bound = model(workspace).bind_tools(WEATHER)
        first = await done(method(bound, "invoke", mode)(asked))
        results = [messages.ToolMessage("Rain.", tool_call_id=one["id"]) for one in first.tool_calls]
        return await done(method(bound, "invoke", mode)([*asked, first, *results]))

    caller.sees(turns)


def test_tools_streamed(model: Make, caller: Caller, mode: str) -> None:
    """A tool is called in a stream."""
    workspace = caller.scripted([CALL])
    caller.sees(lambda: method(model(workspace).bind_tools(WEATHER), "stream", mode)("What is the weather?"))


@pytest.mark.parametrize("way", ["json_schema", "function_calling", "json_mode"])
def test_structured(model: Make, caller: Caller, mode: str, way: str) -> None:
    """An answer as an instance of a class, by each way to ask for it."""
    workspace = caller.scripted(
        [{"tool": "Place", "arguments": {"city": "Paris"}}] if way == "function_calling" else ['{"city": "Paris"}']
    )
    caller.sees(
        lambda: method(model(workspace).with_structured_output(_place(), method=way), "invoke", mode)("Where is it?")
    )


def test_responses(model: Make, caller: Caller, mode: str) -> None:
    """An answer of the Responses API."""
    caller.sees(lambda: method(model(model="system.ai.gpt-5", use_responses_api=True), "invoke", mode)(HELLO))


@pytest.mark.parametrize("status", [400, 429])
def test_refused(model: Make, caller: Caller, mode: str, status: int) -> None:
    """Refused for ever, and told not to wait: which exception is it, after how many requests?"""
    with injected(caller, always(refusal(status, "0.01"))):
        caller.sees(lambda: method(model(max_retries=1), "invoke", mode)(HELLO))
