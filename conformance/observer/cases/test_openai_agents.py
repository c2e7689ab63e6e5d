"""Agents of openai-agents, sync and async, on chat completions and on the Responses API: with a tool, streamed, refused."""

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

agents: Any = Lazily("agents")
openai: Any = Lazily("openai")


@pytest.fixture
def agent(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> Make:
    """Makes an agent whose model is of this workspace, and which tells nobody of what it does."""
    monkeypatch.setenv("OPENAI_AGENTS_DISABLE_TRACING", "1")
    monkeypatch.setenv("OPENAI_AGENTS_DONT_LOG_MODEL_DATA", "1")

    def made(surface: str, workspace: str = "", **more: Any) -> Any:
        agents.set_tracing_disabled(True)
        client = openai.AsyncOpenAI(api_key=caller.token, base_url=(workspace or caller.url) + CHAT, max_retries=0)
        if surface == "chat":
            model = agents.OpenAIChatCompletionsModel(model=CLAUDE, openai_client=client)
        else:
            model = agents.OpenAIResponsesModel(model=GPT, openai_client=client)
        return agents.Agent(name="Forecaster", instructions="Be brief.", model=model, **more)

    return made


def _weather() -> Any:
    """A Python function as a tool."""

    def get_weather(city: str) -> str:
        """The weather in a city."""
        return f"Rain in {city}."

    return agents.function_tool(get_weather)


def _told(result: Any) -> dict[str, Any]:
    """What users read of a run: its answer, the kinds of its steps, and what goes into the next turn."""
    return {
        "final_output": result.final_output,
        "steps": [type(item).__name__ for item in result.new_items],
        "input_list": result.to_input_list(),
    }


async def _run(agent: Any, question: Any, **more: Any) -> Any:
    return _told(await agents.Runner.run(agent, question, **more))


@SURFACES
def test_run(agent: Make, caller: Caller, surface: str) -> None:
    """A question, and its answer."""
    caller.sees(lambda: _run(agent(surface), HELLO))


@SURFACES
def test_run_sync(agent: Make, caller: Caller, surface: str) -> None:
    """The same without an event loop of one's own."""
    caller.sees(lambda: _told(agents.Runner.run_sync(agent(surface), HELLO)))


@SURFACES
def test_tool(agent: Make, caller: Caller, surface: str) -> None:
    """A tool is called, run, and its result sent back by the agent."""
    workspace = caller.scripted([CALL, "It rains in Paris."])
    caller.sees(lambda: _run(agent(surface, workspace, tools=[_weather()]), "What is the weather in Paris?"))


@SURFACES
def test_second_turn(agent: Make, caller: Caller, surface: str) -> None:
    """What a run with a tool gives goes into the next one."""
    workspace = caller.scripted([CALL, "It rains in Paris.", "Il pleut."])

    async def turns() -> Any:
        made = agent(surface, workspace, tools=[_weather()])
        first = await agents.Runner.run(made, "What is the weather in Paris?")
        return await _run(made, [*first.to_input_list(), {"role": "user", "content": "And in French?"}])

    caller.sees(turns)


@SURFACES
def test_streamed(agent: Make, caller: Caller, surface: str) -> None:
    """A run with a tool, event by event."""
    workspace = caller.scripted([CALL, "It rains in Paris."])

    async def events() -> AsyncIterator[Any]:
        made = agent(surface, workspace, tools=[_weather()])
        result = agents.Runner.run_streamed(made, "What is the weather in Paris?")
        async for event in result.stream_events():
            yield {"type": event.type, "name": getattr(event, "name", ""), "data": getattr(event, "data", None)}
        yield _told(result)

    caller.sees(events)


@SURFACES
def test_structured(agent: Make, caller: Caller, surface: str) -> None:
    """An answer as an instance of a class."""
    workspace = caller.scripted(['{"city": "Paris"}'])

    def call() -> Any:
        from pydantic import create_model

        return _run(agent(surface, workspace, output_type=create_model("Place", city=(str, ...))), "Where is it?")

    caller.sees(call)


@SURFACES
def test_too_many_turns(agent: Make, caller: Caller, surface: str) -> None:
    """An agent that calls its tool again and again, and may take two turns."""
    workspace = caller.scripted([CALL, CALL, CALL])
    caller.sees(lambda: _run(agent(surface, workspace, tools=[_weather()]), "What is the weather?", max_turns=2))


@SURFACES
@pytest.mark.parametrize("status", [400, 429])
def test_refused(agent: Make, caller: Caller, surface: str, status: int) -> None:
    """Refused for ever: which exception is it?"""
    with injected(caller, always(refusal(status, "0.01"))):
        caller.sees(lambda: _run(agent(surface), HELLO))
