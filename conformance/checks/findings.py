"""What a check finds, and how it reads an untrusted body without ever breaking on it."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeVar

T = TypeVar("T")
Kind = Literal["violation", "warning", "observation", "undecided", "inapplicable"]


@dataclass(frozen=True)
class Finding:
    """One fact about an answer.

    A `violation` breaks the requirement; a `warning` is latitude used that users should know of; an `observation` tells which
    legal alternative was seen; `undecided` says why there was nothing to judge; `inapplicable`, why the requirement says
    nothing about this target.
    """

    kind: Kind
    message: str
    expected: str = ""
    actual: str = ""
    path: str = ""


def violation(message: str, *, expected: object, actual: object, path: str = "") -> Finding:
    """The requirement is broken: `expected` lists every legal alternative."""
    return Finding("violation", message, abbreviated(expected), abbreviated(actual), path)


def warning(message: str, *, expected: object = "", actual: object = "", path: str = "") -> Finding:
    """Legal, or not settled, but something that a user of this target should know."""
    return Finding("warning", message, abbreviated(expected), abbreviated(actual), path)


def observation(message: str, actual: object = "", path: str = "") -> Finding:
    """Which of several legal alternatives was seen."""
    return Finding("observation", message, actual=abbreviated(actual), path=path)


def undecided(reason: str) -> Finding:
    """There was nothing to judge, and why."""
    return Finding("undecided", abbreviated(reason))


def inapplicable(reason: str) -> Finding:
    """The requirement says nothing about this target, and why."""
    return Finding("inapplicable", abbreviated(reason))


def abbreviated(value: object) -> str:
    """A value as a reader of a failure sees it: JSON-like, and cut short."""
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= 200 else f"{text[:160]}… ({len(text)} characters)"


def as_warnings(findings: Iterable[Finding], about: str) -> Iterator[Finding]:
    """What the documents do not settle: a violation becomes a warning. `about` says what was tried."""
    for finding in findings:
        kind: Kind = "warning" if finding.kind == "violation" else finding.kind
        yield replace(finding, kind=kind, message=f"{about}: {finding.message}")


class Violated(Exception):
    """A body lacks what the judged requirement promises: becomes a violation."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.message)
        self.finding = finding


class Undecided(Exception):
    """A body lacks what this requirement builds on but does not itself promise: becomes `undecided`."""


class _Absent:
    def __repr__(self) -> str:
        return "absent"


ABSENT: Any = _Absent()
"""Stands for a member that is not there, which JSON's null is not."""

_OUT_OF_RANGE = 2**63
"""The first number that a client with 64-bit integers cannot read."""

_NAMES = {
    dict: "an object",
    list: "a list",
    str: "a string",
    int: "an integer",
    bool: "true or false",
    object: "a value",
}


def get(body: Any, path: str) -> Any:
    """The value at a dotted path, such as `choices.0.message`; `ABSENT` if there is none."""
    value = body
    for part in path.split("."):
        if isinstance(value, dict) and part in value:
            value = value[part]
        elif isinstance(value, list) and part.isdecimal() and int(part) < len(value):
            value = value[int(part)]
        else:
            return ABSENT
    return value


def require_member(body: Any, path: str, kind: type[T]) -> T:
    """The value at `path`, which the judged requirement promises. Raises `Violated`."""
    value = get(body, path)
    if not _is(value, kind):
        raise Violated(violation(f"{path} is not {_NAMES[kind]}", expected=_NAMES[kind], actual=value, path=path))
    return _as(value, kind)


def assume_member(body: Any, path: str, kind: type[T]) -> T:
    """The value at `path`, which another requirement promises. Raises `Undecided`."""
    value = get(body, path)
    if not _is(value, kind):
        raise Undecided(f"{path} is {'absent' if value is ABSENT else f'not {_NAMES[kind]}: {abbreviated(value)}'}")
    return _as(value, kind)


def integer(value: object) -> int | None:
    """The integer that a JSON value is: JSON knows one kind of number, so 1.0 is the integer 1; true is none."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < _OUT_OF_RANGE:
        return None
    return int(value) if value == int(value) else None


def _is(value: object, kind: type) -> bool:
    if kind is int:
        return integer(value) is not None
    return value is not ABSENT and isinstance(value, kind)


def _as(value: Any, kind: type[T]) -> T:
    return integer(value) if kind is int else value  # type: ignore[return-value]  # _is has looked at it


MAX_FINDINGS_PER_KIND = 100
"""Findings of one kind that one check gives: an answer of a hundred thousand wrong items is wrong enough, and told by then."""


def collect(findings: Iterable[Finding]) -> list[Finding]:
    """The findings of a check, at most a hundred of a kind, and the way it ended among them."""

    def run() -> Iterator[Finding]:
        try:
            yield from findings
        except Violated as broken:
            yield broken.finding
        except Undecided as nothing:
            yield undecided(str(nothing))

    seen, kept = Counter[Kind](), list[Finding]()
    for finding in run():
        seen[finding.kind] += 1
        if seen[finding.kind] <= MAX_FINDINGS_PER_KIND:
            kept.append(finding)
    left_out = {kind: count - MAX_FINDINGS_PER_KIND for kind, count in seen.items() if count > MAX_FINDINGS_PER_KIND}
    return kept + [Finding(kind, f"and {count} more of the kind") for kind, count in left_out.items()]
