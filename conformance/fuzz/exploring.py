"""The exploration: hypothesis draws, the target answers, the suite's own checks judge, and what they find is made small."""

import random
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace

from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings
from hypothesis.errors import Flaky, Unsatisfiable

from conformance.checks.answers import lacks_model
from conformance.checks.findings import Finding, Undecided
from conformance.corpus import annotations
from conformance.corpus.case import GeneratedCase
from conformance.corpus.frozen import plain_of
from conformance.fuzz.budget import Budget
from conformance.fuzz.shrinking import minimised
from conformance.fuzz.strategies import Arm, arms, as_case
from conformance.probing.generated import judgements, send
from conformance.probing.judge import CaseEnded, NotApplicable
from conformance.probing.surface import KINDS
from conformance.runs.case import RunningCase
from conformance.runs.settings import Settings
from conformance.wire.exchange import Exchange

EXAMPLES = 12
"""Requests that are tried in one direction before the next one has its turn."""
MOST_TO_SHRINK = 80
"""Requests that are spent on making one find small."""

_PLAIN = settings.get_profile("default")
"""Not the profile that hypothesis takes where it finds `CI`: with that one, every seed draws the same."""


@dataclass(frozen=True)
class Discovery:
    """What was found: the request, its exchange, and which requirement says what of it."""

    case: GeneratedCase
    exchange: Exchange
    requirement: str
    finding: Finding

    @property
    def members(self) -> frozenset[str]:
        """The members of the body that differ from the plain request; `*` for those that no spec knows."""
        known = annotations.members(self.case.operation)
        return frozenset(name if name in known else "*" for name in (*self.case.set, *self.case.without))

    def is_like(self, other: "Discovery") -> bool:
        """Whether this may well be the same defect: the same is wrong, and the members of one are among the other's."""
        return self.what == other.what and (self.members >= other.members or self.members <= other.members)

    def is_as(self, other: "Discovery") -> bool:
        """Whether the same is wrong."""
        return self.what == other.what

    @property
    def what(self) -> tuple[object, ...]:
        """What is wrong, wherever it was seen: three doors lead to the same models."""
        broke = self.exchange.dropped or (self.exchange.status or 0) >= 500
        return (
            self.case.of.spec,
            *(("broke", self.exchange.status) if broke else (self.requirement, self.finding.path)),
        )


class _Falsified(Exception):
    """Tells hypothesis that an example is one, and that it need not look any further."""


class _BudgetExhausted(BaseException):
    """Nothing more may be sent. No `Exception`, since those hypothesis keeps."""


class Explorer:
    """One exploration of a live target."""

    def __init__(self, settings: Settings, budget: Budget, number: int) -> None:
        self._settings, self._budget = settings, budget
        self._random = random.Random(number)  # noqa: S311 (a seed that is told)
        self._answers: dict[str, Exchange | None] = {}
        self._known: list[Discovery] = []

    def explore(self, surfaces: tuple[str, ...]) -> Iterator[Discovery]:
        """What is found, each as soon as it is small, until the budget is spent."""
        directions = list(arms(surfaces))
        while directions and not self._budget.is_spent:
            self._random.shuffle(directions)
            for arm in directions:
                if not self._budget.is_spent and (found := self._search(arm)):
                    self._known.append(found)
                    yield found

    def _search(self, arm: Arm) -> Discovery | None:
        """The first defect that is found in one direction, made small."""
        first: list[Discovery] = []

        @seed(self._random.getrandbits(32))
        @settings(
            _PLAIN, max_examples=EXAMPLES, phases=(Phase.generate,), database=None, deadline=None,
            suppress_health_check=list(HealthCheck), verbosity=Verbosity.quiet, report_multiple_bugs=False,
        )  # fmt: skip
        @given(arm.bodies)
        def examine(body: dict[str, object]) -> None:
            if found := self._new_discovery(arm, body, self._budget.requests):
                first.append(found)
                raise _Falsified

        # A target that answers differently each time is flaky: what it did once was seen.
        with suppress(_Falsified, _BudgetExhausted, Flaky, Unsatisfiable):
            examine()
        return self._small(arm, first[0]) if first else None

    def _small(self, arm: Arm, found: Discovery) -> Discovery:
        """The smallest example that shows the same: a legal one, if nothing needs to be broken for it."""
        legal, broken = replace(arm, mode="positive"), replace(arm, mode="negative")
        smallest, most = found, min(self._budget.requests, self._budget.sent + MOST_TO_SHRINK)

        def shows(body: dict[str, object]) -> bool:
            nonlocal smallest
            again = self._new_discovery(legal, body, most)
            if again is None and smallest.case.mode == "negative":
                again = self._new_discovery(broken, body, most)
            if again is None or not again.is_as(found):
                return False
            smallest = again
            return True

        with suppress(_BudgetExhausted):
            minimised(found.case.body(), arm.operation.base, shows)
        return smallest

    def _new_discovery(self, arm: Arm, body: dict[str, object], most: int) -> Discovery | None:
        """What a body shows that is not known yet. Raises `_BudgetExhausted`."""
        if self._budget.is_spent:
            raise _BudgetExhausted
        case = as_case(arm, body)
        found = self._discovery(case, most) if case else None
        return None if found is None or any(found.is_like(known) for known in self._known) else found

    def _discovery(self, case: GeneratedCase, most: int) -> Discovery | None:
        exchange = self._answer(case, most)
        if exchange is None:
            return None
        judged = judgements(case, exchange, lambda: self._plain(case, most))
        try:
            found = [(name, one) for name, findings in judged for one in findings if _is_worth_telling(name, one)]
        except Undecided:
            return None
        return Discovery(case, exchange, *found[0]) if found else None

    def _plain(self, case: GeneratedCase, most: int) -> Exchange:
        """The exchange of the plain request beside a case. Raises `Undecided` if it cannot be sent here."""
        exchange = None if case.is_plain else self._answer(plain_of(case), most)
        if exchange is None or lacks_model(exchange):
            raise Undecided("the plain request cannot be sent here")
        return exchange

    def _answer(self, case: GeneratedCase, most: int) -> Exchange | None:
        """The exchange of a request, sent once; None if it cannot be sent here. Raises `_BudgetExhausted`."""
        if case.id in self._answers:
            return self._answers[case.id]
        if self._budget.is_spent or self._budget.sent >= most:
            raise _BudgetExhausted
        running = RunningCase("fuzz", (), self._settings, self._budget.within(self._settings.sending.limits))
        try:
            exchange = send(running.surface(KINDS[case.of.surface]), case, lambda: self._plain(case, most))
        except (NotApplicable, Undecided, CaseEnded):
            exchange = None
        finally:
            for sent in running.recorder.exchanges:
                self._budget.charge(sent)
        self._answers[case.id] = exchange
        return exchange


def _is_worth_telling(requirement: str, finding: Finding) -> bool:
    """What is taken though it breaks a type is latitude: `run` warns of it, place by place."""
    return finding.kind == "violation" or (finding.kind == "warning" and requirement != "SPEC-INVALID-REFUSED")
