"""Both sides of a proxy, as a case sees them: what the exchanges of a case show of what the proxy made of them."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from conformance.checks.answers import error_text, is_success, no_answer_reason
from conformance.checks.both_sides import both_sides
from conformance.checks.findings import Finding, inapplicable, undecided
from conformance.checks.request_parts import surface_asked
from conformance.probing.judge import Judge, NotApplicable
from conformance.probing.surface import Body, Surface
from conformance.targets.target import Target
from conformance.wire.exchange import Exchange
from conformance.wire.sender import RecordingSender
from conformance.wire.upstream import MARK

ALWAYS = ("PROXY-REQ-ONCE", "PROXY-REQ-MODEL", "PROXY-REQ-TEXT", "PROXY-REQ-ADDED", "PROXY-CACHE")
"""What every question to a model decides."""
ANSWERED = (
    "PROXY-ANS-TEXT",
    "PROXY-ANS-FINISH",
    "PROXY-ANS-USAGE",
    "PROXY-ANS-ID",
    "PROXY-ANS-MEMBERS",
    "PROXY-ANS-HEADERS",
)
"""What every answer with text decides."""


@dataclass(frozen=True)
class BothSides:
    """Judges the requirements of a case by the two sides of its exchanges."""

    target: Target
    judge: Judge
    sender: RecordingSender
    """Sends a request once: what the upstream is asked to do wrong, it does again."""

    def once(self, surface: Surface) -> Surface:
        """The same surface, on which nothing is asked again."""
        return replace(surface, sender=self.sender)

    def at_once(self, surface: Surface, bodies: Sequence[Body]) -> list[Exchange]:
        """Sends all of these at the same time, each with a mark of its own in it. Kept in this order, in whichever they end."""
        begun, kept = len(self.sender.exchanges), self.sender.exchanges
        with ThreadPoolExecutor(len(bodies)) as pool:
            answers = list(pool.map(surface.send, bodies))
        order = {_mark(exchange): number for number, exchange in enumerate(answers)}
        kept[begun:] = sorted(kept[begun:], key=lambda one: order[_mark(one)])
        return answers

    def __call__(self, exchange: Exchange, *requirements: str) -> None:
        """Judges these by one exchange. What it does not speak of stays undecided.

        Raises `NotApplicable` if nobody has watched the other side.
        """
        self.must_be_watched(exchange)
        side = exchange.upstream
        if side and side.repeats and not side.asked and is_success(exchange):
            self.judge([inapplicable("the same request again is answered from a cache")], *requirements, about=exchange)
            return
        found = list(both_sides(exchange, self.target.documented_names))
        for requirement in requirements:
            about = [finding for name, finding in found if name == requirement]
            self.judge(about or [_silence(exchange)], requirement, about=exchange)

    def is_refused(self, exchange: Exchange) -> bool:
        """Whether the proxy itself refuses a request: its upstream has never seen it."""
        return bool(
            exchange.upstream and not exchange.upstream.asked and exchange.response and not is_success(exchange)
        )

    def must_be_watched(self, exchange: Exchange) -> None:
        """Raises `NotApplicable` if nobody has watched the other side."""
        if exchange.upstream is None:
            raise NotApplicable("the upstream of this target is not watched: `gateway-conformance behind` does so")


def _mark(exchange: Exchange) -> bytes:
    found = MARK.search(exchange.request.body)
    return found[0] if found else b""


def _silence(exchange: Exchange) -> Finding:
    """Why the two sides of an exchange tell nothing about a requirement."""
    asked, side = surface_asked(exchange.request), exchange.upstream
    upstream = surface_asked(side.asked[-1].exchange.request) if side and side.asked else asked
    if upstream != asked:
        return inapplicable(f"between {asked} in front and {upstream} behind it is not compared")
    return undecided(_untold(exchange))


def _untold(exchange: Exchange) -> str:
    """Why the two sides of an exchange do not tell about something."""
    if exchange.upstream and not exchange.upstream.asked:
        if is_success(exchange):
            return "the answer is not the upstream's, which was not asked"
        return f"the upstream was not asked: {no_answer_reason(exchange)}"
    if exchange.failure:
        return f"nothing that could be compared arrives: {exchange.failure}"
    last = exchange.upstream.asked[-1].exchange if exchange.upstream else None
    if last is not None and not is_success(last):
        return f"the upstream refuses it: {last.status}, {error_text(last)}"
    return "neither side of this exchange shows any of it"
