"""A request read in terms of all surfaces: how it is spelled does not matter, what it says does."""

import base64
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conformance.checks.request_parts import documented, model_in, parts_of
from conformance.probing.probes import data_uri
from conformance.wire.exchange import Request

PATHS = {
    "chat": "/v1/chat/completions",
    "responses": "/v1/responses",
    "gemini": "/v1beta/models/system.ai.gemini-3-1-pro:generateContent",
}
IMAGE = data_uri("red-64.png")
DATA = IMAGE.partition(",")[2]
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=12,
)


def request(surface: str, body: Any) -> Request:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Request("POST", f"http://gateway.invalid{PATHS[surface]}", {}, content)


def parts(surface: str, body: Any) -> Any:
    found = parts_of(request(surface, body))
    assert found
    return found


def chat(content: Any, **more: Any) -> dict[str, Any]:
    return {"model": "m", "messages": [{"role": "user", "content": content}], **more}


def test_text_is_the_same_as_a_string_and_in_parts() -> None:
    assert (
        parts("chat", chat("Hi")).texts == parts("chat", chat([{"type": "text", "text": "Hi"}])).texts == ["user: Hi"]
    )
    assert parts("responses", {"input": "Hi"}).texts == ["user: Hi"]
    assert parts("gemini", {"contents": [{"role": "user", "parts": [{"text": "Hi"}]}]}).texts == ["user: Hi"]


def test_system_prompts_are_messages() -> None:
    sent = {"messages": [{"role": "developer", "content": "Be brief."}, {"role": "user", "content": "Hi"}]}
    expected = ["system: Be brief.", "user: Hi"]
    assert parts("chat", sent).texts == expected
    assert parts("responses", {"instructions": "Be brief.", "input": "Hi"}).texts == expected
    told = {"systemInstruction": {"parts": [{"text": "Be brief."}]}, "contents": [{"parts": [{"text": "Hi"}]}]}
    assert parts("gemini", told).texts == expected


def test_media_are_told_by_their_bytes_on_every_surface() -> None:
    [of_chat] = parts("chat", chat([{"type": "image_url", "image_url": {"url": IMAGE}}])).media
    item = {"role": "user", "content": [{"type": "input_image", "image_url": IMAGE}]}
    [of_responses] = parts("responses", {"input": [item]}).media
    inline = {"parts": [{"inlineData": {"mimeType": "image/png", "data": DATA}}]}
    [of_gemini] = parts("gemini", {"contents": [inline]}).media
    assert of_chat == of_responses == of_gemini
    assert of_chat.startswith(f"{len(base64.b64decode(DATA))} bytes, sha256 ")
    by_url = chat([{"type": "image_url", "image_url": {"url": "https://a.example/x.png"}}])
    assert parts("chat", by_url).media == ["https://a.example/x.png"]


def test_reasoning_is_read_with_its_signature() -> None:
    block = {"type": "reasoning", "summary": [{"type": "summary_text", "text": "Hm", "signature": "s1"}]}
    sent = {"messages": [{"role": "assistant", "content": [block, {"type": "text", "text": "Hi"}]}]}
    assert parts("chat", sent).reasoning == ["text Hm", "signature s1"]
    item = {"type": "reasoning", "summary": [{"type": "summary_text", "text": "Hm"}], "encrypted_content": "e1"}
    assert parts("responses", {"input": [item]}).reasoning == ["text Hm", "signature e1"]


def test_calls_are_read_however_their_arguments_are_spelled() -> None:
    def call(arguments: str) -> dict[str, Any]:
        function = {"name": "f", "arguments": arguments}
        return {
            "role": "assistant",
            "content": None,
            "tool_calls": [{"id": "c", "type": "function", "function": function}],
        }

    one, other = ({"messages": [call(text)]} for text in ('{"a": 1, "b": 2}', '{"b":2,"a":1}'))
    assert parts("chat", one).tools == parts("chat", other).tools == ['call c: f {"a": 1, "b": 2}']
    item = {"type": "function_call", "call_id": "c", "name": "f", "arguments": '{"b":2,"a":1}'}
    assert parts("responses", {"input": [item]}).tools == ['call c: f {"a": 1, "b": 2}']


def test_what_no_surface_knows_is_told_by_its_path() -> None:
    found = parts("chat", chat([{"type": "text", "text": "Hi", "cache_control": {"type": "ephemeral"}}], x_team="a"))
    assert found.parameters == {"x_team": "a"}
    assert found.beside == {"messages.0.content.0.cache_control": {"type": "ephemeral"}}


def test_nulls_and_how_an_answer_travels_say_nothing() -> None:
    sent = chat("Hi", stream=True, stream_options={"include_usage": True}, temperature=None)
    assert parts("chat", sent).parameters == {}


def test_what_surfaces_share_has_one_name() -> None:
    of_chat = parts("chat", chat("Hi", max_tokens=5, temperature=1, top_p=0.5, stop="x")).shared()
    config = {"maxOutputTokens": 5, "temperature": 1, "topP": 0.5, "stopSequences": ["x"]}
    of_gemini = parts("gemini", {"contents": [{"parts": [{"text": "Hi"}]}], "generationConfig": config}).shared()
    assert of_chat == of_gemini == {"cap": 5, "temperature": 1, "top_p": 0.5, "stop": ["x"]}


def test_tools_have_their_names_in_common() -> None:
    schema = {"type": "object", "properties": {"name": {"type": "string"}}}
    declared = {"name": "f", "description": "d", "parameters": schema}
    of_chat = parts("chat", chat("Hi", tools=[{"type": "function", "function": declared}]))
    of_gemini = parts("gemini", {"contents": [], "tools": [{"functionDeclarations": [declared]}]})
    of_responses = parts("responses", {"input": "Hi", "tools": [{"type": "function", **declared}]})
    assert of_chat.tool_names() == of_gemini.tool_names() == of_responses.tool_names() == ["f"]


@pytest.mark.parametrize(
    ("name", "bare"), [("system.ai.gpt-5", "gpt-5"), ("databricks-gpt-5", "gpt-5"), ("gpt-5", "gpt-5")]
)
def test_prefixes_of_models(name: str, bare: str) -> None:
    assert documented(name) == bare


def test_a_model_in_the_path() -> None:
    assert model_in(request("gemini", {})) == "system.ai.gemini-3-1-pro"


@pytest.mark.parametrize("body", [b"", b"no JSON", b"[]", b"null", b"\xff"])
def test_what_is_no_object_has_no_parts(body: bytes) -> None:
    assert parts_of(request("chat", body)) is None


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(list(PATHS)), st.dictionaries(st.sampled_from(
    ["messages", "input", "contents", "tools", "model", "generationConfig", "instructions", "systemInstruction", "x"]
), ANYTHING))  # fmt: skip
def test_no_body_breaks_it(surface: str, body: dict[str, Any]) -> None:
    found = parts(surface, body)
    assert found.shared() is not None
    assert found.tool_names() is not None
