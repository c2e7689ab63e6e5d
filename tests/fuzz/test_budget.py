"""An exploration spends no more than it was given."""

import time

import pytest

from conformance.fuzz.budget import Budget
from conformance.wire.exchange import Chunk, Exchange, Request, Response
from conformance.wire.sender import Limits


def answered(body: bytes = b"{}") -> Exchange:
    return Exchange(Request("POST", "http://gateway.invalid/", {}), Response(200, {}, (Chunk(body, 0.1),)))


USAGE = b'{"usage":{"prompt_tokens":7,"completion_tokens":3,"total_tokens":10}}'


@pytest.mark.parametrize(("requests", "tokens", "most"), [(3, 10**6, 3), (100, 25, 3), (1, 1, 1)])
def test_the_first_that_is_used_up_ends_it(requests: int, tokens: int, most: int) -> None:
    budget = Budget(requests, 60, tokens)
    while not budget.is_spent:
        budget.charge(answered(USAGE))
    assert (budget.sent, budget.used) == (most, 10 * most)


def test_time_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    budget = Budget(10, 5, 10, _started=now)
    now = 100.0 + 4.9
    assert not budget.is_spent
    now = 100.0 + 5
    assert budget.is_spent
    assert budget.elapsed_s == 5


def test_patience_is_paid_for_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "monotonic", lambda: 104.0)
    budget = Budget(10, 5, 10, sent=8, _started=100.0)
    within = budget.within(Limits(max_attempts=3, max_retry_wait_s=20, read_s=7))
    assert (within.max_attempts, within.max_retry_wait_s, within.read_s) == (2, 1, 7)
    assert Budget(10, 500, 10, _started=100.0).within(Limits(max_attempts=3, max_retry_wait_s=20)) == Limits(
        max_attempts=3, max_retry_wait_s=20
    )
    assert Budget(10, 5, 10, sent=10).within(Limits()).max_attempts == 1


def test_what_tells_no_tokens_costs_a_request() -> None:
    budget = Budget(10, 60, 10)
    for exchange in (answered(), answered(b"no JSON"), Exchange(answered().request, failure="timeout")):
        budget.charge(exchange)
    assert (budget.sent, budget.used) == (3, 0)
