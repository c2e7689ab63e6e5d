"""Faults of what the Responses API takes: input, models, and caps."""

from dataclasses import replace

from conformance.reference.edits import refusals, refuse
from conformance.reference.faults.declared import BROKEN, REFUSED, fault
from conformance.reference.matching import asks, has, holds, of, on
from conformance.reference.policy import DOCUMENTED
from conformance.reference.responses import UNSUPPORTED

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
    request=refuse(asks("responses", input=list), "input must be a string."),
)
fault(
    "responses-image-refused",
    breaks={"RESP-TEXT-IMAGE": REFUSED},
    says="images are refused",
    request=refuse(has("responses", "input/*/content/input_image"), "input_image is not supported."),
)
fault(
    "responses-output-items-refused",
    breaks={"RESP-STATELESS-REPLAY": REFUSED},
    says="output items are refused as input",
    request=refuse(
        has("responses", "input/reasoning", "input/function_call", "input/*/content/output_text"),
        "input: items are unknown.",
    ),
)
fault(
    "responses-string-refused",
    warns={"RESP-INPUT-MESSAGES": "not on the page: a string as input is not accepted (400"},
    says="input as a string is refused",
    request=refuse(asks("responses", input=str), "input must be an array."),
)
fault(
    "responses-system-refused",
    breaks={"RESP-INPUT-MESSAGES": REFUSED},
    says="messages of the system are refused",
    request=refuse(holds('"role": "system"', "responses"), "input: the role system is not known."),
)
fault(
    "responses-claude-500",
    breaks={"RESP-OPENAI-ONLY": BROKEN},
    says="asking Responses for Claude breaks the gateway",
    response=refusals(of("claude", on("responses")), status=500),
)
fault(
    "responses-reasoning-items-refused",
    breaks={"RESP-STATELESS-REPLAY": REFUSED},
    says="reasoning items of an earlier answer are refused",
    request=refuse(has("responses", "input/reasoning"), "input: reasoning items are unknown."),
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
