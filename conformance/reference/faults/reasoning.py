"""Faults of reasoning: when a model reasons, in which shape, and what may come back."""

from dataclasses import replace
from types import MappingProxyType
from typing import Any

from conformance.reference.calls import Call
from conformance.reference.edits import answers, asks, parts, refusals, refuse, requests
from conformance.reference.faults.declared import BROKEN, REFUSED, TAKEN, fault
from conformance.reference.faults.matching import model, of
from conformance.reference.policy import DOCUMENTED


def _content(body: dict[str, Any]) -> list[dict[str, Any]]:
    """The blocks of an answer, empty for one that is a string."""
    content = body["choices"][0]["message"]["content"]
    return content if isinstance(content, list) else []


def _as_string(body: dict[str, Any]) -> None:
    if blocks := _content(body):
        body["choices"][0]["message"]["content"] = "".join(block.get("text", "") for block in blocks)


def _text_first(body: dict[str, Any]) -> None:
    _content(body).reverse()


def _summary_as_text(body: dict[str, Any]) -> None:
    for block in _content(body):
        if block["type"] == "reasoning":
            block["summary"] = "".join(summary["text"] for summary in block["summary"])


def _signature_missing(body: dict[str, Any]) -> None:
    for block in _content(body):
        for summary in block.get("summary", ()):
            summary.pop("signature", None)


def _thinking_ignored(body: dict[str, Any]) -> None:
    body.pop("thinking", None)


def _replays(call: Call) -> bool:
    return (
        call.surface == "chat"
        and isinstance(call.body, dict)
        and any(part.get("type") == "reasoning" for part in parts(call.body))
    )


fault(
    "reasoning-thinking-ignored",
    breaks={
        "REASON-CLAUDE-SHAPE": "choices.0.message.content is not a list",
        "REASON-BUDGET-LT-MAX": TAKEN,
    },
    warns={
        "REASON-CLAUDE-ENABLE": "neither reasoning nor its tokens are shown",
        "REASON-THINK-AND-TEXT": "no reasoning block beside the text",
    },
    says="thinking is ignored",
    request=requests("chat", _thinking_ignored),
)
fault(
    "reasoning-claude-always",
    breaks={
        "REASON-CLAUDE-DISABLED": "reasoning that was not asked for",
        "CHAT-NOTHINK-STRING": "content is no string",
    },
    warns={"SDK-QUERY-CONTENT": "content is a list, which databricks-sdk types as a string"},
    says="Claude reasons without being asked to",
    policy=replace(DOCUMENTED, default_efforts=MappingProxyType({"claude": "high"})),
)
fault(
    "reasoning-budget-equal-accepted",
    breaks={"REASON-BUDGET-LT-MAX": TAKEN},
    says="a budget equal to max_tokens is accepted",
    policy=replace(DOCUMENTED, budget_margin=0),
)
fault(
    "reasoning-budget-one-below-refused",
    breaks={"REASON-BUDGET-LT-MAX": "a budget below max_tokens is not accepted (400"},
    says="a budget one below max_tokens is refused",
    policy=replace(DOCUMENTED, budget_margin=2),
)
fault(
    "reasoning-content-as-string",
    breaks={
        "REASON-CLAUDE-SHAPE": "choices.0.message.content is not a list",
        "CHAT-STREAM-EQUAL": "kinds of the stream",
    },
    warns={"REASON-THINK-AND-TEXT": "no reasoning block beside the text"},
    says="with thinking, content is a string",
    response=answers("chat", _as_string),
)
fault(
    "reasoning-text-first",
    breaks={"REASON-CLAUDE-SHAPE": "reasoning does not come first"},
    says="the text block stands before the reasoning block",
    response=answers("chat", _text_first),
)
fault(
    "reasoning-summary-as-text",
    breaks={
        "REASON-BLOCK-TYPES": "choices.0.message.content.0.summary is not a list",
        "REASON-CLAUDE-SHAPE": "choices.0.message.content.0.summary.0.text is not a string",
        "REASON-SIGNATURE": "reasoning without a signature",
        "REASON-MT-REPLAY": REFUSED,
        "REASON-MT-REPLAY-SDK": "the message as the target sent it is not accepted (400",
    },
    says="the summary of a reasoning block is a string instead of a list",
    response=answers("chat", _summary_as_text),
)
fault(
    "reasoning-signature-missing",
    breaks={"REASON-SIGNATURE": "reasoning without a signature"},
    says="reasoning is not signed",
    policy=replace(DOCUMENTED, signatures_checked=False),
    response=answers("chat", _signature_missing),
)
fault(
    "reasoning-replay-refused",
    breaks={
        "REASON-MT-REPLAY": REFUSED,
        "REASON-MT-REPLAY-SDK": "the message as the target sent it is not accepted (400",
    },
    undecides=("REASON-MT-TOKENS", "REASON-MT-MODIFIED"),
    says="an assistant message with its reasoning block is refused",
    request=refuse(_replays, "messages: reasoning is not a part of assistant messages."),
)
fault(
    "reasoning-replay-500",
    breaks={
        "REASON-MT-REPLAY": "the request is not accepted (500",
        "REASON-MT-REPLAY-SDK": "the message as the target sent it is not accepted (500",
    },
    undecides=(
        "REASON-MT-MODIFIED",
        "REASON-MT-TOKENS",
    ),
    says="an assistant message with its reasoning block breaks the gateway",
    request=refuse(_replays, "internal error", status=500),
)
fault(
    "reasoning-older-counted",
    breaks={"REASON-MT-TOKENS": "older reasoning is counted"},
    says="reasoning of earlier turns counts as input",
    policy=replace(DOCUMENTED, last_reasoning_only=False),
)
fault(
    "reasoning-gpt51-default-high",
    breaks={"REASON-GPT51-DEFAULT": "it reasons unasked"},
    says="GPT-5.1 reasons unless told not to",
    policy=replace(DOCUMENTED, default_efforts=MappingProxyType({"gpt-5-1": "high"})),
)
fault(
    "reasoning-oss-default-none",
    breaks={
        "REASON-OSS-ALWAYS": "no sign of reasoning",
        "REASON-OSS-DEFAULT": "another effort than the documented default",
    },
    says="GPT OSS models do not reason by default",
    policy=replace(DOCUMENTED, default_efforts=MappingProxyType({"gpt-oss": "none"})),
)
fault(
    "reasoning-oss-default-low",
    breaks={"REASON-OSS-DEFAULT": "another effort than the documented default"},
    says="GPT OSS models reason with low effort by default",
    policy=replace(DOCUMENTED, default_efforts=MappingProxyType({"gpt-oss": "low"})),
)
fault(
    "reasoning-gemini-default-high",
    breaks={"REASON-GEMINI-DEFAULT": "another effort than the documented default"},
    says="gemini-3-1-pro reasons with high effort by default",
    policy=replace(DOCUMENTED, default_efforts=MappingProxyType({"gemini": "high"})),
)
fault(
    "reasoning-effort-high-refused",
    breaks={
        "REASON-OSS-VALUES": "reasoning_effort high is not accepted (400",
        "REASON-GEMINI-EFFORT": REFUSED,
    },
    says="reasoning_effort high is refused",
    request=refuse(asks("chat", reasoning_effort="high"), "reasoning_effort: high is not known."),
)
fault(
    "reasoning-effort-none-refused",
    breaks={"REASON-GPT51-NONE": "reasoning_effort none is not accepted (400"},
    says="reasoning_effort none is refused",
    request=refuse(asks("chat", reasoning_effort="none"), "reasoning_effort: none is not known."),
)


def _continues_without_reasoning(call: Call) -> bool:
    """Whether reasoning is on and an earlier answer comes back as plain text."""
    if not asks("chat", thinking=...)(call) or not isinstance(call.body.get("messages"), list):
        return False
    return any(isinstance(m, dict) and m.get("role") == "assistant" and isinstance(m["content"], str)
               for m in call.body["messages"])  # fmt: skip


def _text_missing(body: dict[str, Any]) -> None:
    if blocks := _content(body):
        body["choices"][0]["message"]["content"] = [block for block in blocks if block["type"] != "text"]


def _signature_empty(body: dict[str, Any]) -> None:
    for block in _content(body):
        for summary in block.get("summary", ()):
            if "signature" in summary:
                summary["signature"] = ""


def _untyped_summary(body: dict[str, Any]) -> None:
    for block in _content(body):
        for summary in block.get("summary", ()):
            del summary["type"]


def _answers_plainly(body: dict[str, Any]) -> None:
    if "claude" in body["model"] and (blocks := _content(body)):
        body["choices"][0]["message"]["content"] = blocks[-1].get("text", "")
        body["usage"]["completion_tokens_details"] = {"reasoning_tokens": 0}


fault(
    "reasoning-thinking-refused",
    breaks={"REASON-CLAUDE-ENABLE": REFUSED},
    undecides=("REASON-BUDGET-LT-MAX", "REASON-MT-OMIT", "REASON-MT-REPLAY", "REASON-SIGNATURE", "REASON-CLAUDE-SHAPE"),
    says="thinking is refused",
    request=refuse(of("claude", asks("chat", thinking=...)), "thinking: this field is not known."),
)
fault(
    "reasoning-not-shown",
    breaks={
        "REASON-CLAUDE-ENABLE": "no sign of reasoning",
        "REASON-CLAUDE-SHAPE": "choices.0.message.content is not a list",
    },
    warns={"REASON-THINK-AND-TEXT": "no reasoning block beside the text"},
    says="with thinking, Claude answers as without, and counts no reasoning",
    response=answers("chat", _answers_plainly),
)
fault(
    "reasoning-budget-above-accepted",
    breaks={"REASON-BUDGET-LT-MAX": TAKEN},
    says="a budget may be as large as it likes",
    policy=replace(DOCUMENTED, budget_margin=None),
)
fault(
    "reasoning-budget-500",
    breaks={"REASON-BUDGET-LT-MAX": BROKEN},
    says="a budget that is not below max_tokens breaks the gateway",
    response=lambda _, answer: replace(answer, status=500) if "less than max_tokens" in str(answer.body) else answer,
)
fault(
    "reasoning-text-missing",
    breaks={
        "REASON-THINK-AND-TEXT": "no text in the answer",
        "REASON-CLAUDE-SHAPE": "reasoning, then text",
        "CHAT-STREAM-EQUAL": "text of the stream",
        "DOORS-SAME-ANSWER": "no text through chat",
    },
    says="a reasoning answer ends without its text",
    response=answers("chat", _text_missing),
)
fault(
    "reasoning-signature-empty",
    breaks={
        "REASON-SIGNATURE": "reasoning without a signature",
        "REASON-MT-MODIFIED": "the request is not refused as documented (200",
    },
    says="the signature of reasoning is empty, and not looked at",
    policy=replace(DOCUMENTED, signatures_checked=False),
    response=answers("chat", _signature_empty),
)
fault(
    "reasoning-summary-untyped",
    breaks={"REASON-BLOCK-TYPES": "a summary without a type"},
    says="summaries have no type",
    response=answers("chat", _untyped_summary),
)
fault(
    "reasoning-plain-turn-refused",
    breaks={"REASON-MT-OMIT": REFUSED},
    says="with thinking on, an earlier answer has to come back with its reasoning",
    request=refuse(_continues_without_reasoning, "messages: the reasoning block is missing."),
)
fault(
    "reasoning-altered-accepted",
    breaks={"REASON-MT-MODIFIED": "the request is not refused as documented (200"},
    says="reasoning that was altered is accepted",
    policy=replace(DOCUMENTED, signatures_checked=False),
)
fault(
    "reasoning-altered-500",
    breaks={"REASON-MT-MODIFIED": "the request is not refused as documented (500"},
    says="reasoning that was altered breaks the gateway",
    response=refusals(_replays, 500),
)
fault(
    "reasoning-gpt51-override-refused",
    breaks={"REASON-GPT51-OVERRIDE": "reasoning_effort is not accepted (400"},
    says="the effort of GPT-5.1 cannot be raised",
    request=refuse(lambda call: of("gpt-5-1", asks("chat", reasoning_effort=...))(call)
                   and call.body["reasoning_effort"] != "none", "reasoning_effort: use none."),
)  # fmt: skip
fault(
    "reasoning-oss-20b-low-refused",
    breaks={"REASON-OSS-VALUES": "reasoning_effort low is not accepted (400"},
    says="gpt-oss-20b does not take reasoning_effort low",
    request=refuse(of("gpt-oss-20b", asks("chat", reasoning_effort="low")), "reasoning_effort: low is not known."),
)
fault(
    "reasoning-gemini-not-on-chat",
    breaks={"REASON-VIA-CHAT": REFUSED},
    says="Gemini models are served by their own API alone",
    request=refuse(lambda call: call.surface == "chat" and model(call).startswith("gemini"), "use the Gemini API."),
)
