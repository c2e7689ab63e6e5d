"""Several calls of a tool in one answer, through openai's client, sync and async: whole, in a stream, and answered."""

from __future__ import annotations

from typing import Any

from conformance.observer.caller import Caller
from conformance.observer.cases.both import done, opened
from conformance.observer.cases.openai_answers import (
    CLAUDE,
    GPT,
    SCHEMA,
    WEATHER_ASKED,
    Client,
    completion_calls,
    completion_calls_streamed,
    response_calls,
    response_calls_streamed,
)
from conformance.observer.trouble import always, at_first, injected

CHAT: dict[str, Any] = {"model": CLAUDE, "max_tokens": 256, "tools": [{"type": "function", "function": SCHEMA}]}
RESPONSES: dict[str, Any] = {"model": GPT, "max_output_tokens": 1024, "tools": [{"type": "function", **SCHEMA}]}


def _answer_chat(client: Any, completion: Any) -> Any:
    """The second turn: the message that calls, and a result for each call."""
    message = completion.choices[0].message
    results = [
        {"role": "tool", "tool_call_id": one.id, "content": one.function.arguments} for one in message.tool_calls
    ]
    return client.chat.completions.create(messages=[*WEATHER_ASKED, message, *results], **CHAT)


def _answer_response(client: Any, response: Any) -> Any:
    results = [
        {"type": "function_call_output", "call_id": one.call_id, "output": one.arguments} for one in response.output
    ]
    return client.responses.create(input=[*WEATHER_ASKED, *response.output, *results], **RESPONSES)


def test_chat(client: Client, caller: Caller) -> None:
    """Two calls at once, and both results sent back."""

    async def turns() -> Any:
        made = client()
        first = await done(made.chat.completions.create(messages=WEATHER_ASKED, **CHAT))
        return await done(_answer_chat(made, first))

    with injected(caller, at_first(1, completion_calls())):
        caller.sees(turns)


def test_chat_streamed(client: Client, caller: Caller) -> None:
    """The same in a stream: the chunks."""
    with injected(caller, always(completion_calls_streamed())):
        caller.sees(lambda: client().chat.completions.create(messages=WEATHER_ASKED, stream=True, **CHAT))


def test_chat_stream_helper(client: Client, caller: Caller) -> None:
    """The calls that the helper puts together, and both results sent back."""

    async def turns() -> Any:
        made = client()
        async with opened(made.chat.completions.stream(messages=WEATHER_ASKED, **CHAT)) as stream:
            first = await done(stream.get_final_completion())
        return await done(_answer_chat(made, first))

    with injected(caller, at_first(1, completion_calls_streamed())):
        caller.sees(turns)


def test_responses(client: Client, caller: Caller) -> None:
    """Two calls at once in the Responses API, and both results sent back."""

    async def turns() -> Any:
        made = client()
        first = await done(made.responses.create(input=WEATHER_ASKED, **RESPONSES))
        return await done(_answer_response(made, first))

    with injected(caller, at_first(1, response_calls())):
        caller.sees(turns)


def test_responses_streamed(client: Client, caller: Caller) -> None:
    """The same in a stream: the events."""
    with injected(caller, always(response_calls_streamed())):
        caller.sees(lambda: client().responses.create(input=WEATHER_ASKED, stream=True, **RESPONSES))


def test_responses_stream_helper(client: Client, caller: Caller) -> None:
    """The calls that the helper puts together, and both results sent back."""

    async def turns() -> Any:
        made = client()
        async with opened(made.responses.stream(input=WEATHER_ASKED, **RESPONSES)) as stream:
            first = await done(stream.get_final_response())
        return await done(_answer_response(made, first))

    with injected(caller, at_first(1, response_calls_streamed())):
        caller.sees(turns)
