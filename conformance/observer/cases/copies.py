"""What a call gives or raises, as a copy of it: exceptions go to other processes in pools of workers and queues of tasks."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import pytest

from conformance.observer.cases.both import done

_COPIES: dict[str, Callable[[Any], Any]] = {
    "pickle": lambda value: pickle.loads(pickle.dumps(value)),  # noqa: S301 (what was written in the same breath)
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
}
WAYS = pytest.mark.parametrize("way", _COPIES)


async def copied(call: Callable[[], Any], way: str) -> Any:
    """Makes the call, and gives a copy of what it gives, or raises one of what it raises.

    Raises what the copying raises, where an exception cannot be copied.
    """
    try:
        value = await done(call())
    except Exception as error:
        value = error
    made = _COPIES[way](value)
    if isinstance(made, Exception):
        raise made
    return made
