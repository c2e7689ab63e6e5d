"""Which calls an edit is about."""

import json
from collections.abc import Callable

from conformance.reference.calls import Call, Json, Surface
from conformance.reference.paths import values

When = Callable[[Call], bool]


def anything(_: Call) -> bool:
    """Every call."""
    return True


def on(surface: Surface) -> When:
    """Calls of the surface."""
    return lambda call: call.surface == surface


def asks(surface: Surface, **fields: Json) -> When:
    """Calls of the surface with these top-level fields. `...` stands for any value, a type for any value of it."""

    def true_of(call: Call) -> bool:
        return (
            call.surface == surface
            and isinstance(call.body, dict)
            and all(name in call.body and _fits(call.body[name], value) for name, value in fields.items())
        )

    return true_of


def _fits(given: Json, value: Json) -> bool:
    return isinstance(given, value) if isinstance(value, type) else value in (..., given)


def lacks(surface: Surface, field: str) -> When:
    """Calls of the surface without this top-level field."""
    return lambda call: asks(surface)(call) and field not in call.body


def gives(surface: Surface, field: str) -> When:
    """Calls of the surface in which this top-level field is there and not empty."""
    return lambda call: asks(surface)(call) and bool(call.body.get(field))


def has(surface: Surface, *paths: str) -> When:
    """Calls of the surface in which something stands at one of these paths."""
    return lambda call: call.surface == surface and any(values(call.body, path) for path in paths)


def has_part(kind: str) -> When:
    """Chat calls with a content part of this type."""
    return has("chat", f"messages/*/content/{kind}")


def holds(text: str, surface: Surface = "chat") -> When:
    """Calls of the surface in whose body this text stands."""
    return lambda call: call.surface == surface and text in json.dumps(call.body)


def model(call: Call) -> str:
    """The model that a call asks for, without its prefix; empty if it names none."""
    named = call.body.get("model") if isinstance(call.body, dict) else None
    return named.removeprefix("system.ai.") if isinstance(named, str) else ""


def of(family: str, when: When) -> When:
    """Those of these calls that ask for a model whose name begins so."""
    return lambda call: model(call).startswith(family) and when(call)
