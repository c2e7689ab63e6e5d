"""How a live run sends: its limits, and each sender that a request goes through on its way to the target."""

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from conformance.targets.credentials import Credential
from conformance.wire.redact import RedactingSender, Redactor
from conformance.wire.retry import CircuitBreaker, RetryBudget
from conformance.wire.sender import DeadlineSender, Limits, Sender

if TYPE_CHECKING:  # a replay sends nothing
    from conformance.reference.upstream import Upstream
    from conformance.wire.rate import RateLimiter
    from conformance.wire.route import Route
    from conformance.wire.spending import Spending


@dataclass(frozen=True)
class Sending:
    """How requests get to the target."""

    limits: Limits = field(default_factory=Limits)
    route: "Route | None" = None
    """None: directly, with the system's certificates."""
    rate_limiter: "RateLimiter | None" = None
    """What holds requests back until they may go; None: nothing does."""
    spending: "Spending | None" = None
    """What the run may spend; None: as much as it takes."""
    stand_in: DeadlineSender | None = None
    """What answers instead of the target, where a run is rehearsed: nothing is sent, and no credential is needed."""
    upstream: "Upstream | None" = None
    """The upstream of a target that is a proxy, where both of its sides are watched."""

    def sender(
        self, credential: Credential, redactor: Redactor, budget: RetryBudget, longest_s: float = math.inf
    ) -> Sender:
        """Sends to the target; no exchange takes longer than `longest_s`. Of the credential nothing is seen above."""
        from conformance.targets.authenticating import AuthenticatingSender

        client = self.stand_in
        if client is None:
            from conformance.wire.client import Client  # it brings an HTTP library, which a replay does without

            client = Client(self.limits, self.route)
        if self.upstream:
            from conformance.runs.pairing import PairingSender

            client = PairingSender(client, self.upstream, redactor.add_secret)
        authenticating = AuthenticatingSender(client, credential, redactor.add_secret)
        sender: Sender = CircuitBreaker(authenticating, budget, longest_s)
        if self.rate_limiter:
            from conformance.wire.rate import RateLimitingSender

            sender = RateLimitingSender(sender, self.rate_limiter, budget)
        if self.spending:
            from conformance.wire.spending import SpendingSender

            sender = SpendingSender(sender, self.spending)
        return RedactingSender(sender, redactor)
