"""Gemini in front and chat behind, as a proxy translates that knows one upstream alone: what both surfaces have in common."""

import json
from typing import Any

from conformance.reference.proxies.declared import Body

CHAT_PATH = "/ai-gateway/mlflow/v1/chat/completions"
_ENDS = {"stop": "STOP", "tool_calls": "STOP", "length": "MAX_TOKENS", "content_filter": "SAFETY"}


def to_chat(model: str, body: Body, *, stream: bool) -> Body:
    """The same question to chat."""
    system = "".join(part.get("text", "") for part in (body.get("systemInstruction") or {}).get("parts", ()))
    messages: list[Any] = [{"role": "system", "content": system}] if system else []
    for content in body.get("contents", ()):
        messages += _messages(content)
    config = body.get("generationConfig") or {}
    given = {
        "max_tokens": config.get("maxOutputTokens"), "temperature": config.get("temperature"), "top_p": config.get("topP"),
        "stop": config.get("stopSequences"), "stream": stream or None,
    }  # fmt: skip
    declared = [one for tool in body.get("tools", ()) for one in tool.get("functionDeclarations", ())]
    if declared:
        calling = ((body.get("toolConfig") or {}).get("functionCallingConfig") or {}).get("mode")
        given |= {
            "tools": [{"type": "function", "function": one} for one in declared],
            "tool_choice": "required" if calling == "ANY" else None,
        }
    return {"model": model, "messages": messages} | {name: value for name, value in given.items() if value is not None}


def _messages(content: Body) -> list[Any]:
    """A turn: its text and media, what it calls, and what came of calls. Calls have no id there: their names will do."""
    parts = content.get("parts", ())
    said = [part for one in parts for part in _part(one)]
    calls = [one["functionCall"] for one in parts if "functionCall" in one]
    results = [one["functionResponse"] for one in parts if "functionResponse" in one]
    if results:
        return [
            {"role": "tool", "tool_call_id": one.get("name"), "content": json.dumps(one.get("response"))}
            for one in results
        ]
    message: Body = {"role": "assistant" if content.get("role") == "model" else "user", "content": said or None}
    if calls:
        message["tool_calls"] = [
            {
                "id": call.get("name"), "type": "function",
                "function": {"name": call.get("name"), "arguments": json.dumps(call.get("args") or {})},
            }
            for call in calls
        ]  # fmt: skip
    return [message]


class CallsOfStream:
    """Puts the pieces of a call together: Gemini gives a call as a whole."""

    def __init__(self) -> None:
        self._begun = dict[int, Body]()

    def __call__(self, chunk: Body) -> Body:
        """The same chunk without pieces of calls; the one that ends the answer has them whole."""
        for choice in chunk.get("choices", ()):
            delta = choice.get("delta") or {}
            for piece in delta.pop("tool_calls", None) or ():
                function = piece.get("function") or {}
                call = self._begun.setdefault(piece.get("index", 0), {"function": {"name": "", "arguments": ""}})
                for name in ("name", "arguments"):
                    call["function"][name] += function.get(name) or ""
            if choice.get("finish_reason") and self._begun:
                choice["delta"] = delta | {"tool_calls": list(self._begun.values())}
        return chunk


def _part(part: Body) -> list[Body]:
    if "text" in part:
        return [{"type": "text", "text": part["text"]}]
    if inline := part.get("inlineData"):
        kind = inline.get("mimeType", "").partition("/")[0]
        url = f"data:{inline.get('mimeType')};base64,{inline.get('data')}"
        return [{"type": f"{kind}_url", f"{kind}_url": {"url": url}}]
    return []


def to_gemini(body: Body) -> Body:
    """The answer of chat, whole or one event of a stream, as Gemini gives it."""
    candidates = []
    for choice in body.get("choices", ()):
        message = choice.get("message") or choice.get("delta") or {}
        parts: list[Body] = [{"text": text} for text in _texts(message.get("content"))]
        for call in message.get("tool_calls") or ():
            function = call.get("function") or {}
            parts.append(
                {"functionCall": {"name": function.get("name"), "args": json.loads(function.get("arguments") or "{}")}}
            )
        candidate: Body = {"index": 0, "content": {"role": "model", "parts": parts}}
        if choice.get("finish_reason"):
            candidate["finishReason"] = _ENDS.get(choice["finish_reason"], "OTHER")
        candidates.append(candidate)
    found: Body = {"candidates": candidates} if candidates else {}
    if usage := body.get("usage"):
        counts = {
            "promptTokenCount": "prompt_tokens",
            "candidatesTokenCount": "completion_tokens",
            "totalTokenCount": "total_tokens",
        }
        found["usageMetadata"] = {name: usage[there] for name, there in counts.items()}
    return {**found, "modelVersion": body.get("model"), "responseId": body.get("id")}


def _texts(content: Any) -> list[str]:
    if isinstance(content, str):
        return [content] if content else []
    return [block["text"] for block in content or () if block.get("type") == "text" and block.get("text")]
