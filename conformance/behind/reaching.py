"""Waits until a proxy asks the upstream that stands behind it, and says what to configure if it does not."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from conformance.checks.request_parts import model_in
from conformance.errors import UsageError
from conformance.reference.upstream import Upstream
from conformance.report.safe import one_line
from conformance.runs.settings import Settings
from conformance.targets.target import DOCUMENTED_PATHS, Target
from conformance.wire.exchange import Exchange

WAIT_S = 15.0
"""How long a proxy has to ask its upstream for the first time."""
_PAUSE_S = 0.25
_MENDS = {
    401: "let the proxy show its upstream a credential, any one, as a bearer or as x-goog-api-key",
    404: "let the proxy call the models of its upstream system.ai.<model>, such as system.ai.gpt-5",
}
_CREDENTIAL_REFUSED = (401, 403)
_SURFACES = ("chat", "responses", "gemini")


@dataclass(frozen=True)
class Reached:
    """How a proxy asks its upstream: by surface of the target, on which path."""

    paths: Mapping[str, str]
    refused: Mapping[str, str] = field(default_factory=dict)
    """Surfaces on which the upstream refused what it was asked for: with what it said."""

    def __str__(self) -> str:
        """In one line."""
        return "; ".join(
            f"{surface} asks its upstream at {path}"
            + (f", which refuses a mere word: {self.refused[surface]}" if surface in self.refused else "")
            for surface, path in self.paths.items()
        )


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
        others = settings.look(retries=False).words(wanted[1:])
        answers = {**answers, **others}
        paths |= _paths(others)[0]
    return Reached(paths, _refused(answers, target))


def _refused(answers: Mapping[tuple[str, str], Exchange], target: Target) -> dict[str, str]:
    """By surface, what the upstream said that refused it.

    Raises `UsageError` if it wants another credential or another model: then nothing of that surface could be judged.
    """
    refused = dict[str, str]()
    for (surface, _), exchange in answers.items():
        last = exchange.upstream.asked[-1].exchange if exchange.upstream and exchange.upstream.asked else None
        if last is None or not last.status or last.status < 400:
            continue
        told = refused[surface] = f"{last.status}, {one_line(_text(last)[:160])}"
        if mend := _MENDS.get(last.status):
            asked = f"for {one_line(model)}" if (model := model_in(last.request)) else ""
            raise UsageError(
                f"{target.name} asks its upstream at {last.request.path} {asked}, and is refused: {told}: {mend}, or "
                f"leave {surface} out of the target file"
            )
    return refused


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
    if exchange.response is None:
        places = ", ".join(sorted(set(target.surfaces.values())))
        mend = "start it before this command" if "refused" in exchange.failure else f"is it up, and {configure}?"
        return f"{target.name} does not answer at {places}: {one_line(exchange.failure)}: {mend}"
    told = f"{exchange.status}, {one_line(_text(exchange)[:160])}"
    if exchange.status in _CREDENTIAL_REFUSED:
        return f"{target.name} itself refuses the credential that it is shown, or that it is shown none: {told}"
    return (
        f"nothing of {target.name} has reached its upstream at {upstream.url} within {wait_s:.0f} s: {configure}; "
        f"what it answered: {told}"
    )


def _text(exchange: Exchange) -> str:
    return exchange.response.body[:400].decode("utf-8", "replace") if exchange.response else ""
