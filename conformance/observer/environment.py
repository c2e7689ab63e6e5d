"""What is installed here: the versions of Python and of each distribution."""

from __future__ import annotations

import platform
import re
from importlib.metadata import distributions

from conformance.observer.link import Link


def tell(place: str) -> None:
    """Tells the judging process at a `host:port`. Raises `LinkError`."""
    link = Link(place)
    link.ask("environment", python=platform.python_version(), distributions=installed())
    link.close()


def installed() -> dict[str, str]:
    """The version of each distribution, by its normalised name; of one that is there twice that which is imported."""
    found: dict[str, str] = {}
    for one in distributions():
        if name := one.metadata["Name"]:
            found.setdefault(re.sub(r"[-_.]+", "-", name).lower(), one.version)
    return found
