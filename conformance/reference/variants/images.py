"""Variants of images, audio and video."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from conformance.reference.calls import Answer, Call
from conformance.reference.edits import change, requests
from conformance.reference.errors import Refusal
from conformance.reference.paths import values
from conformance.reference.policy import DOCUMENTED, LISTED_FORMATS, Policy
from conformance.reference.variants.declared import variant

_TINY = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///ywAAAAAAQABAAACAUwAOw=="
_NOWHERE = "https://unreachable.example/"
_ROWS = ("claude", "gpt-5", "gemma", "llama")


def _for_all(policy: Policy, **changes: Any) -> Policy:
    for family in _ROWS:
        policy = policy.with_images(family, **changes)
    return policy


def _weighing(request: int, images: int) -> Policy:
    """Another reading of 10 MB: bytes of a request to GPT-5, and of the decoded images of Gemma and Llama."""
    policy = DOCUMENTED.with_images("gpt-5", payload=request)
    return policy.with_images("gemma", payload=images).with_images("llama", payload=images)


def _in_place_of_the_web(other: str) -> Callable[[Any], Any]:
    """Makes this of each URL that would have to be fetched."""
    return lambda url: other if str(url).startswith("https://") else url


def _unsupported_media_type(_: Call, answer: Answer) -> Answer:
    said = json.dumps(answer.body) if answer.status == 400 and isinstance(answer.body, dict) else ""
    return replace(answer, status=415) if "in the format" in said or "can be read" in said else answer


def _drops_media(body: dict[str, Any]) -> None:
    """What is no Gemini model never sees audio and video; OpenAI's own part is taken for audio_url."""
    if "gemini" not in str(body.get("model")):
        for kind in ("video_url", "audio_url"):
            change(f"messages/*/content/{kind}", lambda _: {"type": "text", "text": ""})(body)
    change("messages/*/content/input_audio", _as_audio_url)(body)


def _as_audio_url(part: dict[str, Any]) -> dict[str, Any]:
    data = part.get("input_audio", {}).get("data")
    return {"type": "audio_url", "audio_url": {"url": f"data:audio/mp3;base64,{data}"}}


def _reaches_nothing(call: Call) -> Call:
    if values(call.body, "tools/mcp"):
        raise Refusal("The MCP server could not be reached.", status=424, code="FAILED_DEPENDENCY")
    return requests(call.surface, _nowhere)(call)


def _nowhere(body: dict[str, Any]) -> None:
    for kind in ("video_url", "audio_url"):
        change(f"messages/*/content/*/{kind}/url", _in_place_of_the_web(_NOWHERE))(body)
    change("contents/*/parts/*/fileData/fileUri", _in_place_of_the_web(_NOWHERE))(body)


variant(
    "images-leniently",
    "takes animated GIFs, other formats and images by URL, scales down what is too large, minds only both sides",
    _for_all(
        DOCUMENTED, formats=LISTED_FORMATS | {"BMP", "TIFF", "AVIF"}, animated_gif=True, either_side=False, crowd=None
    ),
    request=requests("chat", change("messages/*/content/*/image_url/url", _in_place_of_the_web(_TINY))),
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
