"""Mistakes of a client, on every surface."""

import pytest

from conformance.cases import decides
from conformance.checks.answers import no_server_error, recorded
from conformance.probing.judge import Judge
from conformance.probing.surface import Body, Surface

WRONG_TYPES: dict[str, Body] = {
    "chat": {"messages": "no list", "max_tokens": 16},
    "responses": {"input": 7, "max_output_tokens": 16},
    "gemini": {"contents": "no list of turns"},
}


@pytest.mark.parametrize(
    "surface",
    ["chat", *(pytest.param(surface, marks=pytest.mark.costly) for surface in ("responses", "gemini"))],
    indirect=True,
)
@decides("ERR-CLIENT-NOT-5XX", "BETA-GATE")
def test_malformed_body(surface: Surface, judge: Judge) -> None:
    """Broken JSON, a wrong type, a missing field, an empty and a foreign body: 4xx, never 5xx.

    The feature is in Beta and can be switched off. Where no surface is there at all, a live run ends before its first
    case; how this one answers to a plain request is recorded.
    """
    judge(recorded(surface.attempt(surface.hello), "a plain request"), "BETA-GATE")
    mistakes: dict[str, Body | bytes] = {
        "broken JSON": b'{"model": ',
        "a wrong type": WRONG_TYPES[surface.name],
        "a body without its one necessary field": {},
        "an empty body": b"",
        "a list instead of an object": b"[]",
    }
    for what, body in mistakes.items():
        judge(no_server_error(surface.send(body), what), "ERR-CLIENT-NOT-5XX")
