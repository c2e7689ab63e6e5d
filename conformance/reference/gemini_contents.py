"""The Google Gemini API: `contents`, turns made of parts. Both spellings of a field name are known, as to its protocol."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from conformance.reference import media_parts
from conformance.reference.calls import Json
from conformance.reference.encoded import from_base64
from conformance.reference.fields import array, bad, maybe_array, maybe_bool, maybe_string, names, obj, only, string
from conformance.reference.media_parts import Clip, Kind
from conformance.reference.policy import Policy
from conformance.reference.prompt import Draft, Role

_HOLDERS = names("text inlineData fileData functionCall functionResponse executableCode codeExecutionResult")
"""What a part may be; one of them, and no two."""
_BESIDE = names("thought thoughtSignature videoMetadata")
_ROLES: Mapping[str, Role] = {"user": "user", "model": "assistant"}
_SNAKE = re.compile(r"_([a-z])")


@dataclass(frozen=True, slots=True)
class Held:
    """What one part holds."""

    text: str = ""
    image: bytes | None = None
    clip: Clip | None = None
    tool: bool = False


def camel(value: Json, where: str) -> dict[str, Any]:
    """An object with its own field names in camelCase."""
    return {_SNAKE.sub(lambda match: match[1].upper(), name): member for name, member in obj(value, where).items()}


def drafts(body: Mapping[str, Any], policy: Policy) -> list[Draft]:
    """The turns of a request, its system instruction first. Refuses what no part may be, naming where it stands."""
    contents = array(body.get("contents"), "contents")
    if not contents:
        raise bad("contents", "must hold at least one content")
    turns = [_content(content, f"contents[{index}]", policy) for index, content in enumerate(contents)]
    if (instruction := body.get("systemInstruction")) is not None:
        turns.insert(
            0, Draft("system", _content(instruction, "systemInstruction", policy, {**_ROLES, "system": "system"}).text)
        )
    return turns


def _content(value: Json, where: str, policy: Policy, roles: Mapping[str, Role] = _ROLES) -> Draft:
    content = camel(value, where)
    only(content, {"role", "parts"}, f"{where}.")
    name = maybe_string(content, "role", f"{where}.") or "user"
    if name not in roles:
        raise bad(f"{where}.role", f"must be one of {', '.join(roles)}")
    parts = maybe_array(content, "parts", f"{where}.")
    if not parts:
        raise bad(f"{where}.parts", "must hold at least one part")
    held = [_part(camel(part, f"{where}.parts[{i}]"), f"{where}.parts[{i}]", policy) for i, part in enumerate(parts)]
    return Draft(
        "tool" if any(one.tool for one in held) else roles[name],
        "\n".join(one.text for one in held if one.text),
        tuple(one.image for one in held if one.image is not None),
        tuple(one.clip for one in held if one.clip is not None),
    )


def _part(part: dict[str, Any], where: str, policy: Policy) -> Held:
    only(part, _HOLDERS | _BESIDE, f"{where}.")
    given = [name for name in _HOLDERS if part.get(name) is not None]
    if len(given) != 1:
        raise bad(where, f"must hold one of {', '.join(sorted(_HOLDERS))}")
    name, value, field = given[0], part[given[0]], f"{where}.{given[0]}"
    if name == "text":
        thought = maybe_bool(part, "thought", f"{where}.")
        text = string(value, field)
        return Held() if thought else Held(text)
    if name in ("inlineData", "fileData"):
        return _medium(camel(value, field), field, policy, inline=name == "inlineData")
    holder = camel(value, field)
    if name in ("functionCall", "functionResponse"):
        string(holder.get("name"), f"{field}.name")
    return Held(str({key: member for key, member in holder.items() if key != "id"}), tool=name == "functionResponse")


def _medium(holder: dict[str, Any], where: str, policy: Policy, *, inline: bool) -> Held:
    only(holder, {"mimeType", "displayName", "data" if inline else "fileUri"}, f"{where}.")
    media_type = maybe_string(holder, "mimeType", f"{where}.") or ("" if inline else "video/")
    kind = media_type.partition("/")[0]
    if kind not in ("image", "audio", "video"):
        raise bad(f"{where}.mimeType", "must be of an image, of audio or of video")
    if inline:
        data = from_base64(string(holder.get("data"), f"{where}.data"), f"{where}.data", url_safe=True)
        if kind == "image":
            return Held(image=data)
        return Held(clip=media_parts.from_bytes(cast("Kind", kind), data, f"{where}.data"))
    uri = string(holder.get("fileUri"), f"{where}.fileUri")
    if kind == "image" or uri.startswith("data:"):
        raise bad(f"{where}.fileUri", "must be a web URL of audio or video")
    return Held(clip=media_parts.from_url(cast("Kind", kind), uri, f"{where}.fileUri", youtube=policy.youtube))
