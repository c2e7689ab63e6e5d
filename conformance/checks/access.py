"""What a workspace's administration makes of a request: an answer that tells nothing about the gateway's contract.

A policy that denies, a privilege that is missing, a limit of 0, a switch that is off: none of them is evidence. They are known
by the words in which real gateways were seen to say them (Observed gateway traffic); whatever else is refused is judged.
"""

import re
from collections.abc import Iterator
from typing import Any

from conformance.checks.answers import FORBIDDEN, error_message, error_text
from conformance.checks.event_stream import is_streamed, read
from conformance.checks.findings import Undecided, abbreviated, get
from conformance.wire.exchange import Exchange, NotJson

CONTENT_FILTER = "content_filter"
_CREDENTIAL_STATUSES = frozenset({401, 403, 407})
_INVALID_TOKEN = re.compile(r"^invalid (access )?token\b", re.IGNORECASE)
_GEMINI_BLOCKS = frozenset({"SAFETY", "PROHIBITED_CONTENT", "BLOCKLIST", "SPII", "RECITATION", "IMAGE_SAFETY"})
_GUARDRAIL = re.compile(
    r"input_guardrail_triggered|output_guardrail_triggered|guardrail.{0,40}\b(blocked|triggered)", re.IGNORECASE
)
_NOT_GRANTED = (
    (re.compile(r"rate limit of 0\b", re.IGNORECASE), "its rate limit here is 0"),
    (re.compile(r"\bbudget\b", re.IGNORECASE), "a budget is spent"),
    (
        re.compile(r"\b(EXECUTE|USE SCHEMA|USE CATALOG|privileges?|permissions? to)\b", re.IGNORECASE),
        "a privilege is missing",
    ),
)
"""What a 403 says that is about the caller's account, not about the credential or the request."""
_SWITCHED_OFF = re.compile(
    r"(not (been )?enabled|(is|are) disabled|not allowed|turned off)\b.{0,60}\b(workspace|account|admin\w*|organi[sz]ation)"
    r"|\b(workspace|account) (admin\w*|owner)\b.{0,60}\b(enable|disable|allow)",
    re.IGNORECASE | re.DOTALL,
)
_ENFORCED = re.compile(
    r"no longer available\b.{0,40}\bmodel services|please use unity gateway", re.IGNORECASE | re.DOTALL
)
_OTHER_API = re.compile(
    r"API type '[^']*' is not supported by|passthrough is not supported for model|is not available on the \S+ endpoint",
    re.IGNORECASE,
)


def refuses_credential(exchange: Exchange) -> bool:
    """Whether an answer is about the credential: by its status, or by the words that come with 400 and may be plain text."""
    if exchange.status in _CREDENTIAL_STATUSES:
        return True
    return exchange.status == 400 and _INVALID_TOKEN.search(error_message(exchange)) is not None


def withheld_reason(exchange: Exchange) -> str:
    """Why an answer is no evidence for anything, in words; empty if it may be judged."""
    return denial_reason(exchange) or kept_reason(exchange)


def denial_reason(exchange: Exchange) -> str:
    """By which policy or filter a request or its answer was denied, in words; empty if none did."""
    return _denial(exchange) if exchange.response else ""


def kept_reason(exchange: Exchange) -> str:
    """Why the target keeps what is asked for from a caller whose credential is valid; empty if that is not what it says."""
    return _not_granted(exchange) or _switched_off(exchange)


def not_offered_reason(exchange: Exchange) -> str:
    """Why the target does not offer what was asked at this path, in words; empty if that is not what it says.

    Unity Gateway is enforced, so that the older paths and names are closed; or the model is served by another API alone.
    """
    if (exchange.status or 0) < 400:
        return ""
    message = error_message(exchange)
    if _ENFORCED.search(message):
        return f"the older paths and names are closed here: {exchange.status}, {error_text(exchange)}"
    if _OTHER_API.search(message):
        return f"this model is not served by this API: {exchange.status}, {error_text(exchange)}"
    return ""


def _denial(exchange: Exchange) -> str:
    """A policy or a filter denied the request or its answer."""
    if (exchange.status or 0) >= 400:
        guarded = exchange.status == 400 and _GUARDRAIL.search(error_message(exchange))
        return f"a guardrail of the target denied the request: {error_text(exchange)}" if guarded else ""
    for body in _bodies(exchange):
        if get(body, "databricks_service_policy.action") == "deny":
            reason = get(body, "databricks_service_policy.reason")
            return f"a service policy denied the request: {abbreviated(reason if isinstance(reason, str) else 'deny')}"
        if blocked := _filtered(body):
            return f"a content filter withheld the answer ({blocked})"
    return ""


def _bodies(exchange: Exchange) -> Iterator[Any]:
    try:
        if is_streamed(exchange):
            yield from read(exchange).bodies
        elif exchange.response:
            yield exchange.response.json()
    except (NotJson, Undecided):
        return


def _filtered(body: Any) -> str:
    """By what an answer, or a piece of one, says that it was withheld; empty if it does not."""
    choices, candidates = get(body, "choices"), get(body, "candidates")
    reasons = [get(choice, "finish_reason") for choice in choices] if isinstance(choices, list) else []
    if reasons and all(reason == CONTENT_FILTER for reason in reasons):
        return f"finish_reason {CONTENT_FILTER}"
    for path in ("incomplete_details.reason", "response.incomplete_details.reason"):
        if get(body, path) == CONTENT_FILTER:
            return f"incomplete: {CONTENT_FILTER}"
    if isinstance(blocked := get(body, "promptFeedback.blockReason"), str):
        return f"blockReason {abbreviated(blocked)}"
    ends = [get(candidate, "finishReason") for candidate in candidates] if isinstance(candidates, list) else []
    if ends and all(isinstance(end, str) and end in _GEMINI_BLOCKS for end in ends):
        return f"finishReason {ends[0]}"
    return ""


def _not_granted(exchange: Exchange) -> str:
    if exchange.status != FORBIDDEN:
        return ""
    message = error_message(exchange)
    found = next((words for pattern, words in _NOT_GRANTED if pattern.search(message)), "")
    return f"{found}: {exchange.status}, {error_text(exchange)}" if found else ""


def _switched_off(exchange: Exchange) -> str:
    """A switch of the workspace's administrator, which is no matter of the contract."""
    if not 400 <= (exchange.status or 0) < 500 or not _SWITCHED_OFF.search(error_message(exchange)):
        return ""
    if not_offered_reason(exchange):
        return ""
    return f"an administrator has to switch it on: {exchange.status}, {error_text(exchange)}"
