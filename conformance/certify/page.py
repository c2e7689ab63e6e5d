"""The certificate as a page for a person: who, what, how far, for how long, with what exceptions, and how to check it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from conformance.certify.badge import message
from conformance.certify.statement import Deviating, Facts
from conformance.report.pages import template
from conformance.report.results import RequirementRow, Results
from conformance.report.wording import counted, words

TEMPLATE = Path(__file__).with_name("certificate.html.j2")


@dataclass(frozen=True)
class ShownDeviation:
    """A known deviation as it is told."""

    requirement: str
    where: str
    reason: str
    owner: str
    expires: str

    @classmethod
    def of(cls, one: Deviating) -> "ShownDeviation":
        """The line of a deviation."""
        where = " ".join(f"{word} {name}" for word, name in (("in", one.case), ("of", one.model)) if name)
        reason = f"{one.reason} ({one.ticket})" if one.ticket else one.reason
        return cls(one.requirement, where, reason, one.owner, one.expires.isoformat())


def page(facts: Facts, required: Sequence[RequirementRow], results: Results, key: str) -> str:
    """The whole page. What targets said is escaped."""
    is_demonstration = facts.certificate_class.startswith("demonstration")
    options = {"--accept-deviations": facts.deviations, "--accept-demonstration": is_demonstration}
    taken = [option for option, is_needed in options.items() if is_needed]
    return template(TEMPLATE).render(
        facts=facts,
        message=message(facts),
        words=facts.certificate_class.replace("-", " "),
        mood="inconclusive" if is_demonstration else "conformant",
        told=list(_told(facts, results, key)),
        deviations=[ShownDeviation.of(one) for one in facts.deviations],
        notable=[row for row in required if row.verdict in ("failed", "warned")],
        aside=[row for row in required if row.verdict == "not_applicable"],
        command=" ".join(["gateway-conformance verify-certificate DIRECTORY --trusted KEY.pub", *taken]),
    )


def _told(facts: Facts, results: Results, key: str) -> Iterator[tuple[str, str]]:
    """What is certified: a label and what it says."""
    target, profile, run = facts.target, facts.profile, facts.run
    lacking = f"; not there: {', '.join(target.lacking)}" if target.lacking else ""
    yield "Issuer", facts.issuer
    yield "Target", f"{target.name}, which has {', '.join(target.surfaces)}"
    yield "Profile", f"{profile.name}-{profile.date}, {profile.required} required"
    yield "Models", ", ".join(target.models) + lacking
    for feature, reason in target.not_offered.items():
        yield "Not offered", f"{feature}: {reason}"
    yield "Found", ", ".join(f"{count} {words(verdict)}" for verdict, count in facts.counts.items())
    if isinstance(facts.both_sides, Mapping):
        told = ", ".join(f"{count} {words(verdict)}" for verdict, count in facts.both_sides.items())
        yield "Both sides", f"what it asked its upstream was watched; of the requirements about that: {told}"
    yield "Run", f"{_time(run.started_at)}, {counted(results.requests, 'request')}, version {run.suite} of the suite"
    yield "Issued", _time(facts.issued_at)
    yield "Valid until", f"{_time(facts.valid_until)} ({facts.valid_because})"
    if facts.supersedes:
        yield "Supersedes", facts.supersedes
    yield "Key", key


def _time(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
