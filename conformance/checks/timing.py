"""Does a stream stream? When its pieces came, in seconds since the request was sent."""

from collections.abc import Iterator

from conformance.checks.findings import Finding, observation, warning
from conformance.wire.exchange import Exchange

_SLOW_S = 1.0
"""A whole answer that is there sooner shows nothing of how it was sent."""
_PIECES = 4
"""Events of which a stream should show more than its end."""
_AT_ONCE = 0.05
"""The part of the time at the end in which everything came, if a server in between held it back."""


def arrives_as_it_is_made(exchange: Exchange) -> Iterator[Finding]:
    """Not all of a long stream comes at its end, as if a server in between had held it back. No document says when."""
    chunks = exchange.response.chunks if exchange.response else ()
    if not chunks:
        return
    first, last = chunks[0].at, chunks[-1].at
    events = exchange.response.body.count(b"\ndata:") + 1 if exchange.response else 0
    when = f"first piece after {first:.2f} s, last after {last:.2f} s"
    if last >= _SLOW_S and events >= _PIECES and last - first < last * _AT_ONCE:
        yield warning("nothing of the stream comes before its end", expected="pieces as they are made", actual=when)
    else:
        yield observation("the stream arrives", when)
