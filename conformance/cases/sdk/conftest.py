"""Which cases there are: those of the clients that are installed. Imported only where one is run."""

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from conformance.sdk.caller import Caller

_NEEDS = {
    "openai": ("openai",),
    "genai": ("google.genai",),
    "databricks_sdk": ("databricks.sdk",),
    "databricks_openai": ("databricks_openai",),
}


@pytest.fixture(autouse=True)
def running() -> None:
    """Stands in for what the cases of gateways have: nothing of it applies here."""


@pytest.fixture(params=["sync", "async"])
def mode(request: pytest.FixtureRequest) -> str:
    """Whether the client blocks or is awaited: each case is run with both."""
    return str(request.param)


@pytest.fixture
def client(mode: str, caller: Caller, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Makes openai's client as the pages do: with the base URL of the chat surface, and options over that.

    It asks no second time by itself unless a case says so. It is made within the call that is observed, because a
    version may fail as early as there. All goes over plain HTTP, so no certificates are read: that took most of the time.
    """
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)

    def made(**options: Any) -> Any:
        import openai

        kind = openai.OpenAI if mode == "sync" else openai.AsyncOpenAI
        usual = {"api_key": caller.token, "base_url": f"{caller.url}/ai-gateway/mlflow/v1", "max_retries": 0}
        return kind(**{**usual, **options})

    return made


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Leaves out the cases of a client that is not installed."""
    name = collection_path.stem.removeprefix("test_")
    client = next((client for client in _NEEDS if name.startswith(client)), "")
    return True if client and not all(map(_is_installed, _NEEDS[client])) else None


def _is_installed(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False
