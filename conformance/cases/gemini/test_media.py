"""Audio and video on the Gemini API: inlineData and fileData."""

import base64

import pytest

from conformance.cases import decides
from conformance.media import load
from conformance.probing.growth import costs_more
from conformance.probing.judge import Judge
from conformance.probing.probes import base64_of, file_data, inline_data, media_type
from conformance.probing.probes import gemini as body
from conformance.probing.surface import Gemini

QUESTION = {"text": "What is in this?"}
KINDS = pytest.mark.parametrize(
    ("name", "url"), [("clip.mp4", "video_url"), ("tone.mp3", "audio_url")], ids=["video", "audio"]
)


@KINDS
@decides("GEM-INLINEDATA", "GEM-CAMELCASE")
def test_inline_data(gemini: Gemini, name: str, url: str) -> None:
    """inlineData, spelt in camelCase, is accepted in the standard and in the URL-safe base64 alphabet."""
    control = body(QUESTION)
    standard = body(QUESTION, inline_data(name))
    gemini.accepts(standard, "GEM-CAMELCASE", "GEM-INLINEDATA", control=control, what="standard base64")
    data = base64.urlsafe_b64encode(load(name)).decode()
    url_safe = body(QUESTION, {"inlineData": {"mimeType": media_type(name), "data": data}})
    gemini.accepts(url_safe, "GEM-INLINEDATA", control=control, what="URL-safe base64")


@decides("GEM-INLINEDATA")
def test_base64_without_padding(gemini: Gemini) -> None:
    """Data without the = at its end, which some encoders leave out: recorded."""
    name = "tone.mp3"
    data = base64_of(name)
    assert data.endswith("="), "the probe needs a file whose base64 is padded"
    bare = {"inlineData": {"mimeType": media_type(name), "data": data.rstrip("=")}}
    gemini.records(body(QUESTION, bare), "base64 without padding")


@decides("GEM-CAMELCASE")
def test_snake_case(gemini: Gemini) -> None:
    """The spelling in snake_case, which Google's own parsers take too: recorded."""
    blob = {"mime_type": media_type("tone.mp3"), "data": inline_data("tone.mp3")["inlineData"]["data"]}
    gemini.records(body(QUESTION, {"inline_data": blob}), "snake_case")


@KINDS
@decides("GEM-FILEDATA", "GEM-CAMELCASE")
def test_file_data(gemini: Gemini, name: str, url: str) -> None:
    """fileData, spelt in camelCase, is accepted with a public https URL."""
    named = body(QUESTION, file_data(name, gemini.target.media[url]))
    gemini.accepts(named, "GEM-FILEDATA", "GEM-CAMELCASE", control=body(QUESTION), by_url=True)


@KINDS
@decides("GEM-MEDIA-PROCESSED")
def test_media_cost_tokens(gemini: Gemini, judge: Judge, name: str, url: str) -> None:
    """No medium, one, two: promptTokenCount grows each time, inline and by URL."""
    none = gemini.ask(body(QUESTION))
    for part in (inline_data(name), file_data(name, gemini.target.media[url])):
        one, two = (gemini.ask(body(QUESTION, *[part] * number)) for number in (1, 2))
        way = "by URL" if "fileData" in part else "inline"
        sent = [("no medium", none), (f"one medium {way}", one), (f"two media {way}", two)]
        costs_more(judge, sent, path="usageMetadata.promptTokenCount")
