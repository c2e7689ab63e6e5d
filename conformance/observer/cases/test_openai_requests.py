"""Where openai's client sends a request, and whose credential with it: headers, a base URL with a query, a redirection."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from conformance.observer.caller import Caller
from conformance.observer.trouble import Answer, at_first, injected

Client = Callable[..., Any]

CHAT = "/ai-gateway/mlflow/v1"
WRONG = {"authorization": "Bearer not-the-key"}
"""In lower case, where the client itself has a capital letter: the same header, by the rules of HTTP."""


def _asked(client: Any, **more: Any) -> Any:
    messages = [{"role": "user", "content": "Say hello."}]
    return client.chat.completions.create(
        model="system.ai.claude-sonnet-4-5", messages=messages, max_tokens=256, **more
    )


def test_credential_of_the_request(client: Client, caller: Caller) -> None:
    """Another credential for one request: whose is sent?"""
    caller.sees(lambda: _asked(client(), extra_headers=WRONG))


def test_credential_of_the_client(client: Client, caller: Caller) -> None:
    """Another credential for all requests, beside the key."""
    caller.sees(lambda: _asked(client(default_headers=WRONG)))


def test_base_url_with_query(client: Client, caller: Caller) -> None:
    """A base URL that ends in a query: the path is to come before it."""
    caller.sees(lambda: _asked(client(base_url=f"{caller.url}{CHAT}?tenant=a")))


def test_default_query(client: Client, caller: Caller) -> None:
    """The same query by the option that is meant for it."""
    caller.sees(lambda: _asked(client(default_query={"tenant": "a"})))


def test_redirected(client: Client, caller: Caller) -> None:
    """Sent on to another path of the same host: with body and credential?"""
    with injected(caller, at_first(1, Answer(307, b"", {"location": f"{CHAT}/chat/completions?moved=1"}))):
        caller.sees(lambda: _asked(client()))
