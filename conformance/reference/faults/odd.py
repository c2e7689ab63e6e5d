"""Faults on odd requests, which only requests made from the specs are odd enough to find."""

from dataclasses import replace
from typing import Any

from conformance.reference.calls import Call
from conformance.reference.edits import answers, break_on, change, drop, put, refusals, refuse, requests
from conformance.reference.faults.declared import fault
from conformance.reference.matching import asks
from conformance.reference.policy import DOCUMENTED


def _speaks_beyond_the_plane(call: Call) -> bool:
    return call.surface == "chat" and any(ord(letter) > 0xFFFF for letter in str(call.body))


def _with_content(message: Any) -> Any:
    return {"content": "", **message} if isinstance(message, dict) and message.get("role") == "user" else message


def _store_is_no_flag(call: Call) -> bool:
    return asks("responses", store=...)(call) and call.body["store"] not in (True, False, None)


def _plain_chat(call: Call) -> bool:
    return call.path.endswith("mlflow/v1/chat/completions") and asks("chat", max_tokens=16)(call)


def _stops_on_the_gateway(call: Call) -> bool:
    """Whether a stop sequence is asked for on the path of the gateway, not on the older ones."""
    return asks("chat", stop=...)(call) and "/serving-endpoints/" not in call.path


fault(
    "odd-astral-text-500",
    breaks={
        "SPEC-VALID-ANSWERED": "astral text at messages.[].content of createChatCompletion breaks the target (500",
        "ANSWER-TEXT-INTACT": "text that is not ASCII on claude-sonnet-4-6 breaks the target (500",
    },
    says="a character beyond the basic plane breaks the gateway",
    request=break_on(_speaks_beyond_the_plane),
)
fault(
    "odd-safety-settings-500",
    warns={"SPEC-VALID-ANSWERED": "safetySettings.[].category of generateContent breaks the target (500"},
    breaks={"ERR-CLIENT-NOT-5XX": "safetySettings of generateContent breaks the target (500"},
    says="safety settings, which the pages do not show, break the gateway",
    request=break_on(asks("gemini", safetySettings=...)),
)
fault(
    "odd-usage-is-text-after-stop",
    generated=True,
    breaks={"CHAT-USAGE-KEYS": "usage.prompt_tokens is not an integer ("},
    says="with a stop sequence, usage counts in text",
    response=answers("chat", change("usage/prompt_tokens", str), when=_stops_on_the_gateway),
)
fault(
    "odd-metadata-is-text-with-include",
    warns={"SPEC-ANSWER-FITS": "metadata is not what Response says (none"},
    says="with include, the metadata of a response is text",
    response=answers("responses", put("metadata", "none"), when=asks("responses", include=...)),
)
fault(
    "odd-message-without-content-taken",
    warns={
        "SPEC-INVALID-REFUSED": "object missing required property at messages.[].content of createChatCompletion is taken"
    },
    says="a user message without content is taken",
    request=requests("chat", change("messages/*", _with_content)),
)
fault(
    "odd-store-of-another-type-taken",
    generated=True,
    breaks={
        "RESP-400-STORE": "forbidden value at store of createResponse is taken, though forbidden by RESP-400-STORE"
    },
    says="store is refused only where it is true",
    request=requests("responses", drop("store"), when=_store_is_no_flag),
)
fault(
    "odd-trailing-bytes-taken",
    warns={"SPEC-INVALID-REFUSED": "trailing bytes at the body of createChatCompletion is taken"},
    says="what follows the JSON of a request is not looked at",
    policy=replace(DOCUMENTED, trailing_bytes="ignore"),
)
fault(
    "odd-syntax-error-in-html",
    breaks=dict.fromkeys(("CHAT-ERR-SHAPE", "RESP-ERR-SHAPE", "GEM-ERR-SHAPE"), "the error body is not JSON (<html>"),
    says="what is no JSON is refused by a proxy in front, in HTML",
    response=refusals(saying="not valid JSON", body=b"<html>Bad Request</html>", media_type="text/html"),
)
fault(
    "odd-stream-false-refused",
    generated=True,
    breaks={"CHAT-STREAM-SSE": "though promised by CHAT-STREAM-SSE (400"},
    says="stream may be true or absent, but not false",
    request=refuse(asks("chat", stream=False), "stream can only be true."),
)
fault(
    "odd-plain-request-refused",
    breaks={"SPEC-VALID-ANSWERED": "plain at the body of createChatCompletion is refused, though promised by"},
    undecides=("SPEC-INVALID-REFUSED",),
    says="an answer has to be longer than 16 tokens",
    request=refuse(_plain_chat, "max_tokens must be at least 17."),
)
