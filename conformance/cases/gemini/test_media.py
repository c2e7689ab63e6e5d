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


@pytest.mark.costly
@decides("GEM-INLINEDATA")
def test_base64_without_padding(gemini: Gemini) -> None:
    """Data without the = at its end, which some encoders leave out: recorded."""
    name = "tone.mp3"
    data = base64_of(name)
    assert data.endswith("="), "the probe needs a file whose base64 is padded"
    bare = {"inlineData": {"mimeType": media_type(name), "data": data.rstrip("=")}}
    gemini.records(body(QUESTION, bare), "base64 without padding")


@pytest.mark.costly
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


@pytest.mark.parametrize(
    ("name", "url", "way"),
    [
        pytest.param("clip.mp4", "video_url", "inline", id="video-inline"),
        pytest.param("clip.mp4", "video_url", "by URL", id="video-by_url", marks=pytest.mark.costly),
        pytest.param("tone.mp3", "audio_url", "inline", id="audio-inline", marks=pytest.mark.costly),
        pytest.param("tone.mp3", "audio_url", "by URL", id="audio-by_url", marks=pytest.mark.costly),
    ],
)
@decides("GEM-MEDIA-PROCESSED")
def test_media_cost_tokens(gemini: Gemini, judge: Judge, name: str, url: str, way: str) -> None:
    """No medium, one, two: promptTokenCount grows each time, inline and by URL."""
    part = inline_data(name) if way == "inline" else file_data(name, gemini.target.media[url])
    words = ("no medium", f"one medium {way}", f"two media {way}")
    sent = [(said, gemini.ask(body(QUESTION, *[part] * number))) for number, said in enumerate(words)]
    costs_more(judge, sent, path="usageMetadata.promptTokenCount")


@decides("GEM-INLINEDATA")
def test_broken_base64(gemini: Gemini) -> None:
    """Data that are no base64, and none at all: recorded, unless they break the target."""
    for data, what in (("no base64!", "broken base64"), ("", "no data")):
        gemini.records(body(QUESTION, {"inlineData": {"mimeType": "audio/mp3", "data": data}}), what)
