"""Several calls of functions in one answer through google-genai, sync and async; and tokens counted beforehand."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from conformance.observer.caller import Caller
from conformance.observer.cases.both import done, each
from conformance.observer.cases.google_client import KINDS, MODEL, Google, one_certificate, types
from conformance.observer.cases.streams import stream
from conformance.observer.trouble import Answer, always, at_first, injected

QUESTION = "What is the weather in Paris and in Rome?"
CALLS = [{"functionCall": {"name": "get_weather", "args": {"city": city}}} for city in ("Paris", "Rome")]
COUNTED = Answer(200, b'{"totalTokens": 7}')


@pytest.fixture(autouse=True)
def _one_certificate(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    one_certificate(monkeypatch, tmp_path)


@pytest.fixture(params=KINDS)
def client(request: pytest.FixtureRequest, caller: Caller) -> Iterator[Google]:
    """A client of each kind, on v1beta, so that a default of another version hides nothing."""
    made = Google(request.param, caller, {"api_version": "v1beta"})
    yield made
    made.close()


def _body(parts: list[dict[str, Any]], reason: str = "STOP") -> dict[str, Any]:
    candidate = {"index": 0, "content": {"role": "model", "parts": parts}}
    return {"candidates": [{**candidate, "finishReason": reason} if reason else candidate]}


def _weather() -> Any:
    """A tool that declares one function."""
    city = types.Schema(type=types.Type.STRING)
    parameters = types.Schema(type=types.Type.OBJECT, properties={"city": city}, required=["city"])
    function = types.FunctionDeclaration(
        name="get_weather", description="The weather in a city.", parameters=parameters
    )
    return types.Tool(function_declarations=[function])


def _asked() -> list[Any]:
    return [types.Content(role="user", parts=[types.Part(text=QUESTION)])]


def _answered(called: Any) -> list[Any]:
    """The question, the calls, and a result for each."""
    results = [
        types.Part.from_function_response(name=part.function_call.name, response={"result": part.function_call.args})
        for part in called.parts
    ]
    return [*_asked(), called, types.Content(role="user", parts=results)]


def test_batch(client: Google, caller: Caller) -> None:
    """Two calls at once, and both results sent back."""

    async def turns() -> Any:
        tool = _weather()
        first = await done(client.ask(_asked(), tools=[tool]))
        return await done(client.ask(_answered(first.candidates[0].content), tools=[tool]))

    with injected(caller, at_first(1, Answer(200, json.dumps(_body(CALLS)).encode()))):
        caller.sees(turns)


def test_batch_listed(client: Google, caller: Caller) -> None:
    """The property that lists the calls, beside the whole answer."""

    async def listed() -> Any:
        answer = await done(client.ask(_asked(), tools=[_weather()]))
        return {**answer.model_dump(exclude_none=True, warnings=False), "function_calls": answer.function_calls}

    with injected(caller, always(Answer(200, json.dumps(_body(CALLS)).encode()))):
        caller.sees(listed)


def test_batch_streamed(client: Google, caller: Caller) -> None:
    """A call in each of two pieces, and both results sent back in a turn of one's own making."""

    async def turns() -> Any:
        tool, parts = _weather(), list[Any]()
        async for answer in each(await done(client.ask_streamed(_asked(), tools=[tool]))):
            parts += answer.candidates[0].content.parts
        called = types.Content(role="model", parts=parts)
        return await done(client.ask_streamed(_answered(called), tools=[tool]))

    pieces = [_body(CALLS[:1], ""), _body(CALLS[1:])]
    with injected(caller, at_first(1, stream(pieces))):
        caller.sees(turns)


def test_batch_called(client: Google, caller: Caller) -> None:
    """Two calls at once of a Python function: the client calls it twice and asks again by itself."""

    def get_weather(city: str) -> str:
        """The weather in a city."""
        return f"Rain in {city}."

    with injected(caller, at_first(1, Answer(200, json.dumps(_body(CALLS)).encode()))):
        caller.sees(lambda: client.ask(QUESTION, tools=[get_weather]))


def test_count_of_a_conversation(client: Google, caller: Caller) -> None:
    """The tokens of a conversation."""

    def call() -> Any:
        turns = [("user", "Say hello."), ("model", "Hello."), ("user", "And in French?")]
        contents = [types.Content(role=role, parts=[types.Part(text=text)]) for role, text in turns]
        return client.half.models.count_tokens(model=MODEL, contents=contents)

    with injected(caller, always(COUNTED)):
        caller.sees(call)


def test_count_with_options(client: Google, caller: Caller) -> None:
    """The tokens of a question, with a header and a timeout for this request alone."""

    def call() -> Any:
        options = types.HttpOptions(headers={"x-request-tag": "nightly"}, timeout=30_000)
        config = types.CountTokensConfig(http_options=options)
        return client.half.models.count_tokens(model=MODEL, contents="Say hello.", config=config)

    with injected(caller, always(COUNTED)):
        caller.sees(call)
