"""Faults of errors: their status, and their shape."""

from dataclasses import replace
from typing import Any

from conformance.reference.calls import Answer, Call
from conformance.reference.edits import refusals, requests
from conformance.reference.faults.declared import BROKEN, fault
from conformance.reference.policy import DOCUMENTED


def _one_message(body: dict[str, Any]) -> None:
    if isinstance(body.get("messages"), str):
        body["messages"] = [{"role": "user", "content": body["messages"]}]


def _mistaken(call: Call) -> bool:
    """Whether messages are no list."""
    return call.surface == "chat" and isinstance(call.body, dict) and isinstance(call.body.get("messages"), str)


fault(
    "errors-malformed-json-500",
    breaks={"ERR-CLIENT-NOT-5XX": "broken JSON is not refused (500"},
    says="malformed JSON is answered with 500",
    policy=replace(DOCUMENTED, malformed_status=500),
)
fault(
    "errors-missing-field-500",
    breaks={"ERR-CLIENT-NOT-5XX": "a body without its one necessary field is not refused (500"},
    says="a chat request without messages breaks the gateway",
    response=refusals(
        lambda call: call.surface == "chat" and isinstance(call.body, dict) and "messages" not in call.body, 500
    ),
)
fault(
    "errors-unknown-model-500",
    breaks={
        "CHAT-UNKNOWN-MODEL": BROKEN,
        "CHAT-MODEL-OMITTED": "the model '': the target breaks (500",
    },
    says="a model that does not exist breaks the gateway",
    response=lambda call, answer: (
        replace(answer, status=500) if call.surface == "chat" and answer.status == 404 else answer
    ),
)
fault(
    "errors-empty-body",
    breaks={"CHAT-ERR-SHAPE": "the error body is not JSON"},
    says="chat requests that are refused get no reason, only a status",
    response=lambda call, answer: (
        Answer(b"", answer.status)
        if answer.status >= 400 and call.surface == "chat" and call.body is not None
        else answer
    ),
)
fault(
    "errors-wrong-type-500",
    breaks={
        "ERR-CLIENT-NOT-5XX": "a wrong type is not refused (500",
    },
    says="messages that are no list break the gateway",
    response=refusals(_mistaken, 500),
)
fault(
    "errors-wrong-type-accepted",
    breaks={"ERR-CLIENT-NOT-5XX": "a wrong type is not refused (200"},
    says="messages that are a string are taken for one message",
    request=requests("chat", _one_message),
)
fault(
    "errors-page",
    breaks={"CHAT-ERR-SHAPE": "the error body is not JSON"},
    warns={"AUTH-REFUSED": "the refusal is no JSON"},
    says="errors are web pages",
    response=lambda call, answer: (
        replace(answer, body=b"<!doctype html><h1>Bad request</h1>", media_type="text/html")
        if call.surface == "chat" and answer.status >= 400
        else answer
    ),
)
fault(
    "errors-of-another-shape",
    breaks={"CHAT-ERR-SHAPE": "the error body is unknown", "GEM-ERR-SHAPE": "the error body is unknown"},
    warns={
        "RESP-400-BACKGROUND": "the error does not name background",
        "RESP-400-STORE": "the error does not name store",
        "RESP-400-PREVIOUS-RESPONSE-ID": "the error does not name previous_response_id",
        "RESP-400-SERVICE-TIER": "the error does not name service_tier",
    },
    says="errors are JSON in which no client finds the message",
    response=lambda _, answer: replace(answer, body={"detail": "no"}) if answer.status >= 400 else answer,
)
