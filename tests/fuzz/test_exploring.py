"""A planted crash is found and made small; nothing is found where nothing is wrong."""

from collections.abc import Callable
from typing import Any

import pytest

from conformance.fuzz.budget import Budget
from conformance.fuzz.exploring import Explorer
from conformance.fuzz.strategies import arms
from conformance.reference.calls import Answer, Call
from conformance.reference.errors import Refusal
from conformance.reference.server import running
from conformance.reference.variant import Variant
from tests.fuzz.conftest import TOKEN, Explore, settings_at


def _body(call: Call) -> dict[str, Any]:
    return call.body if isinstance(call.body, dict) else {}


def _stops_four_times(call: Call) -> bool:
    stop = _body(call).get("stop")
    return isinstance(stop, list) and len(stop) == 4


def _is_cold(call: Call) -> bool:
    return call.surface == "chat" and repr(_body(call).get("temperature")) in ("0", "0.0")


def _chooses_of_tools(call: Call) -> bool:
    return call.surface == "responses" and isinstance(_body(call).get("tool_choice"), dict) and "tools" in _body(call)


def crash(name: str, when: Callable[[Call], bool]) -> Variant:
    """A gateway that breaks on such calls."""

    def breaks(call: Call) -> Call:
        if when(call):
            raise Refusal("internal error", status=500)
        return call

    return Variant(name, "breaks", request=breaks)


PLANTED: list[tuple[str | Variant, int, set[str]]] = [
    ("odd-safety-settings-500", 1, {"safetySettings"}),
    ("odd-astral-text-500", 3, {"tools"}),
    (crash("four-stops", _stops_four_times), 3, {"stop"}),
    (crash("cold", _is_cold), 2, {"temperature"}),
    (crash("tool-choice", _chooses_of_tools), 3, {"tool_choice", "tools"}),
]


@pytest.mark.parametrize(
    ("planted", "seed", "members"), PLANTED, ids=[str(getattr(one, "name", one)) for one, _, _ in PLANTED]
)
def test_a_planted_crash_is_found_and_made_small(
    explore: Explore, planted: str | Variant, seed: int, members: set[str]
) -> None:
    done = explore(planted, seed=seed)
    [found] = done.found
    assert done.budget.sent <= 500
    assert found.exchange.status == 500
    assert found.finding.kind in ("violation", "warning")
    assert "breaks the target" in found.finding.message
    assert found.members == members, "nothing is left in it that it does not need"
    assert len(found.exchange.request.body) < 400


def test_what_is_broken_beside_the_point_does_not_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    """A broken request finds a crash that a legal one meets as well: the legal one is smaller, and graver."""
    monkeypatch.setenv("DATABRICKS_TOKEN", TOKEN)
    [arm] = (arm for arm in arms(("chat",)) if arm.mode == "negative")
    body = {"messages": "no list", "stop": ["a", "b", "c", "d"], "temperature": 0.5}
    planted = crash("four-stops", _stops_four_times)
    with running(fault=planted, token=TOKEN) as url:
        explorer = Explorer(settings_at(url), Budget(500, 600, 10**6), 1)
        found = explorer._new_discovery(arm, body, 500)
        assert found
        assert found.case.mode == "negative"
        small = explorer._small(arm, found)
    assert (small.case.mode, small.members, small.requirement) == ("positive", {"stop"}, "SPEC-VALID-ANSWERED")


def test_a_wrong_answer_on_a_rare_branch_is_found(explore: Explore) -> None:
    done = explore("odd-usage-is-text-after-stop", seed=3, surfaces="chat", requests=200)
    [found] = done.found
    assert (found.requirement, found.finding.path) == ("CHAT-USAGE-KEYS", "usage.prompt_tokens")
    assert found.members == {"stop"}


def test_what_is_forbidden_and_taken_is_found(explore: Explore) -> None:
    done = explore("odd-store-of-another-type-taken", seed=1, surfaces="responses", requests=300)
    [found] = done.found
    assert (found.requirement, found.case.forbidden_by) == ("RESP-400-STORE", "RESP-400-STORE")
    assert "store" in found.members


def test_nothing_is_found_where_nothing_is_wrong(explore: Explore) -> None:
    done = explore(None, seed=5, requests=80)
    assert done.found == []
    assert done.budget.sent == 80
    assert {exchange.status for exchange in done.sent} <= {200, 400, 404, 413, 415, 422}


def test_the_same_seed_sends_the_same_requests(explore: Explore) -> None:
    def sent(seed: int) -> list[tuple[str, bytes]]:
        done = explore(None, seed=seed, requests=25)
        return [(exchange.request.path, exchange.request.body) for exchange in done.sent]

    first = sent(7)
    assert len(first) > 15
    assert sent(7) == first
    assert sent(8) != first


def test_one_defect_is_told_once(explore: Explore) -> None:
    """Whatever else a request varies, and whichever of two doors to the model it goes through."""
    done = explore("odd-safety-settings-500", seed=1, requests=70, most=5)
    assert [found.members for found in done.found] == [{"safetySettings"}], done.found
    assert done.budget.sent == 70


def test_two_defects_are_both_told(explore: Explore) -> None:
    def breaks(call: Call) -> Call:
        if _stops_four_times(call):
            raise Refusal("four stops", status=500)
        if call.surface == "chat" and isinstance(_body(call).get("tools"), list):
            raise Refusal("tools", status=505)
        return call

    done = explore(Variant("two", "breaks twice", request=breaks), seed=3, surfaces="chat", requests=400, most=2)
    assert {found.exchange.status for found in done.found} == {500, 505}


def test_a_target_that_answers_differently_each_time_ends_nothing(explore: Explore) -> None:
    count = 0

    def now_and_then(_: Call, answer: Answer) -> Answer:
        nonlocal count
        count += 1
        return Answer({"message": "oops", "error_code": "INTERNAL"}, 500) if count % 5 == 0 else answer

    done = explore(Variant("flaky", "breaks now and then", response=now_and_then), seed=2, requests=60, most=100)
    assert done.budget.sent <= 60
    assert done.found
