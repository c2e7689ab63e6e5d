"""What a certificate says of a proxy both sides of which were watched."""

from datetime import UTC, datetime
from pathlib import Path

from msgspec import UNSET, structs

from conformance import profiles
from conformance.certify import keys, making
from conformance.certify.page import page
from conformance.certify.statement import PAYLOAD, Facts, opened, sealed, statement_in
from conformance.report.results import Results, read

SAYS = "what it asked its upstream was watched; of the requirements about that: "


def facts_of(results: Results, report: Path) -> Facts:
    """What a certificate would say of a run."""
    order = making.Order(report, profiles.named("gemini"), "a desk", demonstration=True)
    return making.facts_of(order, results, (), datetime.now(UTC).replace(microsecond=0), rests_on_reference=True)


def test_a_certificate_says_that_both_sides_were_watched(tmp_path: Path, of_a_fault: Path) -> None:
    results = read(of_a_fault)
    facts = facts_of(results, of_a_fault)
    passed = sum(row.verdict == "passed" for row in results.of_both_sides)
    assert facts.both_sides == {"passed": passed, "warned": 1}
    assert f"<dt>Both sides</dt><dd>{SAYS}{passed} passed, 1 warned</dd>" in page(facts, [], results, "key")
    keys.generate(tmp_path / "key.pem")
    statement = making.statement_of(facts, [], {}, profiles.named("gemini"))
    envelope = sealed(statement, PAYLOAD, keys.private(tmp_path / "key.pem"))
    assert statement_in(opened(envelope)).facts == facts


def test_of_a_target_that_nobody_watched_it_says_nothing(of_a_fault: Path) -> None:
    results = read(of_a_fault)
    rows = tuple(structs.replace(row, cases=()) for row in results.requirements)
    unwatched = structs.replace(results, requirements=rows)
    facts = facts_of(unwatched, of_a_fault)
    assert facts.both_sides is UNSET
    assert "Both sides" not in page(facts, [], unwatched, "key")
