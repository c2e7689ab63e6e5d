"""What is read of an answer on any surface, whole and streamed: its text, its end, its tokens."""

from typing import Any

import pytest

from conformance.checks import reading
from conformance.checks.cross_surface import CUT, FINISHED
from conformance.checks.findings import Undecided, collect
from conformance.wire.exchange import Exchange

from .samples import CHAT, CHUNKS, EVENTS, GEMINI, GEMINI_EVENTS, RESPONSE, answered, change, streamed, unanswered

CAP = 32


def kinds(found: Any) -> list[str]:
    return [finding.kind for finding in collect(found)]


@pytest.mark.parametrize(
    ("surface", "whole", "events"),
    [("chat", CHAT, CHUNKS), ("responses", RESPONSE, EVENTS), ("gemini", GEMINI, GEMINI_EVENTS)],
)
def test_a_stream_reads_like_the_whole(surface: str, whole: Any, events: list[Any]) -> None:
    one, other = (reading.answer_of(surface, sent) for sent in (answered(whole), streamed(*events)))
    for answer in (one, other):
        assert answer.text
        assert answer.reason == FINISHED
    assert (one.input_tokens is None) == (other.input_tokens is None)


@pytest.mark.parametrize("exchange", [unanswered(), answered(b"<html>"), streamed()])
@pytest.mark.parametrize("surface", ["chat", "responses", "gemini"])
def test_without_an_answer_nothing_is_read(surface: str, exchange: Exchange) -> None:
    with pytest.raises(Undecided):
        reading.answer_of(surface, exchange)


def cut(made: int, reason: str, *, prompt: int = 7, hidden: int = 0) -> Exchange:
    usage = {"prompt_tokens": prompt, "completion_tokens": made, "total_tokens": prompt + made + hidden}
    return answered(change(CHAT, ("choices.0.finish_reason", reason), ("usage", usage)))


@pytest.mark.parametrize(
    ("exchange", "kind"),
    [
        (cut(CAP, "length"), "observation"),
        (cut(CAP - 1, "length"), "observation"),
        (cut(CAP, "stop"), "violation"),
        (cut(CAP + 1, "length"), "violation"),
        (cut(CAP - 1, "stop"), "inapplicable"),
        (cut(16, "stop", hidden=16), "violation"),  # hidden reasoning used up the rest
        (cut(16, "stop", hidden=600), "inapplicable"),  # whether a cap holds for hidden reasoning is open
        (answered(change(CHAT, ("usage", {}), ("choices.0.finish_reason", "length"))), "observation"),
        (answered(change(CHAT, ("usage", {}))), "inapplicable"),
    ],
)
def test_a_cut_answer_says_so(exchange: Exchange, kind: str) -> None:
    assert kinds(reading.cap_is_told("chat", exchange, CAP)) == [kind]


def test_a_cut_stream_says_so() -> None:
    last = {**CHUNKS[0], "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
    counts = {**CHUNKS[0], "choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": CAP, "total_tokens": 39}}
    assert kinds(reading.cap_is_told("chat", streamed(CHUNKS[0], last, counts), CAP)) == ["violation"]
    last["choices"][0]["finish_reason"] = "length"
    assert reading.answer_of("chat", streamed(CHUNKS[0], last, counts)).reason == CUT
    assert kinds(reading.cap_is_told("chat", streamed(CHUNKS[0], last, counts), CAP)) == ["observation"]


@pytest.mark.parametrize(
    "said",
    [
        reading.PHRASE.encode().decode("latin-1"),
        reading.PHRASE.encode().decode("cp1252", errors="replace"),
        reading.PHRASE.encode("ascii", "replace").decode(),
        reading.PHRASE.encode("ascii", "ignore").decode(),
        reading.PHRASE.encode("ascii", "backslashreplace").decode(),
        reading.PHRASE.encode("ascii", "xmlcharrefreplace").decode(),
        "Grüße, 世\N{REPLACEMENT CHARACTER} 🚀",
        "Great! Grüße, 世界 \N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER} and so on",
    ],
)
def test_damaged_text_is_told(said: str) -> None:
    assert kinds(reading.text_is_intact(f"Here it is: {said} and more")) == ["violation"]


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        (f"Of course: {reading.PHRASE}", "observation"),
        ("Gruesse, Welt", "inapplicable"),
        ("Great. The sea is green, and what? 世界", "inapplicable"),
        ("Grüße, 世", "inapplicable"),  # the cap cut it off
        ("Grüße, 世\N{REPLACEMENT CHARACTER}", "inapplicable"),  # in the middle of a character
        ("Grüße, Welt", "inapplicable"),
        ("", "inapplicable"),
    ],
)
def test_what_the_model_made_of_the_text_is_its_own_affair(said: str, kind: str) -> None:
    assert kinds(reading.text_is_intact(said)) == [kind]


@pytest.mark.parametrize(("least", "kind"), [(7, "observation"), (8, "warning")])
def test_what_adds_no_tokens_is_told(least: int, kind: str) -> None:
    assert kinds(reading.is_counted("chat", answered(CHAT), least, "an earlier turn")) == [kind]


def test_what_tells_no_tokens_is_not_judged() -> None:
    assert kinds(reading.is_counted("chat", answered(change(CHAT, ("usage", {}))), 1, "it")) == ["inapplicable"]


def test_usage_that_was_asked_for_follows() -> None:
    counts = {**CHUNKS[0], "choices": [], "usage": CHAT["usage"]}
    assert kinds(reading.usage_follows(streamed(CHUNKS[0], counts))) == ["observation"]
    assert kinds(reading.usage_follows(streamed({**CHUNKS[0], "usage": None}))) == ["warning"]


@pytest.mark.parametrize(
    ("exchange", "kind"),
    [
        (answered(CHAT), "observation"),
        (unanswered(), "violation"),
        (answered(b"\x1f\x8b\x08\x00"), "violation"),
        (answered({"error": {"message": "no"}}, 406), "violation"),
    ],
)
def test_compressed_answers_can_be_read(exchange: Exchange, kind: str) -> None:
    assert kinds(reading.compressed_is_readable(exchange)) == [kind]


def test_two_answers_have_two_ids() -> None:
    assert kinds(reading.has_another_id(CHAT, CHAT, "another cap")) == ["violation"]
    assert kinds(reading.has_another_id(CHAT, change(CHAT, ("id", "other")), "another cap")) == ["observation"]
    nameless: tuple[Any, ...] = ({}, [], 7, {"id": None})
    for absent in nameless:
        assert kinds(reading.has_another_id(absent, absent, "another cap")) == ["observation"]


def test_a_larger_cap_brings_another_answer() -> None:
    small, large = (reading.answer_of("chat", cut(made, "length")) for made in (16, 64))
    assert kinds(reading.is_another_answer(small, small)) == ["violation"]
    assert kinds(reading.is_another_answer(small, large)) == ["observation"]
    short = reading.answer_of("chat", answered(CHAT))
    assert kinds(reading.is_another_answer(short, short)) == ["observation"]  # it ended by itself


@pytest.mark.parametrize(
    ("exchange", "kind"),
    [
        (answered(CHAT), "observation"),
        (answered({"message": "no"}, 415), "observation"),
        (answered(b"", 500), "violation"),
        (unanswered("the connection was reset", dropped=True), "violation"),
        (unanswered(), "undecided"),
        (answered(b"", 429), "undecided"),
    ],
)
def test_what_may_be_refused_may_not_break_the_target(exchange: Exchange, kind: str) -> None:
    assert kinds(reading.breaks_nothing(exchange, "a request without a content type")) == [kind]
