"""The same answer, streamed and whole: what of it may not depend on the transport."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from typing import Any

from conformance.checks.findings import Finding, observation, undecided, violation


@dataclass(frozen=True)
class AnswerSummary:
    """What an answer says, in terms that a stream and a whole have in common; empty where it tells nothing."""

    kinds: tuple[str, ...]
    """Types of its blocks, items or parts, each once."""
    reason: str
    """Why it ended."""
    usage: tuple[str, ...]
    """Which counts it gives."""
    text: str


def usage_keys(usage: Any, read: Iterable[str]) -> tuple[str, ...]:
    """The members of `usage` that clients `read`; a gateway may add to them where it likes."""
    return tuple(sorted(set(read) & set(usage))) if isinstance(usage, dict) else ()


def same(streamed: AnswerSummary, whole: AnswerSummary, again: AnswerSummary) -> Iterator[Finding]:
    """The stream says what the unstreamed answer says, as far as two of those (`whole`, `again`) say the same.

    Usage only where the stream gives any: on some surfaces that is asked for.
    """
    for field in fields(AnswerSummary):
        one, other, there = (getattr(summary, field.name) for summary in (whole, again, streamed))
        if one != other:
            yield observation(field.name, "not compared: the target answers the same request differently")
        elif there != one and not (field.name == "usage" and not there):
            yield violation(f"{field.name} of the stream", expected=_field_text(one), actual=_field_text(there))
    if not any(summary.kinds or summary.text for summary in (streamed, whole, again)):
        yield undecided("neither the stream nor the whole says anything")


def _field_text(value: str | tuple[str, ...]) -> str:
    return (value if isinstance(value, str) else ", ".join(value)) or "nothing"
