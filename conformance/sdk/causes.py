"""Changes of cases put together by their cause: what changed for the same reason is told once, the gravest first."""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass

from conformance.sdk.accepted import AcceptedBreak
from conformance.sdk.changes import AGAINST, FAILING, OUTCOMES, Aspect, CaseChange, Outcome

_VALUES = 2
"""Pairs of values that are told of one place."""
_TELLING_FIRST = (
    "caller error.type", "caller error.status", "wire path", "wire query", "wire a request", AGAINST, "wire body",
)  # fmt: skip
_TELLING_LAST = ("wire status", "wire headers", "caller error.text", "caller error", "caller classes", "caller events")
_IN_WORDS: frozenset[Outcome] = frozenset({"broken", "fixed", "new"})
"""Outcomes whose reasons are a cause each, whichever cases they are in. The others are places."""
Accepting = Callable[[str, str], AcceptedBreak | None]
"""Gives what accepts a break, by the id of a case and the words that tell of it."""


@dataclass(frozen=True)
class Cause:
    """Cases that changed for one reason, or in which the same places differ."""

    outcome: Outcome
    aspects: tuple[Aspect, ...]
    """What changed, the most telling first; of one place the values that most of the cases have, and the next most."""
    cases: tuple[str, ...]
    accepted: AcceptedBreak | None = None

    @property
    def fails(self) -> bool:
        """Whether it fails the comparison."""
        return self.outcome in FAILING and not self.accepted


@dataclass(frozen=True, eq=False)
class _Place:
    """One reason or place with all cases in which it has changed."""

    outcome: Outcome
    accepted: AcceptedBreak | None
    found: Mapping[str, Aspect]
    """By case."""


def causes(changes: Iterable[CaseChange], accepting: Accepting = lambda _case, _text: None) -> list[Cause]:
    """The causes of all that changed, the gravest first, then those that are not accepted, then those of most cases.

    A case may stand under several. What differs in none but broken cases stands with the reasons for which they broke, as
    it follows from these or explains them; so does what all cases that broke for one reason send otherwise.
    """
    places = _places(changes, accepting)
    reasons = [one for one in places if one.outcome == "broken"]
    broken = {case for one in reasons for case in one.found}
    together = dict[Hashable, list[_Place]]()
    for one in places:
        if one.outcome not in FAILING and one.found.keys() <= broken:
            continue
        if one.outcome in _IN_WORDS:
            together[one] = [one]
        else:
            together.setdefault((one.outcome, one.accepted, frozenset(one.found)), []).append(one)
    for reason in reasons:
        together[reason] += [one for one in places if one.outcome not in FAILING and _belongs(one, reason, broken)]
    return sorted(map(_cause, together.values()), key=_gravity)


def _belongs(one: _Place, reason: _Place, broken: Set[str]) -> bool:
    """Whether a place is told with the reason for which cases broke."""
    is_sent_by_all = one.outcome == "wire changed" and reason.found.keys() <= one.found.keys()
    return is_sent_by_all or (one.found.keys() <= broken and bool(one.found.keys() & reason.found.keys()))


def _places(changes: Iterable[CaseChange], accepting: Accepting) -> list[_Place]:
    found: dict[tuple[Outcome, str, AcceptedBreak | None], dict[str, Aspect]] = {}
    for change in changes:
        for one in change.aspects:
            accepted = accepting(change.case, one.text) if one.outcome in FAILING else None
            found.setdefault((one.outcome, one.place, accepted), {})[change.case] = one
    return [_Place(outcome, accepted, cases) for (outcome, _, accepted), cases in found.items()]


def _cause(places: Sequence[_Place]) -> Cause:
    gravest = min(places, key=lambda one: OUTCOMES.index(one.outcome))
    cases = gravest.found
    shared = {one: [aspect for case, aspect in one.found.items() if case in cases] for one in places}

    def order(one: _Place) -> tuple[bool, int, int, int]:
        is_reason = one.outcome == gravest.outcome and one.outcome in _IN_WORDS
        return not is_reason, -len(shared[one]), OUTCOMES.index(one.outcome), _rank(shared[one][0])

    aspects = (aspect for one in sorted(places, key=order) for aspect in _typical(shared[one]))
    return Cause(gravest.outcome, tuple(aspects), tuple(cases), gravest.accepted)


def _typical(found: list[Aspect]) -> list[Aspect]:
    """Of what was seen of one place in several cases: the shortest words, or the values of most."""
    if found[0].text:
        return [min(found, key=lambda one: len(one.text))]
    return [one for one, _ in Counter(found).most_common(_VALUES)]


def _rank(one: Aspect) -> int:
    """How soon it is told of places that changed together: an exception's class first, what may follow from it last."""
    first = next((at for at, name in enumerate(_TELLING_FIRST) if one.place.startswith(name)), len(_TELLING_FIRST))
    last = next((at for at, name in enumerate(_TELLING_LAST, 1) if one.place.startswith(name)), 0)
    return first if first < len(_TELLING_FIRST) else len(_TELLING_FIRST) + last


def _gravity(cause: Cause) -> tuple[int, bool, int, int]:
    return OUTCOMES.index(cause.outcome), cause.accepted is not None, _kind_of(cause), -len(cause.cases)


def _kind_of(cause: Cause) -> int:
    """Of changes for the caller an exception's class goes before all, and its text after all, however many cases."""
    place = cause.aspects[0].place
    if place.startswith(("caller error.type", "caller error.status")):
        return 0
    return 2 if place.startswith("caller error") else 1
