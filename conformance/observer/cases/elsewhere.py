"""A proxy that the environment names, and a host that is reached through it alone."""

from __future__ import annotations

import pytest

from conformance.observer.caller import Caller

NOBODY = "http://127.0.0.2:1"
"""Where nobody listens: who does not go through the proxy is refused at once."""


def behind_proxy(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    """Has the environment name the caller's gateway as the proxy for all that is not encrypted."""
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    for name in ("HTTP_PROXY", "http_proxy"):
        monkeypatch.setenv(name, caller.url)
