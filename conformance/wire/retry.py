"""Retries where the target could not answer now, and no longer than a whole run can afford.

One hanging request costs minutes; a target that hangs on each of five hundred would cost days. What is lost is therefore
counted over the whole run (in each process) until a request succeeds: the retry budget. An error that is answered costs
nothing, but does not fill the budget again: a gateway may refuse small mistakes at once and hang on all that it should do.
"""

import math
import re
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from itertools import chain
from typing import TYPE_CHECKING

from conformance.wire.exchange import NOT_SENT, RETRYABLE_STATUSES, Exchange, Request
from conformance.wire.sender import DeadlineSender, Limits, Sender

if TYPE_CHECKING:
    from tenacity import RetryCallState

_FIRST_SUCCESS_S = 60.0
"""What requests may cost before the first of them succeeds: a target that is down is known within two minutes."""
_IN_A_ROW = 5
"""Exchanges in a row that have to be lost before nothing more is sent; requests whose retries were in vain before one try
has to do."""
_HALF_OPEN = 20
"""Of the requests for which one try has to do, each so many is retried: perhaps it helps again."""
_HUNG_S = 20.0
"""Seconds after which an exchange that is not answered was not just refused or broken off: the target hangs."""
_HUNG_LIMIT_S = 30.0
"""What an exchange gets where the target hung on the last one, or twice what the slowest success has taken there."""
_STREAMED = re.compile(rb'"stream" ?: ?true')


@dataclass
class Loss:
    """What has been lost since the last success: seconds, and exchanges; how many of them hung."""

    seconds: float = 0.0
    exchanges: int = 0
    hung: int = 0
    slowest_s: float = 0.0
    """The slowest success ever."""

    def lose(self, seconds: float) -> None:
        """Counts an exchange that got no answer."""
        self.seconds += seconds
        self.exchanges += 1
        self.hung += seconds >= _HUNG_S

    def after_success(self, seconds: float) -> "Loss":
        """A success makes up for all that was lost."""
        return Loss(slowest_s=max(self.slowest_s, seconds))

    def exceeds(self, budget_s: float) -> bool:
        """Whether a budget is spent, and not by a few slow exchanges."""
        return self.seconds >= budget_s and self.exchanges >= _IN_A_ROW


class RetryBudget:
    """What requests of a run may cost: those that are not answered, in seconds, and all of them, until the run has to end.

    What is lost is counted over the run and by place: the URL, and whether the answer is streamed.
    """

    def __init__(self, budget_s: float, run_s: float = math.inf, *, has_succeeded: bool = False) -> None:
        self.budget_s, self.run_s = budget_s, run_s
        self._ends = time.monotonic() + run_s
        self._lost, self._lost_at = Loss(), defaultdict[str, Loss](Loss)
        self._has_succeeded = has_succeeded
        self._vain_retries = 0
        self._stopped = ""

    def stop(self, reason: str) -> None:
        """Nothing more is sent, for this reason."""
        self._stopped = reason

    def state(self) -> dict[str, float]:
        """What another process of the same run has to know to go on from here; on another host too, whose clock is another."""
        return {
            "left_s": self._ends - time.monotonic(),
            "lost_s": self._lost.seconds,
            "has_succeeded": self._has_succeeded,
        }

    def resume(self, state: Mapping[str, float]) -> None:
        """Goes on from the state that another process has handed on."""
        self._ends, self._has_succeeded = time.monotonic() + state["left_s"], bool(state["has_succeeded"])
        self._lost.seconds = state["lost_s"]

    @property
    def time_is_over(self) -> bool:
        """Whether the run has to end."""
        return time.monotonic() >= self._ends

    def open_circuit_reason(self, request: Request) -> str:
        """Why a request is not sent any more; empty if it is."""
        if self._stopped:
            return self._stopped
        if self.time_is_over:
            return f"the run has taken {self.run_s:g} s (--max-time)"
        if not self._has_succeeded and self._lost.seconds >= self._first_success_s:
            option = " (--patience)" if self._first_success_s == self.budget_s else ""
            return f"requests have cost {self._first_success_s:g} s{option}, and none has succeeded"
        cost = f"have cost {self.budget_s:g} s (--patience) without a success"
        if self._lost.exceeds(self.budget_s):
            return f"requests {cost}, and nothing more is sent"
        if self._lost_at[_place(request)].exceeds(self.budget_s):
            return f"requests to this URL {cost}, and nothing more is sent there"
        return ""

    def exchange_s(self, request: Request) -> float:
        """Seconds that an exchange may take, if its own limits do not end it before."""
        return min(
            self._ends - time.monotonic(),
            math.inf if self._has_succeeded else self._first_success_s - self._lost.seconds,
            self._hung_limit_s(self._lost_at[_place(request)]),
        )

    def _hung_limit_s(self, place: Loss) -> float:
        """The limit of an exchange where the target hung lately: there, or anywhere if nothing has succeeded there yet."""
        asked = [place] if place.slowest_s else list(self._lost_at.values())
        if not any(each.hung for each in asked):
            return math.inf
        return max(_HUNG_LIMIT_S, *(2 * each.slowest_s for each in asked))

    def wait_s(self, request: Request) -> float:
        """Seconds that the wait before another attempt may take."""
        budget_s = self.budget_s if self._has_succeeded else self._first_success_s
        lost_s = max(self._lost.seconds, self._lost_at[_place(request)].seconds)
        return min(budget_s - lost_s, self._ends - time.monotonic())

    def note(self, exchange: Exchange, seconds: float) -> None:
        """Counts what an exchange has cost."""
        place = _place(exchange.request)
        if not is_answered(exchange):
            self._lost.lose(seconds)
            self._lost_at[place].lose(seconds)
        elif exchange.status and 200 <= exchange.status < 300:
            self._has_succeeded = True
            self._lost = self._lost.after_success(seconds)
            self._lost_at[place] = self._lost_at[place].after_success(seconds)

    def note_wait(self, request: Request, seconds: float) -> None:
        """Counts a wait before another attempt."""
        self._lost.seconds += seconds
        self._lost_at[_place(request)].seconds += seconds

    def note_retries(self, *, helped: bool) -> None:
        """Counts a request that was not answered at once."""
        self._vain_retries = 0 if helped else self._vain_retries + 1

    @property
    def retries_help(self) -> bool:
        """Whether it is worth while to ask again: for the last requests it was in vain."""
        return self._vain_retries < _IN_A_ROW or self._vain_retries % _HALF_OPEN == 0

    def hangs(self, request: Request) -> bool:
        """Whether the target has hung on several exchanges in a row at the place of a request."""
        return self._lost_at[_place(request)].hung > 1

    @property
    def _first_success_s(self) -> float:
        return min(_FIRST_SUCCESS_S, self.budget_s)


class CircuitBreaker:
    """Sends nothing more once a run has spent its retry budget, or its time; until then, within what is left of them."""

    def __init__(self, inner: DeadlineSender, budget: RetryBudget, longest_s: float = math.inf) -> None:
        self._inner, self._budget, self._longest_s = inner, budget, longest_s

    def send(self, request: Request) -> Exchange:
        """Sends, unless the circuit is open, for at most `longest_s`; counts what it costs."""
        if reason := self._budget.open_circuit_reason(request):
            return Exchange(request, failure=f"{NOT_SENT}{reason}", hopeless=True)
        started = time.monotonic()
        exchange = self._inner.send(request, min(self._longest_s, self._budget.exchange_s(request)))
        self._budget.note(exchange, time.monotonic() - started)
        if exchange.failure and self._budget.time_is_over:
            return replace(exchange, failure=f"{exchange.failure}: {self._budget.open_circuit_reason(request)}")
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
        if _may_be_answered_later(exchange):
            if self._budget.retries_help:
                exchange = self._retried(request, exchange)
            self._budget.note_retries(helped=is_answered(exchange))
        return exchange

    def _retried(self, request: Request, first: Exchange) -> Exchange:
        """The last exchange of a request whose first attempt got no answer."""
        from tenacity import Retrying, retry_if_result  # here: few requests need it

        attempts = chain([first], iter(lambda: self._inner.send(request), None))
        retrying = Retrying(
            retry=retry_if_result(_may_be_answered_later),
            wait=_wait_s,
            stop=self._gives_up,
            before_sleep=lambda state: self._budget.note_wait(request, state.upcoming_sleep),
            sleep=self._sleep,
            retry_error_callback=_last_exchange,
        )
        last: Exchange = retrying(next, attempts)
        return last

    def _gives_up(self, state: "RetryCallState") -> bool:
        """Whether another attempt is one too many, or not worth the wait before it."""
        exchange = _last_exchange(state)
        if state.attempt_number >= self._limits.max_attempts or self._budget.hangs(exchange.request):
            return True
        return state.upcoming_sleep > min(self._limits.max_retry_wait_s, self._budget.wait_s(exchange.request))


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
    return request.url.partition("?")[0] + (" streamed" if _STREAMED.search(request.body) else "")


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
