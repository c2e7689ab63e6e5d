"""Variants of refusals as they are recorded of Databricks: their words, their codes, and which model refuses what."""

import json
from dataclasses import replace

from conformance.reference.calls import Answer, Call
from conformance.reference.edits import refusals
from conformance.reference.errors import Refusal
from conformance.reference.matching import asks, gives, model
from conformance.reference.paths import values
from conformance.reference.policy import DOCUMENTED
from conformance.reference.variant import ResponseEdit
from conformance.reference.variants.declared import variant

_WRONG = "credentials are not valid"
"""What the reference says of a wrong credential, as against none."""


def _message(answer: Answer) -> str:
    """What a refusal says, on whatever surface."""
    body = answer.body if isinstance(answer.body, dict) else {}
    return str(body.get("message") or body.get("error", {}).get("message", ""))


def _nested(call: Call, answer: Answer) -> Answer:
    """The provider's error as JSON in the message, with Google's details beside it. Of Gemini nothing is recorded."""
    if answer.status != 400 or call.surface == "gemini":
        return answer
    details = [{"@type": "type.googleapis.com/google.rpc.RequestInfo", "request_id": "r-1", "serving_data": ""}]
    says = json.dumps(
        {"message": _message(answer).replace("this field is not known.", "Extra inputs are not permitted")}
    )
    return replace(answer, body={"error_code": "BAD_REQUEST", "message": says, "details": details})


def _by_number(_: Call, answer: Answer) -> Answer:
    """Of a missing credential the code is a number; a wrong token is forbidden."""
    if answer.status != 401:
        return answer
    if _WRONG in _message(answer):
        return replace(answer, status=403, body={"error_code": "403", "message": "Invalid access token."})
    says = "No credential was sent, or one of a type that this API does not support."
    return replace(answer, body={"error_code": 401, "message": says})


def _in_plain_text(status: int, text: str) -> ResponseEdit:
    return refusals(saying=_WRONG, status=status, body=text.encode(), media_type="text/plain")


def _by_model(call: Call) -> Call:
    """What the newer models refuse."""
    name = model(call).removeprefix("databricks-")
    if name in ("claude-opus-4-7", "claude-opus-4-8"):
        if "enabled" in values(call.body, "thinking/type"):
            raise Refusal(
                '"thinking.type.enabled" is not supported for this model. Use "thinking.type.adaptive" instead.',
                code="BAD_REQUEST",
            )
        _refuse_temperature(call, name)
    if name.startswith("claude") and gives("chat", "tools")(call) and gives("chat", "response_format")(call):
        raise Refusal("response_format and tools cannot be specified in one request.", code="BAD_REQUEST")
    if name.startswith("gpt-5"):
        _refuse_temperature(call, name)
        if gives("chat", "tools")(call) and call.body.get("reasoning_effort") not in (None, "none"):
            raise Refusal(f"Function tools with reasoning_effort are not supported for {name}.", code="BAD_REQUEST")
    if name.startswith("gpt-oss"):
        for member in ("max_completion_tokens", "seed", "stop"):
            if asks("chat")(call) and call.body.get(member) is not None:
                raise Refusal(f'Bad request: json: unknown field "{member}"', code="BAD_REQUEST")
    return call


def _refuse_temperature(call: Call, name: str) -> None:
    if any(given is not None for given in values(call.body, "temperature")):
        raise Refusal(f"Model {name} does not support the temperature parameter.", code="BAD_REQUEST")


def _no_prefill(call: Call) -> Call:
    if model(call).startswith("claude") and values(call.body, "messages/-1/role") == ["assistant"]:
        raise Refusal("Assistant message prefill is not supported by this model.", code="BAD_REQUEST")
    return call


def _no_stream_options(call: Call) -> Call:
    if gives("chat", "stream_options")(call):
        raise Refusal("stream_options: Extra inputs are not permitted", code="BAD_REQUEST", parameter="stream_options")
    return call


def _to_the_login(_: Call, answer: Answer) -> Answer:
    """As an account's own address does."""
    if answer.status != 401:
        return answer
    return replace(answer, status=303, body=b"", headers={**answer.headers, "location": "/login"})


variant("errors-nested", "refuses with the provider's error as JSON in its message, and with details", response=_nested)
variant("credential-codes", "tells a missing credential by a number, and forbids a wrong one", response=_by_number)
variant("invalid-token", "refuses a wrong token with 400, in plain text", response=_in_plain_text(400, "Invalid Token"))
variant(
    "invalid-scope",
    "refuses a wrong token with 403, in plain text",
    response=_in_plain_text(403, "Invalid scope, required scopes: ai-gateway"),
)
variant("login-redirect", "sends whoever has no valid credential to log in", response=_to_the_login)
variant(
    "by-model",
    "refuses of the newer models what they refuse: thinking, temperature, tools with an effort",
    request=_by_model,
)
variant("no-prefill", "lets nobody begin the answer of Claude", request=_no_prefill)
variant("no-stream-options", "does not know stream_options", request=_no_stream_options)
variant(
    "unknown-fields-ignored",
    "ignores fields that it does not know",
    replace(DOCUMENTED, unknown_fields="ignore"),
)
