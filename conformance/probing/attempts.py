"""Asked again before it counts: two attempts of one case, and what they come to.

What is broken in both is broken. What one of them saw and the other did not is unsteady: a warning, with both answers.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from conformance.checks.answers import status_and_text
from conformance.checks.findings import Finding, Kind, undecided, warning
from conformance.wire.exchange import Exchange, Request


@dataclass(frozen=True)
class JudgedFinding:
    """A finding, and the number (from 1) of the exchange that it is about; 0 if nothing had been sent."""

    finding: Finding
    exchange: int


Judged = dict[str, list[JudgedFinding]]
"""By requirement: what was found about it."""


@dataclass(frozen=True)
class Attempt:
    """What one attempt of a case found, why requirements do not apply, and the numbers of its exchanges."""

    judged: Mapping[str, Sequence[JudgedFinding]]
    not_applicable: Mapping[str, str]
    numbers: range

    def of_kind(self, requirement: str, *kinds: Kind) -> list[JudgedFinding]:
        """What was found about a requirement, of these kinds."""
        return [one for one in self.judged.get(requirement, ()) if one.finding.kind in kinds]

    @property
    def is_broken(self) -> bool:
        """Whether anything in it is a violation."""
        return any(self.of_kind(requirement, "violation") for requirement in self.judged)


def confirmed(first: Attempt, second: Attempt, exchanges: Sequence[Exchange]) -> tuple[Judged, dict[str, str]]:
    """What two attempts come to: findings by requirement, and why others do not apply."""
    judged = {
        requirement: list(_of_both(requirement, first, second, exchanges))
        for requirement in dict.fromkeys((*first.judged, *second.judged))
    }
    reasons = {**second.not_applicable, **first.not_applicable}
    return judged, {name: reason for name, reason in reasons.items() if name not in judged}


def _of_both(
    requirement: str, first: Attempt, second: Attempt, exchanges: Sequence[Exchange]
) -> Iterator[JudgedFinding]:
    broken, again = first.of_kind(requirement, "violation"), second.of_kind(requirement, "violation")
    lasting = [one for one in broken if _comes_back(one, again, second, exchanges)]
    yield from lasting
    for one in broken:
        if one not in lasting:
            yield from _once(one, requirement, second, exchanges)
    for one in again:
        if not _comes_back(one, broken, first, exchanges):
            yield from _once(one, requirement, first, exchanges)
    ended_well = requirement in first.judged and not first.of_kind(requirement, "undecided", "violation")
    whole = first if lasting or ended_well else second
    yield from whole.of_kind(requirement, "warning", "observation", "undecided", "inapplicable")


def _comes_back(
    one: JudgedFinding, others: Sequence[JudgedFinding], attempt: Attempt, exchanges: Sequence[Exchange]
) -> bool:
    """Whether the other attempt found the same broken: by the same request, or in the same words if it did not send that."""
    counterpart = _counterpart(one.exchange, attempt, exchanges)
    if counterpart:
        request = exchanges[counterpart - 1].request
        return any(other.exchange and _is_same(exchanges[other.exchange - 1].request, request) for other in others)
    return any(other.finding.message == one.finding.message for other in others)


def _once(
    one: JudgedFinding, requirement: str, other: Attempt, exchanges: Sequence[Exchange]
) -> Iterator[JudgedFinding]:
    """A violation that one attempt saw, and the `other` did not."""
    found = one.finding
    counterpart = _counterpart(one.exchange, other, exchanges)
    if other.of_kind(requirement, "undecided") or (one.exchange and not counterpart):
        yield replace(one, finding=undecided(f"seen once, and then not answered: {found.message} ({found.actual})"))
        return
    yield replace(one, finding=replace(found, kind="warning", message=f"unsteady: {found.message}"))
    if counterpart:
        actual = status_and_text(exchanges[counterpart - 1])
        yield JudgedFinding(warning("unsteady: asked again, the answer is another", actual=actual), counterpart)


def _counterpart(number: int, attempt: Attempt, exchanges: Sequence[Exchange]) -> int:
    """The number of the exchange of an attempt that has the same request; 0 if there is none."""
    if not number:
        return 0
    wanted = exchanges[number - 1].request
    return next((other for other in attempt.numbers if _is_same(exchanges[other - 1].request, wanted)), 0)


def _is_same(one: Request, other: Request) -> bool:
    return (one.method, one.url, one.body, one.headers) == (other.method, other.url, other.body, other.headers)
