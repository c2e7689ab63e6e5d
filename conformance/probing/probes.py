"""What cases send: parts with the suite's own tiny media. Every probe is as cheap as it can be."""

import base64
from typing import Any

from conformance.media import load

Part = dict[str, Any]

LONG_ANSWER = "Write a long and detailed essay of at least 500 words about the sea."
CAP = 32
"""A cap, in tokens, that an answer to LONG_ANSWER runs into."""

_MEDIA_TYPES = {
    "png": "image/png", "jpg": "image/jpeg", "webp": "image/webp", "gif": "image/gif", "bmp": "image/bmp",
    "tiff": "image/tiff", "svg": "image/svg+xml", "avif": "image/avif", "heic": "image/heic", "mp3": "audio/mp3",
    "mp4": "video/mp4",
}  # fmt: skip


def media_type(name: str) -> str:
    """The media type of a file of ours, spelt as the documents spell it."""
    return _MEDIA_TYPES[name.rpartition(".")[2]]


def base64_of(name: str) -> str:
    """A file of ours in base64, standard alphabet."""
    return base64.b64encode(load(name)).decode()


def data_uri(name: str, *, called: str = "") -> str:
    """A file of ours as a data URI; `called` is another media type than its own."""
    return f"data:{called or media_type(name)};base64,{base64_of(name)}"


def text(words: str) -> Part:
    """A text part of a chat message."""
    return {"type": "text", "text": words}


def image(name: str) -> Part:
    """An image part of a chat message."""
    return {"type": "image_url", "image_url": {"url": data_uri(name)}}


def media(name: str, url: str = "") -> Part:
    """An audio or video part of a chat message: inline, or at `url`."""
    kind = "audio_url" if name.endswith("mp3") else "video_url"
    return {"type": kind, kind: {"url": url or data_uri(name)}}


def chat(*parts: Part, **fields: Any) -> dict[str, Any]:
    """A chat body with one user message of these parts."""
    return {"messages": [{"role": "user", "content": list(parts)}], "max_tokens": 128, **fields}


def ask(words: str, **fields: Any) -> dict[str, Any]:
    """A chat body with one user message."""
    return {"messages": [{"role": "user", "content": words}], "max_tokens": 128, **fields}


def images(count: int, name: str = "red-64.png") -> dict[str, Any]:
    """A chat body that shows `count` tiny images."""
    return chat(text("How many images are there?"), *[image(name)] * count)


def gemini(*parts: Part, **config: Any) -> dict[str, Any]:
    """A Gemini body with one user turn of these parts."""
    return {
        "contents": [{"role": "user", "parts": list(parts)}],
        "generationConfig": {"maxOutputTokens": 512, **config},
    }


def inline_data(name: str) -> Part:
    """A Gemini part with a file of ours in base64."""
    return {"inlineData": {"mimeType": media_type(name), "data": base64_of(name)}}


def file_data(name: str, url: str) -> Part:
    """A Gemini part that names a file by its URL."""
    return {"fileData": {"mimeType": media_type(name), "fileUri": url}}
