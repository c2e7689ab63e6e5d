"""junit.xml: one test case a case, found by the file or the operation that it belongs to."""

from datetime import date
from xml.etree import ElementTree as ET

from conformance.checks.verdicts import Verdict
from conformance.report.junit import junit
from conformance.report.results import CaseResult, Deviation
from conformance.requirements import catalogue
from tests.report.made import case, finding, generated, results
from tests.report.parsed import HOSTILE


def parsed(*cases: CaseResult) -> ET.Element:
    """The test suite of a run with these cases."""
    return ET.fromstring(junit(results(*cases), [row for result in cases for row in result.exchanges]))


def cases_of(*cases: CaseResult) -> list[ET.Element]:
    return list(parsed(*cases).iter("testcase"))


def test_each_case_is_a_test_case_by_its_file_or_operation() -> None:
    suite = parsed(
        generated("messages.[].content", "null_value", 0xFEED), case("chat/paths.path", {"CHAT-PATH": "passed"})
    )
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("2", "1", "0")
    assert [(one.get("classname"), one.get("name")) for one in suite.iter("testcase")] == [
        (
            "chat/corpus.createChatCompletion",
            "chat/corpus.broken-createChatCompletion-messages.content-null_value-00000000feed",
        ),
        ("chat/paths", "chat/paths.path"),
    ]


def test_a_failure_says_what_was_expected_what_came_and_how_to_send_it_again() -> None:
    (one,) = cases_of(generated("stop", "null_value", 1))
    failure = one.find("failure")
    assert failure is not None
    assert failure.get("message") == (
        "SPEC-INVALID-REFUSED: null value at stop of createChatCompletion is taken; expected any 4xx; actual 200, x"
    )
    assert (failure.text or "").count("curl -sS") == 1, "the plain request beside it is not what failed"


def test_what_is_inapplicable_is_no_outcome() -> None:
    refused = finding("SPEC-ANSWER-FITS", "inapplicable", "refused: there is no answer to hold against the spec")
    verdicts: dict[str, Verdict] = {"SPEC-VALID-ANSWERED": "passed", "SPEC-ANSWER-FITS": "not_applicable"}
    (one,) = cases_of(case("chat/x.y", verdicts, refused))
    assert [element.tag for element in one] == ["properties"]


def test_what_does_not_apply_is_skipped_for_its_reason() -> None:
    why = "not offered: video (text only)"
    suite = parsed(case("chat/x.y", {"CHAT-PATH": "not_applicable"}, notes={"CHAT-PATH": why}))
    (one,) = suite.iter("testcase")
    assert [(element.tag, element.get("message")) for element in one][1:] == [("skipped", why)]
    assert (suite.get("skipped"), suite.get("errors"), suite.get("failures")) == ("1", "0", "0")


def test_what_is_inconclusive_is_an_error() -> None:
    undecided = finding("CHAT-PATH", "undecided", "no answer: 429")
    suite = parsed(case("chat/x.y", {"CHAT-PATH": "inconclusive"}, undecided))
    (error,) = suite.iter("error")
    assert (error.get("type"), error.get("message")) == ("inconclusive", "CHAT-PATH: no answer: 429")
    assert (suite.get("skipped"), suite.get("errors"), suite.get("failures")) == ("0", "1", "0")


def test_requirements_and_known_deviations_are_properties() -> None:
    day = date(2026, 11, 1)
    deviation = Deviation(
        requirement="CHAT-PATH", verdict="failed", owner="Ada", reason="slow", first_seen=day, expires=date(2027, 1, 1)
    )
    broken = case(
        "chat/x.y",
        {"CHAT-PATH": "failed"},
        finding("CHAT-PATH", "violation", "it is broken"),
        requirements=("CHAT-PATH",),
    )
    found = results(broken, deviations=(deviation,), started_at="2026-11-22T03:17:00+00:00")
    suite = ET.fromstring(junit(found, []))
    (one,) = suite.iter("testcase")
    told = "CHAT-PATH: failed as expected: slow (Ada, since 2026-11-01, until 2027-01-01)"
    assert [(each.get("name"), each.get("value")) for each in one.iter("property")] == [
        ("verdict", "failed"),
        ("requirement", "CHAT-PATH"),
        ("known deviation", told),
    ]
    (skipped,) = one.iter("skipped")
    assert skipped.get("message") == f"known deviation: {told}"
    assert (suite.get("skipped"), suite.get("failures")) == ("1", "0")


def test_hostile_text_is_only_text() -> None:
    (one,) = cases_of(generated("stop", "null_value", 1, actual=HOSTILE))
    failure = one.find("failure")
    assert failure is not None
    assert "<script>" in (failure.get("message") or "")
    assert len(failure) == 0


def test_thousands_of_failures_stay_below_what_ci_systems_read() -> None:
    cases = [generated("stop", "null_value", number, sent=300) for number in range(2000)]
    text = junit(results(*cases), [row for result in cases for row in result.exchanges])
    assert len(text) < 2000 * 1500


def test_the_suite_says_how_far_the_verdict_reaches() -> None:
    target = {
        "name": "my-proxy",
        "mode": "live",
        "surfaces": {},
        "provenance": "live",
        "not_offered": {"video": "text only"},
    }
    found = results(case("chat/paths.path", {"CHAT-PATH": "passed"}), target=target)
    suite = ET.fromstring(junit(found, []))
    properties = [(one.get("name"), one.get("value")) for one in suite.findall("properties/property")]
    assert properties == [("verdict", "conformant, of a part"), *(("scope", text) for text in found.scope)]
    assert properties[-1] == ("scope", "not offered: video (text only)")
    assert suite.get("name") == f"gateway-conformance: my-proxy ({'; '.join(found.scope)})"
    whole = [
        case(f"{one}/x.y", dict.fromkeys(catalogue(), "passed")) for one in ("chat", "responses", "gemini", "serving")
    ]
    assert parsed(*whole).get("name") == "gateway-conformance: my-proxy", (
        "CI systems find the runs of a suite by its name"
    )
