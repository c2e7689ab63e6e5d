"""The certificate as a page for a person: who, what, how far, for how long, with what exceptions, and how to check it."""

from collections.abc import Sequence
from pathlib import Path

from conformance.certify.badge import message
from conformance.certify.statement import Facts
from conformance.report.pages import template
from conformance.report.results import RequirementRow, Results

TEMPLATE = Path(__file__).with_name("certificate.html.j2")


def page(facts: Facts, required: Sequence[RequirementRow], results: Results, key: str) -> str:
    """The whole page. What targets said is escaped."""
    is_demonstration = facts.certificate_class.startswith("demonstration")
    return template(TEMPLATE).render(
        facts=facts,
        message=message(facts),
        words=facts.certificate_class.replace("-", " "),
        mood="inconclusive" if is_demonstration else "conformant",
        is_demonstration=is_demonstration,
        notable=[row for row in required if row.verdict in ("failed", "warned")],
        aside=[row for row in required if row.verdict == "not_applicable"],
        requests=results.requests,
        key=key,
    )
