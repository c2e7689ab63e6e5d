"""A gateway that sends a request on: to another path of its own, or to another host, which has no business with the token."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from conformance.sdk.caller import Caller
from conformance.sdk.gateways import Answer, always, at_first, injected

WAYS = pytest.mark.parametrize("way", ["307", "308", "307_elsewhere", "308_elsewhere"])
"""Each status that keeps method and body; within the host, and to another."""


@contextmanager
def sent_on(caller: Caller, way: str, path: str) -> Iterator[None]:
    """Has the first request sent on to a path, in one of WAYS. What arrives there is observed, and answered.

    The other host is the same gateway by another name of it: a client knows hosts by their names.
    """
    status, _, elsewhere = way.partition("_")
    with injected(caller, always(Answer(500, b""))):  # for the URL of the host at which this is done
        host = caller.url.replace("127.0.0.1", "localhost") if elsewhere else ""
        moved = Answer(int(status), b"", {"location": f"{host}{path}?moved=1"})
        with injected(caller, at_first(1, moved)):
            yield
