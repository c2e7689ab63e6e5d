"""The record of a running case: what it judged, what it left open, and what is the suite's own mistake."""

from collections.abc import Iterator

import pytest

from conformance.cases.judge import CaseEnded, Judge, SuiteError
from conformance.checks.findings import Finding, NothingToJudge, observation, undecided, violation, warning

MUST, SHOULD = "CHAT-RESP-OBJECT", "CHAT-RESP-ID"
WRONG = violation("wrong", expected=1, actual=2, path="p")


def both() -> Judge:
    return Judge((MUST, SHOULD))


@pytest.mark.parametrize(
    ("found", "fine", "must", "should"),
    [
        ([], True, "passed", "passed"),
        ([observation("seen")], True, "passed", "passed"),
        ([warning("odd")], True, "warned", "warned"),
        ([WRONG], False, "failed", "warned"),
        ([undecided("why")], False, "inconclusive", "inconclusive"),
    ],
)
def test_the_level_decides(found: list[Finding], fine: bool, must: str, should: str) -> None:
    judge = both()
    assert judge(found, MUST, SHOULD) is fine
    assert (judge.verdict_on(MUST), judge.verdict_on(SHOULD)) == (must, should)
    judge.finish()


def test_findings_of_several_checks_add_up() -> None:
    judge = Judge((MUST,))
    judge([observation("seen")])
    judge([WRONG])
    judge([observation("seen")])
    assert [finding.kind for finding in judge.findings(MUST)] == ["observation", "violation", "observation"]
    assert judge.verdict() == "failed"


def test_the_case_is_as_bad_as_its_worst_requirement() -> None:
    judge = both()
    judge([], MUST)
    judge([WRONG], SHOULD)
    assert judge.verdict() == "warned"


def test_what_ends_a_case() -> None:
    judge = both()
    judge.or_end([warning("odd")], MUST)
    with pytest.raises(CaseEnded, match=r"^wrong: 2$"):
        judge.or_end([WRONG], MUST)
    with pytest.raises(CaseEnded, match=r"^why$"):
        judge.or_end([undecided("why")], MUST)


@pytest.mark.parametrize(
    ("leave", "verdict"), [("leave_undecided", "inconclusive"), ("leave_not_applicable", "not_applicable")]
)
def test_what_is_left_open(leave: str, verdict: str) -> None:
    judge = both()
    judge([WRONG], MUST)
    getattr(judge, leave)("the target broke off")
    assert (judge.verdict_on(MUST), judge.verdict_on(SHOULD)) == ("failed", verdict)
    judge.finish()


def test_mistakes_of_the_suite() -> None:
    judge = both()
    with pytest.raises(SuiteError, match="CHAT-PATH"):
        judge([], "CHAT-PATH")
    with pytest.raises(SuiteError, match="name the one"):
        judge([])
    judge([], MUST)
    with pytest.raises(SuiteError, match=SHOULD):
        judge.finish()


def test_a_check_that_gives_up_is_a_finding() -> None:
    def check() -> Iterator[Finding]:
        yield observation("seen")
        raise NothingToJudge("no usage")

    judge = Judge((MUST,))
    assert judge(check()) is False
    assert judge.findings(MUST)[-1] == undecided("no usage")
