"""The kill matrix: what counts as killed, as another reason, as survived, as a false alarm."""

from dataclasses import replace

import pytest
from msgspec import structs

from conformance.prove import matrix
from conformance.prove.judging import Judgement, Verdict, line
from conformance.prove.matrix import Cell
from conformance.reference.variant import Fault, Variant
from conformance.report.results import Finding
from conformance.requirements import catalogue

STORE, SHAPE, ORDER = "RESP-400-STORE", "CHAT-ERR-SHAPE", "RESP-STREAM-ORDER"  # a MUST and two SHOULDs
PASSED = Verdict("passed")
TAKEN = Verdict("failed", ("the request is not refused as documented (200, resp_...)",))
FAULT = Fault("store-taken", "store is taken", breaks={STORE: "documented (200"})


def found(**verdicts: Verdict) -> Judgement:
    return Judgement(
        {STORE: PASSED, SHAPE: PASSED, ORDER: PASSED} | {k.replace("_", "-"): v for k, v in verdicts.items()}
    )


def outcomes(fault: Fault, judgement: Judgement) -> dict[str, str]:
    return {cell.requirement: cell.outcome for cell in matrix.of_fault(fault, judgement, catalogue())}


@pytest.mark.parametrize(
    ("seen", "outcome"),
    [
        (TAKEN, "killed"),
        (Verdict("failed", ("the target breaks (500)", *TAKEN.found)), "killed"),
        (Verdict("warned", TAKEN.found), "wrong reason"),  # a MUST that is only warned of
        (Verdict("failed", ("the request is not refused as documented (500, …)",)), "wrong reason"),
        (Verdict("failed"), "wrong reason"),
        (PASSED, "survived"),
        (Verdict("inconclusive", TAKEN.found), "survived"),
        (Verdict("not_applicable"), "survived"),
        (Verdict("not_tested"), "survived"),
    ],
)
def test_a_fault_is_killed_in_the_stated_words(seen: Verdict, outcome: str) -> None:
    assert outcomes(FAULT, found(RESP_400_STORE=seen)) == {STORE: outcome}


def test_the_words_of_a_kill_are_kept() -> None:
    two = Verdict("failed", ("something else", *TAKEN.found))
    [cell] = matrix.of_fault(FAULT, found(RESP_400_STORE=two), catalogue())
    assert cell == Cell("store-taken", STORE, "killed", TAKEN.found[0])


def test_another_reason_is_told() -> None:
    [cell] = matrix.of_fault(FAULT, found(RESP_400_STORE=Verdict("failed", ("it broke",))), catalogue())
    assert cell.said == "“it broke” does not say “documented (200”"
    [cell] = matrix.of_fault(FAULT, found(RESP_400_STORE=Verdict("warned", TAKEN.found)), catalogue())
    assert cell.said == "warned instead of failed"


def test_a_should_is_warned_of_and_a_must_that_is_only_warned_of_is_declared() -> None:
    told = Verdict("warned", ("it is so",))
    assert outcomes(Fault("f", "", breaks={SHAPE: "so"}), found(CHAT_ERR_SHAPE=told)) == {SHAPE: "killed"}
    assert outcomes(Fault("f", "", warns={STORE: "so"}), found(RESP_400_STORE=told)) == {STORE: "killed"}
    failed = replace(told, verdict="failed")
    assert outcomes(Fault("f", "", warns={STORE: "so"}), found(RESP_400_STORE=failed)) == {STORE: "wrong reason"}


@pytest.mark.parametrize(
    ("verdict", "outcome"),
    [("inconclusive", "left open"), ("passed", "survived"), ("failed", "survived"), ("not_applicable", "survived")],
)
def test_what_a_fault_clouds_stays_open(verdict: str, outcome: str) -> None:
    fault = Fault("f", "", breaks={STORE: "documented"}, undecides=(SHAPE,))
    seen = outcomes(fault, found(RESP_400_STORE=TAKEN, CHAT_ERR_SHAPE=Verdict(verdict)))
    assert seen == {STORE: "killed", SHAPE: outcome}


@pytest.mark.parametrize("verdict", ["failed", "warned"])
def test_whoever_else_reports_it_raises_a_false_alarm(verdict: str) -> None:
    judgement = found(RESP_400_STORE=TAKEN, RESP_STREAM_ORDER=Verdict(verdict, ("the end",)))
    cells = list(matrix.of_fault(FAULT, judgement, catalogue()))
    assert cells[1:] == [Cell("store-taken", ORDER, "false alarm", "the end")]


@pytest.mark.parametrize("verdict", ["passed", "inconclusive", "not_applicable", "not_tested", "excluded"])
def test_whoever_else_stays_silent_or_open_is_right(verdict: str) -> None:
    assert outcomes(FAULT, found(RESP_400_STORE=TAKEN, CHAT_ERR_SHAPE=Verdict(verdict))) == {STORE: "killed"}


def test_a_variant_may_be_warned_of_and_never_failed() -> None:
    judgement = found(RESP_400_STORE=TAKEN, CHAT_ERR_SHAPE=Verdict("warned", ("odd",)))
    variant = Variant("v", "differs")
    assert list(matrix.of_variant(variant, judgement)) == [Cell("v", STORE, "false alarm", TAKEN.found[0])]
    assert [cell.requirement for cell in matrix.of_variant(variant, judgement, strict=True)] == [STORE, SHAPE]


@pytest.mark.parametrize(("verdict", "alarms"), [("inconclusive", 1), ("not_tested", 1), ("not_applicable", 0)])
def test_the_reference_itself_leaves_nothing_open(verdict: str, alarms: int) -> None:
    seen = found(CHAT_ERR_SHAPE=Verdict(verdict))
    assert len(list(matrix.of_variant(Variant("reference", ""), seen, strict=True))) == alarms


def test_a_requirement_that_nothing_kills_needs_a_reason() -> None:
    everything = Judgement(dict.fromkeys(catalogue(), PASSED))
    open_ones = matrix.unproved([Cell("f", STORE, "killed"), Cell("f", SHAPE, "survived")], catalogue(), everything)
    assert STORE not in open_ones
    assert open_ones[SHAPE] == ""
    assert "client library" in open_ones["SDK-FINISH-LOST"]
    excluded = next(row for row in catalogue().values() if row.excluded)
    assert open_ones[excluded.id] == excluded.excluded
    never = Judgement({**everything.verdicts, SHAPE: Verdict("not_applicable")})
    assert matrix.unproved([], catalogue(), never)[SHAPE]


def test_a_line_says_what_is_wrong_and_what_was_seen_without_what_differs_each_time() -> None:
    ended = Finding(requirement="A", message="the end", expected="", actual="", path="")
    assert line(ended) == "the end"
    assert line(structs.replace(ended, message="taken", actual="200, resp_" + "0f" * 16)) == "taken (200, resp_...)"
