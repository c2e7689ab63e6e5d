"""Verdicts over time: what changed, since when, and whether a second run has confirmed it.

One answer of a live target proves little: a changed verdict counts once the next run that decides the requirement finds the
same. Only runs that looked are evidence. One that could not look or is incomplete changes nothing, and so does a requirement
that stayed undecided; both are told apart.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from msgspec import UNSET

from conformance.checks.verdicts import Verdict
from conformance.errors import UsageError
from conformance.report import scope
from conformance.report.results import RESULTS, read
from conformance.report.watched import RunLine, Watched, from_ndjson, watched
from conformance.report.wording import words
from conformance.requirements import Level

NDJSON = ".ndjson"
SETTLED: tuple[Verdict, ...] = ("failed", "warned", "passed", "not_applicable")
"""The verdicts that are evidence, the worst first."""
_WORSE = ("failed", "warned", "passed")
"""Those of which one is worse than another."""
NOTHING = "give report directories of `run`, a directory of them, or files of --ndjson"


@dataclass(frozen=True)
class Seen:
    """What a run says of a requirement."""

    run: RunLine
    level: Level
    verdict: Verdict
    note: str


@dataclass(frozen=True)
class Change:
    """A verdict that is another than the one that was established before."""

    requirement: str
    level: Level
    old: Verdict
    new: Verdict
    note: str
    """Why, in the words of the first run that saw it."""
    since: RunLine
    confirmed: RunLine | None
    """The run that has seen it again; None: none has yet."""
    suite_changed: bool
    """Whether another version of the suite judged than before."""

    @property
    def is_worse(self) -> bool:
        """Whether clients lose something: what does not apply any more is neither better nor worse."""
        return self.old in _WORSE and self.new in _WORSE and _WORSE.index(self.new) < _WORSE.index(self.old)


@dataclass(frozen=True)
class Course:
    """A requirement over the runs of a series."""

    requirement: str
    level: Level
    verdicts: tuple[Verdict | None, ...]
    """In each run; None where it says nothing about the target."""
    changes: tuple[Change, ...]
    """The oldest first. Only the last one can be unconfirmed."""


@dataclass(frozen=True)
class Series:
    """The runs of one target and one selection, the oldest first, and the requirements over them."""

    target: str
    mode: str
    selection: str
    runs: tuple[RunLine, ...]
    courses: tuple[Course, ...]

    @property
    def changes(self) -> tuple[Change, ...]:
        """All changes: the newest first, of those of one run the worst."""
        found = [change for course in self.courses for change in course.changes]
        order = {id(run): number for number, run in enumerate(self.runs)}
        return tuple(sorted(found, key=lambda one: (-order[id(one.since)], not one.is_worse, one.requirement)))


def alarms(series: Sequence[Series]) -> list[Change]:
    """The changes for the worse that the newest run of each target has confirmed: each is an alarm once."""
    newest = dict[tuple[str, str], Series]()
    for one in sorted(series, key=lambda one: _when(one.runs[-1])):
        newest[one.target, one.mode] = one
    return [
        change
        for one in newest.values()
        for change in one.changes
        if change.is_worse and change.confirmed is one.runs[-1]
    ]


STATE_WORDS = {"looked": "looked", "incomplete": "incomplete", "could_not_look": "could not look"}
"""How the state of a run is written."""


def outcome(run: RunLine) -> str:
    """What came of a run, in words."""
    if run.state != "looked":
        return STATE_WORDS[run.state]
    if run.shard:
        return f"shard {run.shard}, to be merged"
    word = "no verdict" if run.verdict is UNSET else scope.outcome(words(run.verdict), partial=run.partial)
    return f"{word}, what had failed alone" if run.failed_in else scope.headline(word, run.scope)


def is_evidence(run: RunLine) -> bool:
    """Whether a run says something about its target: it looked, and it is no shard, of which others hold the rest."""
    return run.state == "looked" and not run.shard


def history(paths: Iterable[Path]) -> list[Series]:
    """The series of all runs in report directories, in directories of them, and in files of --ndjson. Raises `UsageError`."""
    found = dict[tuple[object, ...], Watched]()
    for path in paths:
        for run in _runs(path):
            one = run.run
            key = (one.target, one.mode, one.selection, one.started_at, one.duration_s, one.shard, one.failed_in)
            # A report tells as much as the lines beside it, and either will do. Two runs may begin in the same second.
            found.setdefault(key, run)
    by_series = dict[tuple[str, str, str], list[Watched]]()
    for run in sorted(found.values(), key=lambda one: _when(one.run)):
        by_series.setdefault((run.run.target, run.run.mode, run.run.selection), []).append(run)
    return [_series(runs) for _, runs in sorted(by_series.items())]


def _when(run: RunLine) -> datetime:
    return datetime.fromisoformat(run.started_at)


def _runs(path: Path) -> list[Watched]:
    """The runs below a path. Raises `UsageError` if there is none, or on a file that is none."""
    if path.is_file():
        return [_of_file(path)]
    if not path.is_dir():
        raise UsageError(f"there is no {path}: {NOTHING}")
    if (path / RESULTS).is_file():
        return [_of_file(path / RESULTS)]
    lines = [*path.glob(f"*{NDJSON}"), *path.glob(f"*/*{NDJSON}")]
    told = {file.with_suffix("") for file in lines}
    # Lines beside a report of the same name tell the same, and are read in a tenth of the time.
    files = sorted([*(file for file in path.glob(f"*/{RESULTS}") if file.parent not in told), *lines])
    if not files:
        raise UsageError(f"{path} holds no report: {NOTHING}")
    return [_of_file(file) for file in files]


def _of_file(path: Path) -> Watched:
    try:
        run = from_ndjson(path.read_text(encoding="utf-8")) if path.suffix == NDJSON else watched(read(path))
        if _when(run.run).tzinfo is None:
            raise ValueError(f"started_at {run.run.started_at} has no time zone")
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} cannot be read ({type(error).__name__}: {error}): {NOTHING}") from None
    return run


def _series(runs: Sequence[Watched]) -> Series:
    seen = dict[str, list[Seen | None]]()
    for number, run in enumerate(runs):
        for row in run.requirements:
            course = seen.setdefault(row.id, [None] * len(runs))
            course[number] = Seen(run.run, row.level, row.verdict, row.note)
    first = runs[0].run
    courses = [_course(name, course) for name, course in seen.items()]
    return Series(first.target, first.mode, first.selection, tuple(run.run for run in runs), tuple(courses))


def _course(requirement: str, seen: Sequence[Seen | None]) -> Course:
    told = [one for one in seen if one]
    shown = tuple(one.verdict if one and is_evidence(one.run) else None for one in seen)
    evidence = [one for one in told if is_evidence(one.run) and one.verdict in SETTLED]
    return Course(requirement, told[-1].level, shown, tuple(_changes(requirement, evidence)))


def _changes(requirement: str, evidence: Sequence[Seen]) -> Iterator[Change]:
    """The changes of what is established: first what was seen first, then whatever is seen twice in a row."""
    if not evidence:
        return
    established, candidate = evidence[0], None
    for one in evidence[1:]:
        if one.verdict == established.verdict:
            established, candidate = one, None
        elif candidate and one.verdict == candidate.verdict:
            yield _change(requirement, established, candidate, one)
            established, candidate = one, None
        else:
            candidate = one
    if candidate:
        yield _change(requirement, established, candidate, None)


def _change(requirement: str, old: Seen, new: Seen, confirming: Seen | None) -> Change:
    return Change(
        requirement=requirement,
        level=new.level,
        old=old.verdict,
        new=new.verdict,
        note=new.note,
        since=new.run,
        confirmed=confirming.run if confirming else None,
        suite_changed=old.run.suite != new.run.suite,
    )
