"""Faults of audio and video, and of the Gemini API."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from conformance.reference.calls import Call
from conformance.reference.edits import answers, asks, parts, refusals, refuse, requests
from conformance.reference.faults.declared import BROKEN, REFUSED, TAKEN, fault
from conformance.reference.faults.matching import of
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
    undecides=("AV-CHAT-MULTI",),
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
    undecides=("AUTH-BEARER",),
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


def _kinds(call: Call, kind: str) -> int:
    """How many parts of a kind a chat request holds."""
    listed = parts(call.body) if call.surface == "chat" and isinstance(call.body, dict) else ()
    return sum(part.get("type") == kind for part in listed)


def _first_medium_only(body: dict[str, Any]) -> None:
    """Drops all recordings of a Gemini turn but the first."""
    for content in body["contents"] if isinstance(body.get("contents"), list) else ():
        if isinstance(content, dict) and isinstance(content.get("parts"), list):
            texts = [part for part in content["parts"] if "text" in part]
            media = [part for part in content["parts"] if "text" not in part]
            content["parts"] = [*texts, *media[:1]]


def _without_thoughts(usage: dict[str, Any]) -> None:
    usage["totalTokenCount"] -= usage.get("thoughtsTokenCount", 0)


def _standard(part: dict[str, Any]) -> bool:
    inline = part.get("inlineData")
    return isinstance(inline, dict) and not {"+", "/"}.isdisjoint(str(inline.get("data")))


def _on_v1(call: Call) -> bool:
    return call.surface == "gemini" and "/gemini/v1/" in call.path


fault(
    "media-three-refused",
    breaks={"AV-CHAT-MULTI": REFUSED},
    says="chat refuses more than two recordings in a request",
    request=refuse(lambda call: len(list(_urls(call))) > 2, "messages: only two recordings are allowed."),
)
fault(
    "media-audio-refused",
    breaks={"AV-CHAT-B64": REFUSED, "AV-CHAT-URL": REFUSED},
    undecides=("AV-CHAT-MIXED", "AV-CHAT-MULTI", "AV-CHAT-PROCESSED"),
    says="chat takes video and refuses audio",
    request=refuse(lambda call: _kinds(call, "audio_url") > 0, "audio_url: this part is not known."),
)
fault(
    "media-audio-mpeg-refused",
    warns={"AV-CHAT-B64": "audio/mpeg: the request is not accepted (400"},
    says="audio/mp3 is taken, and its registered name audio/mpeg refused",
    request=refuse(lambda call: any(url.startswith("data:audio/mpeg") for url in _urls(call)), "url: use audio/mp3."),
)
fault(
    "media-youtube-short-refused",
    breaks={"AV-CHAT-YOUTUBE": REFUSED},
    says="YouTube's short URLs are not supported",
    request=refuse(lambda call: any("youtu.be" in url for url in _urls(call)), "url: use www.youtube.com."),
)
fault(
    "media-claude-500",
    breaks={"AV-NON-GEMINI": "a video: the request is not refused as documented (500"},
    says="a video breaks Claude",
    request=refuse(of("claude", lambda call: any(_urls(call))), "internal error", status=500),
)
fault(
    "gemini-claude-served",
    breaks={"GEM-NONGEMINI-MODEL": TAKEN},
    says="the Gemini path serves Claude",
    policy=replace(DOCUMENTED, gemini_families=frozenset({"gemini", "claude"})),
)
fault(
    "gemini-claude-500",
    breaks={"GEM-NONGEMINI-MODEL": BROKEN},
    says="asking the Gemini path for Claude breaks the gateway",
    response=refusals(lambda call: call.surface == "gemini" and "claude" in (call.model or ""), 500),
)
fault(
    "gemini-v1-500",
    breaks={"GEM-PATH-V1": "the path v1: the target breaks (500"},
    says="the path v1 breaks the gateway",
    policy=replace(DOCUMENTED, gemini_versions=frozenset({"v1", "v1beta"})),
    request=refuse(_on_v1, "internal error", status=500),
)
fault(
    "gemini-errors-as-text",
    breaks={"GEM-ERR-SHAPE": "the error body is not JSON"},
    warns={"AUTH-REFUSED": "the refusal is no JSON", "GEM-AUTH-BEARER": "the refusal is no JSON"},
    says="errors of the Gemini surface are plain text",
    response=lambda call, answer: (
        replace(answer, body=b"Bad Request", media_type="text/plain")
        if call.surface == "gemini" and answer.status >= 400
        else answer
    ),
)
fault(
    "gemini-standard-base64-refused",
    breaks={
        "GEM-INLINEDATA": "standard base64 is not accepted (400",
        "GEM-CAMELCASE": "standard base64 is not accepted (400",
    },
    undecides=("GEM-MEDIA-PROCESSED",),
    says="inlineData takes the URL-safe alphabet of base64 alone",
    request=refuse(lambda call: any(map(_standard, _gemini_parts(call))), "inlineData.data is no base64."),
)
fault(
    "gemini-second-medium-ignored",
    breaks={"GEM-MEDIA-PROCESSED": "two media inline: no more input tokens than one medium inline"},
    says="of several recordings only the first is looked at",
    request=requests("gemini", _first_medium_only),
)
fault(
    "gemini-cut-not-told",
    breaks={
        "GEM-MAXOUT-CAP": "a cut answer does not say so",
        "DOORS-SAME-ANSWER": "gemini stops for another reason than chat",
    },
    says="an answer that was cut says that it stopped",
    response=answers("gemini", lambda body: body["candidates"][0].update(finishReason="STOP")),
)
fault(
    "gemini-thoughts-not-in-the-total",
    breaks={"GEM-USAGE-SUM": "usage does not add up"},
    says="totalTokenCount leaves out the thoughts",
    response=answers("gemini", lambda body: _without_thoughts(body["usageMetadata"])),
)
fault(
    "gemini-config-demanded",
    breaks={"GEM-PATH": REFUSED},
    undecides=(
        "GEM-NONGEMINI-MODEL",
        "GEM-STREAM-EQUAL",
        "GEM-STREAM-ORDER",
        "GEM-ERR-SHAPE",
        "GEM-AUTH-BEARER",
        "AUTH-BEARER",
    ),
    says="a Gemini request without generationConfig is refused",
    request=refuse(
        lambda call: call.surface == "gemini" and isinstance(call.body, dict) and "generationConfig" not in call.body,
        "generationConfig is required.",
    ),
)
fault(
    "chat-parts-refused",
    breaks={"IMG-DATAURI": REFUSED, "REASON-MT-REPLAY": REFUSED, "REASON-MT-REPLAY-SDK": "is not accepted (400"},
    undecides=("AV-NON-GEMINI", "AV-CHAT-B64", "AV-CHAT-URL", "IMG-CLAUDE-COUNT", "IMG-CLAUDE-MODELLIST"),
    says="content has to be a string",
    request=refuse(
        lambda call: call.surface == "chat" and isinstance(call.body, dict) and any(parts(call.body)),
        "content must be a string.",
    ),
)
