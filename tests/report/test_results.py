"""results.json: from what the cases found to the row of each requirement and the verdict of the run."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from conformance.checks.verdicts import RunVerdict, Verdict
from conformance.report import conclusion
from conformance.report.results import (
    SCHEMA,
    CaseResult,
    Catch,
    Selection,
    Suite,
    Target,
    json_schema,
    read,
    to_text,
)
from conformance.requirements import Requirement, catalogue

ROOT = Path(__file__).parents[2]
ID = "RESP-400-STORE"
MUST = replace(catalogue()[ID], excluded="")
SHOULD = replace(MUST, id="CHAT-RESP-ID", level="SHOULD", surface=("chat", "responses"))
EXCLUDED = replace(MUST, excluded="no document says how")
SDK = replace(MUST, surface=("sdk",))
BOTH = {MUST.id, SHOULD.id}


def said(message: str, actual: str = "", *, about: str = ID) -> dict[str, str]:
    """A finding as a case result has it."""
    return {"requirement": about, "kind": "violation", "message": message, "expected": "", "actual": actual, "path": ""}


def result(name: str, requirements: list[str], verdict: str, verdicts: dict[str, str], **more: Any) -> CaseResult:
    """The result of a case, of plain JSON."""
    members = {"id": name, "requirements": requirements, "verdict": verdict, "verdicts": verdicts, "duration_s": 0.0}
    return CaseResult.from_json(members | more)


def case(name: str, verdict: Verdict | None, *findings: dict[str, str], about: str = ID, **more: Any) -> CaseResult:
    """A case that decides one requirement; without a verdict, one that broke."""
    return result(name, [about], verdict or "error", {about: verdict} if verdict else {}, findings=findings, **more)


def requirement_rows(*args: Any, **more: Any) -> list[dict[str, Any]]:
    """The rows as plain JSON."""
    return [json.loads(to_text(row)) for row in conclusion.requirement_rows(*args, **more)]


def document(**run: Any) -> dict[str, Any]:
    """The results of a run as results.json has them."""
    typed = {"suite": Suite, "target": Target, "selection": Selection, "catches": dict[str, tuple[Catch, ...]]}
    found = conclusion.conclude(**run | {name: msgspec.convert(run[name], kind) for name, kind in typed.items()})
    plain: dict[str, Any] = json.loads(to_text(found))
    return plain


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
        "catches": [],
        "uncaught": "",
        "reality": "",
        "unscored": "",
        "known": False,
    }


def test_every_requirement_has_its_row_in_the_order_of_the_catalogue() -> None:
    rows = requirement_rows([SHOULD, MUST], [case("a", "passed")], BOTH)
    assert [(found["id"], found["verdict"], found["cases"]) for found in rows] == [
        (SHOULD.id, "not_tested", []),
        (ID, "passed", ["a"]),
    ]


def test_a_case_counts_for_each_requirement_that_it_decides() -> None:
    both = result("a", [ID, SHOULD.id], "failed", {ID: "failed", SHOULD.id: "passed"})
    rows = requirement_rows([MUST, SHOULD], [both, case("b", "warned", about=SHOULD.id)], BOTH)
    assert [(found["verdict"], found["cases"]) for found in rows] == [("failed", ["a"]), ("warned", ["a", "b"])]


def test_a_row_says_if_cases_were_not_sent_for_what_is_not_offered() -> None:
    unsent = result("a", [ID], "not_applicable", {ID: "not_applicable"}, notes={ID: "not offered: mcp (no network)"})
    found = row(MUST, unsent, case("b", "passed"))
    assert (found["verdict"], found["note"]) == ("passed", "in part not offered: mcp (no network)")
    assert row(MUST, unsent, case("b", "failed"))["note"] == "in part not offered: mcp (no network)"
    assert row(MUST, unsent)["note"] == "not offered: mcp (no network)"


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
    whole = document(**RUN | {"catalogue": [MUST], "selection": {"surfaces": [], "cheap": cheap}})
    assert whole["requirements"][0]["note"].endswith(note or "decides it")


@pytest.mark.parametrize(
    ("cases", "note"),
    [
        ([case("a", "failed", said("accepted", "200"))], "accepted (200)"),
        ([case("a", "failed", said("accepted"))], "accepted"),
        ([case("a", "failed", said("first", "1"), said("second"))], "first (1) (and 1 more)"),
        ([case("a", "failed", said("first", "1"), said("first", "2"))], "first (1)"),
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


VARIES = {"operation": "op", "mode": "negative", "place": "stop", "kind": "null_value"}


def exchange(name: str, sent: int, received: int | None) -> dict[str, Any]:
    """An exchange with these bytes; without an answer if nothing was `received`."""
    request = {"method": "POST", "path": "/", "headers": {}, "body": "", "bytes": sent}
    response = {"status": 200, "headers": {}, "body": "", "bytes": received, "chunks": 1}
    return {
        "id": name, "case": name, "request": request, "response": None if received is None else response,
        "failure": "", "curl": "",
    }  # fmt: skip


def made(name: str, sent: int, why: str, *, about: str = ID) -> CaseResult:
    """A generated case that failed; its finding is about a request of so many bytes, not about the plain one beside it."""
    rows = [exchange(f"{name}#1", sent, None), exchange("plain#1", 5 * len(name), None)]
    found = said(why, about=about) | {"exchange": f"{name}#1"}
    return case(name, "failed", found, about=about, varies=VARIES, exchanges=rows)


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
    "suite": {
        "name": "gateway-conformance",
        "version": "1",
        "openapi_sha256": {},
        "catalogue_sha256": "ab" * 32,
    },
    "target": {
        "name": "t",
        "mode": "live",
        "surfaces": {},
        "provenance": "live",
        "recorded_since": None,
        "recorded_at": None,
        "altered": [],
        "resumed": 0,
        "all_resumed": False,
        "recorded_in_part": [],
        "auth_type": None,
        "models": None,
        "models_by_surface": {},
        "not_offered": {},
        "lacking": [],
        "rechunked": None,
        "network": None,
    },
    "clients": {"openai": "3.0"},
    "started_at": "2026-11-22T03:36:34Z",
    "duration_s": 1.23456,
    "catalogue": [MUST, SHOULD],
    "cases": [],
    "selected": BOTH,
    "selection": {
        "surfaces": ["responses"],
        "levels": [],
        "requirements": [],
        "smoke": False,
        "cheap": False,
        "statistics": False,
        "all_models": False,
        "corpus": "standard",
        "keyword": "",
        "markers": "",
        "left_out": [],
        "paths": [],
        "own": [],
        "shard": "",
        "failed_in": "",
        "conformance_profile": "",
    },
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


WHAT = said("wrong", "7")
SEEN = said("seen") | {"kind": "observation"}
ONE = result(
    "chat/b", [ID], "failed", {ID: "failed"}, duration_s=0.123456, findings=[WHAT], observations=[SEEN],
    notes={SHOULD.id: "why"}, exchanges=[exchange("b#1", 10, 100), exchange("b#2", 1, None)], tokens=[3, 5],
)  # fmt: skip
OTHER = result(
    "chat/a", [ID], "error", {}, duration_s=2.0, exchanges=[exchange("a#1", 20, 200)], tokens=[4, 7], error="Oops"
)


def test_the_whole_document() -> None:
    run = RUN | {"cases": [ONE, OTHER], "errors": ["z", "a"]}
    found = document(**run)
    assert found == document(**run | {"cases": [OTHER, ONE]})
    assert found == json.loads(json.dumps(found))
    rows = found.pop("requirements")
    assert [one["id"] for one in rows] == [ID, SHOULD.id]
    assert rows[0] == requirement_rows([MUST], [OTHER, ONE], BOTH)[0]
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
        "scope": ["in what was selected (surfaces responses)", "chat alone", "all 22 models", "all 1 MUST decided"],
        "partial": True,
        "complete": True,
        "incomplete": [],
        "selection": RUN["selection"],
        "shard": None,
        "taken_over": None,
        "conformance_profile": None,
        "deviations": None,
        "baseline": None,
        "documentation": "",
        "errors": ["a", "z"],
        "limits": None,
        "timing": None,
        "causes": [
            {"summary": "wrong (7)", "verdict": "failed", "requirements": [ID], "cases": 1, "exchange": ""},
        ],
        "models": [],
        "own": [],
        "cases": [
            {
                "id": "chat/a", "requirements": [ID], "verdicts": {}, "notes": {}, "verdict": "error", "duration_s": 2.0,
                "findings": [], "observations": [], "exchanges": ["a#1"], "error": "Oops",
                "tokens": {"input": 4, "output": 7}, "provenance": "live", "usage_error": False, "known": [],
            },
            {
                "id": "chat/b", "requirements": [ID], "verdicts": {ID: "failed"}, "notes": {SHOULD.id: "why"},
                "verdict": "failed", "duration_s": 0.1235, "findings": [WHAT | {"exchange": ""}],
                "observations": [SEEN | {"exchange": ""}],
                "exchanges": ["b#1", "b#2"], "error": "",
                "tokens": {"input": 3, "output": 5}, "provenance": "live", "usage_error": False, "known": [],
            },
        ],
    }  # fmt: skip


def test_what_was_not_asked_is_no_request_and_is_listed_by_its_reason() -> None:
    def unasked(name: str, reason: str) -> CaseResult:
        exchanges = [
            exchange(f"{name}#1", 10, 100),
            exchange(f"{name}#2", 5, None) | {"failure": f"not sent: {reason}"},
        ]
        return result(name, [ID], "inconclusive", {ID: "inconclusive"}, exchanges=exchanges)

    cases = [*(unasked(f"chat/{name}", "time is over") for name in "gfedcba"), unasked("chat/z", "it is down")]
    assert list(conclusion.not_asked(cases)) == [
        "1 case was not asked, or not to its end, since it is down: chat/z",
        "7 cases were not asked, or not to their end, since time is over: chat/a, chat/b, chat/c, chat/d, chat/e, and 2 more",
    ]
    assert document(**RUN | {"cases": cases})["requests"] == len(cases)
    assert document(**RUN | {"cases": cases})["bytes"]["sent"] == 10 * len(cases)
    assert conclusion.not_asked([ONE, OTHER]) == []


def test_what_a_check_was_seen_to_catch_stands_in_its_row() -> None:
    caught = {"fault": "store-accepted", "says": "store is ignored", "told": "accepted"}
    found = document(**RUN | {"catches": {ID: (caught,)}, "uncaught": {SHOULD.id: "a matter of taste", ID: "never"}})
    must, should = found["requirements"]
    assert (must["catches"], must["uncaught"]) == ([caught], "")
    assert (should["catches"], should["uncaught"]) == ([], "a matter of taste")
    (bare,) = document(**RUN | {"catalogue": [MUST]})["requirements"]
    assert (bare["catches"], bare["uncaught"]) == ([], "")


@pytest.mark.parametrize(
    "result", [ONE, OTHER, msgspec.structs.replace(OTHER, provenance="reference", usage_error=True)]
)
def test_a_case_result_travels_as_json(result: CaseResult) -> None:
    assert CaseResult.from_json(json.loads(json.dumps(result.to_json()))) == result


def test_the_schema_that_ships_is_made_of_the_types() -> None:
    """`python -m conformance.report.results` writes it anew."""
    assert json.loads(SCHEMA.read_text(encoding="utf-8")) == json.loads(json.dumps(json_schema()))


def test_a_report_of_the_first_version_stays_readable(tmp_path: Path) -> None:
    """What version 1 has asked for since its first day is enough: all else may be missing, and unknown members are ignored."""
    document = json.loads((ROOT / "reports" / "sample" / "results.json").read_text(encoding="utf-8"))
    needed = {
        "schema_version", "suite", "target", "clients", "started_at", "duration_s", "requests", "tokens", "verdict",
        "complete", "selection", "errors", "requirements", "cases",
    }  # fmt: skip
    row = {"id", "level", "surface", "verdict", "cases", "note"}
    case = {"id", "requirements", "verdict", "duration_s", "findings", "observations", "exchanges"}
    old = {name: document[name] for name in needed} | {"of_tomorrow": 1}
    old["target"] = {name: document["target"][name] for name in ("name", "mode", "surfaces", "provenance")}
    old["selection"] = {"surfaces": [], "cheap": False}
    old["requirements"] = [{name: one[name] for name in row} for one in document["requirements"]]
    old["cases"] = [{name: one[name] for name in case} for one in document["cases"]]
    (tmp_path / "results.json").write_text(json.dumps(old), encoding="utf-8")
    assert [row.verdict for row in read(tmp_path).requirements] == [one["verdict"] for one in document["requirements"]]
    assert len(read(tmp_path).cases) > 500
