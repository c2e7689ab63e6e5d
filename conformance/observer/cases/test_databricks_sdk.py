"""The serving endpoints through databricks-sdk: what the pages show, what users build on it, and what goes wrong."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import pytest

from conformance.observer.caller import Caller
from conformance.observer.cases.databricks_client import workspace
from conformance.observer.cases.lazily import Lazily
from conformance.observer.media import data_uri
from conformance.observer.trouble import PAGE, SLOW, Answer, always, at_first, closed_port, injected, refusal

CLAUDE = "system.ai.claude-sonnet-4-5"
TURNS = [
    {"role": "system", "content": "You are a helpful assistant."},
    {"role": "user", "content": "What is a mixture of experts model?"},
]
LONG = "Write a long and detailed essay of at least 500 words about the sea."
Query = Callable[..., Any]

serving: Any = Lazily("databricks.sdk.service.serving")


@pytest.fixture
def query(caller: Caller) -> Query:
    """The example of the pages; named arguments change it. A host or token of its own makes another client."""

    @cache
    def made(host: str, token: str, **more: Any) -> Any:
        return workspace(host, token, **more)

    def queried(*, at: str = "", token: str = "", patience: int = 30, **fields: Any) -> Any:
        endpoints = made(at or caller.url, token or caller.token, retry_timeout_seconds=patience).serving_endpoints
        return endpoints.query(**{"name": CLAUDE, "messages": messages(), "max_tokens": 128, **fields})

    return queried


def messages(question: Any = "What is a mixture of experts model?") -> list[Any]:
    """The messages of the pages."""
    return [
        serving.ChatMessage(role=serving.ChatMessageRole.SYSTEM, content="You are a helpful assistant."),
        serving.ChatMessage(role=serving.ChatMessageRole.USER, content=question),
    ]


@pytest.mark.decides("SDK-QUERY-MESSAGES")
def test_query(query: Query, caller: Caller) -> None:
    """The example of the pages."""
    caller.sees(query, given={"messages": TURNS, "max_tokens": 128})


@pytest.mark.decides("SDK-QUERY-CONTENT")
def test_text(query: Query, caller: Caller) -> None:
    """What the pages print."""
    caller.sees(lambda: query().choices[0].message.content)


@pytest.mark.decides("SDK-FINISH-LOST")
def test_capped(query: Query, caller: Caller) -> None:
    """An answer that is cut by its cap: only the reason of the end tells."""
    caller.sees(lambda: query(messages=messages(LONG), max_tokens=32))


def test_endpoint_name(query: Query, caller: Caller) -> None:
    """The older name of the same model."""
    caller.sees(lambda: query(name="databricks-claude-sonnet-4-5"))


def test_sampling(query: Query, caller: Caller) -> None:
    """The parameters that the method knows by name."""
    caller.sees(lambda: query(temperature=0.1, stop=["END"], n=1))


def test_extra_params(query: Query, caller: Caller) -> None:
    """Parameters that it does not know: do they reach the gateway as such?"""
    given = {"messages": TURNS, "max_tokens": 128, "top_p": "0.5"}
    caller.sees(lambda: query(extra_params={"top_p": "0.5"}), given=given)


def test_stream(query: Query, caller: Caller) -> None:
    """An answer that is streamed."""
    caller.sees(lambda: query(messages=messages(LONG), stream=True))


def test_two_turns(query: Query, caller: Caller) -> None:
    """The message of the answer passed back."""

    def turns() -> Any:
        first = query()
        asked = [
            *messages(),
            first.choices[0].message,
            serving.ChatMessage(role=serving.ChatMessageRole.USER, content="And in French?"),
        ]
        return query(messages=asked)

    caller.sees(turns)


def test_messages_as_dicts(query: Query, caller: Caller) -> None:
    """Messages as openai's client takes them."""
    caller.sees(lambda: query(messages=[{"role": "user", "content": "Say hello."}]))


def test_messages_from_dicts(query: Query, caller: Caller) -> None:
    """Messages made from dicts by the class itself."""
    caller.sees(lambda: query(messages=[serving.ChatMessage.from_dict({"role": "user", "content": "Say hello."})]))


def test_image(query: Query, caller: Caller) -> None:
    """A picture beside the text, in parts."""
    picture = {"type": "image_url", "image_url": {"url": data_uri("red-64.png")}}
    caller.sees(lambda: query(messages=messages([{"type": "text", "text": "What color is this?"}, picture])))


def test_thinking(query: Query, caller: Caller) -> None:
    """A model that shows its reasoning: content is a list of parts."""
    caller.sees(lambda: query(name="system.ai.gpt-oss-120b", max_tokens=1024))


def test_role_as_text(query: Query, caller: Caller) -> None:
    """A role that is a string."""
    role: Any = "user"
    caller.sees(lambda: query(messages=[serving.ChatMessage(role=role, content="Say hello.")]))


def test_usage_context(query: Query, caller: Caller) -> None:
    """What later versions know and older ones do not."""
    caller.sees(lambda: query(usage_context={"team": "red"}))


def test_host_with_path(query: Query, caller: Caller) -> None:
    """A host that is given with a path."""
    caller.sees(lambda: query(at=caller.at("chat-usage-missing")))


def test_host_with_slash(query: Query, caller: Caller) -> None:
    """A host that is given with a slash at its end."""
    caller.sees(lambda: query(at=f"{caller.url}/"))


def test_raw(caller: Caller) -> None:
    """The client's own way to ask for any path."""
    body = {"model": CLAUDE, "messages": [{"role": "user", "content": "Say hello."}], "max_tokens": 128}
    path = "/ai-gateway/mlflow/v1/chat/completions"
    caller.sees(lambda: workspace(caller.url, caller.token).api_client.do("POST", path, body=body))


def test_400(query: Query, caller: Caller) -> None:
    """A mistake in the request."""
    caller.sees(lambda: query(max_tokens=-1))


def test_401(query: Query, caller: Caller) -> None:
    """A wrong token."""
    caller.sees(lambda: query(token="not-the-token"))  # noqa: S106 (no secret: it is to be refused)


def test_404(query: Query, caller: Caller) -> None:
    """A model that does not exist."""
    caller.sees(lambda: query(name="system.ai.no-such-model"))


@pytest.mark.parametrize("status", [403, 413, 500])
def test_refused(query: Query, caller: Caller, status: int) -> None:
    """Refused for ever. What is no 429 and no 503 is not to be asked again."""
    with injected(caller, always(refusal(status))):
        caller.sees(query)


@pytest.mark.parametrize("wait", ["", "0", "7"], ids=["unsaid", "0", "7"])
@pytest.mark.parametrize("status", [429, 503])
def test_busy_at_first(query: Query, caller: Caller, status: int, wait: str) -> None:
    """Turned away twice, with or without a time to come back at."""
    with injected(caller, at_first(2, refusal(status, wait))):
        caller.sees(query)


def test_busy_for_an_hour(query: Query, caller: Caller) -> None:
    """Told to come back in an hour: longer than the client is to go on."""
    with injected(caller, always(refusal(429, "3600"))):
        caller.sees(query)


def test_429_of_google(query: Query, caller: Caller) -> None:
    """Turned away once, in another envelope."""
    with injected(caller, at_first(1, refusal(429, "0", google=True))):
        caller.sees(query)


def test_page_with_200(query: Query, caller: Caller) -> None:
    """A page to sign in, where an answer should be."""
    with injected(caller, always(PAGE)):
        caller.sees(query)


def test_page_with_500(query: Query, caller: Caller) -> None:
    """A page that tells of a failure."""
    with injected(caller, always(Answer(500, PAGE.body, PAGE.headers))):
        caller.sees(query)


@pytest.mark.parametrize("body", [b"", b"{}", b"[]"], ids=["nothing", "object", "list"])
def test_empty_with_200(query: Query, caller: Caller, body: bytes) -> None:
    """An answer in which there is none."""
    with injected(caller, always(Answer(200, body))):
        caller.sees(query)


def test_cut(query: Query, caller: Caller) -> None:
    """The connection breaks in the middle of the answer."""
    with injected(caller, cut_at=100):
        caller.sees(query)


def test_refused_connection(query: Query, caller: Caller) -> None:
    """Nobody listens. Its patience is short: versions that ask for the host's metadata do so by the clock on the wall."""
    caller.sees(lambda: query(at=closed_port(), patience=1))


def test_timeout(caller: Caller) -> None:
    """The gateway takes longer than the client is to wait: two attempts, if it asks again after that."""
    with injected(caller, always(SLOW)):
        known = {"http_timeout_seconds": 0.2, "retry_timeout_seconds": 3}
        caller.sees(
            lambda: workspace(caller.url, caller.token, **known).serving_endpoints.query(
                name=CLAUDE, messages=messages()
            )
        )
