"""Variants of reasoning: what is shown of it, how it is counted, and how it is steered."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from conformance.reference.calls import Call, Event
from conformance.reference.edits import JsonEdit, answers, drop, each_event, everywhere, requests, streams
from conformance.reference.errors import Refusal
from conformance.reference.matching import asks
from conformance.reference.policy import DOCUMENTED
from conformance.reference.variants.declared import variant

Holder = dict[str, Any]
"""A message, or a delta."""


def _holders(edit: Callable[[Holder], None], *, claude: bool = True) -> JsonEdit:
    """Edits each message or delta; not those of Claude, whose form is settled, unless that is wanted."""

    def edited(body: dict[str, Any]) -> None:
        for choice in body["choices"] if claude or "claude" not in body.get("model", "") else ():
            edit(choice["message"] if "message" in choice else choice["delta"])

    return edited


def _blocks(holder: Holder) -> list[dict[str, Any]]:
    content = holder.get("content")
    return content if isinstance(content, list) else []


def _on_top(body: dict[str, Any]) -> None:
    """completion_tokens are those of the answer; in the total, reasoning comes on top of them."""
    usage = body.get("usage") or {}
    if details := usage.get("completion_tokens_details"):
        usage["completion_tokens"] -= details["reasoning_tokens"]


def _beside(holder: Holder) -> None:
    """As other servers show it."""
    if blocks := _blocks(holder):
        told = [summary.get("text", "") for block in blocks for summary in block.get("summary", ())]
        text = "".join(block.get("text", "") for block in blocks)
        holder |= {"reasoning_content": "".join(told), "content": text or None}


def _sealed(holder: Holder) -> None:
    """Only the provider can read it."""
    for block in _blocks(holder):
        if "summary" in block:
            block["summary"] = [{"type": "summary_encrypted_text", "data": "c2VhbGVk"} for _ in block["summary"]]


def _in_more_blocks(body: dict[str, Any]) -> None:
    """The text in two blocks, and a block of another type."""
    for choice in body["choices"]:
        blocks = _blocks(choice["message"])
        if blocks and blocks[-1]["type"] == "text":
            text = blocks.pop()["text"]
            halves = text[: len(text) // 2], text[len(text) // 2 :]
            blocks += [*({"type": "text", "text": half} for half in halves), {"type": "x_trace", "trace": "t-1"}]


def _in_more_deltas(events: list[Event]) -> Iterable[Event]:
    in_blocks = False
    for event in events:
        body = event.data if isinstance(event.data, dict) else {}
        choice = (body.get("choices") or [{}])[0]
        in_blocks = in_blocks or bool(_blocks(choice.get("delta", {})))
        if choice.get("finish_reason") and in_blocks:
            delta = {"content": [{"type": "x_trace", "trace": "t-1"}]}
            yield Event({**body, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]})
        yield event


def _signature_apart(holder: Holder) -> None:
    """An empty signature in each delta of the text, and at the end a signature without a text."""
    for block in _blocks(holder):
        for summary in block.get("summary", ()):
            if "signature" in summary:
                summary.pop("text", None)
            else:
                summary["signature"] = ""


def _any_value(body: dict[str, Any]) -> None:
    """What steers the reasoning of other models changes nothing; a cap below one token is none."""
    if isinstance(body.get("max_tokens"), int) and body["max_tokens"] < 1:
        del body["max_tokens"]
    claude = "claude" in str(body.get("model"))
    if not claude:
        body.pop("thinking", None)
    if claude or body.get("reasoning_effort") not in ("low", "medium", "high"):
        body.pop("reasoning_effort", None)


def _only_plainly(call: Call) -> Call:
    cap = call.body.get("max_output_tokens") if isinstance(call.body, dict) else None
    if isinstance(cap, int) and cap < 16:
        raise Refusal("max_output_tokens must be at least 16.", parameter="max_output_tokens")
    if asks("chat", thinking=...)(call):
        if call.body["thinking"] in (None, {"type": "disabled"}):
            raise Refusal("thinking must be enabled, or absent.", parameter="thinking")
        if "max_tokens" not in call.body:
            raise Refusal("thinking needs max_tokens.", parameter="max_tokens")
    return call


def _decline(message: Holder) -> None:
    message |= {"content": None, "refusal": "I would rather not think about that."}


def _thinks(call: Call) -> bool:
    return asks("chat", thinking=...)(call) and "enabled" in str(call.body["thinking"])


variant(
    "reasoning-first",
    "lets reasoning eat the whole cap and does not tell its tokens apart",
    replace(DOCUMENTED, reasoning_share=1.0, reasoning_tokens_shown=False),
)
variant(
    "reasoning-hidden",
    "shows no reasoning but that of Claude, and counts it",
    replace(DOCUMENTED, reasoning_hidden=frozenset({"gpt-oss", "gemini"})),
)
variant("reasoning-on-top", "counts reasoning on top of the completion", **everywhere("chat", _on_top))
variant("reasoning-uncapped", "caps the answer alone", replace(DOCUMENTED, reasoning_capped=False))
variant(
    "reasoning-beside",
    "shows reasoning beside the content",
    **everywhere("chat", _holders(_beside, claude=False)),
)
variant(
    "reasoning-sealed",
    "shows reasoning encrypted, but that of Claude",
    **everywhere("chat", _holders(_sealed, claude=False)),
)
variant(
    "more-blocks",
    "answers with more blocks than the documents show, one of a type of its own",
    request=requests("chat", drop("messages/*/content/x_trace")),
    response=answers("chat", _in_more_blocks),
    events=streams("chat", _in_more_deltas),
)
variant(
    "signature-apart",
    "streams the signature by itself after empty ones",
    events=each_event("chat", _holders(_signature_apart)),
)
variant("any-value", "lets pass what steers other models, and caps of 0", request=requests("chat", _any_value))
variant(
    "parameters-refused",
    "takes thinking only to switch it on under a cap, temperature on Claude alone, and 16 tokens at the least on Responses",
    replace(DOCUMENTED, temperature_families=frozenset({"claude"})),
    request=_only_plainly,
)
variant(
    "declines",
    "declines what is to be thought about",
    response=answers("chat", _holders(_decline), when=_thinks),
)
