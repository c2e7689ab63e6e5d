"""Retries where the target could not answer now, and no longer than a whole run can afford.

One hanging request costs minutes; a target that hangs on each of five hundred would cost days. What is lost to requests that
get no answer is therefore counted over the whole run (in each process), until an answer comes: the retry budget.
"""

import math
import time
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from itertools import chain
from typing import TYPE_CHECKING, Protocol

from conformance.wire.exchange import RETRYABLE_STATUSES, Exchange, Request
from conformance.wire.sender import Limits, Sender

if TYPE_CHECKING:
    from tenacity import RetryCallState

NOT_SENT = "not sent"
"""How the failure of a request begins that was never sent."""
COLD_BUDGET_S = 45.0
"""What a run may lose before the first success: whoever has answered nothing yet is no slow model, but none."""
PROBES = 3
"""Requests that are still sent once the budget is spent: one answer among them, and the target is alive again."""
_COLD_PROBE_S, _PROBE_S = 5.0, 30.0
"""Longest exchange of a probe, before and after the first success."""
_SLOW_PLACE_S = 30.0
"""Longest exchange where the last one got no answer: a stream that never ends need not be watched for minutes again."""
_UNRESPONSIVE_AFTER = 3
"""Requests in a row that got no response at all, after which one try has to do."""
_IN_VAIN_S = 30.0
"""Waiting in vain, over the whole run, after which nothing is waited for any more."""


class RetryBudget:
    """What a run may lose to requests without an answer, and has lost since the last success; and the end of its time."""

    def __init__(
        self, budget_s: float, max_time_s: float = math.inf, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.budget_s, self.max_time_s = budget_s, max_time_s
        self._clock = clock
        self._ends_at = clock() + max_time_s
        self._lost_s = self._waited_in_vain_s = 0.0
        self._is_cold = True
        self._failed_probes = 0
        self._silent = defaultdict[tuple[str, bool], int](int)

    @property
    def remaining_s(self) -> float:
        """Seconds that may still be lost."""
        return min(self._whole_s - self._lost_s, self._ends_at - self._clock())

    def limit_s(self, request: Request) -> float:
        """The longest that an exchange may take now; 0 if nothing more is sent."""
        limits = [self._ends_at - self._clock()]
        if self._lost_s >= self._whole_s:
            limits.append(0.0 if self._failed_probes >= PROBES else _COLD_PROBE_S if self._is_cold else _PROBE_S)
        elif self._is_cold:
            limits.append(self._whole_s - self._lost_s)
        if self._silent[_place(request)]:
            limits.append(_SLOW_PLACE_S)
        return max(0.0, min(limits))

    def spend(self, seconds: float) -> None:
        """Counts what a request without an answer has cost, or waiting for it."""
        if self._lost_s >= self._whole_s:
            self._failed_probes += 1
        self._lost_s += seconds

    def wait(self, seconds: float) -> None:
        """Counts what is waited before another attempt."""
        self._lost_s += seconds
        self._waited_in_vain_s += seconds

    def is_unresponsive(self, request: Request) -> bool:
        """Whether one try has to do: nothing has come from there lately."""
        return self._silent[_place(request)] >= _UNRESPONSIVE_AFTER

    @property
    def waits_in_vain(self) -> bool:
        """Whether waiting has not helped so far in this run, and has taken long enough."""
        return self._waited_in_vain_s >= _IN_VAIN_S and not math.isinf(self.budget_s)

    def note(self, exchange: Exchange, *, retried: bool = False) -> None:
        """Takes the last exchange of a request: a success makes up for all that was lost, any response for silence."""
        place = _place(exchange.request)
        if is_answered(exchange):
            if retried:
                self._waited_in_vain_s = 0.0
            if 200 <= (exchange.status or 0) < 300:
                self._is_cold, self._lost_s, self._failed_probes = False, 0.0, 0
        if exchange.response and not exchange.hopeless:
            self._silent.pop(place, None)
        else:
            self._silent[place] += 1

    def spent_message(self) -> str:
        """Why nothing more is sent."""
        if self._clock() >= self._ends_at:
            return f"{NOT_SENT}: the time of the run, {self.max_time_s:g} s (--max-time), is over"
        budget = f"{self._whole_s:g} s" + ("" if self._whole_s < self.budget_s else " (--patience)")
        return f"{NOT_SENT}: requests have cost {budget} without an answer, and nothing more is sent"

    @property
    def _whole_s(self) -> float:
        # What is replayed has all the time that there is.
        return min(self.budget_s, COLD_BUDGET_S) if self._is_cold and not math.isinf(self.budget_s) else self.budget_s


class TimedSender(Protocol):
    """A sender that can be told to take no longer than some seconds."""

    def send(self, request: Request, within_s: float = math.inf) -> Exchange:
        """Sends a request; what takes longer is given up."""


class CircuitBreaker:
    """Sends nothing more once a run has spent its retry budget or its time, and nothing for longer than is left of them."""

    def __init__(self, inner: TimedSender, budget: RetryBudget) -> None:
        self._inner, self._budget = inner, budget

    def send(self, request: Request) -> Exchange:
        """Sends, unless all is spent already; counts the time of what is not answered."""
        limit_s = self._budget.limit_s(request)
        if limit_s <= 0:
            return Exchange(request, failure=self._budget.spent_message(), hopeless=True)
        started = time.monotonic()
        exchange = self._inner.send(request, limit_s)
        if not is_answered(exchange):
            self._budget.spend(time.monotonic() - started)
        return exchange


class RetryingSender:
    """Sends again where the target could not answer now. Gives the last exchange of a request."""

    def __init__(
        self, inner: Sender, limits: Limits, budget: RetryBudget, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._inner, self._limits, self._budget, self._sleep = inner, limits, budget, sleep

    def send(self, request: Request) -> Exchange:
        """Sends up to `max_attempts` times; waits as Retry-After says, within bounds."""
        exchange = self._inner.send(request)
        retried = _may_be_answered_later(exchange)
        if retried:
            exchange = self._retried(request, exchange)
        self._budget.note(exchange, retried=retried)
        return exchange

    def _retried(self, request: Request, first: Exchange) -> Exchange:
        """The last exchange of a request whose first attempt got no answer."""
        from tenacity import Retrying, retry_if_result  # here: few requests need it

        attempts = chain([first], iter(lambda: self._inner.send(request), None))
        retrying = Retrying(
            retry=retry_if_result(_may_be_answered_later),
            wait=_wait_s,
            stop=self._gives_up,
            before_sleep=lambda state: self._budget.wait(state.upcoming_sleep),
            sleep=self._sleep,
            retry_error_callback=_last_exchange,
        )
        last: Exchange = retrying(next, attempts)
        return last

    def _gives_up(self, state: "RetryCallState") -> bool:
        """Whether another attempt is one too many, or not worth the wait before it."""
        exchange = _last_exchange(state)
        if state.attempt_number >= self._limits.max_attempts or self._budget.waits_in_vain:
            return True
        # A target that says when to come back is there: only one that says nothing is soon taken for dead.
        if exchange.response is None and self._budget.is_unresponsive(exchange.request):
            return True
        return state.upcoming_sleep > min(self._limits.max_retry_wait_s, self._budget.remaining_s)


def _may_be_answered_later(exchange: Exchange) -> bool:
    return not is_answered(exchange) and not exchange.hopeless


def _wait_s(state: "RetryCallState") -> float:
    """Seconds before the next attempt: those of Retry-After, else twice as many each time."""
    return _retry_after(_last_exchange(state), default=0.5 * 2**state.attempt_number)


def _last_exchange(state: "RetryCallState") -> Exchange:
    assert state.outcome  # an attempt has been made
    exchange: Exchange = state.outcome.result()
    return exchange


def is_answered(exchange: Exchange) -> bool:
    """Whether a whole answer came, and not one that asks to come back later."""
    return exchange.response is not None and not exchange.failure and exchange.status not in RETRYABLE_STATUSES


def _place(request: Request) -> tuple[str, bool]:
    """Where a request goes, and whether it asks for a stream."""
    url = request.url.partition("?")[0]
    return url, ":stream" in url or b'"stream":true' in request.body


def _retry_after(exchange: Exchange, default: float) -> float:
    """The seconds that Retry-After tells, as a number or as a date (RFC 9110, 10.2.3)."""
    header = exchange.response.headers.get("retry-after", "").strip() if exchange.response else ""
    if header.isascii() and header.isdigit():
        return float(header)
    try:
        date = parsedate_to_datetime(header)
        return max(0.0, (date.replace(tzinfo=date.tzinfo or UTC) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError, OverflowError):
        return default
