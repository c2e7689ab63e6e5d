"""Faults of errors: their status, and their shape."""

from dataclasses import replace

from conformance.reference.edits import change, refusals, requests
from conformance.reference.faults.declared import BROKEN, fault
from conformance.reference.matching import asks, lacks, on
from conformance.reference.policy import DOCUMENTED

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
    response=refusals(lacks("chat", "messages"), status=500),
)
fault(
    "errors-unknown-model-500",
    breaks={"CHAT-UNKNOWN-MODEL": BROKEN, "CHAT-MODEL-OMITTED": "the model '': the target breaks (500"},
    says="a model that does not exist breaks the gateway",
    response=refusals(on("chat"), saying="RESOURCE_DOES_NOT_EXIST", status=500),
)
fault(
    "errors-empty-body",
    breaks={"CHAT-ERR-SHAPE": "the error body is not JSON"},
    says="chat requests that are refused get no reason, only a status",
    response=refusals(lambda call: call.surface == "chat" and call.body is not None, body=b""),
)
fault(
    "errors-wrong-type-500",
    breaks={"ERR-CLIENT-NOT-5XX": "a wrong type is not refused (500"},
    says="messages that are no list break the gateway",
    response=refusals(asks("chat", messages=str), status=500),
)
fault(
    "errors-wrong-type-accepted",
    breaks={"ERR-CLIENT-NOT-5XX": "a wrong type is not refused (200"},
    says="messages that are a string are taken for one message",
    request=requests(
        "chat", change("messages", lambda text: [{"role": "user", "content": text}]), when=asks("chat", messages=str)
    ),
)
fault(
    "errors-page",
    breaks={"CHAT-ERR-SHAPE": "the error body is not JSON"},
    says="errors are web pages",
    response=refusals(on("chat"), body=b"<!doctype html><h1>Bad request</h1>", media_type="text/html"),
)
fault(
    "errors-of-another-shape",
    breaks=dict.fromkeys(("CHAT-ERR-SHAPE", "RESP-ERR-SHAPE", "GEM-ERR-SHAPE"), "the error body is unknown"),
    warns={
        "RESP-400-BACKGROUND": "the error does not name background",
        "RESP-400-STORE": "the error does not name store",
        "RESP-400-PREVIOUS-RESPONSE-ID": "the error does not name previous_response_id",
        "RESP-400-SERVICE-TIER": "the error does not name service_tier",
    },
    says="errors are JSON in which no client finds the message",
    response=refusals(body={"detail": "no"}),
)
