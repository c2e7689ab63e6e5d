"""The Responses API through openai's client, sync and async: what the pages show, and what users build on it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

from conformance.observer.caller import Caller
from conformance.observer.cases.both import done, each, opened
from conformance.observer.media import data_uri

Client = Callable[..., Any]

GPT = "system.ai.gpt-5"
HELLO = [{"role": "user", "content": "Say hello."}]
PYTHON = {"type": "custom", "name": "code_exec", "description": "Executes Python code. Return only valid Python code."}
WEATHER = {
    "type": "function",
    "name": "get_weather",
    "description": "The weather in a city.",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}


def test_plain(client: Client, caller: Caller) -> None:
    """The first example: a system message, a question, max_output_tokens."""
    messages = [{"role": "system", "content": "You are a helpful assistant."}, *HELLO]
    caller.sees(lambda: client().responses.create(model=GPT, input=messages, max_output_tokens=256))


def test_serving_endpoints(client: Client, caller: Caller) -> None:
    """The same at the serving endpoints, by the name of an endpoint."""
    url = f"{caller.url}/serving-endpoints"
    caller.sees(
        lambda: client(base_url=url).responses.create(model="databricks-gpt-5", input=HELLO, max_output_tokens=256)
    )


def test_string_input(client: Client, caller: Caller) -> None:
    """A question that is a string, with instructions."""
    caller.sees(
        lambda: client().responses.create(
            model=GPT, input="Say hello.", instructions="Be brief.", max_output_tokens=256
        )
    )


def test_output_text(client: Client, caller: Caller) -> None:
    """The text of an answer as the client puts it together."""

    async def told() -> dict[str, Any]:
        answer = await done(client().responses.create(model=GPT, input=HELLO, max_output_tokens=256))
        return {**answer.model_dump(exclude_none=True, warnings=False), "output_text": answer.output_text}

    caller.sees(told)


def test_image(client: Client, caller: Caller) -> None:
    """An image as a data URI."""
    content = [
        {"type": "input_text", "text": "What is in this image?"},
        {"type": "input_image", "image_url": data_uri("red-64.jpg")},
    ]
    messages = [{"role": "user", "content": content}]
    caller.sees(lambda: client().responses.create(model=GPT, input=messages, max_output_tokens=256))


def test_effort(client: Client, caller: Caller) -> None:
    """Reasoning steered by its effort."""
    caller.sees(
        lambda: client().responses.create(
            model=GPT, input=HELLO, max_output_tokens=1024, reasoning={"effort": "low", "summary": "auto"}
        )
    )


def test_streamed(client: Client, caller: Caller) -> None:
    """Streamed: typed events."""
    caller.sees(lambda: client().responses.create(model=GPT, input=HELLO, max_output_tokens=256, stream=True))


def test_streamed_custom_tool(client: Client, caller: Caller) -> None:
    """A custom tool is called in a stream."""
    caller.sees(
        lambda: client().responses.create(
            model=GPT, input=HELLO, max_output_tokens=1024, tools=[PYTHON], tool_choice="required", stream=True
        )
    )


def test_stream_helper_events(client: Client, caller: Caller) -> None:
    """The helper's events, one by one."""

    async def events() -> AsyncIterator[Any]:
        async with opened(client().responses.stream(model=GPT, input=HELLO, max_output_tokens=256)) as stream:
            async for event in each(stream):
                yield event

    caller.sees(events)


def test_stream_helper_final(client: Client, caller: Caller) -> None:
    """The helper's whole response."""

    async def final() -> Any:
        async with opened(client().responses.stream(model=GPT, input=HELLO, max_output_tokens=256)) as stream:
            return await done(stream.get_final_response())

    caller.sees(final)


def test_custom_tool(client: Client, caller: Caller) -> None:
    """The example of a custom tool: its input is text."""
    asked = [{"role": "user", "content": "Write a Python function to calculate factorial. Use code_exec."}]
    caller.sees(lambda: client().responses.create(model=GPT, input=asked, tools=[PYTHON], max_output_tokens=1024))


def test_function_round_trip(client: Client, caller: Caller) -> None:
    """A function is called, and its result handed back beside all items of the answer that called it."""

    async def turns() -> Any:
        asked, conversation = client().responses, list[Any]([{"role": "user", "content": "What is the weather?"}])
        fields: dict[str, Any] = {"model": GPT, "max_output_tokens": 1024, "tools": [WEATHER]}
        first = await done(asked.create(input=conversation, tool_choice="required", **fields))
        called = next(item for item in first.output if item.type == "function_call")
        result = {"type": "function_call_output", "call_id": called.call_id, "output": "18 degrees"}
        return await done(asked.create(input=[*conversation, *first.output, result], **fields))

    caller.sees(turns)


def test_apply_patch(client: Client, caller: Caller) -> None:
    """The example of a built-in tool: an item that older versions of the client do not know."""
    asked = [{"role": "user", "content": "Add input validation to the factorial function in main.py."}]
    caller.sees(
        lambda: client().responses.create(
            model=GPT, input=asked, tools=[{"type": "apply_patch"}], max_output_tokens=1024
        )
    )


def test_shell(client: Client, caller: Caller) -> None:
    """A built-in tool of the list: shell commands."""
    asked = [{"role": "user", "content": "Run a shell command that lists the files."}]
    caller.sees(
        lambda: client().responses.create(model=GPT, input=asked, tools=[{"type": "shell"}], max_output_tokens=1024)
    )


def test_web_search(client: Client, caller: Caller) -> None:
    """A built-in tool of the list: search in the web."""
    asked = [{"role": "user", "content": "Search the web for the weather in Paris."}]
    caller.sees(
        lambda: client().responses.create(
            model=GPT, input=asked, tools=[{"type": "web_search"}], max_output_tokens=1024
        )
    )


def test_image_generation(client: Client, caller: Caller) -> None:
    """A built-in tool of the list: an image is made."""
    asked = [{"role": "user", "content": "Generate an image of a red square."}]
    caller.sees(
        lambda: client().responses.create(
            model=GPT, input=asked, tools=[{"type": "image_generation"}], max_output_tokens=1024
        )
    )


def test_store_refused(client: Client, caller: Caller) -> None:
    """A parameter that the pages name as unsupported."""
    caller.sees(lambda: client().responses.create(model=GPT, input=HELLO, max_output_tokens=256, store=True))


def test_none_given(client: Client, caller: Caller) -> None:
    """None for an optional parameter: is it left out, or sent as null?"""
    caller.sees(lambda: client().responses.create(model=GPT, input=HELLO, max_output_tokens=256, temperature=None))
