"""What the catalogue promises and forbids of a request, member by member."""

from collections.abc import Mapping
from functools import cache
from typing import Any

import jsonschema_rs

from conformance.corpus.operations import Operation
from conformance.requirements import catalogue


@cache
def _rules(kind: str, surface: str) -> tuple[tuple[str, str, jsonschema_rs.Draft202012Validator], ...]:
    """The id, the member and the compiled schema of each rule of this kind on a surface."""
    return tuple(
        (row.id, member, jsonschema_rs.Draft202012Validator(schema))
        for row in catalogue().values()
        for member, schema in getattr(row, kind).get(surface, {}).items()
    )


def promised_by(operation: Operation, fields: Mapping[str, Any]) -> tuple[str, ...]:
    """The requirements that promise every one of these members with its value; empty if one is not promised.

    They speak of the operations that the pages show: on the other doors they promise nothing.
    """
    if not operation.shown:
        return ()
    found = [
        next(
            (
                name
                for name, of, schema in _rules("promises", operation.spec)
                if of == member and schema.is_valid(value)
            ),
            "",
        )
        for member, value in fields.items()
    ]
    return tuple(sorted(set(found))) if all(found) else ()


def forbidden_by(operation: Operation, fields: Mapping[str, Any]) -> str:
    """The requirement that forbids one of these members with its value; empty if none does."""
    if not operation.shown:
        return ""
    return next(
        (
            name
            for name, member, schema in _rules("forbids", operation.spec)
            if member in fields and schema.is_valid(fields[member])
        ),
        "",
    )
