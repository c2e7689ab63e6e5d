"""Two runs of the client cases: what became of each case, at its gravest, and everything else that changed in it."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from conformance.observer.clients import client_of
from conformance.sdk.agreement import kind
from conformance.sdk.contract import contract_violation
from conformance.sdk.differences import Difference, for_the_caller, on_the_wire, posts
from conformance.sdk.exceptions import (
    Error,
    alike,
    alike_in_place,
    client_classes,
    error_of,
    error_text,
    has_no_end,
    own_classes,
    slips_through,
)
from conformance.sdk.observations import Observed

Outcome = Literal[
    "broken", "type errors", "slower", "more requests", "fewer requests", "wire changed", "caller sees something else",
    "connections", "warns", "fixed", "answered otherwise", "caller sees more", "other headers", "new", "gone", "unchanged",
]  # fmt: skip
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
"""The gravest first. Where the gateway has answered the same request otherwise, nothing is known of the client."""
FAILING: tuple[Outcome, ...] = ("broken", "type errors")
"""What fails a comparison, unless it is accepted."""
AGAINST = "against the documents"
"""The place of what the newer client sends and the documents do not have."""
_ANSWER = ("status", "answer")
"""What an observation keeps of an answer as it came; the rest is of the request."""
_TIMES, _LONGER_S = 10, 1.0
"""How much longer a call must take to be told as slower: so many times, and so many seconds more."""
_OWN_OUTCOME = ("request:", "sync and async differ:")
"""Findings that break nothing by themselves: what is sent shows on the wire, what differs in one version is no change."""
Case = Mapping[str, Any]


@dataclass(frozen=True)
class Aspect:
    """One thing that changed in a case: told in words, or as a place with what was there and what is."""

    outcome: Outcome
    place: str
    """Such as `wire body.n`; of what is told in words what all cases have in common that changed for the same reason."""
    text: str = ""
    old: str | None = None
    new: str | None = None


@dataclass(frozen=True)
class CaseChange:
    """What became of one case."""

    case: str
    aspects: tuple[Aspect, ...] = ()

    @property
    def outcome(self) -> Outcome:
        """The gravest."""
        return min((one.outcome for one in self.aspects), key=OUTCOMES.index, default="unchanged")


def compare(old: Observed, new: Observed) -> list[CaseChange]:
    """Each case of both runs, the gravest change first. Cases of clients that only one run has are left out."""
    common = {client_of(case) for case in old.cases} & {client_of(case) for case in new.cases}
    asked = {*old.cases, *new.cases} if not new.is_partial else {*new.cases}
    names = [case for case in sorted(asked) if client_of(case) in common]
    if old.recordings != new.recordings:  # then each has cases that the other cannot have
        names = [case for case in names if "_recorded." not in case or {case} <= old.cases.keys() & new.cases.keys()]
    imports = _of_imports(old, new)
    comparing = _Comparing(old, new)
    found = [comparing.of_case(case) for case in names if case not in imports]
    told = [CaseChange(case, aspects) for case, aspects in imports.items() if client_of(case) in common and aspects]
    return sorted([*(one for one in found if one), *told], key=lambda change: OUTCOMES.index(change.outcome))


def _of_imports(old: Observed, new: Observed) -> dict[str, tuple[Aspect, ...]]:
    """By case: what became of the cases of each file that only one of the runs could import.

    Of the case that stands for the import itself nothing is told, where others stand for it.
    """
    found = dict[str, tuple[Aspect, ...]]()
    for one, other, outcome, words in (
        (new, old, "broken", "cannot be imported"),
        (old, new, "fixed", "it could not be imported before"),
    ):
        for case, error in _imports(one.cases):
            lost = [name for name in other.cases if _is_of_file(name, case)]
            if lost and case not in other.cases:
                text = f"{words}: {error_text(error)}"
                aspect = Aspect("broken" if outcome == "broken" else "fixed", alike(text), text)
                found |= {case: ()} | dict.fromkeys(lost, (aspect,))
    return found


def _imports(cases: Mapping[str, Case]) -> Iterator[tuple[str, Error]]:
    """The cases that stand for a file that cannot be imported; none of its own is there, one called `test_import` included."""
    for name, case in cases.items():
        error = error_of(case["seen"])
        is_alone = name.endswith(".import") and not any(_is_of_file(other, name) for other in cases if other != name)
        if is_alone and error and not case["sent"]:
            yield name, error


def _is_of_file(case: str, its_import: str) -> bool:
    return case.startswith(its_import.removesuffix("import")) and not case.endswith(".types")


class _Comparing:
    """Compares the cases of two runs."""

    def __init__(self, old: Observed, new: Observed) -> None:
        self._old, self._new = old, new
        self._both_asked = old.is_asked_all and new.is_asked_all
        errors = (error_of(case["seen"]) for case in old.cases.values())
        self._known = frozenset[str]().union(*(own_classes(error) for error in errors if error))
        """The classes of the older client's own exceptions."""
        both = [(old.cases[case]["seen"], new.cases[case]["seen"]) for case in old.cases.keys() & new.cases.keys()]
        self._in_place_of_answers = {
            alike(error_text(now)) for was, seen in both if (now := error_of(seen)) and not error_of(was)
        }
        """What is raised where there was an answer. Where there was another exception, it is raised for the same reason."""

    def of_case(self, case: str) -> CaseChange | None:
        """What became of a case; None where only one of the runs has looked at it at all."""
        old, new = self._old.cases.get(case), self._new.cases.get(case)
        if any(one and "types" in one["seen"] for one in (old, new)):
            return CaseChange(case, tuple(_of_types(old, new))) if old and new else None
        if old is None or new is None:
            return CaseChange(case, (Aspect("new" if old is None else "gone", ""),))
        return CaseChange(case, tuple(self._aspects(old, new)))

    def _aspects(self, old: Case, new: Case) -> Iterator[Aspect]:
        was, now = error_of(old["seen"]), error_of(new["seen"])
        if _is_answered_otherwise(old, new):
            yield Aspect("answered otherwise", "", "the gateway has said something else to the same request")
            return
        if was and not posts(old["sent"]) and posts(new["sent"]) and not new.get("failure") and not has_no_end(now):
            text = f"it could not be called before: {error_text(was)}"
            yield Aspect("new" if now else "fixed", alike(text), text)
            return
        if worse := self._worse(old, new):
            yield Aspect("broken", *worse)
        elif better := _better(old, new):
            yield Aspect("fixed", *better)
        if not (was and not now):  # what is answered takes longer than what failed
            yield from _of_duration(old, new)
        yield from _of_requests(old, new)
        yield from self._of_places(old, new)
        yield from _of_connections(old, new)
        if self._both_asked:
            yield from _of_warnings(old["seen"], new["seen"])

    def _worse(self, old: Case, new: Case) -> tuple[str, str] | None:
        """Why the caller is worse off now: what all such cases have in common, and in words."""
        if found := _failing(old, new):
            return found
        was, now = error_of(old["seen"]), error_of(new["seen"])
        if was and now and slips_through(was, now, self._known):
            if (place := alike(error_text(now))) in self._in_place_of_answers:
                return place, error_text(now)
            before = ", ".join(sorted(client_classes(was)))
            what = f"{now.get('type')} is raised, which is no {before}: {now.get('text')}"
            return f"slips through: {now.get('type')}", what
        return _lost(old, new)

    def _of_places(self, old: Case, new: Case) -> Iterator[Aspect]:
        """What differs on the wire and for the caller, each place once: in which of several events is no other place."""
        differing = [*on_the_wire(old["sent"], new["sent"])]
        is_wire = any(one.matters for one in differing)
        differing += for_the_caller(old["seen"], new["seen"], both_asked=self._both_asked)
        told = set[str]()
        for one in differing:
            if one.place not in told:
                told.add(one.place)
                yield Aspect(_outcome(one), one.place, "", one.old, one.new)
        if is_wire and (against := _off_contract(old, new)):
            yield Aspect("wire changed", f"{AGAINST}: {alike_in_place(against)}", f"{AGAINST}: {against}")


def _outcome(one: Difference) -> Outcome:
    if one.side == "wire":
        return "wire changed" if one.matters else "other headers"
    return "caller sees more" if one.old is None else "caller sees something else"


def _failing(one: Case, other: Case) -> tuple[str, str] | None:
    """Whether the other fails where one did not: by its own assertion, by no end, by an exception, before it has asked."""
    was, now = error_of(one["seen"]), error_of(other["seen"])
    if other.get("failure") and not one.get("failure"):
        text = error_text(other["failure"])
    elif now and (
        not was or (has_no_end(now) and not has_no_end(was)) or (posts(one["sent"]) and not posts(other["sent"]))
    ):
        text = error_text(now)
    else:
        return None
    return alike(text), text


def _better(old: Case, new: Case) -> tuple[str, str] | None:
    """What the caller was worse off with before."""
    return _failing(new, old) or _lost(new, old)


def _lost(one: Case, other: Case) -> tuple[str, str] | None:
    """The first finding of the other whose like one does not have."""
    known = {kind(str(finding)) for finding in one.get("findings", ())}
    for finding in map(str, other.get("findings", ())):
        if not finding.startswith(_OWN_OUTCOME) and kind(finding) not in known:
            return ": ".join(filter(None, kind(finding))), finding
    return None


def _is_answered_otherwise(old: Case, new: Case) -> bool:
    """Whether the same was asked, and something else was answered."""
    was, now = old["sent"], new["sent"]
    asked = [[{name: one[name] for name in one if name not in _ANSWER} for one in sent] for sent in (was, now)]
    return asked[0] == asked[1] and any(
        before[name] != after[name]
        for before, after in zip(was, now, strict=True)
        for name in before.keys() & after.keys() & {*_ANSWER}
    )


def _of_types(old: Case, new: Case) -> Iterator[Aspect]:
    was, now = ([str(entry) for entry in one["seen"].get("types", ())] for one in (old, new))
    yield from (Aspect("type errors", entry, entry) for entry in dict.fromkeys(now) if entry not in was)
    yield from (Aspect("fixed", entry, f"no longer: {entry}") for entry in dict.fromkeys(was) if entry not in now)


def _of_duration(old: Case, new: Case) -> Iterator[Aspect]:
    """Only where both runs have taken the time."""
    was, now = (one.get("duration_s") for one in (old, new))
    if isinstance(was, int | float) and isinstance(now, int | float) and now > max(was * _TIMES, was + _LONGER_S):
        yield Aspect("slower", "duration", "", f"{was:.3g} s", f"{now:.3g} s")


def _of_requests(old: Case, new: Case) -> Iterator[Aspect]:
    was, now = posts(old["sent"]), posts(new["sent"])
    if was != now:
        yield Aspect("more requests" if now > was else "fewer requests", "requests", "", str(was), str(now))


def _of_connections(old: Case, new: Case) -> Iterator[Aspect]:
    """Only where both runs have counted them, and both have connected: that nothing is sent is told by the requests."""
    was, now = (one.get("connections") for one in (old, new))
    if was and now and was != now:
        yield Aspect("connections", "connections", "", str(was), str(now))


def _of_warnings(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Aspect]:
    """New warnings, and new lines of logs; those that are gone where none is new, and no exception has come before them."""
    for name, what in (("warnings", "warning"), ("logs", "log")):
        was, now = ({": ".join(map(str, entry)) for entry in one.get(name, ())} for one in (old, new))
        like = {alike(entry) for entry in was}
        added = [entry for entry in sorted(now - was) if alike(entry) not in like]
        yield from (Aspect("warns", f"{what}: {alike(entry)}", f"{what}: {entry}") for entry in added)
        if not added and not (error_of(new) and not error_of(old)):
            still = {alike(entry) for entry in now}
            gone = [entry for entry in sorted(was - now) if alike(entry) not in still]
            yield from (Aspect("fixed", f"no longer: {alike(entry)}", f"no longer: {what}: {entry}") for entry in gone)


def _off_contract(old: Case, new: Case) -> str:
    """Whether the wire has left the contract with the newer client: what the older has sent is what it is held against."""
    before = {contract_violation(sent) for sent in old["sent"]}
    return next((found for sent in new["sent"] if (found := contract_violation(sent)) and found not in before), "")


def finding_sets(old: Observed, new: Observed, cases: Collection[str]) -> Iterator[tuple[str, list[str], list[str]]]:
    """Of each case that both runs have: its id, the findings that are new, and those that it had before."""
    for case in cases:
        before = {kind(str(one)) for one in old.cases.get(case, {}).get("findings", ())}
        found = [str(one) for one in new.cases[case].get("findings", ())]
        yield case, [one for one in found if kind(one) not in before], [one for one in found if kind(one) in before]
