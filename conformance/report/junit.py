"""junit.xml, for CI systems: one test case a case. JUnit has no word for inconclusive, so it is an error, never a skip."""

from collections.abc import Mapping, Sequence
from xml.etree import ElementTree as ET

from conformance.report.results import CaseRow, ExchangeRecord, Results
from conformance.report.safe import safe
from conformance.report.scope import outcome_of, scope_of


def junit(results: Results, exchanges: Sequence[ExchangeRecord]) -> str:
    """The XML text."""
    curls = {exchange.id: exchange.curl for exchange in exchanges}
    # A broken case is told once, among the errors.
    cases = [case for case in results.cases if case.verdict != "error"]
    extra = len(results.errors) or int(not results.complete)
    reach = scope_of(results)
    part = f" ({'; '.join(reach.texts)})" if reach.in_part else ""
    suite = ET.Element(
        "testsuite",
        name=safe(f"gateway-conformance: {results.target.name}{part}"),
        tests=str(len(cases) + extra),
        failures=str(sum(case.verdict == "failed" for case in cases)),
        errors=str(sum(case.verdict == "inconclusive" for case in cases) + extra),
        skipped="0",
        time=str(results.duration_s),
        timestamp=results.started_at,
    )
    properties = ET.SubElement(suite, "properties")
    ET.SubElement(properties, "property", name="verdict", value=outcome_of(results))
    for text in reach.texts:
        ET.SubElement(properties, "property", name="scope", value=safe(text))
    for number, error in enumerate(results.errors, 1):
        broken = ET.SubElement(suite, "testcase", classname="suite", name=f"error {number}", time="0")
        ET.SubElement(broken, "error", type="suite", message=safe(error.splitlines()[0][:300])).text = safe(error)
    if not results.complete and not results.errors:
        unfinished = ET.SubElement(suite, "testcase", classname="suite", name="the whole run", time="0")
        ET.SubElement(unfinished, "error", type="incomplete", message="; ".join(results.incomplete))
    for case in cases:
        element = ET.SubElement(suite, "testcase", classname=_class(case), name=case.id, time=str(case.duration_s))
        properties = ET.SubElement(element, "properties")
        ET.SubElement(properties, "property", name="verdict", value=case.verdict)
        for requirement in case.requirements:
            ET.SubElement(properties, "property", name="requirement", value=requirement)
        _outcome(element, case, curls)
    return ET.tostring(suite, encoding="unicode", xml_declaration=True) + "\n"


def _class(case: CaseRow) -> str:
    """What a CI system groups cases by: the file, or the operation that generated requests ask for."""
    file = case.id.partition(".")[0]
    return f"{file}.{case.varies.operation}" if case.varies else file


def _outcome(element: ET.Element, case: CaseRow, curls: Mapping[str, str]) -> None:
    wanted = {"failed": "violation", "inconclusive": "undecided", "warned": "warning"}.get(case.verdict, "")
    found = [finding for finding in case.findings if finding.kind in (wanted, "violation")]
    texts = [
        "; ".join(
            [
                f"{finding.requirement}: {finding.message}",
                *(
                    f"{name} {value}"
                    for name, value in (("expected", finding.expected), ("actual", finding.actual))
                    if value
                ),
            ]
        )
        for finding in found
    ]
    text = safe("\n".join([*texts, *dict.fromkeys(curls.get(finding.exchange, "") for finding in found)]))
    match case.verdict:
        case "failed":
            ET.SubElement(element, "failure", type="failed", message=safe(texts[0] if texts else "")).text = text
        case "inconclusive":
            ET.SubElement(element, "error", type="inconclusive", message=safe(texts[0] if texts else "")).text = text
        case verdict if texts:
            ET.SubElement(element, "system-out").text = f"{verdict}: {text}"
