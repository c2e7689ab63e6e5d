"""The cases of google-genai, databricks-sdk and databricks-openai, run with the versions that are installed.

What they observe is held against what is known of these clients. Where a client is absent, its tests are left out.
"""

import json
from collections.abc import Iterator
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import httpx2
import pytest

from conformance.observer.caller import Caller
from conformance.observer.trouble import PAGE, always, at_first, closed_port, injected, refusal
from tests.sdk.observing import Case, Judged, judged, observed

pytestmark = pytest.mark.xdist_group("others")  # what the tests share is made once

KINDS = pytest.mark.parametrize("kind", ["sync", "async"])
V1BETA = "/ai-gateway/gemini/v1beta/models/system.ai.gemini-3-1-pro:generateContent"


def of_client(client: str) -> dict[str, Case]:
    """What is observed of a client's cases, by the id without its beginning."""
    return {name.removeprefix(f"sdk/{client}"): case for name, case in observed(client).items()}


def _statuses(case: Case, method: str = "POST") -> list[int]:
    return [sent["status"] for sent in case["sent"] if sent["method"] == method]


def _installed(module: str) -> None:
    """Leaves a test out where a client is absent; unlike an import, this takes no time where it is not."""
    top = module.partition(".")[0]
    if find_spec(top) is None or find_spec(module) is None:
        pytest.skip(f"{module} is not installed")


@pytest.fixture
def genai() -> dict[str, Case]:
    _installed("google.genai")
    return of_client("genai")


@pytest.fixture
def databricks() -> dict[str, Case]:
    _installed("databricks.sdk")
    return of_client("databricks_sdk")


@pytest.fixture
def both() -> dict[str, Case]:
    _installed("databricks_openai")
    return of_client("databricks_openai")


@KINDS
def test_the_version_of_the_api_is_the_clients_choice(genai: dict[str, Case], kind: str) -> None:
    """Version 3 of google-genai went from v1beta, which the pages name, to v1."""
    (sent,) = genai[f"_content.plain-default-{kind}"]["sent"]
    later = int(version("google-genai").partition(".")[0]) >= 3
    assert sent["path"] == (V1BETA.replace("v1beta", "v1") if later else V1BETA)
    assert sent["status"] == (404 if later else 200)


@KINDS
def test_v1beta_is_used_where_it_is_named(genai: dict[str, Case], kind: str) -> None:
    case = genai[f"_content.plain-v1beta-{kind}"]
    (sent,) = case["sent"]
    assert (sent["method"], sent["path"], sent["status"]) == ("POST", V1BETA, 200)
    assert sent["body"] == {"contents": [{"role": "user", "parts": [{"text": "Say hello."}]}]}
    assert sent["headers"]["authorization"] == "bearer"
    assert sent["headers"]["x-goog-api-key"] == "databricks"
    assert case["seen"]["value"]["usage_metadata"]["total_token_count"] == 36
    assert case["verdict"] == "passed"


@KINDS
def test_the_text_is_what_the_wire_says(genai: dict[str, Case], kind: str) -> None:
    case = genai[f"_content.text-v1beta-{kind}"]
    assert case["seen"] == {"type": "str", "value": "I read: “Say hello.”."}
    assert case["findings"] == []


@KINDS
def test_a_conversation_is_sent_along(genai: dict[str, Case], kind: str) -> None:
    for name in ("chat", "chat_streamed"):
        first, second = genai[f"_content.{name}-v1beta-{kind}"]["sent"]
        assert len(first["body"]["contents"]) == 1
        roles = [content["role"] for content in second["body"]["contents"]]
        assert roles[0] == roles[-1] == "user"
        assert "model" in roles


@KINDS
def test_a_stream_is_told_by_its_events(genai: dict[str, Case], kind: str) -> None:
    case = genai[f"_content.streamed-v1beta-{kind}"]
    assert case["sent"][0]["query"] == "alt=sse"
    assert case["seen"]["count"] > 10
    assert case["seen"]["events"][-1]["candidates"][0]["finish_reason"] == "MAX_TOKENS"
    assert case["verdict"] == "passed"


@KINDS
def test_retries_are_counted(genai: dict[str, Case], kind: str) -> None:
    assert _statuses(genai[f"_errors.429_with_retries-{kind}-google"]) == [429, 429, 429]
    assert _statuses(genai[f"_errors.429_with_retries_that_help-{kind}"]) == [429, 200]
    assert genai[f"_errors.429_with_retries-{kind}-google"]["seen"]["error"]["status"] == 429


@KINDS
def test_errors_keep_their_status(genai: dict[str, Case], kind: str) -> None:
    for name, status in (("400-{}-plain", 400), ("401-{}", 401), ("404-{}", 404), ("refused-{}-500", 500)):
        case = genai["_errors." + name.format(kind)]
        assert case["seen"]["error"]["status"] == status
        assert "APIError" in case["seen"]["error"]["is_a"]
        assert case["verdict"] == "passed"


@KINDS
def test_a_cut_stream_is_told_up_to_the_cut(genai: dict[str, Case], kind: str) -> None:
    case = genai[f"_errors.cut-{kind}-streamed"]
    assert case["seen"]["error"]["type"] == "RemoteProtocolError"
    assert case["seen"]["count"] >= 1
    assert case["verdict"] == "passed"


@KINDS
def test_where_nobody_listens_nothing_is_sent(genai: dict[str, Case], kind: str) -> None:
    case = genai[f"_errors.refused_connection-{kind}"]
    assert case["sent"] == []
    assert "ConnectError" in case["seen"]["error"]["type"]


def test_finish_reason_is_lost_and_the_client_is_blamed(databricks: dict[str, Case]) -> None:
    for name, reason in (("query", "stop"), ("capped", "length")):
        case = databricks[f".{name}"]
        assert case["verdict"] == "failed"
        assert case["findings"] == [f"reason of the end: the wire says '[\"{reason}\"]', the client loses it"]


def test_the_query_is_the_documented_one(databricks: dict[str, Case]) -> None:
    sent = databricks[".query"]["sent"][-1]
    assert sent["path"] == "/serving-endpoints/system.ai.claude-sonnet-4-5/invocations"
    assert sent["body"]["max_tokens"] == 128
    assert [message["role"] for message in sent["body"]["messages"]] == ["system", "user"]


def test_extra_params_stay_nested(databricks: dict[str, Case]) -> None:
    case = databricks[".extra_params"]
    assert case["sent"][-1]["body"]["extra_params"] == {"top_p": "0.5"}
    assert "top_p" not in case["sent"][-1]["body"]
    assert case["seen"]["error"]["body"] == "INVALID_PARAMETER_VALUE"


def test_a_stream_cannot_be_read(databricks: dict[str, Case]) -> None:
    case = databricks[".stream"]
    assert case["sent"][-1]["body"]["stream"] is True
    assert case["verdict"] == "failed"
    assert case["findings"] == ["the answer is 200, and JSONDecodeError is raised"]


def test_dicts_are_no_messages(databricks: dict[str, Case]) -> None:
    case = databricks[".messages_as_dicts"]
    assert case["seen"]["error"]["type"] == "AttributeError"
    assert _statuses(case) == []


@pytest.mark.parametrize("wait", ["unsaid", "0", "7"])
def test_the_busy_are_asked_again(databricks: dict[str, Case], wait: str) -> None:
    for status in (429, 503):
        assert _statuses(databricks[f".busy_at_first-{status}-{wait}"]) == [status, status, 200]


def test_who_comes_back_in_an_hour_gives_up(databricks: dict[str, Case]) -> None:
    case = databricks[".busy_for_an_hour"]
    assert _statuses(case) == [429]
    assert case["seen"]["error"]["type"] == "TimeoutError"


def test_nothing_of_this_machine_is_kept(databricks: dict[str, Case], tmp_path: Path) -> None:
    whole = json.dumps(databricks)
    assert "127.0.0.1" not in whole
    assert str(tmp_path.parents[1]) not in whole


@KINDS
def test_the_documented_tools_reach_the_gateway(both: dict[str, Case], kind: str) -> None:
    for name, tool in (("custom_tool", "custom"), ("built_in_tool", "apply_patch")):
        case = both[f".{name}-{kind}"]
        sent = case["sent"][-1]
        assert sent["path"] == "/serving-endpoints/responses"
        assert [one["type"] for one in sent["body"]["tools"]] == [tool]
        assert case["verdict"] == "passed"


@KINDS
def test_strict_is_taken_away_for_models_that_refuse_it(both: dict[str, Case], kind: str) -> None:
    (claude,), (gpt,) = (
        both[f".chat_function-{kind}-{model}"]["sent"][-1]["body"]["tools"] for model in ("claude", "gpt")
    )
    assert "strict" not in claude["function"]
    assert gpt["function"]["strict"] is True


@KINDS
def test_strict_is_taken_out_of_the_callers_own_tools(both: dict[str, Case], kind: str) -> None:
    """The second model takes `strict`, and does not get it: the client has written into the list of its caller."""
    sent = [one["body"] for one in both[f".chat_function_for_two-{kind}"]["sent"] if one["method"] == "POST"]
    assert [body["model"] for body in sent] == ["system.ai.claude-sonnet-4-5", "system.ai.gpt-5"]
    assert all("strict" not in body["tools"][0]["function"] for body in sent)


@KINDS
def test_turned_away_for_ever_it_asks_three_times(both: dict[str, Case], kind: str) -> None:
    assert _statuses(both[f".429-{kind}"]) == [429, 429, 429]
    assert _statuses(both[f".429_at_first-{kind}"]) == [429, 200]


@pytest.fixture
def one() -> Iterator[Judged]:
    with judged() as made:
        yield made


@pytest.fixture
def caller(one: Judged) -> Caller:
    return one.caller


def _post(caller: Caller, *, path: str = "/ai-gateway/mlflow/v1/chat/completions") -> Any:
    body = {"model": "system.ai.claude-sonnet-4-5", "messages": [{"role": "user", "content": "Say hello."}]}
    headers = {"authorization": f"Bearer {caller.token}"}
    answer = httpx2.post(caller.url + path, json=body, headers=headers)
    return {"status": answer.status_code, "text": answer.text, "wait": answer.headers.get("retry-after")}


def test_a_busy_gateway_counts_from_the_beginning_each_time(one: Judged, caller: Caller) -> None:
    for _ in range(2):
        with injected(caller, at_first(1, refusal(429, "3"))):
            statuses = [(said["status"], said["wait"]) for said in (_post(caller), _post(caller))]
            caller.sees(lambda: _post(caller))
        assert statuses == [(429, "3"), (200, None)]
    assert [sent["status"] for sent in one.observed["sent"]] == [429, 200, 200] * 2


def test_the_callers_own_gateway_comes_back(caller: Caller) -> None:
    with injected(caller, always(PAGE)):
        assert "<h1>" in _post(caller)["text"]
    assert _post(caller)["status"] == 200
    with pytest.raises(ZeroDivisionError), injected(caller, always(PAGE)):
        raise ZeroDivisionError
    assert _post(caller)["status"] == 200


@pytest.mark.parametrize(("google", "member"), [(False, "error_code"), (True, "error")])
def test_refusals_come_in_two_envelopes(caller: Caller, google: bool, member: str) -> None:
    with injected(caller, always(refusal(429, google=google))):
        said = _post(caller)
    assert said["status"] == 429
    assert member in json.loads(said["text"])


def test_a_cut_answer_is_a_broken_connection(one: Judged, caller: Caller) -> None:
    with injected(caller, cut_at=100):
        caller.sees(lambda: _post(caller))
    assert one.observed["seen"]["error"]["type"] == "RemoteProtocolError"
    response = one.lease.tapped[-1].exchange.response
    assert response is not None
    assert len(response.body) == 100
    assert one.lease.findings == []


def test_a_closed_port_refuses() -> None:
    with pytest.raises(httpx2.ConnectError):
        httpx2.get(closed_port())
