"""A report as GitHub Actions shows it: annotations, a summary of the step, a badge.

What a target has said is text in all of them: neither a workflow command, nor Markdown, nor HTML.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from conformance.report.causes import PROBLEMS
from conformance.report.counts import VERDICTS, provenance_text
from conformance.report.deviations import failing, happened, line, not_covered_text
from conformance.report.errors_of_suite import YOURS, gist, is_of_own
from conformance.report.results import Cause, RequirementRow, Results
from conformance.report.safe import one_line
from conformance.report.scope import NOT_LOOKED_AT, outcome_of, scope_of
from conformance.report.scope import headline as in_a_line
from conformance.report.wording import counted, cut, symbol, words
from conformance.requirements import LEVELS

MOST_ANNOTATIONS = 10
"""Annotations of one level that GitHub shows of a step."""
MOST_SUMMARY = 1024 * 1024
"""Bytes that the summary of a step may have: GitHub shows nothing of a longer one."""
_ROOM = 2000
"""Bytes of them that stay free for the line that tells what was left out."""
_LONGEST = 600
_FEW = 3
_Level = Literal["error", "warning", "notice"]
_LEVELS: dict[str, _Level] = {"failed": "error", "inconclusive": "warning", "warned": "notice"}
_COLOURS = {"conformant": "brightgreen", "nonconformant": "red", "inconclusive": "yellow"}


@dataclass(frozen=True)
class _Told:
    """What a reader has to look into, in words."""

    verdict: str
    ids: tuple[str, ...]
    what: str
    is_own: bool = False
    beside: str = ""
    """Why it does not fail the run, in words; empty if it may."""

    @property
    def level(self) -> _Level:
        """How grave it is to whoever waits for the run."""
        return "notice" if self.beside else _LEVELS[self.verdict]

    @property
    def title(self) -> str:
        """The first of its requirements, how many more there are, and the verdict."""
        more = f" and {len(self.ids) - 1} more" if len(self.ids) > 1 else ""
        beside = f" ({self.beside})" if self.beside else ""
        return f"{'own ' if self.is_own else ''}{self.ids[0]}{more}: {words(self.verdict)}{beside}"


def annotations(results: Results) -> Iterator[str]:
    """Workflow commands, a line each: the verdict, then what is to be looked into. Of many of a level the first nine."""
    by_level: dict[_Level, list[tuple[str, str]]] = {"error": [], "warning": [], "notice": []}
    by_level["notice"].append(("gateway-conformance", headline(results)))
    by_level["error"] += ((f"gateway-conformance: {_who_broke(error)}", gist(error)) for error in results.errors)
    if not results.complete:
        by_level["warning"].append(("gateway-conformance: the run is incomplete", "; ".join(results.incomplete)))
    by_level["error"] += (("gateway-conformance: a known deviation", line(row)) for row in failing(results))
    for told in _problems(results):
        by_level[told.level].append((told.title, told.what))
    for level, found in by_level.items():
        shown = found if len(found) <= MOST_ANNOTATIONS else found[: MOST_ANNOTATIONS - 1]
        yield from (_command(level, title, text) for title, text in shown)
        if len(shown) < len(found):
            yield _command(
                level, f"{len(found) - len(shown)} more", "The summary of the step and the report have them all."
            )


def headline(results: Results) -> str:
    """The target, the verdict, and how far it reaches, in a line."""
    broken = " (incomplete)" if not results.complete else ""
    return f"{one_line(results.target.name)}: {in_a_line(outcome_of(results) + broken, scope_of(results).texts)}"


def summary(results: Results, room: int = MOST_SUMMARY) -> str:
    """The summary of a step in Markdown, of at most `room` bytes in UTF-8; empty if there is not even room for its head."""
    text, left = "", room - _ROOM
    blocks = list(_blocks(results))
    for number, block in enumerate(blocks):
        left -= len(block.encode("utf-8", errors="replace"))
        if left < 0:
            return text + f"\n{counted(len(blocks) - number, 'line')} more: see the report.\n" if text else ""
        text += block
    return text


def badge(results: Results) -> dict[str, Any]:
    """A badge of the last run, for the endpoint of shields.io. It is no certificate: whose behaviour it shows is in it."""
    is_partial = scope_of(results).partial or not results.complete
    colour = _COLOURS.get(results.headline_verdict, "yellowgreen")
    if failing(results):
        colour = "red"
    if results.target.provenance != "live":
        colour = "lightgrey"
    elif colour == "brightgreen" and is_partial:
        colour = "yellowgreen"
    notes = [
        outcome_of(results),
        *([NOT_LOOKED_AT] if results.is_of_own_alone else []),
        *([] if results.complete else ["incomplete"]),
        *(["replayed"] if results.target.mode == "replay" else []),
        *(["reference gateway"] if results.target.provenance == "reference" else []),
    ]
    return {"schemaVersion": 1, "label": "gateway-conformance", "message": ", ".join(notes), "color": colour}


def _problems(results: Results) -> list[_Told]:
    """What did not simply pass: of the contract by cause, the worst first; then what is one's own."""
    rows = {row.id: row for row in results.requirements}
    told = [
        _Told(cause.verdict, cause.requirements, _what(cause, rows), beside=_beside(cause, rows))
        for cause in results.causes
    ]
    own = [row for one in results.own for row in one.requirements if row.verdict in PROBLEMS]
    return [*told, *(_Told(row.verdict, (row.id,), _found(row), is_own=True) for row in own)]


def _beside(cause: Cause, rows: dict[str, RequirementRow]) -> str:
    """Why a cause does not fail the run; empty if it may."""
    behind = [rows[name] for name in cause.requirements if name in rows]
    if behind and all(row.known for row in behind):
        return "known deviation"
    return "does not count" if behind and all(row.known or row.unscored for row in behind) else ""


def _what(cause: Cause, rows: dict[str, RequirementRow]) -> str:
    row = rows.get(cause.requirements[0]) if len(cause.requirements) == 1 else None
    return _found(row) if row else cause.summary


def _found(row: RequirementRow) -> str:
    """The promise, and what came of it."""
    return " – ".join(filter(None, (row.statement, row.note)))


def _command(level: _Level, title: str, text: str) -> str:
    """A workflow command. Its line ends where it should, and its property cannot hold another one."""
    shown = _escaped(cut(one_line(title), 200)).replace(":", "%3A").replace(",", "%2C")
    return f"::{level} title={shown}::{_escaped(cut(one_line(text), _LONGEST)) or '-'}"


def _who_broke(error: str) -> str:
    return YOURS if is_of_own(error) else "the suite itself broke"


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _blocks(results: Results) -> Iterator[str]:
    """The lines of the summary, each whole: what comes first is what is left if there is no room."""
    sign, joined = symbol(results.headline_verdict), ":" if results.is_of_own_alone else " is"
    yield f"### gateway-conformance: {_code(results.target.name)}{joined} {sign} {outcome_of(results)}\n\n"
    for reason in results.incomplete:
        yield f"**Incomplete:** {_code(reason)}\n\n"
    if reach := scope_of(results).texts:
        yield f"Scope: {_code('; '.join(reach))}\n\n"
    yield f"{_code(provenance_text(results.target, results.started_at))}\n\n"
    yield _table(["verdict", *LEVELS], _counts(results.requirements))
    for row in failing(results):
        yield f"**A known deviation fails the run:** {_code(line(row))}\n\n"
    for one in results.deviations.not_covered if results.deviations else ():
        yield f"**Not known of {_code(one.requirement)}:** {_code(not_covered_text(one))}\n\n"
    for row in happened(results):
        yield f"Known deviation: {_code(line(row))}\n\n"
    for error in results.errors:
        who = _who_broke(error)
        yield f"**{who[0].upper()}{who[1:]}:** {_code(gist(error))}\n\n"
    for own in results.own:
        counts = ", ".join(f"{number} {words(verdict)}" for verdict, number in own.counts.items())
        yield f"Own requirements of {_code(own.name)}, no part of the contract: {words(own.verdict)} ({counts})\n\n"
    problems = _problems(results)
    if problems:
        yield _table(["verdict", "requirements", "what was found"], [])
    yield from (_row(_cells(told)) for told in problems)


def _cells(told: _Told) -> list[str]:
    more = f" and {len(told.ids) - _FEW} more" if len(told.ids) > _FEW else ""
    ids = ", ".join(map(_code, told.ids[:_FEW])) + more
    beside = f", {told.beside}" if told.beside else ""
    return [
        f"{symbol(told.verdict)} {words(told.verdict)}{beside}",
        f"{'own: ' if told.is_own else ''}{ids}",
        _code(told.what),
    ]


def _counts(rows: Sequence[RequirementRow]) -> list[list[str]]:
    table = []
    for verdict in VERDICTS:
        of = [row.level for row in rows if row.verdict == verdict]
        if of:
            table.append([f"{symbol(verdict)} {words(verdict)}", *(str(of.count(level)) for level in LEVELS)])
    return table


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of Markdown; without rows those may follow."""
    lines = "".join(map(_row, [head, ["---"] * len(head), *rows]))
    return f"{lines}\n" if rows else lines


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |\n"


def _code(text: str) -> str:
    """Text that neither Markdown nor HTML obeys, on one line of a table."""
    return f"`{cut(one_line(text), _LONGEST).replace('`', 'ˋ').replace('|', '∣').strip() or '-'}`"
