"""The record of a running case: what it judged, what it left open, and what is the suite's own mistake."""

from collections.abc import Iterator

import pytest

from conformance.checks.findings import (
    Finding,
    Undecided,
    inapplicable,
    observation,
    undecided,
    violation,
    warning,
)
from conformance.probing.judge import CaseEnded, Judge, JudgedFinding, NotApplicable, SuiteError
from conformance.wire.exchange import Exchange, Request

MUST, SHOULD = "CHAT-RESP-OBJECT", "CHAT-RESP-ID"
WRONG = violation("wrong", expected=1, actual=2, path="p")
SEEN, WHY = observation("seen"), undecided("why")


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
        ([inapplicable("hidden")], True, "not_applicable", "not_applicable"),
        ([inapplicable("hidden"), observation("seen")], True, "passed", "passed"),
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


@pytest.mark.parametrize(
    ("found", "left", "verdict"),
    [
        ([], [undecided("cut")], "inconclusive"),
        ([SEEN], [SEEN, undecided("cut")], "inconclusive"),
        ([warning("odd")], [warning("odd"), undecided("cut")], "inconclusive"),
        ([WRONG, SEEN], [WRONG, SEEN], "failed"),
        ([WHY], [WHY], "inconclusive"),
    ],
)
def test_half_way_is_not_passed(found: list[Finding], left: list[Finding], verdict: str) -> None:
    judge = Judge((MUST,))
    judge(found)
    judge.leave_undecided("cut")
    assert judge.findings(MUST) == left
    assert judge.verdict_on(MUST) == verdict


def test_what_several_requirements_have_got_stays_when_the_case_ends() -> None:
    judge = both()
    judge([SEEN], MUST)
    judge.leave_undecided("cut")
    assert (judge.findings(MUST), judge.findings(SHOULD)) == ([SEEN], [undecided("cut")])
    judge.leave_undecided("cut again")
    assert (judge.findings(MUST), judge.findings(SHOULD)) == ([SEEN], [undecided("cut")])


THIRD = "CHAT-RESP-CHOICES"


@pytest.mark.parametrize(
    ("judged_already", "spared", "broken"),
    [
        ([], [], [MUST, SHOULD, THIRD]),
        ([MUST], [], [SHOULD, THIRD]),
        ([SHOULD, THIRD], [], [MUST]),
        ([MUST], [SHOULD], [THIRD]),  # what does not apply is not open either
        ([MUST, SHOULD, THIRD], [], [MUST, SHOULD, THIRD]),  # nothing is open: it is about them all
    ],
)
def test_one_reason_breaks_whatever_is_open(judged_already: list[str], spared: list[str], broken: list[str]) -> None:
    judge = Judge((MUST, SHOULD, THIRD))
    if judged_already:
        judge([SEEN], *judged_already)
    judge.not_applicable.update(dict.fromkeys(spared, "hidden"))
    with pytest.raises(CaseEnded, match=r"^wrong: 2$"):
        judge.break_all([WRONG])
    for requirement in judge.requirements:
        before = [SEEN] * (requirement in judged_already)
        assert judge.findings(requirement) == before + [WRONG] * (requirement in broken)


def test_what_does_not_apply_has_its_reason_and_what_is_judged_stays() -> None:
    judge = both()
    judge([SEEN], MUST)
    judge.leave_not_applicable("no such surface")
    assert judge.not_applicable == {SHOULD: "no such surface"}
    judge.leave_not_applicable("again")
    assert judge.not_applicable == {SHOULD: "no such surface"}
    assert (judge.verdict_on(MUST), judge.verdict()) == ("passed", "passed")


def test_what_does_not_apply_is_not_left_undecided() -> None:
    judge = Judge((MUST,))
    judge.leave_not_applicable("no such surface")
    assert judge.verdict_on(MUST) == "not_applicable"
    assert judge.findings(MUST) == []


def test_a_finding_knows_its_exchange() -> None:
    sent: list[Exchange] = []
    judge = Judge((MUST,), sent)
    judge([SEEN])
    for path in ("first", "second", "third"):
        sent.append(Exchange(Request("POST", f"http://gateway.invalid/{path}", {})))
        judge([warning(path)])
    judge([WRONG, SEEN], about=sent[1])
    judge.leave_undecided("decided already")
    numbers = [("seen", 0), ("first", 1), ("second", 2), ("third", 3), ("wrong", 2), ("seen", 2)]
    assert [(one.finding.message, one.exchange) for one in judge.judged[MUST]] == numbers


def test_exchanges_are_told_apart_though_they_are_equal() -> None:
    sent = [Exchange(Request("POST", "http://gateway.invalid/", {})) for _ in range(3)]
    judge = Judge((MUST, SHOULD), sent)
    judge([WRONG], MUST, about=sent[1])
    with pytest.raises(CaseEnded):
        judge.or_end([WHY], SHOULD, about=sent[0])
    assert judge.judged == {MUST: [JudgedFinding(WRONG, 2)], SHOULD: [JudgedFinding(WHY, 1)]}


def test_what_is_left_undecided_is_about_the_last_exchange() -> None:
    judge = Judge((MUST,), [Exchange(Request("POST", "http://gateway.invalid/", {}))] * 2)
    judge.leave_undecided("cut")
    assert judge.judged[MUST] == [JudgedFinding(undecided("cut"), 2)]


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
        raise Undecided("no usage")

    judge = Judge((MUST,))
    assert judge(check()) is False
    assert judge.findings(MUST)[-1] == undecided("no usage")


WAIVED = {SHOULD: "not offered: video (text only)"}


def test_what_is_waived_does_not_apply_whatever_is_found() -> None:
    judge = Judge((MUST, SHOULD), waived=WAIVED)
    judge.check_needed()
    judge([WRONG], SHOULD)
    judge.notice(SHOULD, WRONG, Exchange(Request("GET", "http://h", {})))
    judge([], MUST)
    judge.follow(MUST, SHOULD)
    judge.finish()
    assert judge.verdicts() == {MUST: "passed", SHOULD: "not_applicable"}
    assert judge.not_applicable == WAIVED
    assert judge.verdict() == "passed"


def test_what_is_waived_ends_a_case_as_ever() -> None:
    judge = Judge((MUST, SHOULD), waived=WAIVED)
    with pytest.raises(CaseEnded, match="wrong: 2"):
        judge.or_end([WRONG], SHOULD)
    judge.leave_undecided("the case ended")
    assert judge.verdicts() == {MUST: "inconclusive", SHOULD: "not_applicable"}


def test_a_case_of_which_all_is_waived_is_not_asked() -> None:
    with pytest.raises(NotApplicable, match=r"not offered: video \(text only\)"):
        Judge((SHOULD,), waived=WAIVED).check_needed()
    Judge((), waived=WAIVED).check_needed()
    Judge((MUST,), waived=WAIVED).check_needed()


def test_what_is_waived_stays_so_when_a_case_is_asked_again() -> None:
    judge = Judge((MUST, SHOULD), waived=WAIVED)
    judge([WRONG], MUST)
    first = judge.attempt()
    judge.begin()
    judge([WRONG], MUST, SHOULD)
    judge.confirm(first)
    assert judge.verdicts() == {MUST: "failed", SHOULD: "not_applicable"}
    judge.begin()
    judge.restore(first)
    assert judge.not_applicable == WAIVED
