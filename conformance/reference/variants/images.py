"""Variants of images, audio and video."""

import json
from dataclasses import replace
from typing import Any

from conformance.reference.calls import Answer, Call
from conformance.reference.edits import parts, requests
from conformance.reference.errors import Refusal
from conformance.reference.policy import DOCUMENTED, LISTED_FORMATS, Policy
from conformance.reference.variants.declared import variant

_TINY = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///ywAAAAAAQABAAACAUwAOw=="
_ROWS = ("claude", "gpt-5", "gemma", "llama")


def _for_all(policy: Policy, **changes: Any) -> Policy:
    for family in _ROWS:
        policy = policy.with_images(family, **changes)
    return policy


def _weighing(request: int, images: int) -> Policy:
    """Another reading of 10 MB: bytes of a request to GPT-5, and of the decoded images of Gemma and Llama."""
    policy = DOCUMENTED.with_images("gpt-5", payload=request)
    return policy.with_images("gemma", payload=images).with_images("llama", payload=images)


def _fetches(body: dict[str, Any]) -> None:
    for part in parts(body):
        held = part.get("image_url")
        if isinstance(held, dict) and str(held.get("url")).startswith("https://"):
            held["url"] = _TINY


def _unsupported_media_type(_: Call, answer: Answer) -> Answer:
    said = json.dumps(answer.body) if answer.status == 400 and isinstance(answer.body, dict) else ""
    return replace(answer, status=415) if "in the format" in said or "can be read" in said else answer


def _drops_media(body: dict[str, Any]) -> None:
    """What is no Gemini model never sees audio and video; OpenAI's own part is taken for audio_url."""
    for part in parts(body):
        if part.get("type") in ("video_url", "audio_url") and "gemini" not in str(body.get("model")):
            part.clear()
            part |= {"type": "text", "text": ""}
        elif part.get("type") == "input_audio":
            data = part.pop("input_audio", {}).get("data")
            part |= {"type": "audio_url", "audio_url": {"url": f"data:audio/mp3;base64,{data}"}}


def _reaches_nothing(call: Call) -> Call:
    tools = call.body.get("tools") if isinstance(call.body, dict) else None
    if any(isinstance(tool, dict) and tool.get("type") == "mcp" for tool in (tools if isinstance(tools, list) else ())):
        raise Refusal("The MCP server could not be reached.", status=424, code="FAILED_DEPENDENCY")
    return requests(call.surface, _nowhere)(call)


def _nowhere(body: dict[str, Any]) -> None:
    for part in (*parts(body), *parts(body, "contents", "parts")):
        for name, field in (("video_url", "url"), ("audio_url", "url"), ("fileData", "fileUri")):
            held = part.get(name)
            if isinstance(held, dict) and str(held.get(field)).startswith("https://"):
                held[field] = "https://unreachable.example/"


variant(
    "images-leniently",
    "takes animated GIFs, other formats and images by URL, scales down what is too large, minds only both sides",
    _for_all(
        DOCUMENTED, formats=LISTED_FORMATS | {"BMP", "TIFF", "AVIF"}, animated_gif=True, either_side=False, crowd=None
    ),
    request=requests("chat", _fetches),
)
variant(
    "images-strictly",
    "reads 10 MB as ten million bytes, of base64 where images are weighed, refuses animated GIFs, and formats with 415",
    _for_all(_weighing(10_000_000, 7_500_000), animated_gif=False),
    response=_unsupported_media_type,
)
variant(
    "serving-limit",
    "refuses requests over 4 MB, as another page of the vendor has it",
    _weighing(4_000_000, 3_000_000),
)
variant("media-dropped", "drops audio and video that a model cannot take", request=requests("chat", _drops_media))
variant("no-network", "can fetch and reach nothing", request=_reaches_nothing)
