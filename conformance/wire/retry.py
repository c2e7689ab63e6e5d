"""Retries where the target could not answer now, and no longer than a whole run can afford.

One hanging request costs minutes; a target that hangs on each of five hundred would cost days. What that costs is therefore
counted over the whole run (in each process), by URL, until an answer comes: the retry budget.
"""

import time
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from itertools import chain
from typing import TYPE_CHECKING

from conformance.wire.exchange import RETRYABLE_STATUSES, Exchange, Request
from conformance.wire.sender import Limits, Sender

if TYPE_CHECKING:
    from tenacity import RetryCallState

_UNRESPONSIVE_AFTER = 3
"""Requests in a row that got no response at all, after which one try has to do."""


class RetryBudget:
    """What requests to each URL may cost, and have cost since it last gave an answer."""

    def __init__(self, budget_s: float) -> None:
        self.budget_s = budget_s
        self._spent_s = defaultdict[str, float](float)
        self._silent = defaultdict[str, int](int)

    def remaining_s(self, request: Request) -> float:
        """Seconds that requests to this URL may still cost."""
        return self.budget_s - self._spent_s[_place(request)]

    def spend(self, request: Request, seconds: float) -> None:
        """Counts what a request, or waiting for it, has cost."""
        self._spent_s[_place(request)] += seconds

    def is_unresponsive(self, request: Request) -> bool:
        """Whether one try has to do: nothing has come from this URL lately."""
        return self._silent[_place(request)] >= _UNRESPONSIVE_AFTER

    def note(self, exchange: Exchange) -> None:
        """Takes the last exchange of a request: an answer makes up for all that was spent, any response for silence."""
        place = _place(exchange.request)
        if is_answered(exchange):
            self._spent_s.pop(place, None)
        if exchange.response:
            self._silent.pop(place, None)
        else:
            self._silent[place] += 1


class CircuitBreaker:
    """Sends nothing more to a URL on which the run has spent its retry budget."""

    def __init__(self, inner: Sender, budget: RetryBudget) -> None:
        self._inner, self._budget = inner, budget

    def send(self, request: Request) -> Exchange:
        """Sends, unless the budget is spent already; counts the time of what is not answered."""
        if self._budget.remaining_s(request) <= 0:
            return Exchange(request, failure=self._open_circuit_message(), hopeless=True)
        started = time.monotonic()
        exchange = self._inner.send(request)
        if not is_answered(exchange):
            self._budget.spend(request, time.monotonic() - started)
        return exchange

    def _open_circuit_message(self) -> str:
        budget = f"{self._budget.budget_s:g} s (--patience)"
        return f"not sent: requests to this URL have cost {budget} without an answer, and nothing more is sent there"


class RetryingSender:
    """Sends again where the target could not answer now. Gives the last exchange of a request."""

    def __init__(
        self, inner: Sender, limits: Limits, budget: RetryBudget, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._inner, self._limits, self._budget, self._sleep = inner, limits, budget, sleep

    def send(self, request: Request) -> Exchange:
        """Sends up to `max_attempts` times; waits as Retry-After says, within bounds."""
        exchange = self._inner.send(request)
        if _may_be_answered_later(exchange):
            exchange = self._retried(request, exchange)
        self._budget.note(exchange)
        return exchange

    def _retried(self, request: Request, first: Exchange) -> Exchange:
        """The last exchange of a request whose first attempt got no answer."""
        from tenacity import Retrying, retry_if_result  # here: few requests need it

        attempts = chain([first], iter(lambda: self._inner.send(request), None))
        retrying = Retrying(
            retry=retry_if_result(_may_be_answered_later),
            wait=_wait_s,
            stop=self._gives_up,
            before_sleep=lambda state: self._budget.spend(request, state.upcoming_sleep),
            sleep=self._sleep,
            retry_error_callback=_last_exchange,
        )
        last: Exchange = retrying(next, attempts)
        return last

    def _gives_up(self, state: "RetryCallState") -> bool:
        """Whether another attempt is one too many, or not worth the wait before it."""
        exchange = _last_exchange(state)
        if state.attempt_number >= self._limits.max_attempts:
            return True
        # A target that says when to come back is there: only one that says nothing is soon taken for dead.
        if exchange.response is None and self._budget.is_unresponsive(exchange.request):
            return True
        return state.upcoming_sleep > min(self._limits.max_retry_wait_s, self._budget.remaining_s(exchange.request))


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


def _place(request: Request) -> str:
    return request.url.partition("?")[0]


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
