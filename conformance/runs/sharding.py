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


SHARED = Cost()
"""A shared request is a plain one."""


def split(cases: Iterable[Planned], of: int) -> list[list[str]]:
    """The ids of the cases of each of so many shards.

    The dearest come first, each where it makes the total least: where its shared request is sent anyway, if that matters.
    """
    loads, requests, shards = [0.0] * of, [set[str]() for _ in range(of)], [list[str]() for _ in range(of)]

    def total(planned: Planned, number: int) -> float:
        added = SHARED.weight if planned.shared and planned.shared not in requests[number] else 0.0
        return loads[number] + planned.cost.weight + added

    for planned in sorted(cases, key=lambda one: (-one.cost.weight, one.id)):
        best = min(range(of), key=partial(total, planned))
        loads[best] = total(planned, best)
        requests[best].add(planned.shared)
        shards[best].append(planned.id)
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
