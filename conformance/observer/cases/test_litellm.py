"""litellm as a client, sync and async: completions by way of openai's protocol, streams, tools, and what goes wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from conformance.observer.caller import Caller
from conformance.observer.cases.both import done
from conformance.observer.cases.lazily import Lazily
from conformance.observer.cases.openai_answers import CLAUDE, GPT, HELLO, SCHEMA, WEATHER_ASKED
from conformance.observer.cases.ways import method
from conformance.observer.trouble import SLOW, always, injected, refusal

pytestmark = pytest.mark.loop_scope("module")

CHAT = "/ai-gateway/mlflow/v1"
PARIS = {"tool": "get_weather", "arguments": {"city": "Paris"}}
ROME = {"tool": "get_weather", "arguments": {"city": "Rome"}}
WEATHER = [{"type": "function", "function": SCHEMA}]
Ask = Callable[..., Any]

litellm: Any = Lazily("litellm")


@pytest.fixture
def ask(caller: Caller, mode: str, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """Asks for a completion as the pages do; prices are those that the library ships, so nothing leaves this machine."""
    monkeypatch.setenv("LITELLM_LOCAL_MODEL_COST_MAP", "True")
    monkeypatch.setenv("LITELLM_TELEMETRY", "False")

    def asked(workspace: str = "", **fields: Any) -> Any:
        usual = {
            "api_key": caller.token,
            "api_base": (workspace or caller.url) + CHAT,
            "num_retries": 0,
            "max_retries": 0,
        }
        known = {"model": f"openai/{CLAUDE}", "messages": HELLO, "max_tokens": 256}
        return method(litellm, "completion", mode)(**{**usual, **known, **fields})

    return asked


def test_completion(ask: Ask, caller: Caller) -> None:
    """A question, and its answer."""
    caller.sees(ask)


def test_stream(ask: Ask, caller: Caller) -> None:
    """The answer in pieces, with the tokens that were used."""
    caller.sees(lambda: ask(stream=True, stream_options={"include_usage": True}))


def test_options(ask: Ask, caller: Caller) -> None:
    """Parameters that it knows, and one that it passes on."""
    caller.sees(lambda: ask(temperature=0.1, top_p=0.9, extra_body={"thinking": {"type": "disabled"}}))


def test_tools(ask: Ask, caller: Caller) -> None:
    """Two calls of a tool at once, and both results sent back beside the message that called it."""
    workspace = caller.scripted([[PARIS, ROME], "It rains."])

    async def turns() -> Any:
        first = await done(ask(workspace, messages=WEATHER_ASKED, tools=WEATHER))
        message = first.choices[0].message
        results = [{"role": "tool", "tool_call_id": one.id, "content": "Rain."} for one in message.tool_calls]
        return await done(ask(workspace, messages=[*WEATHER_ASKED, message, *results], tools=WEATHER))

    caller.sees(turns)


def test_tools_streamed(ask: Ask, caller: Caller) -> None:
    """Two calls of a tool at once, in a stream."""
    workspace = caller.scripted([[PARIS, ROME]])
    caller.sees(lambda: ask(workspace, messages=WEATHER_ASKED, tools=WEATHER, stream=True))


def test_structured(ask: Ask, caller: Caller) -> None:
    """A class of pydantic as the format of the answer."""
    workspace = caller.scripted(['{"city": "Paris"}'])

    def call() -> Any:
        from pydantic import create_model

        return ask(workspace, response_format=create_model("Place", city=(str, ...)))

    caller.sees(call)


def test_responses(caller: Caller, mode: str, ask: Ask) -> None:
    """An answer of the Responses API."""
    caller.sees(
        lambda: method(litellm, "responses", mode)(
            model=f"openai/{GPT}", input="Say hello.", api_key=caller.token, api_base=caller.url + CHAT
        )
    )


def test_gateway_of_databricks(ask: Ask, caller: Caller) -> None:
    """The provider that is called databricks, at the serving endpoints."""
    caller.sees(lambda: ask(model=f"databricks/{CLAUDE}", api_base=f"{caller.url}/serving-endpoints"))


@pytest.mark.parametrize("status", [400, 429])
def test_refused(ask: Ask, caller: Caller, status: int) -> None:
    """Refused for ever: which exception is it?"""
    with injected(caller, always(refusal(status, "0.01"))):
        caller.sees(ask)


def test_timeout(ask: Ask, caller: Caller) -> None:
    """The gateway takes longer than the client is to wait."""
    with injected(caller, always(SLOW)):
        caller.sees(lambda: ask(timeout=0.2))
