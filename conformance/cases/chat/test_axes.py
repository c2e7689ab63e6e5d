"""Chat along the axes of docs/axes.md: every model whole and streamed, cut, in a later turn, in other letters, compressed."""

from collections.abc import Iterator

import pytest

from conformance.cases import decides
from conformance.cases.axes import each_drawn, judge_values
from conformance.checks import chat_stream, usage
from conformance.checks.answers import is_success, recorded
from conformance.checks.ending import truncation_reason
from conformance.checks.findings import Undecided, inapplicable, observation
from conformance.checks.reading import body_of, usage_follows
from conformance.probing.axes import Asked
from conformance.probing.drawn import answered
from conformance.probing.judge import CaseEnded, Judge
from conformance.probing.surface import Chat
from conformance.requirements import family_of

SHOWN_WITH_A_CAP = frozenset({"claude", "gpt-5-1", "gpt-oss", "gemini"})
"""The families that the documents show with max_tokens on chat."""
SHOWN_ON_RESPONSES_ALONE = frozenset({"gpt-5-2", "gpt-5-4", "gpt-5-5", "gpt-5-5-pro"})
STREAMED_FURTHER = ("gpt-5", "gpt-5-1", "gemini", "gpt-oss", "gemma")
REASONING = frozenset({"claude", "gpt-5", "gpt-5-1", "gpt-oss", "gemini"})
"""The families of the section on reasoning."""
NEVER_REASON_UNASKED = frozenset({"claude", "llama", "gemma", "gpt-5-1"})


def unshown(family: str) -> frozenset[str]:
    """The axes on which no document shows models of this family on chat."""
    model = {"model"} if family in SHOWN_ON_RESPONSES_ALONE else set[str]()
    return frozenset(model if family in SHOWN_WITH_A_CAP else {*model, "length"})


def also_decided(asked: Asked) -> Iterator[str]:
    """What an answer shows beside the promises of its values."""
    reasons = family_of(asked.model) in REASONING
    yield from ("REASON-VIA-CHAT",) if reasons else ()
    if asked.transport == "streamed":
        yield "CHAT-STREAM-ORDER"
    else:
        yield from ("CHAT-USAGE-KEYS", "CHAT-USAGE-SUM", *(("REASON-TOKENS-USAGE",) if reasons else ()))
    if asked.length == "cut":
        yield "CHAT-MAXTOKENS-CAP"


@each_drawn("chat", also_decided)
def test_drawn(chat: Chat, judge: Judge, asked: Asked) -> None:
    """Each model answers, whole and streamed, in a first and a later turn, whatever else is asked along with it."""
    family, model = family_of(asked.model), chat.on(asked.model)
    try:
        exchange = answered(model, asked, unshown=unshown(family))
    except CaseEnded:
        if family in REASONING:
            judge.follow("CHAT-PATH", "REASON-VIA-CHAT")
        raise
    if family in REASONING:
        judge([observation("answered", str(asked))], "REASON-VIA-CHAT", about=exchange)
    if asked.transport == "streamed":
        judge(chat_stream.order(exchange), "CHAT-STREAM-ORDER", about=exchange)
    else:
        body = body_of("chat", exchange)
        judge(usage.has_counts(body), "CHAT-USAGE-KEYS", about=exchange)
        counts = judge(
            usage.chat_adds_up(body, reasoning=family not in NEVER_REASON_UNASKED), "CHAT-USAGE-SUM", about=exchange
        )
        if family in REASONING:
            told = usage.reasoning_tokens_are_reported(body) if counts else [inapplicable("usage does not add up")]
            judge(told, "REASON-TOKENS-USAGE", about=exchange)
    judge_values(model, asked, exchange, cap="CHAT-MAXTOKENS-CAP")


@pytest.mark.parametrize(
    "family",
    ["claude", "llama", *(pytest.param(family, marks=pytest.mark.costly) for family in STREAMED_FURTHER)],
)
@decides("CHAT-STREAM-USAGE")
def test_include_usage(chat: Chat, judge: Judge, family: str) -> None:
    """A stream that is asked for its usage tells it, where the target takes stream_options at all."""
    model = chat.of_family(family)
    sent = model.attempt({**model.hello, "stream": True, "stream_options": {"include_usage": True}})
    judge.or_end(recorded(sent, f"stream_options on {model.documented_model}"), about=sent)
    if reason := truncation_reason(sent):
        raise Undecided(reason)
    if is_success(sent):
        judge(usage_follows(sent), about=sent)
