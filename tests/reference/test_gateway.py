"""What holds on every surface: credentials, error envelopes, unknown paths, mistakes of clients, framing."""

import json
from base64 import b64encode
from copy import deepcopy
from typing import Any

import httpx2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conformance import __version__
from conformance.reference.server import running

from .client import TOKEN, Client, data_uri, events, image

CHAT = "/ai-gateway/mlflow/v1/chat/completions"
RESPONSES = "/ai-gateway/mlflow/v1/responses"
GEMINI = "/ai-gateway/gemini/v1beta/models/system.ai.gemini-3-1-pro:generateContent"
VALID: dict[str, dict[str, Any]] = {
    CHAT: {
        "model": "system.ai.gemini-3-1-pro",
        "max_tokens": 100,
        "temperature": 0.5,
        "stream": False,
        "stop": ["x"],
        "reasoning_effort": "low",
        "tools": [{"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}],
        "tool_choice": "auto",
        "response_format": {"type": "json_schema", "json_schema": {"schema": {"type": "object"}}},
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": [{"type": "text", "text": "hi"}, image()]},
            {
                "role": "assistant",
                "content": [{"type": "reasoning", "summary": [{"text": "t", "signature": "s"}]}],
                "tool_calls": [{"id": "1", "type": "function", "function": {"name": "f", "arguments": "{}"}}],
            },
            {"role": "tool", "tool_call_id": "1", "content": "42"},
            {
                "role": "user",
                "content": [{"type": "video_url", "video_url": {"url": data_uri("clip.mp4", "video/mp4")}}],
            },
        ],
    },
    RESPONSES: {
        "model": "system.ai.gpt-5",
        "instructions": "Be brief.",
        "max_output_tokens": 100,
        "reasoning": {"effort": "low", "summary": "auto"},
        "text": {"format": {"type": "json_schema", "schema": {"type": "object"}}},
        "tools": [{"type": "custom", "name": "f"}, {"type": "mcp", "server_label": "a", "server_url": "b"}],
        "tool_choice": {"type": "custom", "name": "f"},
        "input": [
            {"role": "user", "content": [{"type": "input_text", "text": "hi"}]},
            {"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": "t"}]},
            {"type": "function_call", "call_id": "1", "name": "f", "arguments": "{}"},
            {"type": "function_call_output", "call_id": "1", "output": "42"},
        ],
    },
    GEMINI: {
        "systemInstruction": {"parts": [{"text": "Be brief."}]},
        "contents": [
            {"role": "user", "parts": [{"text": "hi"}, {"inlineData": {"mimeType": "image/png", "data": ""}}]},
            {"role": "model", "parts": [{"text": "t", "thought": True}]},
        ],
        "generationConfig": {
            "maxOutputTokens": 100,
            "stopSequences": ["x"],
            "thinkingConfig": {"thinkingBudget": 10, "includeThoughts": True},
            "responseMimeType": "application/json",
            "responseSchema": {"type": "object"},
        },
    },
}
SURFACES = list(VALID)


def _basic(user: str, password: str) -> str:
    return "Basic " + b64encode(f"{user}:{password}".encode()).decode()


@pytest.mark.parametrize("path", SURFACES)
@pytest.mark.parametrize(
    ("headers", "let_in"),
    [
        ({"authorization": f"Bearer {TOKEN}"}, True),
        ({"authorization": f"bearer {TOKEN}"}, True),
        ({"authorization": _basic("token", TOKEN)}, True),
        ({"authorization": f"Bearer {TOKEN}", "x-goog-api-key": "databricks"}, True),
        ({}, False),
        ({"x-goog-api-key": TOKEN}, False),
        ({"authorization": "Bearer wrong"}, False),
        ({"authorization": "Bearer"}, False),
        ({"authorization": _basic("token", "wrong")}, False),
        ({"authorization": _basic("someone", TOKEN)}, False),
        ({"authorization": _basic("token", "")}, False),
        ({"authorization": "Basic ???"}, False),
        ({"authorization": f"Digest {TOKEN}"}, False),
    ],
)
def test_credentials(client: Client, path: str, headers: dict[str, str], let_in: bool) -> None:
    answer = httpx2.post(client.url + path, json={}, headers=headers, trust_env=False)
    assert answer.status_code == (400 if let_in else 401)  # an empty request is wrong, once it was let in
    assert TOKEN not in answer.text
    assert answer.json()


def test_the_first_token_presented_becomes_the_right_one() -> None:
    with running() as url, Client(url) as client:
        assert httpx2.post(url + CHAT, json={}, trust_env=False).status_code == 401
        assert client.chat().status_code == 200
        other = {"authorization": "Bearer other"}
        assert httpx2.post(url + CHAT, json={}, headers=other, trust_env=False).status_code == 401
        assert client.chat(fault="chat-id-null").status_code == 200
        prefixed = f"{url}/faults/chat-id-null{CHAT}"
        assert httpx2.post(prefixed, json={}, headers=other, trust_env=False).status_code == 401


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("POST", "/", 404, "ENDPOINT_NOT_FOUND"),
        ("POST", "/ai-gateway/mlflow/v1/embeddings", 404, "ENDPOINT_NOT_FOUND"),
        ("POST", f"{CHAT}/", 404, "ENDPOINT_NOT_FOUND"),
        ("GET", CHAT, 405, "METHOD_NOT_ALLOWED"),
        ("POST", "/faults/no-such-fault" + CHAT, 404, "ENDPOINT_NOT_FOUND"),
        ("GET", "/ai-gateway/mlflow/v1/models", 404, "ENDPOINT_NOT_FOUND"),
        ("GET", "/.well-known/databricks-config", 404, "ENDPOINT_NOT_FOUND"),
    ],
)
def test_unknown_paths(client: Client, method: str, path: str, status: int, code: str) -> None:
    answer = client.http.request(method, path)
    assert answer.status_code == status
    assert answer.json()["error_code"] == code


def test_models_are_listed_where_the_policy_says_so(client: Client) -> None:
    listed = client.http.get("/variants/v1-too/ai-gateway/mlflow/v1/models").json()
    assert "system.ai.claude-sonnet-4-5" in [model["id"] for model in listed["data"]]


@pytest.mark.parametrize("path", SURFACES)
@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", b'"text"', b"\xff\xfe", b'{"model": NaN}', b"[" * 100_000, b"9" * 10_000, b"{}"],
)
def test_malformed_bodies_are_the_clients_mistake(client: Client, path: str, body: bytes) -> None:
    answer = client.http.post(path, content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()


def test_foreign_content_types_are_refused(client: Client) -> None:
    for media_type in ("text/plain", "application/x-www-form-urlencoded"):
        answer = client.http.post(CHAT, content=b"{}", headers={"content-type": media_type})
        assert answer.status_code == 415
    with_charset = {"content-type": "application/json; charset=utf-8"}
    assert client.http.post(CHAT, content=b"{}", headers=with_charset).status_code == 400


def test_too_large_body_is_read_to_its_end_and_refused(client: Client) -> None:
    def pieces() -> Any:
        for _ in range(33):
            yield b" " * 2**20

    answer = client.http.post(CHAT, content=pieces(), headers={"content-type": "application/json"})
    assert answer.status_code == 413
    assert answer.json()["error_code"] == "REQUEST_TOO_LARGE"


def test_unknown_model(client: Client) -> None:
    for answer in (client.chat(model="does-not-exist"), client.respond(model="does-not-exist")):
        assert answer.status_code == 404
        assert answer.json()["error_code"] == "RESOURCE_DOES_NOT_EXIST"
    assert client.generate(model="does-not-exist").json()["error"]["status"] == "NOT_FOUND"


def test_every_answer_says_what_sent_it(client: Client) -> None:
    for answer in (client.chat(), client.chat(stream=True), client.http.get("/"), client.chat(model="none")):
        assert answer.headers.get_list("server") == [f"gateway-conformance-reference/{__version__}"]
        assert answer.headers["date"]


def test_envelopes_are_the_policys_choice(client: Client) -> None:
    assert client.chat(x=1).json().keys() == {"error_code", "message"}
    error = client.chat(x=1, variant="openai-envelope").json()["error"]
    assert error.keys() == {"message", "type", "param", "code"}
    assert error["param"] == "x"


def test_framing_is_the_policys_choice(client: Client) -> None:
    plain, other = client.chat("— ünï —", stream=True), client.chat("— ünï —", stream=True, variant="crlf-split")
    assert b"\r" not in plain.content
    assert other.content.startswith(b": keep-alive\r\n\r\ndata:{")
    assert [c["choices"] for c in events(plain)[:-2]] == [c["choices"] for c in events(other)]


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
_strange = st.one_of(
    _json,
    st.sampled_from(
        [
            "",
            "\ud800",
            "data:",
            "data:image/png;base64,AAAA",
            "https://x",
            "\x00",
            1e999,
            -1,
            0,
            10**30,
            [],
            {},
            [[]],
            [{}],
        ]
    ),
)


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, member in inner for place in _places(member, (*path, key)))]


@settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@pytest.mark.parametrize("path", SURFACES)
@given(data=st.data())
def test_nothing_that_a_client_sends_is_a_servers_error(client: Client, path: str, data: st.DataObject) -> None:
    """Any value in any place of a request, or a place gone: an answer, or a refusal with a message in JSON."""
    body: Any = json.loads(json.dumps(VALID[path]))
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.sampled_from(_places(body)))
        if not place:
            body = deepcopy(data.draw(_strange))  # what strategies hold must not change
            break
        holder = body
        for key in place[:-1]:
            holder = holder[key]
        if data.draw(st.booleans()) and isinstance(holder, dict):
            del holder[place[-1]]
        else:
            holder[place[-1]] = deepcopy(data.draw(_strange))
    text = json.dumps(body).replace("Infinity", "1e999").replace("NaN", "0")
    answer = client.http.post(path, content=text, headers={"content-type": "application/json"})
    assert answer.status_code < 500, answer.text
    if answer.status_code >= 400:
        told = answer.json()
        assert told.get("message") or told["error"]["message"]
