"""What a run may spend: so many requests, so many tokens, and not one more."""

import math
import threading
from dataclasses import dataclass

from conformance.wire.exchange import NOT_SENT, Exchange, Request
from conformance.wire.metering import most_tokens, used_tokens
from conformance.wire.sender import Sender


@dataclass(frozen=True)
class SpendingLimits:
    """What a run may spend: attempts to send a request, and tokens of requests and answers together."""

    requests: float = math.inf
    tokens: float = math.inf

    def __bool__(self) -> bool:
        """Whether anything is limited."""
        return min(self.requests, self.tokens) < math.inf


class Spending:
    """What has been spent, and what requests under way may still cost. One for all threads of a run."""

    def __init__(self, limits: SpendingLimits) -> None:
        self._limits = limits
        self._requests, self._tokens, self._reserved = 0, 0, 0
        self._changed = threading.Condition()

    def begin(self, request: Request) -> int | str:
        """The tokens that are set aside for a request, or why it may not go.

        It waits for those under way where only they might cost too much, since they mostly cost less than they might.
        """
        tokens = most_tokens(request)
        with self._changed:
            while True:
                if self._requests >= self._limits.requests:
                    return f"the run has sent {self._limits.requests:,.0f} requests (--max-requests)"
                if self._tokens + tokens > self._limits.tokens:
                    return f"the run may not spend more than {self._limits.tokens:,.0f} tokens (--max-tokens)"
                if self._tokens + self._reserved + tokens <= self._limits.tokens:
                    self._requests += 1
                    self._reserved += tokens
                    return tokens
                self._changed.wait()

    def end(self, reserved: int, exchange: Exchange | None) -> None:
        """Counts what a request has cost: as its answer says, and without one what was set aside."""
        with self._changed:
            self._reserved -= reserved
            if exchange and exchange.failure.startswith(NOT_SENT):
                self._requests -= 1
            else:
                self._tokens += used_tokens(exchange, reserved) if exchange else reserved
            self._changed.notify_all()


class SpendingSender:
    """Sends what the run can afford."""

    def __init__(self, inner: Sender, spending: Spending) -> None:
        self._inner, self._spending = inner, spending

    def send(self, request: Request) -> Exchange:
        """Sends a request, unless it could cost more than is left."""
        reserved = self._spending.begin(request)
        if isinstance(reserved, str):
            return Exchange(request, failure=f"{NOT_SENT}{reserved}", hopeless=True)
        exchange = None
        try:
            exchange = self._inner.send(request)
        finally:
            self._spending.end(reserved, exchange)
        return exchange
