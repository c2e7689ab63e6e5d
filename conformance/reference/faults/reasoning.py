"""Faults of reasoning: when a model reasons, in which shape, and what may come back."""

from dataclasses import replace
from types import MappingProxyType
from typing import Any

from conformance.reference.calls import Call
from conformance.reference.faults.declared import answers, asks, fault, parts, refuse, requests
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
    breaks=("REASON-CLAUDE-ENABLE", "REASON-CLAUDE-SHAPE", "REASON-BUDGET-LT-MAX", "REASON-THINK-AND-TEXT"),
    says="thinking is ignored",
    request=requests("chat", _thinking_ignored),
)
fault(
    "reasoning-claude-always",
    breaks=("REASON-CLAUDE-DISABLED", "CHAT-NOTHINK-STRING"),
    says="Claude reasons without being asked to",
    policy=replace(DOCUMENTED, default_efforts=MappingProxyType({"claude": "high"})),
)
fault(
    "reasoning-budget-equal-accepted",
    breaks="REASON-BUDGET-LT-MAX",
    says="a budget equal to max_tokens is accepted",
    policy=replace(DOCUMENTED, budget_margin=0),
)
fault(
    "reasoning-budget-one-below-refused",
    breaks="REASON-BUDGET-LT-MAX",
    says="a budget one below max_tokens is refused",
    policy=replace(DOCUMENTED, budget_margin=2),
)
fault(
    "reasoning-content-as-string",
    breaks=("REASON-CLAUDE-SHAPE", "REASON-THINK-AND-TEXT"),
    says="with thinking, content is a string",
    response=answers("chat", _as_string),
)
fault(
    "reasoning-text-first",
    breaks="REASON-CLAUDE-SHAPE",
    says="the text block stands before the reasoning block",
    response=answers("chat", _text_first),
)
fault(
    "reasoning-summary-as-text",
    breaks=("REASON-BLOCK-TYPES", "REASON-CLAUDE-SHAPE", "REASON-SIGNATURE", "REASON-MT-REPLAY"),
    says="the summary of a reasoning block is a string instead of a list",
    response=answers("chat", _summary_as_text),
)
fault(
    "reasoning-signature-missing",
    breaks="REASON-SIGNATURE",
    says="reasoning is not signed",
    policy=replace(DOCUMENTED, signatures_checked=False),
    response=answers("chat", _signature_missing),
)
fault(
    "reasoning-replay-refused",
    breaks=("REASON-MT-REPLAY", "REASON-MT-REPLAY-SDK", "REASON-MT-TOKENS"),
    says="an assistant message with its reasoning block is refused",
    request=refuse(_replays, "messages: reasoning is not a part of assistant messages."),
)
fault(
    "reasoning-replay-500",
    breaks=("REASON-MT-REPLAY", "REASON-MT-REPLAY-SDK", "REASON-MT-MODIFIED", "REASON-MT-TOKENS"),
    says="an assistant message with its reasoning block breaks the gateway",
    request=refuse(_replays, "internal error", status=500),
)
fault(
    "reasoning-older-counted",
    breaks="REASON-MT-TOKENS",
    says="reasoning of earlier turns counts as input",
    policy=replace(DOCUMENTED, last_reasoning_only=False),
)
fault(
    "reasoning-gpt51-default-high",
    breaks="REASON-GPT51-DEFAULT",
    says="GPT-5.1 reasons unless told not to",
    policy=replace(DOCUMENTED, default_efforts=MappingProxyType({"gpt-5-1": "high"})),
)
fault(
    "reasoning-oss-default-none",
    breaks="REASON-OSS-ALWAYS",
    says="GPT OSS models do not reason by default",
    policy=replace(DOCUMENTED, default_efforts=MappingProxyType({"gpt-oss": "none"})),
)
fault(
    "reasoning-effort-high-refused",
    breaks=("REASON-OSS-VALUES", "REASON-GEMINI-EFFORT"),
    says="reasoning_effort high is refused",
    request=refuse(asks("chat", reasoning_effort="high"), "reasoning_effort: high is not known."),
)
fault(
    "reasoning-effort-none-refused",
    breaks="REASON-GPT51-NONE",
    says="reasoning_effort none is refused",
    request=refuse(asks("chat", reasoning_effort="none"), "reasoning_effort: none is not known."),
)
