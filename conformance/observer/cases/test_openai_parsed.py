"""Answers that openai's client parses into classes of pydantic, sync and async: dumped, and passed back in a second turn."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from conformance.observer.caller import Caller
from conformance.observer.cases.both import done, each, opened
from conformance.observer.cases.lazily import Lazily
from conformance.observer.cases.openai_answers import (
    CLAUDE,
    GPT,
    HELLO,
    PLACE,
    WEATHER_ASKED,
    Client,
    completion,
    completion_calls,
    completion_streamed,
    place,
    response,
    response_calls,
)
from conformance.observer.trouble import always, at_first, injected

DUMPS = pytest.mark.parametrize("dump", ["model_dump", "model_dump_json", "to_dict"])
THANKS = {"role": "user", "content": "Thank you. And in French?"}

openai: Any = Lazily("openai")


def _resource(client: Any, method: str) -> Any:
    """Where the chat surface has `parse` and `stream`: in older versions under beta."""
    found = client.chat.completions
    return found if hasattr(found, method) else client.beta.chat.completions


def _parse_chat(client: Any, **fields: Any) -> Any:
    return _resource(client, "parse").parse(**{"model": CLAUDE, "messages": HELLO, "max_tokens": 256, **fields})


def _parse_response(client: Any, **fields: Any) -> Any:
    return client.responses.parse(**{"model": GPT, "input": HELLO, "max_output_tokens": 256, **fields})


def _tools(surface: str) -> list[Any]:
    """The tool `get_weather`, made of a class, whose arguments the client parses."""
    from pydantic import create_model

    made = openai.pydantic_function_tool(create_model("get_weather", city=(str, ...)), name="get_weather")
    return [made if surface == "chat" else {"type": "function", **made["function"]}]


def _dumped(answer: Any, dump: str) -> Any:
    """The whole answer, with the fields that are None: they are part of what is stored and logged."""
    told = getattr(answer, dump)()
    return json.loads(told) if isinstance(told, str) else told


@DUMPS
def test_chat_dumped(client: Client, caller: Caller, dump: str) -> None:
    """A parsed answer, dumped."""

    async def dumped() -> Any:
        return _dumped(await done(_parse_chat(client(), response_format=place())), dump)

    with injected(caller, always(completion({"content": PLACE, "refusal": None}))):
        caller.sees(dumped)


@DUMPS
def test_chat_tools_dumped(client: Client, caller: Caller, dump: str) -> None:
    """Two parsed calls of a tool, dumped."""

    async def dumped() -> Any:
        return _dumped(await done(_parse_chat(client(), messages=WEATHER_ASKED, tools=_tools("chat"))), dump)

    with injected(caller, always(completion_calls())):
        caller.sees(dumped)


@DUMPS
def test_responses_dumped(client: Client, caller: Caller, dump: str) -> None:
    """A parsed answer of the Responses API, dumped."""

    async def dumped() -> Any:
        return _dumped(await done(_parse_response(client(), text_format=place())), dump)

    with injected(caller, always(response(PLACE))):
        caller.sees(dumped)


@DUMPS
def test_responses_tools_dumped(client: Client, caller: Caller, dump: str) -> None:
    """Two parsed calls of the Responses API, dumped."""

    async def dumped() -> Any:
        return _dumped(await done(_parse_response(client(), input=WEATHER_ASKED, tools=_tools("responses"))), dump)

    with injected(caller, always(response_calls())):
        caller.sees(dumped)


def test_chat_second_turn(client: Client, caller: Caller) -> None:
    """The parsed message goes back as it is, with the next question."""

    async def turns() -> Any:
        made = client()
        first = await done(_parse_chat(made, response_format=place()))
        return await done(_parse_chat(made, messages=[*HELLO, first.choices[0].message, THANKS]))

    with injected(caller, at_first(1, completion({"content": PLACE}))):
        caller.sees(turns)


def test_chat_second_turn_tools(client: Client, caller: Caller) -> None:
    """The parsed message that calls a tool twice goes back as it is, with the results."""

    async def turns() -> Any:
        made, tools = client(), _tools("chat")
        first = await done(_parse_chat(made, messages=WEATHER_ASKED, tools=tools))
        message = first.choices[0].message
        results = [{"role": "tool", "tool_call_id": one.id, "content": "18 degrees"} for one in message.tool_calls]
        return await done(_parse_chat(made, messages=[*WEATHER_ASKED, message, *results], tools=tools))

    with injected(caller, at_first(1, completion_calls())):
        caller.sees(turns)


def test_responses_second_turn(client: Client, caller: Caller) -> None:
    """The parsed items of an answer go back as they are, with the next question."""

    async def turns() -> Any:
        made = client()
        first = await done(_parse_response(made, text_format=place()))
        return await done(_parse_response(made, input=[*HELLO, *first.output, THANKS]))

    with injected(caller, at_first(1, response(PLACE))):
        caller.sees(turns)


def test_responses_second_turn_tools(client: Client, caller: Caller) -> None:
    """The parsed calls go back as they are, with the results."""

    async def turns() -> Any:
        made, tools = client(), _tools("responses")
        first = await done(_parse_response(made, input=WEATHER_ASKED, tools=tools))
        results = [
            {"type": "function_call_output", "call_id": one.call_id, "output": "18 degrees"} for one in first.output
        ]
        return await done(_parse_response(made, input=[*WEATHER_ASKED, *first.output, *results], tools=tools))

    with injected(caller, at_first(1, response_calls())):
        caller.sees(turns)


def test_chat_refused(client: Client, caller: Caller) -> None:
    """The model declines: there is nothing to parse."""
    with injected(caller, always(completion({"content": None, "refusal": "I would rather not."}))):
        caller.sees(lambda: _parse_chat(client(), response_format=place()))


def test_chat_capped(client: Client, caller: Caller) -> None:
    """The answer ends in the middle of its JSON."""
    with injected(caller, always(completion({"content": PLACE[:9]}, "length"))):
        caller.sees(lambda: _parse_chat(client(), response_format=place()))


def test_chat_streamed(client: Client, caller: Caller) -> None:
    """The helper's events, which hold what can be parsed so far."""

    async def events() -> AsyncIterator[Any]:
        streams = _resource(client(), "stream").stream(
            model=CLAUDE, messages=HELLO, max_tokens=256, response_format=place()
        )
        async with opened(streams) as stream:
            async for event in each(stream):
                yield event

    with injected(caller, always(completion_streamed(PLACE))):
        caller.sees(events)
