"""The Responses API: shapes, unsupported parameters, tools, input items, streams."""

import json
from typing import Any

import pytest

from .client import Client, data_uri, events

UNSUPPORTED: dict[str, Any] = {
    "background": True,
    "store": True,
    "previous_response_id": "resp_abc123",
    "service_tier": "auto",
}
LISTED: dict[str, dict[str, Any]] = {
    "function": {"name": "add", "parameters": {"type": "object", "properties": {}}},
    "custom": {"name": "code_exec"},
    "apply_patch": {},
    "shell": {},
    "image_generation": {},
    "mcp": {"server_label": "docs", "server_url": "https://example.com/mcp"},
    "web_search": {},
}


def _item(answer: Any, kind: str) -> dict[str, Any]:
    (item,) = (item for item in answer.json()["output"] if item["type"] == kind)
    assert isinstance(item, dict)
    return item


@pytest.mark.parametrize(
    "asked", ["Say hello.", [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "hi"}]]
)
def test_response_has_the_documented_shape(client: Client, asked: Any) -> None:
    body = client.respond(asked, max_output_tokens=256, temperature=0.1).json()
    assert body["id"].startswith("resp_")
    assert (body["object"], body["status"], body["model"]) == ("response", "completed", "gpt-5-2025-08-07")
    reasoning, message = body["output"]
    assert reasoning["type"] == "reasoning"
    assert (message["type"], message["role"]) == ("message", "assistant")
    assert message["content"][0]["text"]
    usage = body["usage"]
    assert usage["total_tokens"] == usage["input_tokens"] + usage["output_tokens"]
    assert 0 < usage["output_tokens_details"]["reasoning_tokens"] < usage["output_tokens"]


SETTINGS = {
    "temperature": 0.5,
    "top_p": 0.9,
    "max_output_tokens": 64,
    "truncation": "auto",
    "instructions": "Be brief.",
}


def test_settings_are_echoed_and_the_others_told(client: Client) -> None:
    tool = {"type": "function", "name": "add"}
    body = client.respond(**SETTINGS, reasoning={"effort": "low"}, tools=[tool], text={"verbosity": "low"}).json()
    assert SETTINGS.items() <= body.items()
    assert body["reasoning"] == {"effort": "low", "summary": None}
    assert body["text"] == {"format": {"type": "text"}, "verbosity": "low"}
    assert body["tools"] == [{**tool, "description": None, "parameters": None, "strict": True}]
    plain = client.respond().json()
    told = {"background": False, "store": False, "previous_response_id": None, "service_tier": "default", "error": None}
    assert told.items() <= plain.items()
    assert plain["reasoning"] == {"effort": "medium", "summary": None}
    assert plain["completed_at"] >= plain["created_at"]
    assert client.respond("Write a long essay.", max_output_tokens=16).json()["completed_at"] is None


def test_sealed_reasoning_comes_where_it_is_asked_for_and_may_go_back(client: Client) -> None:
    answer = client.respond("hi", include=["reasoning.encrypted_content"])
    assert _item(answer, "reasoning")["encrypted_content"]
    assert "encrypted_content" not in _item(client.respond("hi"), "reasoning")
    turns = [{"role": "user", "content": "hi"}, *answer.json()["output"], {"role": "user", "content": "again"}]
    assert client.respond(turns).status_code == 200


def test_deltas_say_where_they_belong_and_hide_their_length(client: Client) -> None:
    told = events(client.respond("Write a long essay.", stream=True))
    deltas = [event for event in told if event["type"] == "response.output_text.delta"]
    assert {(event["output_index"], event["content_index"]) for event in deltas} == {(1, 0)}
    assert all(event["obfuscation"] and event["logprobs"] == [] for event in deltas)


@pytest.mark.parametrize("path", ["/ai-gateway/mlflow/v1/responses", "/serving-endpoints/responses"])
@pytest.mark.parametrize("stream", [False, True])
def test_unsupported_parameters_are_refused_by_name(client: Client, path: str, stream: bool) -> None:
    body = {"model": "databricks-gpt-5", "input": "hi", "stream": stream}
    assert client.post(path, body).status_code == 200
    for name, value in UNSUPPORTED.items():
        for given in (value, None, False, ""):
            answer = client.post(path, body | {name: given})
            assert answer.status_code == 400
            assert name in answer.json()["message"]


def test_no_op_values_may_be_accepted(client: Client) -> None:
    for name, value in UNSUPPORTED.items():
        no_op: dict[str, Any] = {name: None}
        assert client.respond(variant="no-op-values", **no_op).status_code == 200
        assert client.respond(variant="no-op-values", **{name: value}).status_code == 400


@pytest.mark.parametrize(
    ("method", "path"), [("GET", ""), ("DELETE", ""), ("POST", "/cancel"), ("GET", "/input_items")]
)
def test_nothing_is_stored(client: Client, method: str, path: str) -> None:
    answer = client.http.request(method, f"/ai-gateway/mlflow/v1/responses/resp_x{path}")
    assert answer.status_code == 404
    assert answer.json()["error_code"] == "RESOURCE_DOES_NOT_EXIST"


@pytest.mark.parametrize("kind", LISTED)
def test_listed_tools_are_accepted(client: Client, kind: str) -> None:
    assert client.respond(tools=[{"type": kind, **LISTED[kind]}]).status_code == 200


@pytest.mark.parametrize("kind", ["file_search", "code_interpreter", "computer_use_preview", "local_shell", "bogus"])
def test_unlisted_tools_are_refused(client: Client, kind: str) -> None:
    answer = client.respond(tools=[{"type": kind}])
    assert answer.status_code == 400
    assert kind in answer.json()["message"]


@pytest.mark.parametrize("model", ["gpt-5", "gpt-5-1", "gpt-5-2", "gpt-5-4", "gpt-5-5", "gpt-5-5-pro"])
def test_custom_tool_gets_a_string(client: Client, model: str) -> None:
    tool = {"type": "custom", "name": "code_exec", "description": "Executes Python code."}
    choice = {"type": "custom", "name": "code_exec"}
    item = _item(
        client.respond("Write a Python function.", model, tools=[tool], tool_choice=choice), "custom_tool_call"
    )
    assert item["name"] == "code_exec"
    assert isinstance(item["input"], str)


def test_other_tools_get_structures(client: Client) -> None:
    patch = client.respond("Add validation to main.py.", tools=[{"type": "apply_patch"}])
    assert _item(patch, "apply_patch_call")["operation"]["path"] == "main.py"
    shell = client.respond("List the files.", tools=[{"type": "shell"}])
    assert _item(shell, "shell_call")["action"]["commands"]
    function = {"type": "function", "name": "add", "parameters": {"type": "object", "required": ["n"]}}
    call = _item(client.respond(tools=[function], tool_choice="required"), "function_call")
    assert json.loads(call["arguments"]).keys() == {"n"}


def test_images_are_seen(client: Client) -> None:
    part = {"type": "input_image", "image_url": data_uri("blue-64.png", "image/png")}
    content = [{"type": "input_text", "text": "Which colour?"}, part]
    answer = client.respond([{"role": "user", "content": content}])
    assert "blue" in _item(answer, "message")["content"][0]["text"]


@pytest.mark.parametrize("model", ["claude-sonnet-4-5", "gemini-3-1-pro", "llama-4-maverick", "gpt-oss-120b"])
def test_other_families_are_refused(client: Client, model: str) -> None:
    assert client.respond(model=model).status_code == 400


def test_output_items_come_back_as_input(client: Client) -> None:
    asked = {"role": "user", "content": "hi"}
    output = client.respond([asked]).json()["output"]
    assert client.respond([asked, *output, asked]).status_code == 200
    for length, status in ((64, 200), (65, 400)):
        named = [{**output[1], "id": "m" * length}]
        assert client.respond([asked, *named, asked]).status_code == status
    tool = {"type": "custom", "name": "code_exec"}
    called = client.respond([asked], tools=[tool], tool_choice="required").json()["output"]
    returned = {"type": "custom_tool_call_output", "call_id": called[-1]["call_id"], "output": "42"}
    again = client.respond([asked, *called, returned], tools=[tool])
    assert "42" in _item(again, "message")["content"][0]["text"]


def test_cap_makes_it_incomplete(client: Client) -> None:
    body = client.respond("Write a long essay.", max_output_tokens=16).json()
    assert body["status"] == "incomplete"
    assert body["incomplete_details"] == {"reason": "max_output_tokens"}
    assert body["usage"]["output_tokens"] == 16


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"reasoning": {"effort": "high", "summary": "auto"}},
        {"max_output_tokens": 16, "asked": "Write a long essay."},
        {"tools": [{"type": "custom", "name": "code"}], "tool_choice": "required"},
        {"tools": [{"type": "shell"}], "tool_choice": "required"},
    ],
)
def test_stream_closes_with_what_was_streamed(client: Client, more: dict[str, Any]) -> None:
    told = events(client.respond(**more, stream=True))
    assert [event["sequence_number"] for event in told] == list(range(len(told)))
    assert told[0]["type"] == "response.created"
    whole = told[-1]["response"]
    assert told[-1]["type"] == f"response.{whole['status']}"
    done = [event["item"] for event in told if event["type"] == "response.output_item.done"]
    assert done == whole["output"]
    texts: dict[str, str] = {}
    for event in told:
        kind, _, step = event["type"].rpartition(".")
        if step == "delta":
            texts[kind] = texts.get(kind, "") + event["delta"]
        elif step == "done" and kind in texts:
            assert texts.pop(kind) in event.values()
    assert not texts
    same = client.respond(**more).json()
    assert [item["type"] for item in same["output"]] == [item["type"] for item in whole["output"]]
    assert same["usage"] == whole["usage"]


@pytest.mark.parametrize(
    ("more", "named"),
    [
        ({"asked": None}, "input"),
        ({"asked": []}, "input"),
        ({"asked": [{"role": "user", "content": [{"type": "input_audio"}]}]}, "input_audio"),
        ({"asked": [{"type": "item_reference", "id": "msg_1"}]}, "input[0].type"),
        ({"x_probe": 1}, "x_probe"),
        ({"max_output_tokens": 0}, "max_output_tokens"),
        ({"reasoning": {"effort": "none"}}, "reasoning_effort"),
        ({"tools": [{"type": "function"}]}, "tools[0].name"),
    ],
)
def test_mistakes_are_refused_and_named(client: Client, more: dict[str, Any], named: str) -> None:
    answer = client.respond(**more)
    assert answer.status_code == 400
    assert named in answer.json()["message"]
