"""What an exploration may spend."""

import time
from dataclasses import dataclass, field, replace

from conformance.checks.usage import reported_tokens
from conformance.wire.exchange import Exchange
from conformance.wire.sender import Limits


@dataclass
class Budget:
    """Requests, seconds and tokens; the first that is used up ends the exploration."""

    requests: int
    seconds: float
    tokens: int
    sent: int = 0
    used: int = 0
    """Tokens that the target reported, in and out."""
    _started: float = field(default_factory=time.monotonic)

    @property
    def is_spent(self) -> bool:
        """Whether nothing more may be sent."""
        return self.sent >= self.requests or self.used >= self.tokens or self.elapsed_s >= self.seconds

    @property
    def elapsed_s(self) -> float:
        """Seconds since the exploration began."""
        return time.monotonic() - self._started

    def within(self, limits: Limits) -> Limits:
        """The limits of one request that may be sent again: no more often, and after no longer wait, than can be paid for."""
        max_attempts = max(1, min(limits.max_attempts, self.requests - self.sent))
        return replace(
            limits,
            max_attempts=max_attempts,
            max_retry_wait_s=min(limits.max_retry_wait_s, self.seconds - self.elapsed_s),
        )

    def charge(self, exchange: Exchange) -> None:
        """Counts one request and what it cost."""
        self.sent += 1
        self.used += sum(reported_tokens([exchange]))
