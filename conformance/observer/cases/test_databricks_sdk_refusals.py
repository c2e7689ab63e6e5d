"""What databricks-sdk raises where it is refused, where nobody listens, and where it is sent on to."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.observer.caller import Caller
from conformance.observer.cases.copies import WAYS as COPIES
from conformance.observer.cases.copies import copied
from conformance.observer.cases.databricks_client import HurriedClock, workspace
from conformance.observer.cases.elsewhere import NOBODY, behind_proxy
from conformance.observer.cases.lazily import Lazily
from conformance.observer.cases.redirects import WAYS, sent_on
from conformance.observer.trouble import Answer, always, closed_port, injected, refusal

CLAUDE = "system.ai.claude-sonnet-4-5"
CHAT = "/ai-gateway/mlflow/v1/chat/completions"
HELLO = {"model": CLAUDE, "messages": [{"role": "user", "content": "Say hello."}], "max_tokens": 128}
UNKNOWN = Answer(401, b'{"error_code": "UNAUTHENTICATED", "message": "The credential is not known."}')
REFUSED = {"401": UNKNOWN, "403": refusal(403)}
REFUSALS = pytest.mark.parametrize("status", REFUSED)

sdk: Any = Lazily("databricks.sdk")
serving: Any = Lazily("databricks.sdk.service.serving")


def _query(known: Any) -> Any:
    message = serving.ChatMessage(role=serving.ChatMessageRole.USER, content="Say hello.")
    return known.serving_endpoints.query(name=CLAUDE, messages=[message], max_tokens=128)


@REFUSALS
def test_query(caller: Caller, status: str) -> None:
    """A query that is refused."""
    with injected(caller, always(REFUSED[status])):
        caller.sees(lambda: _query(workspace(caller.url, caller.token)))


@REFUSALS
def test_do(caller: Caller, status: str) -> None:
    """The client's own way to ask for any path, refused."""
    with injected(caller, always(REFUSED[status])):
        caller.sees(lambda: workspace(caller.url, caller.token).api_client.do("POST", CHAT, body=HELLO))


def test_page_with_403(caller: Caller) -> None:
    """Refused with a page, as a proxy does, where JSON should be."""
    page = Answer(403, b"<!DOCTYPE html><html><body>Forbidden</body></html>", {"content-type": "text/html"})
    with injected(caller, always(page)):
        caller.sees(lambda: _query(workspace(caller.url, caller.token)))


@COPIES
def test_copied(caller: Caller, way: str) -> None:
    """A refusal, and what comes of its copy: does it have the same type and code?"""
    with injected(caller, always(refusal(403))):
        caller.sees(lambda: copied(lambda: _query(workspace(caller.url, caller.token)), way))


def _made(host: str, token: str, **more: Any) -> dict[str, Any]:
    """What a user reads of a client that is made of a host and a token."""
    config = sdk.core.Config(host=host, token=token, auth_type="pat", http_timeout_seconds=2, **more)
    made = sdk.WorkspaceClient(config=config)
    return {"host": made.config.host, "auth_type": made.config.auth_type}


def test_client_of_no_host(caller: Caller) -> None:
    """A client is made where nobody listens, by the clock on the wall, with a second of patience: is it there soon?"""
    host = closed_port()
    caller.sees(lambda: _made(host, caller.token, retry_timeout_seconds=1))


def test_client_of_no_host_in_the_end(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same with the usual patience. What it would wait is not waited, and is told."""
    host, clock = closed_port(), HurriedClock()

    def call() -> dict[str, Any]:
        with monkeypatch.context() as patch:
            patch.setattr("time.time", clock.time)
            patch.setattr("time.sleep", clock.sleep)
            return {**_made(host, caller.token), "waits": "half a minute or more" if clock.gone >= 30 else "less"}

    caller.sees(call)


@WAYS
def test_sent_on(caller: Caller, way: str) -> None:
    """Sent on, with 307 and 308: does the question arrive, and the credential at another host?"""
    with sent_on(caller, way, CHAT):
        caller.sees(lambda: workspace(caller.url, caller.token).api_client.do("POST", CHAT, body=HELLO))


@pytest.mark.parametrize("way", ["307", "307_elsewhere"])
def test_query_sent_on(caller: Caller, way: str) -> None:
    """The same by the method for queries."""
    with sent_on(caller, way, f"/serving-endpoints/{CLAUDE}/invocations"):
        caller.sees(lambda: _query(workspace(caller.url, caller.token)))


def test_proxy(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    """A host that is reached through the proxy alone that the environment names: what arrives at the proxy?"""
    behind_proxy(caller, monkeypatch)
    caller.sees(lambda: _query(workspace(NOBODY, caller.token, retry_timeout_seconds=1)))
