"""Several requests with one client of openai, sync and async: on how many connections, and where they are sent on to."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from conformance.observer.caller import Caller
from conformance.observer.cases.both import done, each, opened
from conformance.observer.cases.openai_answers import GPT, HELLO, Client, chat
from conformance.observer.cases.redirects import WAYS, sent_on

CHAT = "/ai-gateway/mlflow/v1/chat/completions"
RESPONSES = "/ai-gateway/mlflow/v1/responses"


async def _read(stream: Any) -> None:
    async for _ in each(stream):
        pass


def test_answers(client: Client, caller: Caller) -> None:
    """Three answers, one after the other."""

    async def asked() -> Any:
        made = client()
        for _ in range(2):
            await done(chat(made))
        return await done(chat(made))

    caller.sees(asked)


def test_streams(client: Client, caller: Caller) -> None:
    """Three streams, one after the other, each read to its end."""

    async def asked() -> Any:
        made = client()
        for _ in range(2):
            await _read(await done(chat(made, stream=True)))
        return await done(chat(made, stream=True))

    caller.sees(asked)


def test_streams_opened(client: Client, caller: Caller) -> None:
    """The same, each stream in a `with` of its own."""

    async def events() -> AsyncIterator[Any]:
        made = client()
        for _ in range(2):
            async with opened(await done(chat(made, stream=True))) as stream:
                await _read(stream)
        async with opened(await done(chat(made, stream=True))) as stream:
            async for event in each(stream):
                yield event

    caller.sees(events)


def test_streams_of_responses(client: Client, caller: Caller) -> None:
    """Three streams of the Responses API, one after the other, each read to its end."""
    fields: dict[str, Any] = {"model": GPT, "input": HELLO, "max_output_tokens": 256, "stream": True}

    async def asked() -> Any:
        made = client()
        for _ in range(2):
            await _read(await done(made.responses.create(**fields)))
        return await done(made.responses.create(**fields))

    caller.sees(asked)


def test_stream_left(client: Client, caller: Caller) -> None:
    """A stream that is closed before its first event, and then another question."""

    async def asked() -> Any:
        made = client()
        await done((await done(chat(made, stream=True))).close())
        return await done(chat(made))

    caller.sees(asked)


@WAYS
def test_sent_on(client: Client, caller: Caller, way: str) -> None:
    """Sent on, with 307 and 308: does the question arrive, and the credential at another host?"""
    with sent_on(caller, way, CHAT):
        caller.sees(lambda: chat(client()))


@WAYS
def test_stream_sent_on(client: Client, caller: Caller, way: str) -> None:
    """The same where a stream is wanted."""
    with sent_on(caller, way, CHAT):
        caller.sees(lambda: chat(client(), stream=True))


@WAYS
def test_responses_sent_on(client: Client, caller: Caller, way: str) -> None:
    """The same on the Responses API."""
    with sent_on(caller, way, RESPONSES):
        caller.sees(lambda: client().responses.create(model=GPT, input=HELLO, max_output_tokens=256))
