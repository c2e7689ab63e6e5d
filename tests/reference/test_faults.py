"""Each fault does what it says, seen from outside, where the reference does what is right; variants differ and are right."""

from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest

import conformance
from conformance import media
from conformance.reference.app import UnknownVariant, variant_named
from conformance.reference.faults import FAULTS
from conformance.reference.server import running
from conformance.requirements import catalogue

from .client import TOKEN, Client, data_uri, events, image

See = Callable[[Client, str], Any]
"""What is seen of the gateway with the fault of this name; without one, of the reference."""

ESSAY = "Write a long essay."
THINKING: dict[str, Any] = {"thinking": {"type": "enabled", "budget_tokens": 1024}, "max_tokens": 2048}
CHAT = "/ai-gateway/mlflow/v1/chat/completions"
SERVING = "/serving-endpoints/responses"
STREAM = "streamGenerateContent?alt=sse"
CUSTOM: dict[str, Any] = {"tools": [{"type": "custom", "name": "code"}], "tool_choice": "required"}
PATCH: dict[str, Any] = {"tools": [{"type": "apply_patch"}], "tool_choice": "required"}


def _at(value: Any, *path: str | int) -> Any:
    for step in path:
        value = value[step]
    return value


def chat(*path: str | int, then: Callable[[Any], Any] = lambda seen: seen, **asked: Any) -> See:
    """What a chat answer holds at a path."""
    return lambda client, fault: then(_at(client.chat(**asked, fault=fault).json(), *path))


def responses(*path: str | int, then: Callable[[Any], Any] = lambda seen: seen, **asked: Any) -> See:
    return lambda client, fault: then(_at(client.respond(**asked, fault=fault).json(), *path))


def chat_status(content: Any = "hi", model: str = "claude-sonnet-4-5", **asked: Any) -> See:
    return lambda client, fault: client.chat(content, model, fault=fault, **asked).status_code


def responses_status(asked: Any = "hi", **more: Any) -> See:
    return lambda client, fault: client.respond(asked, fault=fault, **more).status_code


def gemini_status(*parts: dict[str, Any], **more: Any) -> See:
    return lambda client, fault: client.generate(*parts, fault=fault, **more).status_code


def post_status(path: str, body: Any) -> See:
    return lambda client, fault: client.post(path, body, fault=fault).status_code


def off_by(usage: dict[str, int], total: str, *terms: str) -> int:
    return usage[total] - sum(usage[term] for term in terms)


def anonymous(client: Client, fault: str, token: str | None = None) -> httpx2.Response:
    url = f"{client.url}/faults/{fault}{CHAT}" if fault else client.url + CHAT
    return httpx2.post(url, json={}, headers={"authorization": token} if token else {}, trust_env=False)


def login_status(token: str | None) -> See:
    return lambda client, fault: anonymous(client, fault, token).status_code


def stream(see: Callable[[list[Any]], Any], **asked: Any) -> See:
    """What is seen of the events of a chat stream, the end marker left out unless it is not the last."""
    return lambda client, fault: see(events(client.chat(stream=True, fault=fault, **asked)))


def typed(see: Callable[[list[Any]], Any]) -> See:
    return lambda client, fault: see(events(client.respond(stream=True, fault=fault)))


def deltas_agree(told: list[Any]) -> bool:
    deltas = "".join(event["delta"] for event in told if event["type"] == "response.output_text.delta")
    return bool(deltas == next(event["text"] for event in told if event["type"] == "response.output_text.done"))


def choices(told: list[Any]) -> list[Any]:
    return [choice for chunk in told if chunk != "[DONE]" for choice in chunk["choices"]]


def finishes(told: list[Any]) -> int:
    return sum(choice["finish_reason"] is not None for choice in choices(told))


def streamed_text(told: list[Any]) -> str:
    return "".join(choice["delta"].get("content") or "" for choice in choices(told))


def signatures(told: list[Any]) -> list[str]:
    """All signatures of the reasoning in a chat stream."""
    contents = [choice["delta"].get("content") for choice in choices(told)]
    blocks = [block for content in contents if isinstance(content, list) for block in content]
    summaries = [summary for block in blocks for summary in block.get("summary", ())]
    return [summary["signature"] for summary in summaries if "signature" in summary]


def generated_text(told: list[Any]) -> str:
    """The text of the events of a Gemini stream, or of one whole answer."""
    parts = [part for event in told for part in event["candidates"][0]["content"].get("parts", ())]
    return "".join(part.get("text", "") for part in parts)


def prompt_tokens(*parts: dict[str, Any], model: str = "claude-sonnet-4-5") -> See:
    """Tokens that these parts add to a text."""

    def see(client: Client, fault: str) -> bool:
        text = {"type": "text", "text": "hi"}
        counts = [client.chat(content, model, fault=fault).json() for content in ([text], [text, *parts])]
        return bool(counts[1]["usage"]["prompt_tokens"] > counts[0]["usage"]["prompt_tokens"] + len(parts) * 5)

    return see


def replayed(*, older: bool = False) -> See:
    """The status, or with `older` the tokens counted, of a conversation that replays an earlier reasoning block."""

    def see(client: Client, fault: str) -> Any:
        asked = {"role": "user", "content": "Why?"}
        message = client.chat("Why?", **THINKING).json()["choices"][0]["message"]
        plain = {"role": "assistant", "content": "So."}
        turns = [asked, message, asked, plain, asked] if older else [asked, message, asked]
        answer = client.chat(messages=turns, fault=fault, **THINKING)
        return answer.json()["usage"]["prompt_tokens"] < 50 if older else answer.status_code

    return see


def padded(size: int) -> dict[str, Any]:
    data = b64encode(media.load("red-64.png") + bytes(size)).decode()
    return {"type": "image_url", "image_url": {"url": "data:image/png;base64," + data}}


def split(*counts: int, name: str = "red-64.png") -> list[dict[str, Any]]:
    return [{"role": "user", "content": [image(name)] * count} for count in counts]


def clip(kind: str, url: str) -> dict[str, Any]:
    return {"type": f"{kind}_url", f"{kind}_url": {"url": url}}


VIDEO_URL, AUDIO_URL = media.WORLD
VIDEO = clip("video", data_uri("clip.mp4", "video/mp4"))
AUDIO = clip("audio", data_uri("tone.mp3", "audio/mp3"))
STANDARD = b64encode(media.load("clip.mp4")).decode()
URL_SAFE = STANDARD.translate(str.maketrans("+/", "-_"))


def inline(data: str) -> dict[str, Any]:
    return {"inlineData": {"mimeType": "video/mp4", "data": data}}


SHOWN: dict[str, tuple[See, Any, Any]] = {
    # name: what is looked at, as it is right, as it is with the fault
    "auth-not-checked": (login_status(None), 401, 400),
    "auth-wrong-token-accepted": (login_status("Bearer wrong"), 401, 400),
    "auth-basic-refused": (login_status("Basic " + b64encode(f"token:{TOKEN}".encode()).decode()), 400, 401),
    "auth-bearer-refused": (login_status(f"Bearer {TOKEN}"), 400, 401),
    "chat-usage-total-off-by-one": (
        chat("usage", then=lambda usage: off_by(usage, "total_tokens", "prompt_tokens", "completion_tokens")),
        0,
        1,
    ),
    "chat-usage-missing": (chat(then=lambda body: "usage" in body), True, False),
    "chat-usage-as-strings": (chat("usage", "prompt_tokens", then=type), int, str),
    "chat-object-wrong": (chat("object"), "chat.completion", "text_completion"),
    "chat-created-in-milliseconds": (chat("created", then=lambda created: len(str(created))), 10, 13),
    "chat-id-null": (chat("id", then=type), str, type(None)),
    "chat-model-empty": (chat("model"), "us.anthropic.claude-sonnet-4-5-20250929-v1:0", ""),
    "chat-choices-empty": (chat("choices", then=len), 1, 0),
    "chat-choice-index-string": (chat("choices", 0, "index"), 0, "0"),
    "chat-finish-reason-missing": (chat("choices", 0, then=lambda choice: choice.get("finish_reason")), "stop", None),
    "chat-text-as-list": (chat("choices", 0, "message", "content", then=type), str, list),
    "chat-content-type-text": (
        lambda client, fault: client.chat(fault=fault).headers["content-type"].partition(";")[0],
        "application/json",
        "text/plain",
    ),
    "chat-max-tokens-refused": (chat_status(max_tokens=64), 200, 400),
    "chat-cap-ignored": (
        chat("usage", "completion_tokens", then=lambda count: count > 16, content=ESSAY, max_tokens=16),
        False,
        True,
    ),
    "chat-system-role-refused": (
        chat_status(messages=[{"role": "system", "content": "x"}, {"role": "user", "content": "x"}]),
        200,
        400,
    ),
    "chat-temperature-refused": (chat_status(temperature=0.1), 200, 400),
    "chat-service-name-unknown": (chat_status(), 200, 404),
    "chat-unknown-model-answered": (chat_status(model="does-not-exist"), 404, 200),
    "errors-malformed-json-500": (
        lambda client, fault: (
            client.http.post(
                f"/faults/{fault}{CHAT}" if fault else CHAT, content=b"{", headers={"content-type": "application/json"}
            ).status_code
        ),
        400,
        500,
    ),
    "errors-missing-field-500": (post_status(CHAT, {"model": "system.ai.gpt-5"}), 400, 500),
    "errors-unknown-model-500": (chat_status(model="does-not-exist"), 404, 500),
    "errors-empty-body": (lambda client, fault: client.chat(x_probe=1, fault=fault).content == b"", False, True),
    "images-claude-count-by-message": (chat_status(messages=split(60, 60)), 400, 200),
    "images-claude-consumer-limit": (chat_status([image()] * 21), 200, 400),
    "images-claude-8000-refused": (chat_status([image("1bit-8000.png")]), 200, 400),
    "images-claude-8001-accepted": (chat_status([image("1bit-8001.png")]), 400, 200),
    "images-claude-one-long-side-accepted": (chat_status([image("1bit-8001x16.png")]), 400, 200),
    "images-claude-crowd-2000-refused": (chat_status([image("1bit-2000.png")] * 21), 200, 400),
    "images-claude-crowd-2001-accepted": (chat_status([image("1bit-2001.png")] * 21), 400, 200),
    "images-claude-crowd-from-20": (chat_status([image("1bit-2001.png")] * 20), 200, 400),
    "images-claude-large-refused": (chat_status([image("1bit-1569.png")]), 200, 400),
    "images-not-scaled": (
        chat("usage", "prompt_tokens", then=lambda count: count > 10_000, content=[image("1bit-8000.png")]),
        False,
        True,
    ),
    "images-gpt5-payload-unlimited": (chat_status([padded(8_000_000)], "gpt-5"), 413, 200),
    "images-gpt5-payload-4mb": (chat_status([padded(3_300_000)], "gpt-5"), 200, 413),
    "images-gemma-payload-unlimited": (chat_status([padded(10_600_000)], "gemma-3-12b"), 400, 200),
    "images-llama-payload-1mb": (chat_status([padded(1_100_000)], "llama-4-maverick"), 200, 400),
    "images-data-uri-refused": (chat_status([image()]), 200, 400),
    "images-second-ignored": (
        chat(
            "choices",
            0,
            "message",
            "content",
            then=lambda text: "blue" in text,
            content=[image(), image("blue-64.png")],
        ),
        True,
        False,
    ),
    "images-not-counted": (prompt_tokens(image()), True, False),
    "media-url-refused": (chat_status([clip("video", VIDEO_URL)], "gemini-3-1-pro"), 200, 400),
    "media-inline-refused": (chat_status([AUDIO], "gemini-3-1-pro"), 200, 400),
    "media-several-refused": (chat_status([VIDEO, VIDEO], "gemini-3-1-pro"), 200, 400),
    "media-youtube-refused": (chat_status([clip("video", "https://youtu.be/dQw4w9WgXcQ")], "gemini-3-1-pro"), 200, 400),
    "media-not-counted": (prompt_tokens(VIDEO, model="gemini-3-1-pro"), True, False),
    "media-url-ignored": (
        prompt_tokens(clip("video", VIDEO_URL), model="gemini-3-1-pro"),
        True,
        False,
    ),
    "gemini-path-404": (gemini_status(), 200, 404),
    "gemini-file-data-refused": (
        gemini_status({"fileData": {"mimeType": "audio/mp3", "fileUri": AUDIO_URL}}),
        200,
        400,
    ),
    "gemini-file-data-ignored": (
        lambda client, fault: (
            client.generate(
                {"text": "hi"}, {"fileData": {"mimeType": "audio/mp3", "fileUri": AUDIO_URL}}, fault=fault
            ).json()["usageMetadata"]["promptTokenCount"]
            > 10
        ),
        True,
        False,
    ),
    "gemini-inline-data-refused": (gemini_status(inline(STANDARD)), 200, 400),
    "gemini-url-safe-base64-refused": (gemini_status(inline(URL_SAFE)), 200, 400),
    "gemini-max-output-tokens-refused": (gemini_status(generationConfig={"maxOutputTokens": 64}), 200, 400),
    "gemini-text-missing": (
        lambda client, fault: "parts" in client.generate(fault=fault).json()["candidates"][0]["content"],
        True,
        False,
    ),
    "gemini-usage-total-off-by-one": (
        lambda client, fault: off_by(
            client.generate(fault=fault).json()["usageMetadata"],
            "totalTokenCount",
            "promptTokenCount",
            "candidatesTokenCount",
            "thoughtsTokenCount",
        ),
        0,
        1,
    ),
    "reasoning-thinking-ignored": (chat("choices", 0, "message", "content", then=type, **THINKING), list, str),
    "reasoning-claude-always": (chat("choices", 0, "message", "content", then=type), str, list),
    "reasoning-budget-equal-accepted": (chat_status(**THINKING | {"max_tokens": 1024}), 400, 200),
    "reasoning-budget-one-below-refused": (chat_status(**THINKING | {"max_tokens": 1025}), 200, 400),
    "reasoning-content-as-string": (chat("choices", 0, "message", "content", then=type, **THINKING), list, str),
    "reasoning-text-first": (
        chat("choices", 0, "message", "content", 0, "type", **THINKING),
        "reasoning",
        "text",
    ),
    "reasoning-summary-as-text": (
        chat("choices", 0, "message", "content", 0, "summary", then=type, **THINKING),
        list,
        str,
    ),
    "reasoning-signature-missing": (
        chat("choices", 0, "message", "content", 0, "summary", 0, then=lambda s: "signature" in s, **THINKING),
        True,
        False,
    ),
    "reasoning-replay-refused": (replayed(), 200, 400),
    "reasoning-replay-500": (replayed(), 200, 500),
    "reasoning-older-counted": (replayed(older=True), True, False),
    "reasoning-gpt51-default-high": (
        chat("usage", "completion_tokens_details", "reasoning_tokens", model="gpt-5-1"),
        0,
        96,
    ),
    "reasoning-oss-default-none": (
        chat("usage", "completion_tokens_details", "reasoning_tokens", model="gpt-oss-20b"),
        48,
        0,
    ),
    "reasoning-oss-default-low": (
        chat("usage", "completion_tokens_details", "reasoning_tokens", model="gpt-oss-20b"),
        48,
        24,
    ),
    "reasoning-gemini-default-high": (
        chat("usage", "completion_tokens_details", "reasoning_tokens", model="gemini-3-1-pro"),
        24,
        96,
    ),
    "reasoning-effort-high-refused": (chat_status(model="gpt-oss-20b", reasoning_effort="high"), 200, 400),
    "reasoning-effort-none-refused": (chat_status(model="gpt-5-1", reasoning_effort="none"), 200, 400),
    "responses-store-500": (responses_status(store=True), 400, 500),
    "responses-store-accepted-streaming": (responses_status(store=True, stream=True), 400, 200),
    "responses-serving-path-lenient": (
        post_status(SERVING, {"model": "databricks-gpt-5", "input": "hi", "background": True}),
        400,
        200,
    ),
    "responses-stored-retrievable": (
        lambda client, fault: (
            client.http.get(f"{f'/faults/{fault}' if fault else ''}/ai-gateway/mlflow/v1/responses/resp_x").status_code
        ),
        404,
        200,
    ),
    "responses-usage-total-off-by-one": (
        responses("usage", then=lambda usage: off_by(usage, "total_tokens", "input_tokens", "output_tokens")),
        0,
        1,
    ),
    "responses-object-wrong": (responses("object"), "response", "chat.completion"),
    "responses-created-missing": (responses(then=lambda body: "created_at" in body), True, False),
    "responses-content-as-string": (responses("output", 1, "content", then=type), list, str),
    "responses-model-empty": (responses("model"), "gpt-5-2025-08-07", ""),
    "responses-max-output-tokens-refused": (responses_status(max_output_tokens=64), 200, 400),
    "responses-message-list-refused": (responses_status([{"role": "user", "content": "hi"}]), 200, 400),
    "responses-image-refused": (
        responses_status(
            [
                {
                    "role": "user",
                    "content": [{"type": "input_image", "image_url": data_uri("red-64.png", "image/png")}],
                }
            ]
        ),
        200,
        400,
    ),
    "responses-custom-input-as-object": (responses("output", 1, "input", then=type, **CUSTOM), str, dict),
    "responses-apply-patch-operation-as-text": (responses("output", 1, "operation", then=type, **PATCH), dict, str),
    "responses-output-items-refused": (
        responses_status([{"type": "reasoning", "id": "rs_1", "summary": []}, {"role": "user", "content": "hi"}]),
        200,
        400,
    ),
    "responses-store-false-unstable": (
        lambda client, fault: sorted(client.respond(store=False, fault=fault).status_code for _ in range(2)),
        [400, 400],
        [200, 400],
    ),
    "serving-path-404": (post_status(SERVING, {"model": "databricks-gpt-5", "input": "hi"}), 200, 404),
    "chat-stream-not-streamed": (
        lambda client, fault: client.chat(stream=True, fault=fault).headers["content-type"].partition(";")[0],
        "text/event-stream",
        "application/json",
    ),
    "chat-stream-refused": (chat_status(stream=True), 200, 400),
    "chat-stream-without-finish": (stream(finishes), 1, 0),
    "chat-stream-finished-twice": (stream(finishes), 1, 2),
    "chat-stream-cut": (stream(lambda told: (finishes(told), "[DONE]" in told)), (1, True), (0, False)),
    "chat-stream-second-id": (stream(lambda told: len({chunk["id"] for chunk in told[:-1]})), 1, 2),
    "chat-stream-object-wrong": (stream(lambda told: told[0]["object"]), "chat.completion.chunk", "chat.completion"),
    "chat-stream-data-after-done": (stream(lambda told: told[-1] == "[DONE]"), True, False),
    "chat-stream-text-differs": (stream(streamed_text, content="hi"), "I read: “hi”.", "~ read: “hi”."),
    "chat-stream-without-id": (stream(lambda told: {"id" in chunk for chunk in told[:-1]}), {True}, {False}),
    "chat-stream-signature-repeated": (
        stream(lambda told: (len(signatures(told)), len(set(signatures(told)))), **THINKING),
        (1, 1),
        (2, 1),
    ),
    "responses-stream-cut-shorter": (
        lambda client, fault: [
            (body["status"], body["usage"]["output_tokens"] > 2)
            for body in (client.respond(fault=fault).json(), typed(lambda told: told[-1]["response"])(client, fault))
        ],
        [("completed", True), ("completed", True)],
        [("completed", True), ("incomplete", False)],
    ),
    "gemini-stream-text-differs": (
        lambda client, fault: [
            generated_text([client.generate({"text": "hi"}, fault=fault).json()]),
            generated_text(events(client.generate({"text": "hi"}, action=STREAM, fault=fault))),
        ],
        ["I read: “hi”."] * 2,
        ["I read: “hi”.", "~ read: “hi”."],
    ),
    "responses-stream-number-repeated": (
        typed(lambda told: len(told) - len({event["sequence_number"] for event in told})),
        0,
        1,
    ),
    "responses-stream-text-differs": (typed(deltas_agree), True, False),
    "responses-stream-item-id-differs": (
        typed(lambda told: len({event["item_id"] for event in told if "item_id" in event})),
        1,
        2,
    ),
    "responses-stream-without-terminal": (
        typed(lambda told: told[-1]["type"]),
        "response.completed",
        "response.output_item.done",
    ),
    "responses-stream-without-usage": (typed(lambda told: "usage" in told[-1]["response"]), True, False),
    "responses-stream-not-created-first": (
        typed(lambda told: told[0]["type"]),
        "response.created",
        "response.in_progress",
    ),
    "gemini-stream-without-finish": (
        lambda client, fault: (
            "finishReason" in events(client.generate(action=STREAM, fault=fault))[-1]["candidates"][0]
        ),
        True,
        False,
    ),
}
for model, short, most in (
    ("claude-sonnet-4-5", "claude", 100),
    ("gpt-5", "gpt5", 500),
    ("gemma-3-12b", "gemma", 5),
    ("llama-4-maverick", "llama", 5),
):
    SHOWN |= {
        f"images-{short}-count-{most - 1}": (chat_status([image()] * most, model), 200, 400),
        f"images-{short}-count-{most + 1}": (chat_status([image()] * (most + 1), model), 400, 200),
        f"images-{short}-webp-refused": (chat_status([image("red-64.webp", "image/webp")], model), 200, 400),
        f"images-{short}-bmp-accepted": (chat_status([image("red-64.bmp", "image/bmp")], model), 400, 200),
    }
for name, value in (("background", True), ("store", True), ("previous_response_id", "x"), ("service_tier", "auto")):
    slug, given = name.replace("_", "-"), {name: value}
    SHOWN[f"responses-{slug}-accepted"] = (responses_status(**given), 400, 200)
    SHOWN[f"responses-{slug}-refused-with-422"] = (responses_status(**given), 400, 422)
for kind, more in (
    ("function", {"name": "f"}),
    ("custom", {"name": "f"}),
    ("mcp", {"server_label": "a", "server_url": "b"}),
    ("apply_patch", {}),
    ("shell", {}),
    ("image_generation", {}),
    ("web_search", {}),
):
    tools = [{"type": kind, **more}]
    SHOWN[f"responses-tool-{kind.replace('_', '-')}-refused"] = (responses_status(tools=tools), 200, 400)


def test_what_is_shown_is_a_fault() -> None:
    """These faults are looked at without the cases; that each of all faults shows, `prove` proves."""
    assert SHOWN.keys() <= FAULTS.keys()


@pytest.mark.parametrize("name", SHOWN)
def test_fault_does_what_it_says(client: Client, name: str) -> None:
    see, right, wrong = SHOWN[name]
    assert see(client, "") == right
    assert see(client, name) == wrong


@pytest.mark.parametrize("name", FAULTS)
def test_fault_is_told_in_a_sentence(name: str) -> None:
    fault = FAULTS[name]
    assert fault.says
    assert not fault.says.endswith(".")
    assert (Path(conformance.__file__).parent / fault.declared_in).is_file()


@pytest.mark.parametrize("name", FAULTS)
def test_fault_is_reported_by_requirements_of_the_catalogue_for_a_stated_reason(name: str) -> None:
    fault = FAULTS[name]
    assert fault.reported_by
    told = [*fault.breaks, *fault.warns, *fault.undecides]
    assert set(told) <= catalogue().keys()
    assert len(told) == len(set(told))
    assert all(words.strip() for words in (*fault.breaks.values(), *fault.warns.values()))
    assert {catalogue()[requirement].level for requirement in fault.warns} <= {"MUST"}


def test_fault_says_where_it_is_declared() -> None:
    for name, topic in (("chat-id-null", "chat"), ("gemini-path-404", "gemini"), ("images-not-scaled", "images")):
        assert FAULTS[name].declared_in == f"reference/faults/{topic}.py"


def test_store_accepted_changes_nothing_else(client: Client) -> None:
    name = "responses-store-accepted"
    body = client.respond(store=True, fault=name).json()
    assert body["store"] is True
    assert client.respond(background=True, fault=name).status_code == 400
    for send in (client.chat, client.generate, client.respond):
        kept, changed = send().json(), send(fault=name).json()
        assert kept.keys() == changed.keys()


def test_unknown_names_get_the_nearest() -> None:
    with pytest.raises(UnknownVariant, match="did you mean 'responses-store-accepted'"):
        variant_named("responses-stored-accepted")


def test_reasoning_may_eat_the_cap(client: Client) -> None:
    body = client.chat(ESSAY, "gpt-5", max_tokens=16, variant="reasoning-first").json()
    assert body["choices"][0]["message"]["content"] == ""
    assert body["choices"][0]["finish_reason"] == "length"
    assert (
        client.respond(ESSAY, max_output_tokens=16, variant="reasoning-first").json()["output"][-1]["type"]
        == "reasoning"
    )


def test_running_takes_a_fault_by_name() -> None:
    with running(fault="chat-id-null", token=TOKEN) as url, Client(url) as client:
        assert client.chat().json()["id"] is None
