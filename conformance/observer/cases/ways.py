"""Methods that a library has twice: one that blocks, and one that is awaited, whose name begins with an `a`."""

from __future__ import annotations

from typing import Any


def method(owner: Any, name: str, mode: str) -> Any:
    """The method of that name, or its like that is awaited: of `invoke` it is `ainvoke`."""
    return getattr(owner, name if mode == "sync" else f"a{name}")
