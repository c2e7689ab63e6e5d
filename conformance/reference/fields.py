"""Reading the fields of a request: each reader returns the value in its type, or refuses the request and names the field.

A null counts as absent everywhere: SDKs put an explicit None on the wire as null.
"""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import Any

from conformance.reference.calls import Json
from conformance.reference.errors import Refusal

LARGEST = 2**63 - 1
"""JSON has no largest integer; gateways have."""


def bad(field: str, complaint: str) -> Refusal:
    """The refusal of a field whose value cannot be used: `<field> <complaint>`."""
    return Refusal(f"{field} {complaint}.", parameter=field)


def obj(value: Json, field: str) -> dict[str, Any]:
    """An object, required."""
    if not isinstance(value, dict):
        raise bad(field, "must be an object" if value is not None else "is required")
    return value


def array(value: Json, field: str) -> list[Any]:
    """An array, required."""
    if not isinstance(value, list):
        raise bad(field, "must be an array" if value is not None else "is required")
    return value


def maybe_array(body: Mapping[str, Any], name: str, where: str = "") -> list[Any]:
    """An array; empty where it is absent."""
    value = body.get(name)
    return [] if value is None else array(value, where + name)


def string(value: Json, field: str) -> str:
    """A string, required. The empty one is a string."""
    if not isinstance(value, str):
        raise bad(field, "must be a string" if value is not None else "is required")
    return value


def maybe_string(body: Mapping[str, Any], name: str, where: str = "") -> str | None:
    """A string, or None where it is absent."""
    value = body.get(name)
    return None if value is None else string(value, where + name)


def maybe_bool(body: Mapping[str, Any], name: str, where: str = "") -> bool | None:
    """A boolean, or None where it is absent."""
    value = body.get(name)
    if value is not None and not isinstance(value, bool):
        raise bad(where + name, "must be true or false")
    return value


def maybe_integer(
    body: Mapping[str, Any], name: str, least: int, most: int | None = None, where: str = ""
) -> int | None:
    """An integer within bounds, or None where it is absent. 16.0 is an integer, as JSON Schema has it."""
    value = body.get(name)
    if value is None:
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise bad(where + name, "must be an integer")
    if value < least or value > (LARGEST if most is None else most):
        raise bad(where + name, f"must be at least {least}" + ("" if most is None else f" and at most {most}"))
    return value


def maybe_number(body: Mapping[str, Any], name: str, least: float, most: float, where: str = "") -> float | None:
    """A number within bounds, or None where it is absent."""
    value = body.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise bad(where + name, "must be a number")
    if not least <= value <= most:
        raise bad(where + name, f"must be between {least:g} and {most:g}")
    return float(value)


def maybe_strings(body: Mapping[str, Any], name: str, where: str = "") -> tuple[str, ...]:
    """A string or an array of strings; empty where it is absent."""
    value = body.get(name)
    if value is None:
        return ()
    if isinstance(value, str):
        return (value,)
    return tuple(string(member, f"{where}{name}[{i}]") for i, member in enumerate(array(value, where + name)))


def names(spaced: str) -> frozenset[str]:
    """Field names out of a text that lists them, apart by blanks."""
    return frozenset(spaced.split())


def only(body: Mapping[str, Any], known: AbstractSet[str], where: str = "") -> None:
    """Refuses an object that has a field that is not known, naming it."""
    if body.keys() <= known:
        return
    name = next(name for name in body if name not in known)
    raise Refusal(f"{where}{name[:60]}: this field is not known.", parameter=(where + name)[:80])
