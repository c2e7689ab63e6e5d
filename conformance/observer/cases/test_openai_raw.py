"""Answers below the objects of openai's client, sync and async: `with_raw_response`, `with_streaming_response`, `post`."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from conformance.observer.caller import Caller
from conformance.observer.cases.both import done, each, opened
from conformance.observer.cases.openai_answers import CLAUDE, GPT, HELLO, Client

CHAT: dict[str, Any] = {"model": CLAUDE, "messages": HELLO, "max_tokens": 256}
RESPONSES: dict[str, Any] = {"model": GPT, "input": HELLO, "max_output_tokens": 256}


def _told(answer: Any, body: Any) -> dict[str, Any]:
    """A body, and what stands beside it."""
    kept = {"answer": type(answer).__name__, "status_code": answer.status_code, "method": answer.method}
    return {**body, **kept, "content_type": answer.headers["content-type"], "retries_taken": answer.retries_taken}


@pytest.mark.parametrize("way", ["text", "content", "http_response"])
def test_raw(client: Client, caller: Caller, way: str) -> None:
    """The body of an answer as it came, by each of its names."""

    async def raw() -> Any:
        answer = await done(client().chat.completions.with_raw_response.create(**CHAT))
        found = getattr(answer, way)
        return _told(answer, found.json() if way == "http_response" else json.loads(found))

    caller.sees(raw)


def test_raw_streamed(client: Client, caller: Caller) -> None:
    """A stream, made of the answer afterwards."""

    async def raw() -> Any:
        answer = await done(client().chat.completions.with_raw_response.create(**CHAT, stream=True))
        return await done(answer.parse())

    caller.sees(raw)


def test_raw_400(client: Client, caller: Caller) -> None:
    """A mistake in the request: it is raised here too."""
    caller.sees(lambda: client().chat.completions.with_raw_response.create(**{**CHAT, "max_tokens": -1}))


def test_raw_responses(client: Client, caller: Caller) -> None:
    """An answer of the Responses API, parsed afterwards."""

    async def raw() -> Any:
        answer = await done(client().responses.with_raw_response.create(**RESPONSES))
        return _told(answer, (await done(answer.parse())).model_dump(exclude_none=True, warnings=False))

    caller.sees(raw)


@pytest.mark.parametrize("way", ["json", "text", "read", "parse"])
def test_streaming(client: Client, caller: Caller, way: str) -> None:
    """An answer that is read when it is asked for: all of it."""

    async def read() -> Any:
        async with opened(client().chat.completions.with_streaming_response.create(**CHAT)) as answer:
            found = await done(getattr(answer, way)())
            if way == "parse":
                found = found.model_dump(exclude_none=True)
            return _told(answer, json.loads(found) if isinstance(found, (str, bytes)) else found)

    caller.sees(read)


@pytest.mark.parametrize("way", ["iter_lines", "iter_text", "iter_bytes"])
def test_streaming_in_pieces(client: Client, caller: Caller, way: str) -> None:
    """An answer that is read when it is asked for: piece by piece."""

    async def read() -> Any:
        async with opened(client().chat.completions.with_streaming_response.create(**CHAT)) as answer:
            pieces = [piece async for piece in each(getattr(answer, way)())]
            whole = b"".join(pieces) if way == "iter_bytes" else "".join(pieces)
            return {**_told(answer, json.loads(whole)), "piece": type(pieces[0]).__name__}

    caller.sees(read)


def test_streaming_events(client: Client, caller: Caller) -> None:
    """The lines of a stream of events: each of them JSON, but for the last."""

    async def events() -> AsyncIterator[Any]:
        asked = client().chat.completions.with_streaming_response.create(**CHAT, stream=True)
        async with opened(asked) as answer:
            async for line in each(answer.iter_lines()):
                name, _, data = line.partition(": ")
                if line and data != "[DONE]":
                    yield {"line": name, **json.loads(data)}

    caller.sees(events)


def test_streaming_parsed(client: Client, caller: Caller) -> None:
    """The chunks of a stream, made of the answer while it is open."""

    async def events() -> AsyncIterator[Any]:
        asked = client().chat.completions.with_streaming_response.create(**CHAT, stream=True)
        async with opened(asked) as answer:
            async for chunk in each(await done(answer.parse())):
                yield chunk

    caller.sees(events)


def test_streaming_400(client: Client, caller: Caller) -> None:
    """A mistake in the request: raised before anything is read."""

    async def read() -> Any:
        asked = client().chat.completions.with_streaming_response.create(**{**CHAT, "max_tokens": -1})
        async with opened(asked) as answer:
            return await done(answer.json())

    caller.sees(read)


def test_streaming_responses(client: Client, caller: Caller) -> None:
    """An answer of the Responses API that is read when it is asked for."""

    async def read() -> Any:
        async with opened(client().responses.with_streaming_response.create(**RESPONSES)) as answer:
            return _told(answer, await done(answer.json()))

    caller.sees(read)


def test_post(client: Client, caller: Caller) -> None:
    """The client's own way to ask for any path."""
    caller.sees(lambda: client().post("/chat/completions", cast_to=object, body=CHAT))
