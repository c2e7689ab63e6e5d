"""What came of comparing client observations, for people: in the terminal, and as Markdown for a pull request."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from conformance.compare.contract import trouble
from conformance.compare.observations import OUTCOMES, CaseChange, Difference, Observed, Outcome

_MOST = 6
"""Differences of a group that are told."""
_LONGEST = 110
_FEW = 3


@dataclass(frozen=True)
class Group:
    """Cases with the same outcome, for the same reason, in which the same places differ in the same way."""

    outcome: Outcome
    why: str
    differences: tuple[Difference, ...]
    cases: tuple[str, ...]
    off_contract: str = ""
    """What of the new requests is not as the documents say."""


@dataclass(frozen=True)
class Upgrade:
    """Two runs side by side."""

    old: Observed
    new: Observed
    changes: Sequence[CaseChange]
    groups: Sequence[Group] = field(default_factory=list)

    @property
    def counts(self) -> dict[Outcome, int]:
        """How many cases have each outcome."""
        counted = Counter(change.outcome for change in self.changes)
        return {outcome: counted[outcome] for outcome in OUTCOMES if counted[outcome]}

    @property
    def breaks(self) -> bool:
        """Whether any case broke."""
        return "broken" in self.counts

    @property
    def verdict(self) -> str:
        """The counts in words."""
        return ", ".join(f"{count} {outcome}" for outcome, count in self.counts.items()) or "nothing to compare"


def upgrade(old: Observed, new: Observed, changes: Sequence[CaseChange]) -> Upgrade:
    """The changes, those that are alike put together, the gravest and then the largest group first."""
    alike: dict[tuple[Outcome, str, tuple[Difference, ...]], list[CaseChange]] = {}
    for change in changes:
        if change.outcome != "unchanged":
            # Which of two requests differs is not what tells two groups apart.
            alike.setdefault((change.outcome, change.why, _told(change)), []).append(change)
    groups = [
        Group(outcome, why, differences, tuple(one.case for one in same), _off_contract(old, new, same[0]))
        for (outcome, why, differences), same in alike.items()
    ]
    groups.sort(key=lambda group: (OUTCOMES.index(group.outcome), -len(group.cases)))
    return Upgrade(old, new, changes, groups)


def _told(change: CaseChange) -> tuple[Difference, ...]:
    return tuple(dict.fromkeys(change.differences))


def _off_contract(old: Observed, new: Observed, change: CaseChange) -> str:
    """Whether the wire has left the contract with the newer client: what the older has sent is what it is held against."""
    if not any(one.side == "wire" for one in change.differences):
        return ""
    before = {trouble(sent) for sent in old.cases[change.case]["sent"]}
    now = [found for sent in new.cases[change.case]["sent"] if (found := trouble(sent))]
    return next((found for found in now if found not in before), "")


def lines(found: Upgrade) -> Iterator[tuple[Outcome | None, str]]:
    """The lines of the terminal, each with the outcome that it is about."""
    yield None, f"old  {found.old.named(found.new)}"
    yield None, f"new  {found.new.named(found.old)}"
    for group in found.groups:
        yield group.outcome, f"{group.outcome}: {_few(group.cases)}"
        if group.why:
            yield group.outcome, f"    {cut(group.why)}"
        if group.off_contract:
            yield group.outcome, f"    against the documents: {cut(group.off_contract)}"
        for one in group.differences[:_MOST]:
            yield None, f"    {one.side} {one.where}: {cut(shown(one.old))} → {cut(shown(one.new))}"
        if len(group.differences) > _MOST:
            yield None, f"    and {len(group.differences) - _MOST} more places"
    yield ("broken" if found.breaks else "unchanged"), found.verdict


def markdown(found: Sequence[Upgrade]) -> str:
    """A comment for a pull request."""
    return "\n".join(map(_table, found))


def _table(found: Upgrade) -> str:
    rows = [f"| {group.outcome} | {_few(group.cases)} | {_why(group)} |" for group in found.groups]
    head = [f"### {_code(found.old.named(found.new))} → {_code(found.new.named(found.old))}: {found.verdict}", ""]
    table = ["| | cases | what changed |", "| --- | --- | --- |", *rows] if rows else []
    return "\n".join([*head, *table, ""])


def _why(group: Group) -> str:
    told = [
        *([group.why] if group.why else []),
        *([f"against the documents: {group.off_contract}"] if group.off_contract else []),
    ]
    told += [
        f"{one.side} {one.where}: {cut(shown(one.old))} → {cut(shown(one.new))}" for one in group.differences[:_FEW]
    ]
    more = len(group.differences) - _FEW
    return "<br>".join(_code(cut(one)) for one in told) + (f"<br>and {more} more places" if more > 0 else "")


def _code(text: str) -> str:
    """Text that neither Markdown nor HTML obeys."""
    plain = text.replace("`", "ˋ").replace("|", "∣").replace("\n", " ").replace("\r", " ")
    return f"`{plain}`"


def _few(cases: Sequence[str]) -> str:
    more = f" and {len(cases) - _FEW} more" if len(cases) > _FEW else ""
    return ", ".join(case.removeprefix("sdk/") for case in cases[:_FEW]) + more


def shown(value: str | None) -> str:
    """A value as it is told; what is not there at all is said so."""
    return "absent" if value is None else value


def cut(text: str) -> str:
    """A text of one line's length."""
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
