"""Faults of what the Responses API refuses: the parameters that it does not support, and stored responses."""

from dataclasses import replace
from typing import Any

from conformance.reference.calls import Answer, Call
from conformance.reference.edits import asks, refusals, requests
from conformance.reference.errors import Refusal, enveloped
from conformance.reference.faults.declared import BROKEN, TAKEN, fault
from conformance.reference.policy import DOCUMENTED
from conformance.reference.responses import UNSUPPORTED
from conformance.reference.variant import ResponseEdit


def _store_ignored(body: dict[str, Any]) -> None:
    if body.get("stream"):
        body.pop("store", None)


def _on_serving_path(call: Call) -> Call:
    if (
        call.surface == "responses"
        and call.path.endswith("/serving-endpoints/responses")
        and isinstance(call.body, dict)
    ):
        return replace(call, body={name: value for name, value in call.body.items() if name not in UNSUPPORTED})
    return call


def _on_gateway_path(call: Call) -> Call:
    if call.surface == "responses" and call.path.endswith("mlflow/v1/responses") and isinstance(call.body, dict):
        return replace(call, body={name: value for name, value in call.body.items() if name not in UNSUPPORTED})
    return call


def _stored(call: Call, answer: Answer) -> Answer:
    if call.surface == "responses" and call.body is None and answer.status == 404:
        return Answer({"id": call.path.rpartition("/")[2], "object": "response", "status": "completed", "output": []})
    return answer


def _takes_turns() -> Any:
    """Refuses every other request that has store: false, as a gateway does that is half rolled out."""
    count = 0

    def edited(call: Call) -> Call:
        nonlocal count
        if not asks("responses", store=False)(call):
            return call
        count += 1
        if count % 2:
            raise Refusal("store is not supported.", parameter="store")
        return replace(call, body={name: value for name, value in call.body.items() if name != "store"})

    return edited


def _unnamed(parameter: str) -> ResponseEdit:
    """Refuses a parameter without a word about which."""
    refused = enveloped(Refusal("This request is not supported."), "databricks")
    return refusals(asks("responses", **{parameter: ...}), 400, refused)


for _parameter in UNSUPPORTED:
    _slug = _parameter.replace("_", "-")
    _id = f"RESP-400-{_slug.upper()}"
    fault(
        f"responses-{_slug}-accepted",
        breaks={_id: TAKEN},
        says=f"{_parameter} is silently accepted",
        policy=replace(DOCUMENTED, refused_parameters=DOCUMENTED.refused_parameters - {_parameter}),
    )
    fault(
        f"responses-{_slug}-refused-with-422",
        breaks={_id: "documented (422", "RESP-400-EDGE-VALUES": "is answered with another status (422"},
        says=f"{_parameter} is refused with 422 instead of 400",
        response=refusals(asks("responses", **{_parameter: ...}), 422),
    )
    if _parameter != "store":
        fault(
            f"responses-{_slug}-500",
            breaks={_id: BROKEN, "RESP-400-EDGE-VALUES": "is answered with another status (500"},
            says=f"{_parameter} breaks the gateway",
            response=refusals(asks("responses", **{_parameter: ...}), 500),
        )
    fault(
        f"responses-{_slug}-unnamed",
        warns={_id: f"the error does not name {_parameter}"},
        says=f"{_parameter} is refused without a word about which parameter it was",
        response=_unnamed(_parameter),
    )

fault(
    "responses-store-500",
    breaks={
        "RESP-400-STORE": BROKEN,
        "RESP-400-EDGE-VALUES": '{"store":false} is answered with another status (500',
    },
    says="store breaks the gateway",
    response=refusals(asks("responses", store=...), 500),
)
fault(
    "responses-store-accepted-streaming",
    breaks={"RESP-400-STORE": TAKEN},
    says="store is refused only when the answer is not streamed",
    request=requests("responses", _store_ignored),
)
fault(
    "responses-serving-path-lenient",
    breaks={
        "RESP-400-BACKGROUND": TAKEN,
        "RESP-400-STORE": TAKEN,
        "RESP-400-PREVIOUS-RESPONSE-ID": TAKEN,
        "RESP-400-SERVICE-TIER": TAKEN,
    },
    says="the unsupported parameters are ignored on the serving-endpoints path",
    request=_on_serving_path,
)
fault(
    "responses-stored-retrievable",
    breaks={"RESP-400-NO-EFFECT": TAKEN},
    says="a response can be fetched, deleted and cancelled by id",
    response=_stored,
)
fault(
    "responses-store-false-unstable",
    breaks={"RESP-400-EDGE-VALUES": '{"store":false} is answered differently each time'},
    says="store: false is refused and accepted by turns",
    request=_takes_turns(),
)
fault(
    "responses-gateway-path-lenient",
    breaks={f"RESP-400-{name.upper().replace('_', '-')}": TAKEN for name in UNSUPPORTED},
    says="unsupported parameters are refused on the serving path alone",
    request=_on_gateway_path,
)
fault(
    "responses-retrieval-500",
    breaks={"RESP-400-NO-EFFECT": BROKEN},
    says="asking for a stored response breaks the gateway",
    response=refusals(lambda call: call.surface == "responses" and "/responses/" in call.path, 500),
)
