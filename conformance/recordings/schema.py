"""What the OpenAPI specs say of one place in an answer: its types, the closed list of its values, whether it is required."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from conformance.checks.schema import spec

Schema = dict[str, Any]
_UNIONS = ("allOf", "anyOf", "oneOf")
_NAMES = {
    str: "string",
    bool: "boolean",
    int: "number",
    float: "number",
    list: "array",
    dict: "object",
    type(None): "null",
}


def type_of(value: Any) -> str:
    """The JSON type of a value; an integer is a number, for 7 may be written 7.0."""
    return _NAMES[type(value)]


@dataclass(frozen=True)
class Known:
    """The schemas of a spec that may stand at one place: none where the spec says nothing."""

    surface: str
    schemas: tuple[Schema, ...]

    @classmethod
    def of(cls, surface: str, component: str) -> "Known":
        """A component of a surface's spec."""
        return cls(surface, (spec(surface)["components"]["schemas"][component],))

    def below(self, step: str) -> "Known":
        """One step deeper: into a member by its name, into the items of a list by `[]`, or by `[type]` into those of a type."""
        flat = self._flat()
        if step == "[]":
            found = [schema["items"] for schema in flat if isinstance(schema.get("items"), dict)]
        elif step.startswith("["):
            return self.below("[]").tagged(step[1:-1])
        else:
            found = [schema["properties"][step] for schema in flat if step in schema.get("properties", ())]
        return Known(self.surface, tuple(found))

    def tagged(self, tag: str) -> "Known":
        """Of the schemas here, those of objects of this type (the member `type` or `object`), if any are told apart."""
        meant = tuple(schema for schema in self._flat() if _names(schema, tag))
        return Known(self.surface, meant) if meant else self

    @property
    def types(self) -> set[str]:
        """The JSON types that are allowed here; empty if nothing is said."""
        found = set[str]()
        for schema in self._flat():
            told = schema.get("type", [])
            found |= {told} if isinstance(told, str) else set(told)
            found |= {type_of(value) for value in _listed(schema)}
        return {"number" if name == "integer" else name for name in found}

    @property
    def values(self) -> set[str] | None:
        """The strings of a closed enumeration; None where any string may stand, or nothing is said."""
        schemas = [schema for schema in self._flat() if not any(union in schema for union in _UNIONS)]
        texts = [schema for schema in schemas if _listed(schema) or "string" in schema.get("type", ("string",))]
        if not texts or not all(_listed(schema) for schema in texts):
            return None
        return {value for schema in texts for value in _listed(schema) if isinstance(value, str)}

    def requires(self, name: str) -> bool:
        """Whether every object that may stand here has this member."""
        having = [schema for schema in self._flat() if name in schema.get("properties", ())]
        return bool(having) and all(name in schema.get("required", ()) for schema in having)

    def _flat(self) -> list[Schema]:
        return list(_flattened(self.schemas, self.surface, 12))


def _flattened(schemas: Sequence[Any], surface: str, depth: int) -> Iterator[Schema]:
    """The schemas, and those that they refer to or unite."""
    for schema in schemas:
        if not isinstance(schema, dict) or not depth:
            continue
        if reference := schema.get("$ref"):
            target: Any = spec(surface)
            for part in reference.removeprefix("#/").split("/"):
                target = target[part]
            yield from _flattened([target], surface, depth - 1)
        else:
            yield schema
            for union in _UNIONS:
                yield from _flattened(schema.get(union, ()), surface, depth - 1)


def _listed(schema: Schema) -> list[Any]:
    return [schema["const"]] if "const" in schema else list(schema.get("enum", ()))


def _names(schema: Schema, tag: str) -> bool:
    members = schema.get("properties", {})
    return any(tag in _listed(members[name]) for name in ("type", "object") if isinstance(members.get(name), dict))
