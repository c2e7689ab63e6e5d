"""Tools: which one the model calls, and with what. Nothing is executed here but what a platform would do by itself."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from conformance.reference.calls import Json
from conformance.reference.errors import Refusal
from conformance.reference.fields import bad, only, string

_CUES = {
    "apply_patch": re.compile(r"\b(?:patch|edit|\w+\.(?:py|js|ts|go|rs|c|java|md|txt))\b", re.IGNORECASE),
    "shell": re.compile(r"\b(?:shell|command|terminal|run|list (?:the )?files|ls)\b", re.IGNORECASE),
    "image_generation": re.compile(r"\b(?:draw|paint|generate an? (?:image|picture))", re.IGNORECASE),
    "web_search": re.compile(r"\b(?:search|web|news|latest|today)\b", re.IGNORECASE),
}
"""What in a prompt makes the model call a built-in tool."""
_FILE = re.compile(r"\b[\w/-]+\.[a-z]{1,4}\b")
_WORD = re.compile(r"[a-z]{5,}")
_DEEPEST = 6


@dataclass(frozen=True, slots=True)
class Tool:
    """One tool that a request offers: its type and, where it has them, name, description and JSON Schema."""

    kind: str
    name: str
    description: str = ""
    parameters: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ToolCall:
    """The model's decision to use a tool, with its input as text: JSON for functions, free text for custom tools."""

    tool: Tool
    input: str


@dataclass(frozen=True, slots=True)
class Choice:
    """`tool_choice`: whether a call is wanted at all, must be made, and of which tool."""

    mode: str = "auto"  # none, auto, required
    tool: Tool | None = None


def described(tools: Sequence[Tool]) -> str:
    """All that the model gets to read of the tools offered; it counts as input."""
    return "".join(f"{tool.name} {tool.description} {tool.parameters}" for tool in tools)


def read_choice(value: Json, tools: Sequence[Tool], name: str | None = None) -> Choice:
    """`tool_choice` as both OpenAI surfaces have it; `name` is that of the tool it holds, where it holds one."""
    match value:
        case None:
            return Choice()
        case "none" | "auto":
            return Choice(value)
        case "required" if tools:
            return Choice(value)
        case {"type": str(kind)}:
            for tool in tools:
                if tool.kind == kind and name in (None, tool.name):
                    return Choice("required", tool)
    raise bad("tool_choice", "must be none, auto, required or one of the tools offered")


def function(value: dict[str, Any], where: str) -> Tool:
    """A function tool out of the object that has its name, description and parameters."""
    only(value, {"type", "name", "description", "parameters", "strict"}, where)
    parameters = value.get("parameters")
    if parameters is not None and not isinstance(parameters, dict):
        raise bad(f"{where}parameters", "must be an object")
    name = string(value.get("name"), f"{where}name")
    if not re.fullmatch(r"[\w-]{1,64}", name, re.ASCII):
        raise bad(f"{where}name", "must be 1 to 64 letters, digits, underscores or dashes")
    return Tool("function", name, str(value.get("description") or ""), parameters or {})


def called(tools: Sequence[Tool], choice: Choice, asked: str, *, after_tool: bool) -> ToolCall | None:
    """The call that the model makes, if it makes one: what is required, else the first tool that the prompt speaks of."""
    if choice.mode == "required":
        tool = choice.tool or tools[0]
    elif choice.mode == "none" or after_tool:
        return None
    else:
        tool = next((tool for tool in tools if _spoken_of(tool, asked)), None)  # type: ignore[assignment]
    return None if tool is None or tool.kind == "mcp" else ToolCall(tool, _input(tool, asked))


def _spoken_of(tool: Tool, asked: str) -> bool:
    if cue := _CUES.get(tool.kind):
        return bool(cue.search(asked))
    told = f"{tool.name.replace('_', ' ')} {tool.description}".lower()
    return not set(_WORD.findall(told)).isdisjoint(_WORD.findall(asked.lower()))


def _input(tool: Tool, asked: str) -> str:
    match tool.kind:
        case "function":
            return json.dumps(instance(tool.parameters), separators=(",", ":"))
        case "apply_patch":
            file = _FILE.search(asked)
            diff = "@@\n-# before\n+# after\n"
            return json.dumps({"type": "update_file", "path": file[0] if file else "main.py", "diff": diff})
        case "shell":
            return json.dumps({"commands": ["ls"], "timeout_ms": 1000, "max_output_length": 4096})
        case "web_search":
            return json.dumps({"type": "search", "query": asked[:80]})
        case "image_generation":
            return asked[:80]
        case _:
            return f"# {' '.join(asked.split())[:80]}\nprint('reference')\n"


def instance(schema: Json, depth: int = 0) -> Json:
    """A small value that a plain JSON Schema accepts: types, enums, constants, required properties."""
    if not isinstance(schema, dict) or depth > _DEEPEST:
        return None
    if "const" in schema:
        return schema["const"]
    if isinstance(schema.get("enum"), list) and schema["enum"]:
        return schema["enum"][0]
    kind = schema.get("type", "object" if "properties" in schema or not depth else "string")
    kind = kind[0] if isinstance(kind, list) and kind else kind
    match kind.lower() if isinstance(kind, str) else kind:  # Google spells types in capitals
        case "object":
            value: Json = _object(schema, depth)
        case "array":
            value = [instance(schema.get("items", {}), depth + 1)]
        case "integer" | "number":
            least = schema.get("minimum", 1)
            value = least if isinstance(least, int | float) else 1
        case simple:
            value = {"boolean": True, "null": None}.get(str(simple), "reference")
    return value


def _object(schema: dict[str, Any], depth: int) -> dict[str, Json]:
    properties = schema.get("properties")
    properties = properties if isinstance(properties, dict) else {}
    required = schema.get("required", list(properties))
    names = [name for name in required if isinstance(name, str)] if isinstance(required, list) else []
    return {name: instance(properties.get(name, {}), depth + 1) for name in names}


def unsupported(kind: str, where: str) -> Refusal:
    """The refusal of a tool type that is not on the list."""
    return Refusal(f"{where}type: tools of type {kind[:60]!r} are not supported.", parameter=f"{where}type")
