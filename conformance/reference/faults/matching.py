"""Which calls a fault is about."""

import json
from collections.abc import Callable

from conformance.reference.calls import Call

When = Callable[[Call], bool]


def model(call: Call) -> str:
    """The model that a call asks for, without its prefix; empty if it names none."""
    named = call.body.get("model") if isinstance(call.body, dict) else None
    return named.removeprefix("system.ai.") if isinstance(named, str) else ""


def of(family: str, when: When) -> When:
    """Calls of models whose name begins so."""
    return lambda call: model(call).startswith(family) and when(call)


def holds(text: str) -> When:
    """Chat calls in whose body this text stands."""
    return lambda call: call.surface == "chat" and text in json.dumps(call.body)
