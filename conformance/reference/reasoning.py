"""Reasoning: how much is asked for, how it is shown, and what may come back (the Reasoning page's sections)."""

import hmac
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from conformance.reference.calls import Json
from conformance.reference.errors import Refusal
from conformance.reference.fields import array, bad, maybe_integer, maybe_string, obj, only, string
from conformance.reference.models import Model
from conformance.reference.policy import Policy

_EFFORTS = {"none": 0, "minimal": 8, "low": 24, "medium": 48, "high": 96}
"""Tokens of reasoning that an effort is worth."""
_THINKING = 64
"""Tokens of reasoning when a budget is given and no long answer is wanted."""
_KEY = b"the reference gateway signs for itself alone"


@dataclass(frozen=True, slots=True)
class Plan:
    """Tokens of reasoning wanted, and the budget that bounds them where `thinking` gave one."""

    wanted: int = 0
    budget: int | None = None


def planned(thinking: Json, effort: str | None, model: Model, cap: int | None, policy: Policy) -> Plan:
    """What `thinking` and `reasoning_effort` ask of this model. Refuses what the model does not take."""
    if thinking is not None:
        plan = _thinking(obj(thinking, "thinking"), model, cap, policy)
        if effort is None:
            return plan
    return Plan(_EFFORTS[_effort(effort, model, policy)])


def _thinking(thinking: dict[str, Any], model: Model, cap: int | None, policy: Policy) -> Plan:
    if not model.thinks:
        raise bad("thinking", f"is not supported by {model.name}")
    only(thinking, {"type", "budget_tokens"}, "thinking.")
    kind = string(thinking.get("type"), "thinking.type")
    if kind == "disabled":
        return Plan()
    if kind != "enabled":
        raise bad("thinking.type", "must be enabled or disabled")
    budget = maybe_integer(thinking, "budget_tokens", policy.budget_least or 1, where="thinking.")
    if budget is None:
        raise bad("thinking.budget_tokens", "is required")
    if policy.budget_margin is not None and cap is not None and budget + policy.budget_margin > cap:
        raise bad("thinking.budget_tokens", f"must be less than max_tokens ({cap})")
    return Plan(_THINKING, budget)


def _effort(effort: str | None, model: Model, policy: Policy) -> str:
    if effort is None:
        return policy.default_efforts.get(model.family, model.effort)
    if effort not in model.efforts:
        allowed = ", ".join(model.efforts) or "no value"
        raise bad("reasoning_effort", f"of {model.name} takes {allowed}")
    return effort


def signed(text: str) -> str:
    """The signature of a reasoning text, in base64: whoever changes the text cannot make it."""
    return b64encode(hmac.digest(_KEY, text.encode("utf-8", "surrogatepass"), sha256)).decode()


def block(text: str, model: Model) -> dict[str, Any]:
    """The reasoning block of a chat answer; signed by the models that sign."""
    summary = {"type": "summary_text", "text": text}
    return {"type": "reasoning", "summary": [summary | {"signature": signed(text)} if model.signs else summary]}


def replayed(part: Mapping[str, Any], model: Model, policy: Policy, where: str) -> str:
    """The text of a reasoning block that a client sends back. Refuses one that was changed, and names it."""
    texts = []
    for index, member in enumerate(array(part.get("summary"), f"{where}summary")):
        inner = f"{where}summary[{index}]"
        summary = obj(member, inner)
        text = string(summary.get("text"), f"{inner}.text")
        signature = maybe_string(summary, "signature", f"{inner}.")
        if model.signs and policy.signatures_checked and not _genuine(text, signature):
            raise Refusal(
                f"{inner}.signature does not belong to this reasoning text: send the block back as it was received.",
                parameter=f"{inner}.signature",
            )
        texts.append(text)
    return "".join(texts)


def _genuine(text: str, signature: str | None) -> bool:
    return signature is not None and hmac.compare_digest(
        signature.encode("utf-8", "surrogatepass"), signed(text).encode()
    )
