"""Bodies against the OpenAPI specs. Errors name the branch of a union by its discriminator instead of listing all of them."""

from collections.abc import Iterator, Sequence
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

import jsonschema_rs

from conformance import compiled, resources
from conformance.checks.findings import Finding

SPECS = {"chat": "chat-completions.yaml", "responses": "responses.yaml", "gemini": "gemini.yaml"}
MAX_ERRORS = 5
"""Findings of one body: more of the same helps nobody."""

MAX_ITEMS = 100
"""Items of a list among which errors are looked for, before the first error of all has to do."""


def spec_path(surface: str) -> Path:
    """The OpenAPI document of a surface."""
    return resources.directory("openapi") / SPECS[surface]


@cache
def spec(surface: str) -> dict[str, Any]:
    """The parsed OpenAPI document of a surface."""
    document: dict[str, Any] = compiled.yaml_document(spec_path(surface))
    return document


@cache
def schema(surface: str, component: str) -> dict[str, Any]:
    """One component schema, with the others that it refers to. Raises `KeyError` if the spec has no such component."""
    components = spec(surface)["components"]["schemas"]
    components[component]
    return {"$ref": f"#/components/schemas/{component}", "components": {"schemas": components}}


@cache
def validator(surface: str, component: str) -> jsonschema_rs.Draft202012Validator:
    """The compiled validator of one component schema. Raises `KeyError` if the spec has no such component."""
    return jsonschema_rs.Draft202012Validator(schema(surface, component))


def schema_violations(body: Any, surface: str, component: str, within: str = "") -> Iterator[Finding]:
    """Violations where `body` is not what the component of the surface's spec says; `within`: only below this member.

    A violation is told only if both jsonschema-rs and jsonschema see it; if they disagree, that is told and undecided.
    """
    if validator(surface, component).is_valid(body):
        return
    # jsonschema is slow to import, and needed only here.
    from conformance.checks.schema_errors import confirmed

    cut, at = _cut(body, validator(surface, component))
    found = confirmed(schema(surface, component), cut, component, at)
    wanted = (one for one in found if not within or one.kind != "violation" or one.path.partition(".")[0] == within)
    yield from islice(wanted, MAX_ERRORS)


def _cut(body: Any, compiled: jsonschema_rs.Draft202012Validator) -> tuple[Any, Sequence[str | int]]:
    """A body that does not fit, with the first items of its lists, which tell; or with the one item that does not.

    Of endless lists the errors would be made one by one, kilobytes each. The path leads to that one item.
    """
    beginning = _beginning(body)
    if not compiled.is_valid(beginning):
        return beginning, ()
    try:
        compiled.validate(body)
    except jsonschema_rs.ValidationError as first:
        return _only(body, first.instance_path), first.instance_path
    return body, ()


def _beginning(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _beginning(inner) for key, inner in value.items()}
    return [_beginning(inner) for inner in value[:MAX_ITEMS]] if isinstance(value, list) else value


def _only(value: Any, path: Sequence[str | int]) -> Any:
    """The value, in which each list on the path holds only the item that the path goes through."""
    if not path:
        return _beginning(value)
    step, *rest = path
    if isinstance(value, list):
        return [_only(value[int(step)], rest)]
    return {key: _only(inner, rest) if key == step else _beginning(inner) for key, inner in value.items()}
