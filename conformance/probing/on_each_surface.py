"""The same requests in the terms of each surface."""

from typing import Any

from conformance.checks.findings import Undecided, get
from conformance.probing.probes import base64_of, chat, data_uri, gemini, image, inline_data, media_type, text
from conformance.probing.surface import Body, Gemini, Surface
from conformance.wire.exchange import Exchange, NotJson

SURFACES = ("chat", "responses", "gemini")
_CITY = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
_TOOLS = {"getWeather": "The weather of a city.", "get_time": "The time in a city."}


def said(surface: Surface, words: str, **parameters: Any) -> Body:
    """One message; `cap` and `temperature` are parameters of all surfaces, by the name that each has for them."""
    return conversation(surface, [("user", words)], **parameters)


def conversation(surface: Surface, turns: list[tuple[str, str]], **parameters: Any) -> Body:
    """Messages of the user, the assistant and the system."""
    if surface.name == "gemini":
        role = {"assistant": "model", "user": "user"}
        contents = [{"role": role[who], "parts": [{"text": words}]} for who, words in turns if who != "system"]
        systems = [{"text": words} for who, words in turns if who == "system"]
        body: dict[str, Any] = {"contents": contents, "generationConfig": _named(surface, {"cap": 128} | parameters)}
        return body | ({"systemInstruction": {"parts": systems}} if systems else {})
    conversed = [{"role": who, "content": words} for who, words in turns]
    return {"messages" if surface.name == "chat" else "input": conversed, **_named(surface, {"cap": 128} | parameters)}


def with_media(surface: Surface, *names: str) -> Body:
    """One message with media of ours."""
    if surface.name == "gemini":
        return gemini({"text": "What is this?"}, *map(inline_data, names))
    if surface.name == "chat":
        return chat(text("What is this?"), *map(image, names))
    shown = [{"type": "input_image", "image_url": data_uri(name)} for name in names]
    return {"input": [{"role": "user", "content": [{"type": "input_text", "text": "What is this?"}, *shown]}]}


def with_recording(name: str) -> Body:
    """A Gemini message with a recording."""
    part = {"inlineData": {"mimeType": media_type(name), "data": base64_of(name)}}
    return gemini({"text": "What is said?"}, part)


def with_tools(surface: Surface) -> Body:
    """One message with two tools, of which one has to be called."""
    body, words = {}, "What is the weather in Paris?"
    body = {**said(surface, words)}
    declared = [{"name": name, "description": says, "parameters": _CITY} for name, says in _TOOLS.items()]
    if surface.name == "gemini":
        calling = {"functionCallingConfig": {"mode": "ANY"}}
        return body | {"tools": [{"functionDeclarations": declared}], "toolConfig": calling}
    if surface.name == "responses":
        return body | {"tools": [{"type": "function", **one} for one in declared], "tool_choice": "required"}
    return body | {"tools": [{"type": "function", "function": one} for one in declared], "tool_choice": "required"}


def with_results(surface: Surface, asked: Body, exchange: Exchange) -> Body:
    """The next turn: what the model has called, and what came of it. Raises `Undecided` if it has called nothing."""
    try:
        body = exchange.response.json() if exchange.response else None
    except NotJson as error:
        raise Undecided(f"the answer is no JSON: {error}") from None
    path = {"chat": "choices.0.message", "responses": "output", "gemini": "candidates.0.content"}[surface.name]
    turn = get(body, path)
    given: list[Any] = [turn]
    results: list[Any] = []
    if surface.name == "chat":
        calls = get(turn, "tool_calls")
        results = [{"role": "tool", "tool_call_id": get(call, "id"), "content": "Rain."} for call in _objects(calls)]
    elif surface.name == "responses":
        given = _objects(turn)
        called = [item for item in given if item.get("type") == "function_call"]
        results = [
            {"type": "function_call_output", "call_id": item.get("call_id"), "output": "Rain."} for item in called
        ]
    else:
        called = [call for part in _objects(get(turn, "parts")) if isinstance(call := part.get("functionCall"), dict)]
        parts = [{"functionResponse": {"name": call.get("name"), "response": {"said": "Rain."}}} for call in called]
        results = [{"role": "user", "parts": parts}] if parts else []
    if not results:
        raise Undecided("the model has called no tool")
    name = {"chat": "messages", "responses": "input", "gemini": "contents"}[surface.name]
    return {**asked, name: [*asked[name], *given, *results]}


def _objects(value: Any) -> list[Any]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def with_reasoning(surface: Surface) -> Body:
    """A question whose answer shows its reasoning."""
    words = "Why is the sky blue?"
    if surface.name == "gemini":
        body = {**said(surface, words, cap=2048)}
        return body | {"generationConfig": body["generationConfig"] | {"thinkingConfig": {"includeThoughts": True}}}
    if surface.name == "responses":
        return {**said(surface, words, cap=2048), "reasoning": {"effort": "medium", "summary": "auto"}}
    return {**said(surface, words, cap=2048), "thinking": {"type": "enabled", "budget_tokens": 1024}}


def streamed(surface: Surface, body: Body) -> Exchange:
    """The exchange of a request for a stream."""
    if isinstance(surface, Gemini):
        return surface.attempt(body, url=surface.stream_url())
    return surface.attempt({**body, "stream": True})


def _named(surface: Surface, parameters: dict[str, Any]) -> dict[str, Any]:
    names = {
        "chat": {"cap": "max_tokens"}, "responses": {"cap": "max_output_tokens"},
        "gemini": {"cap": "maxOutputTokens", "top_p": "topP", "stop": "stopSequences"},
    }[surface.name]  # fmt: skip
    return {names.get(name, name): value for name, value in parameters.items()}
