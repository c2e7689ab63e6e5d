"""Audio and video on chat completions: by URL, inline, and both together."""

import pytest

from conformance.cases import decides
from conformance.cases.judge import Judge
from conformance.cases.probes import chat as body
from conformance.cases.probes import media, media_type, text
from conformance.cases.surface import Chat
from conformance.checks.findings import given
from conformance.checks.usage import grows

QUESTION = text("What is in this?")
KINDS = pytest.mark.parametrize(
    ("name", "url"), [("clip.mp4", "video_url"), ("tone.mp3", "audio_url")], ids=["video", "audio"]
)


@KINDS
@decides("AV-CHAT-URL")
def test_by_url(chat: Chat, name: str, url: str) -> None:
    """A Gemini model takes media at a public URL."""
    gemini = chat.of_family("gemini")
    gemini.accepts(body(QUESTION, media(name, chat.target.media[url])), control=body(QUESTION), by_url=True)


@KINDS
@decides("AV-CHAT-B64")
def test_inline(chat: Chat, name: str, url: str) -> None:
    """A Gemini model takes media as a base64 data URI."""
    gemini = chat.of_family("gemini")
    gemini.accepts(body(QUESTION, media(name)), control=body(QUESTION))
    gemini.records(body(QUESTION, media(name, f"data:{media_type(name)};base64,no base64!")), "broken base64")


@KINDS
@decides("AV-CHAT-MIXED")
def test_mixed(chat: Chat, name: str, url: str) -> None:
    """One request may hold media of one kind by URL and inline."""
    gemini = chat.of_family("gemini")
    both = body(QUESTION, media(name, chat.target.media[url]), media(name))
    gemini.accepts(both, control=body(QUESTION, media(name)), by_url=True)


@KINDS
@decides("AV-CHAT-MULTI")
def test_several_media(chat: Chat, name: str, url: str) -> None:
    """Two and three media in one request are accepted."""
    gemini = chat.of_family("gemini")
    for number in (2, 3):
        gemini.accepts(body(QUESTION, *[media(name)] * number), control=body(QUESTION, media(name)))


@KINDS
@decides("AV-CHAT-PROCESSED")
def test_media_cost_tokens(chat: Chat, judge: Judge, name: str, url: str) -> None:
    """No medium, one, two: prompt_tokens grows each time, inline and by URL."""
    gemini = chat.of_family("gemini")
    for part in (media(name), media(name, chat.target.media[url])):
        counts = []
        for number in range(3):
            answer = gemini.ask(body(QUESTION, *[part] * number))
            counts.append((f"a request with {number} media", given(answer.body, "usage.prompt_tokens", int)))
        judge(grows(counts, "usage.prompt_tokens"))


YOUTUBE = ("https://www.youtube.com/watch?v=jNQXAC9IVRw", "https://youtu.be/jNQXAC9IVRw")
"""A public clip of 19 seconds, under both of its addresses."""


@pytest.mark.parametrize("url", YOUTUBE, ids=["watch", "short"])
@decides("AV-CHAT-YOUTUBE")
def test_youtube(chat: Chat, url: str) -> None:
    """A video may be named by its YouTube URL."""
    gemini = chat.of_family("gemini")
    gemini.accepts(body(QUESTION, media("clip.mp4", url)), control=body(QUESTION), by_url=True)


@decides("AV-NON-GEMINI")
def test_other_families(chat: Chat) -> None:
    """Audio and video are a matter of Gemini models: elsewhere they are refused."""
    claude = chat.of_family("claude")
    claude.refuses_or_records(body(QUESTION, media("clip.mp4")), control=body(QUESTION), what="a video")
