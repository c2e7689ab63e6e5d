"""Each variant does what it says, seen from outside, and none is reported as broken: alone or with others at once."""

import os
from base64 import b64encode
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import httpx2
import pytest
from hypothesis import HealthCheck, Phase, assume, example, given, settings
from hypothesis import strategies as st

import conformance
from conformance import media
from conformance.prove.judging import CaseFilter, judge_gateway
from conformance.reference.policy import DOCUMENTED
from conformance.reference.server import TOKEN_VARIABLE, running
from conformance.reference.variant import Variant, together
from conformance.reference.variants import VARIANTS
from conformance.reference.variants.declared import MIXED
from conformance.runs.inprocess import collect

from .client import TOKEN, Client, data_uri, events, image

See = Callable[[Client], Any]
"""What is seen of a gateway."""

ESSAY = "Write a long essay."
THINKING: dict[str, Any] = {"thinking": {"type": "enabled", "budget_tokens": 1024}, "max_tokens": 2048}
CONTENT = ("choices", 0, "message", "content")
STREAM = "streamGenerateContent?alt=sse"
GEMINI = "gemini-3-1-pro"
TIDE = {"type": "function", "function": {"name": "tide", "parameters": {"type": "object", "properties": {}}}}
TIDE_CALLED = {"type": "function_call", "call_id": "call_1", "name": "tide", "arguments": "{}"}
CALL = ("choices", 0, "message", "tool_calls", 0)
CHAT = "/ai-gateway/mlflow/v1/chat/completions"
SERVICES = "/api/2.1/unity-catalog/model-services?parent=schemas/system.ai&view=FULL"
RESPONSES, SERVING = "/ai-gateway/mlflow/v1/responses", "/serving-endpoints/responses"


def at(response: httpx2.Response, *path: str | int) -> Any:
    """What a JSON answer holds at a path; None if there is nothing."""
    value = response.json()
    for step in path:
        try:
            value = value[step]
        except (KeyError, IndexError):
            return None
    return value


def content(response: httpx2.Response) -> Any:
    """The content of a chat answer: a list of the types of its blocks, or the type of what it is else."""
    blocks = at(response, *CONTENT)
    return [block["type"] for block in blocks] if isinstance(blocks, list) else type(blocks).__name__


def deltas(response: httpx2.Response) -> list[dict[str, Any]]:
    chunks = (chunk for chunk in events(response) if isinstance(chunk, dict) and chunk["choices"])
    return [choice["delta"] for chunk in chunks for choice in chunk["choices"]]


def on_top(response: httpx2.Response) -> bool:
    """Whether the total is more than prompt and completion."""
    counts = response.json()["usage"]
    return bool(counts["total_tokens"] > counts["prompt_tokens"] + counts["completion_tokens"])


def retried(client: Client) -> set[int]:
    return {client.chat().status_code for _ in range(10)}


def speech(data: str, name: str = "inlineData", kind: str = "mimeType") -> dict[str, Any]:
    return {name: {kind: "audio/mp3", "data": data}}


def without_padding(client: Client) -> int:
    data = b64encode(media.load("tone.mp3")).decode()
    return client.generate({"text": "hi"}, speech(data.rstrip("="))).status_code


def by_url(client: Client) -> int:
    return client.chat([{"type": "image_url", "image_url": {"url": "https://images.example/red.png"}}]).status_code


def weighing(size: int, model: str) -> See:
    """The status of a request whose one image, and whose body, weigh about this much."""
    text = {"type": "text", "text": "x" * size}
    return lambda client: client.chat([text, image()], model).status_code


def altered(client: Client) -> int:
    """The status of a turn that sends the reasoning of the one before it back in other words."""
    message = client.chat(**THINKING).json()["choices"][0]["message"]
    message["content"][0]["summary"][0]["text"] += "!"
    turns = [{"role": "user", "content": "Say hello."}, message, {"role": "user", "content": "Again."}]
    return client.chat(messages=turns, **THINKING).status_code


def usages(response: httpx2.Response) -> list[dict[str, Any]]:
    """What the chunks of a stream count, those that count nothing left out."""
    return [chunk["usage"] for chunk in events(response) if isinstance(chunk, dict) and chunk.get("usage")]


def at_end(counts: list[dict[str, Any]], name: str) -> tuple[Any, bool]:
    """A count in the first of several chunks that count (0 if it is the only one), and whether the last has it."""
    return (counts[0][name] if counts[1:] else 0), counts[-1][name] > 0


def roles(response: httpx2.Response) -> set[Any]:
    return {delta.get("role") for delta in deltas(response)}


def ids(response: httpx2.Response) -> dict[str, set[int]]:
    """How long the ids of a Responses stream are: in the events of items, and in those of their parts."""
    told = [event for event in events(response) if isinstance(event, dict)]
    items = {len(event["item"]["id"]) for event in told if event.get("item", {}).get("type") == "message"}
    return {"item": items, "part": {len(event["item_id"]) for event in told if "content_index" in event}}


def finishes(client: Client) -> set[str]:
    return {at(client.chat(), "choices", 0, "finish_reason") for _ in range(12)}


def statuses(client: Client, times: int) -> set[int]:
    return {client.chat().status_code for _ in range(times)}


def by_endpoint_name(client: Client) -> list[int]:
    """The statuses below /serving-endpoints, for the name of an endpoint, and for that of a model service."""
    asked = [(SERVING, "system.ai.gpt-5"), (RESPONSES, "databricks-gpt-5"), (RESPONSES, "system.ai.gpt-5")]
    return [client.post(path, {"model": name, "input": "hi"}).status_code for path, name in asked]


def weights(client: Client) -> list[int]:
    return [client.chat("x" * size, "gpt-5").status_code for size in (11_000_000, 34_000_000)]


def anonymous(client: Client) -> list[httpx2.Response]:
    """Answers to a request without a credential, and with a wrong one."""
    url = str(client.http.base_url).rstrip("/") + CHAT
    return [
        httpx2.post(url, json={}, headers=sent, trust_env=False) for sent in ({}, {"authorization": "Bearer wrong"})
    ]


def services(client: Client) -> list[list[str]]:
    """The names of the model services, page by page."""
    pages, token = list[list[str]](), ""
    while token or not pages:
        page = client.http.get(f"{SERVICES}&page_token={token}").json()
        pages.append([service["name"] for service in page.get("model_services", [])])
        token = page.get("next_page_token", "")
    return pages


SHOWN: dict[str, tuple[See, Any, Any]] = {
    # Doors
    "openai-envelope": (lambda c: at(c.chat(reasoning_effort="x"), "error", "param"), None, "reasoning_effort"),
    "google-envelope": (lambda c: at(c.chat(reasoning_effort="x"), "error", "code"), None, 400),
    "refuses-otherwise": (
        lambda c: (c.chat(reasoning_effort="x").status_code, at(c.respond(store=True), "error", "param")),
        (400, None),
        (422, "store"),
    ),
    "no-op-values": (lambda c: c.respond(store=False, x_probe=1).status_code, 400, 200),
    "credentials-refused-with-400": (lambda c: [one.status_code for one in anonymous(c)], [401] * 2, [400] * 2),
    "login-page": (lambda c: [one.text[:9] for one in anonymous(c)], ['{"error_c'] * 2, ["<!doctype"] * 2),
    # Taken, though no page offers it
    "animated-gifs-taken": (lambda c: c.chat([image("animated-64.gif", "image/gif")], "gpt-5").status_code, 400, 200),
    "media-taken-everywhere": (
        lambda c: c.chat([{"type": "video_url", "video_url": {"url": data_uri("clip.mp4", "video/mp4")}}]).status_code,
        400,
        200,
    ),
    "every-family-on-responses": (lambda c: c.respond(model="claude-sonnet-4-5").status_code, 400, 200),
    "unlisted-tools-taken": (lambda c: c.respond(tools=[{"type": "file_search"}]).status_code, 400, 200),
    "custom-tools-on-chat": (
        lambda c: c.chat(tools=[{"type": "custom", "custom": {"name": "f"}}]).status_code,
        400,
        200,
    ),
    "altered-reasoning-taken": (altered, 400, 200),
    "nulls-absent": (
        lambda c: [c.respond(store=value).status_code for value in (None, False)],
        [400, 400],
        [200, 400],
    ),
    "nulls-refused": (lambda c: c.chat(tools=None).status_code, 200, 400),
    "busy": (retried, {200}, {200, 429}),
    "few-models": (lambda c: c.chat(model="gpt-5").status_code, 200, 404),
    "other-models": (lambda c: c.chat(model="claude-sonnet-4-5").status_code, 200, 404),
    "models-forbidden": (lambda c: c.chat(model="gpt-5").status_code, 200, 403),
    "models-without-code": (lambda c: at(c.chat(model="gpt-5"), "error", "type"), None, "NotFoundError"),
    "name-by-path": (
        lambda c: [
            c.post(path, {"model": name, "input": "hi"}).status_code
            for path in (RESPONSES, SERVING)
            for name in ("system.ai.gpt-5", "databricks-gpt-5")
        ],
        [200, 200, 200, 200],
        [200, 404, 404, 200],
    ),
    "v1-too": (
        lambda c: (
            c.http.get("/ai-gateway/mlflow/v1/models").status_code,
            c.http.post(f"/ai-gateway/gemini/v1/models/system.ai.{GEMINI}:generateContent", json={}).status_code,
        ),
        (404, 404),
        (200, 400),
    ),
    "services-in-pages": (lambda c: [len(page) for page in services(c)], [22], [0, 5, 5, 5, 2]),
    "services-hidden": (lambda c: {len(page) for page in services(c)}, {22}, {0}),
    "services-off": (lambda c: at(c.http.get(SERVICES), "error_code"), None, "FEATURE_DISABLED"),
    "as-the-pages-print": (
        lambda c: (at(c.chat(), "model"), [*c.chat().json()["choices"][0]["message"]], len(c.respond().json()),
                   [*at(c.generate(), "candidates", 0)], "logprobs" in str(events(c.chat(stream=True))),
                   "obfuscation" in str(events(c.respond(stream=True)))),
        ("us.anthropic.claude-sonnet-4-5-20250929-v1:0", ["role", "content", "refusal", "annotations"], 32,
         ["content", "index", "finishReason", "avgLogprobs"], True, True),
        ("databricks-claude-sonnet-4-5", ["role", "content"], 9, ["content", "index", "finishReason"], False, False),
    ),
    # Wire
    "crlf-split": (lambda c: b"\r\n\r\ndata:{" in c.chat(stream=True).content, False, True),
    "cr-trickle": (lambda c: b"\r\rdata: {" in c.chat(stream=True).content, False, True),
    "written-out": (
        lambda c: (b"\ndata:  " in c.chat(stream=True).content, c.chat().headers.get("connection")),
        (False, None),
        (True, "close"),
    ),
    "gzipped": (
        lambda c: [c.chat(stream=stream).headers.get("content-encoding") for stream in (False, True)],
        [None, None],
        ["gzip", None],
    ),
    # Chat
    "extra-fields": (lambda c: "audio" in at(c.chat(), "choices", 0, "message"), False, True),
    "as-printed": (lambda c: at(c.chat(), "choices", 0, "finish_reason"), "stop", None),
    "prompt-cached": (
        lambda c: at(c.chat("x" * 10_000, "gpt-5"), "usage", "prompt_tokens_details", "cached_tokens"), 0, 2048
    ),
    "counted-otherwise": (lambda c: at(c.chat("hi"), "usage", "prompt_tokens"), 4, 19),
    "chunked-otherwise": (
        lambda c: {type(delta.get("content")) for delta in deltas(c.chat("hi", stream=True))},
        {str, type(None)},
        {list, type(None)},
    ),
    "varied": (
        lambda c: len({at(c.chat(), *CONTENT) for _ in range(30)}) > 1,
        False,
        True,
    ),
    "terse": (lambda c: at(c.chat(ESSAY), "usage", "completion_tokens") > 100, True, False),
    # Images and other media
    "images-leniently": (
        lambda c: [by_url(c), c.chat([image("red-64.bmp", "image/bmp")]).status_code,
                   c.chat([image("1bit-8001x16.png")]).status_code, c.chat([image("animated-64.gif")], "gpt-5").status_code],
        [400] * 4,
        [200] * 4,
    ),
    "images-strictly": (
        lambda c: [c.chat([image("red-64.svg", "image/svg+xml")]).status_code,
                   c.chat([image("animated-64.gif")]).status_code, weighing(10_100_000, "gpt-5")(c)],
        [400, 200, 200],
        [415, 400, 413],
    ),
    "serving-limit": (weighing(5_000_000, "gpt-5"), 200, 413),
    "media-dropped": (
        lambda c: c.chat([{"type": "video_url", "video_url": {"url": data_uri("clip.mp4", "video/mp4")}}]).status_code,
        400,
        200,
    ),
    "no-network": (
        lambda c: c.chat(
            [{"type": "video_url", "video_url": {"url": "https://youtu.be/jNQXAC9IVRw"}}], GEMINI
        ).status_code,
        200,
        400,
    ),
    # Reasoning
    "reasoning-first": (lambda c: at(c.chat(ESSAY, "gpt-5", max_tokens=16), *CONTENT) == "", False, True),
    "reasoning-hidden": (lambda c: content(c.chat(model=GEMINI)), ["reasoning", "text"], "str"),
    "reasoning-on-top": (lambda c: on_top(c.chat(model="gpt-5")), False, True),
    "reasoning-uncapped": (
        lambda c: at(c.chat(ESSAY, "gpt-5", max_tokens=16), "usage", "completion_tokens"), 16, 64
    ),
    "reasoning-beside": (
        lambda c: (content(c.chat(model=GEMINI)), "reasoning_content" in str(deltas(c.chat(model=GEMINI, stream=True)))),
        (["reasoning", "text"], False),
        ("str", True),
    ),
    "reasoning-sealed": (
        lambda c: at(c.chat(model=GEMINI), *CONTENT, 0, "summary", 0, "type"),
        "summary_text",
        "summary_encrypted_text",
    ),
    "more-blocks": (
        lambda c: content(c.chat(**THINKING)), ["reasoning", "text"], ["reasoning", "text", "text", "x_trace"]
    ),
    "signature-apart": (
        lambda c: "'signature': ''" in str(deltas(c.chat(stream=True, **THINKING))), False, True
    ),
    "any-value": (
        lambda c: [c.chat(max_tokens=0).status_code, c.chat(reasoning_effort="low").status_code,
                   c.chat(model="gpt-5", **THINKING).status_code],
        [400] * 3,
        [200] * 3,
    ),
    "parameters-refused": (
        lambda c: [c.chat(thinking=None).status_code, c.chat(thinking=THINKING["thinking"]).status_code,
                   c.chat(model="gpt-5", temperature=0.1).status_code, c.respond(max_output_tokens=15).status_code],
        [200] * 4,
        [400] * 4,
    ),
    "declines": (lambda c: content(c.chat(**THINKING)), ["reasoning", "text"], "NoneType"),
    # Responses
    "responses-as-printed": (lambda c: "status" in c.respond().json(), True, False),
    "responses-otherwise": (
        lambda c: [item["type"] for item in at(c.respond(), "output")],
        ["reasoning", "message"],
        ["x_trace", "message", "reasoning"],
    ),
    "typed-otherwise": (lambda c: events(c.respond(stream=True))[-1] == "[DONE]", False, True),
    "responses-in-one-piece": (lambda c: c.respond(stream=True).status_code, 200, 400),
    "supervisor": (lambda c: c.respond(model="claude-sonnet-4-5").status_code, 400, 200),
    "tools-leniently": (lambda c: c.respond(tools=[{"type": "file_search"}]).status_code, 400, 200),
    "no-plain-input": (lambda c: c.respond("hi").status_code, 200, 400),
    "calls-not-replayed": (
        lambda c: c.respond([{"role": "user", "content": "hi"}, TIDE_CALLED]).status_code, 200, 400
    ),
    "tools-by-model": (
        lambda c: [c.respond(model=model, tools=[{"type": kind}]).status_code
                   for model, kind in (("gpt-5", "shell"), ("gpt-5-1", "shell"), ("gpt-5-1", "web_search"))],
        [200, 200, 200],
        [400, 200, 403],
    ),
    # Gemini
    "gemini-as-proto": (lambda c: at(c.generate(), "candidates", 0, "index"), 0, None),
    "gemini-thoughts-shown": (lambda c: at(c.generate(), "candidates", 0, "content", "parts", 0, "thought"), None, True),
    "gemini-counts-all-along": (
        lambda c: {"usageMetadata" in event for event in events(c.generate({"text": ESSAY}, action=STREAM))},
        {False, True},
        {True},
    ),
    "gemini-strictly": (without_padding, 200, 400),
    "gemini-in-one-piece": (lambda c: c.generate(action=STREAM).status_code, 200, 404),
    "gemini-uncounted": (lambda c: "usageMetadata" in c.generate().json(), True, False),
    "gemini-text-signed": (
        lambda c: ([sorted(block) for block in at(c.chat(model=GEMINI), *CONTENT)],
                   at(c.chat(model=GEMINI, tools=[TIDE], tool_choice="required"), *CALL, "id") == "tide"),
        ([["summary", "type"], ["text", "type"]], False),
        ([["text", "thoughtSignature", "type"]], True),
    ),
    # Streams
    "usage-null-until-the-end": (
        lambda c: [at_end(usages(c.chat(ESSAY, stream=True)), "completion_tokens"), roles(c.chat(ESSAY, stream=True))],
        [(0, True), {"assistant", None}],
        [(None, True), {"assistant"}],
    ),
    "usage-grows": (lambda c: len(usages(c.chat(ESSAY, stream=True))) > 2, False, True),
    "streams-uncounted": (
        lambda c: [len(usages(c.chat(stream=True, **more))) for more in ({}, {"stream_options": {"include_usage": True}})],
        [1, 1],
        [0, 1],
    ),
    "role-not-streamed": (
        lambda c: [roles(c.chat(model=model, stream=True)) for model in ("gpt-oss-20b", "gpt-5")],
        [{"assistant", None}] * 2,
        [{None}, {"assistant", None}],
    ),
    "created-drifts": (
        lambda c: len({chunk["created"] for chunk in events(c.chat(stream=True)) if chunk != "[DONE]"}), 1, 2
    ),
    "thought-unseen": (
        lambda c: {"signature" in block["summary"][0] or block["summary"][0]["text"]
                   for delta in deltas(c.chat(stream=True, **THINKING))
                   for block in delta.get("content") or () if isinstance(block, dict)} == {True},
        False,
        True,
    ),
    "ids-differ": (
        lambda c: (len(at(c.respond(), "id")), ids(c.respond(stream=True))),
        (37, {"item": {36}, "part": {36}}),
        (193, {"item": {54}, "part": {192}}),
    ),
    "responses-done": (lambda c: events(c.respond(stream=True))[-1] == "[DONE]", False, True),
    # Denials
    "policy-denies-one-in-7": (finishes, {"stop"}, {"stop", "content_filter"}),
    "policy-denies-answers": (finishes, {"stop"}, {"stop", "content_filter"}),
    "policy-denies-a-word": (
        lambda c: [at(c.chat(text), "usage", "total_tokens") > 0 for text in ("Why is the sky blue?", "hi")],
        [True, True],
        [False, True],
    ),
    "policy-denies-streams": (
        lambda c: [events(c.chat(stream=True))[-2]["object"] for _ in range(3)].count("chat.completion.chunk")
        + sum("content_filter" in c.chat(stream=True).text for _ in range(3)),
        3,
        5,
    ),
    "guardrail-on-one-in-13": (lambda c: statuses(c, 20), {200}, {200, 400}),
    "limit-of-requests": (lambda c: statuses(c, 100), {200}, {200, 429}),
    "requests-a-minute": (lambda c: statuses(c, 100), {200}, {200, 429}),
    "requests-a-minute-untold": (lambda c: statuses(c, 100), {200}, {200, 429}),
    "tokens-a-minute": (lambda c: {c.chat(ESSAY).status_code for _ in range(100)}, {200}, {200, 429}),
    "limit-of-workspace": (lambda c: statuses(c, 200), {200}, {200, 429}),
    "policy-breaks": (lambda c: statuses(c, 102), {200}, {200, 500}),
    "budget-spent": (lambda c: statuses(c, 20), {200}, {200, 403}),
    "limit-of-0-claude-sonnet-4-5": (lambda c: c.chat().status_code, 200, 403),
    "limit-of-0-gpt-5": (lambda c: c.respond().status_code, 200, 403),
    "limit-of-0-gemini-3-1-pro": (lambda c: c.generate().status_code, 200, 403),
    "privilege-missing": (lambda c: c.respond().status_code, 200, 403),
    "privilege-missing-404": (lambda c: c.chat().status_code, 200, 404),
    # Workspaces
    "enforced": (by_endpoint_name, [200, 200, 200], [501, 501, 200]),
    "enforced-403": (by_endpoint_name, [200, 200, 200], [403, 403, 200]),
    "endpoint-not-found": (
        lambda c: at(c.chat(model="claude-opus-4-1"), "error_code"), None, "ENDPOINT_NOT_FOUND"
    ),
    "no-service-by-endpoint-path": (
        lambda c: [c.post(SERVING, {"model": name, "input": "hi"}).status_code
                   for name in ("system.ai.gpt-5", "databricks-gpt-5")],
        [200, 200],
        [404, 200],
    ),
    "by-one-name": (
        lambda c: [c.post(CHAT, {"model": name, "messages": [{"role": "user", "content": "hi"}]}).status_code
                   for name in ("system.ai.claude-opus-4-5", "databricks-claude-opus-4-5")],
        [200, 200],
        [404, 200],
    ),
    "chat-not-for-pro": (
        lambda c: (c.chat(model="gpt-5-5-pro").status_code, c.respond(model="gpt-5-5-pro").status_code),
        (200, 200),
        (400, 200),
    ),
    "limit-of-32-mib": (weights, [413, 413], [200, 400]),
    "limit-of-32-mib-413": (weights, [413, 413], [200, 413]),
    "headers-of-databricks": (
        lambda c: ["x-databricks-org-id" in c.chat(stream=stream).headers for stream in (False, True)],
        [False, False],
        [True, True],
    ),
    # Refusals
    "errors-nested": (
        lambda c: (at(c.chat(x_probe=1), "message")[:8], "details" in c.chat(x_probe=1).json()),
        ("x_probe:", False),
        ('{"messag', True),
    ),
    "credential-codes": (
        lambda c: [(answer.status_code, answer.json()["error_code"]) for answer in anonymous(c)],
        [(401, "UNAUTHENTICATED")] * 2,
        [(401, 401), (403, "403")],
    ),
    "invalid-token": (lambda c: [answer.status_code for answer in anonymous(c)], [401, 401], [401, 400]),
    "login-redirect": (lambda c: [answer.status_code for answer in anonymous(c)], [401, 401], [303, 303]),
    "invalid-scope": (lambda c: anonymous(c)[1].headers["content-type"].partition(";")[0], "application/json", "text/plain"),
    "by-model": (
        lambda c: [c.chat(model=model, **more).status_code for model, more in (
            ("claude-opus-4-7", THINKING), ("claude-opus-4-8", {"temperature": 0.1}), ("gpt-5", {"temperature": 0.1}),
            ("gpt-5-1", {"tools": [TIDE], "reasoning_effort": "low"}), ("gpt-oss-20b", {"stop": "x"}),
            ("claude-sonnet-4-5", {"tools": [TIDE], "response_format": {"type": "json_object"}}),
            ("claude-sonnet-4-5", THINKING), ("gpt-5-1", {"tools": [TIDE]}))],
        [200] * 8,
        [400] * 6 + [200] * 2,
    ),
    "no-prefill": (
        lambda c: c.chat(messages=[{"role": role, "content": "hi"} for role in ("user", "assistant")]).status_code, 200, 400
    ),
    "no-stream-options": (
        lambda c: c.chat(stream=True, stream_options={"include_usage": True}).status_code, 200, 400
    ),
    "unknown-fields-ignored": (lambda c: c.chat(x_probe=1).status_code, 400, 200),
}  # fmt: skip

ALONE = [name for name in VARIANTS if name not in MIXED]
CONTRARY = {"nulls-refused", "extra-fields"}
"""One refuses what the other sends, and what is sent has to be taken back."""
DRAWN = int(os.environ.get("GATEWAY_DRAWN_VARIANTS", "6"))
"""Gateways that are drawn. More find more: 100 take some minutes."""
CHEAP_REQUIREMENTS = frozenset(
    ("AUTH-BASIC", "AUTH-REFUSED", "ERR-CLIENT-NOT-5XX", "REASON-CLAUDE-SHAPE", "REASON-MT-REPLAY-SDK",
     "REASON-GEMINI-EFFORT", "REASON-GPT51-NONE", "IMG-DATAURI", "AV-CHAT-B64", "DOORS-SAME-ANSWER")
)  # fmt: skip
CHEAP_FILES = frozenset(
    ("chat/test_chat_completions.py", "chat/test_streaming.py", "gemini/test_generate_content.py",
     "gemini/test_streaming.py", "responses/test_responses.py", "responses/test_stateless.py",
     "responses/test_streaming.py", "responses/test_tools.py", "responses/test_unsupported_parameters.py",
     "serving/test_serving_endpoints.py")
)  # fmt: skip
"""The cases about what an answer or a refusal is made of: images by the hundred show nothing of it."""


def test_every_variant_is_shown() -> None:
    assert SHOWN.keys() == set(ALONE)


@pytest.mark.parametrize("name", SHOWN)
def test_variant_does_what_it_says(client: Client, name: str) -> None:
    see, reference, variant = SHOWN[name]
    assert see(client) == reference
    with Client(f"{client.url}/variants/{name}") as other:
        assert see(other) == variant


def test_together_nothing_of_either_is_lost() -> None:
    names = ("openai-envelope", "no-plain-input", "as-the-pages-print", "extra-fields", "terse")
    parts = [VARIANTS[name] for name in names]
    with running(fault=together(*parts), token=TOKEN) as url, Client(url) as client:
        refused = client.respond("hi")
        assert (refused.status_code, at(refused, "error", "code")) == (400, "invalid_parameter_value")
        body = client.chat(ESSAY).json()
        assert body["model"] == "databricks-claude-sonnet-4-5"
        assert body["x_gateway"]
        assert body["usage"]["completion_tokens"] < 100
        assert deltas(client.chat(stream=True))


def test_together_the_later_limit_holds() -> None:
    one, other = (
        Variant(name, "", replace(DOCUMENTED, too_large_status=status)) for name, status in (("a", 400), ("b", 422))
    )
    assert together(one, other, Variant("c", "")).policy.too_large_status == 422
    assert together(one, other).name == "a"


@pytest.mark.parametrize("name", MIXED)
def test_mixed_variant_uses_others(name: str) -> None:
    assert len(MIXED[name]) > 2
    assert set(MIXED[name]) <= set(ALONE)
    assert VARIANTS[name].policy != DOCUMENTED


@pytest.mark.parametrize("name", VARIANTS)
def test_variant_is_told_in_a_sentence(name: str) -> None:
    variant = VARIANTS[name]
    assert variant.says
    assert not variant.says.endswith(".")
    assert (Path(conformance.__file__).parent / variant.declared_in).is_file()


CHOICES: dict[str, st.SearchStrategy[Any]] = {
    "refused_credential_status": st.sampled_from([401, 403]),
    "too_large_status": st.sampled_from([400, 413]),
    "unknown_model_status": st.sampled_from([400, 403, 404]),
    "envelope": st.sampled_from(["databricks", "openai", "google"]),
    "gemini_envelope": st.sampled_from(["databricks", "google"]),
    "reasoning_share": st.floats(0, 1),
    "item_id_most": st.integers(64, 1000),
    "newline": st.sampled_from(["\n", "\r", "\r\n"]),
    "split_bytes": st.none() | st.integers(1, 100),
    "space_after_colon": st.booleans(),
    "comments": st.booleans(),
    "done_marker": st.booleans(),
    "chat_stream_usage": st.sampled_from(["always", "asked", "never"]),
}
"""Legal values of the policy's fields."""


@cache
def cheap() -> CaseFilter:
    return CaseFilter(frozenset(case.id for case in collect({}) if case.file in CHEAP_FILES), CHEAP_REQUIREMENTS)


@settings(
    max_examples=DRAWN,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],  # a few names are read faster than they are shrunk
    suppress_health_check=list(HealthCheck),
)
@given(
    names=st.lists(st.sampled_from(ALONE), max_size=6, unique=True), chosen=st.fixed_dictionaries({}, optional=CHOICES)
)
@example(names=["models-without-code"], chosen={"envelope": "google", "unknown_model_status": 400})
def test_what_is_right_in_parts_is_right_as_a_whole(names: list[str], chosen: dict[str, Any]) -> None:
    """Any legal choices together: nothing fails, and the suite itself does not break."""
    assume(not set(names) >= CONTRARY)
    drawn = Variant("drawn", "uses several latitudes at once", replace(DOCUMENTED, **chosen))
    gateway = together(drawn, *(VARIANTS[name] for name in names))
    with pytest.MonkeyPatch.context() as environment, running(fault=gateway, token=TOKEN) as url:
        environment.setenv(TOKEN_VARIABLE, TOKEN)
        judgement = judge_gateway(url, cheap())
    assert not judgement.errors
    assert not {name: seen.found for name, seen in judgement.verdicts.items() if seen.verdict == "failed"}
    assert "Internal Server Error" not in str(judgement.verdicts)
