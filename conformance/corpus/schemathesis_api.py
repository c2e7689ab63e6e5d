"""Schemathesis: all that the suite asks of it stands in this module.

Its coverage phase walks the request schema of each operation and makes, for every value of every place, requests that fit
and requests that break one rule; the examples of the spec are among the first. Its strategies draw bodies without end.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import schemathesis
from hypothesis.strategies import SearchStrategy
from schemathesis.core import NOT_SET
from schemathesis.core.parameters import ParameterLocation
from schemathesis.core.result import Ok
from schemathesis.generation import GenerationMode

VERSION = str(schemathesis.__version__)

_QUOTED = re.compile(r"'([^']+)'")
_VALID = re.compile(r"Object with valid '([^']+)' value: |Single-item array: |Array with valid items: ")
_TAILS = {
    "Object with all required properties and": "required_and_one",
    "Object with all required and a subset of optional properties": "required_and_some",
    "Object with only required properties": "required_only",
    "Enum value from available for items array": "enum_value",
    "Value null value": "null_value",
    "Valid boolean value": "valid_boolean",
}
"""How schemathesis ends the description of a positive case, and what we call it; the others are made into words as they are."""


@dataclass(frozen=True)
class Found:
    """A request that schemathesis made: the name of its operation, and what it varies where."""

    operation: str
    positive: bool
    kind: str
    place: str
    pointer: str
    """Of a broken rule: its place in the request schema, as schemathesis has resolved that."""
    method: str
    content_type: str
    body: Any
    """The JSON value; `None` is null, and `has_body` tells whether there is one."""
    has_body: bool


def enumerated(spec: Path) -> Iterator[Found]:
    """Every request of the coverage phase for the operations of one OpenAPI document, the same ones every time."""
    schema = schemathesis.openapi.from_path(str(spec))
    for operation in (result.ok() for result in schema.get_all_operations() if isinstance(result, Ok)):
        cases = schema.iter_coverage_cases(
            operation,
            generation_modes=[GenerationMode.POSITIVE, GenerationMode.NEGATIVE],
            generation_config=schema.config.generation_for(operation=operation),
        )
        name = operation.definition.raw["operationId"]
        for case in cases:
            if (found := _found(name, case)) is not None:
                yield found


def drawing(spec: Path, *, positive: bool) -> Iterator[tuple[str, SearchStrategy[Any]]]:
    """For each operation of a document: its name, and a strategy for JSON bodies that fit its request schema, or break it."""
    schema = schemathesis.openapi.from_path(str(spec))
    mode = GenerationMode.POSITIVE if positive else GenerationMode.NEGATIVE
    for operation in (result.ok() for result in schema.get_all_operations() if isinstance(result, Ok)):
        bodies = operation.as_strategy(mode).map(lambda case: case.body)
        yield (
            operation.definition.raw["operationId"],
            bodies.filter(lambda body: body is not NOT_SET and _is_json(body)),
        )


def _found(operation: str, case: Any) -> Found | None:
    told = case.meta.phase.data
    positive = case.meta.generation.mode is GenerationMode.POSITIVE
    body = case.body
    has_body = body is not NOT_SET
    if has_body and not _is_json(body):
        return None
    if told.parameter_location is ParameterLocation.PATH:
        return None  # the model of a path is the target's to name, and the cases of the suite ask for unknown ones
    kind, place = _of_positive(told.description) if positive else _of_negative(told.scenario.value, told.location or "")
    if kind == "object_missing_required_property":
        place = ".".join(filter(None, (place, told.description.rpartition(": ")[2])))
    pointer = told.location or ""
    if kind == "object_missing_required_property":  # whose form the missing member is, its own schema says
        pointer = pointer.removesuffix("/required") + f"/properties/{place.rpartition('.')[2]}"
    headers = {name.lower(): value for name, value in (case.headers or {}).items()}
    return Found(
        operation, positive, kind, place, pointer, case.method.upper(),
        headers.get("content-type", "application/json"), body if has_body else None, has_body,
    )  # fmt: skip


def _is_json(body: Any) -> bool:
    try:
        json.dumps(body, allow_nan=False).encode()
    except (TypeError, ValueError):
        return False
    return True


def _of_positive(description: str) -> tuple[str, str]:
    """The kind and the place of what fits: both stand in the description alone."""
    place, rest = list[str](), description
    while step := _VALID.match(rest):
        place.append(step[1] or "[]")
        rest = rest[step.end() :]
    named = _QUOTED.findall(rest)
    tail = rest.partition(":")[0].partition("'")[0].strip()
    if named:
        place.append(named[-1])
    return _TAILS.get(tail) or tail.lower().replace("-", "_").replace(" ", "_"), ".".join(place)


def _of_negative(scenario: str, pointer: str) -> tuple[str, str]:
    """The kind and the place of what breaks a rule: the place is that of the rule."""
    steps, place = pointer.strip("/").split("/"), list[str]()
    at = 0
    while at < len(steps):
        match steps[at]:
            case "properties":
                place.append(steps[at + 1])
                at += 2
            case "items":
                place.append("[]")
                at += 1
            case "allOf" | "anyOf" | "oneOf":
                at += 2
            case "additionalProperties":
                place.append("*")
                at += 1
            case _:
                at += 1
    kind = "forbidden_value" if steps[-1] == "not" and scenario != "enum_value" else scenario
    return kind, ".".join(place)
