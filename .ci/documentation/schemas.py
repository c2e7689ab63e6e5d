"""JSON Schemas as tables: the target file, and results.json."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from conformance import resources
from documentation.markdown import code, plain, table

Schema = Mapping[str, Any]


def target_file() -> str:
    """What stands where in a target file."""
    schema = _read("targets/target.schema.json")
    parts = [
        "# The target file\n",
        "What it may hold. [Target files](../targets.md) shows one, and tells what it claims.\n",
    ]
    parts.append(table(["key", "value", "what it says"], _keys(schema, schema, "")))
    return "\n".join(parts)


def results() -> str:
    """The members of results.json, one table a type."""
    schema = _read("report/results.schema.json")
    definitions: Schema = schema["$defs"]
    parts = [
        f"# {plain(schema['title'])}\n",
        f"{plain(schema['description'])} [What is stable](../compatibility.md).\n",
    ]
    for name, definition in definitions.items():
        parts.append(f"## {name}\n")
        if "description" in definition:
            parts.append(f"{plain(definition['description'])}\n")
        if "properties" in definition:
            parts.append(table(["member", "value", "what it says"], _members(definition)))
        else:
            parts.append(f"{_kind(definition)}\n")
    return "\n".join(parts)


def _read(path: str) -> Schema:
    found: Schema = json.loads((resources.PACKAGE / path).read_text(encoding="utf-8"))
    return found


def _members(definition: Schema) -> Iterator[tuple[str, str, str]]:
    required = definition.get("required", ())
    for name, value in definition["properties"].items():
        optional = "" if name in required else ", optional"
        yield f"{code(name)}{optional}", _kind(value), plain(value.get("description", ""))


def _keys(schema: Schema, root: Schema, above: str) -> Iterator[tuple[str, str, str]]:
    required = schema.get("required", ())
    for name, value in schema["properties"].items():
        path, says = f"{above}{name}", plain(value.get("description", ""))
        wanted = ", required" if name in required else ""
        if "properties" in value:
            yield f"{code(f'[{path}]')}{wanted}", "table", says
            yield from _keys(value, root, f"{path}.")
        else:
            yield f"{code(path)}{wanted}", _kind(_resolved(value, root)), says


def _resolved(value: Schema, root: Schema) -> Schema:
    if reference := value.get("$ref"):
        found: Schema = root["$defs"][reference.rpartition("/")[2]]
        return found
    return value


def _kind(value: Schema) -> str:
    """The type of a value, in words; that of a definition leads there."""
    if "$ref" in value:
        name = value["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "enum" in value:
        return ", ".join(code(json.dumps(one)) for one in value["enum"])
    if "anyOf" in value:
        return " or ".join(_kind(one) for one in value["anyOf"])
    kind = value.get("type", "anything")
    if kind == "array":
        return f"list of {_kind(value['items'])}" if value.get("items") else "list"
    if kind == "object" and isinstance(value.get("additionalProperties"), dict):
        return f"by name: {_kind(value['additionalProperties'])}"
    return " or ".join(kind) if isinstance(kind, list) else str(kind)
