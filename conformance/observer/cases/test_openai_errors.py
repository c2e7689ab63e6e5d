"""What goes wrong, through openai's client, sync and async: which exception is raised, with which text, status and body."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from conformance.observer.caller import Caller
from conformance.observer.cases.both import done, opened
from conformance.observer.cases.lazily import Lazily
from conformance.observer.media import heavy_image, text
from conformance.observer.trouble import PAGE, SLOW, Answer, always, at_first, closed_port, injected, refusal

Client = Callable[..., Any]

CLAUDE = "system.ai.claude-sonnet-4-5"
HELLO = [{"role": "user", "content": "Say hello."}]
CHAT = "/ai-gateway/mlflow/v1"

openai: Any = Lazily("openai")


def _asked(client: Any, **fields: Any) -> Any:
    return client.chat.completions.create(**{"model": CLAUDE, "messages": HELLO, "max_tokens": 256, **fields})


@pytest.mark.parametrize(
    "gateway",
    ["", "/variants/openai-envelope", "/variants/google-envelope", "/faults/errors-of-another-shape",
     "/faults/errors-page", "/faults/errors-empty-body"],
    ids=["databricks", "openai", "google", "another", "page", "empty"],
)  # fmt: skip
def test_400(client: Client, caller: Caller, gateway: str) -> None:
    """A mistake in the request, told in each envelope that gateways use, and in none."""
    url = f"{caller.url}{gateway}{CHAT}"
    caller.sees(lambda: _asked(client(base_url=url), max_tokens=-1))


def test_400_streamed(client: Client, caller: Caller) -> None:
    """The same before a stream begins."""
    caller.sees(lambda: _asked(client(), max_tokens=-1, stream=True))


def test_400_stream_helper(client: Client, caller: Caller) -> None:
    """The same where the helper opens the stream."""

    async def final() -> Any:
        streams = client().chat.completions.stream(model=CLAUDE, messages=HELLO, max_tokens=-1)
        async with opened(streams) as stream:
            return await done(stream.get_final_completion())

    caller.sees(final)


def test_400_responses(client: Client, caller: Caller) -> None:
    """A parameter that the Responses API of the pages does not support."""
    caller.sees(lambda: client().responses.create(model="system.ai.gpt-5", input=HELLO, background=True))


def test_401(client: Client, caller: Caller) -> None:
    """A wrong key."""
    caller.sees(lambda: _asked(client(api_key="not-the-key")))


def test_401_page(client: Client, caller: Caller) -> None:
    """A wrong key, answered with a page to sign in."""
    caller.sees(lambda: _asked(client(api_key="not-the-key", base_url=caller.at("login-page") + CHAT)))


def test_no_key(client: Client, caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    """No key at all: the client itself may say so."""
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    caller.sees(lambda: _asked(client(api_key=None)))


def test_404_model(client: Client, caller: Caller) -> None:
    """A model that does not exist."""
    caller.sees(lambda: _asked(client(), model="system.ai.no-such-model"))


def test_404_path(client: Client, caller: Caller) -> None:
    """A path that does not exist."""
    caller.sees(lambda: _asked(client(base_url=f"{caller.url}/ai-gateway/nowhere/v1")))


def test_413(client: Client, caller: Caller) -> None:
    """A body that weighs more than the gateway takes: here 3 MB, where the documents say 10."""
    messages = [{"role": "user", "content": [text("What do you see?"), heavy_image(3_200_000)]}]
    url = caller.at("images-gpt5-payload-3mb") + CHAT
    caller.sees(lambda: _asked(client(base_url=url), messages=messages, model="system.ai.gpt-5"))


def test_500(client: Client, caller: Caller) -> None:
    """The gateway breaks."""
    caller.sees(lambda: _asked(client(base_url=caller.at("chat-service-tier-500") + CHAT), service_tier="auto"))


def test_stream_cut(client: Client, caller: Caller) -> None:
    """A stream without its end: does the caller learn of it?"""
    caller.sees(lambda: _asked(client(base_url=caller.at("chat-stream-cut") + CHAT), stream=True))


def test_stream_cut_helper(client: Client, caller: Caller) -> None:
    """The same through the helper, which gives a whole completion."""

    async def final() -> Any:
        made = client(base_url=caller.at("chat-stream-cut") + CHAT)
        async with opened(made.chat.completions.stream(model=CLAUDE, messages=HELLO, max_tokens=256)) as stream:
            return await done(stream.get_final_completion())

    caller.sees(final)


def test_stream_not_json(client: Client, caller: Caller) -> None:
    """A stream with an event that is no JSON."""
    caller.sees(lambda: _asked(client(base_url=caller.at("chat-stream-not-json") + CHAT), stream=True))


def test_stream_not_streamed(client: Client, caller: Caller) -> None:
    """A stream is asked for, and one JSON body comes."""
    caller.sees(lambda: _asked(client(base_url=caller.at("chat-stream-not-streamed") + CHAT), stream=True))


def test_200_as_text(client: Client, caller: Caller) -> None:
    """A completion that calls itself plain text."""
    caller.sees(lambda: _asked(client(base_url=caller.at("chat-content-type-text") + CHAT)))


def test_connection_refused(client: Client, caller: Caller) -> None:
    """Nobody listens."""
    url = closed_port() + CHAT
    caller.sees(lambda: _asked(client(base_url=url)))


def _later(status: int) -> Answer:
    """A refusal, and an invitation to come back after a millisecond, in the header that this client looks at first."""
    return replace(refusal(status), headers={"content-type": "application/json", "retry-after-ms": "1"})


LATER = _later(429)


def test_429(client: Client, caller: Caller) -> None:
    """Too many requests, always: the client asks again as often as it does by itself."""
    with injected(caller, always(LATER)):
        caller.sees(lambda: _asked(client(max_retries=...)))


def test_429_twice(client: Client, caller: Caller) -> None:
    """Too many requests, twice, and then an answer."""
    with injected(caller, at_first(2, LATER)):
        caller.sees(lambda: _asked(client(max_retries=openai.DEFAULT_MAX_RETRIES)))


def test_429_streamed(client: Client, caller: Caller) -> None:
    """Too many requests, once, and then a stream."""
    with injected(caller, at_first(1, LATER)):
        caller.sees(lambda: _asked(client(max_retries=openai.DEFAULT_MAX_RETRIES), stream=True))


def test_429_not_asked_again(client: Client, caller: Caller) -> None:
    """Too many requests, and a client that was told not to ask again."""
    with injected(caller, always(LATER)):
        caller.sees(lambda: _asked(client()))


@pytest.mark.parametrize("mode", ["sync"])
def test_429_for_an_hour(client: Client, caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    """Told to come back in an hour: does the client ask again before that, or give up? What it would wait is not waited.

    The client that is awaited would really wait.
    """
    monkeypatch.setattr("time.sleep", lambda _: None)
    with injected(caller, always(refusal(429, "3600"))):
        caller.sees(lambda: _asked(client(max_retries=openai.DEFAULT_MAX_RETRIES)))


@pytest.mark.parametrize("status", [408, 409, 500, 503])
def test_refused_at_first(client: Client, caller: Caller, status: int) -> None:
    """Turned away once for another reason: which of them does the client ask again after?"""
    with injected(caller, at_first(1, _later(status))):
        caller.sees(lambda: _asked(client(max_retries=openai.DEFAULT_MAX_RETRIES)))


def test_timeout(client: Client, caller: Caller) -> None:
    """The gateway takes longer than the client is to wait."""
    with injected(caller, always(SLOW)):
        caller.sees(lambda: _asked(client(timeout=0.2)))


def test_page_with_200(client: Client, caller: Caller) -> None:
    """A web page with status 200 where a completion is wanted."""
    with injected(caller, always(PAGE)):
        caller.sees(lambda: _asked(client()))


def test_page_with_200_streamed(client: Client, caller: Caller) -> None:
    """A web page with status 200 where a stream is wanted."""
    with injected(caller, always(PAGE)):
        caller.sees(lambda: _asked(client(), stream=True))


def test_broken_off(client: Client, caller: Caller) -> None:
    """The connection is closed in the middle of an answer."""
    with injected(caller, cut_at=100):
        caller.sees(lambda: _asked(client()))


def test_broken_off_streamed(client: Client, caller: Caller) -> None:
    """The connection is closed in the middle of a stream, after its first events."""
    with injected(caller, cut_at=500):
        caller.sees(lambda: _asked(client(), stream=True))
