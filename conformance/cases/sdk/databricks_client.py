"""databricks-sdk's WorkspaceClient, which knows this workspace alone: nothing of the developer's own configuration."""

import os
import time
from pathlib import Path
from typing import Any

import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.config import Config

_OF_A_DEVELOPER = ("DATABRICKS_", "ARM_", "AZURE_", "GOOGLE_", "OPENAI_", "MLFLOW_", "ACTIONS_ID_TOKEN_")


class HurriedClock:
    """A clock that goes on instead of waiting."""

    def __init__(self) -> None:
        self._gone = 0.0

    def time(self) -> float:
        """The time in seconds since the epoch, with what was not waited."""
        return time.time() + self._gone

    def sleep(self, seconds: float) -> None:
        """Says that so many seconds have gone by."""
        self._gone += seconds


def alone(monkeypatch: pytest.MonkeyPatch, directory: Path) -> None:
    """Hides the environment variables, the profiles and the command line tool of whoever runs the cases."""
    for variable in [name for name in os.environ if name.startswith(_OF_A_DEVELOPER)]:
        monkeypatch.delenv(variable)
    monkeypatch.setenv("HOME", str(directory))
    monkeypatch.setenv("USERPROFILE", str(directory))
    monkeypatch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")


def workspace(host: str, token: str, **more: Any) -> Any:
    """A client of the workspace at a host. Retries go on for 30 s, of a clock that does not wait."""
    more = {"retry_timeout_seconds": 30, "http_timeout_seconds": 10, **more}
    clock: Any = HurriedClock()
    config = Config(host=host, token=token, auth_type="pat", clock=clock, **more)
    return WorkspaceClient(config=config)
