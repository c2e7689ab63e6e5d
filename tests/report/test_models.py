"""The matrix of models, surfaces and capabilities: told by what a run has sent, and by nothing else."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.checks.places import place
from conformance.report.models import capabilities
from conformance.report.results import ExchangeRecord
from conformance.report.views.models import matrix
from tests.report.made import case, exchange, rendered, results

CHAT, RESPONSES = "/v1/chat/completions", "/v1/responses"
IMAGE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,… 120 characters"}}
DENIED = '{"choices":[{"finish_reason":"content_filter"}],"databricks_service_policy":{"action":"deny"}}'
MISSING = '{"error_code":"PERMISSION_DENIED","message":"You have no EXECUTE on system.ai.gpt-5."}'


def asked(status: int = 200, path: str = CHAT, answer: str = '{"choices":[]}', **body: Any) -> dict[str, Any]:
    made = exchange("chat/x.y#1", body=json.dumps({"model": "system.ai.gpt-5", **body}), answer=answer)
    made["request"]["path"] = path
    made["response"]["status"] = status
    return made


def cells(*exchanges: dict[str, Any], **more: Any) -> dict[str, dict[str, str]]:
    """By surface of gpt-5: what is not simply not asked."""
    numbered = [one | {"id": f"chat/x.y#{number}"} for number, one in enumerate(exchanges, 1)]
    found = results(case("chat/x.y", {"CHAT-PATH": "passed"}, exchanges=numbered, **more)).models
    assert {row.model for row in found} <= {"gpt-5"}
    return {
        row.surface: {name: cell for name, cell in row.capabilities.items() if cell != "not asked"} for row in found
    }


def test_the_best_of_several_is_told() -> None:
    assert cells(asked(400), asked(), asked(400)) == {"chat": {"text": "answered"}}
    assert cells(asked(400)) == {"chat": {"text": "refused"}}
    assert cells(asked(400, stream=True), asked()) == {"chat": {"text": "answered", "stream": "refused"}}


@pytest.mark.parametrize(
    ("one", "cell"),
    [
        (asked(answer=DENIED), "kept"),
        (asked(403, answer=MISSING), "kept"),
        (asked(429), "no answer"),
        (asked(500), "no answer"),
        (asked() | {"response": None, "failure": "reset"}, "no answer"),
        (asked(400, answer='{"error_code":"BAD_REQUEST","message":"no"}'), "refused"),
    ],
)
def test_what_became_of_a_request(one: dict[str, Any], cell: str) -> None:
    assert cells(one) == {"chat": {"text": cell}}


def test_a_wrong_credential_is_not_about_the_model() -> None:
    assert cells(asked(401)) == {}


def test_another_name_is_no_documented_model() -> None:
    assert cells(asked(404, model="system.ai.none")) == {}


def test_surfaces_that_share_a_base_are_told_apart() -> None:
    assert cells(asked(), asked(path=RESPONSES)) == {"chat": {"text": "answered"}, "responses": {"text": "answered"}}


@pytest.mark.parametrize(("mode", "seen"), [("negative", {}), ("positive", {"chat": {"text": "answered"}})])
def test_a_generated_request_counts_if_it_is_legal_and_answered(mode: str, seen: dict[str, Any]) -> None:
    varies = {"operation": "createChatCompletion", "mode": mode, "place": "", "kind": "x"}
    assert cells(asked(), asked(400, reasoning_effort="none"), varies=varies) == seen


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ({"messages": [{"role": "user", "content": [{"type": "text", "text": "image_url"}, IMAGE]}]}, {"images"}),
        ({"input": [{"content": [{"type": "input_image", "image_url": "x"}]}]}, {"images"}),
        ({"contents": [{"parts": [{"inlineData": {"mimeType": "audio/mp3", "data": "x"}}]}]}, {"audio"}),
        ({"contents": [{"parts": [{"fileData": {"mimeType": "video/mp4", "fileUri": "x"}}]}]}, {"video"}),
        ({"thinking": {"type": "enabled"}, "stream": True}, {"thinking", "stream"}),
        ({"thinking": {"type": "disabled"}, "stream": False, "tools": []}, set()),
        ({"generationConfig": {"thinkingConfig": {"thinkingBudget": 128}}}, {"thinking"}),
        ({"reasoning": {"effort": "low"}}, {"effort"}),
        ({"tools": [{"type": "function", "function": {}}], "reasoning_effort": "low"}, {"tools", "effort"}),
        ({"tools": [{"type": "custom"}]}, set()),
        ({"tools": [{"functionDeclarations": []}]}, {"tools"}),
    ],
)
def test_what_a_request_asks_for(body: dict[str, Any], found: set[str]) -> None:
    assert capabilities(msgspec.convert(asked(**body), ExchangeRecord)) == {"text", *found}


def test_a_stream_of_gemini_is_told_by_its_path() -> None:
    one = asked(path="/v1beta/models/x:streamGenerateContent?alt=sse")
    assert capabilities(msgspec.convert(one, ExchangeRecord)) == {"text", "stream"}


ANY = st.recursive(
    st.none()
    | st.booleans()
    | st.text(max_size=8)
    | st.sampled_from(["image_url", "audio/mp3", "function", "enabled"]),
    lambda values: (
        st.lists(values, max_size=3)
        | st.dictionaries(
            st.sampled_from(["type", "mimeType", "content", "thinking", "tools", "effort"]), values, max_size=3
        )
    ),
)


@given(
    st.dictionaries(st.sampled_from(["messages", "input", "contents", "tools", "thinking", "reasoning", "stream"]), ANY)
)
def test_any_body_can_be_read(body: dict[str, Any]) -> None:
    assert "text" in capabilities(msgspec.convert(asked(**body), ExchangeRecord))


def test_names_of_a_target_file() -> None:
    target = {
        "name": "p", "mode": "live", "surfaces": {"chat": "https://p.example/v1"}, "provenance": "live",
        "models": {"gpt-5": "my-gpt"},
    }  # fmt: skip
    seen = results(case("chat/x.y", {"CHAT-PATH": "passed"}, exchanges=[asked(model="my-gpt")]), target=target).models
    assert [(row.model, row.surface) for row in seen] == [("gpt-5", "chat")]


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("https://g.example/v1/chat/completions", ("chat", "/chat/completions")),
        ("https://g.example/v1/responses/none?x=1", ("responses", "/responses/none")),
        ("https://g.example/v1beta/models/x:generateContent?alt=sse", ("gemini", "/models/x:generateContent")),
        ("https://g.example/v1/x/invocations", ("serving", "/x/invocations")),
        ("https://g.example/v1/else", ("chat", "/else")),
        ("https://g.example/v10/chat/completions", ("", "")),
    ],
)
def test_the_place_of_a_url(url: str, found: tuple[str, str]) -> None:
    v1 = "https://g.example/v1"
    bases = {"chat": v1, "responses": v1, "gemini": "https://g.example/v1beta", "serving": v1}
    assert place(url, bases) == found


def test_the_page_shows_it() -> None:
    page = rendered(case("chat/x.y", {"CHAT-PATH": "passed"}, exchanges=[asked()]))
    assert 'id="models"' in page
    assert 'title="answered">✓</span>' in page
    seen = matrix(results(case("chat/x.y", {"CHAT-PATH": "passed"}, exchanges=[asked()])).models)
    assert [(line.model, line.surface) for line in seen.lines] == [("gpt-5", "Chat Completions")]
    assert 'id="models"' not in rendered(), "where none was asked there is nothing to tell"
