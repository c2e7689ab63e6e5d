"""Faults of audio and video, and of the Gemini API."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from conformance.reference.calls import Call
from conformance.reference.faults.declared import REFUSED, answers, asks, fault, parts, refuse, requests
from conformance.reference.policy import DOCUMENTED

_MEDIA = ("video_url", "audio_url")


def _urls(call: Call) -> Iterator[str]:
    """The URLs of the audio and video parts of a chat request."""
    for part in parts(call.body) if call.surface == "chat" and isinstance(call.body, dict) else ():
        for kind in _MEDIA:
            held = part.get(kind)
            if isinstance(held, dict) and isinstance(held.get("url"), str):
                yield held["url"]


def _gemini_parts(call: Call) -> Iterator[dict[str, Any]]:
    if call.surface == "gemini" and isinstance(call.body, dict):
        yield from parts(call.body, "contents", "parts")


def _url_safe(part: dict[str, Any]) -> bool:
    inline = part.get("inlineData")
    return isinstance(inline, dict) and not {"-", "_"}.isdisjoint(str(inline.get("data")))


def _without_web_media(body: dict[str, Any]) -> None:
    """Drops audio and video by web URL from a chat request."""
    for message in body["messages"] if isinstance(body.get("messages"), list) else ():
        if isinstance(message, dict) and isinstance(message.get("content"), list):
            message["content"] = [part for part in message["content"] if '"https:' not in json.dumps(part)]


def _without_file_data(body: dict[str, Any]) -> None:
    for content in body["contents"] if isinstance(body.get("contents"), list) else ():
        if isinstance(content, dict) and isinstance(content.get("parts"), list):
            content["parts"] = [p for p in content["parts"] if not (isinstance(p, dict) and "fileData" in p)]


def _more_tokens(body: dict[str, Any]) -> None:
    body["usageMetadata"]["totalTokenCount"] += 1


fault(
    "media-url-refused",
    breaks={
        "AV-CHAT-URL": REFUSED,
        "AV-CHAT-MIXED": REFUSED,
        "AV-CHAT-YOUTUBE": REFUSED,
    },
    says="chat refuses audio and video by web URL",
    request=refuse(lambda call: any(url.startswith("https:") for url in _urls(call)), "url: must be a data URI."),
)
fault(
    "media-inline-refused",
    breaks={"AV-CHAT-B64": REFUSED},
    clouds=("AV-CHAT-MULTI",),
    says="chat refuses audio and video in data URIs",
    request=refuse(lambda call: any(url.startswith("data:") for url in _urls(call)), "url: must be a web URL."),
)
fault(
    "media-several-refused",
    breaks={"AV-CHAT-MULTI": REFUSED, "AV-CHAT-MIXED": REFUSED},
    says="chat refuses more than one recording in a request",
    request=refuse(lambda call: len(list(_urls(call))) > 1, "messages: only one recording is allowed."),
)
fault(
    "media-youtube-refused",
    breaks={"AV-CHAT-YOUTUBE": REFUSED},
    says="YouTube URLs are not supported",
    request=refuse(lambda call: any("youtu" in url for url in _urls(call)), "video_url.url: YouTube is not supported."),
)
fault(
    "media-not-counted",
    breaks={
        "AV-CHAT-PROCESSED": "one medium inline: no more input tokens than no medium",
        "GEM-MEDIA-PROCESSED": "one medium inline: no more input tokens than no medium",
    },
    says="audio and video add nothing to the input tokens",
    policy=replace(DOCUMENTED, counted=frozenset({"image"})),
)
fault(
    "media-url-ignored",
    breaks={"AV-CHAT-PROCESSED": "one medium by URL: no more input tokens than no medium"},
    says="chat drops audio and video by web URL and answers what is left",
    request=requests("chat", _without_web_media),
)
fault(
    "media-claude-accepted",
    breaks={"AV-NON-GEMINI": "a video: the request is not refused as documented (200"},
    says="Claude, GPT and Llama models accept audio and video",
    policy=replace(DOCUMENTED, media_families=frozenset({"gemini", "claude", "gpt-5", "gpt-oss", "llama"})),
)
fault(
    "gemini-path-404",
    breaks={"GEM-PATH": "the request is not accepted (404"},
    clouds=("AUTH-BEARER",),
    says="the Gemini API is served on v1 alone",
    policy=replace(DOCUMENTED, gemini_versions=frozenset({"v1"})),
)
fault(
    "gemini-file-data-refused",
    breaks={"GEM-FILEDATA": REFUSED, "GEM-CAMELCASE": REFUSED},
    says="fileData is refused",
    request=refuse(lambda call: any("fileData" in part for part in _gemini_parts(call)), "fileData is not supported."),
)
fault(
    "gemini-file-data-ignored",
    breaks={"GEM-MEDIA-PROCESSED": "one medium by URL: no more input tokens than no medium"},
    says="fileData is dropped, and what is left answered",
    request=requests("gemini", _without_file_data),
)
fault(
    "gemini-inline-data-refused",
    breaks={
        "GEM-INLINEDATA": "standard base64 is not accepted (400",
        "GEM-CAMELCASE": "standard base64 is not accepted (400",
    },
    says="inlineData is refused, inline_data is not",
    request=refuse(lambda call: any("inlineData" in part for part in _gemini_parts(call)), "inlineData is not known."),
)
fault(
    "gemini-url-safe-base64-refused",
    breaks={"GEM-INLINEDATA": "URL-safe base64 is not accepted (400"},
    says="the URL-safe base64 alphabet is refused",
    request=refuse(lambda call: any(_url_safe(part) for part in _gemini_parts(call)), "inlineData.data is no base64."),
)
fault(
    "gemini-max-output-tokens-refused",
    breaks={"GEM-MAXOUT": REFUSED},
    says="generationConfig is refused",
    request=refuse(asks("gemini", generationConfig=...), "generationConfig is not known."),
)
fault(
    "gemini-text-missing",
    breaks={
        "GEM-RESP-TEXT": "a finished answer has no text",
        "DOORS-SAME-ANSWER": "no text through gemini",
        "GEM-STREAM-EQUAL": "kinds of the stream",
    },
    says="candidates have content without parts",
    response=answers("gemini", lambda body: body["candidates"][0]["content"].pop("parts")),
)
fault(
    "gemini-usage-total-off-by-one",
    breaks={"GEM-USAGE-SUM": "usage does not add up"},
    says="totalTokenCount is one more than its terms",
    response=answers("gemini", _more_tokens),
)
