"""A stream that a server in between holds back is no stream to whoever waits for it."""

import pytest

from conformance.checks.findings import collect
from conformance.checks.timing import arrives_as_it_is_made
from conformance.wire.exchange import Chunk, Exchange, Request, Response


def stream(*times: float) -> Exchange:
    """A stream of one event at each of these seconds."""
    chunks = tuple(Chunk(b"data: {}\n\n", at) for at in times)
    return Exchange(Request("POST", "http://gateway.invalid/", {}), Response(200, {}, chunks))


@pytest.mark.parametrize(
    ("times", "kind"),
    [
        ((3.0, 3.01, 3.01, 3.02, 3.02), "warning"),
        ((0.4, 1.0, 2.0, 2.5, 3.0), "observation"),
        ((2.8, 2.85, 2.9, 2.95, 3.0), "observation"),  # a model that thinks long and writes fast
        ((0.02, 0.02, 0.02, 0.02, 0.02), "observation"),  # all was there at once
        ((3.0, 3.0), "observation"),  # too short to tell
    ],
)
def test_it_is_seen_by_the_times(times: tuple[float, ...], kind: str) -> None:
    (found,) = collect(arrives_as_it_is_made(stream(*times)))
    assert found.kind == kind
