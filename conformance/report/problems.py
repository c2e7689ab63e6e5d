"""What a reader of a run has to look into, in words: of the contract by cause, the worst first; then what is one's own."""

from collections.abc import Mapping
from dataclasses import dataclass

from conformance.report.causes import PROBLEMS
from conformance.report.errors_of_suite import YOURS, is_of_own
from conformance.report.results import Cause, RequirementRow, Results
from conformance.report.wording import words


@dataclass(frozen=True)
class Problem:
    """One of these."""

    verdict: str
    ids: tuple[str, ...]
    what: str
    is_own: bool = False
    beside: str = ""
    """Why it does not fail the run, in words; empty if it may."""

    @property
    def is_minor(self) -> bool:
        """Whether the run is conformant in spite of it."""
        return bool(self.beside) or self.verdict == "warned"

    @property
    def title(self) -> str:
        """The first of its requirements, how many more there are, and the verdict."""
        more = f" and {len(self.ids) - 1} more" if len(self.ids) > 1 else ""
        beside = f" ({self.beside})" if self.beside else ""
        return f"{'own ' if self.is_own else ''}{self.ids[0]}{more}: {words(self.verdict)}{beside}"


def problems(results: Results) -> list[Problem]:
    """What did not simply pass."""
    rows = {row.id: row for row in results.requirements}
    told = [
        Problem(cause.verdict, cause.requirements, _what(cause, rows), beside=_beside(cause, rows))
        for cause in results.causes
    ]
    own = [row for one in results.own for row in one.requirements if row.verdict in PROBLEMS]
    return [*told, *(Problem(row.verdict, (row.id,), _found(row), is_own=True) for row in own)]


def who_broke(error: str) -> str:
    """Whose error it is, in words: of the suite, or of own cases."""
    return YOURS if is_of_own(error) else "the suite itself broke"


def _beside(cause: Cause, rows: Mapping[str, RequirementRow]) -> str:
    """Why a cause does not fail the run; empty if it may."""
    behind = [rows[name] for name in cause.requirements if name in rows]
    if behind and all(row.known for row in behind):
        return "known deviation"
    return "does not count" if behind and all(row.known or row.unscored for row in behind) else ""


def _what(cause: Cause, rows: Mapping[str, RequirementRow]) -> str:
    row = rows.get(cause.requirements[0]) if len(cause.requirements) == 1 else None
    return _found(row) if row else cause.summary


def _found(row: RequirementRow) -> str:
    """The promise, and what came of it."""
    return " – ".join(filter(None, (row.statement, row.note)))
