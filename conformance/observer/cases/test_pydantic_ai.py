"""Agents of pydantic-ai, sync and async, on chat completions and on the Responses API: with a tool, streamed, refused.

The library keeps one HTTP client for all agents, which is bound to an event loop: the cases share one.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from conformance.observer.caller import Caller
from conformance.observer.cases.lazily import Lazily
from conformance.observer.cases.openai_answers import CLAUDE, GPT
from conformance.observer.trouble import always, injected, refusal

pytestmark = pytest.mark.loop_scope("module")

CHAT = "/ai-gateway/mlflow/v1"
HELLO = "Say hello."
CALL = {"tool": "get_weather", "arguments": {"city": "Paris"}}
SURFACES = pytest.mark.parametrize("surface", ["chat", "responses"])
Make = Callable[..., Any]

pydantic_ai: Any = Lazily("pydantic_ai")
models: Any = Lazily("pydantic_ai.models.openai")
providers: Any = Lazily("pydantic_ai.providers.openai")


@pytest.fixture
def agent(caller: Caller) -> Make:
    """Makes an agent whose model is of this workspace."""

    def made(surface: str, workspace: str = "", **more: Any) -> Any:
        provider = providers.OpenAIProvider(api_key=caller.token, base_url=(workspace or caller.url) + CHAT)
        if surface == "chat":
            model = models.OpenAIChatModel(CLAUDE, provider=provider)
        else:
            model = models.OpenAIResponsesModel(GPT, provider=provider)
        return pydantic_ai.Agent(model, instructions="Be brief.", **more)

    return made


def get_weather(city: str) -> str:
    """The weather in a city."""
    return f"Rain in {city}."


def _told(result: Any) -> dict[str, Any]:
    """What users read of a run: its output, what was used, and the kinds of the parts of its messages."""
    return {
        "output": result.output,
        "parts": [[type(part).__name__ for part in message.parts] for message in result.all_messages()],
    }


async def _run(agent: Any, question: str, **more: Any) -> Any:
    return _told(await agent.run(question, **more))


@SURFACES
def test_run(agent: Make, caller: Caller, surface: str) -> None:
    """A question, and its answer."""
    caller.sees(lambda: _run(agent(surface), HELLO))


@SURFACES
def test_run_sync(agent: Make, caller: Caller, surface: str) -> None:
    """The same where the caller waits."""
    caller.sees(lambda: _told(agent(surface).run_sync(HELLO)))


@SURFACES
def test_tool(agent: Make, caller: Caller, surface: str) -> None:
    """A tool is called, run, and its result sent back by the agent."""
    workspace = caller.scripted([CALL, "It rains in Paris."])
    caller.sees(lambda: _run(agent(surface, workspace, tools=[get_weather]), "What is the weather in Paris?"))


@SURFACES
def test_streamed(agent: Make, caller: Caller, surface: str) -> None:
    """A run with a tool, whose last answer is read piece by piece."""
    workspace = caller.scripted([CALL, "It rains in Paris."])

    async def events() -> AsyncIterator[Any]:
        made = agent(surface, workspace, tools=[get_weather])
        async with made.run_stream("What is the weather in Paris?") as result:
            async for text in result.stream_text(delta=True, debounce_by=None):
                yield {"text": text}

    caller.sees(events)


@SURFACES
def test_second_turn(agent: Make, caller: Caller, surface: str) -> None:
    """The messages of a run with a tool go into the next one."""
    workspace = caller.scripted([CALL, "It rains in Paris.", "Il pleut."])

    async def turns() -> Any:
        made = agent(surface, workspace, tools=[get_weather])
        first = await made.run("What is the weather in Paris?")
        return await _run(made, "And in French?", message_history=first.all_messages())

    caller.sees(turns)


@SURFACES
def test_structured(agent: Make, caller: Caller, surface: str) -> None:
    """An answer as an instance of a class: the model calls a tool that takes it."""
    workspace = caller.scripted([{"tool": "final_result", "arguments": {"city": "Paris"}}])

    def call() -> Any:
        from pydantic import create_model

        return _run(agent(surface, workspace, output_type=create_model("Place", city=(str, ...))), "Where is it?")

    caller.sees(call)


@SURFACES
def test_usage(agent: Make, caller: Caller, surface: str) -> None:
    """The requests and tokens that were used."""

    async def used() -> Any:
        found = (await agent(surface).run(HELLO)).usage
        found = found() if callable(found) else found
        return {name: getattr(found, name) for name in ("requests", "input_tokens", "output_tokens", "total_tokens")}

    caller.sees(used)


@SURFACES
@pytest.mark.parametrize("status", [400, 429])
def test_refused(agent: Make, caller: Caller, surface: str, status: int) -> None:
    """Refused for ever, and told not to wait: which exception is it, after how many requests?"""
    with injected(caller, always(refusal(status, "0.01"))):
        caller.sees(lambda: _run(agent(surface), HELLO))
