"""databricks-sdk's WorkspaceClient, which knows this workspace alone."""

from __future__ import annotations

import time
from typing import Any


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


def workspace(host: str, token: str, **more: Any) -> Any:
    """A client of the workspace at a host. Retries go on for 30 s, of a clock that does not wait."""
    from databricks.sdk import WorkspaceClient
    from databricks.sdk.config import Config

    more = {"retry_timeout_seconds": 30, "http_timeout_seconds": 10, **more}
    clock: Any = HurriedClock()
    config = Config(host=host, token=token, auth_type="pat", clock=clock, **more)
    return WorkspaceClient(config=config)
