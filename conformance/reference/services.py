"""The model services of the workspace, as Unity Catalog lists them: pages, of which what the caller may not see is left out."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from collections.abc import Mapping
from typing import Any

from conformance.reference import models
from conformance.reference.calls import Answer
from conformance.reference.errors import Refusal
from conformance.reference.models import Model
from conformance.reference.policy import Policy

PATH = "/api/2.1/unity-catalog/model-services"
_SCHEMA = "system.ai"
_LARGEST_PAGE = 200


def listed(query: Mapping[str, str], policy: Policy) -> Answer:
    """One page of the services. Raises Refusal where the feature is off or the query makes no sense.

    Pages are cut before they are filtered: one may be empty, and others follow.
    """
    if policy.services == "off":
        raise Refusal("Model services are not available for this workspace.", status=404, code="FEATURE_DISABLED")
    if query.get("parent") != f"schemas/{_SCHEMA}":
        raise Refusal(f"parent: there is no schema but schemas/{_SCHEMA}.", status=404, code="SCHEMA_DOES_NOT_EXIST")
    start, size = _start(query.get("page_token", "")), _size(query.get("page_size", ""), policy)
    everything = [model for name, model in sorted(models.MODELS.items()) if name not in policy.models_absent]
    seen = {model.name for model in everything[policy.services_kept :]} if policy.services == "listed" else set[str]()
    page = [_service(model, policy) for model in everything[start : start + size] if model.name in seen]
    more = {"next_page_token": _token(start + size)} if start + size < len(everything) else {}
    return Answer({"model_services": page, **more} if page else more)


def _service(model: Model, policy: Policy) -> dict[str, Any]:
    apis = ["mlflow/v1/chat/completions"]
    if model.family in policy.responses_families:
        apis.append("openai/v1/responses")
    if model.family in policy.gemini_families:
        apis.append("gemini/v1beta/generateContent")
    return {
        "name": f"model-services/{_SCHEMA}.{model.name}",
        "config": {"routing": {"destinations": [{"name": model.name, "traffic_percentage": 100}]}},
        "supported_api_types": apis,
    }


def _size(given: str, policy: Policy) -> int:
    if given and not (given.isascii() and given.isdigit() and int(given) <= _LARGEST_PAGE):
        raise Refusal(f"page_size: a number up to {_LARGEST_PAGE}.", parameter="page_size")
    return min(int(given or 0) or _LARGEST_PAGE, policy.services_a_page)


def _token(start: int) -> str:
    return urlsafe_b64encode(f"from {start}".encode()).decode()


def _start(token: str) -> int:
    try:
        return int(urlsafe_b64decode(token).decode().removeprefix("from ")) if token else 0
    except (ValueError, Error):
        raise Refusal("page_token: not one of ours.", parameter="page_token") from None
