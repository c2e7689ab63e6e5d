"""deviations.toml: what a team knows of its target, each with an owner, a reason and an end."""

import tomllib
from collections.abc import Collection, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Protocol

import msgspec

from conformance.errors import UsageError, unknown_name
from conformance.report.results import Deviation
from conformance.report.safe import one_line
from conformance.requirements import catalogue, documented_models
from conformance.requirements.own import may_be_own

NAME = "deviations.toml"
LONGEST = timedelta(days=180)
"""How far away an end may be. Whoever wants longer decides anew, and shows it by a change of the file."""
_TABLE, _TARGET = "deviation", "target"


class Cases(Protocol):
    """Knows which cases the suite has."""

    def is_case(self, case: str) -> bool:
        """Whether there is a case of this id."""

    def written_by_hand(self) -> Collection[str]:
        """The ids among which one that was mistyped is looked for."""


class Term(Protocol):
    """What is accepted for a while."""

    @property
    def owner(self) -> str:
        """Who answers for it."""

    @property
    def reason(self) -> str:
        """Why it is accepted."""

    @property
    def first_seen(self) -> date:
        """Its first day."""

    @property
    def expires(self) -> date:
        """Its last day."""


def read(path: Path, today: date, suite: Cases, target: str) -> tuple[Deviation, ...]:
    """The deviations in a file, each sound but perhaps expired. Raises `UsageError`, too if it is about another `target`."""
    document = _document(path, "deviations", (_TARGET, _TABLE))
    _check_target(path, document.get(_TARGET), one_line(target))
    found = list[Deviation]()
    for number, entry in enumerate(_entries(path, "deviations", document, _TABLE), 1):
        try:
            found.append(_deviation(entry, today, suite))
            _refuse_twice(found)
        except UsageError as error:
            name = f" ({entry['requirement']})" if isinstance(entry.get("requirement"), str) else ""
            raise UsageError(f"{path}, deviation {number}{name}: {error}") from None
    return tuple(found)


def tables(path: Path, what: str, table: str) -> list[dict[str, Any]]:
    """The tables of one name in a file of TOML that holds nothing else. Raises `UsageError`, which says `what` they are."""
    return _entries(path, what, _document(path, what, (table,)), table)


def _document(path: Path, what: str, known: Sequence[str]) -> dict[str, Any]:
    """The TOML of a file whose tables are the last `known` key. Raises `UsageError`."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"{what} in {path}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UsageError(f"{what} in {path}: it is no TOML: {error}") from None
    if unknown := next((name for name in document if name not in known), None):
        holds = " and ".join([*known[:-1], f"[[{known[-1]}]]"])
        raise UsageError(f"{what} in {path}: {unknown_name('key', unknown, known, f'it holds {holds} alone')}")
    return document


def _entries(path: Path, what: str, document: dict[str, Any], table: str) -> list[dict[str, Any]]:
    """The tables of one name. Raises `UsageError`."""
    entries = document.get(table, [])
    if not isinstance(entries, list) or not all(isinstance(one, dict) for one in entries):
        raise UsageError(f"{what} in {path}: write each as [[{table}]], in double brackets")
    return entries


def _check_target(path: Path, named: Any, target: str) -> None:
    """Raises `UsageError` if a file names another target."""
    if named is not None and not isinstance(named, str):
        raise UsageError(f"deviations in {path}: {_TARGET} must be the name of the target that the file is about")
    if named is not None and named != target:
        raise UsageError(
            f"deviations in {path} are those of {one_line(named)!r}, and this is {target!r}: give the file of {target!r}, or "
            f"take the line {_TARGET} out of it"
        )


def _deviation(entry: dict[str, Any], today: date, suite: Cases) -> Deviation:
    """One entry. Raises `UsageError`."""
    fields = Deviation.__struct_fields__
    if unknown := next((name for name in entry if name not in fields), None):
        raise UsageError(unknown_name("key", unknown, fields, f"it takes {', '.join(fields)}"))
    if entry.get("verdict") in ("not_tested", "not_applicable", "excluded"):
        raise UsageError(
            f"verdict {entry['verdict']}: what was not judged does not deviate; completeness cannot be waived"
        )
    try:
        one = msgspec.convert(entry, Deviation)
    except msgspec.ValidationError as error:
        raise UsageError(f"{error}; give {_HOW}") from None
    check(one, today, suite)
    return one


def check(one: Deviation, today: date, suite: Cases) -> None:
    """Raises `UsageError` if a deviation is about nothing that may be waived, is nobody's, or ends too late."""
    _check_subject(one, suite)
    check_term(one, today)


def check_term(one: Term, today: date) -> None:
    """Raises `UsageError` if what is accepted for a while is nobody's, has no reason, or ends too late."""
    for name in ("owner", "reason"):
        if not getattr(one, name).strip():
            raise UsageError(f"no {name}: {'say who answers for it' if name == 'owner' else 'say why it is accepted'}")
    if one.first_seen > today:
        raise UsageError(f"first_seen {one.first_seen} is still to come: give the day on which it was first seen")
    if one.expires < one.first_seen:
        raise UsageError(f"expires {one.expires} is before first_seen {one.first_seen}: give a later day")
    if one.expires > today + LONGEST:
        raise UsageError(
            f"expires {one.expires} is more than {LONGEST.days} days away: give {today + LONGEST} at most, and decide anew then"
        )


_HOW = 'requirement, verdict ("failed", "warned" or "inconclusive"), owner, reason, first_seen and expires (days: 2026-11-30)'


def _check_subject(one: Deviation, suite: Cases) -> None:
    """Raises `UsageError` if there is no such requirement, case or model, or if it cannot be waived."""
    if is_authentication(one.requirement):
        raise UsageError("authentication cannot be waived: mend the target")
    if one.requirement.lower() in ("complete", "incomplete", "completeness"):
        raise UsageError("completeness cannot be waived: let the run come to its end")
    if one.requirement not in catalogue():
        own = "; requirements of your own cannot be deviations: mend the target, or their declaration"
        unknown = unknown_name("requirement", one.requirement, catalogue())
        raise UsageError(unknown + (own if may_be_own(one.requirement) else ""))
    if one.case and not suite.is_case(one.case):
        raise UsageError(
            unknown_name("case", one.case, suite.written_by_hand(), "the ids of cases stand in results.json")
        )
    if one.model and one.model not in documented_models():
        raise UsageError(
            unknown_name("model", one.model, documented_models(), "give a documented one, without its prefix")
        )


def is_authentication(requirement: str) -> bool:
    """Whether a requirement is about who is let in."""
    return "AUTH" in requirement.upper().split("-")


def _refuse_twice(found: list[Deviation]) -> None:
    """Raises `UsageError` if the last is about the same as one before."""
    subjects = [(one.requirement, one.case, one.model) for one in found]
    if subjects[-1] in subjects[:-1]:
        raise UsageError(f"it is about the same as deviation {subjects.index(subjects[-1]) + 1}: keep one of them")
