"""How a run is split: each case is in one shard, every host splits alike, and no shard costs much more than another."""

from itertools import chain
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance import resources
from conformance.errors import UsageError
from conformance.recordings.costs import Cost, recorded_cost
from conformance.runs.inprocess import collect
from conformance.runs.sharding import SHARED, Planned, Shard, digest, split

COSTS = st.builds(Cost, st.integers(0, 20), st.integers(0, 30_000_000))
CASES = st.dictionaries(
    st.text("abc", min_size=1, max_size=6), st.tuples(COSTS, st.sampled_from(["", "", "one", "two"])), max_size=60
).map(lambda made: [Planned(name, cost, shared) for name, (cost, shared) in made.items()])


@settings(deadline=None)
@given(CASES, st.integers(1, 12))
def test_each_case_is_in_one_shard(cases: list[Planned], of: int) -> None:
    shards = split(cases, of)
    assert len(shards) == of
    assert sorted(chain.from_iterable(shards)) == sorted(one.id for one in cases)


@settings(deadline=None)
@given(CASES, st.integers(1, 12), st.randoms(use_true_random=False))
def test_in_whatever_order_the_cases_come(cases: list[Planned], of: int, order: Random) -> None:
    mixed = list(cases)
    order.shuffle(mixed)
    assert split(mixed, of) == split(cases, of)


@settings(deadline=None)
@given(CASES, st.integers(1, 12))
def test_no_shard_costs_more_than_another_by_more_than_a_case(cases: list[Planned], of: int) -> None:
    plain = [Planned(one.id, one.cost) for one in cases]
    weights = {one.id: one.cost.weight for one in plain}
    totals = [sum(weights[name] for name in shard) for shard in split(plain, of)]
    assert max(totals) - min(totals) <= max(weights.values(), default=0) + 1e-6


def test_cases_stay_with_their_shared_request_where_it_costs_more_than_they_do() -> None:
    light = [Planned(f"light-{number}", Cost(0, 1000), "shared") for number in range(6)]
    dear = [Planned(f"dear-{number}", Cost(1)) for number in range(3)]
    together = [{name[:5] for name in shard} for shard in split([*light, *dear], 2)]
    assert sorted(map(len, together)) == [1, 2], "the light ones are in one of them"


def test_the_cases_that_ship_are_split_evenly_and_shared_requests_cost_a_few() -> None:
    cases = [one.id for one in collect({"corpus": "none"})]
    costs = {name: recorded_cost(resources.directory("cassettes"), name) for name in cases}
    assert sum(cost.requests for cost in costs.values()) > 500
    assert sum(cost.bytes for cost in costs.values()) > 80e6
    assert max(costs, key=lambda name: costs[name].bytes).startswith("chat/image_limits.payload")
    totals = [
        sum(costs[name].weight for name in shard)
        for shard in split([Planned(name, cost) for name, cost in costs.items()], 4)
    ]
    assert max(totals) - min(totals) < 0.05 * max(totals)


def test_a_case_that_was_never_recorded_is_one_small_request() -> None:
    assert recorded_cost(resources.directory("cassettes"), "chat/vision.unheard-of") == Cost(1, 0) == SHARED


@pytest.mark.parametrize(
    "text", ["5/4", "0/4", "x", "", "1/0", "1", "1/2/3", "-1/2", "1.5/2", "１/２", "01/2", "1/2\n"]
)
def test_what_is_no_shard(text: str) -> None:
    with pytest.raises(UsageError, match="give K/N, such as 1/4, with K from 1 to N"):
        Shard.parse(text)


def test_what_is_one() -> None:
    assert str(Shard.parse("3/16")) == "3/16"


def test_the_digest_does_not_depend_on_the_order() -> None:
    assert digest(["b", "a"]) == digest(["a", "b"]) != digest(["ab"])
