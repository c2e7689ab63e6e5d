"""Chat Completions: shapes, usage, caps, streams, tools."""

from typing import Any

import pytest

from conformance.reference.models import MODELS

from .client import Client, events


def test_completion_has_the_documented_shape(client: Client) -> None:
    answer = client.chat("What is a mixture of experts model?", max_tokens=100, temperature=0.1)
    body = answer.json()
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert body["object"] == "chat.completion"
    assert body["model"] == "us.anthropic.claude-sonnet-4-5-20250929-v1:0"
    assert body["id"]
    assert len(str(body["created"])) == 10
    (choice,) = body["choices"]
    assert choice["index"] == 0
    assert choice["finish_reason"] == "stop"
    assert choice["logprobs"] is None
    assert choice["message"].items() >= {"role": "assistant", "refusal": None, "annotations": []}.items()
    assert "mixture of experts" in choice["message"]["content"]


@pytest.mark.parametrize("name", MODELS)
def test_every_model_answers_with_a_sum_that_holds(client: Client, name: str) -> None:
    usage = client.chat("Why is the sky blue?", name, max_tokens=200).json()["usage"]
    assert usage["prompt_tokens"] > 0
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"]
    details = usage.get("completion_tokens_details")
    assert bool(details) == (MODELS[name].efforts != ())
    if details:
        assert bool(details["reasoning_tokens"]) == MODELS[name].reasons
        assert details["reasoning_tokens"] < usage["completion_tokens"]


@pytest.mark.parametrize(
    ("model", "prefix", "calls", "counts"),
    [
        ("claude-sonnet-4-5", "msg_bdrk_", "toolu_bdrk_", {"cache_read_input_tokens", "cache_creation_input_tokens"}),
        ("gpt-5-1", "chatcmpl_", "call_", {"prompt_tokens_details", "completion_tokens_details"}),
        ("llama-4-maverick", "chatcmpl_", "call_", set()),
    ],
)
def test_ids_and_counts_are_the_providers(
    client: Client, model: str, prefix: str, calls: str, counts: set[str]
) -> None:
    body = client.chat("How is the weather?", model, tools=[WEATHER], tool_choice="required").json()
    assert body["id"].startswith(prefix)
    assert body["choices"][0]["message"]["tool_calls"][0]["id"].startswith(calls)
    assert body["usage"].keys() - {"prompt_tokens", "completion_tokens", "total_tokens"} == counts


@pytest.mark.parametrize("name", MODELS)
def test_no_model_is_called_by_its_endpoint(client: Client, name: str) -> None:
    assert not client.chat("hi", name).json()["model"].startswith(("databricks-", "system.ai."))


def test_usage_that_is_asked_for_is_null_until_it_is_told(client: Client) -> None:
    *chunks, last, _ = events(client.chat(stream=True, stream_options={"include_usage": True}))
    assert {chunk["usage"] for chunk in chunks} == {None}
    assert last["usage"]["total_tokens"] > 0


@pytest.mark.parametrize("prefix", ["system.ai.", "databricks-"])
def test_both_names_of_a_model_are_known(client: Client, prefix: str) -> None:
    body = {"model": f"{prefix}claude-sonnet-4-5", "messages": [{"role": "user", "content": "hi"}]}
    for path in ("/ai-gateway/mlflow/v1/chat/completions", "/serving-endpoints/chat/completions"):
        assert client.post(path, body).status_code == 200
    del body["model"]
    assert client.post(f"/serving-endpoints/{prefix}claude-sonnet-4-5/invocations", body).status_code == 200


@pytest.mark.parametrize("model", ["claude-sonnet-4-5", "gemini-3-1-pro", "gpt-5", "llama-4-maverick"])
@pytest.mark.parametrize("cap", [1, 2, 16])
def test_cap_is_kept_and_told(client: Client, model: str, cap: int) -> None:
    body = client.chat("Write a long essay about the sea.", model, max_tokens=cap).json()
    assert body["choices"][0]["finish_reason"] == "length"
    assert body["usage"]["completion_tokens"] == cap


def test_the_same_request_is_answered_alike(client: Client) -> None:
    first, second = (client.chat("Tell me a story.", "gemini-3-1-pro").json() for _ in range(2))
    assert first["choices"] == second["choices"]
    assert first["usage"] == second["usage"]
    assert first["id"] != second["id"]


def test_stream_adds_up_to_the_whole_answer(client: Client) -> None:
    for model in ("llama-4-maverick", "gemini-3-1-pro", "gpt-5"):
        whole = client.chat("Count to 100 — ünïcödé.", model).json()
        *chunks, done = events(client.chat("Count to 100 — ünïcödé.", model, stream=True))
        assert done == "[DONE]"
        assert {(chunk["id"], chunk["object"]) for chunk in chunks} == {(chunks[0]["id"], "chat.completion.chunk")}
        *told, usage = chunks
        assert usage["choices"] == []
        assert usage["usage"] == whole["usage"]
        assert told[0]["choices"][0]["delta"]["role"] == "assistant"
        reasons = [chunk["choices"][0]["finish_reason"] for chunk in told]
        assert set(reasons[:-1]) == {None}
        assert reasons[-1] == whole["choices"][0]["finish_reason"]
        assert _put_together(told) == _content(whole)


def _content(whole: dict[str, Any]) -> tuple[str, str | None, str]:
    content = whole["choices"][0]["message"]["content"]
    if isinstance(content, str):
        return "", None, content
    reasoning, text = content
    summary = reasoning["summary"][0]
    return summary["text"], summary["signature"], text["text"]


def _put_together(chunks: list[Any]) -> tuple[str, str | None, str]:
    """Reasoning, its signature and text out of the deltas of a stream."""
    reasoning, signature, text = "", None, ""
    for chunk in chunks:
        delta = chunk["choices"][0]["delta"].get("content") or ""
        if isinstance(delta, str):
            text += delta
        else:
            reasoning += delta[0]["summary"][0]["text"]
            signature = delta[0]["summary"][0].get("signature") or signature
    return reasoning, signature, text


WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "Tells the weather",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}


def test_function_is_called_and_its_output_read(client: Client) -> None:
    asked = {"role": "user", "content": "How is the weather in Bern?"}
    choice = client.chat(messages=[asked], tools=[WEATHER]).json()["choices"][0]
    assert choice["finish_reason"] == "tool_calls"
    (call,) = choice["message"]["tool_calls"]
    assert call["function"] == {"name": "get_weather", "arguments": '{"city":"reference"}'}
    output = {"role": "tool", "tool_call_id": call["id"], "content": "sunny"}
    second = client.chat(messages=[asked, choice["message"], output], tools=[WEATHER]).json()["choices"][0]
    assert "sunny" in second["message"]["content"]
    streamed = events(client.chat(messages=[asked], tools=[WEATHER], stream=True))
    deltas = [chunk["choices"][0]["delta"] for chunk in streamed[:-1] if chunk["choices"]]
    arguments = [d["tool_calls"][0]["function"]["arguments"] for d in deltas if "tool_calls" in d]
    assert "".join(arguments) == call["function"]["arguments"]


def test_stop_text_ends_the_answer(client: Client) -> None:
    choice = client.chat("One two three", stop="two").json()["choices"][0]
    assert choice["finish_reason"] == "stop"
    assert choice["message"]["content"].endswith("One ")


def test_json_is_answered_where_it_is_asked_for(client: Client) -> None:
    schema = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
    wanted = {"type": "json_schema", "json_schema": {"name": "number", "schema": schema}}
    assert client.chat(response_format=wanted).json()["choices"][0]["message"]["content"] == '{"n": 1}'


@pytest.mark.parametrize(
    ("more", "named"),
    [
        ({"x_probe": 1}, "x_probe"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"max_tokens": "16"}, "max_tokens"),
        ({"max_tokens": True}, "max_tokens"),
        ({"temperature": 2.1}, "temperature"),
        ({"stream": "yes"}, "stream"),
        ({"messages": []}, "messages"),
        ({"messages": None}, "messages"),
        ({"messages": [{"role": "system", "content": "alone"}]}, "messages"),
        ({"messages": [{"role": "robot", "content": "hi"}]}, "messages[0].role"),
        ({"messages": [{"role": "user"}]}, "messages[0].content"),
        ({"messages": [{"role": "user", "content": "hi", "x_probe": 1}]}, "x_probe"),
        ({"messages": [{"role": "user", "content": [{"type": "input_audio"}]}]}, "input_audio"),
        ({"tools": [{"type": "custom", "custom": {"name": "code"}}]}, "custom"),
        ({"tools": [WEATHER], "tool_choice": {"type": "function", "function": {"name": "other"}}}, "tool_choice"),
    ],
)
def test_mistakes_are_refused_and_named(client: Client, more: dict[str, Any], named: str) -> None:
    answer = client.chat(**more)
    assert answer.status_code == 400
    assert named in answer.json()["message"]


def test_nulls_of_known_fields_count_as_absent(client: Client) -> None:
    nulls: dict[str, Any] = dict.fromkeys(
        ("max_tokens", "temperature", "stream", "tools", "thinking", "reasoning_effort", "stop")
    )
    message = {"role": "assistant", "content": "hi", **dict.fromkeys(("refusal", "audio", "tool_calls", "annotations"))}
    asked = {"role": "user", "content": "hi"}
    assert client.chat(messages=[asked, message, asked], **nulls).status_code == 200
