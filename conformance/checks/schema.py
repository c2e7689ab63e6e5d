"""Bodies against the OpenAPI specs. Errors name the branch of a union by its discriminator instead of listing all of them."""

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

import jsonschema_rs
import yaml

from conformance import resources
from conformance.checks.findings import ABSENT, Finding, violation

SPECS = {"chat": "chat-completions.yaml", "responses": "responses.yaml", "gemini": "gemini.yaml"}
MOST_ERRORS = 5
"""Findings of one body: more of the same helps nobody."""

MOST_ITEMS = 100
"""Items of a list among which errors are looked for, before the first error of all has to do."""

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def spec_path(surface: str) -> Path:
    """The OpenAPI document of a surface."""
    return resources.directory("openapi") / SPECS[surface]


@cache
def spec(surface: str) -> dict[str, Any]:
    """The parsed OpenAPI document of a surface."""
    with spec_path(surface).open(encoding="utf-8") as file:
        document: dict[str, Any] = yaml.load(file, Loader=_Loader)  # noqa: S506 (the safe loader, in C)
    return document


@cache
def validator(surface: str, component: str) -> jsonschema_rs.Draft202012Validator:
    """The compiled validator of one component schema. Raises `KeyError` if the spec has no such component."""
    components = spec(surface)["components"]["schemas"]
    components[component]
    return jsonschema_rs.Draft202012Validator(
        {"$ref": f"#/components/schemas/{component}", "components": {"schemas": components}}
    )


def fits(body: Any, surface: str, component: str, within: str = "") -> Iterator[Finding]:
    """Violations where `body` is not what the component of the surface's spec says; `within`: only below this member."""
    compiled = validator(surface, component)
    if compiled.is_valid(body):
        return
    causes = (cause for error in _errors(compiled, body) for cause in _causes(error, surface))
    wanted = (found for found in causes if not within or [within] == found[0].instance_path[:1])
    for cause, branch in islice(wanted, MOST_ERRORS):
        path = ".".join(str(part) for part in cause.instance_path)
        actual = ABSENT if cause.kind.name == "required" else cause.instance
        message = f"{path or 'the body'} is not what {component}{branch} says"
        yield violation(message, expected=_expected(cause), actual=actual, path=path)


def _errors(compiled: jsonschema_rs.Draft202012Validator, body: Any) -> Iterable[Any]:
    """The errors of a body that has some. All are made at once, kilobytes each: of endless lists, the first items tell."""
    beginning = _beginning(body)
    if not compiled.is_valid(beginning):
        return compiled.iter_errors(beginning)
    try:
        compiled.validate(body)
    except jsonschema_rs.ValidationError as first:
        return [first]
    return []


def _beginning(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _beginning(inner) for key, inner in value.items()}
    return [_beginning(inner) for inner in value[:MOST_ITEMS]] if isinstance(value, list) else value


def _causes(error: Any, surface: str, branch: str = "") -> Iterator[tuple[Any, str]]:
    """The errors inside the one branch of a union that the body means; the error itself where there is no union."""
    context: Sequence[Sequence[Any]] = getattr(error.kind, "context", ())
    if not context or error.kind.name not in ("oneOf", "anyOf"):
        yield error, branch
        return
    chosen, label = _meant(error, context, surface)
    for cause in chosen:
        yield from _causes(cause, surface, branch + label)


def _meant(error: Any, context: Sequence[Sequence[Any]], surface: str) -> tuple[Sequence[Any], str]:
    union: Any = spec(surface)
    for part in error.schema_path[:-1]:
        union = union[part]
    discriminator = union.get("discriminator")
    if discriminator and isinstance(error.instance, dict):
        name = discriminator["propertyName"]
        value = error.instance.get(name)
        reference = discriminator.get("mapping", {}).get(value) if isinstance(value, str) else None
        references = [branch.get("$ref") for branch in union[error.kind.name]]
        if reference in references:
            return context[references.index(reference)], f" ({name} {value})"
    # No discriminator: the branch that fails deepest is the one that was meant.
    deepest = max(context, key=lambda errors: min((len(cause.instance_path) for cause in errors), default=0))
    same_type = [errors for errors in context if not any(_is_type_error_here(cause, error) for cause in errors)]
    return (same_type[0] if same_type else deepest), ""


def _is_type_error_here(cause: Any, error: Any) -> bool:
    return bool(cause.kind.name == "type" and cause.instance_path == error.instance_path)


def _expected(error: Any) -> str:
    match error.kind.name:
        case "type":
            return " or ".join(error.kind.types)
        case "required":
            return f"the member {error.kind.property!r}"
        case _:
            return str(error.message)
