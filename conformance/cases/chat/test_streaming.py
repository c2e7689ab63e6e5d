"""Chat with stream: true."""

import pytest

from conformance.cases import decides
from conformance.cases.judge import Judge
from conformance.cases.surface import Chat
from conformance.checks import chat_stream
from conformance.checks.answers import accepted
from conformance.checks.streams import is_event_stream


@decides("CHAT-STREAM-SSE", "CHAT-STREAM-ORDER", "CHAT-STREAM-USAGE")
def test_stream(chat: Chat, judge: Judge) -> None:
    """stream: true is answered by server-sent events, which make one consistent answer."""
    chat.ask(chat.hello)
    streamed = chat.send({**chat.hello, "stream": True})
    judge.or_end(accepted(streamed, streamed=True), "CHAT-STREAM-SSE")
    judge.or_end(is_event_stream(streamed), "CHAT-STREAM-SSE")
    judge(chat_stream.order(streamed), "CHAT-STREAM-ORDER")
    judge(chat_stream.usage_is_reported(streamed), "CHAT-STREAM-USAGE")


@decides("CHAT-STREAM-REASONING-DELTA")
def test_reasoning_deltas(chat: Chat, judge: Judge) -> None:
    """In a reasoning stream a delta's content may be a list of blocks: recorded."""
    gemini = chat.of_family("gemini")
    body = {**chat.hello, "max_tokens": 2000, "stream": True, "reasoning_effort": "high"}
    judge(chat_stream.delta_kinds(gemini.ask(body).exchange))


@pytest.mark.parametrize("family", ["claude", "gemini"])
@decides("CHAT-STREAM-EQUAL")
def test_stream_equals_the_whole(chat: Chat, judge: Judge, family: str) -> None:
    """Streaming changes the transport, not the answer."""
    model = chat.of_family(family)
    body = {**model.hello, "max_tokens": 1024}
    whole = model.ask(body).body
    streamed = model.ask({**body, "stream": True}).exchange
    again = model.ask(body).body
    judge(chat_stream.equals_whole(streamed, whole, again))
