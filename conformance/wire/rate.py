"""How fast requests go out: within the limits that are told, and no faster than the target takes them.

What is told, requests and tokens a minute, is kept by token buckets. What is not told is found out, by model and over all:

- Requests in flight begin with few and double with each round of answers, but only where the limit was used (slow start).
- A 429 halves them, once for all that were in flight at the same time: an episode. After that they grow by one a round.
- Errors of the target and timeouts stop the growth for a while: they are no word about the rate.
- A 429 pauses its model: as long as Retry-After says, else a second, two, four.
- If its limit is one of a minute, what the target took in that minute, of the model and of all, is what it takes: from then on
  buckets keep to less. A 429 does not tell surely whose limit it is.
- A second model that is refused within the same minute shows that it is not one model's: then all are slowed down.

A request that waits for a limit costs the target no time and the retry budget nothing; one that waits after a 429 costs what it
waits, until something succeeds: 429 for ever ends as a target that is down. Own code, since no library for buckets takes
back what was estimated too high, waits for several buckets and a time at once, and counts by the monotonic clock.
"""

import math
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from conformance.wire.exchange import NOT_SENT, Exchange, Request
from conformance.wire.metering import Throttled, estimated_tokens, model_of, throttled, used_tokens
from conformance.wire.pace import MINUTE_S, Cost, Pace
from conformance.wire.retry import RetryBudget
from conformance.wire.sender import RateLimits, Sender
from conformance.wire.timeline import Timeline

_LONGEST_PAUSE_S = 90.0
"""Seconds of a Retry-After that are waited for: a limit of a minute needs no more. Beyond, the model is not asked meanwhile."""
_REFUSALS = 2
"""Episodes one after the other, without a success between them, that a target may be given up for."""
_LOGGED = 200
"""Changes of limits that are kept."""
FIRST_IN_FLIGHT, FIRST_OF_MODEL = 32, 24
"""How many requests may be in flight at first: over all, and to one model."""


@dataclass(frozen=True)
class LimitChange:
    """A limit that was changed: when, in seconds since the run began to send; of which model, or of all (empty)."""

    at_s: float
    model: str
    limit: str
    """`in flight`, `requests a minute`, `tokens a minute`, or `pause`, in seconds."""
    before: float
    after: float
    reason: str


@dataclass
class RateLog:
    """What the limits of a run have done."""

    told: RateLimits
    throttled: int = 0
    """Answers with 429."""
    episodes: int = 0
    """How often it was slowed down for them."""
    waited_s: float = 0.0
    """Seconds in which at least one request waited for a limit."""
    most_in_flight: int = 0
    changes: list[LimitChange] = field(default_factory=list)
    more_changes: int = 0
    """Those that are not kept."""
    timeline: Timeline = field(default_factory=Timeline)


@dataclass(frozen=True)
class Pass:
    """A request that may go: what it was counted for, and when it went."""

    paces: tuple[Pace, ...]
    cost: Cost
    sent_at: float


class RateLimiter:
    """Who may send now. One for all threads of a run."""

    def __init__(
        self,
        told: RateLimits | None = None,
        of_models: Mapping[str, RateLimits] = MappingProxyType({}),
        *,
        minute_s: float = MINUTE_S,
    ) -> None:
        """`of_models`: by name, as `model_of` gives it, what holds for one model. `minute_s`: how long a minute lasts."""
        self._told, self._of_models, self._minute_s = told or RateLimits(), of_models, minute_s
        self._changed = threading.Condition()
        self._began = time.monotonic()
        self._all = Pace("", self._told, self._change, first=FIRST_IN_FLIGHT, minute_s=minute_s, now=self._began)
        self._models = dict[str, Pace]()
        self._last = dict[tuple[str, str], int]()
        self._waiting, self._waiting_since = 0, 0.0
        self._stopped = ""
        self.log = RateLog(self._told)

    def tell(self, of_models: Mapping[str, RateLimits]) -> None:
        """From now on these hold, each for one model, by its name as `model_of` gives it."""
        with self._changed:
            self._of_models = {**self._of_models, **of_models}
            for name in of_models:
                self._models.pop(name, None)

    def stop(self, reason: str) -> None:
        """Lets nothing go any more, and whoever waits not wait on: the run was interrupted."""
        with self._changed:
            self._stopped = reason
            self._changed.notify_all()

    @property
    def in_flight(self) -> int:
        """How many requests are under way."""
        return self._all.in_flight.number

    def acquire(self, request: Request, budget: RetryBudget) -> Pass | str:
        """Waits until a request may go; gives why it may not go at all, if so."""
        model = model_of(request)
        with self._changed:
            paces = (self._all, self._pace(model)) if model else (self._all,)
            tokens = estimated_tokens(request) if any(pace.counts_tokens for pace in paces) else 0
            cost, waits, counted_until = Cost(1, tokens), False, -math.inf
            try:
                while True:
                    now = time.monotonic()
                    if reason := self._stopped or self._refusal(paces, budget, now):
                        return reason
                    wait_s = max(pace.wait_s(cost, now) for pace in paces)
                    if wait_s <= 0:
                        return self._begin(paces, cost, now)
                    paused_until = max(pace.paused_until for pace in paces)
                    if (pause_s := paused_until - max(now, counted_until)) > 0:
                        if pause_s > budget.wait_s(request):
                            return f"requests have cost a 429 after which {paces[-1].name} is to be left alone for too long"
                        budget.note_limit_wait(request, pause_s)
                        counted_until = paused_until
                    if reason := budget.open_circuit_reason(request):
                        return reason
                    if not waits:
                        waits = True
                        self._wait_begins(now)
                    self._changed.wait(max(0.0, min(wait_s, budget.left_s, threading.TIMEOUT_MAX)))
            finally:
                if waits:
                    self._wait_ends()

    def _begin(self, paces: tuple[Pace, ...], cost: Cost, now: float) -> Pass:
        for pace in paces:
            pace.begin(cost)
        self.log.most_in_flight = max(self.log.most_in_flight, self._all.in_flight.number)
        self._note(now)
        return Pass(paces, cost, now)

    def _wait_begins(self, now: float) -> None:
        if not self._waiting:
            self._waiting_since = now
        self._waiting += 1
        self._note(now)

    def _wait_ends(self) -> None:
        self._waiting -= 1
        self._note(time.monotonic())
        if not self._waiting:
            self.log.waited_s += time.monotonic() - self._waiting_since

    def release(self, passed: Pass, exchange: Exchange | None) -> None:
        """Takes what became of a request that went; None if it was interrupted."""
        found = throttled(exchange) if exchange else None
        used = replace(passed.cost, tokens=used_tokens(exchange, passed.cost.tokens)) if exchange else passed.cost
        took = exchange is not None and exchange.response is not None and not found
        with self._changed:
            now = time.monotonic()
            for pace in passed.paces:
                if exchange:
                    self._adapt(pace, exchange, now)
                pace.end(passed.cost, used, took=took, sent_at=passed.sent_at, now=now)
            if found:
                self._slow_down(passed, found, now)
            self._note(now, throttled=found is not None)
            if self._waiting:
                self._changed.notify_all()

    def _note(self, now: float, *, throttled: int = 0) -> None:
        self.log.timeline.note(
            now - self._began, in_flight=self._all.in_flight.number, waiting=self._waiting, throttled=throttled
        )

    @staticmethod
    def _adapt(pace: Pace, exchange: Exchange, now: float) -> None:
        if exchange.failure or exchange.status is None or exchange.status >= 500:
            pace.in_flight.pause_growth(now)
        elif exchange.status < 300:
            pace.succeeded(now)

    def _slow_down(self, passed: Pass, found: Throttled, now: float) -> None:
        """Slows down the model that was refused, and all of them if it is not the only one."""
        self.log.throttled += 1
        pace = passed.paces[-1]
        others = any(
            each is not pace and now - each.cut_at < self._minute_s for each in (self._all, *self._models.values())
        )
        begins = pace.refuse(found, passed.sent_at, now)
        if begins and found.by_the_minute and pace is not self._all:
            self._all.learn(found, now)
        if others and pace is not self._all:
            # Where the target still takes something, only the limit of a minute holds it back.
            begins = self._all.refuse(found, passed.sent_at, now, pauses=not self._all.has_taken) or begins
        self.log.episodes += begins

    def _refusal(self, paces: tuple[Pace, ...], budget: RetryBudget, now: float) -> str:
        """Why a request is not kept waiting: the target lets it through too late, or never."""
        for pace in paces:
            patience_s = budget.patience_s(has_succeeded=pace.has_succeeded)
            if pace.refusals >= _REFUSALS and pace.refused_s >= patience_s:
                return (
                    f"requests to {pace.name} have cost {patience_s:g} s of waiting for 429s to end, without a success"
                )
            if pace.paused_until - now > _LONGEST_PAUSE_S:
                return f"requests have cost a 429 that tells to come back to {pace.name} in over {_LONGEST_PAUSE_S:g} s"
        return ""

    def _pace(self, model: str) -> Pace:
        if model not in self._models:
            told = self._of_models.get(model, RateLimits())
            self._models[model] = Pace(
                model, told, self._change, first=FIRST_OF_MODEL, minute_s=self._minute_s, now=time.monotonic()
            )
        return self._models[model]

    def _change(self, model: str, limit: str, before: float, after: float, reason: str) -> None:
        """Logs a change. Growth step by step is one."""
        if limit == "in flight":
            before, after = math.floor(before), math.floor(after)
        if before == after:
            return
        changes, key = self.log.changes, (model, limit)
        last = changes[self._last[key]] if key in self._last else None
        if last and last.reason == reason and last.after == before < after:
            changes[self._last[key]] = replace(last, after=after)
        elif len(changes) < _LOGGED:
            self._last[key] = len(changes)
            changes.append(LimitChange(time.monotonic() - self._began, model, limit, before, after, reason))
        else:
            self.log.more_changes += 1


class RateLimitingSender:
    """Sends when the limits of the run let it: until then the calling thread waits."""

    def __init__(self, inner: Sender, limiter: RateLimiter, budget: RetryBudget) -> None:
        self._inner, self._limiter, self._budget = inner, limiter, budget

    def send(self, request: Request) -> Exchange:
        """Sends when it may. What waits ends with the run's time, or when nothing more is sent for another reason."""
        passed = self._limiter.acquire(request, self._budget)
        if isinstance(passed, str):
            return Exchange(request, failure=f"{NOT_SENT}{passed}", hopeless=True)
        exchange = None
        try:
            exchange = self._inner.send(request)
        finally:
            self._limiter.release(passed, exchange)
        return exchange
