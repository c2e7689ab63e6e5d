"""What requests have in common that are not answered, and that no answered one has: what a target cannot do."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from conformance.report.results import ExchangeRecord

_MODEL_IN_PATH = re.compile(r"/models/([^/:]+):|/serving-endpoints/([^/]+)/invocations$")
_FEW = 2
"""Members of a request that are named; more say nothing in particular."""


def common_trait(failed: Sequence[ExchangeRecord], exchanges: Iterable[ExchangeRecord], status: str) -> str:
    """What all of the failed requests have that none of the answered ones has: members of the body, or else the model.

    `status` is the one that they failed with. Empty if they have nothing in common, or one request is all that failed.
    """
    known = list(exchanges)
    if status and known and all(one.status == status for one in known):
        return "every request"
    apart = {one.request.body: one for one in failed if one.status == status}
    if len(apart) < _FEW:
        return ""
    members = set.intersection(*map(_members, apart.values()))
    models = set(map(model_of, apart.values()))
    shared = models if len(models) == 1 else set[str]()
    for one in known:
        if one.response and 200 <= one.response.status < 300:  # noqa: PLR2004  # a success, as HTTP has it
            members -= _members(one)
            shared.discard(model_of(one))
    if 0 < len(members) <= _FEW:
        return " and ".join(sorted(members))
    return "".join(shared)


def model_of(exchange: ExchangeRecord) -> str:
    """The model that a request names in its path or body; empty if it names none."""
    if found := _MODEL_IN_PATH.search(exchange.request.path):
        return found[1] or found[2]
    body = parsed(exchange.request.body)
    model = body.get("model") if isinstance(body, dict) else ""
    return model if isinstance(model, str) else ""


def parsed(text: str) -> Any:
    """A JSON text; None if it is none, or was cut."""
    try:
        return msgspec.json.decode(text)
    except (ValueError, RecursionError):
        return None


def _members(exchange: ExchangeRecord) -> set[str]:
    body = parsed(exchange.request.body)
    return set(body) if isinstance(body, dict) else set()
