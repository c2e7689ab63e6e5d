"""Faults of what Chat Completions answers: shapes, and usage."""

from dataclasses import replace
from typing import Any

from conformance.reference.edits import add, answers, change, drop, put
from conformance.reference.faults.declared import fault


def _counted_twice(body: dict[str, Any]) -> None:
    for name in ("prompt_tokens", "completion_tokens"):
        body["usage"][name] *= 2


def _in_a_block(content: Any) -> Any:
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


def _more_reasoning(body: dict[str, Any]) -> None:
    details = body["usage"].get("completion_tokens_details")
    if details and details["reasoning_tokens"]:
        details["reasoning_tokens"] += body["usage"]["total_tokens"]


fault(
    "chat-usage-total-off-by-one",
    breaks={"CHAT-USAGE-SUM": "usage does not add up"},
    says="total_tokens is one more than prompt_tokens and completion_tokens together",
    response=answers("chat", add("usage/total_tokens", 1)),
)
fault(
    "chat-usage-missing",
    breaks={
        "CHAT-USAGE-KEYS": "usage.prompt_tokens is not an integer",
        "CHAT-STREAM-EQUAL": "usage of the stream",
        "DOORS-SAME-ANSWER": "no usage through chat",
    },
    says="completions have no usage",
    response=answers("chat", drop("usage")),
)
fault(
    "chat-usage-as-strings",
    breaks={"CHAT-USAGE-KEYS": "usage.prompt_tokens is not an integer", "DOORS-SAME-ANSWER": "no usage through chat"},
    says="token counts are strings",
    response=answers("chat", change("usage/prompt_tokens", str)),
)
fault(
    "chat-object-wrong",
    breaks={"CHAT-RESP-OBJECT": "object says something else", "SDK-QUERY-PATH": "object says something else"},
    says="object is text_completion",
    response=answers("chat", put("object", "text_completion")),
)
fault(
    "chat-created-in-milliseconds",
    breaks={"CHAT-RESP-CREATED": "not Unix time in seconds"},
    says="created counts milliseconds",
    response=answers("chat", change("created", lambda seconds: seconds * 1000)),
)
fault(
    "chat-id-null",
    breaks={"CHAT-RESP-ID": "id is no usable string"},
    says="id is null",
    response=answers("chat", put("id", None)),
)
fault(
    "chat-model-empty",
    breaks={"CHAT-RESP-MODEL": "model is no name"},
    says="model is empty",
    response=answers("chat", put("model", "")),
)
fault(
    "chat-choices-empty",
    breaks={"CHAT-RESP-CHOICES": "choices is empty"},
    undecides=("CHAT-MAXTOKENS-CAP", "CHAT-STREAM-EQUAL", "REASON-CLAUDE-SHAPE"),
    says="choices is an empty list",
    response=answers("chat", put("choices", [])),
)
fault(
    "chat-choice-index-string",
    breaks={"CHAT-RESP-CHOICES": "choices.0.index is not an integer"},
    says="the index of a choice is a string",
    response=answers("chat", put("choices/0/index", "0")),
)
fault(
    "chat-finish-reason-missing",
    breaks={"CHAT-RESP-FINISH": "finish_reason is absent", "CHAT-STREAM-EQUAL": "reason of the stream"},
    undecides=("CHAT-MAXTOKENS-CAP",),
    says="choices have no finish_reason",
    response=answers("chat", drop("choices/0/finish_reason")),
)
fault(
    "chat-text-as-list",
    breaks={"CHAT-NOTHINK-STRING": "content is a list of text blocks"},
    warns={"SDK-QUERY-CONTENT": "content is a list, which databricks-sdk types as a string"},
    says="without thinking, content is a list with one text block",
    response=answers("chat", change("choices/0/message/content", _in_a_block)),
)
fault(
    "chat-content-type-text",
    breaks={"CHAT-CONTENT-TYPE": "the content type"},
    says="completions are sent as text/plain",
    response=lambda call, answer: replace(answer, media_type="text/plain") if call.surface == "chat" else answer,
)
fault(
    "chat-usage-counted-twice",
    breaks={
        "CHAT-USAGE-SUM": "usage does not add up",
        "CHAT-MAXTOKENS-CAP": "the cap on output tokens is not kept",
        "CHAT-STREAM-USAGE": "the stream counts another prompt",
    },
    says="prompt and completion are counted twice, and the total once",
    response=answers("chat", _counted_twice),
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
        "IMG-GEMMALLAMA-ALLPROCESSED": "images: 4: no more input tokens than images: 1",
    },
    says="prompt_tokens is 0",
    response=answers("chat", put("usage/prompt_tokens", 0)),
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
    response=answers("chat", drop("created")),
)
fault(
    "chat-id-missing",
    breaks={"CHAT-RESP-ID": "id is absent"},
    says="id is missing",
    response=answers("chat", drop("id")),
)
fault(
    "chat-model-of-another-family",
    breaks={"CHAT-RESP-MODEL": "model names another family"},
    says="whatever is asked, model is databricks-gpt-5",
    response=answers("chat", put("model", "databricks-gpt-5")),
)
fault(
    "chat-role-of-the-user",
    breaks={
        "CHAT-RESP-CHOICES": "the role",
        "REASON-MT-REPLAY-SDK": "the message as the target sent it is not accepted (400",
    },
    says="the message of the answer is the user's",
    response=answers("chat", put("choices/0/message/role", "user")),
)
fault(
    "chat-text-missing",
    undecides=("CHAT-STREAM-EQUAL", "REASON-CLAUDE-SHAPE"),
    breaks={"CHAT-RESP-CHOICES": "a finished answer says nothing"},
    says="content is null",
    response=answers("chat", put("choices/0/message/content", None)),
)
fault(
    "chat-index-from-1",
    breaks={"CHAT-RESP-CHOICES": "indices are not 0, 1, …"},
    says="choices are counted from 1",
    response=answers("chat", put("choices/0/index", 1)),
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
    response=answers("chat", put("choices/0/finish_reason", "end_turn")),
)
fault(
    "chat-cut-not-told",
    breaks={
        "CHAT-MAXTOKENS-CAP": "a cut answer does not say so",
        "DOORS-SAME-ANSWER": "responses stops for another reason than chat",
    },
    says="an answer that was cut says that it stopped",
    response=answers("chat", put("choices/0/finish_reason", "stop")),
)
