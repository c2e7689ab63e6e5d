"""Retries where the target could not answer now, and no longer than a whole run can afford.

One hanging request costs minutes; a target that hangs on each of five hundred would cost days. What is lost is therefore
counted over the whole run (in each process) until a request succeeds: the retry budget. An error that is answered costs
nothing, but does not fill the budget again: a gateway may refuse small mistakes at once and hang on all that it should do.

Many threads may send at once. They lose time by the clock on the wall: eight that hang for 20 s at the same time have lost
20 s, and one exchange in a row, as one thread has that hangs once.
"""

import math
import re
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from itertools import chain
from typing import TYPE_CHECKING

from conformance.wire.exchange import CUT_OFF, NOT_SENT, RETRYABLE_STATUSES, THROTTLED, Exchange, Request
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
_SPANS = 100
"""Stretches of lost time that are kept apart: what began before them all may then be counted twice."""
_STREAMED = re.compile(rb'"stream" ?: ?true')


@dataclass
class Loss:
    """What has been lost since the last success: seconds of the clock on the wall, and exchanges; how many of them hung.

    Of exchanges at the same time one counts in a row: only one that began after the last loss shows that it goes on.
    """

    seconds: float = 0.0
    exchanges: int = 0
    hung: int = 0
    slowest_s: float = 0.0
    """The slowest success ever."""
    since: float = -math.inf
    """When the last success came: what began before that has lost nothing until then."""
    _spans: list[tuple[float, float]] = field(default_factory=list)
    """What `seconds` are made of: from when to when, none touching another."""
    _in_a_row_until: float = -math.inf
    _hung_until: float = -math.inf

    def lose(self, begin: float, end: float) -> None:
        """Counts an exchange that got no answer."""
        self.lose_time(begin, end)
        if begin >= self._in_a_row_until:
            self.exchanges, self._in_a_row_until = self.exchanges + 1, end
        if end - begin >= _HUNG_S and begin >= self._hung_until:
            self.hung, self._hung_until = self.hung + 1, end

    def lose_time(self, begin: float, end: float) -> None:
        """Counts the time from `begin` to `end`, but not twice."""
        begin = max(begin, self.since)
        if end <= begin:
            return
        touching = [span for span in self._spans if span[0] <= end and begin <= span[1]]
        self.seconds -= sum(last - first for first, last in touching)
        begin, end = min([begin, *(first for first, _ in touching)]), max([end, *(last for _, last in touching)])
        self.seconds += end - begin
        apart = [span for span in self._spans if span not in touching]
        self._spans = sorted([*apart, (begin, end)])[-_SPANS:]

    def after_success(self, seconds: float, now: float) -> "Loss":
        """A success makes up for all that was lost."""
        return Loss(slowest_s=max(self.slowest_s, seconds), since=now)

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
        self._vain_retries, self._vain_until = 0, -math.inf
        self._stopped = ""
        self._lock = threading.Lock()
        self._of_thread = threading.local()

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
    def left_s(self) -> float:
        """Seconds until the run has to end."""
        return self._ends - time.monotonic()

    @property
    def time_is_over(self) -> bool:
        """Whether the run has to end."""
        return self.left_s <= 0

    def open_circuit_reason(self, request: Request) -> str:
        """Why a request is not sent any more; empty if it is."""
        if self._stopped:
            return self._stopped
        if self.time_is_over:
            return f"the run has taken {self.run_s:g} s (--max-time)"
        with self._lock:
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
        with self._lock:
            return min(
                self.left_s,
                math.inf if self._has_succeeded else self._first_success_s - self._lost.seconds,
                self._hung_limit_s(self._lost_at[_place(request)]),
            )

    def _hung_limit_s(self, place: Loss) -> float:
        """The limit of an exchange where the target hung lately: there, or anywhere if nothing has succeeded there yet."""
        asked = [place] if place.slowest_s else list(self._lost_at.values())
        if not any(each.hung for each in asked):
            return math.inf
        return max(_HUNG_LIMIT_S, *(2 * each.slowest_s for each in asked))

    def patience_s(self, *, has_succeeded: bool) -> float:
        """What may be lost to a target, or a part of it, that has succeeded, or has not yet."""
        return self.budget_s if has_succeeded else self._first_success_s

    def wait_s(self, request: Request) -> float:
        """Seconds that the wait before another attempt may take."""
        with self._lock:
            budget_s = self.patience_s(has_succeeded=self._has_succeeded)
            lost_s = max(self._lost.seconds, self._lost_at[_place(request)].seconds)
        return min(budget_s - lost_s, self.left_s)

    def note(self, exchange: Exchange, seconds: float) -> None:
        """Counts what an exchange has cost that has just ended."""
        place = _place(exchange.request)
        begin, end = self._span(time.monotonic() - seconds, seconds)
        with self._lock:
            if not is_answered(exchange):
                self._lost.lose(begin, end)
                self._lost_at[place].lose(begin, end)
            elif exchange.status and 200 <= exchange.status < 300:
                self._has_succeeded = True
                self._lost = self._lost.after_success(seconds, end)
                self._lost_at[place] = self._lost_at[place].after_success(seconds, end)

    def note_wait(self, request: Request, seconds: float) -> None:
        """Counts a wait before another attempt, which is about to begin."""
        begin, end = self._span(time.monotonic(), seconds)
        with self._lock:
            self._lost.lose_time(begin, end)
            self._lost_at[_place(request)].lose_time(begin, end)

    def note_limit_wait(self, request: Request, seconds: float) -> None:
        """Counts a wait until the target takes requests again, of which it has had too many.

        Before the first success one such wait costs at most half of what may be lost: a minute's limit is then tried again.
        """
        self.note_wait(request, seconds if self._has_succeeded else min(seconds, self._first_success_s / 2))

    def _span(self, begin: float, seconds: float) -> tuple[float, float]:
        """From when to when something took so long. What one thread does comes one after the other."""
        begin = max(begin, getattr(self._of_thread, "until", -math.inf))
        self._of_thread.until = begin + seconds
        return begin, begin + seconds

    def note_retries(self, began: float, *, helped: bool) -> None:
        """Counts a request that was not answered at once, and was first sent at `began` by the monotonic clock.

        Of those that are in vain at the same time, one counts.
        """
        with self._lock:
            if helped:
                self._vain_retries = 0
            elif began >= self._vain_until:
                self._vain_retries, self._vain_until = self._vain_retries + 1, time.monotonic()

    @property
    def retries_help(self) -> bool:
        """Whether it is worth while to ask again: for the last requests it was in vain."""
        return self._vain_retries < _IN_A_ROW or self._vain_retries % _HALF_OPEN == 0

    def hangs(self, request: Request) -> bool:
        """Whether the target has hung on several exchanges in a row at the place of a request."""
        with self._lock:
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
        started, left_s = time.monotonic(), self._budget.exchange_s(request)
        exchange = self._inner.send(request, min(self._longest_s, left_s))
        took_s = time.monotonic() - started
        self._budget.note(exchange, took_s)
        # Of a target that was given less time than one that hangs takes, it says nothing that it has not answered.
        is_cut_off = self._budget.time_is_over or left_s <= took_s < _HUNG_S
        if exchange.failure and is_cut_off and (reason := self._budget.open_circuit_reason(request)):
            return replace(exchange, failure=f"{CUT_OFF}{reason}")
        return exchange


class RetryingSender:
    """Sends again where the target could not answer now. Gives the last exchange of a request.

    `is_limited`: what stands below waits where a limit of rate is reached (`wire/rate.py`): a 429 is not waited for here.
    """

    def __init__(
        self,
        inner: Sender,
        limits: Limits,
        budget: RetryBudget,
        sleep: Callable[[float], None] = time.sleep,
        *,
        is_limited: bool = False,
    ) -> None:
        self._inner, self._limits, self._budget, self._sleep = inner, limits, budget, sleep
        self._is_limited = is_limited

    def send(self, request: Request) -> Exchange:
        """Sends up to `max_attempts` times; waits as Retry-After says, within bounds."""
        began = time.monotonic()
        exchange = self._inner.send(request)
        if _may_be_answered_later(exchange):
            if self._budget.retries_help:
                exchange = self._retried(request, exchange)
            self._budget.note_retries(began, helped=is_answered(exchange))
        return exchange

    def _retried(self, request: Request, first: Exchange) -> Exchange:
        """The last exchange of a request whose first attempt got no answer."""
        from tenacity import Retrying, retry_if_result  # here: few requests need it

        attempts = chain([first], iter(lambda: self._inner.send(request), None))
        retrying = Retrying(
            retry=retry_if_result(_may_be_answered_later),
            wait=self._wait_s,
            stop=self._gives_up,
            before_sleep=lambda state: self._budget.note_wait(request, state.upcoming_sleep),
            sleep=self._sleep,
            retry_error_callback=_last_exchange,
        )
        last: Exchange = retrying(next, attempts)
        return last

    def _wait_s(self, state: "RetryCallState") -> float:
        """Seconds before the next attempt: those of Retry-After, else twice as many each time."""
        exchange = _last_exchange(state)
        if self._is_limited and exchange.status == THROTTLED:
            return 0.0
        told = retry_after_s(exchange)
        return 0.5 * 2**state.attempt_number if told is None else told

    def _gives_up(self, state: "RetryCallState") -> bool:
        """Whether another attempt is one too many, or not worth the wait before it."""
        exchange = _last_exchange(state)
        if state.attempt_number >= self._limits.max_attempts or self._budget.hangs(exchange.request):
            return True
        return state.upcoming_sleep > min(self._limits.max_retry_wait_s, self._budget.wait_s(exchange.request))


def _may_be_answered_later(exchange: Exchange) -> bool:
    return not is_answered(exchange) and not exchange.hopeless


def _last_exchange(state: "RetryCallState") -> Exchange:
    assert state.outcome  # an attempt has been made
    exchange: Exchange = state.outcome.result()
    return exchange


def is_answered(exchange: Exchange) -> bool:
    """Whether a whole answer came, and not one that asks to come back later."""
    return exchange.response is not None and not exchange.failure and exchange.status not in RETRYABLE_STATUSES


def _place(request: Request) -> str:
    return request.url.partition("?")[0] + (" streamed" if _STREAMED.search(request.body) else "")


def retry_after_s(exchange: Exchange) -> float | None:
    """The seconds that Retry-After tells, as a number or as a date (RFC 9110, 10.2.3); None if it tells none."""
    header = exchange.response.headers.get("retry-after", "").strip() if exchange.response else ""
    if header.isascii() and header.isdigit():
        return float(header)
    try:
        date = parsedate_to_datetime(header)
        return max(0.0, (date.replace(tzinfo=date.tzinfo or UTC) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError, OverflowError):
        return None
