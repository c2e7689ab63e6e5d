"""Which cases there are: those of the clients that are installed. Imported only where one is run."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from conformance.observer.caller import Caller
from conformance.observer.cases.both import done
from conformance.observer.clients import is_installed

_OF_A_USER = (
    "OPENAI_", "AZURE_", "GOOGLE_", "GEMINI_", "CLOUDSDK_", "DATABRICKS_", "MLFLOW_", "ARM_", "ACTIONS_ID_TOKEN_",
    "SSL_CERT_", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NETRC", "LANGCHAIN_", "LANGSMITH_", "LITELLM_", "LOGFIRE_",
    "OTEL_", "INSTRUCTOR_",
)  # fmt: skip
"""How the names of the variables begin that a client, or the HTTP library below it, takes its configuration from."""


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hides the environment of whoever runs the cases: keys, endpoints, proxies, the files of their home directory.

    All goes over plain HTTP on loopback, so no certificates are read: that took most of the time.
    """
    for name in list(os.environ):
        if name.upper().startswith(_OF_A_USER) or name.upper().endswith("_PROXY"):
            monkeypatch.delenv(name)
    for name, value in (("HOME", tmp_path), ("USERPROFILE", tmp_path), ("SSL_CERT_DIR", tmp_path), ("NO_PROXY", "*")):
        monkeypatch.setenv(name, str(value))


@pytest.fixture(params=["sync", "async"])
def mode(request: pytest.FixtureRequest) -> str:
    """Whether the client blocks or is awaited: each case is run with both."""
    return str(request.param)


@pytest.fixture
def client(mode: str, caller: Caller) -> Iterator[Callable[..., Any]]:
    """Makes openai's client as the pages do: with the base URL of the chat surface, and options over that.

    It asks no second time by itself unless a case says so. It is made within the call that is observed, because a
    version may fail as early as there. At the end it is closed, in the event loop in which it was used. An option that is
    `...` is not given at all: what the client does by itself is seen.
    """
    clients = list[Any]()

    def made(**options: Any) -> Any:
        import openai

        kind = openai.OpenAI if mode == "sync" else openai.AsyncOpenAI
        usual = {"api_key": caller.token, "base_url": f"{caller.url}/ai-gateway/mlflow/v1", "max_retries": 0}
        clients.append(kind(**{name: value for name, value in {**usual, **options}.items() if value is not ...}))
        return clients[-1]

    yield made
    for one in clients:
        caller.run(done(one.close()))


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Leaves out the cases of a client that is not installed."""
    return None if is_installed(collection_path.stem) else True


def pytest_collection_modifyitems(items: Sequence[pytest.Item]) -> None:
    """What a client warns of in these cases is no news to whoever runs them. What it warns of in a user's own case is."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.filterwarnings("ignore"))
