"""A model that says what a script says, on all three surfaces, whole and streamed; and one that stops calling tools."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import httpx2
import openai
import pytest

from conformance.reference.policy import DOCUMENTED, Policy
from conformance.reference.script import Script
from conformance.reference.server import running

from .client import TOKEN, Client, events
from .test_chat import WEATHER

BERN, GENEVA = ({"tool": "get_weather", "arguments": {"city": city}} for city in ("Bern", "Genève"))
FUNCTION: dict[str, Any] = WEATHER["function"]  # type: ignore[assignment]
TOOLS: Any = [WEATHER]
STOPS = replace(DOCUMENTED, stops_calling=True)

Calls = list[tuple[str, Any]]
Said = tuple[str, Calls, str]
"""What the model said: its text, its calls by name and arguments, and why it ended."""


@contextmanager
def scripted(*entries: Any, policy: Policy = DOCUMENTED) -> Iterator[Client]:
    with running(policy, token=TOKEN, script=Script(list(entries))) as url, Client(url) as client:
        yield client


def chat(client: Client, *, stream: bool = False, **more: Any) -> Said:
    answer = client.chat("Say hello.", "gpt-5", **{"tools": [WEATHER], "stream": stream, **more})
    assert answer.status_code == 200, answer.text
    if not stream:
        [choice] = answer.json()["choices"]
        message = choice["message"]
        return message["content"] or "", _calls(message.get("tool_calls", ())), choice["finish_reason"]
    text, calls, reason = "", dict[int, Any](), ""
    for chunk in events(answer)[:-1]:
        for choice in chunk["choices"]:
            text += choice["delta"].get("content") or ""
            reason = choice["finish_reason"] or reason
            for piece in choice["delta"].get("tool_calls", ()):
                if "id" in piece:
                    calls[piece["index"]] = piece
                else:
                    calls[piece["index"]]["function"]["arguments"] += piece["function"]["arguments"]
    assert list(calls) == list(range(len(calls)))
    return text, _calls(calls.values()), reason


def _calls(made: Any) -> Calls:
    assert len({call["id"] for call in made}) == len(made)
    return [(call["function"]["name"], json.loads(call["function"]["arguments"])) for call in made]


def respond(client: Client, *, stream: bool = False) -> Said:
    tool = {"type": "function", **FUNCTION}
    answer = client.respond(tools=[tool], stream=stream)
    assert answer.status_code == 200, answer.text
    if stream:
        told = events(answer)
        body = told[-1]["response"]
        done = [one["item"] for one in told if one["type"] == "response.output_item.done"]
        assert done == body["output"]
        arguments = "".join(one["delta"] for one in told if one["type"] == "response.function_call_arguments.delta")
    else:
        body = answer.json()
    calls = [item for item in body["output"] if item["type"] == "function_call"]
    if stream:
        assert arguments == "".join(call["arguments"] for call in calls)
    assert len({call["call_id"] for call in calls}) == len(calls)
    texts = [part["text"] for item in body["output"] if item["type"] == "message" for part in item["content"]]
    made = [(call["name"], json.loads(call["arguments"])) for call in calls]
    return "".join(texts), made, "tool_calls" if calls else "stop"


def generate(client: Client, *, stream: bool = False) -> Said:
    action = "streamGenerateContent?alt=sse" if stream else "generateContent"
    answer = client.generate(action=action, tools=[{"functionDeclarations": [FUNCTION]}])
    assert answer.status_code == 200, answer.text
    candidates = [body["candidates"][0] for body in (events(answer) if stream else [answer.json()])]
    parts = [part for candidate in candidates for part in candidate["content"]["parts"]]
    calls = [part["functionCall"] for part in parts if "functionCall" in part]
    assert len({call["id"] for call in calls}) == len(calls)
    assert sum("thoughtSignature" in part for part in parts) == 1, "the first of several calls is signed"
    assert not calls or "thoughtSignature" in parts[0]
    assert candidates[-1]["finishReason"] == "STOP"
    text = "".join(part.get("text", "") for part in parts)
    return text, [(call["name"], call["args"]) for call in calls], "tool_calls" if calls else "stop"


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("ask", [chat, respond, generate])
def test_the_model_says_what_stands_in_the_script_and_then_calls_no_tool(
    ask: Callable[..., Said], stream: bool
) -> None:
    bern, geneva = ((call["tool"], call["arguments"]) for call in (BERN, GENEVA))
    with scripted(BERN, [BERN, GENEVA, {"tool": "not_offered"}], "It is 12 °C.") as client:
        assert ask(client, stream=stream) == ("", [bern], "tool_calls")
        assert ask(client, stream=stream) == ("", [bern, geneva, ("not_offered", {})], "tool_calls")
        assert ask(client, stream=stream) == ("It is 12 °C.", [], "stop")
        assert ask(client, stream=stream) == ("I read: “Say hello.”.", [], "stop")


def test_a_script_that_is_used_up_calls_nothing_even_where_a_call_is_required() -> None:
    with scripted() as client:
        assert chat(client, tool_choice="required")[1:] == ([], "stop")


def test_whatever_reaches_the_model_takes_the_next_entry_and_what_is_refused_takes_none() -> None:
    with scripted("one", "two", "three") as client:
        assert client.chat(max_tokens=0).status_code == 400
        assert client.http.get("/ai-gateway/mlflow/v1/responses/resp_1").status_code == 404
        assert chat(client)[0] == "one"
        assert respond(client)[0] == "two"
        assert client.chat(fault="chat-id-null").json()["choices"][0]["message"]["content"] == "three"


def test_a_text_keeps_cap_and_stop_and_so_does_a_call() -> None:
    with scripted("one two three four", "one two three", BERN) as client:
        assert client.chat(max_tokens=2).json()["choices"][0]["finish_reason"] == "length"
        assert client.chat(stop="two").json()["choices"][0]["message"]["content"] == "one "
        choice = client.chat(max_tokens=1, tools=[WEATHER]).json()["choices"][0]
        assert choice["finish_reason"] == "length"
        assert "tool_calls" not in choice["message"]


def test_output_tokens_are_those_of_all_calls() -> None:
    with scripted(BERN, [BERN, BERN]) as client:
        one, two = (client.chat(tools=[WEATHER]).json()["usage"]["completion_tokens"] for _ in range(2))
        assert two == 2 * one > 0


def test_tools_that_are_no_functions_are_called_in_the_structure_of_their_type() -> None:
    entry = [
        {"tool": "code", "arguments": {"input": "print(1)\n"}},
        {"tool": "shell", "arguments": {"commands": ["ls"]}},
        {"tool": "apply_patch", "arguments": {"type": "delete_file", "path": "a.py"}},
        {"tool": "mcp", "arguments": {}},
    ]
    mcp = {"type": "mcp", "server_label": "docs", "server_url": "https://example.com/mcp"}
    tools = [{"type": "custom", "name": "code"}, {"type": "shell"}, {"type": "apply_patch"}, mcp]
    with scripted(entry) as client:
        code, shell, patch, function = client.respond(tools=tools).json()["output"][1:]
    assert (code["type"], code["input"]) == ("custom_tool_call", "print(1)\n")
    assert (shell["type"], shell["action"]) == ("shell_call", {"commands": ["ls"]})
    assert (patch["type"], patch["operation"]) == ("apply_patch_call", {"type": "delete_file", "path": "a.py"})
    assert (function["type"], function["name"]) == ("function_call", "mcp")


def test_an_agent_of_a_real_client_comes_to_its_end() -> None:
    """It runs tools until the model has none to call, as agents do."""
    with scripted([BERN, GENEVA], BERN, "Both are cold.") as gateway:
        http = openai.DefaultHttpxClient(trust_env=False)
        client = openai.OpenAI(api_key=TOKEN, base_url=f"{gateway.url}/ai-gateway/mlflow/v1", http_client=http)
        messages: list[Any] = [{"role": "user", "content": "How is the weather in Bern and Geneva?"}]
        asked = list[str]()
        while True:
            answer = client.chat.completions.create(model="system.ai.gpt-5", messages=messages, tools=TOOLS)
            message = answer.choices[0].message
            messages.append(message)
            if not message.tool_calls:
                break
            for call in message.tool_calls:
                assert call.type == "function"
                asked.append(json.loads(call.function.arguments)["city"])
                messages.append({"role": "tool", "tool_call_id": call.id, "content": "cold"})
        http.close()
    assert asked == ["Bern", "Genève", "Bern"]
    assert message.content == "Both are cold."


@pytest.mark.parametrize(
    ("entries", "says"),
    [
        ({"tool": "a"}, "a script is a list, not {'tool': 'a'}; each entry is a text, a call"),
        (["fine", 7], 'entry 2 of the script must be a text, a call {"tool": NAME, "arguments": {…}}, or a list'),
        ([None], "entry 1 of the script must be a text"),
        ([[]], "entry 1 of the script must be a text"),
        ([{"name": "a"}], "entry 1 of the script must be a text"),
        ([{"tool": ""}], "entry 1 of the script must be a text"),
        ([{"tool": "a", "args": {}}], "entry 1 of the script must be a text"),
        (["fine", {"tool": "a", "arguments": "{}"}], "entry 2 of the script: arguments must be a JSON object, not '{}'"),
        ([{"tool": "a", "arguments": {"n": float("nan")}}], "entry 1 of the script: arguments must be a JSON object"),
        ([{"tool": "a", "arguments": {"n": {1, 2}}}], "entry 1 of the script: arguments must be a JSON object"),
        ([[BERN, "text"]], "call 2 in entry 1 of the script must be a call {\"tool\": NAME, \"arguments\": {…}}, not 'text'"),
        ([{"a\n": 0, "b": "long " * 100}], "not {'a\\n': 0, 'b': 'long "),
    ],
)  # fmt: skip
def test_what_is_no_script_is_told_in_one_line(entries: Any, says: str) -> None:
    with pytest.raises(ValueError) as told:  # noqa: PT011  # the text is compared below, with its brackets
        Script(entries)
    assert says in str(told.value)
    assert len(str(told.value)) < 250
    assert "\n" not in str(told.value)


def after_the_tool(client: Client, surface: str) -> httpx2.Response:
    """What comes after a tool's output, to a request that requires a call."""
    if surface == "chat":
        call = {"id": "call_1", "type": "function", "function": {"name": "get_weather", "arguments": "{}"}}
        turns = [
            {"role": "user", "content": "How is the weather?"},
            {"role": "assistant", "tool_calls": [call]},
            {"role": "tool", "tool_call_id": "call_1", "content": "sunny"},
        ]
        choice = {"type": "function", "function": {"name": "get_weather"}}
        return client.chat(messages=turns, tools=[WEATHER], tool_choice=choice)
    if surface == "responses":
        items = [
            {"role": "user", "content": "How is the weather?"},
            {"type": "function_call", "call_id": "call_1", "name": "get_weather", "arguments": "{}"},
            {"type": "function_call_output", "call_id": "call_1", "output": "sunny"},
        ]
        return client.respond(items, tools=[{"type": "function", **FUNCTION}], tool_choice="required")
    part = {"functionResponse": {"name": "get_weather", "response": {"weather": "sunny"}}}
    mode = {"functionCallingConfig": {"mode": "ANY"}}
    return client.generate(part, tools=[{"functionDeclarations": [FUNCTION]}], toolConfig=mode)


@pytest.mark.parametrize("surface", ["chat", "responses", "gemini"])
def test_a_model_that_stops_calling_reads_what_a_tool_returned(client: Client, surface: str) -> None:
    documented = after_the_tool(client, surface).text
    assert "The tool returned" not in documented, "a call that is required is made"
    with running(STOPS, token=TOKEN) as url, Client(url) as stopping:
        answer = after_the_tool(stopping, surface)
        assert answer.status_code == 200, answer.text
        assert "The tool returned: “" in answer.text
        assert "sunny" in answer.text
        required = stopping.chat(tools=[WEATHER], tool_choice="required").json()["choices"][0]
        assert required["finish_reason"] == "tool_calls", "the user spoke last"


def test_a_script_may_call_a_tool_after_a_tool() -> None:
    with scripted(BERN, policy=STOPS) as client:
        assert after_the_tool(client, "chat").json()["choices"][0]["finish_reason"] == "tool_calls"
        assert after_the_tool(client, "chat").json()["choices"][0]["finish_reason"] == "stop"
