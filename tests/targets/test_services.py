"""What a workspace lists, page by page, and what is made of it: a listing prefers models, and makes none absent."""

import json
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.reference.server import running
from conformance.reference.variants import VARIANTS
from conformance.targets.authenticating import AuthenticatingSender
from conformance.targets.credentials import PlainToken
from conformance.targets.preflight import Preflight
from conformance.targets.served import models
from conformance.targets.services import NO_PRIVILEGES, NO_WORKSPACE, Listing, Service, listing
from conformance.targets.target import from_base_url, from_document
from conformance.wire.client import Client
from conformance.wire.exchange import Chunk, Exchange, Request, Response
from conformance.wire.sender import Limits, RateLimits

TOKEN = "dapi-canary-0123456789"
ALL = ("chat", "responses", "gemini", "serving")


def answering(*pages: Any, status: int = 200) -> tuple[Callable[[str], Exchange], list[str]]:
    """Gives one page after the other, the last for ever; and what was asked."""
    asked = list[str]()

    def get_url(url: str) -> Exchange:
        page = pages[min(len(asked), len(pages) - 1)]
        asked.append(url)
        body = page if isinstance(page, bytes) else json.dumps(page).encode()
        return Exchange(Request("GET", url, {}), Response(status, {}, (Chunk(body, 0.0),)))

    return get_url, asked


def page(*names: str, token: str = "", apis: Sequence[str] = ("mlflow/v1/chat/completions",)) -> dict[str, Any]:
    services = [{"name": f"model-services/system.ai.{name}", "supported_api_types": list(apis)} for name in names]
    return {"model_services": services, **({"next_page_token": token} if token else {})}


def test_an_empty_page_is_not_the_last() -> None:
    get_url, asked = answering({"next_page_token": "a b"}, page("gpt-5", token="c"), page("gpt-5-1"))
    assert [service.name for service in listing("https://w.example", get_url).services] == [
        "system.ai.gpt-5", "system.ai.gpt-5-1",
    ]  # fmt: skip
    assert asked[0] == (
        "https://w.example/api/2.1/unity-catalog/model-services?parent=schemas/system.ai&view=FULL&page_size=200"
    )
    assert [parse_qs(urlsplit(url).query).get("page_token") for url in asked] == [None, ["a b"], ["c"]]


@pytest.mark.parametrize(
    ("pages", "status", "names", "says"),
    [
        ([{}], 200, [], NO_PRIVILEGES),
        ([page("a", token="x")], 200, ["system.ai.a"] * 2, "does not come to an end"),
        ([{"error_code": "FEATURE_DISABLED", "message": "off"}], 404, [], "does not offer model services: 404"),
        ([{"error_code": "PERMISSION_DENIED", "message": "no"}], 403, [], "not listed: 403, PERMISSION_DENIED"),
        ([b"<html>"], 200, [], "no JSON object"),
        ([b"<html>"], 404, [], "not listed: 404"),
        ([[1]], 200, [], "no JSON object"),
    ],
)
def test_why_nothing_is_listed(pages: list[Any], status: int, names: list[str], says: str) -> None:
    found = listing("https://w.example", answering(*pages, status=status)[0])
    assert [service.name for service in found.services] == names
    assert says in found.trouble


def test_a_page_that_fails_leaves_what_came_before() -> None:
    get_url, _ = answering(page("a", token="x"), b"broken")
    found = listing("https://w.example", get_url)
    assert ([service.name for service in found.services], found.trouble != "") == (["system.ai.a"], True)


def test_no_answer_and_no_workspace() -> None:
    gone = listing("https://w.example", lambda url: Exchange(Request("GET", url, {}), failure="reset"))
    assert gone == Listing((), "the listing of model services is not answered: reset")
    assert listing(None, answering({})[0]) == Listing((), NO_WORKSPACE)


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda values: (
        st.lists(values, max_size=3)
        | st.dictionaries(
            st.sampled_from(["model_services", "name", "supported_api_types", "next_page_token"]), values, max_size=4
        )
    ),
)


@given(ANY)
def test_whatever_is_answered_is_read(body: Any) -> None:
    found = listing("https://w.example", answering(body)[0])
    assert all(service.surfaces is not None for service in found.services)


@pytest.mark.parametrize(
    ("apis", "surfaces"),
    [
        (("mlflow/v1/chat/completions", "openai/v1/responses"), ("chat", "responses")),
        (("openai/v1/chat/completions",), ("chat",)),
        (("cursor/v1/chat/completions", "anthropic/v1/messages", "mlflow/v1/embeddings"), ()),
        (("gemini/v1beta/generateContent",), ("gemini",)),
        ((), ()),
    ],
)
def test_surfaces_of_api_types(apis: tuple[str, ...], surfaces: tuple[str, ...]) -> None:
    assert Service("system.ai.x", apis).surfaces == surfaces


@pytest.mark.parametrize(
    ("surfaces", "root"),
    [
        ({"chat": "https://w.example/a/ai-gateway/mlflow/v1"}, "https://w.example/a"),
        ({"chat": "https://p.example/v1", "gemini": "https://w.example/ai-gateway/gemini/v1beta"}, "https://w.example"),
        ({"chat": "https://p.example/v1"}, None),
    ],
)
def test_the_root_of_a_workspace(surfaces: dict[str, str], root: str | None) -> None:
    assert from_document({"name": "t", "surfaces": surfaces}, "t").workspace == root


def look(url: str) -> Preflight:
    sender = AuthenticatingSender(Client(Limits()), PlainToken(TOKEN, "a test"), lambda _secret: None)
    return Preflight(from_base_url(url), "a test", sender, ALL)


def test_what_is_not_listed_is_not_preferred_and_not_absent() -> None:
    with running(fault=VARIANTS["services-in-pages"], token=TOKEN) as url:
        preflight = look(url)
        seen = preflight.models(preflight.services())
        told = {model.name: model for model in models(from_base_url(url), preflight.services(), preflight, ALL)}
    assert "claude-haiku-4-5" in seen.barred
    assert "claude-sonnet-4-5" not in seen.barred
    assert not seen.lacking
    assert not told["claude-haiku-4-5"].listed
    assert told["claude-haiku-4-5"].surfaces["chat"].state == "served"


@pytest.mark.parametrize("name", ["services-hidden", "services-off"])
def test_without_a_listing_the_models_are_asked(name: str) -> None:
    with running(fault=VARIANTS[name], token=TOKEN) as url:
        preflight = look(url)
        listed = preflight.services()
        assert preflight.models(listed) == preflight.models()
    assert listed.trouble
    assert not listed.services


def test_what_is_listed_alone_is_asked_first() -> None:
    with running(fault=VARIANTS["few-models"], token=TOKEN) as url:
        preflight = look(url)
        seen = preflight.models(preflight.services())
        target = from_base_url(url)
    assert not seen.lacking, "nothing was asked in vain"
    assert {"gpt-5", "gpt-5-nano"} < seen.barred
    assert "gpt-5-mini" not in seen.barred
    assert target.model_of_family("gpt-5") == "gpt-5"


def test_an_undocumented_model_is_asked_where_its_api_types_say() -> None:
    asked = list[str]()

    class Saying:
        def send(self, request: Request) -> Exchange:
            asked.append(json.loads(request.body).get("model", request.path))
            return Exchange(request, Response(200, {}, (Chunk(b'{"choices": []}', 0.0),)))

    target = from_document({"name": "t", "surfaces": {"chat": "https://w.example/ai-gateway/mlflow/v1"}}, "t")
    listed = Listing(
        (Service("system.ai.new", ("mlflow/v1/chat/completions",)), Service("system.ai.gte", ("mlflow/v1/embeddings",)))
    )
    told = list(models(target, listed, Preflight(target, TOKEN, Saying(), ALL), ("chat",)))
    assert asked.count("system.ai.new") == 1
    assert "system.ai.gte" not in asked
    assert [(model.name, model.family, [*model.surfaces]) for model in told[-2:]] == [
        ("system.ai.new", "", ["chat"]), ("system.ai.gte", "", []),
    ]  # fmt: skip


def rate(key: str, period: str, **limits: Any) -> dict[str, Any]:
    return {"key": f"RATE_LIMIT_KEY_{key}", "renewal_period": f"RATE_LIMIT_RENEWAL_PERIOD_{period}", **limits}


@pytest.mark.parametrize(
    ("listed", "limits"),
    [
        ([rate("SERVICE", "MINUTE", requests=60)], RateLimits(60)),
        ([rate("USER_DEFAULT", "HOUR", requests=600, tokens=6000)], RateLimits(10, 100)),
        ([rate("SERVICE", "MINUTE", requests=60), rate("USER_DEFAULT", "MINUTE", requests=20)], RateLimits(20)),
        ([rate("USER", "MINUTE", requests=1, principal="somebody@else")], RateLimits()),
        ([rate("SERVICE", "MINUTE", requests=0)], RateLimits()),
        ([rate("SERVICE", "MONTH", requests=5), None, {"requests": "many"}], RateLimits()),
        (None, RateLimits()),
        ("all", RateLimits()),
    ],
)
def test_limits_of_a_service(listed: Any, limits: RateLimits) -> None:
    services = [{"name": "model-services/system.ai.gpt-5", "config": {"rate_limits": listed}}]
    get_url, _ = answering({"model_services": services})
    found = listing("https://w.example", get_url)
    assert found.services[0].limits == limits
    assert found.limits == ({} if limits == RateLimits() else {"gpt-5": limits})
