"""Client libraries that are imported when something of them is first used: within the call that is observed.

So a class that a version has lost or renamed is what the caller of one case gets, and all other cases are run.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any


class Lazily:
    """A module by its name; its attributes are those of the module."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        """What the module has by that name. Raises ImportError, AttributeError.

        Nothing private: pytest looks for marks of its own on whatever stands in a file of cases, which would import all.
        """
        if attribute.startswith("_"):
            raise AttributeError(attribute)
        return getattr(import_module(self._name), attribute)
