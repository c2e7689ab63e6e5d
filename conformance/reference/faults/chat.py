"""Faults of Chat Completions: shapes, usage, parameters, errors."""

from dataclasses import replace
from typing import Any

from conformance.reference.calls import Answer, Call
from conformance.reference.faults.declared import (
    BROKEN,
    REFUSED,
    TAKEN,
    answers,
    asks,
    fault,
    refusals,
    refuse,
    requests,
)  # fmt: skip
from conformance.reference.faults.matching import holds, of
from conformance.reference.policy import DOCUMENTED


def _more_tokens(body: dict[str, Any]) -> None:
    body["usage"]["total_tokens"] += 1


def _text_list(body: dict[str, Any]) -> None:
    message = body["choices"][0]["message"]
    if isinstance(message["content"], str):
        message["content"] = [{"type": "text", "text": message["content"]}]


def _system_message(call: Call) -> bool:
    messages = call.body.get("messages") if call.surface == "chat" and isinstance(call.body, dict) else None
    return isinstance(messages, list) and any(isinstance(m, dict) and m.get("role") == "system" for m in messages)


fault(
    "chat-usage-total-off-by-one",
    breaks={"CHAT-USAGE-SUM": "usage does not add up"},
    says="total_tokens is one more than prompt_tokens and completion_tokens together",
    response=answers("chat", _more_tokens),
)
fault(
    "chat-usage-missing",
    breaks={
        "CHAT-USAGE-KEYS": "usage.prompt_tokens is not an integer",
        "CHAT-STREAM-EQUAL": "usage of the stream",
        "DOORS-SAME-ANSWER": "no usage through chat",
    },
    says="completions have no usage",
    response=answers("chat", lambda body: body.pop("usage")),
)
fault(
    "chat-usage-as-strings",
    breaks={"CHAT-USAGE-KEYS": "usage.prompt_tokens is not an integer", "DOORS-SAME-ANSWER": "no usage through chat"},
    says="token counts are strings",
    response=answers("chat", lambda body: body["usage"].update(prompt_tokens=str(body["usage"]["prompt_tokens"]))),
)
fault(
    "chat-object-wrong",
    breaks={"CHAT-RESP-OBJECT": "object says something else", "SDK-QUERY-PATH": "object says something else"},
    says="object is text_completion",
    response=answers("chat", lambda body: body.update(object="text_completion")),
)
fault(
    "chat-created-in-milliseconds",
    breaks={"CHAT-RESP-CREATED": "not Unix time in seconds"},
    says="created counts milliseconds",
    response=answers("chat", lambda body: body.update(created=body["created"] * 1000)),
)
fault(
    "chat-id-null",
    breaks={"CHAT-RESP-ID": "id is no usable string"},
    says="id is null",
    response=answers("chat", lambda body: body.update(id=None)),
)
fault(
    "chat-model-empty",
    breaks={"CHAT-RESP-MODEL": "model is no name"},
    says="model is empty",
    response=answers("chat", lambda body: body.update(model="")),
)
fault(
    "chat-choices-empty",
    breaks={
        "CHAT-RESP-CHOICES": "choices is empty",
        "REASON-CLAUDE-SHAPE": "choices.0.message.content is not a list",
        "CHAT-STREAM-EQUAL": "kinds of the stream",
        "REASON-THINK-AND-TEXT": "no text in the answer",
    },
    clouds=("CHAT-MAXTOKENS-CAP",),
    says="choices is an empty list",
    response=answers("chat", lambda body: body.update(choices=[])),
)
fault(
    "chat-choice-index-string",
    breaks={"CHAT-RESP-CHOICES": "choices.0.index is not an integer"},
    says="the index of a choice is a string",
    response=answers("chat", lambda body: body["choices"][0].update(index="0")),
)
fault(
    "chat-finish-reason-missing",
    breaks={"CHAT-RESP-FINISH": "finish_reason is absent", "CHAT-STREAM-EQUAL": "reason of the stream"},
    clouds=("CHAT-MAXTOKENS-CAP",),
    says="choices have no finish_reason",
    response=answers("chat", lambda body: body["choices"][0].pop("finish_reason")),
)
fault(
    "chat-text-as-list",
    breaks={"CHAT-NOTHINK-STRING": "content is a list of text blocks"},
    warns={"SDK-QUERY-CONTENT": "content is a list, which databricks-sdk types as a string"},
    says="without thinking, content is a list with one text block",
    response=answers("chat", _text_list),
)
fault(
    "chat-content-type-text",
    breaks={"CHAT-CONTENT-TYPE": "the content type"},
    says="completions are sent as text/plain",
    response=lambda call, answer: replace(answer, media_type="text/plain") if call.surface == "chat" else answer,
)
fault(
    "chat-max-tokens-refused",
    breaks={"CHAT-MAXTOKENS": REFUSED},
    says="max_tokens is refused, max_completion_tokens wanted",
    request=refuse(asks("chat", max_tokens=...), "max_tokens: use max_completion_tokens."),
)
fault(
    "chat-cap-ignored",
    breaks={
        "CHAT-MAXTOKENS-CAP": "the cap on output tokens is not kept",
        "RESP-MAXOUT-CAP": "the cap on output tokens is not kept",
        "GEM-MAXOUT-CAP": "the cap on output tokens is not kept",
    },
    says="answers grow beyond the cap",
    policy=replace(DOCUMENTED, cap_excess=None),
)
fault(
    "chat-system-role-refused",
    breaks={"CHAT-ROLE-SYSTEM": REFUSED},
    says="a system message is refused",
    request=refuse(_system_message, "messages: the role system is not known."),
)
fault(
    "chat-temperature-refused",
    breaks={"CHAT-TEMPERATURE": REFUSED},
    says="temperature is refused",
    policy=replace(DOCUMENTED, temperature_families=frozenset()),
)
fault(
    "chat-service-name-unknown",
    breaks={"CHAT-MODEL-UCNAME": "system.ai.claude-sonnet-4-5 is not accepted (404"},
    clouds=(
        "CHAT-PATH",
        "GEM-PATH",
    ),
    says="models are known by endpoint name alone, not as system.ai services",
    policy=replace(DOCUMENTED, model_prefixes=("databricks-",)),
)
fault(
    "chat-unknown-model-answered",
    breaks={"CHAT-UNKNOWN-MODEL": TAKEN},
    says="a model that does not exist is answered by another",
    policy=replace(DOCUMENTED, unknown_model="gemini-3-1-pro"),
)
fault(
    "chat-custom-tools-accepted",
    breaks={"RESP-CUSTOM-CHAT": "a custom tool on chat: the request is not refused as documented (200"},
    says="custom tools work on chat completions",
    policy=replace(DOCUMENTED, chat_custom_tools=True),
)
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


def _message(body: dict[str, Any]) -> dict[str, Any]:
    message: dict[str, Any] = body["choices"][0]["message"]
    return message


def _doubled(usage: dict[str, Any]) -> None:
    for key in ("prompt_tokens", "completion_tokens"):
        usage[key] *= 2


def _says_stop(body: dict[str, Any]) -> None:
    body["choices"][0]["finish_reason"] = "stop"


def _uncapped(call: Call) -> bool:
    return call.surface == "chat" and isinstance(call.body, dict) and "max_tokens" not in call.body


def _more_reasoning(body: dict[str, Any]) -> None:
    details = body["usage"].get("completion_tokens_details")
    if details and details["reasoning_tokens"]:
        details["reasoning_tokens"] += body["usage"]["total_tokens"]


def _one_message(body: dict[str, Any]) -> None:
    if isinstance(body.get("messages"), str):
        body["messages"] = [{"role": "user", "content": body["messages"]}]


def _mistaken(call: Call) -> bool:
    """Whether messages are no list."""
    return call.surface == "chat" and isinstance(call.body, dict) and isinstance(call.body.get("messages"), str)


fault(
    "chat-cap-demanded",
    breaks={
        "CHAT-PATH": REFUSED,
        "CHAT-MODEL-UCNAME": "system.ai.claude-sonnet-4-5 is not accepted (400",
        "REASON-VIA-CHAT": REFUSED,
        "SDK-QUERY-PATH": REFUSED,
        "SERVING-ENDPOINTNAME": "databricks-claude-sonnet-4-5 is not accepted (400",
    },
    clouds=(
        "AUTH-BASIC", "AUTH-BEARER", "CHAT-ROLE-SYSTEM", "CHAT-RESP-CHOICES", "CHAT-STREAM-SSE", "CHAT-TEMPERATURE",
        "CHAT-UNKNOWN-MODEL", "CHAT-USAGE-SUM", "RESP-CUSTOM-CHAT",
    ),
    says="a chat request without max_tokens is refused",
    request=refuse(_uncapped, "max_tokens is required."),
)  # fmt: skip
fault(
    "chat-usage-counted-twice",
    breaks={
        "CHAT-USAGE-SUM": "usage does not add up",
        "CHAT-MAXTOKENS-CAP": "the cap on output tokens is not kept",
        "CHAT-STREAM-USAGE": "the stream counts another prompt",
    },
    says="prompt and completion are counted twice, and the total once",
    response=answers("chat", lambda body: _doubled(body["usage"])),
)
fault(
    "chat-prompt-not-counted",
    breaks={
        "CHAT-USAGE-KEYS": "usage.prompt_tokens is too small",
        "CHAT-USAGE-SUM": "usage does not add up",
        "CHAT-STREAM-USAGE": "the stream counts another prompt",
        "DOORS-SAME-ANSWER": "no usage through chat",
        "AV-CHAT-PROCESSED": "one medium inline: no more input tokens than no medium",
        "IMG-MULTI": "two different images: no more input tokens than one image",
        "IMG-TOKENS-IN-USAGE": "one image: no more input tokens than no image",
        "IMG-GEMMALLAMA-ALLPROCESSED": "images: 2: no more input tokens than images: 1",
    },
    says="prompt_tokens is 0",
    response=answers("chat", lambda body: body["usage"].update(prompt_tokens=0)),
)
fault(
    "chat-reasoning-counted-twice",
    breaks={"REASON-TOKENS-USAGE": "more reasoning than was made"},
    says="more reasoning tokens are told than tokens were made",
    response=answers("chat", _more_reasoning),
)
fault(
    "chat-created-missing",
    breaks={"CHAT-RESP-CREATED": "created is not an integer"},
    says="created is missing",
    response=answers("chat", lambda body: body.pop("created")),
)
fault(
    "chat-id-missing",
    breaks={"CHAT-RESP-ID": "id is absent"},
    says="id is missing",
    response=answers("chat", lambda body: body.pop("id")),
)
fault(
    "chat-model-of-another-family",
    breaks={"CHAT-RESP-MODEL": "model names another family"},
    says="whatever is asked, model is databricks-gpt-5",
    response=answers("chat", lambda body: body.update(model="databricks-gpt-5")),
)
fault(
    "chat-role-of-the-user",
    breaks={
        "CHAT-RESP-CHOICES": "the role",
        "REASON-MT-REPLAY-SDK": "the message as the target sent it is not accepted (400",
    },
    says="the message of the answer is the user's",
    response=answers("chat", lambda body: _message(body).update(role="user")),
)
fault(
    "chat-text-missing",
    breaks={
        "CHAT-RESP-CHOICES": "a finished answer says nothing",
        "CHAT-STREAM-EQUAL": "text of the stream",
        "DOORS-SAME-ANSWER": "no text through chat",
        "REASON-CLAUDE-SHAPE": "choices.0.message.content is not a list",
        "REASON-THINK-AND-TEXT": "no text in the answer",
    },
    says="content is null",
    response=answers("chat", lambda body: _message(body).update(content=None)),
)
fault(
    "chat-index-from-1",
    breaks={"CHAT-RESP-CHOICES": "indices are not 0, 1, …"},
    says="choices are counted from 1",
    response=answers("chat", lambda body: body["choices"][0].update(index=1)),
)
fault(
    "chat-finish-reason-unknown",
    breaks={
        "CHAT-RESP-FINISH": "an unknown finish_reason",
        "CHAT-MAXTOKENS-CAP": "a cut answer does not say so",
        "CHAT-STREAM-EQUAL": "reason of the stream",
        "DOORS-SAME-ANSWER": "responses stops for another reason than chat",
    },
    says="finish_reason is end_turn, which OpenAI clients do not know",
    response=answers("chat", lambda body: body["choices"][0].update(finish_reason="end_turn")),
)
fault(
    "chat-cut-not-told",
    breaks={
        "CHAT-MAXTOKENS-CAP": "a cut answer does not say so",
        "DOORS-SAME-ANSWER": "responses stops for another reason than chat",
    },
    says="an answer that was cut says that it stopped",
    response=answers("chat", _says_stop),
)
fault(
    "cap-exceeded-by-one",
    # Where a model reasons, its reasoning may come on top of the cap: one token more is not to be seen there.
    breaks={"CHAT-MAXTOKENS-CAP": "the cap on output tokens is not kept"},
    says="answers may have one token more than their cap",
    policy=replace(DOCUMENTED, cap_excess=1),
)
fault(
    "chat-max-tokens-refused-on-gpt",
    breaks={"CHAT-MAXTOKENS": REFUSED},
    says="GPT-5.1 wants max_completion_tokens, as on OpenAI's own API",
    request=refuse(of("gpt-5-1", asks("chat", max_tokens=...)), "max_tokens: use max_completion_tokens."),
)
fault(
    "chat-custom-tools-500",
    breaks={"RESP-CUSTOM-CHAT": "a custom tool on chat: the request is not refused as documented (500"},
    says="a custom tool on chat breaks the gateway",
    request=refuse(holds('"type": "custom"'), "internal error", status=500),
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
