"""The reasons of a verdict: the findings that made it, each with the keys that it shares with what has the same reason."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from conformance.report.errors_told import ErrorTold, error_told, is_event_stream, normalised
from conformance.report.members import member_key
from conformance.report.results import CaseResult, ExchangeRecord, Finding, RequirementRow

UNSTEADY = "unsteady: "
"""How a finding begins that did not come back when the case was asked again."""
ASKED_AGAIN = f"{UNSTEADY}asked again"
_KINDS = {
    "failed": ("violation",),
    "inconclusive": ("undecided",),
    "warned": ("violation", "warning"),
}
"""By verdict: the findings that make it, the gravest first."""
_REFUSAL = re.compile(r"(any )?4\d?\w*\b")
_SUCCESS = re.compile(r"2\d\d\b")

Key = tuple[str, ...]


@dataclass(frozen=True)
class Reason:
    """A finding that made a requirement's verdict, and the key that it shares with what has the same reason."""

    key: Key
    words: Key
    """The same by the words alone: whatever says the same of an answer has the same reason."""
    finding: Finding
    line: str
    case: str
    exchange: ExchangeRecord | None
    error: ErrorTold | None


def reasons_of(row: RequirementRow, cases: Mapping[str, CaseResult]) -> Iterator[Reason]:
    """The gravest findings of a requirement: those of cases that are written by hand first."""
    deciding = [cases[name] for name in row.cases if name in cases and cases[name].verdicts.get(row.id) == row.verdict]
    deciding.sort(key=lambda case: bool(case.varies))
    found = [(case, finding) for case in deciding for finding in case.findings if finding.requirement == row.id]
    kind = next((kind for kind in _KINDS[row.verdict] if any(finding.kind == kind for _, finding in found)), "")
    gravest = [(case, finding) for case, finding in found if finding.kind == kind]
    # That a second answer was another one tells nothing of the first, which has its own finding.
    first = [(case, finding) for case, finding in gravest if not finding.message.startswith(ASKED_AGAIN)]
    known = dict[str, dict[str, ExchangeRecord]]()
    for case, finding in first or gravest:
        if case.id not in known:
            known[case.id] = {one.id: one for one in case.exchanges}
        yield _reason(case, finding, known[case.id].get(finding.exchange))


def _reason(case: CaseResult, finding: Finding, exchange: ExchangeRecord | None) -> Reason:
    line = _without_variation(case, finding)
    streams = (one for one in case.exchanges if one.response and is_event_stream(one.response.body))
    error = error_told(finding, exchange, streams)
    words = _words(finding, line)
    key: Key = ("error", *error.key) if error else member_key(finding, line, normalised(finding.actual)) or words
    return Reason(key, words, finding, line, case.id, exchange, error)


def _without_variation(case: CaseResult, finding: Finding) -> str:
    """A finding's message, without the words for what a generated case varies: others find the same elsewhere."""
    if not case.varies:
        return finding.message
    what = f"{case.varies.kind.replace('_', ' ')} at {case.varies.place or 'the body'} of {case.varies.operation}"
    return finding.message.removeprefix(what).lstrip(": ") or finding.message


def _words(finding: Finding, message: str) -> Key:
    """What a check found, in its words.

    That something was taken is told in the same words of all that should be refused: there the topic belongs to it.
    """
    taken = _REFUSAL.match(finding.expected) and _SUCCESS.match(finding.actual)
    topic = finding.requirement.partition("-")[0] if taken else ""
    named = message.replace(finding.expected, "…") if finding.expected else message
    return ("found", topic, normalised(named), normalised(finding.actual))
