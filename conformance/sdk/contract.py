"""A request that a client sends now, held against the documents: do they name its path, and does its body fit the spec?"""

import re
from collections.abc import Mapping
from typing import Any

from conformance.checks.schema import schema_violations
from conformance.corpus import annotations
from conformance.corpus.operations import OPERATIONS, Operation
from conformance.targets.target import DOCUMENTED_PATHS

_REQUESTS = {"chat": "ChatCompletionRequest", "responses": "ResponseRequest", "gemini": "GenerateContentRequest"}
_PREFIX = re.compile(r"^/(?:faults|variants)/[^/]+")


def contract_violation(sent: Mapping[str, Any]) -> str:
    """What of a request for an answer, as an observation keeps it, is not as the documents say; empty if nothing is.

    What a client looks up before, by GET, asks for no answer.
    """
    if sent.get("method") != "POST":
        return ""
    path = _PREFIX.sub("", str(sent.get("path")))
    operation = next((one for one in OPERATIONS.values() if _pattern(one).fullmatch(path)), None)
    if operation is None:
        return f"the documents name no path {path}"
    body = sent.get("body")
    if not isinstance(body, dict):
        return "the body is no JSON object"
    found = next(schema_violations(body, operation.spec, _REQUESTS[operation.spec]), None)
    if found:
        return f"{found.message}: {found.actual}, expected {found.expected}"
    strange = next(annotations.undocumented_members(operation.name, body), "")
    return f"the documents show no {strange}" if strange else ""


def _pattern(operation: Operation) -> re.Pattern[str]:
    path = re.escape(DOCUMENTED_PATHS[operation.surface] + operation.path.partition("?")[0])
    return re.compile(path.replace(re.escape("{model}"), "[^/]+"))
