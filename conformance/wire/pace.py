"""The limits of one model, or of all requests: token buckets, requests in flight, and what a 429 makes of them."""

import math
from collections import deque
from dataclasses import dataclass
from typing import Protocol

from conformance.wire.metering import Throttled
from conformance.wire.sender import RateLimits

MINUTE_S = 60.0
_KEPT_BACK = 0.05
"""The part of a limit that is not used: requests that leave evenly do not arrive so."""
_CUT = 0.5
_GROWTH_PAUSE_S = 10.0
"""Seconds without growth after an error of the target or a timeout."""
_LEARNT, _LEAST_LEARNT, _GROWTH, _SAFE = 0.8, 6.0, 1.25, 60.0
"""Of what a target took in a minute, how much it is sent from then on; requests a minute that it is sent at least; by how much
that grows in a minute in which it was used, up to what was taken or so many requests: others may have had their part of it."""
_DOUBLED_S = 15.0
"""Seconds in which it doubles where too little was taken to learn from: what was met is not the run's own doing."""
_LONGEST_BACKOFF_S = 32.0


@dataclass(frozen=True)
class Cost:
    """What a request takes of the limits."""

    requests: int
    tokens: int


class TokenBucket:
    """Lets an amount a minute through, evenly: what has gathered unused is at most a tenth of a second's worth, or 1."""

    def __init__(self, per_minute: float, minute_s: float, now: float, wait_s: float = 0.0) -> None:
        """A full one; after a `wait_s` an empty one, so that nothing goes through until it is over."""
        self.per_minute, self._minute_s = per_minute, minute_s
        self._level, self._at = (self._capacity, now) if not wait_s else (1.0, now + wait_s)

    @property
    def _capacity(self) -> float:
        return max(1.0, self.per_minute / 600)

    @property
    def _a_second(self) -> float:
        return (1 - _KEPT_BACK) * self.per_minute / self._minute_s

    def wait_s(self, amount: float, now: float) -> float:
        """Seconds until the amount may go. One that is larger than the bucket goes when it is full, and leaves a debt."""
        self._fill(now)
        return max(0.0, self._at - now) + max(0.0, (min(amount, self._capacity) - self._level) / self._a_second)

    def take(self, amount: float) -> None:
        """Takes an amount, or with a negative one gives it back. A minute later no target knows of it any more."""
        self._level = max(-self.per_minute, min(self._capacity, self._level - amount))

    def change(self, per_minute: float) -> None:
        """Lets another amount through from now on."""
        self.per_minute = per_minute

    def _fill(self, now: float) -> None:
        if now > self._at:
            self._level = min(self._capacity, self._level + (now - self._at) * self._a_second)
            self._at = now


class InFlight:
    """How many requests may be in flight: slow start, additive increase, multiplicative decrease."""

    def __init__(self, first: float, most: float) -> None:
        self.number = 0
        self.limit = min(first, most)
        self._most, self._threshold = most, math.inf
        self._grows_from = -math.inf

    @property
    def is_full(self) -> bool:
        """Whether one more is too many."""
        return self.number >= math.floor(self.limit)

    def grow(self, now: float) -> None:
        """After a success, while the limit is used: by one, after a cut by one in a round of answers."""
        if self.is_full and now >= self._grows_from:
            step = 1.0 if self.limit < self._threshold else 1 / self.limit
            self.limit = min(self._most, self.limit + step)

    def pause_growth(self, now: float) -> None:
        """After an error: no growth for a while."""
        self._grows_from = now + _GROWTH_PAUSE_S

    def cut(self) -> None:
        """Halves what was in flight, with the one that has just ended."""
        self.limit = self._threshold = max(1.0, _CUT * min(self.limit, self.number + 1))


class Log(Protocol):
    """Takes note of a limit of a model that has changed: which, before, after and why."""

    def __call__(self, model: str, limit: str, before: float, after: float, reason: str, /) -> None:
        """Takes note of it."""


class Pace:
    """The limits of one model, or of all requests. All times are of the monotonic clock, in seconds."""

    def __init__(self, model: str, told: RateLimits, log: Log, *, first: int, minute_s: float, now: float) -> None:
        """Requests in flight begin with `first`; a minute lasts `minute_s`."""
        self.model, self.name = model, model or "the target"
        self.in_flight = InFlight(first, told.concurrency)
        self.has_succeeded = False
        self.cut_at = -math.inf
        """When the last episode of 429 began: what was sent before belongs to it."""
        self.paused_until = -math.inf
        self.refusals, self.refused_s = 0, 0.0
        """Episodes since the last success, and the seconds of the pauses between them."""
        self._pause_s = 0.0
        self._minute_s, self._log = minute_s, log
        self._requests = _bucket(told.requests_per_minute, minute_s, now)
        self._tokens = _bucket(told.tokens_per_minute, minute_s, now)
        self._taken = deque[tuple[float, Cost]]()
        """What the target took in the last minute, and when it was sent."""
        self._learnt: TokenBucket | None = None
        self._learnt_tokens = False
        self._most_learnt, self._learnt_growth = 0.0, (_GROWTH, minute_s)
        self._learnt_at = now
        self._learnt_is_used = False

    @property
    def counts_tokens(self) -> bool:
        """Whether what a request weighs in tokens matters."""
        return self._tokens is not None or self._learnt_tokens

    def wait_s(self, cost: Cost, now: float) -> float:
        """Seconds until a request may go; infinite if another has to end first."""
        if self.in_flight.is_full:
            return math.inf
        told_s = max(
            self._requests.wait_s(cost.requests, now) if self._requests else 0.0,
            self._tokens.wait_s(cost.tokens, now) if self._tokens else 0.0,
            self.paused_until - now,
        )
        learnt_s = self._learnt.wait_s(self._amount(cost), now) if self._learnt else 0.0
        self._learnt_is_used = self._learnt_is_used or learnt_s > told_s
        return max(told_s, learnt_s)

    def begin(self, cost: Cost) -> None:
        """Counts a request that goes."""
        self.in_flight.number += 1
        self._take(cost)

    def end(self, cost: Cost, used: Cost, *, took: bool, sent_at: float, now: float) -> None:
        """Counts a request that has ended; `took`: the target has not turned it away for its rate."""
        self.in_flight.number -= 1
        if used != cost:
            self._take(Cost(used.requests - cost.requests, used.tokens - cost.tokens))
        if took:
            self._taken.append((sent_at, used))
            while self._taken and self._taken[0][0] < now - self._minute_s:
                self._taken.popleft()

    def _take(self, cost: Cost) -> None:
        for bucket, amount in (
            (self._requests, cost.requests), (self._tokens, cost.tokens), (self._learnt, self._amount(cost)),
        ):  # fmt: skip
            if bucket:
                bucket.take(amount)

    def _amount(self, cost: Cost) -> int:
        return cost.tokens if self._learnt_tokens else cost.requests

    def succeeded(self, now: float) -> None:
        """Grows what may grow."""
        self.has_succeeded, self.refusals, self.refused_s, self._pause_s = True, 0, 0.0, 0.0
        before = self.in_flight.limit
        self.in_flight.grow(now)
        self._log(self.model, "in flight", before, self.in_flight.limit, "it was used, and answered")
        growth, grows_after_s = self._learnt_growth
        if self._learnt and self._learnt_is_used and now - self._learnt_at >= grows_after_s:
            before = self._learnt.per_minute
            self._learnt.change(max(before, min(before * growth, self._most_learnt)))
            self._learnt_at, self._learnt_is_used = now, False
            self._log(self.model, self._what, before, self._learnt.per_minute, "no 429 since")

    def refuse(self, found: Throttled, sent_at: float, now: float, *, pauses: bool = True) -> bool:
        """Slows down for a 429. Gives whether it begins an episode, or belongs to one."""
        begins = sent_at >= self.cut_at
        if begins:
            self.cut_at, self.refusals, self.refused_s = now, self.refusals + 1, self.refused_s + self._pause_s
            before = self.in_flight.limit
            self.in_flight.cut()
            self._log(self.model, "in flight", before, self.in_flight.limit, "429")
            if found.by_the_minute:
                self.learn(found, now)
        if pauses:
            self._pause(found, now, begins=begins)
        return begins

    def _pause(self, found: Throttled, now: float, *, begins: bool) -> None:
        if found.retry_after_s is not None:
            pause_s, reason = found.retry_after_s, "429, as its Retry-After says"
        else:
            pause_s = min(_LONGEST_BACKOFF_S, 2.0 ** (self.refusals - 1)) * self._minute_s / MINUTE_S
            reason = "429 without Retry-After"
        if begins:
            self._log(self.model, "pause", 0.0, pause_s, reason)
        self._pause_s = max(pause_s, 0.0 if begins else self._pause_s)
        self.paused_until = max(self.paused_until, now + pause_s)

    @property
    def has_taken(self) -> bool:
        """Whether the target has taken something in the last minute."""
        return bool(self._taken)

    def learn(self, found: Throttled, now: float) -> None:
        """Keeps to less than what the target took in the last minute, from when that is a minute ago.

        It may have let more through at first, what had gathered: as much as it lets through in a minute.
        """
        taken = [(at, self._amount_of(used, tokens=found.tokens)) for at, used in self._taken]
        if not taken:
            return
        amount = sum(each for _, each in taken) / (1 + (now - taken[0][0]) / self._minute_s)
        least = _LEAST_LEARNT * (amount / len(taken) if found.tokens else 1)
        before = self._learnt.per_minute if self._learnt and self._learnt_tokens == found.tokens else math.inf
        learnt = max(least, _LEARNT * amount)
        is_measured = learnt > least
        self._learnt_growth = (
            (_GROWTH, self._minute_s) if is_measured else (2.0, _DOUBLED_S * self._minute_s / MINUTE_S)
        )
        self._most_learnt = max((1 - _KEPT_BACK) * amount, _SAFE * least / _LEAST_LEARNT)
        self._learnt_tokens, self._learnt_at, self._learnt_is_used = found.tokens, now, False
        self._learnt = TokenBucket(learnt, self._minute_s, now, _until_less(taken, learnt, now - self._minute_s))
        self._log(self.model, self._what, before, learnt, f"429 after {sum(each for _, each in taken):g} in a minute")

    @staticmethod
    def _amount_of(used: Cost, *, tokens: bool) -> int:
        return used.tokens if tokens else used.requests

    @property
    def _what(self) -> str:
        return "tokens a minute" if self._learnt_tokens else "requests a minute"


def _bucket(per_minute: float, minute_s: float, now: float) -> TokenBucket | None:
    return None if per_minute == math.inf else TokenBucket(per_minute, minute_s, now)


def _until_less(taken: list[tuple[float, int]], limit: float, since: float) -> float:
    """Seconds until of what was taken less than the limit lies in the last minute, which began at `since`."""
    rest = sum(amount for _, amount in taken)
    for at, amount in taken:
        if rest < limit:
            return max(0.0, at - since)
        rest -= amount
    return max(0.0, taken[-1][0] - since)
