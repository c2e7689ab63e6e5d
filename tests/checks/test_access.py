"""What a workspace's administration makes of a request is no evidence: each form in which real gateways were seen to say so."""

import json
from typing import Any

import pytest

from conformance.checks import access
from conformance.checks.invariants import findings
from conformance.wire.exchange import Exchange

from .samples import CHAT, CHUNKS, GEMINI, RESPONSE, answered, change, streamed

BLOCK = {
    "id": "guardrail-1",
    "object": "chat.completion",
    "created": 0,
    "choices": [
        {
            "index": 0,
            "message": {"role": "assistant", "content": "A policy blocked it."},
            "finish_reason": "content_filter",
        }
    ],
    "usage": {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0},
}
POLICY = {
    "databricks_service_policy": {"name": "p", "action": "deny", "phase": "pre_call", "reason": "no jailbreaks here"}
}


def refusal(status: int, code: str | int, message: str) -> Exchange:
    """An error in the envelope of Databricks."""
    return answered({"error_code": code, "message": message}, status)


WITHHELD: list[tuple[Exchange, str]] = [
    (answered(BLOCK), "a content filter withheld the answer (finish_reason content_filter)"),
    (answered(BLOCK | POLICY), "a service policy denied the request: no jailbreaks here"),
    (answered(CHAT | POLICY), "a service policy denied the request: no jailbreaks here"),
    (streamed(*CHUNKS[:-1], CHUNKS[-1] | POLICY), "a service policy denied the request: no jailbreaks here"),
    (
        streamed(change(CHUNKS[0], ("choices.0.finish_reason", "content_filter"))),
        "a content filter withheld the answer",
    ),
    (answered(change(RESPONSE, ("incomplete_details", {"reason": "content_filter"}))), "a content filter withheld"),
    (
        answered({"promptFeedback": {"blockReason": "SAFETY"}}),
        "a content filter withheld the answer (blockReason SAFETY)",
    ),
    (answered(change(GEMINI, ("candidates.0.finishReason", "PROHIBITED_CONTENT"))), "finishReason PROHIBITED_CONTENT"),
    (
        refusal(400, "BAD_REQUEST", json.dumps({"input_guardrail": [{}], "finishReason": "input_guardrail_triggered"})),
        "a guardrail of the target denied the request",
    ),
    (
        refusal(403, "PERMISSION_DENIED", "Temporarily disabled due to a set rate limit of 0."),
        "its rate limit here is 0",
    ),
    (refusal(403, "PERMISSION_DENIED", "Budget 'b' is used up."), "a budget is spent"),
    (refusal(403, "PERMISSION_DENIED", "User does not have EXECUTE on m."), "a privilege is missing"),
    (
        refusal(400, "BAD_REQUEST", "web_search is not enabled in this workspace."),
        "an administrator has to switch it on",
    ),
    (refusal(424, "FAILED", "Ask your workspace admin to enable MCP."), "an administrator has to switch it on"),
]


@pytest.mark.parametrize(("exchange", "reason"), WITHHELD)
def test_it_is_told_in_those_words(exchange: Exchange, reason: str) -> None:
    assert reason in access.withheld_reason(exchange)


@pytest.mark.parametrize("exchange", [exchange for exchange, _ in WITHHELD])
@pytest.mark.parametrize("surface", ["chat", "responses", "gemini"])
def test_no_invariant_is_held_against_it(exchange: Exchange, surface: str) -> None:
    assert not list(findings(exchange, surface))


@pytest.mark.parametrize(
    "exchange",
    [
        answered(CHAT),
        answered(change(CHAT, ("choices", []))),
        answered(RESPONSE),
        answered(GEMINI),
        streamed(*CHUNKS),
        refusal(403, "403", "Invalid access token."),
        refusal(403, "PERMISSION_DENIED", "The parameter is not permitted."),
        refusal(400, "BAD_REQUEST", "Databricks does not support the `store` parameter"),
        refusal(400, "INVALID_PARAMETER_VALUE", "thinking is not enabled for this model"),
        refusal(404, "NOT_FOUND", "'m' does not exist"),
        answered({"choices": 1, "databricks_service_policy": []}),
    ],
)
def test_whatever_else_is_judged(exchange: Exchange) -> None:
    assert not access.withheld_reason(exchange)
    assert not access.not_offered_reason(exchange)


@pytest.mark.parametrize(
    "exchange",
    [
        refusal(
            501, "NOT_IMPLEMENTED", "'databricks-m' is no longer available. Use Unity Catalog model services (v3)."
        ),
        refusal(
            403, "PERMISSION_DENIED", "Querying endpoint 'm' is disabled for this workspace. Please use Unity Gateway."
        ),
        refusal(
            400, "BAD_REQUEST", "API type 'openai/v1/responses' is not supported by 'm'. Supported API types: [x]."
        ),
        refusal(400, "BAD_REQUEST", "Responses API passthrough is not supported for model m."),
    ],
)
def test_what_is_not_offered_here_is_not_withheld(exchange: Exchange) -> None:
    assert access.not_offered_reason(exchange)
    assert not access.withheld_reason(exchange)


def test_the_words_of_a_success_switch_nothing_off() -> None:
    body: Any = change(
        CHAT, ("choices.0.message.content", "It is disabled for this workspace. Please use Unity Gateway.")
    )
    assert not access.withheld_reason(answered(body))
    assert not access.not_offered_reason(answered(body))


@pytest.mark.parametrize("surface", ["chat", "responses", "gemini"])
def test_how_a_credential_is_refused_has_a_form_of_its_own(surface: str) -> None:
    for status, body in ((400, b"Invalid Token"), (401, b""), (403, b"Invalid scope, required scopes: ai-gateway")):
        refused = answered(body, status, media_type="text/plain")
        assert access.refuses_credential(refused)
        assert not list(findings(refused, surface))
    other = answered(b"Bad Request", 400, media_type="text/plain")
    assert not access.refuses_credential(other)
    assert [finding.message for _, finding in findings(other, surface)] == ["the error body is not JSON"]
