"""What came of comparing client observations, for people: in the terminal, and as Markdown for a pull request."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from conformance.sdk.agreement import kind
from conformance.sdk.contract import contract_violation
from conformance.sdk.observations import OUTCOMES, CaseChange, Difference, Observed, Outcome
from conformance.sdk.summary import findings

_MOST = 8
"""Differences of a group that are told."""
_VALUES = 2
"""Pairs of values that are told of one place."""
_LONGEST = 110
_FEW = 3
_MOST_GROUPS = 12
"""Groups that the terminal tells."""
_RESULTS = ("type", "classes", "value", "events", "count", "error")
_OF_A_REQUEST, _OF_AN_EVENT = re.compile(r"^\[\d+\]\."), re.compile(r"^events\[\d+\]")


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
    """The changes, those that are alike put together."""
    return Upgrade(old, new, changes, grouped(old, new, changes))


def grouped(old: Observed, new: Observed, changes: Sequence[CaseChange]) -> list[Group]:
    """The changes put together where outcome, reason and places are the same; the gravest, then the largest group first."""
    alike: dict[tuple[object, ...], list[CaseChange]] = {}
    for change in changes:
        if change.outcome != "unchanged":
            folded = _folded(change)
            places = frozenset((one.side, one.where) for one in [one for one in folded if one.matters] or folded)
            alike.setdefault((change.outcome, change.why.partition(":")[0], places), []).append(change)
    groups = [
        Group(
            same[0].outcome, same[0].why, _typical_differences(same), tuple(one.case for one in same),
            next(filter(None, (_off_contract(old, new, one) for one in same)), ""),
        )
        for same in alike.values()
    ]  # fmt: skip
    return sorted(groups, key=_gravity)


def _gravity(group: Group) -> tuple[int, bool, int]:
    return OUTCOMES.index(group.outcome), not any(one.matters for one in group.differences), -len(group.cases)


def _typical_differences(same: Sequence[CaseChange]) -> tuple[Difference, ...]:
    """The places in which cases that are alike differ, each with the values that most of them have, and the next most."""
    places: dict[tuple[str, str], Counter[Difference]] = {}
    for change in same:
        for one in _folded(change):
            places.setdefault((one.side, one.where), Counter())[one] += 1
    return tuple(one for values in places.values() for one, _ in values.most_common(_VALUES))


def _folded(change: CaseChange) -> tuple[Difference, ...]:
    """The differences, each place once: in which event, or in which of several requests, is no other place."""
    kept: dict[tuple[str, str], Difference] = {}
    for one in change.differences:
        if one.side == "caller" and one.where in _RESULTS and change.why and None in (one.old, one.new):
            continue  # the reason says it: an exception in place of a result, or the other way round
        where = _OF_AN_EVENT.sub("events[*]", _OF_A_REQUEST.sub("", one.where))
        kept.setdefault((one.side, where), replace(one, where=where))
    return tuple(kept.values())


def _off_contract(old: Observed, new: Observed, change: CaseChange) -> str:
    """Whether the wire has left the contract with the newer client: what the older has sent is what it is held against."""
    if not any(one.side == "wire" for one in change.differences):
        return ""
    before = {contract_violation(sent) for sent in old.cases[change.case]["sent"]}
    now = [found for sent in new.cases[change.case]["sent"] if (found := contract_violation(sent))]
    return next((found for found in now if found not in before), "")


def lines(found: Upgrade) -> Iterator[tuple[Outcome | None, str]]:
    """The lines of the terminal, each with the outcome that it is about."""
    yield None, f"old  {found.old.named(found.new)}"
    yield None, f"new  {found.new.named(found.old)}"
    for group in found.groups[:_MOST_GROUPS]:
        yield group.outcome, f"{group.outcome}: {_few(group.cases)}"
        if group.why:
            yield group.outcome, f"    {cut(group.why)}"
        if group.off_contract:
            yield group.outcome, f"    against the documents: {cut(group.off_contract)}"
        for one in group.differences[:_MOST]:
            yield None, f"    {difference_text(one)}"
        if len(group.differences) > _MOST:
            yield None, f"    and {len(group.differences) - _MOST} more places"
    if len(found.groups) > _MOST_GROUPS:
        yield None, f"and {len(found.groups) - _MOST_GROUPS} more groups of cases: --html FILE shows them"
    for finding in finding_lines(found):
        yield None, finding
    yield ("broken" if found.breaks else "unchanged"), found.verdict


def finding_lines(found: Upgrade) -> Iterator[str]:
    """What the client does to answers and requests: what it did before too, and what is new and broke nothing."""
    kept = [change.case for change in found.changes if change.case in found.new.cases and change.outcome != "broken"]
    for word, is_old in (("new", False), ("as before", True)):
        cases = []
        for case in kept:
            before = {kind(str(one)) for one in found.old.cases.get(case, {}).get("findings", ())}
            of_kind = [one for one in found.new.cases[case].get("findings", ()) if (kind(str(one)) in before) is is_old]
            cases.append({"id": case, "findings": of_kind})
        yield from (f"{word}: {one}" for one in findings(cases, found.new.clients))


def markdown(found: Sequence[Upgrade]) -> str:
    """A comment for a pull request."""
    return "\n".join(map(_table, found))


def _table(found: Upgrade) -> str:
    rows = [f"| {group.outcome} | {_few(group.cases)} | {_why(group)} |" for group in found.groups]
    head = [f"### {_code(found.old.named(found.new))} → {_code(found.new.named(found.old))}: {found.verdict}", ""]
    table = ["| | cases | what changed |", "| --- | --- | --- |", *rows] if rows else []
    still = ["", *(f"- {_code(cut(one))}" for one in finding_lines(found))]
    return "\n".join([*head, *table, *still, ""])


def _why(group: Group) -> str:
    words = [
        *([cut(group.why)] if group.why else []),
        *([cut(f"against the documents: {group.off_contract}")] if group.off_contract else []),
    ]
    words += [difference_text(one) for one in group.differences[:_FEW]]
    more = len(group.differences) - _FEW
    return "<br>".join(_code(one) for one in words) + (f"<br>and {more} more places" if more > 0 else "")


def _code(text: str) -> str:
    """Text that neither Markdown nor HTML obeys."""
    plain = text.replace("`", "ˋ").replace("|", "∣").replace("\n", " ").replace("\r", " ")
    return f"`{plain}`"


def summary_line(group: Group) -> str:
    """A group in one line, without its cases."""
    first = next(iter(group.differences), None)
    what = cut(group.why) or (difference_text(first) if first else "")
    return f"{group.outcome}: {_few(group.cases)}: {what}".removesuffix(": ")


def _few(cases: Sequence[str]) -> str:
    more = f" and {len(cases) - _FEW} more" if len(cases) > _FEW else ""
    return ", ".join(case.removeprefix("sdk/") for case in cases[:_FEW]) + more


def difference_text(one: Difference) -> str:
    """A difference in a line: each side cut around the place where they part."""
    old, new = shown(one.old), shown(one.new)
    same = next((at for at, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))
    start = max(same - _LONGEST // 3, 0) if max(len(old), len(new)) > _LONGEST else 0
    before = "…" if start else ""
    return f"{one.side} {one.where}: {before}{cut(old[start:])} → {before}{cut(new[start:])}"


def shown(value: str | None) -> str:
    """A value as it is told; what is not there at all is said so."""
    return "absent" if value is None else value


def cut(text: str) -> str:
    """A text of one line's length."""
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
