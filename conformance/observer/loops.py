"""An event loop for the awaitables of a case, as `asyncio.Runner` is one on newer versions of Python."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any


class EventLoop:
    """An event loop that is made when it is first needed."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None

    def run(self, awaitable: Awaitable[Any]) -> Any:
        """Awaits. Whatever is raised is raised here."""
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
            # What a client has left behind in the loop is no news to whoever reads the terminal.
            self._loop.set_exception_handler(lambda _, __: None)
        asyncio.set_event_loop(self._loop)
        return self._loop.run_until_complete(_awaited(awaitable))

    def close(self) -> None:
        """Cancels what a client has left behind, and closes."""
        loop, self._loop = self._loop, None
        if loop is None:
            return
        try:
            left = asyncio.all_tasks(loop)
            for task in left:
                task.cancel()
            if left:
                loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
            loop.run_until_complete(loop.shutdown_asyncgens())
            loop.run_until_complete(loop.shutdown_default_executor())
        finally:
            asyncio.set_event_loop(None)
            loop.close()


def is_awaited() -> bool:
    """Whether an event loop runs already in this thread: no other one can."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


async def _awaited(awaitable: Awaitable[Any]) -> Any:
    return await awaitable
