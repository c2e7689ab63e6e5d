"""How requirements are asked for, and how a gateway refuses that does as it should: by the recordings that ship."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from conformance.report.results import CaseResult, ExchangeRecord
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
    for case in _cases():
        exchanges = {one.id: one for one in case.exchanges}
        for seen in case.observations:
            if seen.message == _REFUSED and (exchange := exchanges.get(seen.exchange)):
                assert exchange.response, exchange.id
                asked = _asked(exchange)
                refusal = Refusal(asked, str(exchange.response.status), exchange.response.body)
                found[seen.requirement].setdefault(asked, refusal)
    return {requirement: [*by_way.values()] for requirement, by_way in found.items()}


@cache
def ways() -> Mapping[str, Sequence[str]]:
    """By requirement: each way in which the cases ask that decide it."""
    found: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for case in _cases():
        for requirement in case.requirements:
            found[requirement].update(dict.fromkeys(map(_asked, case.exchanges)))
    return {requirement: [*asked] for requirement, asked in found.items()}


@cache
def _cases() -> Sequence[CaseResult]:
    return [*judge({"corpus": "none"}).results.values()]


def _asked(exchange: ExchangeRecord) -> str:
    request = exchange.request
    streamed = ", streamed" if "stream" in request.path or _streams(request.body) else ""
    return f"{request.method} {request.path}{streamed}"


def _streams(body: str) -> bool:
    try:
        document = json.loads(body)
    except ValueError:  # one that was cut
        return False
    return isinstance(document, dict) and document.get("stream") is True
