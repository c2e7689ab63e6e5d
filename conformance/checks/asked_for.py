"""What a request asks a model for, by what stands in it: media, tools, reasoning, a stream."""

from collections.abc import Iterator, Mapping
from typing import Any

_PARTS: Mapping[str, str] = {
    "image_url": "images", "input_image": "images", "input_audio": "audio", "audio_url": "audio", "video_url": "video",
}  # fmt: skip
_MEDIA: Mapping[str, str] = {"image": "images", "audio": "audio", "video": "video"}
_FEATURES_OF_TOOLS: Mapping[str, str] = {"custom": "custom_tools"}
"""By type of a tool: the feature that it is, if that is called otherwise."""

NOT_OFFERED = "not offered: "
"""How a note begins on what does not apply, since the target file says that the target does not offer it."""


def not_offered(reasons: Mapping[str, str]) -> str:
    """That features are not offered, each with the reason: `not offered: video (text and images only), mcp (no network)`."""
    return NOT_OFFERED + ", ".join(f"{name} ({reason})" for name, reason in reasons.items())


def features(path: str, body: Any) -> Iterator[str]:
    """The features of the catalogue without which a request cannot be answered. `body` is its JSON; None if it has none."""
    if not isinstance(body, dict):
        return
    if is_streamed(path, body):
        yield "stream"
    yield from media(body)
    if kinds := list(tool_types(body)):
        yield from ("tools", *(_FEATURES_OF_TOOLS.get(kind, kind) for kind in kinds))
    if any(
        isinstance(switch, dict)
        for switch in (body.get("thinking"), _inner(body, "generationConfig", "thinkingConfig"))
    ):
        yield "thinking"
    if effort(body) is not None:
        yield "effort"


def is_streamed(path: str, body: Mapping[str, Any]) -> bool:
    """Whether a request asks for a stream."""
    return body.get("stream") is True or ":streamGenerateContent" in path


def is_thinking(body: Mapping[str, Any]) -> bool:
    """Whether a request asks for thinking: by `thinking`, or by Google's configuration of it."""
    asked_google = isinstance(_inner(body, "generationConfig", "thinkingConfig"), dict)
    return _inner(body, "thinking", "type") == "enabled" or asked_google


def effort(body: Mapping[str, Any]) -> str | None:
    """The effort of reasoning that a request asks for; None if it does not."""
    found = (body.get("reasoning_effort"), _inner(body, "reasoning", "effort"))
    return next((effort for effort in found if isinstance(effort, str)), None)


def tool_types(body: Mapping[str, Any]) -> Iterator[str]:
    """The types of the tools of a request: Google's by the member that holds each, `function` for functionDeclarations."""
    tools = body.get("tools")
    for tool in tools if isinstance(tools, list) else ():
        if not isinstance(tool, dict):
            continue
        if isinstance(kind := tool.get("type"), str):
            yield kind
        elif tool:
            yield "function" if "functionDeclarations" in tool else str(next(iter(tool)))


def media(body: Mapping[str, Any]) -> set[str]:
    """The media in the messages of a request, whichever member holds them and however deep: images, audio, video."""
    found = set[str]()
    left: list[Any] = [body.get(name) for name in ("messages", "input", "contents")]
    while left:
        value = left.pop()
        if isinstance(value, dict):
            found.update(_of_part(value))
            left += value.values()
        elif isinstance(value, list):
            left += value
    return found


def _of_part(part: Mapping[str, Any]) -> Iterator[str]:
    """By the type of a part, or by the media type that it gives."""
    for name in ("type", "mimeType", "mime_type"):
        if isinstance(kind := part.get(name), str):
            medium = _PARTS.get(kind) or _MEDIA.get(kind.partition("/")[0] if "/" in kind else "")
            yield from [medium] if medium else []


def _inner(body: Mapping[str, Any], name: str, inner: str) -> Any:
    holder = body.get(name)
    return holder.get(inner) if isinstance(holder, dict) else None
