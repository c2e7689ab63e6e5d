"""A request in terms that all surfaces share: what a proxy has to carry, whichever surface it speaks to its upstream."""

import base64
import binascii
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from conformance.checks.findings import get
from conformance.wire.exchange import NotJson, Request, parse_json

_PATHS = {
    "/chat/completions": "chat", "/invocations": "chat", "/responses": "responses", ":generateContent": "gemini",
    ":streamGenerateContent": "gemini",
}  # fmt: skip
_MODEL_IN_PATH = re.compile(r"/models/([^/]+):\w+$|/serving-endpoints/([^/]+)/invocations$")
_DATA_URI = re.compile(r"data:[\w.+/-]*[\w=;.+-]*;base64,", re.IGNORECASE)
_NAME = re.compile(r'"name": "([^"]+)", "(?:parameters|parametersJsonSchema|strict|type)"|"name": "([^"]+)"\}')
_PREFIXES = ("system.ai.", "databricks-")
_DROPPED_FREELY = frozenset({"stream", "stream_options"})
"""Members that steer how an answer travels, not what it says."""
_OF_TOOLS = ("tools", "tool_choice", "toolConfig", "parallel_tool_calls")
_ROLES = {"developer": "system", "model": "assistant", "function": "tool"}
_SHARED: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "chat": {
        "cap": ("max_tokens", "max_completion_tokens"), "temperature": ("temperature",), "top_p": ("top_p",), "stop": ("stop",),
    },
    "responses": {"cap": ("max_output_tokens",), "temperature": ("temperature",), "top_p": ("top_p",)},
    "gemini": {
        "cap": ("generationConfig.maxOutputTokens",), "temperature": ("generationConfig.temperature",),
        "top_p": ("generationConfig.topP",), "stop": ("generationConfig.stopSequences",),
    },
}  # fmt: skip
"""By surface: parameters that others have as well, by a name for all."""


@dataclass
class RequestParts:
    """What one request holds. Each list is in the order of the request; media stand by their bytes' hash, or by their URL."""

    surface: str
    model: str = ""
    texts: list[str] = field(default_factory=list)
    """A line a message: its role and its text."""
    media: list[str] = field(default_factory=list)
    tools: list[str] = field(default_factory=list)
    """Declarations, calls that are repeated and their results, and what is said of which may be called."""
    reasoning: list[str] = field(default_factory=list)
    """Reasoning that is repeated, with its signatures."""
    parameters: dict[str, Any] = field(default_factory=dict)
    """All else that the surface documents, by path; of nulls nothing is said."""
    beside: dict[str, Any] = field(default_factory=dict)
    """What stands in messages and blocks beside all that, by path."""

    def tool_names(self) -> list[str]:
        """The names of the tools that are declared: what surfaces have in common of a declaration."""
        return sorted(
            {
                name
                for one in self.tools
                if one.startswith("tool ")
                for pair in _NAME.findall(one)
                for name in pair
                if name
            }
        )

    def shared(self) -> dict[str, Any]:
        """The parameters that other surfaces have as well, by a name for all."""
        known = {
            shared: self.parameters[name]
            for shared, names in _SHARED[self.surface].items()
            for name in names
            if name in self.parameters
        }
        if isinstance(stop := known.get("stop"), str):
            known["stop"] = [stop]
        return known


def model_in(request: Request) -> str:
    """The name by which a request asks for a model; empty if it names none."""
    if found := _MODEL_IN_PATH.search(request.path):
        return found[1] or found[2]
    named = get(_json(request), "model")
    return named if isinstance(named, str) else ""


def documented(name: str) -> str:
    """A name of a model without the prefix that its path asks for."""
    for prefix in _PREFIXES:
        name = name.removeprefix(prefix)
    return name


def surface_asked(request: Request) -> str:
    """The surface that a request is of, by the end of its path; empty for what asks no model."""
    found = (surface for end, surface in _PATHS.items() if request.path.endswith(end))
    return next(found, "") if request.method == "POST" else ""


def parts_of(request: Request) -> RequestParts | None:
    """What a request holds; None if it is no JSON object, or no question to a model."""
    body, surface = _json(request), surface_asked(request)
    if not surface or not isinstance(body, dict):
        return None
    found = RequestParts(surface, model_in(request))
    _READ[surface](found, body)
    return found


def _json(request: Request) -> Any:
    try:
        return parse_json(request.body)
    except NotJson:
        return None


def _chat(found: RequestParts, body: Mapping[str, Any]) -> None:
    for number, message in enumerate(_list(body.get("messages"))):
        where = f"messages.{number}"
        if not isinstance(message, dict):
            found.beside[where] = message
            continue
        role = _role(message)
        rest = {**message}
        content = rest.pop("content", None)
        if role == "tool":
            found.tools.append(f"result of {rest.pop('tool_call_id', '')}: {_canonical(_text_of(content))}")
        else:
            _content(found, role, content, f"{where}.content")
        found.tools += [_call(call) for call in _list(rest.pop("tool_calls", None))]
        _thoughts(found, rest)
        rest.pop("role", None)
        _keep(found.beside, rest, where)
    _rest(found, body, {"model", "messages"})


def _responses(found: RequestParts, body: Mapping[str, Any]) -> None:
    if isinstance(instructions := body.get("instructions"), str):
        found.texts.append(f"system: {instructions}")
    given = body.get("input")
    items = [{"role": "user", "content": given}] if isinstance(given, str) else _list(given)
    for number, item in enumerate(items):
        where = f"input.{number}"
        kind = get(item, "type")
        if not isinstance(item, dict):
            found.beside[where] = item
        elif kind == "reasoning":
            _reasoning(found, item)
        elif kind in ("function_call", "custom_tool_call"):
            found.tools.append(_call(item))
        elif isinstance(kind, str) and kind.endswith("_output"):
            found.tools.append(f"result of {item.get('call_id', '')}: {_canonical(_text_of(item.get('output')))}")
        elif kind in (None, "message") or "role" in item:
            _content(found, _role(item), item.get("content"), f"{where}.content")
            rest = {name: value for name, value in item.items() if name not in ("role", "content", "type")}
            _keep(found.beside, rest, where)
        else:
            found.tools.append(_canonical(item))
    _rest(found, body, {"model", "instructions", "input"})


def _gemini(found: RequestParts, body: Mapping[str, Any]) -> None:
    system = body.get("systemInstruction") or body.get("system_instruction")
    if system:
        _content(found, "system", get(system, "parts"), "systemInstruction.parts")
    for number, content in enumerate(_list(body.get("contents"))):
        _content(found, _role(content), get(content, "parts"), f"contents.{number}.parts")
    _rest(found, body, {"contents", "systemInstruction", "system_instruction", "model"})


_READ = {"chat": _chat, "responses": _responses, "gemini": _gemini}


def _rest(found: RequestParts, body: Mapping[str, Any], read: set[str]) -> None:
    """What is asked for beside the conversation. Of tools in an order of ours: that of members in JSON does not matter."""
    found.tools += [f"tool {_canonical(tool)}" for tool in _list(body.get("tools"))]
    found.tools += [f"{name}: {_canonical(body[name])}" for name in _OF_TOOLS[1:] if body.get(name) is not None]
    for name, value in body.items():
        if name in read or name in _DROPPED_FREELY or value is None:
            continue
        if name in _OF_TOOLS:
            continue
        if name == "generationConfig" and isinstance(value, dict):
            found.parameters |= {f"{name}.{key}": one for key, one in value.items() if one is not None}
        else:
            found.parameters[name] = [value] if name == "stop" and isinstance(value, str) else value


def _content(found: RequestParts, role: str, content: Any, where: str) -> None:
    """Reads a message: its text as one, and what stands beside the text in its blocks or parts."""
    text = content if isinstance(content, str) else ""
    for number, block in enumerate(_list(content)):
        if not isinstance(block, dict):
            found.beside[f"{where}.{number}"] = block
            continue
        rest = {**block}
        kind = rest.pop("type", None)
        if kind == "reasoning" or rest.get("thought"):
            _reasoning(found, block)
        elif isinstance(rest.get("text"), str):
            text += rest.pop("text")
            _keep(found.beside, rest, f"{where}.{number}")
        elif "functionCall" in block or "functionResponse" in block:
            found.tools.append(_canonical({name: value for name, value in rest.items() if name != "thoughtSignature"}))
            if signature := rest.get("thoughtSignature"):
                found.reasoning.append(f"signature {signature}")
        else:
            media = list(_media(rest))
            found.media += media
            if not media:
                found.beside[f"{where}.{number}"] = block
    if text:
        found.texts.append(f"{role}: {text}")


def _reasoning(found: RequestParts, block: Mapping[str, Any]) -> None:
    summaries: list[Mapping[str, Any]] = [one for one in _list(block.get("summary")) if isinstance(one, dict)] or [
        block
    ]
    for one in summaries:
        found.reasoning.append(f"text {one.get('text', '')}")
        for name in ("signature", "thoughtSignature", "encrypted_content"):
            if one.get(name):
                found.reasoning.append(f"signature {one[name]}")
    if block.get("encrypted_content") and summaries != [block]:
        found.reasoning.append(f"signature {block['encrypted_content']}")


def _thoughts(found: RequestParts, message: dict[str, Any]) -> None:
    """Takes reasoning that stands beside the content of a message, as many clients of chat write it."""
    told, blocks = message.pop("reasoning_content", None), _list(message.pop("thinking_blocks", None))
    for block in (one for one in blocks if isinstance(one, dict)):
        _reasoning(found, {"text": block.get("thinking", ""), "signature": block.get("signature")})
    if told and not blocks:
        _reasoning(found, {"text": told})


def _media(value: Any, name: str = "") -> Iterator[str]:
    """The media in a block: each by the hash of its bytes, or by its URL."""
    if isinstance(value, dict):
        for key, member in value.items():
            yield from _media(member, key)
    elif isinstance(value, str):
        if inline := _DATA_URI.match(value):
            yield _bytes(value[inline.end() :])
        elif name in ("data", "file_data"):
            yield _bytes(value)
        elif name in ("url", "image_url", "file_url", "fileUri", "file_uri"):
            yield value


def _bytes(encoded: str) -> str:
    try:
        data = base64.b64decode(encoded, validate=False)
    except (binascii.Error, ValueError):
        data = encoded.encode("utf-8", "replace")
    return f"{len(data)} bytes, sha256 {sha256(data).hexdigest()[:12]}"


def _call(call: Any) -> str:
    """A call of a tool, on chat and on Responses alike."""
    if not isinstance(call, dict):
        return f"call {_canonical(call)}"
    within = (call.get(kind) for kind in ("function", "custom"))
    named = next((one for one in within if isinstance(one, dict)), call)
    given = named.get("arguments") or named.get("input")
    return f"call {call.get('call_id') or call.get('id')}: {named.get('name')} {_canonical(_parsed(given))}"


def _parsed(value: Any) -> Any:
    """JSON in a text, as its value: how it is spelled is nobody's business."""
    try:
        return json.loads(value) if isinstance(value, str) else value
    except (ValueError, RecursionError):
        return value


def _text_of(content: Any) -> Any:
    """What a tool returned: the text of blocks as one."""
    blocks = _list(content)
    texts = [block["text"] for block in blocks if isinstance(block, dict) and isinstance(block.get("text"), str)]
    return "".join(texts) if blocks and len(texts) == len(blocks) else content


def _keep(kept: dict[str, Any], rest: Mapping[str, Any], where: str) -> None:
    kept.update({f"{where}.{name}": value for name, value in rest.items() if value is not None})


def _role(message: Any) -> str:
    role = get(message, "role")
    return _ROLES.get(role, role) if isinstance(role, str) else "user"


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _canonical(value: Any) -> str:
    """JSON in which neither the order of members nor nulls matter."""
    return json.dumps(_without_nulls(value), ensure_ascii=False, sort_keys=True)


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_nulls(member) for name, member in value.items() if member is not None}
    return [_without_nulls(member) for member in value] if isinstance(value, list) else value
