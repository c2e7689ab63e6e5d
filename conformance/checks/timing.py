"""Does a stream stream? When its pieces came, in seconds since the request was sent."""

import re
from collections.abc import Iterator

from conformance.checks.findings import Finding, observation, warning
from conformance.wire.exchange import Exchange

_SLOW_S = 1.0
"""A whole answer that is there sooner shows nothing of how it was sent."""
_TOKENS = 50
"""Tokens of an answer, about, that no model gives at once."""
_AT_ONCE = 0.05
"""The part of the time at the end in which everything came, if a server in between held it back."""
_FAST_S, _STREAMED_S = 0.001, 0.003
"""Seconds a token in which no model writes; and in which all but the very fastest do: one that thinks long and then writes fast
holds nothing back, and what our own process was too busy to read has not come late."""
_DELTA = re.compile(rb'"delta": ?"((?:[^"\\]|\\.)*)"')
_TEXT = re.compile(rb'"(?:content|text)": ?"((?:[^"\\]|\\.)*)"')
_CHARACTERS_A_TOKEN = 4


def arrives_as_it_is_made(exchange: Exchange) -> Iterator[Finding]:
    """Not all of a long stream comes at its end, as if a server in between had held it back. No document says when."""
    chunks = exchange.response.chunks if exchange.response else ()
    if not chunks or not exchange.response:
        return
    first, last = chunks[0].at, chunks[-1].at
    when = f"first piece after {first:.2f} s, last after {last:.2f} s"
    if last >= _SLOW_S and last - first < last * _AT_ONCE:
        tokens = _tokens(exchange.response.body)
        too_fast = tokens >= _TOKENS and last - first < tokens * _FAST_S
        if too_fast and exchange.own_cpu_s < tokens * (_STREAMED_S - _FAST_S):
            yield warning("nothing of the stream comes before its end", expected="pieces as they are made", actual=when)
            return
    yield observation("the stream arrives", when)


def _tokens(body: bytes) -> int:
    """About how many tokens of text a stream holds."""
    texts = _DELTA.findall(body) or _TEXT.findall(body)
    return sum(map(len, texts)) // _CHARACTERS_A_TOKEN
