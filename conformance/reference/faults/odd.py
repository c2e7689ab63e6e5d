"""Faults on odd requests, which only requests made from the specs are odd enough to find."""

from dataclasses import replace
from typing import Any

from conformance.reference.calls import Answer, Call
from conformance.reference.edits import asks, refuse
from conformance.reference.faults.declared import fault
from conformance.reference.policy import DOCUMENTED


def _speaks_beyond_the_plane(call: Call) -> bool:
    return call.surface == "chat" and any(ord(letter) > 0xFFFF for letter in str(call.body))


def _prompt_tokens_as_text(call: Call, answer: Answer) -> Answer:
    """The one rare branch: a stop sequence is given, and then a number is text."""
    if not asks("chat", stop=...)(call) or not isinstance(answer.body, dict) or "usage" not in answer.body:
        return answer
    usage = answer.body["usage"]
    return replace(answer, body=answer.body | {"usage": usage | {"prompt_tokens": str(usage["prompt_tokens"])}})


def _metadata_as_text(call: Call, answer: Answer) -> Answer:
    if not asks("responses", include=...)(call) or not isinstance(answer.body, dict) or "output" not in answer.body:
        return answer
    return replace(answer, body=answer.body | {"metadata": "none"})


def _content_filled_in(call: Call) -> Call:
    """A message without content is taken for an empty one."""
    if call.surface != "chat" or not isinstance(call.body, dict) or not isinstance(call.body.get("messages"), list):
        return call
    messages = [_with_content(message) for message in call.body["messages"]]
    return replace(call, body=call.body | {"messages": messages})


def _with_content(message: Any) -> Any:
    return {"content": "", **message} if isinstance(message, dict) and message.get("role") == "user" else message


def _store_is_read_as_a_flag(call: Call) -> Call:
    """Only `true` counts as specified: any other value is dropped."""
    if not asks("responses", store=...)(call) or call.body["store"] in (True, False, None):
        return call
    return replace(call, body={name: value for name, value in call.body.items() if name != "store"})


def _syntax_errors_in_html(_: Call, answer: Answer) -> Answer:
    refused = answer.status == 400 and "not valid JSON" in str(answer.body)
    return replace(answer, body=b"<html>Bad Request</html>", media_type="text/html") if refused else answer


def _plain_chat(call: Call) -> bool:
    return call.path.endswith("mlflow/v1/chat/completions") and asks("chat", max_tokens=16)(call)


fault(
    "odd-astral-text-500",
    breaks={"SPEC-VALID-ANSWERED": "astral text at messages.[].content of createChatCompletion breaks the target (500"},
    says="a character beyond the basic plane breaks the gateway",
    request=refuse(_speaks_beyond_the_plane, "internal error", status=500),
)
fault(
    "odd-safety-settings-500",
    warns={"SPEC-VALID-ANSWERED": "safetySettings.[].category of generateContent breaks the target (500"},
    breaks={"ERR-CLIENT-NOT-5XX": "safetySettings of generateContent breaks the target (500"},
    says="safety settings, which the pages do not show, break the gateway",
    request=refuse(asks("gemini", safetySettings=...), "internal error", status=500),
)
fault(
    "odd-usage-is-text-after-stop",
    breaks={"SPEC-ANSWER-FITS": "usage.prompt_tokens is not what ChatCompletion says ("},
    says="with a stop sequence, usage counts in text",
    response=_prompt_tokens_as_text,
)
fault(
    "odd-metadata-is-text-with-include",
    warns={"SPEC-ANSWER-FITS": "metadata is not what Response says (none"},
    says="with include, the metadata of a response is text",
    response=_metadata_as_text,
)
fault(
    "odd-message-without-content-taken",
    warns={
        "SPEC-INVALID-REFUSED": "object missing required property at messages.[].content of createChatCompletion is taken"
    },
    says="a user message without content is taken",
    request=_content_filled_in,
)
fault(
    "odd-store-of-another-type-taken",
    breaks={
        "SPEC-INVALID-REFUSED": "forbidden value at store of createResponse is taken, though forbidden by RESP-400-STORE"
    },
    says="store is refused only where it is true",
    request=_store_is_read_as_a_flag,
)
fault(
    "odd-trailing-bytes-taken",
    warns={"SPEC-INVALID-REFUSED": "trailing bytes at the body of createChatCompletion is taken"},
    says="what follows the JSON of a request is not looked at",
    policy=replace(DOCUMENTED, trailing_bytes="ignore"),
)
fault(
    "odd-syntax-error-in-html",
    warns={"SPEC-INVALID-REFUSED": "trailing comma at the body of createResponse is refused without JSON (400, <html>"},
    says="what is no JSON is refused by a proxy in front, in HTML",
    response=_syntax_errors_in_html,
)
fault(
    "odd-stream-false-refused",
    breaks={"SPEC-VALID-ANSWERED": "though promised by CHAT-STREAM-SSE (400"},
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
