"""Reasoning: when there is any, its shape, and what may come back."""

from copy import deepcopy
from typing import Any

import pytest

from .client import Client

THINKING: dict[str, Any] = {"thinking": {"type": "enabled", "budget_tokens": 1024}, "max_tokens": 2048}
ASKED = {"role": "user", "content": "Why is the sky blue?"}


def _message(client: Client, **more: Any) -> dict[str, Any]:
    message = client.chat(**({"content": ASKED["content"]} | more)).json()["choices"][0]["message"]
    assert isinstance(message, dict)
    return message


def test_thinking_gives_a_reasoning_block_and_then_text(client: Client) -> None:
    reasoning, text = _message(client, **THINKING)["content"]
    assert reasoning["type"] == "reasoning"
    (summary,) = reasoning["summary"]
    assert summary["type"] == "summary_text"
    assert summary["text"]
    assert summary["signature"]
    assert text["type"] == "text"
    assert "sky" in text["text"]


@pytest.mark.parametrize("thinking", [None, {"type": "disabled"}])
def test_without_thinking_content_is_a_string(client: Client, thinking: Any) -> None:
    assert isinstance(_message(client, thinking=thinking)["content"], str)


@pytest.mark.parametrize(("most", "status"), [(1025, 200), (1024, 400), (1023, 400), (None, 200)])
def test_budget_is_less_than_max_tokens(client: Client, most: int | None, status: int) -> None:
    answer = client.chat(thinking={"type": "enabled", "budget_tokens": 1024}, max_tokens=most)
    assert answer.status_code == status


@pytest.mark.parametrize(
    ("model", "accepted", "refused"),
    [
        ("gpt-oss-120b", ["low", "medium", "high"], ["none", "LOW", ""]),
        ("gpt-oss-20b", ["low", "medium", "high"], ["xhigh"]),
        ("gpt-5-1", ["none", "low", "medium", "high"], ["minimal"]),
        ("gemini-3-1-pro", ["low", "medium", "high"], ["none"]),
        ("claude-sonnet-4-5", [], ["low"]),
    ],
)
def test_efforts(client: Client, model: str, accepted: list[str], refused: list[str]) -> None:
    counts = [
        client.chat("hi", model, reasoning_effort=effort).json()["usage"]["completion_tokens_details"][
            "reasoning_tokens"
        ]
        for effort in accepted
    ]
    assert counts == sorted(set(counts))
    assert [client.chat("hi", model, reasoning_effort=effort).status_code for effort in refused] == [400] * len(refused)


@pytest.mark.parametrize(
    ("model", "default"), [("gpt-oss-120b", "medium"), ("gpt-5-1", "none"), ("gemini-3-1-pro", "low")]
)
def test_default_efforts(client: Client, model: str, default: str) -> None:
    first, second = client.chat("hi", model).json(), client.chat("hi", model, reasoning_effort=default).json()
    assert first["choices"] == second["choices"]
    assert first["usage"] == second["usage"]


def test_who_shows_reasoning(client: Client) -> None:
    assert "signature" not in _message(client, model="gpt-oss-120b")["content"][0]["summary"][0]
    assert _message(client, model="gemini-3-1-pro")["content"][0]["type"] == "reasoning"
    assert isinstance(_message(client, model="gpt-5")["content"], str)


def test_thinking_is_for_claude(client: Client) -> None:
    assert client.chat("hi", "gpt-oss-120b", **THINKING).status_code == 400


def _second_turn(client: Client, message: dict[str, Any]) -> Any:
    return client.chat(messages=[ASKED, message, {"role": "user", "content": "Simpler?"}], **THINKING)


def test_full_message_comes_back_in_each_form(client: Client) -> None:
    message = _message(client, **THINKING)
    nulls = dict.fromkeys(("refusal", "annotations", "audio", "function_call", "tool_calls"))
    for form in (message, {"refusal": None, "annotations": None} | message, message | nulls):
        assert _second_turn(client, form).status_code == 200
    plain = {"role": "assistant", "content": message["content"][1]["text"]}
    assert _second_turn(client, plain).json()["choices"][0]["message"]["content"][1]["text"]


@pytest.mark.parametrize("change", [{"text": "I thought of rain."}, {"signature": "AAAA"}, {"signature": None}])
def test_changed_reasoning_is_refused(client: Client, change: dict[str, Any]) -> None:
    message = deepcopy(_message(client, **THINKING))
    message["content"][0]["summary"][0].update(change)
    answer = _second_turn(client, message)
    assert answer.status_code == 400
    assert "signature" in answer.json()["message"]


def test_only_the_last_reasoning_counts(client: Client) -> None:
    first = _message(
        client, content="Write a long essay.", thinking={"type": "enabled", "budget_tokens": 4000}, max_tokens=8000
    )
    reasoning, text = first["content"]
    assert len(reasoning["summary"][0]["text"]) >= 4000
    without = {"role": "assistant", "content": [text]}
    again = {"role": "user", "content": "Again?"}

    def counted(*messages: dict[str, Any]) -> int:
        return int(client.chat(messages=[ASKED, *messages, again], **THINKING).json()["usage"]["prompt_tokens"])

    assert counted(first, again, without) == counted(without, again, without)
    assert counted(without, again, first) >= counted(without, again, without) + 1000
