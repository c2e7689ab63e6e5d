"""What is drawn is a case like any other: it asks for little, names no model, and is what it says."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.errors import HypothesisWarning

from conformance.corpus import annotations
from conformance.corpus.case import Mode
from conformance.corpus.making import MODEL
from conformance.corpus.operations import BUDGET, CAP, OPERATIONS
from conformance.fuzz.strategies import Arm, arms, as_case

ARMS = {(arm.operation.name, arm.mode): arm for arm in arms(())}
CHAT = ARMS["createChatCompletion", "positive"]
BROKEN_CHAT = ARMS["createChatCompletion", "negative"]
GEMINI = ARMS["generateContent", "positive"]
HELLO = [{"role": "user", "content": "Say ok."}]


def test_the_directions_of_an_exploration() -> None:
    names = {"createChatCompletion", "createResponse", "generateContent", "streamGenerateContent"}
    assert ARMS.keys() == {(name, mode) for name in names for mode in ("positive", "negative")}
    assert {arm.operation.surface for arm in arms(("serving",))} == {"serving"}
    assert {arm.operation.name for arm in arms(("gemini",))} == {"generateContent", "streamGenerateContent"}


@pytest.mark.filterwarnings(f"ignore::{HypothesisWarning.__module__}.HypothesisWarning")
@pytest.mark.parametrize("key", ARMS)
def test_whatever_is_drawn_is_a_case_that_can_be_sent_and_kept(key: tuple[str, Mode]) -> None:
    arm, made = ARMS[key], []

    @settings(max_examples=15, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(arm.bodies)
    def draw(body: dict[str, Any]) -> None:
        case = as_case(arm, body)
        if case is None:
            return
        made.append(case)
        named = arm.operation.model_in_body and "model" not in case.without
        sent = ({"model": MODEL} if named else {}) | case.body()
        assert annotations.fits(arm.operation.name, sent) is (arm.mode == "positive")
        assert not isinstance(case.set.get("model"), str) or not case.set["model"]
        assert type(case).from_json(json.loads(case.to_line())) == case
        assert not (case.origin and case.promised_by)
        assert arm.operation.shown >= bool(case.promised_by)
        for name in ("max_tokens", "max_output_tokens"):
            value = case.body().get(name)
            if isinstance(value, int | float) and not isinstance(value, bool):
                assert value <= (BUDGET + CAP if "thinking" in case.set else CAP)

    draw()
    assert len(made) >= 5


@pytest.mark.parametrize(
    ("arm", "body", "sent"),
    [
        (CHAT, {"messages": HELLO, "max_tokens": 9000}, {"max_tokens": 16}),
        (CHAT, {"messages": HELLO}, {"max_tokens": 16}),
        (CHAT, {"messages": HELLO, "max_tokens": None}, {"max_tokens": 16}),
        (CHAT, {"messages": HELLO, "max_tokens": 1}, {"max_tokens": 1}),
        (CHAT, {"messages": HELLO, "max_completion_tokens": 9000}, {"max_tokens": 16, "max_completion_tokens": 16}),
        (CHAT, {"messages": HELLO, "n": 7}, {"max_tokens": 16, "n": 2}),
        (CHAT, {"messages": HELLO, "thinking": {"type": "enabled", "budget_tokens": 30_000}},
         {"max_tokens": BUDGET + CAP, "thinking": {"type": "enabled", "budget_tokens": BUDGET}}),
        (GEMINI, {"contents": [{"parts": [{"text": "a"}]}]}, {"generationConfig": {"maxOutputTokens": 16}}),
        (GEMINI, {"contents": [{"parts": [{"text": "a"}]}], "generationConfig": {
            "maxOutputTokens": 999, "candidateCount": 8, "thinkingConfig": {"thinkingBudget": 9999},
         }},
         {"generationConfig": {"maxOutputTokens": 16, "candidateCount": 2, "thinkingConfig": {"thinkingBudget": BUDGET}}}),
    ],
)  # fmt: skip
def test_a_short_answer_is_asked_for(arm: Arm, body: dict[str, Any], sent: dict[str, Any]) -> None:
    case = as_case(arm, body)
    assert case
    assert {name: case.body()[name] for name in sent} == sent


def test_the_model_is_left_to_the_target() -> None:
    case = as_case(CHAT, {"messages": HELLO, "model": "gpt-9", "stop": ["a"]})
    assert case
    assert case.set == {"stop": ["a"]}
    broken = as_case(BROKEN_CHAT, {"messages": HELLO, "model": 7})
    assert broken
    assert broken.set == {"model": 7}


def test_what_is_not_what_the_direction_is_about_is_not_sent() -> None:
    assert as_case(CHAT, {"messages": 7}) is None
    assert as_case(BROKEN_CHAT, {"messages": HELLO, "stop": ["a"]}) is None


def test_a_case_says_what_it_varies_and_whether_the_pages_show_it() -> None:
    case = as_case(CHAT, {"messages": HELLO, "stream": True, "stop": ["a"]})
    assert case
    assert (case.place, case.kind, case.mode) == ("stop+stream", "legal_request", "positive")
    promised = as_case(CHAT, {"messages": HELLO, "stream": True})
    assert promised
    assert (promised.promised_by, promised.origin) == (("CHAT-STREAM-SSE",), ())
    unknown = as_case(CHAT, {"messages": HELLO, "stream": True, "x\u202e": 1})
    assert unknown
    assert (unknown.place, unknown.promised_by, bool(unknown.origin)) == ("*+stream", (), True)
    deep = as_case(CHAT, {"messages": [HELLO[0] | {"j\U0002ec6bD": 1}], "stream": True})
    assert deep
    assert (deep.promised_by, deep.origin) == ((), ("nobody",)), "a member that no spec knows may stand anywhere"
    forbidden = as_case(ARMS["createResponse", "negative"], {"input": HELLO, "store": True})
    assert forbidden
    assert forbidden.forbidden_by == "RESP-400-STORE"


@given(
    st.sampled_from(list(ARMS.values())), st.dictionaries(st.text(max_size=4), st.integers() | st.none(), max_size=3)
)
@settings(deadline=None, database=None, derandomize=True, max_examples=100)
def test_any_object_can_be_looked_at(arm: Arm, body: dict[str, Any]) -> None:
    case = as_case(arm, body)
    assert case is None or case.operation in OPERATIONS
