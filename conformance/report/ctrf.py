"""CTRF, the Common Test Report Format: a run in JSON, as tools that gather tests of many runners read it.

CTRF has no word for inconclusive, nor for a broken suite: both are `other`, never `passed`. What warns has passed. The
verdict as it is called here is the `rawStatus`.
"""

import json
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from conformance import __version__
from conformance.report.results import ExchangeRecord, Results
from conformance.report.safe import safe
from conformance.report.scope import outcome_of, scope_of
from conformance.report.told_tests import Outcome, ToldTest, told_tests
from conformance.report.watched import RunLine

_SPEC = "0.0.0"
_STATUSES: dict[Outcome, str] = {"inconclusive": "other", "broken": "other"}
_ALL = ("passed", "failed", "skipped", "pending", "other")


def ctrf(results: Results, exchanges: Sequence[ExchangeRecord]) -> str:
    """The JSON text."""
    tests = list(map(_test, told_tests(results, exchanges)))
    said = {"verdict": outcome_of(results), "scope": list(scope_of(results).texts)}
    healthy = results.complete and not results.errors
    return _document(tests, results.target.name, results.started_at, results.duration_s, said, healthy=healthy)


def ctrf_of_none(run: RunLine) -> str:
    """The same of a run that could not look at its target: one test, which is neither passed nor failed."""
    test = _test(ToldTest("suite", "the whole run", "broken", run.state, run.reason))
    return _document([test], run.target, run.started_at, run.duration_s, {"verdict": run.state}, healthy=False)


def _document(
    tests: Sequence[dict[str, Any]],
    target: str,
    started_at: str,
    duration_s: float,
    said: dict[str, Any],
    *,
    healthy: bool,
) -> str:
    counts = Counter(one["status"] for one in tests)
    start, took = round(datetime.fromisoformat(started_at).timestamp() * 1000), _milliseconds(duration_s)
    summary = {"tests": len(tests), **{status: counts[status] for status in _ALL}, "start": start, "stop": start + took}
    results = {
        "tool": {"name": "gateway-conformance", "version": __version__},
        "summary": {**summary, "extra": said},
        "tests": tests,
        "environment": {"testEnvironment": safe(target), "healthy": healthy},
    }
    document = {"reportFormat": "CTRF", "specVersion": _SPEC, "results": results}
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def _test(one: ToldTest) -> dict[str, Any]:
    extra = {"requirements": one.requirements, "deviations": one.deviations}
    return {
        "name": safe(one.name),
        "status": _STATUSES.get(one.outcome, one.outcome),
        "duration": _milliseconds(one.duration_s),
        "suite": one.group.split("."),
        "rawStatus": one.kind,
        **({"message": safe(one.message)} if one.message else {}),
        **({"trace": safe(one.text)} if one.text and one.text != one.message else {}),
        **(
            {"extra": told}
            if (told := {name: list(map(safe, value)) for name, value in extra.items() if value})
            else {}
        ),
    }


def _milliseconds(seconds: float) -> int:
    return round(seconds * 1000)
