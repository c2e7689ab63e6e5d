"""One body for two clients: the one that blocks and the one that is awaited."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any


async def done(value: Any) -> Any:
    """What a call gives: awaited, if the client is an asynchronous one."""
    return await value if inspect.isawaitable(value) else value


async def each(stream: Any) -> AsyncIterator[Any]:
    """The events of a stream, of either kind."""
    if hasattr(stream, "__aiter__"):
        async for event in stream:
            yield event
    else:
        for event in stream:
            yield event


@asynccontextmanager
async def opened(manager: Any) -> AsyncIterator[Any]:
    """What a context manager of either kind gives while it is open."""
    if hasattr(manager, "__aenter__"):
        async with manager as inner:
            yield inner
    else:
        with manager as inner:
            yield inner
