"""Audio and video on both surfaces, the Gemini API, and the committed probe files."""

from base64 import b64encode, urlsafe_b64encode
from importlib.resources import files
from typing import Any

import pytest

from conformance import media
from conformance.reference import media_parts, tokens
from conformance.reference.media_parts import Kind

from .client import Client, data_uri, events

VIDEO_URL, AUDIO_URL = media.WORLD
PUBLIC = {"video": VIDEO_URL, "audio": AUDIO_URL}
INLINE = {"video": data_uri("clip.mp4", "video/mp4"), "audio": data_uri("tone.mp3", "audio/mp3")}
MEDIA_TYPES = {"video": "video/mp4", "audio": "audio/mp3"}
FILES = {"video": "clip.mp4", "audio": "tone.mp3"}


def _part(kind: str, url: str) -> dict[str, Any]:
    return {"type": f"{kind}_url", f"{kind}_url": {"url": url}}


@pytest.mark.parametrize("kind", ["video", "audio"])
def test_chat_hears_and_sees_each_recording(client: Client, kind: str) -> None:
    def counted(*parts: dict[str, Any]) -> int:
        answer = client.chat([{"type": "text", "text": "Sum up."}, *parts], "gemini-3-1-pro", max_tokens=64)
        assert answer.status_code == 200, answer.text
        return int(answer.json()["usage"]["prompt_tokens"])

    public, inline = _part(kind, PUBLIC[kind]), _part(kind, INLINE[kind])
    none, one = counted(), counted(public)
    assert one == counted(inline)
    assert counted(public, inline, inline) - none == 3 * (one - none) > 0


@pytest.mark.parametrize("url", ["https://www.youtube.com/watch?v=dQw4w9WgXcQ", "https://youtu.be/dQw4w9WgXcQ?t=3"])
def test_youtube_is_for_video(client: Client, url: str) -> None:
    assert client.chat([_part("video", url)], "gemini-3-1-pro").status_code == 200
    assert client.chat([_part("audio", url)], "gemini-3-1-pro").status_code == 400


@pytest.mark.parametrize("model", ["claude-sonnet-4-5", "gpt-5", "gpt-oss-120b", "llama-4-maverick"])
def test_other_families_take_neither(client: Client, model: str) -> None:
    for kind, url in INLINE.items():
        assert client.chat([_part(kind, url)], model).status_code == 400


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/sample-video.mp4",
        "data:video/mp4;base64,",
        "data:video/mp4;base64,???",
        "data:video/mp4;base64,AAAA",
        INLINE["audio"],
        "video.mp4",
    ],
)
def test_what_cannot_be_read_is_refused(client: Client, url: str) -> None:
    answer = client.chat([_part("video", url)], "gemini-3-1-pro")
    assert answer.status_code == 400
    if url.startswith("https"):
        assert "could not be fetched" in answer.json()["message"]


def _inline(kind: str, data: str) -> dict[str, Any]:
    return {"inlineData": {"mimeType": MEDIA_TYPES[kind], "data": data}}


@pytest.mark.parametrize("kind", ["video", "audio"])
def test_gemini_reads_every_spelling_alike(client: Client, kind: str) -> None:
    data = media.load(FILES[kind])
    standard, url_safe = b64encode(data).decode(), urlsafe_b64encode(data).decode()
    assert standard != url_safe  # or the alphabets would not be told apart
    spellings = [
        _inline(kind, standard),
        _inline(kind, url_safe),
        _inline(kind, url_safe.rstrip("=")),
        {"inline_data": {"mime_type": MEDIA_TYPES[kind], "data": standard}},
        {"fileData": {"mimeType": MEDIA_TYPES[kind], "fileUri": PUBLIC[kind]}},
        {"file_data": {"mime_type": MEDIA_TYPES[kind], "file_uri": PUBLIC[kind]}},
    ]
    bodies = [client.generate({"text": "Sum up."}, spelling).json() for spelling in spellings]
    assert len({body["usageMetadata"]["promptTokenCount"] for body in bodies}) == 1
    assert f"1 {kind} recording" in bodies[0]["candidates"][0]["content"]["parts"][0]["text"]


def test_gemini_answer_and_usage(client: Client) -> None:
    body = client.generate(
        generationConfig={"maxOutputTokens": 1024, "thinkingConfig": {"includeThoughts": True}}
    ).json()
    (candidate,) = body["candidates"]
    assert (candidate["index"], candidate["finishReason"]) == (0, "STOP")
    thought, text = candidate["content"]["parts"]
    assert thought["thought"] is True
    assert "hello" in text["text"]
    usage = body["usageMetadata"]
    parts = usage["promptTokenCount"] + usage["candidatesTokenCount"] + usage["thoughtsTokenCount"]
    assert usage["totalTokenCount"] == parts
    cut = client.generate({"text": "Write a long essay."}, generationConfig={"maxOutputTokens": 16}).json()
    assert cut["candidates"][0]["finishReason"] == "MAX_TOKENS"
    assert cut["usageMetadata"]["candidatesTokenCount"] <= 16


def test_gemini_counts_the_prompt_by_modality(client: Client) -> None:
    speech = {"inlineData": {"mimeType": "audio/mp3", "data": b64encode(media.load("tone.mp3")).decode()}}
    picture = {"inlineData": {"mimeType": "image/png", "data": b64encode(media.load("red-64.png")).decode()}}
    usage = client.generate({"text": "What is this?"}, picture, speech).json()["usageMetadata"]
    counts = {count["modality"]: count["tokenCount"] for count in usage["promptTokensDetails"]}
    assert counts.keys() == {"TEXT", "IMAGE", "AUDIO"}
    assert sum(counts.values()) == usage["promptTokenCount"]


def test_gemini_streams_as_events_or_as_an_array(client: Client) -> None:
    long = {"text": "Write a long essay."}
    whole = client.generate(long).json()
    for pieces in (
        events(client.generate(long, action="streamGenerateContent?alt=sse")),
        client.generate(long, action="streamGenerateContent").json(),
    ):
        text = "".join(piece["candidates"][0]["content"]["parts"][0]["text"] for piece in pieces)
        assert text == whole["candidates"][0]["content"]["parts"][0]["text"]
        assert len(pieces) > 1
        assert pieces[-1]["usageMetadata"] == whole["usageMetadata"]
        assert ["finishReason" in piece["candidates"][0] for piece in pieces] == [False] * (len(pieces) - 1) + [True]


@pytest.mark.parametrize(
    ("request_", "status", "name"),
    [
        ({"model": "claude-sonnet-4-5"}, 400, "INVALID_ARGUMENT"),
        ({"model": "nothing"}, 404, "NOT_FOUND"),
        ({"contents": []}, 400, "INVALID_ARGUMENT"),
        ({"contents": [{"parts": [{"inlineData": {"mimeType": "video/mp4", "data": "?"}}]}]}, 400, "INVALID_ARGUMENT"),
        ({"contents": [{"parts": [{"text": "a", "inlineData": {}}]}]}, 400, "INVALID_ARGUMENT"),
        ({"unknown": 1}, 400, "INVALID_ARGUMENT"),
    ],
)
def test_gemini_refuses_in_googles_envelope(client: Client, request_: dict[str, Any], status: int, name: str) -> None:
    answer = client.generate(**request_)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["status"]) == (status, status, name)
    assert error["message"]


def test_gemini_calls_a_function_and_reads_its_response(client: Client) -> None:
    schema = {"type": "OBJECT", "properties": {"port": {"type": "STRING"}}, "required": ["port"]}
    tools = [
        {"functionDeclarations": [{"name": "get_tide", "description": "The tides of a port", "parameters": schema}]}
    ]
    asked = {"text": "How are the tides in Brest?"}
    part = client.generate(asked, tools=tools).json()["candidates"][0]["content"]["parts"][-1]
    call = dict(part["functionCall"])
    assert call.pop("id").startswith("call_")
    assert call == {"name": "get_tide", "args": {"port": "reference"}}
    contents = [
        {"role": "user", "parts": [asked]},
        {"role": "model", "parts": [part]},
        {"role": "user", "parts": [{"functionResponse": {"name": "get_tide", "response": {"tide": "rising"}}}]},
    ]
    said = client.generate(contents=contents, tools=tools).json()["candidates"][0]["content"]["parts"][-1]
    assert "rising" in said["text"]
    none = {"functionCallingConfig": {"mode": "NONE"}}
    assert (
        "text" in client.generate(asked, tools=tools, toolConfig=none).json()["candidates"][0]["content"]["parts"][-1]
    )


def test_v1_is_not_served(client: Client) -> None:
    body = {"contents": [{"parts": [{"text": "hi"}]}]}
    path = "/ai-gateway/gemini/v1/models/system.ai.gemini-3-1-pro:generateContent"
    assert client.post(path, body).json()["error_code"] == "ENDPOINT_NOT_FOUND"
    assert client.post(path, body, variant="v1-too").status_code == 200


def test_probe_files_are_small_and_what_their_names_say() -> None:
    names = [found.name for found in files(media).iterdir() if found.is_file() and not found.name.endswith(".py")]
    assert len(names) >= 20
    assert all(len(media.load(name)) < 10_000 for name in names)
    lengths: tuple[tuple[str, Kind, int], ...] = (
        ("tone.mp3", "audio", 1),
        ("tone-2s.mp3", "audio", 2),
        ("clip.mp4", "video", 1),
        ("clip-2s.mp4", "video", 2),
    )
    for name, kind, seconds in lengths:
        clip = media_parts.from_bytes(kind, media.load(name), "probe")
        assert clip.seconds == pytest.approx(seconds, abs=0.1)
    assert tokens.of_media("video", 1.0) > tokens.of_media("audio", 1.0) > 0


def test_unknown_probe_file_is_an_error() -> None:
    with pytest.raises(FileNotFoundError, match=r"nothing\.png"):
        media.load("nothing.png")
