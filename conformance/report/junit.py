"""junit.xml, for CI systems: one test case a case. JUnit has no word for inconclusive, so it is an error, never a skip."""

from collections.abc import Mapping, Sequence
from typing import Any
from xml.etree import ElementTree as ET

from conformance.report.safe import safe


def junit(document: Mapping[str, Any], exchanges: Sequence[Mapping[str, Any]]) -> str:
    """The XML text."""
    curls = {exchange["id"]: exchange["curl"] for exchange in exchanges}
    cases = document["cases"]
    suite = ET.Element(
        "testsuite",
        name=safe(f"gateway-conformance: {document['target']['name']}"),
        tests=str(len(cases)),
        failures=str(sum(case["verdict"] == "failed" for case in cases)),
        errors=str(sum(case["verdict"] in ("error", "inconclusive") for case in cases)),
        skipped="0",
        time=str(document["duration_s"]),
        timestamp=document["started_at"],
    )
    for case in cases:
        element = ET.SubElement(
            suite, "testcase", classname=case["id"].partition(".")[0], name=case["id"], time=str(case["duration_s"])
        )
        properties = ET.SubElement(element, "properties")
        ET.SubElement(properties, "property", name="verdict", value=case["verdict"])
        for requirement in case["requirements"]:
            ET.SubElement(properties, "property", name="requirement", value=requirement)
        _outcome(element, case, curls)
    return ET.tostring(suite, encoding="unicode", xml_declaration=True) + "\n"


def _outcome(element: ET.Element, case: Mapping[str, Any], curls: Mapping[str, str]) -> None:
    wanted = {"failed": "violation", "inconclusive": "undecided", "warned": "warning"}.get(case["verdict"], "")
    found = [finding for finding in case["findings"] if finding["kind"] in (wanted, "violation")]
    texts = [
        f"{finding['requirement']}: {finding['message']}; expected {finding['expected']}; actual {finding['actual']}"
        for finding in found
    ]
    text = safe("\n".join([*texts, *dict.fromkeys(curls.get(finding["exchange"], "") for finding in found)]))
    match case["verdict"]:
        case "failed":
            ET.SubElement(element, "failure", type="failed", message=safe(texts[0] if texts else "")).text = text
        case "inconclusive":
            ET.SubElement(element, "error", type="inconclusive", message=safe(texts[0] if texts else "")).text = text
        case "error":
            ET.SubElement(element, "error", type="suite", message="the suite itself broke").text = safe(case["error"])
        case verdict if texts:
            ET.SubElement(element, "system-out").text = f"{verdict}: {text}"
