"""Faults of what the Responses API takes: input, models, and caps."""

import json
from dataclasses import replace

from conformance.reference.calls import Call
from conformance.reference.edits import asks, refusals, refuse
from conformance.reference.faults.declared import BROKEN, REFUSED, TAKEN, fault
from conformance.reference.faults.matching import of
from conformance.reference.models import MODELS
from conformance.reference.policy import DOCUMENTED
from conformance.reference.responses import UNSUPPORTED


def _holds(call: Call, *kinds: str) -> bool:
    """Whether a Responses request has an input item, or a part of one, of these types."""
    items = call.body.get("input") if call.surface == "responses" and isinstance(call.body, dict) else None
    for item in items if isinstance(items, list) else ():
        content = item.get("content") if isinstance(item, dict) else None
        for held in [item, *(content if isinstance(content, list) else ())]:
            if isinstance(held, dict) and held.get("type") in kinds:
                return True
    return False


def _holds_reasoning(call: Call) -> bool:
    listed = call.body.get("input") if call.surface == "responses" and isinstance(call.body, dict) else None
    return isinstance(listed, list) and any(
        isinstance(item, dict) and item.get("type") == "reasoning" for item in listed
    )


def _has_system(call: Call) -> bool:
    return call.surface == "responses" and '"role": "system"' in json.dumps(call.body)


fault(
    "responses-max-output-tokens-refused",
    breaks={"RESP-MAXOUT": REFUSED},
    says="max_output_tokens is refused",
    request=refuse(asks("responses", max_output_tokens=...), "max_output_tokens is not known."),
)
fault(
    "responses-message-list-refused",
    breaks={
        "RESP-PATH-GW": REFUSED,
        "RESP-PATH-SERVING": REFUSED,
        "RESP-INPUT-MESSAGES": REFUSED,
        "RESP-FQN": "system.ai.gpt-5 is not accepted (400",
    },
    undecides=(
        *(f"RESP-400-{name.upper().replace('_', '-')}" for name in UNSUPPORTED),
        "RESP-400-NO-EFFECT",
        "RESP-OPENAI-ONLY",
        "RESP-TOOL-UNLISTED",
        "RESP-TOOL-LISTED",
        "RESP-MAXOUT",
        "RESP-SHAPE",
        "RESP-USAGE-SUM",
        "RESP-STREAM-ORDER",
        "AUTH-BEARER",
    ),
    says="input must be a string",
    request=refuse(
        lambda call: asks("responses", input=...)(call) and isinstance(call.body["input"], list),
        "input must be a string.",
    ),
)
fault(
    "responses-image-refused",
    breaks={"RESP-TEXT-IMAGE": REFUSED},
    says="images are refused",
    request=refuse(lambda call: _holds(call, "input_image"), "input_image is not supported."),
)
fault(
    "responses-claude-served",
    breaks={"RESP-OPENAI-ONLY": TAKEN},
    says="models of every family are served",
    policy=replace(DOCUMENTED, responses_families=frozenset(model.family for model in MODELS.values())),
)
fault(
    "responses-output-items-refused",
    breaks={"RESP-STATELESS-REPLAY": REFUSED},
    says="output items are refused as input",
    request=refuse(lambda call: _holds(call, "reasoning", "output_text", "function_call"), "input: items are unknown."),
)
fault(
    "responses-string-refused",
    warns={"RESP-INPUT-MESSAGES": "not on the page: a string as input is not accepted (400"},
    says="input as a string is refused",
    request=refuse(lambda call: call.surface == "responses" and isinstance(call.body, dict)
                   and isinstance(call.body.get("input"), str), "input must be an array."),
)  # fmt: skip
fault(
    "responses-system-refused",
    breaks={"RESP-INPUT-MESSAGES": REFUSED},
    says="messages of the system are refused",
    request=refuse(_has_system, "input: the role system is not known."),
)
fault(
    "responses-claude-500",
    breaks={"RESP-OPENAI-ONLY": BROKEN},
    says="asking Responses for Claude breaks the gateway",
    response=refusals(of("claude", lambda call: call.surface == "responses"), 500),
)
fault(
    "responses-reasoning-items-refused",
    breaks={"RESP-STATELESS-REPLAY": REFUSED},
    says="reasoning items of an earlier answer are refused",
    request=refuse(_holds_reasoning, "input: reasoning items are unknown."),
)
fault(
    "responses-item-ids-of-63",
    breaks={"RESP-STATELESS-REPLAY": REFUSED},
    says="an item's id may have 63 characters, one too few",
    policy=replace(DOCUMENTED, item_id_most=63),
)
fault(
    "responses-off",
    breaks={
        "BETA-GATE": "a plain request: the target breaks (501",
        "RESP-PATH-GW": "the request is not accepted (501",
        "RESP-FQN": "system.ai.gpt-5 is not accepted (501",
        "RESP-TEMPERATURE": "temperature 0.1: the target breaks (501",
        "ERR-CLIENT-NOT-5XX": "a wrong type is not refused (501",
    },
    undecides=(
        "AUTH-BEARER",
        "AUTH-BASIC",
        "RESP-400-STORE",
        "RESP-SHAPE",
        "RESP-TOOL-LISTED",
        "RESP-STATELESS-REPLAY",
    ),
    says="the Responses API is switched off on the gateway's path",
    request=refuse(lambda call: call.surface == "responses" and "mlflow" in call.path, "not enabled.", status=501),
)
