"""Faults of the per-endpoint paths."""

from dataclasses import replace

from conformance.reference.faults.declared import fault
from conformance.reference.policy import DOCUMENTED

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
    "serving-endpoint-name-unknown",
    breaks={"SERVING-ENDPOINTNAME": "databricks-claude-sonnet-4-5 is not accepted (404"},
    undecides=("SDK-QUERY-PATH",),
    says="models are known as system.ai services alone, not by endpoint name",
    policy=replace(DOCUMENTED, model_prefixes=("system.ai.",)),
)
