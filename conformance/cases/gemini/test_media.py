"""Audio and video on the Gemini API: inlineData and fileData."""

import base64

import pytest

from conformance.cases import decides
from conformance.cases.judge import Judge
from conformance.cases.probes import file_data, inline_data, media_type
from conformance.cases.probes import gemini as body
from conformance.cases.surface import Gemini
from conformance.checks import gemini as shape
from conformance.checks.usage import grows
from conformance.media import load

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
    for part in (inline_data(name), file_data(name, gemini.target.media[url])):
        counts = []
        for number in range(3):
            answer = gemini.ask(body(QUESTION, *[part] * number))
            counts.append((f"a request with {number} media", shape.counts(answer.body)[0]))
        judge(grows(counts, "usageMetadata.promptTokenCount"))
