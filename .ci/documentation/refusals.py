"""How a gateway refuses that does as it should: the refusals in the recordings that ship, by requirement."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from conformance.report.results import ExchangeRecord
from conformance.runs.inprocess import judge

_REFUSED = "refused with"
"""What a check observes where a request was refused as it should be, beside a control that was answered."""


@dataclass(frozen=True)
class Refusal:
    """One way to ask for what is refused, and what the reference gateway answers."""

    asked: str
    status: str
    body: str


@cache
def refusals() -> Mapping[str, Sequence[Refusal]]:
    """By requirement; each way of asking is told once."""
    found: defaultdict[str, dict[str, Refusal]] = defaultdict(dict)
    for case in judge({"corpus": "none"}).results.values():
        exchanges = {one.id: one for one in case.exchanges}
        for seen in case.observations:
            if seen.message == _REFUSED and (exchange := exchanges.get(seen.exchange)):
                refusal = _refusal(exchange)
                found[seen.requirement].setdefault(refusal.asked, refusal)
    return {requirement: [*by_way.values()] for requirement, by_way in found.items()}


def _refusal(exchange: ExchangeRecord) -> Refusal:
    request, response = exchange.request, exchange.response
    assert response, exchange.id
    streamed = ", streamed" if "stream" in request.path or _streams(request.body) else ""
    return Refusal(f"{request.method} {request.path}{streamed}", str(response.status), response.body)


def _streams(body: str) -> bool:
    try:
        document = json.loads(body)
    except ValueError:  # one that was cut
        return False
    return isinstance(document, dict) and document.get("stream") is True
