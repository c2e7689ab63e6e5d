"""Faults of what the Responses API refuses: the parameters that it does not support, and stored responses."""

from dataclasses import replace
from itertools import count
from typing import Any

from conformance.reference.calls import Answer, Call
from conformance.reference.edits import drop, refusals, requests
from conformance.reference.errors import Refusal
from conformance.reference.faults.declared import BROKEN, TAKEN, fault
from conformance.reference.matching import asks, gives
from conformance.reference.policy import DOCUMENTED
from conformance.reference.responses import UNSUPPORTED
from conformance.reference.variant import RequestEdit

_IDS = {name: f"RESP-400-{name.upper().replace('_', '-')}" for name in UNSUPPORTED}
"""The requirement that is about each unsupported parameter."""


def _without_unsupported(body: dict[str, Any]) -> None:
    for name in UNSUPPORTED:
        body.pop(name, None)


def _stored(call: Call, answer: Answer) -> Answer:
    """A stored response, whichever is asked for."""
    if call.surface == "responses" and call.body is None and answer.status == 404:
        return Answer({"id": call.path.rpartition("/")[2], "object": "response", "status": "completed", "output": []})
    return answer


def _every_other_refused() -> RequestEdit:
    """Refuses every other request that has store: false, as a gateway does that is half rolled out."""
    number = count(1)
    taken = requests("responses", drop("store"))

    def edited(call: Call) -> Call:
        if not asks("responses", store=False)(call):
            return call
        if next(number) % 2:
            raise Refusal("store is not supported.", parameter="store")
        return taken(call)

    return edited


for _parameter, _id in _IDS.items():
    _slug = _parameter.replace("_", "-")
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
        response=refusals(asks("responses", **{_parameter: ...}), status=422),
    )
    if _parameter != "store":
        fault(
            f"responses-{_slug}-500",
            breaks={_id: BROKEN, "RESP-400-EDGE-VALUES": "is answered with another status (500"},
            says=f"{_parameter} breaks the gateway",
            response=refusals(asks("responses", **{_parameter: ...}), status=500),
        )
    fault(
        f"responses-{_slug}-unnamed",
        warns={_id: f"the error does not name {_parameter}"},
        says=f"{_parameter} is refused without a word about which parameter it was",
        response=refusals(
            asks("responses", **{_parameter: ...}),
            status=400,
            body={"error_code": "INVALID_PARAMETER_VALUE", "message": "This request is not supported."},
        ),
    )

fault(
    "responses-store-500",
    breaks={
        "RESP-400-STORE": BROKEN,
        "RESP-400-EDGE-VALUES": '{"store":false} is answered with another status (500',
    },
    says="store breaks the gateway",
    response=refusals(asks("responses", store=...), status=500),
)
fault(
    "responses-store-accepted-streaming",
    breaks={"RESP-400-STORE": TAKEN},
    says="store is refused only when the answer is not streamed",
    request=requests("responses", drop("store"), when=gives("responses", "stream")),
)
fault(
    "responses-serving-path-lenient",
    breaks=dict.fromkeys(_IDS.values(), TAKEN),
    says="the unsupported parameters are ignored on the serving-endpoints path",
    request=requests(
        "responses", _without_unsupported, when=lambda call: call.path.endswith("/serving-endpoints/responses")
    ),
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
    request=_every_other_refused(),
    stateful=True,
)
fault(
    "responses-gateway-path-lenient",
    breaks=dict.fromkeys(_IDS.values(), TAKEN),
    says="unsupported parameters are refused on the serving path alone",
    request=requests("responses", _without_unsupported, when=lambda call: call.path.endswith("mlflow/v1/responses")),
)
fault(
    "responses-retrieval-500",
    breaks={"RESP-400-NO-EFFECT": BROKEN},
    says="asking for a stored response breaks the gateway",
    response=refusals(lambda call: call.surface == "responses" and "/responses/" in call.path, status=500),
)
