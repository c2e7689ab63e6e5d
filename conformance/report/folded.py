"""Generated cases as people read thousands of them: folded by operation, and by what they vary there."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from conformance.report.anchors import anchor_of
from conformance.report.results import CaseRow, ExchangeRecord, Finding, Variation

Key = TypeVar("Key")
Thing = TypeVar("Thing")

KINDS = ("violation", "undecided", "warning")
"""The findings that a reader has to look into, the gravest first."""
_MODES = {"positive": "legal", "negative": "broken"}
_BODY = "the body"


@dataclass(frozen=True)
class GeneratedCase:
    """A row of a generated case, with the exchange of the request that was made for it."""

    row: CaseRow
    varies: Variation
    exchange: ExchangeRecord | None
    """None if nothing was sent, or the exchange is lost."""

    @property
    def operation(self) -> str:
        """The operation that it asks for."""
        return self.varies.operation

    @property
    def place(self) -> str:
        """What it varies, in words."""
        return self.varies.place or _BODY

    @property
    def mode(self) -> str:
        """Whether the request is legal or broken."""
        return _MODES[self.varies.mode]

    @property
    def kind(self) -> str:
        """In which way it varies, in words."""
        return self.varies.kind.replace("_", " ")

    @property
    def key(self) -> str:
        """The end of its id, by which `-k` finds it alone."""
        return self.row.id.rpartition("-")[2]

    @property
    def status(self) -> str:
        """What the request was answered with."""
        return self.exchange.status if self.exchange else "nothing sent"

    @property
    def bytes(self) -> int:
        """The length of the request's body."""
        return self.exchange.request.bytes if self.exchange else 0


@dataclass(frozen=True)
class Found:
    """What a generated case found about one requirement: the gravest first."""

    case: GeneratedCase
    findings: tuple[Finding, ...]

    @property
    def rank(self) -> tuple[int, int, str]:
        """Where it stands among others: the gravest first, of these the smallest request."""
        return KINDS.index(self.findings[0].kind), self.case.bytes, self.case.row.id

    @property
    def message(self) -> str:
        """The gravest finding, without the words for what the case varies: they stand beside it."""
        told = self.findings[0].message
        what = f"{self.case.kind} at {self.case.place} of {self.case.operation}"
        return told.removeprefix(what).lstrip(": ") or told

    @property
    def outcome(self) -> tuple[str, ...]:
        """What is told of it beside what it varies: cases that share it came to the same."""
        return self.message, *(text for found in self.findings for text in (found.kind, found.expected, found.actual))


@dataclass(frozen=True)
class FoundAtPlace:
    """What generated cases of one operation found that vary one place, the gravest and smallest first."""

    name: str
    found: tuple[Found, ...]


@dataclass(frozen=True)
class FoundGroup:
    """What the generated cases of one operation found about one requirement."""

    anchor: str
    operation: str
    kinds: Mapping[str, int]
    """How many cases found what kind at worst."""
    places: int
    example: Found
    """The gravest; of these, the smallest request."""
    others: tuple[FoundAtPlace, ...]

    @property
    def all(self) -> list[Found]:
        """The example and all others."""
        return [self.example, *(found for place in self.others for found in place.found)]


@dataclass(frozen=True)
class Place:
    """All cases of one operation and mode that vary one place."""

    anchor: str
    name: str
    mode: str
    cases: tuple[GeneratedCase, ...]
    kinds: Mapping[str, int]
    verdicts: Mapping[str, int]
    statuses: Mapping[str, int]

    @property
    def errors(self) -> list[str]:
        """Where the suite itself broke: the last line of each error."""
        return sorted({case.row.error.strip().splitlines()[-1] for case in self.cases if case.row.error.strip()})


@dataclass(frozen=True)
class Operation:
    """All cases of one operation, by place."""

    anchor: str
    name: str
    surface: str
    places: tuple[Place, ...]
    modes: Mapping[str, int]
    verdicts: Mapping[str, int]


def generated_cases(rows: Iterable[CaseRow], exchanges: Mapping[str, ExchangeRecord]) -> dict[str, GeneratedCase]:
    """The generated ones of the rows, by id. `exchanges` are by id, too."""
    return {row.id: GeneratedCase(row, row.varies, _own(row, exchanges)) for row in rows if row.varies}


def _own(row: CaseRow, exchanges: Mapping[str, ExchangeRecord]) -> ExchangeRecord | None:
    """The exchange that a case is about: its own last one. The others are the plain request's, which cases share."""
    known = [exchanges[name] for name in row.exchanges if name in exchanges]
    own = [exchange for exchange in known if exchange.id.rpartition("#")[0] == row.id]
    found = own or known
    return found[-1] if found else None


def by_operation(cases: Iterable[GeneratedCase]) -> list[Operation]:
    """The cases by operation, then by place and mode, in the order of their ids."""
    folded = []
    for name, group in _grouped(cases, lambda case: case.operation).items():
        places = _grouped(sorted(group, key=_in_order), lambda case: (case.place, case.mode))
        folded.append(
            Operation(
                anchor=anchor_of("operation", name),
                name=name,
                surface=group[0].row.id.partition("/")[0],
                places=tuple(_place(anchor_of("place", name, *key), *key, found) for key, found in places.items()),
                modes=Counter(case.mode for case in group),
                verdicts=Counter(case.row.verdict for case in group),
            )
        )
    return folded


def _in_order(case: GeneratedCase) -> tuple[bool, str, bool]:
    """The body as a whole, then its members; what is legal first."""
    return case.place != _BODY, case.place, case.mode != "legal"


def _place(anchor: str, name: str, mode: str, cases: Sequence[GeneratedCase]) -> Place:
    kinds = Counter(case.kind for case in cases)
    return Place(
        anchor,
        name,
        mode,
        tuple(cases),
        kinds=dict(kinds.most_common()),
        verdicts=Counter(case.row.verdict for case in cases),
        statuses=dict(sorted(Counter(case.status for case in cases).items())),
    )


def found_groups(found: Iterable[Found], requirement: str) -> tuple[FoundGroup, ...]:
    """What generated cases found about a requirement: by operation, the one with the gravest first, then by place."""
    ranked = sorted(found, key=lambda one: one.rank)
    groups = []
    for operation, group in _grouped(ranked, lambda one: one.case.operation).items():
        example, *others = group
        by_place = _grouped(others, lambda one: one.case.place)
        groups.append(
            FoundGroup(
                anchor=anchor_of("found", requirement, operation),
                operation=operation,
                kinds=Counter(one.findings[0].kind for one in group),
                places=len({one.case.place for one in group}),
                example=example,
                others=tuple(FoundAtPlace(place, tuple(found)) for place, found in by_place.items()),
            )
        )
    return tuple(groups)


def _grouped(things: Iterable[Thing], key: Callable[[Thing], Key]) -> dict[Key, list[Thing]]:
    groups: dict[Key, list[Thing]] = {}
    for thing in things:
        groups.setdefault(key(thing), []).append(thing)
    return groups
