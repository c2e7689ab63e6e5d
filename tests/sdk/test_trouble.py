"""Trouble that a case asks for by name, and scripts that a model follows: as `caller.at` and `caller.scripted` give them."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest

from tests.sdk.observing import Judged, judged

CHAT = "/ai-gateway/mlflow/v1/chat/completions"
GEMINI = "/ai-gateway/gemini/v1beta/models/system.ai.gemini-3-1-pro:generateContent"
WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}
ASKED: list[Any] = [{"role": "user", "content": "Say hello."}]


@pytest.fixture
def one() -> Iterator[Judged]:
    with judged() as made:
        yield made


def post(one: Judged, url: str, path: str = CHAT, **more: Any) -> httpx2.Response:
    body = {"model": "system.ai.gpt-5", "messages": ASKED}
    if path == GEMINI:
        body = {"contents": [{"role": "user", "parts": [{"text": "Say hello."}]}]}
    timeout, moves = more.pop("timeout", 10), more.pop("follow_redirects", False)
    headers = {"authorization": f"Bearer {one.caller.token}"}
    return httpx2.post(url + path, json=body | more, headers=headers, timeout=timeout, follow_redirects=moves)


@pytest.mark.parametrize(
    ("name", "statuses"),
    [("429", [429] * 4), ("429-twice", [429, 429, 200, 200]), ("503", [503] * 4), ("503-once", [503, 200, 200, 200])],
)
@pytest.mark.parametrize(("path", "member"), [(CHAT, "error_code"), (GEMINI, "error")])
def test_a_busy_gateway_says_so_in_the_envelope_of_its_surface(
    one: Judged, name: str, statuses: list[int], path: str, member: str
) -> None:
    url = one.caller.at(name)
    said = [post(one, url, path) for _ in range(4)]
    assert [answer.status_code for answer in said] == statuses
    assert member in said[0].json()
    assert said[0].headers["retry-after"] == "0"
    assert post(one, one.caller.url, path).status_code == 200, "the caller's own gateway is in no trouble"


def test_a_slow_gateway_answers_at_last(one: Judged) -> None:
    url = one.caller.at("slow")
    with pytest.raises(httpx2.ReadTimeout):
        post(one, url, timeout=0.2)
    answer = post(one, url)
    assert (answer.status_code, "choices" in answer.json()) == (200, True), "it is late, and nothing else"


@pytest.mark.parametrize(("name", "length"), [("cut", 100), ("cut-stream", 500)])
def test_a_connection_is_closed_in_the_middle(one: Judged, name: str, length: int) -> None:
    with pytest.raises(httpx2.RemoteProtocolError):
        post(one, one.caller.at(name), stream=True)
    response = one.exchanges()[-1].response
    assert response is not None
    assert len(response.body) == length


def test_a_page_stands_where_an_answer_should(one: Judged) -> None:
    said = post(one, one.caller.at("page"))
    assert (said.status_code, said.headers["content-type"]) == (200, "text/html")


@pytest.mark.parametrize(("name", "is_elsewhere"), [("redirect", False), ("redirect-elsewhere", True)])
def test_a_request_is_sent_on(one: Judged, name: str, is_elsewhere: bool) -> None:
    url = one.caller.at(name)
    said = post(one, url, follow_redirects=True)
    (moved,) = said.history
    assert (moved.status_code, said.status_code) == (307, 401 if is_elsewhere else 200), (
        "a credential stays at its host"
    )
    place = httpx2.URL(url).join(moved.headers["location"])
    assert (place.path, place.query) == (CHAT, b"moved=1")
    assert f"{place.scheme}://{place.host}:{place.port}" == (one.caller.url if is_elsewhere else url)


def test_what_came_to_any_of_its_hosts_is_a_cases_own(one: Judged) -> None:
    before = len(one.exchanges())
    for name in ("429", "page"):
        post(one, one.caller.at(name))
    assert [kept.status for kept in one.exchanges()[before:]] == [429, 200]


def test_a_fault_and_a_variant_of_the_reference_gateway_lie_below_a_path(one: Judged) -> None:
    from conformance.reference.faults import FAULTS
    from conformance.reference.variants import VARIANTS

    fault, variant = next(iter(FAULTS)), next(iter(VARIANTS))
    assert one.caller.at(fault) == f"{one.caller.url}/faults/{fault}"
    assert one.caller.at(variant) == f"{one.caller.url}/variants/{variant}"


@pytest.mark.parametrize(
    ("name", "hint"),
    [("429-twise", "did you mean 429-twice?"), ("redirects", "did you mean redirect?"), ("€", "--fault list")],
)
def test_an_unknown_name_is_told_with_the_nearest(one: Judged, name: str, hint: str) -> None:
    with pytest.raises(ValueError, match="there is no fault or trouble") as raised:
        one.caller.at(name)
    assert name in str(raised.value)
    assert hint in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_model_follows_its_script_and_then_goes_on_by_itself(one: Judged) -> None:
    url = one.caller.scripted(["Hello!", {"tool": "get_weather", "arguments": {"city": "Bern"}}, "It rains."])
    said = [post(one, url, tools=[WEATHER]).json()["choices"][0] for _ in range(4)]
    assert [choice["finish_reason"] for choice in said] == ["stop", "tool_calls", "stop", "stop"]
    first, second, third, last = (choice["message"] for choice in said)
    assert (first["content"], third["content"]) == ("Hello!", "It rains.")
    (call,) = second["tool_calls"]
    assert (call["function"]["name"], json.loads(call["function"]["arguments"])) == ("get_weather", {"city": "Bern"})
    assert last["content"] not in ("", "Hello!", "It rains.")


def test_after_a_tools_result_a_model_answers(one: Judged) -> None:
    """Also when it is told to call a tool whatever happens: an agent that is tried comes to an end."""
    asked: dict[str, Any] = {"tools": [WEATHER], "tool_choice": "required"}
    first = post(one, one.caller.url, **asked).json()["choices"][0]["message"]
    (call,) = first["tool_calls"]
    turns = [*ASKED, first, {"role": "tool", "tool_call_id": call["id"], "content": "It rains."}]
    assert post(one, one.caller.url, **asked, messages=turns).json()["choices"][0]["finish_reason"] == "stop"


@pytest.mark.parametrize("entry", [3, None, {}, {"tool": 1}, {"tool": "a", "arguments": "b"}, [], ["a"], {"name": "a"}])
def test_what_is_no_entry_of_a_script_is_told_in_one_line(one: Judged, entry: Any) -> None:
    with pytest.raises(ValueError, match="entry 2 of the script") as raised:
        one.caller.scripted(["Hello!", entry])
    assert "\n" not in str(raised.value)


def test_two_scripts_are_two_workspaces(one: Judged) -> None:
    urls = [one.caller.scripted([text]) for text in ("one", "other")]
    assert urls[0] != urls[1]
    assert [post(one, url).json()["choices"][0]["message"]["content"] for url in urls] == ["one", "other"]
    assert all(urlsplit(url).hostname == "127.0.0.1" for url in urls)


def test_who_asks_for_too_many_hosts_is_told_so() -> None:
    with judged() as one, pytest.raises(ValueError, match="no host is left"):
        [one.caller.at("429") for _ in range(40)]
