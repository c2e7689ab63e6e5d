"""Runs made up for the reports: what cases found, the results.json of it, and its page."""

import json
from typing import Any

import msgspec

from conformance.checks.verdicts import Verdict
from conformance.report.conclusion import conclude
from conformance.report.html import page
from conformance.report.results import CaseResult, Catch, Results, Selection, Suite, Target, to_text
from conformance.requirements import catalogue
from tests.report.parsed import HOSTILE, Page


def exchange(
    identifier: str, *, body: str = '{"store":true}', answer: str = '{"status":"completed"}'
) -> dict[str, Any]:
    """A row of exchanges.jsonl."""
    return {
        "id": identifier,
        "case": identifier.partition("#")[0],
        "request": {
            "method": "POST",
            "path": "/ai-gateway/mlflow/v1/responses",
            "headers": {"authorization": "[bearer]"},
            "body": body,
            "bytes": len(body),
        },
        "response": {"status": 200, "headers": {"server": "s"}, "body": answer, "bytes": len(answer), "chunks": 1},
        "failure": "",
        "curl": f'curl -sS "$GATEWAY/ai-gateway/mlflow/v1/responses" --data-binary {body!r} # {identifier}',
    }


def finding(requirement: str, kind: str, message: str, **texts: str) -> dict[str, str]:
    """A finding as a case row has it; `texts` are `expected`, `actual`, `path`."""
    empty = {"expected": "", "actual": "", "path": ""}
    return {"requirement": requirement, "kind": kind, "message": message, **empty, **texts}


def case(name: str, verdicts: dict[str, Verdict], *findings: dict[str, str], **more: Any) -> CaseResult:
    """The result of a case, with one exchange."""
    given: dict[str, Any] = {
        "exchanges": [exchange(f"{name}#1")],
        "verdict": next(iter(verdicts.values()), "error"),
        **more,
    }
    given.setdefault("requirements", tuple(verdicts))
    last = given["exchanges"][-1]["id"] if given["exchanges"] else ""
    found = [{"exchange": last, **one} for one in findings]
    return CaseResult.from_json({"id": name, "verdicts": verdicts, "duration_s": 0.01, "findings": found, **given})


def altered(result: CaseResult, **members: Any) -> CaseResult:
    """The result with other members, as plain JSON has them."""
    return CaseResult.from_json(result.to_json() | members)


def retold(result: CaseResult, **texts: str) -> CaseResult:
    """The result with other texts in its first finding."""
    first, *others = result.to_json()["findings"]
    return altered(result, findings=[first | texts, *others])


def plain(results: Results) -> dict[str, Any]:
    """The results as results.json has them."""
    document: dict[str, Any] = json.loads(to_text(results))
    return document


CATCHES = {
    "RESP-400-STORE": [
        {"fault": "store-accepted", "says": "store is ignored", "told": "it was answered (200, completed)"},
        {"fault": "store-breaks", "says": "store ends in 500", "told": "it was not refused as documented (500)"},
    ]
}


def results(*cases: CaseResult, **changed: Any) -> Results:
    """The results of a run. What is changed is given as plain JSON has it."""
    target = {
        "name": "my-proxy",
        "mode": "live",
        "surfaces": {"chat": "https://proxy.example/v1", "responses": "https://proxy.example/v1"},
        "provenance": "live",
        "recorded_at": None,
        "models": None,
    }
    given: dict[str, Any] = {
        "suite": {
            "name": "gateway-conformance",
            "version": "9.8.7",
            "openapi_sha256": {"chat": "ab" * 32},
            "catalogue_sha256": "cd" * 32,
        },
        "target": target,
        "clients": {"httpx2": "2.10"},
        "started_at": "2025-11-22T03:17:00+00:00",
        "duration_s": 1.5,
        "catalogue": catalogue().values(),
        "selected": set(catalogue()),
        "selection": {"surfaces": [], "levels": [], "requirements": [], "cheap": False},
        "incomplete": [],
        "errors": [],
        "cases": cases,
        "catches": CATCHES,
        "uncaught": dict.fromkeys(catalogue(), "No fault could break it."),
        **changed,
    }
    typed = {"suite": Suite, "target": Target, "selection": Selection, "catches": dict[str, tuple[Catch, ...]]}
    return conclude(**given | {name: msgspec.convert(given[name], kind) for name, kind in typed.items()})


def shown(*cases: CaseResult, **changed: Any) -> Page:
    """The page of a run with these cases."""
    return Page(rendered(*cases, **changed))


def rendered(*cases: CaseResult, **changed: Any) -> str:
    """The text of that page."""
    return page(results(*cases, **changed), [row for result in cases for row in result.exchanges])


MUSTS = [row.id for row in catalogue().values() if row.level == "MUST"]


def failed(requirement: str, message: str, **texts: str) -> CaseResult:
    """A case that failed, with the requirement that it decides."""
    name = f"chat/{requirement.lower()}"
    return case(name, {requirement: "failed"}, finding(requirement, "violation", message, **texts))


def many(number: int) -> Results:
    """A run in which so many requirements failed, each for a reason of its own."""
    return results(*(failed(name, f"{name} is broken in its way", actual=name) for name in MUSTS[:number]))


def named(name: str) -> dict[str, Any]:
    """A target of this name."""
    return {"name": name, "mode": "live", "surfaces": {"chat": "https://proxy.example/v1"}, "provenance": "live"}


def rendered_hostile() -> str:
    """The page of a run whose target has put a hostile text into whatever it can."""
    row = exchange("chat/x.y#1", body=HOSTILE, answer=HOSTILE)
    row["response"]["headers"] = {"server": HOSTILE}
    row["request"] |= {"path": HOSTILE, "method": HOSTILE}
    row["curl"] = HOSTILE
    bad = finding("CHAT-PATH", "violation", HOSTILE, expected=HOSTILE, actual=HOSTILE, path=HOSTILE)
    lost = {**exchange("chat/x.z#1"), "response": None, "failure": HOSTILE}
    surfaces = {"chat": f"http://h/{HOSTILE}"}
    return rendered(
        case("chat/x.y", {"CHAT-PATH": "failed"}, bad, exchanges=[row], observations=[{**bad, "kind": "observation"}]),
        case("chat/x.z", {}, error=f"one\n{HOSTILE}", exchanges=[lost]),
        target={
            "name": HOSTILE,
            "mode": "live",
            "surfaces": surfaces,
            "provenance": "live",
            "models": {"m": HOSTILE},
        },
        clients={HOSTILE: HOSTILE},
        incomplete=["the run did not get to its end"],
        errors=[HOSTILE, f"first\n{HOSTILE}"],
        catches={"CHAT-PATH": [dict.fromkeys(("fault", "says", "told"), HOSTILE)]},
        uncaught={"CHAT-USAGE-SUM": HOSTILE},
    )


PLAIN = "chat/corpus.legal-createChatCompletion-body-plain-000000000000#1"


def generated(
    place: str,
    kind: str,
    number: int,
    verdict: Verdict = "failed",
    *,
    sent: int = 100,
    actual: str = "200, x",
    **more: Any,
) -> CaseResult:
    """A broken request and its case; unless it passed, it was taken."""
    operation = more.pop("operation", "createChatCompletion")
    surface = more.pop("surface", "chat")
    name = f"{surface}/corpus.broken-{operation}-{place.replace('.[]', '') or 'body'}-{kind}-{number:012x}"
    own = exchange(f"{name}#1", body="{" + " " * (sent - 2) + "}")
    own["response"]["status"] = more.pop("status", 200)
    about = more.pop("about", "SPEC-INVALID-REFUSED")
    what = f"{kind.replace('_', ' ')} at {place or 'the body'} of {operation}"
    grade = {"failed": "violation", "warned": "warning", "inconclusive": "undecided"}.get(verdict)
    found = [finding(about, grade, f"{what} is taken", expected="any 4xx", actual=actual)] if grade else []
    varies = {"operation": operation, "mode": more.pop("mode", "negative"), "place": place, "kind": kind}
    told = [{"exchange": own["id"], **one} for one in found]
    return case(name, {about: verdict}, *told, varies=varies, exchanges=[own, exchange(PLAIN)], **more)
