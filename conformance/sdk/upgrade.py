"""What came of comparing client observations, for people: in the terminal."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from conformance.report.wording import counted
from conformance.sdk.accepted import Accepted, AcceptedBreak
from conformance.sdk.causes import Cause, causes
from conformance.sdk.changes import OUTCOMES, Aspect, CaseChange, Outcome, compare, finding_sets
from conformance.sdk.observations import Observed
from conformance.sdk.summary import findings
from conformance.sdk.upgraded import Version, changed, heading

_LONGEST = 110
_LONGEST_TEXT = 160
_FEW = 3
_MOST_CAUSES = 12
"""Causes that the terminal tells, and of each so many cases and places, unless all is asked for."""


@dataclass(frozen=True)
class Upgrade:
    """Two runs side by side."""

    old: Observed
    new: Observed
    changes: Sequence[CaseChange]
    causes: Sequence[Cause]
    accepted: Accepted | None = None

    @property
    def heading(self) -> str:
        """What was upgraded."""
        return heading(self.old, self.new)

    @property
    def versions(self) -> list[Version]:
        """Every distribution whose version changed."""
        return changed(self.old, self.new)

    @property
    def counts(self) -> dict[Outcome, int]:
        """How many cases have each outcome as their gravest."""
        found = Counter(change.outcome for change in self.changes)
        return {outcome: found[outcome] for outcome in OUTCOMES if found[outcome]}

    @property
    def breaks(self) -> bool:
        """Whether anything broke that is not accepted."""
        return any(one.fails for one in self.causes)

    @property
    def verdict(self) -> str:
        """The counts in words."""
        failing = {case for cause in self.causes if cause.fails for case in cause.cases}
        accepted = {case for cause in self.causes if cause.accepted for case in cause.cases} - failing
        by_outcome = Counter(change.outcome for change in self.changes if change.case in accepted)
        told = (
            f"{count} {outcome}" + (f" ({by_outcome[outcome]} accepted)" if by_outcome[outcome] else "")
            for outcome, count in self.counts.items()
        )
        return ", ".join(told) or "nothing to compare"

    def expired(self, cause: Cause) -> AcceptedBreak | None:
        """What had accepted a cause that fails now."""
        if self.accepted is None or not cause.fails:
            return None
        return self.accepted.of(cause.cases[0], cause.aspects[0].text)


def upgrade(old: Observed, new: Observed, accepted: Accepted | None = None) -> Upgrade:
    """Two runs compared, what changed put together by its cause."""
    changes = compare(old, new)
    found = causes(changes, accepted.accepting) if accepted else causes(changes)
    return Upgrade(old, new, changes, found, accepted)


def lines(found: Upgrade, *, all_of_it: bool = False) -> Iterator[tuple[Outcome | None, str]]:
    """The lines of the terminal, each with the outcome that it is about: what was upgraded, a headline a cause, the counts."""
    yield None, found.heading
    told = found.causes if all_of_it else found.causes[:_MOST_CAUSES]
    for cause in told:
        yield cause.outcome if not cause.accepted else None, headline(cause)
        if waived := waiver(found, cause):
            yield cause.outcome if cause.fails else None, f"    {waived}"
        yield None, f"    {names(cause.cases, len(cause.cases) if all_of_it else _FEW)}"
        more = cause.aspects[1:] if all_of_it else places(cause)
        for one in more if all_of_it else more[:_FEW]:
            yield None, f"    {aspect_text(one)}"
        if len(more) > _FEW and not all_of_it:
            yield None, f"    and {counted(len(more) - _FEW, 'more difference')}"
    if len(found.causes) > len(told):
        yield None, f"and {counted(len(found.causes) - len(told), 'more cause')}: --all or --html FILE tells them"
    for line in new_findings(found):
        yield None, f"new: {line}"
    if before := old_findings(found):
        if all_of_it:
            yield from ((None, f"as before: {line}") for line in before)
        else:
            yield None, f"as before: {counted(len(before), 'finding')} (--all or --html FILE tells them)"
    yield ("broken" if found.breaks else "unchanged"), found.verdict


def headline(cause: Cause) -> str:
    """A cause in a line: the outcome, of how many cases, and the most telling thing."""
    accepted = "accepted: " if cause.accepted else ""
    return f"{accepted}{cause.outcome} ×{len(cause.cases)}: {aspect_text(cause.aspects[0])}".removesuffix(": ")


def waiver(found: Upgrade, cause: Cause) -> str:
    """Who accepts a break, why and how long; or who has done so until it expired."""
    one = cause.accepted or found.expired(cause)
    if one is None:
        return ""
    ticket = f", {one.ticket}" if one.ticket else ""
    ends = f"until {one.expires}" if cause.accepted else f"until {one.expires}, which is over"
    return f"accepted by {one.owner} {ends}: {one.reason}{ticket}"


def summary_line(cause: Cause) -> str:
    """A cause in one line, with some of its cases."""
    return f"{headline(cause)} ({names(cause.cases)})"


def no_longer(found: Sequence[Upgrade]) -> Iterator[str]:
    """The accepted breaks that none of these comparisons has seen, where every case was asked. They fail nothing."""
    accepted = found[0].accepted if found else None
    if accepted is None or any(one.new.is_partial for one in found):
        return
    texts = [
        (case, aspect.text)
        for one in found
        for cause in one.causes
        if cause.outcome in ("broken", "type errors")
        for case in cause.cases
        for aspect in cause.aspects
    ]
    for one in accepted.breaks:
        if not any(one.is_about(case, text) for case, text in texts):
            where = f" in {one.case}" if one.case else ""
            yield f"accepted and not seen: {one.cause}{where}; if it is mended, take it out of {accepted.path}"


def new_findings(found: Upgrade) -> list[str]:
    """What the client does to answers and requests, or otherwise when async, that it did not before and that broke nothing."""
    return _findings(found, at=1)


def old_findings(found: Upgrade) -> list[str]:
    """What the client does to answers and requests, or otherwise when async, and did before."""
    return _findings(found, at=2)


def _findings(found: Upgrade, *, at: int) -> list[str]:
    kept = [change.case for change in found.changes if change.case in found.new.cases and change.outcome != "broken"]
    sets = finding_sets(found.old, found.new, kept)
    return list(findings([{"id": one[0], "findings": one[at]} for one in sets], found.new.clients))


def names(cases: Sequence[str], most: int = _FEW) -> str:
    """The ids of cases, the first few of them."""
    more = f" and {len(cases) - most} more" if len(cases) > most else ""
    return ", ".join(case.removeprefix("sdk/") for case in cases[:most]) + more


def places(cause: Cause) -> list[Aspect]:
    """What else changed than the headline says, each place once."""
    first = {one.place: one for one in reversed(cause.aspects)}
    return [one for place, one in reversed(first.items()) if place != cause.aspects[0].place]


def aspect_text(one: Aspect) -> str:
    """What changed, in a line: words, or a place with each side cut around where they part."""
    if one.text or not one.place:
        return cut(one.text, _LONGEST_TEXT)
    old, new = shown(one.old), shown(one.new)
    same = next((at for at, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))
    start = max(same - _LONGEST // 3, 0) if max(len(old), len(new)) > _LONGEST else 0
    before = "…" if start else ""
    return f"{one.place}: {before}{cut(old[start:])} → {before}{cut(new[start:])}"


def shown(value: str | None) -> str:
    """A value as it is told; what is not there at all is said so."""
    return "absent" if value is None else value


def cut(text: str, longest: int = _LONGEST) -> str:
    """A text of one line's length."""
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
