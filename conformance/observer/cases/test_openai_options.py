"""Options of openai's client, sync and async: copies with other options, timeouts that are objects, a client that is closed."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest

from conformance.observer.caller import Caller
from conformance.observer.cases.both import done, opened
from conformance.observer.cases.lazily import Lazily
from conformance.observer.cases.openai_answers import Client, chat
from conformance.observer.trouble import SLOW, Answer, always, at_first, injected

LATER = Answer(429, b'{"message": "Come back."}', {"content-type": "application/json", "retry-after-ms": "1"})

openai: Any = Lazily("openai")


def _http() -> Any:
    """The HTTP library that this version stands on: httpx, or httpx2."""
    names = (kind.__module__.partition(".")[0] for kind in openai.DefaultHttpxClient.__mro__)
    return import_module(next(name for name in names if name.startswith("httpx")))


@pytest.mark.parametrize("method", ["with_options", "copy"])
def test_other_headers(client: Client, caller: Caller, method: str) -> None:
    """A copy with another header and a query; the headers of the first are kept."""
    more = {"default_headers": {"x-request-tag": "copy"}, "default_query": {"tag": "copy"}}
    caller.sees(lambda: chat(getattr(client(default_headers={"x-request-tag-of-first": "a"}), method)(**more)))


def test_other_headers_alone(client: Client, caller: Caller) -> None:
    """A copy with a header in place of those that the first had."""
    more = {"set_default_headers": {"x-request-tag": "copy"}}
    caller.sees(lambda: chat(client(default_headers={"x-request-tag-of-first": "a"}).with_options(**more)))


def test_other_credential(client: Client, caller: Caller) -> None:
    """A copy with another key."""
    caller.sees(lambda: chat(client().with_options(api_key="not-the-key")))


def test_other_gateway(client: Client, caller: Caller) -> None:
    """A copy with another base URL."""
    url = f"{caller.at('chat-usage-missing')}/ai-gateway/mlflow/v1"
    caller.sees(lambda: chat(client().with_options(base_url=url)))


def test_more_retries(client: Client, caller: Caller) -> None:
    """A copy that asks again, of a client that does not."""
    with injected(caller, at_first(1, LATER)):
        caller.sees(lambda: chat(client().with_options(max_retries=1)))


def test_first_is_as_it_was(client: Client, caller: Caller) -> None:
    """The client of which there is a copy with more retries: it asks no second time."""

    async def asked() -> Any:
        made = client()
        made.with_options(max_retries=1, timeout=1.0, default_headers={"x-request-tag": "copy"})
        return await done(chat(made))

    with injected(caller, at_first(1, LATER)):
        caller.sees(asked)


def test_less_patience(client: Client, caller: Caller) -> None:
    """A copy that waits for a shorter time."""
    with injected(caller, always(SLOW)):
        caller.sees(lambda: chat(client().with_options(timeout=0.2)))


@pytest.mark.parametrize("place", ["client", "copy", "request"])
def test_timeout_object(client: Client, caller: Caller, place: str) -> None:
    """A timeout in parts, in each place where one can be given: `openai.Timeout`."""

    def call() -> Any:
        timeout = openai.Timeout(30.0, connect=5.0)
        if place == "request":
            return chat(client(), timeout=timeout)
        return chat(client(timeout=timeout) if place == "client" else client().with_options(timeout=timeout))

    caller.sees(call)


def test_timeout_object_of_the_library(client: Client, caller: Caller) -> None:
    """A timeout in parts, as the HTTP library has it that this version uses."""
    caller.sees(lambda: chat(client(timeout=_http().Timeout(30.0, connect=5.0))))


def test_timeout_object_runs_out(client: Client, caller: Caller) -> None:
    """A timeout in parts, of which the one for reading runs out."""
    with injected(caller, always(SLOW)):
        caller.sees(lambda: chat(client(timeout=openai.Timeout(30.0, read=0.2))))


def test_no_timeout(client: Client, caller: Caller) -> None:
    """No timeout at all."""
    caller.sees(lambda: chat(client(timeout=None)))


def test_http_client_with_defaults(client: Client, caller: Caller, mode: str) -> None:
    """An HTTP client with the defaults of openai, and a limit and a timeout of the user's own."""

    def call() -> Any:
        kind = openai.DefaultHttpxClient if mode == "sync" else openai.DefaultAsyncHttpxClient
        own = kind(timeout=openai.Timeout(30.0), limits=_http().Limits(max_connections=2))
        return chat(client(http_client=own))

    caller.sees(call)


def test_context_manager(client: Client, caller: Caller) -> None:
    """A client that is open for two requests."""

    async def asked() -> Any:
        async with opened(client()) as made:
            await done(chat(made))
            return await done(chat(made))

    caller.sees(asked)


def test_closed(client: Client, caller: Caller) -> None:
    """A client that is used after it was closed."""

    async def asked() -> Any:
        async with opened(client()) as made:
            pass
        return await done(chat(made))

    caller.sees(asked)


def test_copy_of_a_closed_client(client: Client, caller: Caller) -> None:
    """A copy that is used after the first client was closed."""

    async def asked() -> Any:
        made = client()
        copy = made.with_options(max_retries=0)
        await done(made.close())
        return await done(chat(copy))

    caller.sees(asked)
