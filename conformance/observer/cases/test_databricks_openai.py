"""DatabricksOpenAI, sync and async: the examples of the pages for the Responses API, and chat through the same client."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from conformance.observer.caller import Caller
from conformance.observer.cases.both import done
from conformance.observer.cases.databricks_client import workspace
from conformance.observer.cases.lazily import Lazily
from conformance.observer.trouble import always, at_first, injected, refusal

CLAUDE = "system.ai.claude-sonnet-4-5"
GPT = "system.ai.gpt-5"
HELLO = [{"role": "user", "content": "Say hello."}]
LONG = [{"role": "user", "content": "Write a long and detailed essay of at least 500 words about the sea."}]
CUSTOM = {
    "type": "custom",
    "name": "code_exec",
    "description": "Executes arbitrary Python code. Return only valid Python code.",
}
WEATHER = {
    "name": "get_weather",
    "description": "The weather in a city.",
    "parameters": {
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
        "additionalProperties": False,
    },
    "strict": True,
}
Client = Callable[..., Any]

databricks_openai: Any = Lazily("databricks_openai")


def weather() -> list[Any]:
    """A strict function, made anew: the client may write into what it is given."""
    return [{"type": "function", "function": dict(WEATHER)}]


@pytest.fixture(params=["sync", "async"])
def client(request: pytest.FixtureRequest, caller: Caller, monkeypatch: pytest.MonkeyPatch) -> Client:
    """Makes a client of each kind, of this workspace alone; a version may lack one of the two classes."""
    monkeypatch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")
    name = "DatabricksOpenAI" if request.param == "sync" else "AsyncDatabricksOpenAI"

    def made(token: str = "", **more: Any) -> Any:
        known = workspace(caller.url, token or caller.token)
        return getattr(databricks_openai, name)(workspace_client=known, **more)

    return made


@pytest.mark.decides("RESP-DBXCLIENT-PATH")
def test_custom_tool(client: Client, caller: Caller) -> None:
    """The first example of the pages: a custom tool."""
    asked = [{"role": "user", "content": "Write a Python function to calculate factorial"}]
    caller.sees(lambda: client().responses.create(model=GPT, input=asked, tools=[CUSTOM], max_output_tokens=1024))


def test_built_in_tool(client: Client, caller: Caller) -> None:
    """The second example: a tool of the platform."""
    asked = [{"role": "user", "content": "Add input validation to the factorial function in main.py."}]
    tools = [{"type": "apply_patch"}]
    caller.sees(lambda: client().responses.create(model=GPT, input=asked, tools=tools, max_output_tokens=1024))


def test_output_text(client: Client, caller: Caller) -> None:
    """What the pages print."""

    async def text() -> Any:
        return (await done(client().responses.create(model=GPT, input=HELLO, max_output_tokens=1024))).output_text

    caller.sees(text)


def test_responses_streamed(client: Client, caller: Caller) -> None:
    """A Responses answer in pieces."""
    caller.sees(lambda: client().responses.create(model=GPT, input=LONG, max_output_tokens=256, stream=True))


def test_responses_two_turns(client: Client, caller: Caller) -> None:
    """The items of the answer passed back: their ids may be shortened by the client."""

    async def turns() -> Any:
        made = client()
        first = await done(made.responses.create(model=GPT, input=HELLO, max_output_tokens=1024))
        items = [*HELLO, *first.output, {"role": "user", "content": "And in French?"}]
        return await done(made.responses.create(model=GPT, input=items, max_output_tokens=1024))

    caller.sees(turns)


@pytest.mark.parametrize("parameter", ["background", "store"])
def test_responses_unsupported(client: Client, caller: Caller, parameter: str) -> None:
    """Parameters that the pages rule out."""
    caller.sees(lambda: client().responses.create(model=GPT, input=HELLO, **{parameter: True}))


@pytest.mark.parametrize("model", [CLAUDE, GPT], ids=["claude", "gpt"])
def test_chat(client: Client, caller: Caller, model: str) -> None:
    """A chat completion, on the path that is the client's default."""
    caller.sees(lambda: client().chat.completions.create(model=model, messages=HELLO, max_tokens=256))


def test_chat_streamed(client: Client, caller: Caller) -> None:
    """The same in pieces."""
    caller.sees(lambda: client().chat.completions.create(model=CLAUDE, messages=LONG, max_tokens=256, stream=True))


@pytest.mark.parametrize("model", [CLAUDE, GPT], ids=["claude", "gpt"])
def test_chat_function(client: Client, caller: Caller, model: str) -> None:
    """A strict function: the client may take `strict` away for some models."""
    asked = [{"role": "user", "content": "What is the weather in Paris?"}]
    given = {"model": model, "messages": asked, "tools": weather(), "max_tokens": 256}
    caller.sees(lambda: client().chat.completions.create(**{**given, "tools": weather()}), given=given)


def test_chat_function_for_two(client: Client, caller: Caller) -> None:
    """One list of tools for two models: does what the client does for the first show in the second request?"""
    asked = [{"role": "user", "content": "What is the weather in Paris?"}]

    async def both() -> Any:
        made, tools = client(), weather()
        await done(made.chat.completions.create(model=CLAUDE, messages=asked, tools=tools, max_tokens=256))
        return await done(made.chat.completions.create(model=GPT, messages=asked, tools=tools, max_tokens=256))

    caller.sees(both, given={"model": GPT, "messages": asked, "tools": weather(), "max_tokens": 256})


def test_chat_empty_turn(client: Client, caller: Caller) -> None:
    """An assistant's turn that calls a function and says nothing: the client may fill it."""
    call = {"id": "call_abcdef123456", "type": "function", "function": {"name": "get_weather", "arguments": "{}"}}
    asked = [
        {"role": "user", "content": "What is the weather in Paris?"},
        {"role": "assistant", "content": "", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": call["id"], "content": "Rain."},
    ]
    given = {"model": CLAUDE, "messages": asked, "tools": weather(), "max_tokens": 256}
    caller.sees(lambda: client().chat.completions.create(**deepcopy(given)), given=given)


@pytest.mark.parametrize("switch", ["use_ai_gateway", "use_ai_gateway_native_api"])
def test_gateway_by_switch(client: Client, caller: Caller, switch: str) -> None:
    """The paths of the AI gateway, by a switch of the client."""
    caller.sees(lambda: client(**{switch: True}).chat.completions.create(model=CLAUDE, messages=HELLO, max_tokens=256))


def test_gateway_by_url(client: Client, caller: Caller) -> None:
    """The path of the AI gateway, by its base URL."""
    url = f"{caller.url}/ai-gateway/mlflow/v1"
    caller.sees(lambda: client(base_url=url).chat.completions.create(model=CLAUDE, messages=HELLO, max_tokens=256))


def test_400(client: Client, caller: Caller) -> None:
    """A mistake in the request."""
    caller.sees(lambda: client().chat.completions.create(model=CLAUDE, messages=HELLO, max_tokens=-1))


def test_401(client: Client, caller: Caller) -> None:
    """A wrong token."""
    caller.sees(lambda: client(token="not-the-token").chat.completions.create(model=CLAUDE, messages=HELLO))  # noqa: S106


def test_404(client: Client, caller: Caller) -> None:
    """A model that does not exist."""
    caller.sees(lambda: client().responses.create(model="system.ai.no-such-model", input=HELLO))


def test_429(client: Client, caller: Caller) -> None:
    """Turned away for ever, and told not to wait."""
    with injected(caller, always(refusal(429, "0.01"))):
        caller.sees(lambda: client().chat.completions.create(model=CLAUDE, messages=HELLO))


def test_429_at_first(client: Client, caller: Caller) -> None:
    """Turned away once, and told not to wait."""
    with injected(caller, at_first(1, refusal(429, "0.01"))):
        caller.sees(lambda: client().chat.completions.create(model=CLAUDE, messages=HELLO))


def test_cut(client: Client, caller: Caller) -> None:
    """The connection breaks in the middle of a stream."""
    with injected(caller, cut_at=700):
        caller.sees(lambda: client().chat.completions.create(model=CLAUDE, messages=LONG, max_tokens=256, stream=True))
