"""Limits of rate: how many requests and tokens a minute a gateway takes, and what it says beyond that."""

import math
import threading
import time
from collections import deque
from dataclasses import dataclass
from typing import Literal

from conformance.reference.calls import Answer, Call, Json, Outcome
from conformance.reference.errors import Envelope, Refusal, enveloped
from conformance.reference.paths import values

Whose = Literal["user", "workspace"]


@dataclass(frozen=True, slots=True)
class RateRules:
    """What is taken in a minute, which lasts `minute_s`. `whose` limit it is decides how a 429 reads."""

    requests: int | None = None
    tokens: int | None = None
    whose: Whose = "user"
    tells_when: bool = True  # whether a 429 has a Retry-After
    minute_s: float = 60.0


class RateGate:
    """What a gateway has taken in the last minute, over all models. Requests in flight count no tokens yet."""

    def __init__(self, rules: RateRules) -> None:
        self._rules = rules
        self._lock = threading.Lock()
        self._taken = deque[tuple[float, int, int]]()
        """When, how many requests, and how many tokens."""

    def refusal(self, call: Call, envelope: Envelope) -> Answer | None:
        """The 429 for a call that is one too many; None for one that is counted."""
        rules, now = self._rules, time.monotonic()
        with self._lock:
            while self._taken and self._taken[0][0] <= now - rules.minute_s:
                self._taken.popleft()
            requests, tokens = (sum(each[place] for each in self._taken) for place in (1, 2))
            if requests >= (rules.requests or math.inf):
                message = self._message("requests", call)
            elif tokens >= (rules.tokens or math.inf):
                message = self._message("tokens", call)
            else:
                self._taken.append((now, 1, 0))
                return None
            after = math.ceil(self._taken[0][0] + rules.minute_s - now)
        refused = Refusal(message, status=429, code="REQUEST_LIMIT_EXCEEDED")
        headers = {"retry-after": str(after)} if rules.tells_when else {}
        return Answer(enveloped(refused, envelope), 429, headers=headers)

    def count(self, outcome: Outcome) -> None:
        """Counts the tokens that an answer tells."""
        bodies = [outcome.body] if isinstance(outcome, Answer) else [event.data for event in reversed(outcome.events)]
        tokens = next((used for body in bodies if (used := _total(body))), 0)
        with self._lock:
            self._taken.append((time.monotonic(), 0, tokens))

    def _message(self, what: str, call: Call) -> str:
        model = call.model or (call.body.get("model") if isinstance(call.body, dict) else None) or "chat"
        name = str(model).removeprefix("system.ai.").removeprefix("databricks-")
        if self._rules.whose == "workspace":
            counted = "input tokens per minute" if what == "tokens" else "requests per minute"
            return (
                f"Exceeded workspace {counted} rate limit for databricks-{name}. "
                "Work with your Databricks account team to raise it."
            )
        unit = "Tokens-per-minute (TPM)" if what == "tokens" else "Requests-per-minute (RPM)"
        return f"User defined rate limit(s) exceeded for 'system.ai.{name}'. {unit} rate limit exceeded for user"


def _total(body: Json) -> int:
    """The total of tokens in an answer, or in an event of a stream; 0 if it tells none."""
    places = ("usage/total_tokens", "response/usage/total_tokens", "usageMetadata/totalTokenCount")
    return next((count for place in places for count in values(body, place) if isinstance(count, int)), 0)
