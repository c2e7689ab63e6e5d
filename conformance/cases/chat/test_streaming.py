"""Chat with stream: true."""

import pytest

from conformance.cases import decides
from conformance.checks import chat_stream
from conformance.checks.answers import accepted
from conformance.checks.chat import summarise
from conformance.checks.ending import is_whole
from conformance.checks.same import same
from conformance.checks.streams import is_event_stream
from conformance.checks.timing import arrives_as_it_is_made
from conformance.probing.judge import Judge
from conformance.probing.probes import LONG_ANSWER, ask
from conformance.probing.surface import Body, Chat


@pytest.mark.parametrize("family", ["claude", "gemini"])
@decides("CHAT-STREAM-SSE", "CHAT-STREAM-ORDER", "CHAT-STREAM-USAGE", "CHAT-STREAM-EQUAL")
def test_stream(chat: Chat, judge: Judge, family: str) -> None:
    """stream: true is answered by server-sent events, which make one consistent answer: the same as without it."""
    model = chat.of_family(family)
    whole = model.ask(chat.hello)
    streamed = model.send({**chat.hello, "stream": True})
    judge.or_end(accepted(streamed, "stream: true", streamed=True, control=whole.exchange), "CHAT-STREAM-SSE")
    judge.or_end(is_event_stream(streamed), "CHAT-STREAM-SSE")
    judge(is_whole(streamed), "CHAT-STREAM-SSE")
    judge(chat_stream.order(streamed), "CHAT-STREAM-ORDER")
    judge(chat_stream.usage_is_reported(streamed, whole.body), "CHAT-STREAM-USAGE")
    again = model.ask(chat.hello)
    found = same(chat_stream.summarise(streamed), summarise(whole.body), summarise(again.body))
    judge(found, "CHAT-STREAM-EQUAL", about=streamed)


@decides("CHAT-STREAM-SSE")
def test_long_stream(chat: Chat, judge: Judge) -> None:
    """The pieces of a long answer come as they are made, not all at its end."""
    streamed = chat.ask({**ask(LONG_ANSWER), "max_tokens": 400, "stream": True}).exchange
    judge(arrives_as_it_is_made(streamed))


@pytest.mark.parametrize(
    ("family", "fields"),
    [
        ("gemini", {"max_tokens": 2000, "reasoning_effort": "high"}),
        ("claude", {"max_tokens": 2048, "thinking": {"type": "enabled", "budget_tokens": 1024}}),
    ],
    ids=["gemini", "claude"],
)
@decides("CHAT-STREAM-REASONING-DELTA", "CHAT-STREAM-ORDER")
def test_reasoning_deltas(chat: Chat, judge: Judge, family: str, fields: Body) -> None:
    """In a reasoning stream a delta's content may be a list of blocks, and a signature may come after its text."""
    model, question = chat.of_family(family), {**ask("Why is the sky blue?"), **fields}
    whole = model.ask(question)
    streamed = model.ask({**question, "stream": True}).exchange
    judge(chat_stream.order(streamed), "CHAT-STREAM-ORDER")
    judge.or_end(is_whole(streamed), "CHAT-STREAM-REASONING-DELTA")
    judge(chat_stream.reasoning_deltas(streamed, whole.body), "CHAT-STREAM-REASONING-DELTA")
