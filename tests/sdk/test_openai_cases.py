"""The cases of openai's client, run with the version that is installed, against what is known of it."""

import pytest

from tests.sdk.observing import Case, observed

pytestmark = pytest.mark.xdist_group("openai")  # what the tests share is made once

BOTH = ("sync", "async")
ALL = "test_openai_chat or test_openai_responses or test_openai_errors"


def chat(name: str) -> Case:
    return observed(ALL)[f"sdk/openai_chat.{name}"]


def errors(name: str) -> Case:
    return observed(ALL)[f"sdk/openai_errors.{name}"]


@pytest.mark.parametrize("mode", BOTH)
def test_the_plain_case_sends_the_documented_request(mode: str) -> None:
    case = chat(f"plain-{mode}")
    (sent,) = case["sent"]
    assert (sent["method"], sent["path"], sent["query"]) == ("POST", "/ai-gateway/mlflow/v1/chat/completions", "")
    assert sent["body"] == {
        "model": "system.ai.claude-sonnet-4-5",
        "messages": [{"role": "user", "content": "Say hello."}],
        "max_tokens": 256,
    }
    assert sent["headers"]["authorization"] == "bearer"
    assert case["seen"]["type"] == "ChatCompletion"
    assert case["seen"]["value"]["choices"][0]["finish_reason"] == "stop"
    assert case["verdict"] == "passed"


@pytest.mark.parametrize("mode", BOTH)
def test_both_clients_send_the_same_and_see_the_same(mode: str) -> None:
    sync, awaited = chat("thinking-sync"), chat("thinking-async")
    assert sync["sent"][0]["body"] == awaited["sent"][0]["body"]
    assert sync["sent"][0]["body"]["thinking"] == {"type": "enabled", "budget_tokens": 1024}
    blocks = chat(f"thinking-{mode}")["seen"]["value"]["choices"][0]["message"]["content"]
    assert [block["type"] for block in blocks] == ["reasoning", "text"]


@pytest.mark.parametrize("mode", BOTH)
def test_a_stream_is_observed_event_by_event_with_its_usage(mode: str) -> None:
    case = chat(f"streamed_with_usage-{mode}")
    assert case["sent"][0]["body"]["stream_options"] == {"include_usage": True}
    assert case["seen"]["count"] == len(case["seen"]["events"]) > 2
    assert case["seen"]["events"][-1]["usage"]["total_tokens"] > 0
    assert case["verdict"] == "passed"


@pytest.mark.parametrize("mode", BOTH)
def test_the_message_object_goes_back_with_its_reasoning(mode: str) -> None:
    case = chat(f"message_passed_back-{mode}")
    first, second = case["sent"]
    assert (first["status"], second["status"]) == (200, 200)
    passed_back = second["body"]["messages"][1]
    assert passed_back["role"] == "assistant"
    assert [block["type"] for block in passed_back["content"]] == ["reasoning", "text"]


@pytest.mark.parametrize("mode", BOTH)
def test_reasoning_that_the_helper_loses_is_told_as_the_clients_defect(mode: str) -> None:
    case = chat(f"stream_helper_reasoning-{mode}")
    assert case["verdict"] == "failed"
    assert any(finding.startswith("reasoning: the wire says") for finding in case["findings"])


@pytest.mark.parametrize("mode", BOTH)
def test_text_that_the_helper_loses_after_lists_is_told_as_the_clients_defect(mode: str) -> None:
    case = chat(f"stream_helper_reasoning_first-{mode}")
    assert case["verdict"] == "failed"
    assert case["findings"] == ["text: the wire says 'Blue light scatters most.', the client loses it"]


@pytest.mark.parametrize("mode", BOTH)
def test_a_sound_stream_over_which_the_helper_breaks_is_told(mode: str) -> None:
    case = chat(f"stream_helper_blocks-{mode}")
    assert case["findings"] == ["the answer is 200, and RuntimeError is raised"]


@pytest.mark.parametrize("mode", BOTH)
def test_null_goes_over_the_wire_where_none_is_given(mode: str) -> None:
    assert chat(f"none_given-{mode}")["sent"][0]["body"]["temperature"] is None


@pytest.mark.parametrize("mode", BOTH)
def test_the_http_library_shows(mode: str) -> None:
    assert chat(f"raw_response-{mode}")["seen"]["value"]["http_response"] == "httpx2.Response"
    assert errors(f"connection_refused-{mode}")["seen"]["error"]["cause"] == "httpx2.ConnectError"


@pytest.mark.parametrize("mode", BOTH)
@pytest.mark.parametrize(
    ("name", "statuses"),
    [
        ("429", [429, 429, 429]),
        ("429_twice", [429, 429, 200]),
        ("429_streamed", [429, 200]),
        ("429_not_asked_again", [429]),
        ("connection_refused", []),
    ],
)
def test_requests_are_counted_when_the_client_asks_again(mode: str, name: str, statuses: list[int]) -> None:
    case = errors(f"{name}-{mode}")
    assert [sent["status"] for sent in case["sent"]] == statuses
    assert ("error" in case["seen"]) == (statuses[-1:] != [200])
    assert case["verdict"] == "passed"


@pytest.mark.parametrize("mode", BOTH)
@pytest.mark.parametrize(
    ("name", "kind", "status"),
    [
        ("400-{}-databricks", "BadRequestError", 400),
        ("400_streamed-{}", "BadRequestError", 400),
        ("401-{}", "AuthenticationError", 401),
        ("404_model-{}", "NotFoundError", 404),
        ("404_path-{}", "NotFoundError", 404),
        ("413-{}", "APIStatusError", 413),
    ],
)
def test_an_error_is_observed_by_type_status_and_body(mode: str, name: str, kind: str, status: int) -> None:
    case = errors(name.format(mode))
    error = case["seen"]["error"]
    assert (error["type"], error["status"], case["sent"][0]["status"]) == (kind, status, status)
    assert {"error_code", "message"} <= error["body"].keys()
    assert case["verdict"] == "passed"


@pytest.mark.parametrize("mode", BOTH)
@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("stream_not_json", "JSONDecodeError"),
        ("broken_off", "APIConnectionError"),
        ("broken_off_streamed", "APIConnectionError"),
    ],
)
def test_a_client_may_raise_over_an_answer_that_cannot_be_read(mode: str, name: str, kind: str) -> None:
    case = errors(f"{name}-{mode}")
    assert case["seen"]["error"]["type"] == kind
    assert case["verdict"] == "passed"


def test_nothing_of_an_observation_changes_from_run_to_run() -> None:
    again = observed("test_openai_responses or test_openai_chat and (plain or message or tool or reasoning)")
    assert len(again) > 40
    before = {name: case for name, case in observed(ALL).items() if name in again}
    assert _but_for_the_time(again) == _but_for_the_time(before)


def _but_for_the_time(cases: dict[str, Case]) -> dict[str, Case]:
    """What of cases is the same each time; how long one took, to a tenth of a second, is not."""
    return {name: {**case, "duration_s": 0} for name, case in cases.items()}
