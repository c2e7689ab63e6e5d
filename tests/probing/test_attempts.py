"""A failure is asked again before it counts: what two attempts of a case come to."""

from collections.abc import Sequence

import pytest

from conformance.checks.findings import Finding, observation, undecided, violation, warning
from conformance.probing.judge import Judge
from conformance.wire.exchange import Chunk, Exchange, Request, Response

ONE, OTHER = "CHAT-PATH", "CHAT-MAXTOKENS"
BROKEN = violation("not accepted", expected="2xx", actual="400, odd")
SEEN = observation("answered with", 200)
NOTHING = undecided("timeout")
Step = tuple[str, bytes, int, Finding]
"""A requirement, the body of the request that is judged by it, the status of the answer, and what is found."""


def exchange(body: bytes, status: int) -> Exchange:
    """A request with this body, and its answer."""
    request = Request("POST", "http://gateway.invalid/chat/completions", {}, body)
    return Exchange(
        request, Response(status, {"content-type": "application/json"}, (Chunk(b'{"message":"odd"}', 0.1),))
    )


def asked(first: Sequence[Step], second: Sequence[Step]) -> dict[str, list[tuple[str, str, int]]]:
    """By requirement: kind, message and exchange of what two attempts come to."""
    exchanges = list[Exchange]()
    judge = Judge((ONE, OTHER), exchanges)

    def attempt(steps: Sequence[Step]) -> None:
        for requirement, body, status, finding in steps:
            exchanges.append(exchange(body, status))
            judge([finding], requirement)

    attempt(first)
    earlier = judge.attempt()
    judge.begin()
    attempt(second)
    judge.confirm(earlier)
    return {
        requirement: [(one.finding.kind, one.finding.message, one.exchange) for one in found]
        for requirement, found in judge.judged.items()
    }


def test_what_comes_back_is_broken() -> None:
    assert asked([(ONE, b"a", 400, BROKEN)], [(ONE, b"a", 400, BROKEN)]) == {ONE: [("violation", "not accepted", 1)]}


def test_what_does_not_come_back_is_unsteady_and_both_answers_are_shown() -> None:
    assert asked([(ONE, b"a", 400, BROKEN)], [(ONE, b"a", 200, SEEN)]) == {
        ONE: [
            ("warning", "unsteady: not accepted", 1),
            ("warning", "unsteady: asked again, the answer is another", 2),
            ("observation", "answered with", 2),
        ]
    }


def test_another_request_that_breaks_in_the_other_attempt_confirms_nothing() -> None:
    first = [(ONE, b"a", 400, BROKEN), (ONE, b"b", 200, SEEN)]
    second = [(ONE, b"a", 200, SEEN), (ONE, b"b", 400, BROKEN)]
    assert {kind for kind, _, _ in asked(first, second)[ONE]} == {"warning", "observation"}


@pytest.mark.parametrize("second", [[(ONE, b"a", 503, NOTHING)], [(OTHER, b"b", 200, SEEN)]])
def test_what_could_not_be_asked_again_is_undecided(second: list[Step]) -> None:
    found = asked([(ONE, b"a", 400, BROKEN)], second)[ONE]
    assert found[0] == ("undecided", "seen once, and then not answered: not accepted (400, odd)", 1)


def test_what_the_first_attempt_could_not_decide_the_second_may() -> None:
    first = [(ONE, b"a", 400, BROKEN), (OTHER, b"b", 400, undecided("the case ended"))]
    second = [(ONE, b"a", 200, SEEN), (OTHER, b"b", 200, SEEN)]
    assert asked(first, second)[OTHER] == [("observation", "answered with", 4)]


def test_what_was_fine_at_first_stays() -> None:
    first = [(ONE, b"a", 400, BROKEN), (OTHER, b"b", 200, warning("odd"))]
    second = [(ONE, b"a", 400, BROKEN), (OTHER, b"b", 200, SEEN)]
    assert asked(first, second)[OTHER] == [("warning", "odd", 2)]
