"""Faults of the per-endpoint paths."""

from dataclasses import replace

from conformance.reference.calls import Call
from conformance.reference.edits import refuse
from conformance.reference.faults.declared import fault
from conformance.reference.policy import DOCUMENTED


def _names_an_endpoint(call: Call) -> bool:
    """Whether an endpoint's name stands in the body of a chat request below /serving-endpoints."""
    return call.path.endswith("/serving-endpoints/chat/completions") and "databricks-" in str(call.body.get("model"))


fault(
    "serving-path-404",
    breaks={
        "SDK-QUERY-PATH": "the request is not accepted (404",
        "RESP-PATH-SERVING": "the request is not accepted (404",
        "SERVING-ENDPOINTNAME": "databricks-claude-sonnet-4-5 is not accepted (404",
    },
    says="the serving-endpoints paths are not served",
    policy=replace(DOCUMENTED, serving_paths=False),
)
fault(
    "serving-endpoint-name-refused",
    breaks={"SERVING-ENDPOINTNAME": "databricks-claude-sonnet-4-5 is not accepted (400"},
    says="an endpoint's name in the body is refused",
    request=refuse(_names_an_endpoint, "model names no model service."),
)
