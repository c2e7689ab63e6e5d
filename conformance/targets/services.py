"""The model services that a workspace lists: Unity Catalog tells those of system.ai, page by page, with the APIs of each."""

import math
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from conformance.checks.answers import error_text
from conformance.checks.findings import get, integer
from conformance.wire.exchange import Exchange, NotJson
from conformance.wire.sender import RateLimits

PATH = "/api/2.1/unity-catalog/model-services"
_QUERY = {"parent": "schemas/system.ai", "view": "FULL", "page_size": "200"}
"""As `ai_gateway.list_model_services` of databricks-sdk asks. Without a size real workspaces were seen to give up."""
_MOST_PAGES = 100
_PREFIX, _SYSTEM = "model-services/", "system.ai."
_SIGNS: Mapping[str, tuple[str, ...]] = {
    "chat": ("mlflow/v1/chat/completions", "openai/v1/chat/completions"),
    "responses": ("mlflow/v1/responses", "openai/v1/responses"),
    "gemini": ("gemini/",),
}
"""By surface: how the API types begin that stand for it."""
_FOR_EVERYBODY = ("RATE_LIMIT_KEY_SERVICE", "RATE_LIMIT_KEY_USER_DEFAULT")
_MINUTES = {"RATE_LIMIT_RENEWAL_PERIOD_MINUTE": 1, "RATE_LIMIT_RENEWAL_PERIOD_HOUR": 60}
NO_WORKSPACE = (
    "the target has none of a workspace's documented paths, and what a workspace lists as model services is all that is read "
    "here; `target init` reads what a proxy lists at /v1/models"
)
NO_PRIVILEGES = (
    "no model service is listed: USE CATALOG on system, and USE SCHEMA and EXECUTE on system.ai, may be missing"
)


@dataclass(frozen=True)
class Service:
    """A model service by its full name, such as `system.ai.gpt-5`, and the API types that it is said to support."""

    name: str
    api_types: tuple[str, ...] = ()
    limits: RateLimits = field(default_factory=RateLimits)
    """What holds for whoever calls it: of the service, and of each user by default."""

    @property
    def surfaces(self) -> tuple[str, ...]:
        """The surfaces that its API types stand for."""
        return tuple(
            surface for surface, signs in _SIGNS.items() if any(one.startswith(signs) for one in self.api_types)
        )


@dataclass(frozen=True)
class Listing:
    """What a workspace lists, and why that is not all, or nothing; empty if there is no reason to think so."""

    services: tuple[Service, ...] = ()
    trouble: str = ""

    @property
    def limits(self) -> dict[str, RateLimits]:
        """By model, without its prefix: the limits of its service, if it has any."""
        return {each.name.removeprefix(_SYSTEM): each.limits for each in self.services if each.limits != RateLimits()}


def listing(workspace: str | None, get_url: Callable[[str], Exchange]) -> Listing:
    """The model services of a workspace, by its root, to the last page. None: there is no workspace."""
    if workspace is None:
        return Listing(trouble=NO_WORKSPACE)
    services, token, seen = list[Service](), "", set[str]()
    for _ in range(_MOST_PAGES):
        query = _QUERY | ({"page_token": token} if token else {})
        exchange = get_url(f"{workspace}{PATH}?{urlencode(query, safe='/')}")
        page = _page(exchange)
        if isinstance(page, str):
            return Listing(tuple(services), page)
        # A page may be empty, since what the caller may not see is taken out of it: others follow.
        services += _services(page)
        following = page.get("next_page_token")
        if not following or not isinstance(following, str):
            return Listing(tuple(services), "" if services else NO_PRIVILEGES)
        if following in seen:
            break
        seen.add(token := following)
    return Listing(tuple(services), "the listing of model services does not come to an end")


def _page(exchange: Exchange) -> dict[str, Any] | str:
    """A page of the listing, or why there is none."""
    if exchange.response is None:
        return f"the listing of model services is not answered: {exchange.failure}"
    body: Any = None
    with suppress(NotJson):
        body = exchange.response.json()
    if exchange.status == 200 and isinstance(body, dict):
        return body
    if get(body, "error_code") == "FEATURE_DISABLED":
        return f"this workspace does not offer model services: {exchange.status}, {error_text(exchange)}"
    if exchange.status == 200:
        return "the listing of model services is not what it should be: no JSON object"
    return f"model services are not listed: {exchange.status}, {error_text(exchange)}"


def _services(page: Mapping[str, Any]) -> list[Service]:
    found = page.get("model_services")
    return [
        Service(
            name.removeprefix(_PREFIX),
            tuple(kind for kind in _list(get(one, "supported_api_types")) if isinstance(kind, str)),
            _limits(_list(get(one, "config.rate_limits"))),
        )
        for one in _list(found)
        if isinstance(name := get(one, "name"), str) and name
    ]


def _limits(listed: list[Any]) -> RateLimits:
    """The tightest of the limits that hold for everybody; what holds for one principal may be another's."""
    requests, tokens = math.inf, math.inf
    for one in listed:
        minutes = _MINUTES.get(get(one, "renewal_period"))
        if minutes and get(one, "key") in _FOR_EVERYBODY:
            requests = min(requests, (integer(get(one, "requests")) or math.inf) / minutes)
            tokens = min(tokens, (integer(get(one, "tokens")) or math.inf) / minutes)
    return RateLimits(requests, tokens)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
