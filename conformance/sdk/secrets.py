"""Secrets of the environment that clients are observed in: an exception of a team's own case may quote one."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

_NAMES = re.compile(r"(?:^|_)(?:TOKEN|KEY|SECRET|PASSWORD|CREDENTIALS?)$", re.IGNORECASE)
_SHORTEST = 16
"""Characters. A shorter value may be a common word."""


def secrets_of(environment: Mapping[str, str]) -> list[str]:
    """The values of variables that are called as secrets are, the longest first."""
    found = {value for name, value in environment.items() if _NAMES.search(name) and len(value) >= _SHORTEST}
    return sorted(found, key=lambda value: (-len(value), value))


def without(secrets: Sequence[str], value: Any) -> Any:
    """A JSON value in which no text holds one of these."""
    if isinstance(value, str):
        for secret in secrets:
            value = value.replace(secret, "<credential>")
        return value
    if isinstance(value, dict):
        return {without(secrets, name): without(secrets, inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [without(secrets, inner) for inner in value]
    return value
