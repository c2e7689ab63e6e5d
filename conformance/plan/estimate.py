"""From what a rehearsal has sent to a plan: requests, bytes, tokens, cost and time; the document that `plan --json` prints."""

from collections.abc import Callable, Iterable
from typing import Literal

from msgspec import Struct

from conformance.plan.prices import Prices
from conformance.plan.rehearsal import Rehearsal
from conformance.plan.sent import UNCAPPED_TOKENS, Sent
from conformance.targets.preflight import ROUND_TRIPS

_A_MINUTE = 60.0

Bound = Literal["latency", "the longest case", "requests a minute", "tokens a minute"]

_INPUT = (
    "input tokens: our own count, that of the reference gateway: one for 4 characters, for 750 pixels of an image, 32 a second "
    "of audio, 290 of video; a request that is refused as documented has none"
)
COUNTED = (
    "all documented models of the target are taken to be there, and all that is documented to be kept",
    _INPUT,
    f"output tokens: at most, by the caps in the requests; {UNCAPPED_TOKENS} for a request without one",
    "not counted: what is sent again, because the target could not answer now or because its answer was wrong",
)
"""What the numbers mean, in words."""


class Spent(Struct, frozen=True, kw_only=True):
    """What some requests come to. `cost` is None without prices."""

    requests: int
    bytes: int
    input_tokens: int
    output_tokens: int
    cost: float | None = None

    @classmethod
    def by(cls, sent: Iterable[Sent], prices: Prices | None) -> "Spent":
        """That of these requests; what has no price is not in the cost."""
        sent = list(sent)
        return cls(
            requests=len(sent),
            bytes=sum(one.bytes for one in sent),
            input_tokens=sum(one.input_tokens for one in sent),
            output_tokens=sum(one.output_tokens for one in sent),
            cost=round(sum(prices.of(one) or 0.0 for one in sent), 4) if prices else None,
        )


class Share(Struct, frozen=True, kw_only=True):
    """What of it goes to one surface, model or family; the name is empty for what goes to none."""

    name: str
    spent: Spent


class Pace(Struct, frozen=True, kw_only=True):
    """How fast a run may send. Limits are per minute, over all models; None: unlimited."""

    concurrency: int
    latency_s: float
    requests_a_minute: float | None = None
    tokens_a_minute: float | None = None


class Duration(Struct, frozen=True, kw_only=True):
    """How long a run takes, in seconds, and by what that is bound."""

    seconds: float
    bound_by: Bound
    pace: Pace


class Plan(Struct, frozen=True, kw_only=True):
    """What a run would send, spend and take."""

    target: str
    cases: int
    total: Spent
    preflight: Spent
    """Of the total: what looks at the target before the first case. `requests` of results.json does not count it."""
    surfaces: tuple[Share, ...]
    families: tuple[Share, ...]
    models: tuple[Share, ...]
    uncapped: int
    """Requests that are answered and give no cap."""
    currency: str
    unpriced: tuple[str, ...]
    """Models that are asked and have no price: the cost is without them."""
    duration: Duration
    counted: tuple[str, ...] = COUNTED


def plan(target: str, rehearsal: Rehearsal, pace: Pace, prices: Prices | None = None) -> Plan:
    """The plan that a rehearsal of a run against this target comes to."""
    sent, before = rehearsal.sent, rehearsal.sent[: rehearsal.preflight]
    total = Spent.by(sent, prices)
    return Plan(
        target=target,
        cases=rehearsal.cases,
        total=total,
        preflight=Spent.by(before, prices),
        surfaces=_shares(sent, lambda one: one.surface, prices),
        families=_shares(sent, lambda one: one.family, prices),
        models=_shares(sent, lambda one: one.model, prices),
        uncapped=sum(not one.is_capped for one in sent),
        currency=prices.currency if prices else "",
        unpriced=tuple(sorted({one.model for one in sent if prices and prices.of(one) is None})),
        duration=duration(total, rehearsal.preflight, rehearsal.longest, pace),
    )


def _shares(sent: Iterable[Sent], name: Callable[[Sent], str], prices: Prices | None) -> tuple[Share, ...]:
    """The requests by name, the most first; those without one last."""
    shared = dict[str, list[Sent]]()
    for one in sent:
        shared.setdefault(name(one), []).append(one)
    shares = (Share(name=name, spent=Spent.by(own, prices)) for name, own in shared.items())
    return tuple(sorted(shares, key=lambda share: (not share.name, -share.spent.requests, share.name)))


def duration(total: Spent, preflight: int, longest: int, pace: Pace) -> Duration:
    """How long so many requests take.

    The preflight takes a few round trips. Then as many go out at once as the concurrency allows, but not those of one case.
    The limits hold for all of them.
    """
    before_s = min(preflight, ROUND_TRIPS) * pace.latency_s
    tokens = total.input_tokens + total.output_tokens
    bounds: dict[Bound, float] = {
        "latency": before_s + (total.requests - preflight) * pace.latency_s / pace.concurrency,
        "the longest case": before_s + longest * pace.latency_s,
        "requests a minute": _A_MINUTE * total.requests / pace.requests_a_minute if pace.requests_a_minute else 0.0,
        "tokens a minute": _A_MINUTE * tokens / pace.tokens_a_minute if pace.tokens_a_minute else 0.0,
    }
    bound_by = max(bounds, key=bounds.__getitem__)
    return Duration(seconds=round(bounds[bound_by], 1), bound_by=bound_by, pace=pace)
