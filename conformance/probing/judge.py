"""The record of one running case: what was found about each of the requirements that it decides."""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from conformance.checks.findings import Finding, collect, undecided
from conformance.checks.verdicts import Verdict, judge, strongest
from conformance.probing.attempts import Attempt, Judged, JudgedFinding, confirmed
from conformance.requirements import Requirement, catalogue
from conformance.wire.exchange import Exchange


class NotApplicable(Exception):
    """The requirement says nothing about this target: the reason ends the case."""


class CaseEnded(Exception):
    """A finding that leaves nothing more to judge in this case."""


class SuiteError(Exception):
    """A case that is itself wrong: an error of the suite, never a verdict on the target."""


class Judge:
    """Collects findings by requirement. A case calls it with what a check found.

    `exchanges` is the growing list of what the case has sent: a finding remembers which of them it is about.
    `waived` is by requirement why it does not apply to the target, whatever is found. `known` are the requirements that there
    are, by default the catalogue.
    """

    def __init__(
        self,
        requirements: tuple[str, ...],
        exchanges: Sequence[Exchange] = (),
        waived: Mapping[str, str] = MappingProxyType({}),
        known: Mapping[str, Requirement] | None = None,
    ) -> None:
        self.requirements = requirements
        self._known = catalogue() if known is None else known
        self.judged: Judged = {}
        self._waived = waived
        self.not_applicable = self._never_applicable()
        self._exchanges = exchanges

    def _never_applicable(self) -> dict[str, str]:
        return {name: self._waived[name] for name in self.requirements if name in self._waived}

    def check_needed(self) -> None:
        """Raises `NotApplicable` if nothing that the case decides applies to the target: then it need not be asked."""
        if self.requirements and not self._open():
            raise NotApplicable(next(iter(self.not_applicable.values())))

    def __call__(self, findings: Iterable[Finding], *requirements: str, about: Exchange | None = None) -> bool:
        """Judges the requirements (by default the only one of the case) by a check's findings; tells whether none is broken.

        `about`: the exchange that is judged, if it is not the last one.
        """
        found = collect(findings)
        number = self._number(about)
        for requirement in self._applicable(self._named(requirements)):
            self.judged.setdefault(requirement, []).extend(JudgedFinding(finding, number) for finding in found)
        return not any(finding.kind in ("violation", "undecided") for finding in found)

    def or_end(self, findings: Iterable[Finding], *requirements: str, about: Exchange | None = None) -> None:
        """Judges; a violation, or nothing to judge, ends the case. Raises `CaseEnded`."""
        found = collect(findings)
        if not self(found, *requirements, about=about):
            last = found[-1]
            raise CaseEnded(f"{last.message}: {last.actual}" if last.actual else last.message)

    def findings(self, requirement: str) -> list[Finding]:
        """What was found about one of the requirements."""
        return [judged.finding for judged in self.judged.get(requirement, [])]

    def _number(self, about: Exchange | None) -> int:
        numbers = (number for number, exchange in enumerate(self._exchanges, 1) if exchange is about)
        return next(numbers, len(self._exchanges))

    def notice(self, requirement: str, finding: Finding, about: Exchange) -> None:
        """Takes a finding about a requirement that the case need not decide, once."""
        if requirement in self._waived:
            return
        found = JudgedFinding(finding, self._number(about))
        known = self.judged.setdefault(requirement, [])
        if found not in known:
            known.append(found)

    def follow(self, requirement: str, other: str) -> None:
        """What breaks a requirement breaks another one that follows from it."""
        broken = self.attempt().of_kind(requirement, "violation")
        for applicable in self._applicable((other,)):
            self.judged.setdefault(applicable, []).extend(broken)

    def attempt(self, after: int = 0) -> Attempt:
        """What was found so far; `after` is the number of the last exchange that came before this attempt."""
        return Attempt(self.judged, self.not_applicable, range(after + 1, len(self._exchanges) + 1))

    def begin(self) -> None:
        """Forgets what was found: the case is asked again."""
        self.judged, self.not_applicable = {}, self._never_applicable()

    def restore(self, attempt: Attempt) -> None:
        """Takes an attempt for all that was found: it could not be asked again."""
        self.judged = {name: list(found) for name, found in attempt.judged.items()}
        self.not_applicable = dict(attempt.not_applicable)

    def confirm(self, first: Attempt) -> None:
        """Holds what was found since against the first attempt of the case."""
        self.judged, self.not_applicable = confirmed(first, self.attempt(first.numbers.stop - 1), self._exchanges)

    def break_all(self, findings: Iterable[Finding]) -> None:
        """Judges whatever is not judged yet by the same findings, and ends the case. Raises `CaseEnded`."""
        self.or_end(findings, *(self._open() or self.requirements))

    def leave_undecided(self, reason: str) -> None:
        """What the case has not judged yet stays undecided for this reason.

        So does the only requirement of a case that ended half way, unless a finding has decided it already.
        """
        unfinished = self._open() or (self.requirements if len(self.requirements) == 1 else ())
        for requirement in unfinished:
            if not any(finding.kind in ("violation", "undecided") for finding in self.findings(requirement)):
                self.judged.setdefault(requirement, []).append(JudgedFinding(undecided(reason), len(self._exchanges)))

    def leave_not_applicable(self, reason: str) -> None:
        """Whatever the case has not judged yet does not apply to this target."""
        for requirement in self._open():
            self.not_applicable[requirement] = reason

    def finish(self) -> None:
        """The case ran to its end. Raises `SuiteError` if it left a requirement undecided without a reason."""
        if forgotten := self._open():
            raise SuiteError(f"the case ended without deciding {', '.join(forgotten)}")

    def verdict_on(self, requirement: str) -> Verdict:
        """The verdict of this case on one of its requirements."""
        if requirement in self.not_applicable:
            return "not_applicable"
        return judge(self._known[requirement].level, self.findings(requirement))

    def verdicts(self) -> dict[str, Verdict]:
        """The verdicts on the requirements of the case, and on others about which an exchange told something."""
        return {name: self.verdict_on(name) for name in dict.fromkeys((*self.requirements, *self.judged))}

    def verdict(self) -> Verdict:
        """The verdict of the case: the strongest on any of its requirements."""
        return strongest(self.verdict_on(requirement) for requirement in self.requirements)

    def _open(self) -> list[str]:
        return [name for name in self.requirements if name not in self.judged and name not in self.not_applicable]

    def _applicable(self, requirements: Iterable[str]) -> list[str]:
        return [name for name in requirements if name not in self._waived]

    def _named(self, requirements: tuple[str, ...]) -> tuple[str, ...]:
        if unknown := set(requirements) - set(self.requirements):
            raise SuiteError(f"the case judges {', '.join(sorted(unknown))}, which it does not say that it decides")
        if not requirements and len(self.requirements) != 1:
            raise SuiteError("the case decides several requirements: name the one that is judged")
        return requirements or self.requirements
