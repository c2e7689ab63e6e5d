"""Clients of google-genai, sync and async: several answers and streams with one, `with`, and where it is sent on to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from conformance.observer.caller import Caller
from conformance.observer.cases.both import done, each, opened
from conformance.observer.cases.elsewhere import NOBODY, behind_proxy
from conformance.observer.cases.google_client import (
    KINDS,
    MODEL,
    PATH,
    Google,
    genai,
    one_certificate,
    options_of,
    types,
)
from conformance.observer.cases.redirects import WAYS, sent_on

HELLO = "Say hello."
LONG = "Write a long and detailed essay of at least 500 words about the sea."
WHOLE = f"{PATH}/v1beta/models/{MODEL}:generateContent"
IN_PIECES = f"{PATH}/v1beta/models/{MODEL}:streamGenerateContent"
Make = Callable[..., Google]


@pytest.fixture(autouse=True)
def _one_certificate(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    one_certificate(monkeypatch, tmp_path)


@pytest.fixture(params=KINDS)
def client(request: pytest.FixtureRequest, caller: Caller) -> Iterator[Make]:
    """Makes a client of each kind, on v1beta, so that a default of another version hides nothing."""
    made = list[Google]()

    def make() -> Google:
        made.append(Google(request.param, caller, {"api_version": "v1beta"}))
        return made[-1]

    yield make
    for one in made:
        one.close()


def _ask_streamed(made: Google) -> Any:
    return made.ask_streamed(LONG, max_output_tokens=64)


async def _read(stream: Any) -> None:
    async for _ in each(stream):
        pass


def test_answers(client: Make, caller: Caller) -> None:
    """Three answers, one after the other, with one client."""

    async def asked() -> Any:
        made = client()
        for _ in range(2):
            await done(made.ask(HELLO))
        return await done(made.ask(HELLO))

    caller.sees(asked)


def test_streams(client: Make, caller: Caller) -> None:
    """Three streams, one after the other, with one client."""

    async def asked() -> Any:
        made = client()
        for _ in range(2):
            await _read(await done(_ask_streamed(made)))
        return await done(_ask_streamed(made))

    caller.sees(asked)


@pytest.mark.parametrize("client", ["async"], indirect=True)
def test_streams_beside_aiohttp(client: Make, caller: Caller) -> None:
    """Three streams where aiohttp is installed, which the client then uses; other HTTP below, the same events."""
    pytest.importorskip("aiohttp", reason="the client uses aiohttp where it is installed, and it is not")

    async def asked() -> Any:
        made = client()
        await _read(await done(_ask_streamed(made)))
        await done(made.ask(HELLO))
        return await done(_ask_streamed(made))

    caller.sees(asked)


def test_context_manager(client: Make, caller: Caller) -> None:
    """A client that is open for two requests."""

    async def asked() -> Any:
        made = client()
        async with opened(made.half) as inner:
            await done(inner.models.generate_content(model=MODEL, contents=HELLO))
            return await done(inner.models.generate_content(model=MODEL, contents=HELLO))

    caller.sees(asked)


def test_closed(client: Make, caller: Caller) -> None:
    """A client that is used after its `with`."""

    async def asked() -> Any:
        made = client()
        async with opened(made.half):
            pass
        return await done(made.ask(HELLO))

    caller.sees(asked)


def test_closed_streamed(client: Make, caller: Caller) -> None:
    """The same, where the answer comes in pieces."""

    async def asked() -> Any:
        made = client()
        async with opened(made.half):
            pass
        return await done(_ask_streamed(made))

    caller.sees(asked)


def test_other_half_closed(client: Make, caller: Caller) -> None:
    """The half that is used, after the other half was closed."""

    async def asked() -> Any:
        made = client()
        other = made.client if made.kind == "async" else made.client.aio
        async with opened(other):
            pass
        return await done(made.ask(HELLO))

    caller.sees(asked)


def _half_of_a_client_that_nobody_keeps(caller: Caller, kind: str) -> Any:
    whole = genai.Client(api_key="databricks", http_options=options_of(caller, api_version="v1beta"))
    return whole.aio if kind == "async" else whole.models


@pytest.mark.parametrize("kind", KINDS)
def test_half_kept(caller: Caller, kind: str) -> None:
    """A part of a client that is kept, where nobody keeps the whole."""

    async def asked() -> Any:
        kept = _half_of_a_client_that_nobody_keeps(caller, kind)
        models = kept.models if kind == "async" else kept
        return await done(models.generate_content(model=MODEL, contents=HELLO))

    caller.sees(asked)


@WAYS
def test_sent_on(client: Make, caller: Caller, way: str) -> None:
    """Sent on, with 307 and 308: does the question arrive, and the credential at another host?"""
    with sent_on(caller, way, WHOLE):
        caller.sees(lambda: client().ask(HELLO))


@WAYS
def test_stream_sent_on(client: Make, caller: Caller, way: str) -> None:
    """The same where the answer comes in pieces."""
    with sent_on(caller, way, IN_PIECES):
        caller.sees(lambda: _ask_streamed(client()))


@pytest.mark.parametrize("way", ["307", "307_elsewhere"])
def test_key_sent_on(caller: Caller, way: str) -> None:
    """The same with the token as the key, which goes in a header of Google's own."""

    def call() -> Any:
        options = types.HttpOptions(base_url=f"{caller.url}{PATH}", api_version="v1beta")
        kept = genai.Client(api_key=caller.token, http_options=options)
        return kept.models.generate_content(model=MODEL, contents=HELLO)

    with sent_on(caller, way, WHOLE):
        caller.sees(call)


@pytest.mark.parametrize("kind", KINDS)
def test_proxy(caller: Caller, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    """A host that is reached through the proxy alone that the environment names: what arrives at the proxy?"""
    behind_proxy(caller, monkeypatch)
    made = Google(kind, caller, {"api_version": "v1beta", "workspace": NOBODY})
    caller.sees(lambda: made.ask(HELLO))
    made.close()
