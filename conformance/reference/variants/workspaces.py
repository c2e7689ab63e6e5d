"""Variants of what a workspace has: Unity Gateway enforced, models that it lacks, sizes that it takes, headers that it adds."""

from collections.abc import Mapping
from dataclasses import replace

from conformance.reference.calls import Answer, Call
from conformance.reference.edits import refusals
from conformance.reference.errors import Refusal
from conformance.reference.policy import DOCUMENTED, MEGABYTE, Policy
from conformance.reference.variant import RequestEdit, ResponseEdit
from conformance.reference.variants.declared import variant

_LACKING = replace(DOCUMENTED, models_absent=frozenset({"claude-opus-4-1", "gpt-5-5"}))
_NOT_DEPLOYED = "The given endpoint does not exist: check that the model and version are deployed, and retry."
_HEADERS: Mapping[str, str] = {
    "x-request-id": "00000000-0000-4000-8000-000000000000",
    "x-databricks-org-id": "1234567890123456",
    "x-amzn-requestid": "00000000-0000-4000-8000-000000000001",
    "x-amzn-bedrock-invocation-latency": "1111",
    "server-timing": 'request_id;dur=0;desc="00000000-0000-4000-8000-000000000000", client_protocol;dur=0;desc="HTTP/1.1"',
    "strict-transport-security": "max-age=31536000; includeSubDomains; preload",
    "x-content-type-options": "nosniff",
    "vary": "Accept-Encoding",
    "x-ratelimit-limit-requests": "1000",
    "x-ratelimit-remaining-requests": "999",
}


def _named(call: Call) -> str:
    """The model that a call names, in its path or its body."""
    named = call.model or (call.body.get("model") if isinstance(call.body, dict) else None)
    return named if isinstance(named, str) else ""


def _enforced(status: int, code: str, words: str) -> RequestEdit:
    """Serves nothing below /serving-endpoints, and no model by the name of an endpoint."""

    def edited(call: Call) -> Call:
        name = _named(call)
        if "/serving-endpoints/" in call.path or name.startswith("databricks-"):
            raise Refusal(words.format(name=name[:60]), status=status, code=code)
        return call

    return edited


def _endpoint_not_found(_: Call, answer: Answer) -> Answer:
    if answer.status != 404 or "RESOURCE_DOES_NOT_EXIST" not in str(answer.body):
        return answer
    return replace(answer, body={"error_code": "ENDPOINT_NOT_FOUND", "message": _NOT_DEPLOYED})


def _by_one_name(call: Call) -> Call:
    if _named(call) in ("system.ai.claude-opus-4-5", "databricks-claude-opus-4-6"):
        raise Refusal(f"{_named(call)!r} does not exist.", status=404, code="NOT_FOUND")
    return call


def _no_service_by_endpoint_path(call: Call) -> Call:
    if "/serving-endpoints/" in call.path and _named(call).startswith("system.ai."):
        raise Refusal(_NOT_DEPLOYED, status=404, code="ENDPOINT_NOT_FOUND")
    return call


def _chat_not_for(name: str) -> RequestEdit:
    def edited(call: Call) -> Call:
        if call.surface == "chat" and _named(call).endswith(name):
            raise Refusal(
                f"API type 'openai/v1/chat/completions' is not supported by {_named(call)!r}."
                " Supported API types: [openai/v1/responses].",
                code="BAD_REQUEST",
            )
        return call

    return edited


def _weighing(status: int) -> Policy:
    """One limit on the bytes of a request to GPT-5, that of all requests: it is above the one that the pages give."""
    policy = replace(DOCUMENTED, body_most=32 * MEGABYTE, too_large_status=status)
    for family in DOCUMENTED.responses_families:
        policy = policy.with_images(family, payload=None)
    return policy


def _says_content_length() -> ResponseEdit:
    limit = 32 * MEGABYTE
    says = f"The request exceeds the maximum allowed content length. Limit(bytes): {limit}"
    return refusals(saying="REQUEST_TOO_LARGE", body={"error_code": "BAD_REQUEST", "message": says})


variant(
    "enforced",
    "has Unity Gateway enforced, and answers 501 for what it replaces",
    request=_enforced(
        501, "NOT_IMPLEMENTED", "'{name}' is no longer available: use the model services of Unity Catalog (v3)."
    ),
)
variant(
    "enforced-403",
    "has Unity Gateway enforced, and answers 403 for what it replaces",
    request=_enforced(
        403,
        "PERMISSION_DENIED",
        "Querying the pay-per-token endpoint '{name}' is disabled for this workspace: use Unity Gateway.",
    ),
)
variant(
    "endpoint-not-found",
    "calls a model that it lacks an endpoint that is not found",
    _LACKING,
    response=_endpoint_not_found,
)
variant(
    "no-service-by-endpoint-path",
    "knows no model service below /serving-endpoints",
    request=_no_service_by_endpoint_path,
)
variant("by-one-name", "knows two models by one of their names alone", request=_by_one_name)
variant("chat-not-for-pro", "serves gpt-5-5-pro on Responses alone", request=_chat_not_for("gpt-5-5-pro"))
variant(
    "limit-of-32-mib",
    "takes requests to GPT-5 of up to 32 MiB, and refuses more with 400",
    _weighing(400),
    response=_says_content_length(),
)
variant("limit-of-32-mib-413", "takes requests to GPT-5 of up to 32 MiB, and refuses more with 413", _weighing(413))
variant("headers-of-databricks", "adds the headers of Databricks and of Bedrock", replace(DOCUMENTED, headers=_HEADERS))
