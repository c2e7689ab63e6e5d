"""A report as a summary in Markdown: of a step of GitHub Actions, or for a pull request."""

from collections.abc import Iterator, Sequence

from conformance.report.changed import since_text
from conformance.report.counts import VERDICTS, provenance_text
from conformance.report.deviations import failing, happened, line, not_covered_text
from conformance.report.errors_of_suite import gist
from conformance.report.markdown import MOST_BYTES, code, fitting, row, size, table
from conformance.report.problems import Problem, problems, who_broke
from conformance.report.results import RequirementRow, Results
from conformance.report.scope import outcome_of, scope_of
from conformance.report.watched import RunLine
from conformance.report.wording import counted, symbol, words
from conformance.requirements import LEVELS

_ROOM = 2000
"""Bytes that stay free for what frames the lines, and tells how many were left out."""
_FEW, _MANY = 3, 20
"""Requirements that are named of a cause, and of what has changed."""
_HEAD = table(["verdict", "requirements", "what was found"])


def summary(results: Results, room: int = MOST_BYTES) -> str:
    """The summary, of at most `room` bytes in UTF-8: what fails the run first, then folded what does not, then counts.

    Empty if there is not even room for its head.
    """
    counts = table(["verdict", *LEVELS], _counts(results.requirements))
    room -= _ROOM + size(counts)
    blocks = list(_blocks(results))
    if size(blocks[0]) > room:
        return ""
    text = fitting(blocks, room)
    if minor := list(_minor(results)):
        inner = fitting(minor, max(0, room - size(text)))
        text += f"<details><summary>{_minor_text(results)}</summary>\n\n{inner}\n</details>\n\n"
    return text + counts


def summary_of_none(run: RunLine) -> str:
    """The summary of a run that could not look at its target."""
    return f"### gateway-conformance: it could not look at {code(run.target)}\n\n{code(run.reason)}\n"


def _blocks(results: Results) -> Iterator[str]:
    """Its lines up to what is folded, each whole: what comes first is what is left if there is no room."""
    own_alone = results.is_of_own_alone
    outcome = (
        code(outcome_of(results)) if own_alone else outcome_of(results)
    )  # it names what somebody called a directory
    sign, joined = symbol(results.headline_verdict), ":" if own_alone else " is"
    yield f"### gateway-conformance: {code(results.target.name)}{joined} {sign} {outcome}\n\n"
    for reason in results.incomplete:
        yield f"**Incomplete:** {code(reason)}\n\n"
    if reach := scope_of(results).texts:
        yield f"Scope: {code('; '.join(reach))}\n\n"
    yield f"{code(provenance_text(results.target, results.started_at))}\n\n"
    yield from _since(results)
    for deviation in failing(results):
        yield f"**A known deviation fails the run:** {code(line(deviation))}\n\n"
    for one in results.deviations.not_covered if results.deviations else ():
        yield f"**Not known of {code(one.requirement)}:** {code(not_covered_text(one))}\n\n"
    for error in results.errors:
        who = who_broke(error)
        yield f"**{who[0].upper()}{who[1:]}:** {code(gist(error))}\n\n"
    for own in results.own:
        numbers = ", ".join(f"{number} {words(verdict)}" for verdict, number in own.counts.items())
        yield f"Own requirements of {code(own.name)}, no part of the contract: {words(own.verdict)} ({numbers})\n\n"
    yield from _table_of([one for one in problems(results) if not one.is_minor])


def _since(results: Results) -> Iterator[str]:
    """What has changed since the earlier run: how often, and which requirements are broken or fixed."""
    if results.baseline is None:
        return
    yield f"Since {code(since_text(results.baseline))}\n\n"
    for outcome in ("broken", "fixed"):
        names = [change.requirement for change in results.baseline.changes if change.outcome == outcome]
        if names:
            more = f" and {len(names) - _MANY} more" if len(names) > _MANY else ""
            yield f"{outcome.capitalize()}: {', '.join(map(code, names[:_MANY]))}{more}\n\n"


def _minor(results: Results) -> Iterator[str]:
    """The lines about what fails nothing."""
    for row_ in happened(results):
        yield f"Known deviation: {code(line(row_))}\n\n"
    yield from _table_of([one for one in problems(results) if one.is_minor])


def _minor_text(results: Results) -> str:
    """What is folded, in words."""
    minor = [one for one in problems(results) if one.is_minor]
    warned = sum(one.verdict == "warned" and not one.beside for one in minor)
    parts = [
        *([counted(warned, "warning")] if warned else []),
        *(
            [f"{len(minor) - warned} that {_count_not(len(minor) - warned)} for the verdict"]
            if warned < len(minor)
            else []
        ),
        *([counted(len(happened(results)), "known deviation")] if happened(results) else []),
    ]
    return ", ".join(parts)


def _count_not(number: int) -> str:
    return "does not count" if number == 1 else "do not count"


def _table_of(found: Sequence[Problem]) -> Iterator[str]:
    """A table of what was found, each row by itself; nothing of nothing."""
    for number, one in enumerate(found, 1):
        head, end = _HEAD if number == 1 else "", "\n" if number == len(found) else ""
        yield f"{head}{row(_cells(one))}{end}"


def _cells(told: Problem) -> list[str]:
    more = f" and {len(told.ids) - _FEW} more" if len(told.ids) > _FEW else ""
    ids = ", ".join(map(code, told.ids[:_FEW])) + more
    beside = f", {told.beside}" if told.beside else ""
    return [
        f"{symbol(told.verdict)} {words(told.verdict)}{beside}",
        f"{'own: ' if told.is_own else ''}{ids}",
        code(told.what),
    ]


def _counts(rows: Sequence[RequirementRow]) -> list[list[str]]:
    counts = []
    for verdict in VERDICTS:
        of = [one.level for one in rows if one.verdict == verdict]
        if of:
            counts.append([f"{symbol(verdict)} {words(verdict)}", *(str(of.count(level)) for level in LEVELS)])
    return counts
