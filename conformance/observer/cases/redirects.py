"""A gateway that sends a request on: to another path of its own, or to another host, which has no business with the token."""

from __future__ import annotations

from contextlib import AbstractContextManager

import pytest

from conformance.observer.caller import Caller
from conformance.observer.trouble import Answer, at_first, injected

WAYS = pytest.mark.parametrize("way", ["307", "308", "307_elsewhere", "308_elsewhere"])
"""Each status that keeps method and body; within the host, and to another."""


def sent_on(caller: Caller, way: str, path: str) -> AbstractContextManager[None]:
    """Has the first request sent on to a path, in one of WAYS. What arrives there is observed, and answered.

    The other host is the same gateway by another name of it: a client knows hosts by their names.
    """
    status, _, elsewhere = way.partition("_")
    host = caller.url.replace("127.0.0.1", "localhost") if elsewhere else ""
    return injected(caller, at_first(1, Answer(int(status), b"", {"location": f"{host}{path}?moved=1"})))
