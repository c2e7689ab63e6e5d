"""junit.xml, for CI systems: one test case a case. JUnit has no word for inconclusive, so it is an error, never a skip.

Skipped is what counts for nothing: a known deviation, or what a profile leaves unscored.
"""

from collections.abc import Mapping, Sequence
from xml.etree import ElementTree as ET

from conformance.report.deviations import HARMFUL, about, failing, happened, line
from conformance.report.results import CaseRow, ExchangeRecord, Results
from conformance.report.safe import safe
from conformance.report.scope import outcome_of, scope_of


def junit(results: Results, exchanges: Sequence[ExchangeRecord]) -> str:
    """The XML text."""
    curls = {exchange.id: exchange.curl for exchange in exchanges}
    # A broken case is told once, among the errors.
    cases = [case for case in results.cases if case.verdict != "error"]
    uncounted = {case.id: reason for case in cases if (reason := _uncounted(case, results))}
    over = failing(results)
    extra = len(results.errors) or int(not results.complete)
    reach = scope_of(results)
    part = f" ({'; '.join(reach.texts)})" if reach.partial else ""
    suite = ET.Element(
        "testsuite",
        name=safe(f"gateway-conformance: {results.target.name}{part}"),
        tests=str(len(cases) + extra + len(over)),
        failures=str(sum(case.verdict == "failed" and case.id not in uncounted for case in cases) + len(over)),
        errors=str(sum(case.verdict == "inconclusive" and case.id not in uncounted for case in cases) + extra),
        skipped=str(len(uncounted)),
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
    for row in over:
        deviation = ET.SubElement(suite, "testcase", classname="deviations", name=safe(about(row.deviation)), time="0")
        ET.SubElement(deviation, "failure", type=row.outcome, message=safe(line(row)))
    for case in cases:
        element = ET.SubElement(suite, "testcase", classname=_class(case), name=case.id, time=str(case.duration_s))
        properties = ET.SubElement(element, "properties")
        ET.SubElement(properties, "property", name="verdict", value=case.verdict)
        for requirement in case.requirements:
            ET.SubElement(properties, "property", name="requirement", value=requirement)
        if case.id in uncounted:
            ET.SubElement(element, "skipped", type="uncounted", message=safe(uncounted[case.id]))
        else:
            _outcome(element, case, curls)
    return ET.tostring(suite, encoding="unicode", xml_declaration=True) + "\n"


def _uncounted(case: CaseRow, results: Results) -> str:
    """Why what a case has found against its target does not fail the run; empty if it does, or there is nothing."""
    if case.verdict not in HARMFUL:
        return ""
    unscored = {row.id: row.unscored for row in results.requirements if row.unscored}
    against = [name for name, verdict in case.verdicts.items() if verdict in HARMFUL]
    if not all(name in case.known or name in unscored for name in against):
        return ""
    known = [line(row) for row in happened(results) if row.deviation.requirement in case.known]
    return "; ".join(
        [*(f"known deviation: {one}" for one in known), *(unscored[name] for name in against if name in unscored)]
    )


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
