"""The pace of one model, by a clock of its own: how fast requests go after a 429."""

from collections import deque

import pytest

from conformance.wire.metering import Throttled
from conformance.wire.pace import Cost, Pace
from conformance.wire.sender import RateLimits

COST = Cost(1, 10)
BY_THE_MINUTE = Throttled(by_the_minute=True, tokens=False, retry_after_s=None)


def sent(limit: int, others: int, number: int) -> tuple[list[float], list[float]]:
    """When `number` requests were taken, one after the other, and when there was a 429: of a target that takes `limit` in
    any minute, which have had `others` just before."""
    pace = Pace("m", RateLimits(), lambda *_: None, first=8, minute_s=60, now=0)
    window, taken, refused, now = deque([0.0] * others), list[float](), list[float](), 0.0
    while len(taken) < number:
        now += max(0.0, pace.wait_s(COST, now))
        pace.begin(COST)
        while window and window[0] < now - 60:
            window.popleft()
        is_taken = len(window) < limit
        begun, now = now, now + 0.2
        if is_taken:
            window.append(begun)
            taken.append(begun)
            pace.succeeded(now)
        pace.end(COST, COST, took=is_taken, sent_at=begun, now=now)
        if not is_taken:
            refused.append(begun)
            pace.refuse(BY_THE_MINUTE, begun, now)
        assert now < 3600
    return taken, refused


def test_a_429_for_what_others_have_sent_is_soon_made_up_for() -> None:
    taken, _ = sent(limit=60, others=58, number=62)
    assert taken[-1] < 240, "the others have gone: 60 requests take little more than the wait for them and two minutes"


@pytest.mark.parametrize("limit", [20, 60, 200])
def test_what_the_target_took_in_a_minute_is_kept_to(limit: int) -> None:
    taken, refused = sent(limit, others=0, number=4 * limit)
    assert len(refused) <= 1 + (limit < 60), "below a request a second it may be tried whether others had their part"
    assert taken[-1] < 60 * 4 * 2, "it may have let through at first what had gathered, so it is sent less than it took"
