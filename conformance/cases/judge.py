"""The record of one running case: what was found about each of the requirements that it decides."""

from collections.abc import Iterable

from conformance.checks.findings import Finding, collect, undecided
from conformance.requirements import catalogue
from conformance.verdicts import Verdict, judge, strongest


class NotApplicable(Exception):
    """The requirement says nothing about this target: the reason ends the case."""


class CaseEnded(Exception):
    """A finding that leaves nothing more to judge in this case."""


class SuiteError(Exception):
    """A case that is itself wrong: an error of the suite, never a verdict on the target."""


class Judge:
    """Collects findings by requirement. A case calls it with what a check found."""

    def __init__(self, requirements: tuple[str, ...]) -> None:
        self.requirements = requirements
        self.findings: dict[str, list[Finding]] = {}
        self.not_applicable: dict[str, str] = {}

    def __call__(self, findings: Iterable[Finding], *requirements: str) -> bool:
        """Judges the requirements (by default the only one of the case) by a check's findings; tells whether none is broken."""
        found = collect(findings)
        for requirement in self._named(requirements):
            self.findings.setdefault(requirement, []).extend(found)
        return not any(finding.kind in ("violation", "undecided") for finding in found)

    def or_end(self, findings: Iterable[Finding], *requirements: str) -> None:
        """Judges; a violation, or nothing to judge, ends the case. Raises `CaseEnded`."""
        if not self(findings, *requirements):
            last = self.findings[self._named(requirements)[0]][-1]
            raise CaseEnded(f"{last.message}: {last.actual}" if last.actual else last.message)

    def leave_undecided(self, reason: str) -> None:
        """Whatever the case has not judged yet stays undecided for this reason."""
        for requirement in self._open():
            self.findings[requirement] = [undecided(reason)]

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
        return judge(catalogue()[requirement].level, self.findings.get(requirement, []))

    def verdict(self) -> Verdict:
        """The verdict of the case: the strongest on any of its requirements."""
        return strongest(self.verdict_on(requirement) for requirement in self.requirements)

    def _open(self) -> list[str]:
        return [name for name in self.requirements if name not in self.findings and name not in self.not_applicable]

    def _named(self, requirements: tuple[str, ...]) -> tuple[str, ...]:
        if unknown := set(requirements) - set(self.requirements):
            raise SuiteError(f"the case judges {', '.join(sorted(unknown))}, which it does not say that it decides")
        if not requirements and len(self.requirements) != 1:
            raise SuiteError("the case decides several requirements: name the one that is judged")
        return requirements or self.requirements
