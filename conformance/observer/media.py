"""The suite's own tiny media, as cases of clients send them."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

_HERE = Path(__file__).resolve().parents[1] / "media"
_MEDIA_TYPES = {"png": "image/png", "jpg": "image/jpeg", "mp3": "audio/mp3", "mp4": "video/mp4"}

CAT = "https://storage.googleapis.com/cloud-samples-data/video/cat.mp4"
BROOKLYN_BRIDGE = "https://storage.googleapis.com/cloud-samples-data/speech/brooklyn_bridge.mp3"
WORLD = {CAT: "clip.mp4", BROOKLYN_BRIDGE: "tone.mp3"}
"""Public sample files that cases name by URL, and the file of ours that stands in for each: nothing is fetched."""


def load(name: str) -> bytes:
    """The bytes of a file of ours."""
    return (_HERE / name).read_bytes()


def base64_of(name: str) -> str:
    """A file of ours in base64, standard alphabet."""
    return base64.b64encode(load(name)).decode()


def data_uri(name: str) -> str:
    """A file of ours as a data URI."""
    return f"data:{_MEDIA_TYPES[name.rpartition('.')[2]]};base64,{base64_of(name)}"


def text(words: str) -> dict[str, Any]:
    """A text part of a chat message."""
    return {"type": "text", "text": words}


def image(name: str) -> dict[str, Any]:
    """An image part of a chat message."""
    return {"type": "image_url", "image_url": {"url": data_uri(name)}}


def media(name: str, url: str = "") -> dict[str, Any]:
    """An audio or video part of a chat message: inline, or at `url`."""
    kind = "audio_url" if name.endswith("mp3") else "video_url"
    return {"type": kind, kind: {"url": url or data_uri(name)}}


def heavy_image(encoded: int) -> dict[str, Any]:
    """An image part of so many bytes, as base64: a picture of ours, and then nothing that a decoder would read."""
    head = load("red-64.png")
    padding = bytes(max(encoded * 3 // 4 - len(head), 0))
    return {
        "type": "image_url",
        "image_url": {"url": "data:image/png;base64," + base64.b64encode(head + padding).decode()},
    }
