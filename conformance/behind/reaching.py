"""Waits until a proxy asks the upstream that stands behind it, and says what to configure if it does not."""

import time
from collections.abc import Mapping
from dataclasses import dataclass

from conformance.errors import UsageError
from conformance.reference.upstream import Upstream
from conformance.report.safe import one_line
from conformance.runs.settings import Settings
from conformance.targets.target import DOCUMENTED_PATHS, Target
from conformance.wire.exchange import Exchange

WAIT_S = 15.0
"""How long a proxy has to ask its upstream for the first time."""
_PAUSE_S = 0.25
_SURFACES = ("chat", "responses", "gemini")


@dataclass(frozen=True)
class Reached:
    """How a proxy asks its upstream: by surface of the target, on which path."""

    paths: Mapping[str, str]

    def __str__(self) -> str:
        """In one line."""
        return "; ".join(f"{surface} asks its upstream at {path}" for surface, path in self.paths.items())


def wait_until_reached(settings: Settings, upstream: Upstream, wait_s: float = WAIT_S) -> Reached:
    """Asks the proxy for a word until a question of it arrives upstream, then once on each other surface.

    Raises `UsageError` with what to configure if none does within `wait_s` seconds.
    """
    target, until = settings.target, time.monotonic() + wait_s
    surfaces = [name for name in settings.selection.only_surfaces or _SURFACES if name in target.surfaces]
    wanted = [(name, next(iter(target.candidates(name)), "")) for name in surfaces if name in _SURFACES]
    if not wanted:
        raise UsageError(
            f"{target.name} has none of the surfaces {', '.join(_SURFACES)}: what could be asked through it?"
        )
    paths, lost = dict[str, str](), list[str]()
    while not paths:
        look = settings.look(retries=False, longest_s=max(until - time.monotonic(), 1.0))
        answers = look.words(wanted[:1])
        paths, lost = _paths(answers)
        if not paths and time.monotonic() > until:
            raise UsageError(_mend(target, upstream, next(iter(answers.values())), lost, wait_s))
        if not paths:
            time.sleep(_PAUSE_S)
    if wanted[1:]:
        paths |= _paths(settings.look(retries=False).words(wanted[1:]))[0]
    return Reached(paths)


def _paths(answers: Mapping[tuple[str, str], Exchange]) -> tuple[dict[str, str], list[str]]:
    """By surface, the path on which the upstream was asked; and paths that it does not have."""
    paths, lost = dict[str, str](), list[str]()
    for (surface, _), exchange in answers.items():
        if exchange.upstream:
            for one in exchange.upstream.asked:
                paths[surface] = one.exchange.request.path
            lost += exchange.upstream.others
    return paths, lost


def _mend(target: Target, upstream: Upstream, exchange: Exchange, lost: list[str], wait_s: float) -> str:
    """What is wrong, and what to configure."""
    bases = ", ".join(sorted({upstream.url + DOCUMENTED_PATHS[surface] for surface in _SURFACES}))
    configure = f"let its upstream be {bases} (by surface), or {upstream.url}/v1"
    if lost:
        return f"{target.name} asks its upstream for {one_line(lost[0])}, which is no path of a gateway: {configure}"
    told = exchange.failure or f"{exchange.status}, {_text(exchange)[:160]}"
    return (
        f"nothing of {target.name} has reached its upstream at {upstream.url} within {wait_s:.0f} s: {configure}; "
        f"what it answered: {one_line(told)}"
    )


def _text(exchange: Exchange) -> str:
    return exchange.response.body[:400].decode("utf-8", "replace") if exchange.response else ""
