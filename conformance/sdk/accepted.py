"""Breaks that a team knows of and accepts for a while, each with an owner, a reason and an end: `compare --accept FILE`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import msgspec

from conformance.errors import UsageError, unknown_name
from conformance.report.deviations_file import check_term, tables
from conformance.sdk.exceptions import alike

_TABLE = "break"
_HOW = "cause (words of its headline), owner, reason, first_seen and expires (days: 2026-11-30)"
_PREFIX = "sdk/"


class AcceptedBreak(msgspec.Struct, frozen=True, kw_only=True):
    """A break that is known, as the file has it."""

    cause: str
    """Words that the headline of the break has: the exception and its text, the entry of the type checker."""
    case: str = ""
    """If it is accepted in this case alone: its id, or a pattern such as `openai_chat.*`."""
    owner: str = ""
    reason: str = ""
    ticket: str = ""
    first_seen: date
    expires: date
    """Its last day, in UTC."""

    def is_about(self, case: str, text: str) -> bool:
        """Whether a break is this one. Numbers, paths and names of functions may differ, as between cases of one cause."""
        name = case.removeprefix(_PREFIX)
        return alike(self.cause) in alike(text) and fnmatchcase(name, self.case.removeprefix(_PREFIX) or "*")


@dataclass(frozen=True)
class Accepted:
    """The breaks of a file, sound each, and the day on which they are looked at."""

    path: Path
    breaks: Sequence[AcceptedBreak]
    today: date

    def of(self, case: str, text: str) -> AcceptedBreak | None:
        """What accepts a break, or has done so until it expired. One that is not expired goes first."""
        found = [one for one in self.breaks if one.is_about(case, text)]
        return next((one for one in found if not self.is_expired(one)), found[0] if found else None)

    def accepting(self, case: str, text: str) -> AcceptedBreak | None:
        """What accepts a break today."""
        found = self.of(case, text)
        return None if found is None or self.is_expired(found) else found

    def is_expired(self, one: AcceptedBreak) -> bool:
        """Whether its last day is over."""
        return self.today > one.expires


def read(path: Path, today: date) -> Accepted:
    """The accepted breaks in a file, each sound but perhaps expired. Raises `UsageError`."""
    found = list[AcceptedBreak]()
    for number, entry in enumerate(tables(path, "accepted breaks", _TABLE), 1):
        try:
            one = _break(entry, today)
            if (same := [(other.cause, other.case) for other in found]) and (one.cause, one.case) in same:
                raise UsageError(
                    f"it is about the same as break {same.index((one.cause, one.case)) + 1}: keep one of them"
                )
        except UsageError as error:
            raise UsageError(f"{path}, break {number}: {error}") from None
        found.append(one)
    return Accepted(path, found, today)


def _break(entry: dict[str, Any], today: date) -> AcceptedBreak:
    """One entry. Raises `UsageError`."""
    fields = AcceptedBreak.__struct_fields__
    if unknown := next((name for name in entry if name not in fields), None):
        raise UsageError(unknown_name("key", unknown, fields, f"it takes {', '.join(fields)}"))
    try:
        one = msgspec.convert(entry, AcceptedBreak)
    except msgspec.ValidationError as error:
        raise UsageError(f"{error}; give {_HOW}") from None
    if not one.cause.strip():
        raise UsageError(
            "no cause: give words of the headline that tells of the break, such as the exception and its text"
        )
    check_term(one, today)
    return one
