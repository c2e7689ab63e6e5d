"""Audio and video: inline or by URL, read with a real parser for their duration.

The reference gateway has no network. For a few public URLs it keeps files of its own (`conformance.media.WORLD`) and acts
as if it had fetched them; every other URL could not be fetched.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Literal

from tinytag import TinyTag

from conformance import media
from conformance.reference import encoded
from conformance.reference.fields import bad

Kind = Literal["audio", "video"]

_YOUTUBE = re.compile(r"https://(?:(?:www\.|m\.)?youtube\.com/watch\?(?:.*&)?v=|youtu\.be/)[\w-]{11}(?:[?&#].*)?")
_YOUTUBE_STANDS_FOR = "clip-2s.mp4"
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Clip:
    """One recording that reached the model: its kind and its length in seconds."""

    kind: Kind
    seconds: float


def from_url(kind: Kind, url: str, field: str, *, youtube: bool = True) -> Clip:
    """The clip behind a web URL or a data URI. Refuses, naming `field`, what cannot be fetched or read."""
    if url.startswith("data:"):
        return from_bytes(kind, encoded.from_data_uri(url, kind, field), field)
    return from_bytes(kind, _fetched(kind, url, field, youtube=youtube), field)


def _fetched(kind: Kind, url: str, field: str, *, youtube: bool) -> bytes:
    if name := media.WORLD.get(url):
        return media.load(name)
    if youtube and kind == "video" and _YOUTUBE.fullmatch(url):
        return media.load(_YOUTUBE_STANDS_FOR)
    if not _SCHEME.match(url):
        raise bad(field, "must be a web URL or a data URI")
    raise bad(field, f"could not be fetched: this gateway has no network and keeps only {', '.join(media.WORLD)}")


def from_bytes(kind: Kind, data: bytes, field: str) -> Clip:
    """The clip that these bytes are. Refuses what is no audio or video file of a known length."""
    try:
        seconds = TinyTag.get(file_obj=BytesIO(data)).duration
    except Exception as mistake:  # the parser raises whatever a broken file makes it raise
        raise bad(field, f"is not {kind} that can be read") from mistake
    if not seconds or not 0 < seconds < 24 * 3600 or (kind == "video" and data[4:8] != b"ftyp"):
        raise bad(field, f"is not {kind} that can be read")
    return Clip(kind, seconds)


def described(clips: Mapping[Kind, list[Clip]]) -> list[str]:
    """What was heard and seen, a phrase a kind: `2 videos of 1.0 s and 2.0 s`."""
    phrases = []
    for kind, members in clips.items():
        lengths = " and ".join(f"{clip.seconds:.1f} s" for clip in members[:8])
        phrases.append(f"{len(members)} {kind} recording{'s' if len(members) > 1 else ''} of {lengths}")
    return phrases
