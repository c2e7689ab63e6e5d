"""What requests have in common that are not answered, and that no answered one has: what a target cannot do."""

import re
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any

import msgspec

from conformance.report.results import ExchangeRecord
from conformance.wire.exchange import CUT_OFF, NOT_SENT

_MODEL_IN_PATH = re.compile(r"/models/([^/:]+):|/serving-endpoints/([^/]+)/invocations$")
_FEW = 2
"""Members of a request that are named; more say nothing in particular."""


class Requests:
    """All requests of a run, to tell what sets apart those that are not answered."""

    def __init__(self, exchanges: Iterable[ExchangeRecord]) -> None:
        self._all = [one for one in exchanges if not one.failure.startswith((NOT_SENT, CUT_OFF))]

    @cached_property
    def _answered(self) -> list[ExchangeRecord]:
        return [one for one in self._all if one.response and one.response.status in range(200, 300)]

    @cached_property
    def _members(self) -> set[str]:
        return set[str]().union(*map(_members, self._answered))

    @cached_property
    def _models(self) -> set[str]:
        return set(map(model_of, self._answered))

    @cached_property
    def _paths(self) -> set[str]:
        return set(map(_path, self._answered))

    def common_trait(self, failed: Sequence[ExchangeRecord], status: str) -> str:
        """What all failed requests have that no answered one has: the path, members of the body, or else the model.

        `status` is the one that they failed with. Empty if they have nothing in common, or one request is all that failed.
        """
        if status and self._all and all(one.status == status for one in self._all):
            return "every request"
        apart = list({one.request.body: one for one in failed if one.status == status}.values())
        if len(apart) < _FEW:
            return ""
        paths, models = set(map(_path, apart)), set(map(model_of, apart))
        members = set.intersection(*map(_members, apart)) - self._members
        if len(paths) == 1 and not paths & self._paths:
            return "".join(paths)
        if 0 < len(members) <= _FEW:
            return " and ".join(sorted(members))
        return "".join(models - self._models) if len(models) == 1 else ""


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


def _path(exchange: ExchangeRecord) -> str:
    """The path that was asked, whatever the model."""
    model, path = model_of(exchange), exchange.request.path.partition("?")[0]
    return f"{exchange.request.method} {path.replace(model, '…') if model else path}"


def _members(exchange: ExchangeRecord) -> set[str]:
    body = parsed(exchange.request.body)
    return set(body) if isinstance(body, dict) else set()
