"""junit.xml: one test case a case, found by the file or the operation that it belongs to."""

from xml.etree import ElementTree as ET

from conformance.checks.verdicts import Verdict
from conformance.report.junit import junit
from conformance.report.results import CaseResult
from tests.report.made import case, finding, generated, results
from tests.report.parsed import HOSTILE


def parsed(*cases: CaseResult) -> ET.Element:
    """The test suite of a run with these cases."""
    return ET.fromstring(junit(results(*cases), [row for result in cases for row in result.exchanges]))


def test_each_case_is_a_test_case_by_its_file_or_operation() -> None:
    suite = parsed(
        generated("messages.[].content", "null_value", 0xFEED), case("chat/paths.path", {"CHAT-PATH": "passed"})
    )
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("2", "1", "0")
    assert [(one.get("classname"), one.get("name")) for one in suite] == [
        (
            "chat/corpus.createChatCompletion",
            "chat/corpus.broken-createChatCompletion-messages.content-null_value-00000000feed",
        ),
        ("chat/paths", "chat/paths.path"),
    ]


def test_a_failure_says_what_was_expected_what_came_and_how_to_send_it_again() -> None:
    (one,) = parsed(generated("stop", "null_value", 1))
    failure = one.find("failure")
    assert failure is not None
    assert failure.get("message") == (
        "SPEC-INVALID-REFUSED: null value at stop of createChatCompletion is taken; expected any 4xx; actual 200, x"
    )
    assert (failure.text or "").count("curl -sS") == 1, "the plain request beside it is not what failed"


def test_what_is_inapplicable_is_no_outcome() -> None:
    refused = finding("SPEC-ANSWER-FITS", "inapplicable", "refused: there is no answer to hold against the spec")
    verdicts: dict[str, Verdict] = {"SPEC-VALID-ANSWERED": "passed", "SPEC-ANSWER-FITS": "not_applicable"}
    (one,) = parsed(case("chat/x.y", verdicts, refused))
    assert [element.tag for element in one] == ["properties"]


def test_hostile_text_is_only_text() -> None:
    (one,) = parsed(generated("stop", "null_value", 1, actual=HOSTILE))
    failure = one.find("failure")
    assert failure is not None
    assert "<script>" in (failure.get("message") or "")
    assert len(failure) == 0


def test_thousands_of_failures_stay_below_what_ci_systems_read() -> None:
    cases = [generated("stop", "null_value", number, sent=300) for number in range(2000)]
    text = junit(results(*cases), [row for result in cases for row in result.exchanges])
    assert len(text) < 2000 * 1500
