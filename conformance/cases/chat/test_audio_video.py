"""Audio and video on chat completions: by URL, inline, and both together."""

import pytest

from conformance.cases import decides
from conformance.checks.answers import accepted
from conformance.checks.findings import as_warnings
from conformance.probing.growth import costs_more
from conformance.probing.judge import Judge
from conformance.probing.probes import chat as body
from conformance.probing.probes import data_uri, media, media_type, text
from conformance.probing.surface import Chat

QUESTION = text("What is in this?")
KINDS = pytest.mark.parametrize(
    ("name", "url"), [("clip.mp4", "video_url"), ("tone.mp3", "audio_url")], ids=["video", "audio"]
)
WAYS = pytest.mark.parametrize(
    ("name", "url", "way"),
    [
        pytest.param("clip.mp4", "video_url", "inline", id="video-inline"),
        pytest.param("clip.mp4", "video_url", "by URL", id="video-by_url", marks=pytest.mark.costly),
        pytest.param("tone.mp3", "audio_url", "inline", id="audio-inline", marks=pytest.mark.costly),
        pytest.param("tone.mp3", "audio_url", "by URL", id="audio-by_url", marks=pytest.mark.costly),
    ],
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


@pytest.mark.costly
@KINDS
@decides("AV-CHAT-B64")
def test_broken_inline(chat: Chat, name: str, url: str) -> None:
    """What is no base64: recorded."""
    broken = media(name, f"data:{media_type(name)};base64,no base64!")
    chat.of_family("gemini").records(body(QUESTION, broken), "broken base64")


@pytest.mark.costly
@decides("AV-CHAT-B64")
def test_registered_audio_type(chat: Chat, judge: Judge) -> None:
    """audio/mpeg is the registered name of what the documents call audio/mp3: it should be taken too."""
    gemini = chat.of_family("gemini")
    gemini.ask(body(QUESTION, media("tone.mp3")))
    sent = gemini.send(body(QUESTION, media("tone.mp3", data_uri("tone.mp3", called="audio/mpeg"))))
    judge(as_warnings(accepted(sent), "audio/mpeg"))


@pytest.mark.costly
@decides("AV-CHAT-URL")
def test_unreachable_url(chat: Chat) -> None:
    """A URL behind which nothing is: recorded."""
    nowhere = media("clip.mp4", "https://media.example/nothing-there.mp4")
    chat.of_family("gemini").records(body(QUESTION, nowhere), "a URL that cannot be reached")


@KINDS
@decides("AV-CHAT-MIXED")
def test_mixed(chat: Chat, name: str, url: str) -> None:
    """One request may hold media of one kind by URL and inline."""
    gemini = chat.of_family("gemini")
    both = body(QUESTION, media(name, chat.target.media[url]), media(name))
    gemini.accepts(both, control=body(QUESTION, media(name)), by_url=True)


@WAYS
@decides("AV-CHAT-MULTI", "AV-CHAT-PROCESSED")
def test_several_media(chat: Chat, judge: Judge, name: str, url: str, way: str) -> None:
    """Several media in one request are accepted, three inline and two by URL; prompt_tokens grows with each."""
    gemini, by_url = chat.of_family("gemini"), way == "by URL"
    part = media(name, chat.target.media[url] if by_url else "")
    one = body(QUESTION, part)
    sent = [("no medium", gemini.ask(body(QUESTION))), (f"one medium {way}", gemini.ask(one))]
    for number in (2,) if by_url else (2, 3):
        answer = gemini.accepts(body(QUESTION, *[part] * number), "AV-CHAT-MULTI", control=one, by_url=by_url)
        sent.append((f"{number} media {way}", answer))
    costs_more(judge, sent, "AV-CHAT-PROCESSED")


YOUTUBE = ("https://www.youtube.com/watch?v=jNQXAC9IVRw", "https://youtu.be/jNQXAC9IVRw")
"""A public clip of 19 seconds, under both of its addresses."""


@pytest.mark.parametrize(
    "url", [pytest.param(YOUTUBE[0], id="watch"), pytest.param(YOUTUBE[1], id="short", marks=pytest.mark.costly)]
)
@decides("AV-CHAT-YOUTUBE")
def test_youtube(chat: Chat, url: str) -> None:
    """A video may be named by its YouTube URL."""
    gemini = chat.of_family("gemini")
    gemini.accepts(body(QUESTION, media("clip.mp4", url)), control=body(QUESTION), by_url=True)


@pytest.mark.costly
@decides("AV-NON-GEMINI")
def test_other_families(chat: Chat) -> None:
    """Audio and video are a matter of Gemini models: elsewhere they are refused."""
    claude = chat.of_family("claude")
    claude.refuses_or_records(body(QUESTION, media("clip.mp4")), control=body(QUESTION), what="a video")
