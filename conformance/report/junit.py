"""junit.xml, for CI systems. JUnit has no word for inconclusive, so it is an error, never a skip."""

from collections import Counter
from collections.abc import Sequence
from xml.etree import ElementTree as ET

from conformance.report.results import ExchangeRecord, Results
from conformance.report.safe import safe
from conformance.report.scope import outcome_of, scope_of
from conformance.report.told_tests import Outcome, ToldTest, told_tests

_ELEMENTS: dict[Outcome, str] = {
    "failed": "failure",
    "inconclusive": "error",
    "broken": "error",
    "skipped": "skipped",
}
"""By outcome: the element that says so. Passed is what has none."""


def junit(results: Results, exchanges: Sequence[ExchangeRecord]) -> str:
    """The XML text."""
    tests = list(told_tests(results, exchanges))
    counts = Counter(_ELEMENTS.get(one.outcome) for one in tests)
    reach = scope_of(results)
    part = f" ({'; '.join(reach.texts)})" if reach.partial else ""
    suite = ET.Element(
        "testsuite",
        name=safe(f"gateway-conformance: {results.target.name}{part}"),
        tests=str(len(tests)),
        failures=str(counts["failure"]),
        errors=str(counts["error"]),
        skipped=str(counts["skipped"]),
        time=str(results.duration_s),
        timestamp=results.started_at,
    )
    _properties(suite, [("verdict", outcome_of(results)), *(("scope", text) for text in reach.texts)])
    for one in tests:
        _test(ET.SubElement(suite, "testcase", classname=one.group, name=safe(one.name), time=str(one.duration_s)), one)
    return ET.tostring(suite, encoding="unicode", xml_declaration=True) + "\n"


def _test(element: ET.Element, one: ToldTest) -> None:
    if one.requirements:
        named = [("verdict", one.kind), *(("requirement", name) for name in one.requirements)]
        _properties(element, [*named, *(("known deviation", text) for text in one.deviations)])
    if name := _ELEMENTS.get(one.outcome):
        ET.SubElement(element, name, type=one.kind, message=safe(one.message)).text = _beyond(one)
    elif one.message:
        ET.SubElement(element, "system-out").text = f"{one.kind}: {safe(one.text)}"


def _beyond(one: ToldTest) -> str | None:
    """What there is to say beside the message."""
    return safe(one.text) if one.text != one.message else None


def _properties(element: ET.Element, named: Sequence[tuple[str, str]]) -> None:
    properties = ET.SubElement(element, "properties")
    for name, value in named:
        ET.SubElement(properties, "property", name=name, value=safe(value))
