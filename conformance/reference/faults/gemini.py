"""Faults of audio and video, and of the Gemini API."""

import json
from dataclasses import replace
from typing import Any

from conformance.reference.calls import Call
from conformance.reference.edits import add, answers, break_on, change, drop, put, refusals, refuse, requests
from conformance.reference.faults.declared import BROKEN, REFUSED, TAKEN, fault
from conformance.reference.matching import When, asks, has, has_part, lacks, of, on
from conformance.reference.paths import values
from conformance.reference.policy import DOCUMENTED


def _recordings(call: Call) -> list[str]:
    """The URLs of the audio and video parts of a chat request."""
    kinds = ("video_url", "audio_url") if call.surface == "chat" else ()
    return [str(url) for kind in kinds for url in values(call.body, f"messages/*/content/*/{kind}/url")]


def _recording_at(text: str) -> When:
    """Chat calls with a recording in whose URL this stands."""
    return lambda call: any(text in url for url in _recordings(call))


def _in_parts(call: Call) -> bool:
    listed = values(call.body, "messages/*/content/*") if call.surface == "chat" else []
    return any(part for part in listed if isinstance(part, dict))


def _inline_data_with(letters: str) -> When:
    """Gemini calls with base64 that holds one of these letters."""
    return lambda call: (
        call.surface == "gemini"
        and any(
            not set(letters).isdisjoint(str(data)) for data in values(call.body, "contents/*/parts/*/inlineData/data")
        )
    )


def _first_recording_only(parts: Any) -> Any:
    if not isinstance(parts, list):
        return parts
    recordings = [part for part in parts if "text" not in part]
    return [*(part for part in parts if "text" in part), *recordings[:1]]


def _without_thoughts(body: dict[str, Any]) -> None:
    usage = body["usageMetadata"]
    usage["totalTokenCount"] -= usage.get("thoughtsTokenCount", 0)


fault(
    "media-url-refused",
    breaks=dict.fromkeys(("AV-CHAT-URL", "AV-CHAT-MIXED", "AV-CHAT-YOUTUBE"), REFUSED),
    says="chat refuses audio and video by web URL",
    request=refuse(_recording_at("https:"), "url: must be a data URI."),
)
fault(
    "media-inline-refused",
    breaks={"AV-CHAT-B64": REFUSED},
    undecides=("AV-CHAT-MULTI",),
    says="chat refuses audio and video in data URIs",
    request=refuse(_recording_at("data:"), "url: must be a web URL."),
)
fault(
    "media-several-refused",
    breaks={"AV-CHAT-MULTI": REFUSED, "AV-CHAT-MIXED": REFUSED},
    says="chat refuses more than one recording in a request",
    request=refuse(lambda call: len(_recordings(call)) > 1, "messages: only one recording is allowed."),
)
fault(
    "media-youtube-refused",
    breaks={"AV-CHAT-YOUTUBE": REFUSED},
    says="YouTube URLs are not supported",
    request=refuse(_recording_at("youtu"), "video_url.url: YouTube is not supported."),
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
    request=requests("chat", drop("messages/*/content/*", lambda part: '"https:' in json.dumps(part))),
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
    request=refuse(has("gemini", "contents/*/parts/*/fileData"), "fileData is not supported."),
)
fault(
    "gemini-file-data-ignored",
    breaks={"GEM-MEDIA-PROCESSED": "one medium by URL: no more input tokens than no medium"},
    says="fileData is dropped, and what is left answered",
    request=requests("gemini", drop("contents/*/parts/*", lambda part: bool(values(part, "fileData")))),
)
fault(
    "gemini-inline-data-refused",
    breaks={
        "GEM-INLINEDATA": "standard base64 is not accepted (400",
        "GEM-CAMELCASE": "standard base64 is not accepted (400",
    },
    says="inlineData is refused, inline_data is not",
    request=refuse(has("gemini", "contents/*/parts/*/inlineData"), "inlineData is not known."),
)
fault(
    "gemini-url-safe-base64-refused",
    breaks={"GEM-INLINEDATA": "URL-safe base64 is not accepted (400"},
    says="the URL-safe base64 alphabet is refused",
    request=refuse(_inline_data_with("-_"), "inlineData.data is no base64."),
)
fault(
    "gemini-max-output-tokens-refused",
    breaks={"GEM-MAXOUT": REFUSED},
    says="generationConfig is refused",
    request=refuse(asks("gemini", generationConfig=...), "generationConfig is not known."),
)
fault(
    "gemini-text-missing",
    undecides=("GEM-STREAM-EQUAL",),
    breaks={"GEM-RESP-TEXT": "a finished answer has no text"},
    says="candidates have content without parts",
    response=answers("gemini", drop("candidates/0/content/parts")),
)
fault(
    "gemini-usage-total-off-by-one",
    breaks={"GEM-USAGE-SUM": "usage does not add up"},
    says="totalTokenCount is one more than its terms",
    response=answers("gemini", add("usageMetadata/totalTokenCount", 1)),
)


fault(
    "media-three-refused",
    breaks={"AV-CHAT-MULTI": REFUSED},
    says="chat refuses more than two recordings in a request",
    request=refuse(lambda call: len(_recordings(call)) > 2, "messages: only two recordings are allowed."),
)
fault(
    "media-audio-refused",
    breaks={"AV-CHAT-B64": REFUSED, "AV-CHAT-URL": REFUSED},
    undecides=("AV-CHAT-MIXED", "AV-CHAT-MULTI", "AV-CHAT-PROCESSED"),
    says="chat takes video and refuses audio",
    request=refuse(has_part("audio_url"), "audio_url: this part is not known."),
)
fault(
    "media-audio-mpeg-refused",
    warns={"AV-CHAT-B64": "audio/mpeg: the request is not accepted (400"},
    says="audio/mp3 is taken, and its registered name audio/mpeg refused",
    request=refuse(_recording_at("data:audio/mpeg"), "url: use audio/mp3."),
)
fault(
    "media-youtube-short-refused",
    breaks={"AV-CHAT-YOUTUBE": REFUSED},
    says="YouTube's short URLs are not supported",
    request=refuse(_recording_at("youtu.be"), "url: use www.youtube.com."),
)
fault(
    "media-claude-500",
    breaks={"AV-NON-GEMINI": "a video: the request is not refused as documented (500"},
    says="a video breaks Claude",
    request=break_on(of("claude", _recording_at(""))),
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
    response=refusals(lambda call: call.surface == "gemini" and "claude" in (call.model or ""), status=500),
)
fault(
    "gemini-v1-500",
    breaks={"GEM-PATH-V1": "the path v1: the target breaks (500"},
    says="the path v1 breaks the gateway",
    policy=replace(DOCUMENTED, gemini_versions=frozenset({"v1", "v1beta"})),
    request=break_on(lambda call: call.surface == "gemini" and "/gemini/v1/" in call.path),
)
fault(
    "gemini-errors-as-text",
    breaks={"GEM-ERR-SHAPE": "the error body is not JSON"},
    says="errors of the Gemini surface are plain text",
    response=refusals(on("gemini"), body=b"Bad Request", media_type="text/plain"),
)
fault(
    "gemini-standard-base64-refused",
    breaks={
        "GEM-INLINEDATA": "standard base64 is not accepted (400",
        "GEM-CAMELCASE": "standard base64 is not accepted (400",
    },
    undecides=("GEM-MEDIA-PROCESSED",),
    says="inlineData takes the URL-safe alphabet of base64 alone",
    request=refuse(_inline_data_with("+/"), "inlineData.data is no base64."),
)
fault(
    "gemini-second-medium-ignored",
    breaks={"GEM-MEDIA-PROCESSED": "two media inline: no more input tokens than one medium inline"},
    says="of several recordings only the first is looked at",
    request=requests("gemini", change("contents/*/parts", _first_recording_only)),
)
fault(
    "gemini-cut-not-told",
    breaks={
        "GEM-MAXOUT-CAP": "a cut answer does not say so",
        "DOORS-SAME-ANSWER": "gemini stops for another reason than chat",
    },
    says="an answer that was cut says that it stopped",
    response=answers("gemini", put("candidates/0/finishReason", "STOP")),
)
fault(
    "gemini-thoughts-not-in-the-total",
    breaks={"GEM-USAGE-SUM": "usage does not add up"},
    says="totalTokenCount leaves out the thoughts",
    response=answers("gemini", _without_thoughts),
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
    request=refuse(lacks("gemini", "generationConfig"), "generationConfig is required."),
)
fault(
    "chat-parts-refused",
    breaks={"IMG-DATAURI": REFUSED, "REASON-MT-REPLAY": REFUSED, "REASON-MT-REPLAY-SDK": "is not accepted (400"},
    undecides=("AV-NON-GEMINI", "AV-CHAT-B64", "AV-CHAT-URL", "IMG-CLAUDE-COUNT", "IMG-CLAUDE-MODELLIST"),
    says="content has to be a string",
    request=refuse(_in_parts, "content must be a string."),
)
