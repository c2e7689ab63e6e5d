"""Faults of reasoning: when a model reasons, in which shape, and what may come back."""

from collections.abc import Callable
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from conformance.reference.calls import Call
from conformance.reference.edits import JsonEdit, answers, break_on, change, drop, put, refusals, refuse, requests
from conformance.reference.faults.declared import BROKEN, REFUSED, TAKEN, fault
from conformance.reference.matching import asks, has_part, of, on
from conformance.reference.paths import values
from conformance.reference.policy import DOCUMENTED, Policy

_CONTENT = "choices/0/message/content"
_SUMMARY = f"{_CONTENT}/*/summary/*"


def _change_blocks(new: Callable[[list[Any]], Any]) -> JsonEdit:
    """Makes something new of content that comes in blocks."""
    return change(_CONTENT, lambda content: new(content) if isinstance(content, list) else content)


def _joined(texts: list[Any]) -> str:
    return "".join(text.get("text", "") for text in texts)


def _in_tags(blocks: list[Any]) -> str:
    said = "".join(values(blocks, "reasoning/summary/*/text"))
    return f"<think>{said}</think>{_joined(blocks)}"


def _without_reasoning(body: dict[str, Any]) -> None:
    """Claude's answer, as if it had not reasoned."""
    if "claude" in body["model"] and values(body, f"{_CONTENT}/*"):
        _unreasoned(body)


def _unreasoned(body: dict[str, Any]) -> None:
    """An answer as if its model had not reasoned."""
    _change_blocks(lambda blocks: blocks[-1].get("text", ""))(body)
    body["usage"]["completion_tokens_details"] = {"reasoning_tokens": 0}


def _by_default(family: str, effort: str) -> Policy:
    """A policy under which models of the family reason so unless they are told otherwise."""
    return replace(DOCUMENTED, default_efforts=MappingProxyType({family: effort}))


def _reasons(call: Call) -> bool:
    return asks("chat", reasoning_effort=...)(call) and call.body["reasoning_effort"] != "none"


def _continues_without_reasoning(call: Call) -> bool:
    """Whether reasoning is on and an earlier answer comes back as plain text."""
    return asks("chat", thinking=...)(call) and any(
        isinstance(message, dict) and message.get("role") == "assistant" and isinstance(message.get("content"), str)
        for message in values(call.body, "messages/*")
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
    request=requests("chat", drop("thinking")),
)
fault(
    "reasoning-claude-always",
    breaks={
        "REASON-CLAUDE-DISABLED": "reasoning that was not asked for",
        "CHAT-NOTHINK-STRING": "content is no string",
    },
    warns={"SDK-QUERY-CONTENT": "content is a list, which databricks-sdk types as a string"},
    says="Claude reasons without being asked to",
    policy=_by_default("claude", "high"),
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
    says="with thinking, content is a string",
    response=answers("chat", _change_blocks(_joined)),
)
fault(
    "reasoning-text-first",
    breaks={"REASON-CLAUDE-SHAPE": "reasoning does not come first"},
    says="the text block stands before the reasoning block",
    response=answers("chat", _change_blocks(lambda blocks: blocks[::-1])),
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
    response=answers("chat", change(f"{_CONTENT}/reasoning/summary", _joined)),
)
fault(
    "reasoning-signature-missing",
    breaks={"REASON-SIGNATURE": "reasoning without a signature"},
    says="reasoning is not signed",
    policy=replace(DOCUMENTED, signatures_checked=False),
    response=answers("chat", drop(f"{_SUMMARY}/signature")),
)
fault(
    "reasoning-replay-refused",
    breaks={
        "REASON-MT-REPLAY": REFUSED,
        "REASON-MT-REPLAY-SDK": "the message as the target sent it is not accepted (400",
    },
    undecides=("REASON-MT-TOKENS", "REASON-MT-MODIFIED"),
    says="an assistant message with its reasoning block is refused",
    request=refuse(has_part("reasoning"), "messages: reasoning is not a part of assistant messages."),
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
    request=break_on(has_part("reasoning")),
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
    policy=_by_default("gpt-5-1", "high"),
)
fault(
    "reasoning-oss-default-none",
    breaks={
        "REASON-OSS-ALWAYS": "no sign of reasoning",
        "REASON-OSS-DEFAULT": "another effort than the documented default",
    },
    says="GPT OSS models do not reason by default",
    policy=_by_default("gpt-oss", "none"),
)
fault(
    "reasoning-oss-default-low",
    breaks={"REASON-OSS-DEFAULT": "another effort than the documented default"},
    says="GPT OSS models reason with low effort by default",
    policy=_by_default("gpt-oss", "low"),
)
fault(
    "reasoning-gemini-default-high",
    breaks={"REASON-GEMINI-DEFAULT": "another effort than the documented default"},
    says="gemini-3-1-pro reasons with high effort by default",
    policy=_by_default("gemini", "high"),
)
fault(
    "reasoning-effort-without-effect",
    breaks={"REASON-OSS-ALWAYS": "no sign of reasoning"},
    warns={
        "REASON-GPT51-OVERRIDE": "the override has no effect",
        "REASON-GEMINI-EFFORT": "the override has no effect",
        "REASON-THINK-AND-TEXT": "no reasoning block beside the text",
    },
    says="reasoning_effort is taken, and nothing is reasoned",
    response=answers("chat", _unreasoned, when=_reasons),
)
fault(
    "reasoning-effort-empty-answers",
    breaks={"CHAT-RESP-CHOICES": "choices is empty"},
    undecides=(
        "REASON-OSS-VALUES",
        "REASON-GPT51-OVERRIDE",
        "REASON-GPT51-NONE",
        "REASON-GEMINI-EFFORT",
        "REASON-BLOCK-TYPES",
    ),
    says="whatever asks for an effort is answered with an empty list of choices",
    response=answers("chat", put("choices", []), when=asks("chat", reasoning_effort=...)),
)
fault(
    "reasoning-as-tags",
    breaks={
        "REASON-CLAUDE-SHAPE": "choices.0.message.content is not a list",
        "CHAT-STREAM-EQUAL": "kinds of the stream",
    },
    warns={
        "REASON-CLAUDE-ENABLE": "reasoning stands inside the text, as tags",
        "REASON-THINK-AND-TEXT": "reasoning stands inside the text, as tags",
        "REASON-OSS-ALWAYS": "reasoning stands inside the text, as tags",
    },
    says="reasoning comes inside the text as tags",
    response=answers("chat", _change_blocks(_in_tags)),
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
    response=answers("chat", _without_reasoning),
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
    response=refusals(saying="less than max_tokens", status=500),
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
    response=answers("chat", drop(f"{_CONTENT}/text")),
)
fault(
    "reasoning-signature-empty",
    breaks={"REASON-SIGNATURE": "reasoning without a signature"},
    says="the signature of reasoning is empty, and not looked at",
    policy=replace(DOCUMENTED, signatures_checked=False),
    response=answers("chat", put(f"{_SUMMARY}/signature", "")),
)
fault(
    "reasoning-summary-untyped",
    breaks={"REASON-BLOCK-TYPES": "a summary without a type"},
    says="summaries have no type",
    response=answers("chat", drop(f"{_SUMMARY}/type")),
)
fault(
    "reasoning-plain-turn-refused",
    breaks={"REASON-MT-OMIT": REFUSED},
    says="with thinking on, an earlier answer has to come back with its reasoning",
    request=refuse(_continues_without_reasoning, "messages: the reasoning block is missing."),
)
fault(
    "reasoning-altered-500",
    breaks={"REASON-MT-MODIFIED": "the request is not refused as documented (500"},
    says="reasoning that was altered breaks the gateway",
    response=refusals(has_part("reasoning"), status=500),
)
fault(
    "reasoning-gpt51-override-refused",
    breaks={"REASON-GPT51-OVERRIDE": "reasoning_effort is not accepted (400"},
    says="the effort of GPT-5.1 cannot be raised",
    request=refuse(of("gpt-5-1", _reasons), "reasoning_effort: use none."),
)
fault(
    "reasoning-oss-20b-low-refused",
    breaks={"REASON-OSS-VALUES": "reasoning_effort low is not accepted (400"},
    says="gpt-oss-20b does not take reasoning_effort low",
    request=refuse(of("gpt-oss-20b", asks("chat", reasoning_effort="low")), "reasoning_effort: low is not known."),
)
fault(
    "reasoning-gemini-not-on-chat",
    breaks={
        "REASON-VIA-CHAT": "a plain request to gemini-3-1-pro is not accepted (400",
        "CHAT-PATH": "a plain request to gemini-3-1-pro is not accepted (400",
    },
    says="Gemini models are served by their own API alone",
    request=refuse(of("gemini", on("chat")), "use the Gemini API."),
)
