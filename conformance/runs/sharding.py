"""`--shard K/N`: one of N parts of a run, which together hold each selected case once and cost about the same.

Every host splits alike: by the ids of the cases and by what they sent when the recordings that ship were made.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import sha256

import pytest

from conformance import resources
from conformance.corpus.case import GeneratedCase
from conformance.corpus.frozen import plain_of
from conformance.errors import UsageError
from conformance.probing.generated import id_of_legal
from conformance.recordings.costs import Cost, recorded_cost
from conformance.report import results
from conformance.runs.items import case_id

SHARED = Cost()
"""What a request costs that cases share: it is a plain one."""


@dataclass(frozen=True)
class Shard:
    """The part `number` of `of`, counted from 1."""

    number: int
    of: int

    @classmethod
    def parse(cls, text: str) -> "Shard":
        """From K/N. Raises `UsageError`."""
        found = re.fullmatch(r"([1-9][0-9]{0,3})/([1-9][0-9]{0,3})", text)
        if not found or int(found[1]) > int(found[2]):
            raise UsageError(f"--shard {text!r} is none: give K/N, such as 1/4, with K from 1 to N")
        return cls(int(found[1]), int(found[2]))

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"


@dataclass(frozen=True)
class Planned:
    """A case before it runs: what it costs alone, and the request that others need as well, sent once in each shard."""

    id: str
    cost: Cost
    shared: str = ""
    """The case that the shared request belongs to, which may be this one; empty: none."""

    @property
    def shared_weight(self) -> float:
        """What the shared request costs where it is not sent anyway."""
        return SHARED.weight if self.shared else 0.0


def split(cases: Sequence[Planned], of: int) -> list[list[str]]:
    """The ids of the cases of each of so many shards.

    The dearest come first, each where the total is least; but as long as there is room, where its shared request is sent
    anyway.
    """
    loads, requests, shards = [0.0] * of, [set[str]() for _ in range(of)], [list[str]() for _ in range(of)]
    together = {one.shared for one in cases if one.shared}
    share = (sum(one.cost.weight for one in cases) + len(together) * SHARED.weight) / of

    def total(planned: Planned, number: int) -> float:
        return loads[number] + planned.cost.weight + planned.shared_weight * (planned.shared not in requests[number])

    def place(planned: Planned, number: int) -> tuple[bool, float]:
        has_room = planned.shared in requests[number] and total(planned, number) <= share
        return not has_room, total(planned, number)

    for planned in sorted(cases, key=lambda one: (-one.cost.weight - one.shared_weight, one.id)):
        best = min(range(of), key=partial(place, planned))
        loads[best] = total(planned, best)
        shards[best].append(planned.id)
        if planned.shared:
            requests[best].add(planned.shared)
    return shards


def shard_of(shard: Shard, items: Sequence[pytest.Item]) -> results.Shard:
    """What falls to a shard of the selected cases."""
    planned = list({one.id: one for one in map(_planned, items)}.values())
    ids = split(planned, shard.of)[shard.number - 1]
    return results.Shard(
        cases=tuple(sorted(ids)), selected=len(planned), selected_sha256=digest(one.id for one in planned)
    )


def digest(ids: Iterable[str]) -> str:
    """The SHA-256 (hex) of the ids of cases, whatever their order."""
    return sha256("".join(f"{name}\n" for name in sorted(ids)).encode()).hexdigest()


def _planned(item: pytest.Item) -> Planned:
    name = case_id(item)
    parameters = item.callspec.params if isinstance(item, pytest.Function) and hasattr(item, "callspec") else {}
    generated = parameters.get("generated")
    if not isinstance(generated, GeneratedCase):
        return Planned(name, recorded_cost(resources.directory("cassettes"), name))
    # A request that breaks its spec is held against the plain one.
    shared = id_of_legal(plain_of(generated)) if generated.mode == "negative" or generated.is_plain else ""
    return Planned(name, Cost(0 if shared == name else 1), shared)
