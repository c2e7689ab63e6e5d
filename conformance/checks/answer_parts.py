"""An answer in terms that all surfaces share, whole or streamed: what a proxy has to bring back as it was given."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from conformance.checks.event_stream import is_streamed, read
from conformance.checks.findings import ABSENT, Undecided, get
from conformance.checks.responses_stream import TERMINAL
from conformance.wire.exchange import Exchange, NotJson

_FINISHED, _CUT, _WITHHELD = "finished", "cut at the cap", "withheld"
_ENDS = {
    "stop": _FINISHED, "tool_calls": _FINISHED, "completed": _FINISHED, "STOP": _FINISHED, "length": _CUT, "incomplete": _CUT,
    "MAX_TOKENS": _CUT, "content_filter": _WITHHELD, "SAFETY": _WITHHELD,
}  # fmt: skip
_COUNTS = {
    "chat": ("usage", {"input": "prompt_tokens", "output": "completion_tokens", "total": "total_tokens"}),
    "responses": ("usage", {"input": "input_tokens", "output": "output_tokens", "total": "total_tokens"}),
    "gemini": (
        "usageMetadata",
        {"input": "promptTokenCount", "output": "candidatesTokenCount", "total": "totalTokenCount"},
    ),
}
_WHOLE = frozenset({"summary", "tool_calls", "functionCall", "thinking_blocks"})
"""Members that are compared in terms of their own, with all that is in them."""
_READ_APART = frozenset({
    "type", "prompt_tokens", "completion_tokens", "total_tokens", "input_tokens", "output_tokens", "promptTokenCount",
    "candidatesTokenCount", "totalTokenCount", "thought",
    "id", "model", "created", "created_at", "completed_at", "usage", "usageMetadata", "content", "text", "delta",
    "summary", "arguments", "input", "output", "name", "finish_reason", "finishReason", "status", "item_id",
    "call_id", "responseId", "modelVersion", "sequence_number", "obfuscation", "parts", "signature",
    "thoughtSignature", "service_tier", "system_fingerprint", "createTime", "index", "output_index", "content_index",
    "summary_index", "reasoning_content", "reasoning", "thinking_blocks", "thinking",
})  # fmt: skip
"""Members that are compared in terms of their own, that number pieces, or that each server may set as it likes."""


@dataclass
class AnswerParts:
    """What an answer says. Each list is in the order of the answer."""

    surface: str
    ids: list[str] = field(default_factory=list)
    """Of the answer itself, and of its calls."""
    text: str = ""
    reasoning: str = ""
    signatures: list[str] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    """The name of the tool, and what it is called with."""
    ended: str = ""
    """Why it ended, as the surface says it."""
    usage: dict[str, Any] = field(default_factory=dict)
    thoughts: int = 0
    """Tokens of reasoning that the count of the output leaves out, as Gemini's does."""
    pieces: list[str] = field(default_factory=list)
    """Of a stream: the text of each event that has any."""
    members: set[str] = field(default_factory=set)
    """The paths of all else that is there, and not null."""

    @property
    def end(self) -> str:
        """Why it ended, in words for all surfaces."""
        return _ENDS.get(self.ended, self.ended)


def answer_parts(surface: str, exchange: Exchange) -> AnswerParts | None:
    """What an answer of a surface says; None if there is nothing that can be read."""
    if exchange.response is None:
        return None
    found = AnswerParts(surface)
    try:
        bodies = read(exchange).bodies if is_streamed(exchange) else [exchange.response.json()]
    except (Undecided, NotJson):
        return None
    if len(bodies) == 1 and isinstance(bodies[0], list):  # a stream of Gemini that was not asked for as events
        bodies = bodies[0]
    for body in bodies:
        if isinstance(body, dict):
            _READ[surface](found, body)
            found.members |= set(_paths(body))
    found.ids = list(dict.fromkeys(found.ids))
    found.calls = [_call(call) for call in found.calls]
    return found


def _chat(found: AnswerParts, body: Mapping[str, Any]) -> None:
    _add_id(found, body.get("id"))
    choices = body.get("choices")
    for choice in choices if isinstance(choices, list) else []:
        message = get(choice, "message") if get(choice, "message") is not ABSENT else get(choice, "delta")
        content = get(message, "content")
        piece = content if isinstance(content, str) else ""
        for block in content if isinstance(content, list) else []:
            piece += _text(get(block, "text"))
            _summaries(found, get(block, "summary"))
        told = _text(get(message, "reasoning_content")) or _text(get(message, "reasoning"))
        found.reasoning += told
        thoughts = get(message, "thinking_blocks")
        for block in thoughts if isinstance(thoughts, list) else []:
            found.reasoning += "" if told else _text(get(block, "thinking"))
            if signature := _text(get(block, "signature")):
                found.signatures.append(signature)
        _say(found, piece)
        calls = get(message, "tool_calls")
        for call in calls if isinstance(calls, list) else []:
            _add_id(found, get(call, "id"))
            kind = "custom" if isinstance(get(call, "custom"), dict) else "function"
            given = _text(get(call, f"{kind}.arguments")) or _text(get(call, f"{kind}.input"))
            if name := _text(get(call, f"{kind}.name")):
                found.calls.append(f"{name} ")
            if found.calls:
                found.calls[-1] += given
        found.ended = _text(get(choice, "finish_reason")) or found.ended
    _count(found, body)


def _responses(found: AnswerParts, body: Mapping[str, Any]) -> None:
    kind = body.get("type")
    if kind == "response.output_text.delta":
        found.pieces.append(_text(body.get("delta")))
    if isinstance(kind, str) and kind not in TERMINAL:
        return
    whole = body.get("response") if isinstance(kind, str) else body
    _add_id(found, get(whole, "id"))
    items = get(whole, "output")
    for item in items if isinstance(items, list) else []:
        content = get(item, "content")
        for part in content if isinstance(content, list) else []:
            found.text += _text(get(part, "text")) or _text(get(part, "refusal"))
        _summaries(found, get(item, "summary"))
        if encrypted := _text(get(item, "encrypted_content")):
            found.signatures.append(encrypted)
        if get(item, "call_id") is not ABSENT:
            _add_id(found, get(item, "call_id"))
            given = _text(get(item, "arguments")) or _text(get(item, "input"))
            found.calls.append(f"{_text(get(item, 'name'))} {given}")
    found.ended = _text(get(whole, "status")) or found.ended
    if isinstance(whole, dict):
        _count(found, whole)


def _gemini(found: AnswerParts, body: Mapping[str, Any]) -> None:
    _add_id(found, body.get("responseId"))
    candidates = body.get("candidates")
    for candidate in candidates if isinstance(candidates, list) else []:
        parts = get(candidate, "content.parts")
        piece = ""
        for part in parts if isinstance(parts, list) else []:
            if signature := _text(get(part, "thoughtSignature")):
                found.signatures.append(signature)
            if get(part, "thought") is True:
                found.reasoning += _text(get(part, "text"))
            else:
                piece += _text(get(part, "text"))
            if isinstance(call := get(part, "functionCall"), dict):
                found.calls.append(f"{call.get('name')} {json.dumps(call.get('args'))}")
        _say(found, piece)
        found.ended = _text(get(candidate, "finishReason")) or found.ended
    _count(found, body)


_READ = {"chat": _chat, "responses": _responses, "gemini": _gemini}


def _say(found: AnswerParts, piece: str) -> None:
    if piece:
        found.text += piece
        found.pieces.append(piece)


def _summaries(found: AnswerParts, summaries: Any) -> None:
    for one in summaries if isinstance(summaries, list) else []:
        found.reasoning += _text(get(one, "text"))
        if signature := _text(get(one, "signature")):
            found.signatures.append(signature)


def _count(found: AnswerParts, body: Mapping[str, Any]) -> None:
    name, counts = _COUNTS[found.surface]
    if isinstance(usage := body.get(name), dict):
        there = {count: usage[member] for count, member in counts.items() if usage.get(member) is not None}
        found.usage |= there
        if isinstance(thoughts := usage.get("thoughtsTokenCount"), int):
            found.thoughts = thoughts


def _call(call: str) -> str:
    """A call with its arguments spelled in one way."""
    name, _, given = call.partition(" ")
    try:
        return f"{name} {json.dumps(json.loads(given), sort_keys=True)}"
    except (ValueError, RecursionError):
        return call


def _add_id(found: AnswerParts, value: Any) -> None:
    if isinstance(value, str) and value:
        found.ids.append(value)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _paths(value: Any, where: str = "") -> Iterator[str]:
    """The paths of what is there and not null, but for what is read apart. Places in a list are all one."""
    if isinstance(value, dict):
        for name, member in value.items():
            if name not in _WHOLE and (name not in _READ_APART or isinstance(member, dict | list)):
                yield from _paths(member, f"{where}.{name}" if where else str(name))
    elif isinstance(value, list):
        for member in value:
            yield from _paths(member, where)
    elif value is not None and where:
        yield where
