"""What goes wrong, through google-genai, sync and async: which exception is raised, after how many requests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from conformance.observer.caller import Caller
from conformance.observer.cases.google_client import KINDS, MODEL, Google, genai, one_certificate, options_of, types
from conformance.observer.trouble import PAGE, SLOW, Answer, always, at_first, closed_port, injected, refusal

HELLO = "Say hello."
LONG = "Write a long and detailed essay of at least 500 words about the sea."
ENVELOPES = pytest.mark.parametrize("google_envelope", [True, False], ids=["google", "databricks"])
BOTH_WAYS = pytest.mark.parametrize("way", ["plain", "streamed"])
Make = Callable[..., Google]


@pytest.fixture(autouse=True)
def _one_certificate(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    one_certificate(monkeypatch, tmp_path)


@pytest.fixture(params=KINDS)
def client(request: pytest.FixtureRequest, caller: Caller) -> Iterator[Make]:
    """Makes a client of each kind, on v1beta, so that a default of another version hides nothing."""
    made = list[Google]()

    def make(**more: Any) -> Google:
        made.append(Google(request.param, caller, {"api_version": "v1beta", **more}))
        return made[-1]

    yield make
    for one in made:
        one.close()


def _retries(attempts: int) -> Any:
    """So many attempts, soon after one another."""
    return types.HttpRetryOptions(attempts=attempts, initial_delay=0.01, max_delay=0.02, jitter=0)


def _asked(made: Google, way: str = "plain", **config: Any) -> Any:
    return (made.ask_streamed if way == "streamed" else made.ask)(LONG if way == "streamed" else HELLO, **config)


@BOTH_WAYS
def test_400(client: Make, caller: Caller, way: str) -> None:
    """A mistake in the request."""
    caller.sees(lambda: _asked(client(), way, max_output_tokens=-1))


@pytest.mark.parametrize(
    "workspace",
    [
        "/variants/openai-envelope",
        "/faults/errors-of-another-shape",
        "/faults/gemini-errors-as-text",
        "/faults/errors-page",
    ],
    ids=["databricks", "another", "text", "page"],
)
def test_400_told_otherwise(client: Make, caller: Caller, workspace: str) -> None:
    """The same in another envelope, or in none."""
    caller.sees(lambda: _asked(client(workspace=caller.url + workspace), max_output_tokens=-1))


def test_401(client: Make, caller: Caller) -> None:
    """A wrong token."""
    caller.sees(lambda: _asked(client(token="not-the-token")))  # noqa: S106 (no secret: it is to be refused)


def test_key_alone(caller: Caller) -> None:
    """The client as Google's own pages make it: the token as the key, no header of ours."""

    def call() -> Any:
        options = types.HttpOptions(base_url=f"{caller.url}/ai-gateway/gemini", api_version="v1beta")
        kept = genai.Client(api_key=caller.token, http_options=options)
        return kept.models.generate_content(model=MODEL, contents=HELLO)

    caller.sees(call)


def test_404(client: Make, caller: Caller) -> None:
    """A model that does not exist."""
    caller.sees(lambda: client().half.models.generate_content(model="system.ai.no-such-model", contents=HELLO))


@pytest.mark.parametrize("status", [429, 500, 503])
@BOTH_WAYS
def test_refused_at_first(client: Make, caller: Caller, status: int, way: str) -> None:
    """Refused twice: does the client ask again by itself?"""
    with injected(caller, at_first(2, refusal(status, "0", google=True))):
        caller.sees(lambda: _asked(client(), way))


@ENVELOPES
def test_429_with_retries(client: Make, caller: Caller, google_envelope: bool) -> None:
    """Refused for ever, and three attempts asked for."""
    with injected(caller, always(refusal(429, google=google_envelope))):
        caller.sees(lambda: _asked(client(retry_options=_retries(3))))


def test_429_with_retries_that_help(client: Make, caller: Caller) -> None:
    """Refused once, and three attempts asked for."""
    with injected(caller, at_first(1, refusal(429, google=True))):
        caller.sees(lambda: _asked(client(retry_options=_retries(3))))


@pytest.mark.parametrize("status", [413, 500])
def test_refused(client: Make, caller: Caller, status: int) -> None:
    """Refused for ever, in the envelope of Databricks."""
    with injected(caller, always(refusal(status))):
        caller.sees(lambda: _asked(client()))


@BOTH_WAYS
def test_page_with_200(client: Make, caller: Caller, way: str) -> None:
    """A page to sign in, where an answer should be."""
    with injected(caller, always(PAGE)):
        caller.sees(lambda: _asked(client(), way))


@pytest.mark.parametrize("body", [b"", b"{}", b"[]"], ids=["nothing", "object", "list"])
def test_empty_with_200(client: Make, caller: Caller, body: bytes) -> None:
    """An answer in which there is none."""
    with injected(caller, always(Answer(200, body))):
        caller.sees(lambda: _asked(client()))


@BOTH_WAYS
def test_cut(client: Make, caller: Caller, way: str) -> None:
    """The connection breaks in the middle of the answer."""
    with injected(caller, cut_at=500 if way == "streamed" else 100):
        caller.sees(lambda: _asked(client(), way, max_output_tokens=256))


def test_refused_connection(client: Make, caller: Caller) -> None:
    """Nobody listens."""
    caller.sees(lambda: _asked(client(workspace=closed_port())))


def test_timeout(client: Make, caller: Caller) -> None:
    """The gateway takes longer than the client is to wait, which has it in milliseconds."""
    with injected(caller, always(SLOW)):
        caller.sees(lambda: _asked(client(timeout=200)))


def test_timeout_with_retries(client: Make, caller: Caller) -> None:
    """The same with two attempts asked for: is a timeout among what it asks again after?"""
    with injected(caller, always(SLOW)):
        caller.sees(lambda: _asked(client(timeout=200, retry_options=_retries(2))))


def test_not_kept(caller: Caller) -> None:
    """A client that nobody keeps: made and used in one line."""

    def call() -> Any:
        options = options_of(caller, api_version="v1beta")
        return genai.Client(api_key="databricks", http_options=options).models.generate_content(
            model=MODEL, contents=HELLO
        )

    caller.sees(call)
