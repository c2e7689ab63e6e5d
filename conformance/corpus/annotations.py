"""What the specs note beside their rules: which pieces of a request the pages do not show (`x-origin`)."""

from collections.abc import Iterator
from functools import cache
from typing import Any

import jsonschema_rs

from conformance.checks.schema import spec
from conformance.corpus.operations import OPERATIONS

ORIGIN = "x-origin"
_NAMING = ("/properties", "/patternProperties", "/additionalProperties")
"""The keywords that say which members of an object they have looked at."""


@cache
def request_schema(operation: str) -> dict[str, Any]:
    """The schema of an operation's JSON body, with the components that it refers to."""
    document = spec(OPERATIONS[operation].spec)
    described = next(
        item["post"] for item in document["paths"].values() if item.get("post", {}).get("operationId") == operation
    )
    content = _resolved(described["requestBody"], document)["content"]
    return {"allOf": [content["application/json"]["schema"]], "components": document["components"]}


@cache
def _validator(operation: str) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(request_schema(operation))


def fits(operation: str, body: Any) -> bool:
    """Whether a body, the model in it, fits the request schema of the operation."""
    return _validator(operation).is_valid(body)


@cache
def members(operation: str) -> frozenset[str]:
    """The members of the body that the spec of an operation knows."""
    document = request_schema(operation)
    schema = _resolved(document["allOf"][0], document)
    parts = [schema, *(_resolved(part, document) for part in schema.get("allOf", ()))]
    return frozenset(name for part in parts for name in part.get("properties", ()))


def origins(operation: str, body: Any) -> tuple[str, ...]:
    """Whose form a body that fits uses where the pages show none."""
    noted = _validator(operation).evaluate(body).annotations()
    found = (one["annotations"] for one in noted)
    return tuple(sorted({str(one[ORIGIN]) for one in found if isinstance(one, dict) and ORIGIN in one}))


def undocumented_members(operation: str, body: Any) -> Iterator[str]:
    """The members of a body that fits, at any depth, that no spec names in an object whose members one names.

    In the order of the body, the same in every process.
    """
    named: dict[str, set[str]] = {}
    for one in _validator(operation).evaluate(body).annotations():
        if one["schemaLocation"].endswith(_NAMING) and isinstance(one["annotations"], list):
            named.setdefault(one["instanceLocation"], set()).update(map(str, one["annotations"]))
    for pointer, members_there in named.items():
        above = pointer.strip("/").replace("/", ".")
        yield from (f"{above}.{name}".lstrip(".") for name in _at(body, pointer) if name not in members_there)


def origins_at(operation: str, pointer: str) -> tuple[str, ...]:
    """The same for the rule that a body breaks: noted on its way through the schema.

    `pointer` may hold steps that schemathesis has put in where it resolved a reference: those are passed over.
    """
    return tuple(sorted(set(_on_the_way(operation, pointer))))


def _on_the_way(operation: str, pointer: str) -> Iterator[str]:
    document = request_schema(operation)
    node: Any = document["allOf"][0]
    steps = pointer.strip("/").split("/")
    at = 0
    while True:
        while isinstance(node, dict) and "$ref" in node:
            if ORIGIN in node:
                yield str(node[ORIGIN])
            node = _resolved(node, document)
        if isinstance(node, dict) and ORIGIN in node:
            yield str(node[ORIGIN])
        if at >= len(steps):
            return
        step = steps[at]
        if isinstance(node, dict) and step in node:
            node, at = node[step], at + 1
        elif isinstance(node, list) and step.isdigit() and int(step) < len(node):
            node, at = node[int(step)], at + 1
        elif step == "allOf":
            at += 2
        else:
            return


def _at(body: Any, pointer: str) -> Any:
    for step in pointer.split("/")[1:]:
        body = body[int(step) if isinstance(body, list) else step.replace("~1", "/").replace("~0", "~")]
    return body


def _resolved(node: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in node:
        return node
    found: Any = document
    for step in node["$ref"].removeprefix("#/").split("/"):
        found = found[step]
    return found  # type: ignore[no-any-return]  # a reference of a valid document leads to an object
