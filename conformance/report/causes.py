"""Why requirements did not simply pass. Those that are open or broken for one reason are one cause, and told once.

A cause is first looked for in what came instead of an answer: an error, silence, a stream that ends in an error, a model
that is not there. Whatever quotes the same error stands under it, dependents of a failed control among them. Only then is
it looked for in what a check found. What is not the same reason is never put together.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from conformance.checks.verdicts import STRONGEST_FIRST, strongest
from conformance.report.errors_told import EMPTY, normalised, without_cut
from conformance.report.members import explained, lacking_in
from conformance.report.reasons import UNSTEADY, Key, Reason, reasons_of
from conformance.report.requested import Requests
from conformance.report.results import CaseResult, Cause, RequirementRow
from conformance.requirements import LEVELS

PROBLEMS = ("failed", "inconclusive", "warned")
"""The verdicts that have a cause, the worst first."""
LONGEST_SUMMARY = 240
_SAID_BY = re.compile(r"(?:promised|forbidden) by ([A-Z][A-Z0-9-]+)")
_TELLING = 12
"""Characters that the beginning of a text needs to be recognized by."""
_SAME = 40
"""Characters by which texts of a target that is busy or down are told apart."""


def causes(rows: Iterable[RequirementRow], cases: Iterable[CaseResult]) -> tuple[Cause, ...]:
    """The causes of what did not simply pass, the worst first; each such requirement stands under one of them."""
    problems = [row for row in rows if row.verdict in PROBLEMS]
    if not problems:
        return ()
    by_id = {case.id: case for case in cases}
    reasons = {row.id: list(reasons_of(row, by_id)) for row in problems}
    homes = _homes(reasons)
    grouped: dict[Key, list[RequirementRow]] = {}
    for row in problems:
        grouped.setdefault(homes.get(row.id, ("note", normalised(row.note))), []).append(row)
    requests = Requests({one.id: one for case in by_id.values() for one in case.exchanges}.values())
    made = [_cause(key, of, reasons, requests) for key, of in grouped.items()]
    order = {row.id: number for number, row in enumerate(problems)}
    levels = {row.id: LEVELS.index(row.level) for row in problems}

    def gravity(cause: Cause) -> tuple[int, int, int]:
        level = min(levels[name] for name in cause.requirements)
        return STRONGEST_FIRST.index(cause.verdict), level, order[cause.requirements[0]]

    return tuple(sorted(made, key=gravity))


def _homes(reasons: Mapping[str, Sequence[Reason]]) -> dict[str, Key]:
    """Under which cause each requirement stands.

    What was found in an answer goes before a missing answer, which may explain only a part; then what explains most.
    """
    spread = Counter(key for found in reasons.values() for key in {one.key for one in found})
    chosen = {
        name: min(found, key=lambda one: (one.error is not None, -spread[one.key]))
        for name, found in reasons.items()
        if found
    }
    by = explained({one.key for one in chosen.values()}) | _explained_errors(list(chosen.values()))
    _join_words(chosen.values(), by)
    homes = {name: _last(one.key, by) for name, one in chosen.items()}
    for name, one in chosen.items():
        if (named := _SAID_BY.search(one.finding.message)) and named[1] in homes:
            homes[name] = homes[named[1]]
    return homes


def _last(key: Key, by: Mapping[Key, Key]) -> Key:
    """The key that explains a key, and is itself explained by none."""
    while key in by:
        key = by[key]
    return key


def _join_words(chosen: Iterable[Reason], by: dict[Key, Key]) -> None:
    """Adds to what explains what: the first of those that say the same of an answer, wherever in it."""
    first = dict[Key, Key]()
    for one in chosen:
        if one.error is None:
            here, there = _last(one.key, by), _last(first.setdefault(one.words, one.key), by)
            if here != there:
                by[here] = there


def _explained_errors(chosen: Sequence[Reason]) -> dict[Key, Key]:
    """Of the keys of errors: those that another one explains, with that one.

    Nothing more was sent because of what was lost before, if that is of one kind; a text that was cut is the whole one; an
    answer is empty because a member lacks.
    """
    told = {one.key: one.error for one in chosen if one.error}
    unsent = {key for key, error in told.items() if error.is_unsent}
    lost = {key for key, error in told.items() if error.is_lost} - unsent
    by = {key: next(iter(lost)) for key in unsent} if len(lost) == 1 else {}
    for key in told:
        *kind, text = key
        begun = text.removesuffix("…").strip()
        whole = (one for one in told if [*one[:-1]] == kind and one[-1].startswith(begun) and not one[-1].endswith("…"))
        if text.endswith("…") and len(begun) >= _TELLING and (found := next(whole, None)):
            by[key] = found
        if kind == ["error", EMPTY]:
            others = [one for one in told if [*one[:-1]] == kind and one[-1]]
            if text and (lacking := lacking_in(text, {one.key for one in chosen})):
                by[key] = lacking
            elif not text and len(others) == 1:  # it is the control's answer that is empty, and not the one at hand
                by[key] = others[0]
    return by


def _cause(
    key: Key, rows: Sequence[RequirementRow], reasons: Mapping[str, Sequence[Reason]], requests: Requests
) -> Cause:
    worst_first = sorted(rows, key=lambda row: (STRONGEST_FIRST.index(row.verdict), LEVELS.index(row.level)))
    behind = [one for row in worst_first for one in reasons[row.id]]
    same = [one for one in behind if one.key == key] or behind
    example = same[0] if same else None
    cases = {one.case for one in behind} or {name for row in rows for name in row.cases}
    return Cause(
        summary=_cut(_summary(example, same, requests) if example else rows[0].note),
        verdict=strongest(row.verdict for row in rows),
        requirements=tuple(row.id for row in rows),
        cases=len(cases),
        exchange=example.exchange.id if example and example.exchange else "",
    )


def _summary(example: Reason, same: Sequence[Reason], requests: Requests) -> str:
    """What came, in a line; of an error also what it answered."""
    if not example.error:
        # A spec says of the whole body that it lacks a member.
        where = f"{example.key[1]}: " if example.key[0] == "member" and example.line.startswith("the body ") else ""
        return f"{where}{example.line}" + (f" ({example.finding.actual})" if example.finding.actual else "")
    if example.error.model:
        return f"the target lacks {example.error.model}: {without_cut(example.error.text)}"
    asked = requests.common_trait([one.exchange for one in same if one.exchange], example.error.status)
    texts = {normalised(one.error.text)[:_SAME] for one in same if one.error and one.error.is_lost}
    several = f" ({len(texts)} different texts, this is one)" if len(texts) > 1 else ""
    unsteady = UNSTEADY if all(one.line.startswith(UNSTEADY) for one in same) else ""
    is_refusal = example.error.status.startswith("4") and not example.error.is_lost
    what = f"{asked}{' is refused' if is_refusal else ''}: " if asked else ""
    return f"{unsteady}{what}{without_cut(example.error.text)}{several}"


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_SUMMARY else f"{line[: LONGEST_SUMMARY - 1].rstrip()}…"
