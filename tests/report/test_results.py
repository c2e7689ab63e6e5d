"""results.json: from what the cases found to the row of each requirement and the verdict of the run."""

import json
from dataclasses import replace
from typing import Any

import pytest

from conformance.checks.verdicts import RunVerdict, Verdict
from conformance.report.results import CaseResult, document, requirement_rows
from conformance.requirements import Requirement, catalogue

ID = "RESP-400-STORE"
MUST = replace(catalogue()[ID], excluded="")
SHOULD = replace(MUST, id="CHAT-RESP-ID", level="SHOULD", surface=("chat", "responses"))
EXCLUDED = replace(MUST, excluded="no document says how")
SDK = replace(MUST, surface=("sdk",))
BOTH = {MUST.id, SHOULD.id}


def said(message: str, actual: str = "", *, about: str = ID) -> dict[str, str]:
    """A finding as a case result has it."""
    return {"requirement": about, "kind": "violation", "message": message, "expected": "", "actual": actual, "path": ""}


def case(name: str, verdict: Verdict | None, *findings: dict[str, str], about: str = ID, **more: Any) -> CaseResult:
    """A case that decides one requirement; without a verdict, one that broke."""
    verdicts = {about: verdict} if verdict else {}
    return CaseResult(name, (about,), verdict or "error", verdicts, 0.0, list(findings), **more)


def row(of: Requirement, *cases: CaseResult, selected: set[str] = BOTH, cheap: bool = False) -> dict[str, Any]:
    """The only row of a catalogue of one requirement."""
    (found,) = requirement_rows([of], list(cases), selected, cheap=cheap)
    return found


def test_a_row_tells_what_the_catalogue_says_and_which_cases_decided() -> None:
    cases = [case("b", "passed", about=SHOULD.id), case("a", "passed", about=SHOULD.id), case("c", "failed")]
    assert row(SHOULD, *cases) == {
        "id": SHOULD.id,
        "level": "SHOULD",
        "surface": "chat,responses",
        "verdict": "passed",
        "cases": ["a", "b"],
        "note": "",
        "statement": MUST.statement,
        "source": list(MUST.source),
        "origin": MUST.origin,
    }


def test_every_requirement_has_its_row_in_the_order_of_the_catalogue() -> None:
    rows = requirement_rows([SHOULD, MUST], [case("a", "passed")], BOTH)
    assert [(found["id"], found["verdict"], found["cases"]) for found in rows] == [
        (SHOULD.id, "not_tested", []),
        (ID, "passed", ["a"]),
    ]


def test_a_case_counts_for_each_requirement_that_it_decides() -> None:
    both = CaseResult("a", (ID, SHOULD.id), "failed", {ID: "failed", SHOULD.id: "passed"}, 0.0)
    rows = requirement_rows([MUST, SHOULD], [both, case("b", "warned", about=SHOULD.id)], BOTH)
    assert [(found["verdict"], found["cases"]) for found in rows] == [("failed", ["a"]), ("warned", ["a", "b"])]


@pytest.mark.parametrize(
    ("of", "cases", "selected", "verdict", "note"),
    [
        (MUST, [], BOTH, "not_tested", "no case ran that decides it"),
        (MUST, [], set(), "not_tested", "not selected in this run"),
        (MUST, [case("a", "failed")], {SHOULD.id}, "not_tested", "not selected in this run"),
        (EXCLUDED, [], BOTH, "excluded", "no document says how"),
        (EXCLUDED, [], set(), "excluded", "no document says how"),
        (EXCLUDED, [case("a", "warned")], BOTH, "warned", ""),  # what is decided all the same is told
        (SDK, [], BOTH, "not_applicable", "a fact of a client library: no gateway keeps or breaks it"),
        (SDK, [], set(), "not_tested", "not selected in this run"),
        (SDK, [case("a", "passed")], BOTH, "passed", ""),
        (replace(SDK, surface=("chat", "sdk")), [], BOTH, "not_tested", "no case ran that decides it"),
        (MUST, [case("a", None)], BOTH, "inconclusive", "the suite broke in a"),
        (MUST, [case("a", None), case("b", None)], BOTH, "inconclusive", "the suite broke in a, b"),
        (MUST, [case("a", "passed"), case("b", None)], BOTH, "inconclusive", "the suite broke in b"),
        (MUST, [case("a", "failed"), case("b", None)], BOTH, "failed", ""),  # that it is broken needs no other evidence
    ],
)
def test_verdict_and_note(
    of: Requirement, cases: list[CaseResult], selected: set[str], verdict: str, note: str
) -> None:
    found = row(of, *cases, selected=selected)
    assert (found["verdict"], found["note"]) == (verdict, note)
    assert found["cases"] == [one.id for one in cases]


@pytest.mark.parametrize(("cheap", "note"), [(False, ""), (True, " (--cheap left out some)")])
def test_what_was_left_out_as_costly_is_told_where_no_case_ran(cheap: bool, note: str) -> None:
    assert row(MUST, cheap=cheap)["note"] == "no case ran that decides it" + note
    assert requirement_rows([MUST], [], BOTH) == [row(MUST)]  # nothing is left out unasked
    assert row(MUST, case("a", "passed"), cheap=cheap)["note"] == ""
    assert document(**RUN | {"catalogue": [MUST], "selected": BOTH, "selection": {"cheap": cheap}})["requirements"][0][
        "note"
    ].endswith(note or "decides it")


@pytest.mark.parametrize(
    ("cases", "note"),
    [
        ([case("a", "failed", said("accepted", "200"))], "accepted (200)"),
        ([case("a", "failed", said("accepted"))], "accepted"),
        ([case("a", "failed", said("first", "1"), said("second"))], "first (1)"),
        ([case("a", "failed", said("of another", about=SHOULD.id), said("accepted"))], "accepted"),
        ([case("a", "failed", said("of another", about=SHOULD.id))], ""),
        ([case("a", "failed", said("x")), case("b", "failed", said("y"))], "x; y"),
        ([case("a", "failed", said("x")), case("b", "failed", said("x"))], "x"),
        ([case("a", "failed"), case("b", "failed", said("y"))], "y"),
        ([case("a", "warned", said("w")), case("b", "failed", said("y"))], "y"),  # why it is that verdict
        ([case("a", "not_applicable", said("f"), notes={ID: "no such model"})], "no such model"),
        ([case("a", "failed", said("f"), notes={SHOULD.id: "no such model"})], "f"),
        ([case("a", "failed", said("f")), case("b", None, said("g"))], "f"),
    ],
)
def test_why(cases: list[CaseResult], note: str) -> None:
    assert row(MUST, *cases)["note"] == note


def made(name: str, sent: int, why: str, *, about: str = ID) -> CaseResult:
    """A generated case that failed; its finding is about a request of so many bytes, not about the plain one beside it."""
    rows = [{"id": f"{name}#1", "request": {"bytes": sent}}, {"id": "plain#1", "request": {"bytes": 5 * len(name)}}]
    found = said(why, about=about) | {"exchange": f"{name}#1"}
    return case(name, "failed", found, about=about, varies={"operation": "op"}, exchanges=rows)


@pytest.mark.parametrize(
    ("cases", "note"),
    [
        ([made("a", 10, "x")], "x"),
        ([made("a", 30, "x"), made("bb", 10, "y"), made("c", 20, "z")], "y; and 2 more"),
        ([made("a", 30, "x"), made("b", 10, "x")], "x; and 1 more"),
        ([made("a", 30, "x"), case("w", "failed", said("by hand")), made("c", 20, "z")], "by hand; z; and 1 more"),
        ([made("a", 30, "x"), case("w", "failed", said("x"))], "x"),
        ([made("a", 30, "x"), made("b", 10, "")], "x"),
        ([made("a", 30, "x"), made("b", 10, "other", about=SHOULD.id)], "x"),
    ],
)
def test_of_many_generated_cases_the_smallest_tells_why(cases: list[CaseResult], note: str) -> None:
    assert row(MUST, *cases)["note"] == note


def test_of_many_cases_in_which_the_suite_broke_a_few_are_named() -> None:
    broken = [case(f"case-{number}", None) for number in range(1000)]
    assert row(MUST, *broken[:5])["note"] == "the suite broke in case-0, case-1, case-2, case-3, case-4"
    assert row(MUST, *broken)["note"] == "the suite broke in case-0, case-1, case-2, case-3, case-4, and 995 more"


RUN: dict[str, Any] = {
    "suite": {"name": "gateway-conformance"},
    "target": {"name": "t", "mode": "live"},
    "clients": {"openai": "3.0"},
    "started_at": "2026-11-22T03:36:34Z",
    "duration_s": 1.23456,
    "catalogue": [MUST, SHOULD],
    "cases": [],
    "selected": BOTH,
    "selection": {"surfaces": ["responses"]},
    "incomplete": [],
    "errors": [],
    "catches": {},
    "uncaught": {},
}


@pytest.mark.parametrize(
    ("must", "should", "complete", "verdict"),
    [
        ("passed", "passed", True, "conformant"),
        ("warned", "warned", True, "conformant"),
        ("passed", "inconclusive", True, "conformant"),
        ("passed", None, True, "conformant"),
        ("failed", "passed", True, "nonconformant"),
        ("inconclusive", "passed", True, "inconclusive"),
        (None, "passed", True, "inconclusive"),  # its case broke
        ("not_applicable", "not_applicable", True, "inconclusive"),
        ("passed", "passed", False, "inconclusive"),
        ("failed", "passed", False, "nonconformant"),
        ("inconclusive", "passed", False, "inconclusive"),
    ],
)
def test_the_verdict_of_a_run(
    must: Verdict | None, should: Verdict | None, complete: bool, verdict: RunVerdict
) -> None:
    cases = [case("a", must), case("b", should, about=SHOULD.id)]
    assert document(**RUN | {"cases": cases, "incomplete": [] if complete else ["it was ended"]})["verdict"] == verdict
    assert (
        document(**RUN | {"cases": cases[::-1], "incomplete": [] if complete else ["it was ended"]})["verdict"]
        == verdict
    )


def exchange(name: str, sent: int, received: int | None) -> dict[str, Any]:
    """An exchange as far as results.json reads it; without an answer if nothing was `received`."""
    response = None if received is None else {"bytes": received}
    return {"id": name, "request": {"bytes": sent}, "response": response}


WHAT = said("wrong", "7")
ONE = CaseResult(
    "chat/b", (ID,), "failed", {ID: "failed"}, 0.123456, [WHAT], [{"message": "seen"}], {SHOULD.id: "why"},
    exchanges=[exchange("b#1", 10, 100), exchange("b#2", 1, None)], tokens=(3, 5),
)  # fmt: skip
OTHER = CaseResult("chat/a", (ID,), "error", {}, 2.0, exchanges=[exchange("a#1", 20, 200)], tokens=(4, 7), error="Oops")


def test_the_whole_document() -> None:
    run = RUN | {"cases": [ONE, OTHER], "errors": ["z", "a"]}
    found = document(**run)
    assert found == document(**run | {"cases": [OTHER, ONE]})
    assert found == json.loads(json.dumps(found))
    rows = found.pop("requirements")
    assert [one["id"] for one in rows] == [ID, SHOULD.id]
    assert {name: value for name, value in rows[0].items() if name in requirement_rows([MUST], [], BOTH)[0]} == (
        requirement_rows([MUST], [OTHER, ONE], BOTH)[0]
    )
    assert found == {
        "schema_version": 1,
        "suite": RUN["suite"],
        "target": RUN["target"],
        "clients": RUN["clients"],
        "started_at": RUN["started_at"],
        "duration_s": 1.235,
        "requests": 3,
        "bytes": {"sent": 31, "received": 300},
        "tokens": {"input": 7, "output": 12},
        "verdict": "nonconformant",
        "counts": {"failed": 1, "not_tested": 1},
        "complete": True,
        "incomplete": [],
        "selection": RUN["selection"],
        "errors": ["a", "z"],
        "cases": [
            {
                "id": "chat/a", "requirements": [ID], "verdicts": {}, "notes": {}, "verdict": "error", "duration_s": 2.0,
                "findings": [], "observations": [], "exchanges": ["a#1"], "error": "Oops",
            },
            {
                "id": "chat/b", "requirements": [ID], "verdicts": {ID: "failed"}, "notes": {SHOULD.id: "why"},
                "verdict": "failed", "duration_s": 0.1235, "findings": [WHAT], "observations": [{"message": "seen"}],
                "exchanges": ["b#1", "b#2"], "error": "",
            },
        ],
    }  # fmt: skip


def test_what_a_check_was_seen_to_catch_stands_in_its_row() -> None:
    caught = {"fault": "store-accepted", "says": "store is ignored", "told": "accepted"}
    found = document(**RUN | {"catches": {ID: (caught,)}, "uncaught": {SHOULD.id: "a matter of taste", ID: "never"}})
    must, should = found["requirements"]
    assert (must["catches"], "uncaught" in must) == ([caught], False)
    assert (should["catches"], should["uncaught"]) == ([], "a matter of taste")
    (bare,) = document(**RUN | {"catalogue": [MUST]})["requirements"]
    assert (bare["catches"], bare["uncaught"]) == ([], "")


@pytest.mark.parametrize("result", [ONE, OTHER, replace(OTHER, provenance="reference", usage_error=True)])
def test_a_case_result_travels_as_json(result: CaseResult) -> None:
    assert CaseResult.from_json(json.loads(json.dumps(result.to_json()))) == result
