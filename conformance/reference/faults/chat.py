"""Faults of Chat Completions: shapes, usage, parameters, errors."""

from dataclasses import replace
from typing import Any

from conformance.reference.calls import Answer, Call
from conformance.reference.faults.declared import BROKEN, REFUSED, TAKEN, answers, asks, fault, refusals, refuse
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
    policy=replace(DOCUMENTED, cap_kept=False),
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
