"""Each variant does what it says, seen from outside, and none is reported as broken: alone or with others at once."""

import os
from base64 import b64encode
from collections.abc import Callable
from dataclasses import replace
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

from .client import TOKEN, Client, data_uri, events, image

See = Callable[[Client], Any]
"""What is seen of a gateway."""

ESSAY = "Write a long essay."
THINKING: dict[str, Any] = {"thinking": {"type": "enabled", "budget_tokens": 1024}, "max_tokens": 2048}
CONTENT = ("choices", 0, "message", "content")
STREAM = "streamGenerateContent?alt=sse"
GEMINI = "gemini-3-1-pro"
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
    # Chat
    "extra-fields": (lambda c: "audio" in at(c.chat(), "choices", 0, "message"), False, True),
    "as-printed": (lambda c: at(c.chat(), "choices", 0, "finish_reason"), "stop", None),
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
}  # fmt: skip

ALONE = [name for name in VARIANTS if name not in MIXED]
CONTRARY = {"nulls-refused", "extra-fields"}
"""One refuses what the other sends, and what is sent has to be taken back."""
DRAWN = int(os.environ.get("GATEWAY_DRAWN_VARIANTS", "6"))
"""Gateways that are drawn. More find more: 100 take some minutes."""
CHEAP = CaseFilter(
    cases=frozenset(),
    requirements=frozenset(
        ("AUTH-BASIC", "AUTH-REFUSED", "ERR-CLIENT-NOT-5XX", "REASON-CLAUDE-SHAPE", "REASON-MT-REPLAY-SDK",
         "REASON-GEMINI-EFFORT", "REASON-GPT51-NONE", "IMG-DATAURI", "AV-CHAT-B64", "DOORS-SAME-ANSWER")
    ),
    files=frozenset(
        ("chat/test_chat_completions.py", "chat/test_streaming.py", "gemini/test_generate_content.py",
         "gemini/test_streaming.py", "responses/test_responses.py", "responses/test_stateless.py",
         "responses/test_streaming.py", "responses/test_tools.py", "responses/test_unsupported_parameters.py",
         "serving/test_serving_endpoints.py")
    ),
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
        judgement = judge_gateway(url, CHEAP)
    assert not judgement.errors
    assert not {name: seen.found for name, seen in judgement.verdicts.items() if seen.verdict == "failed"}
    assert "Internal Server Error" not in str(judgement.verdicts)
