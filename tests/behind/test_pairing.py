"""What a proxy asks of its upstream stands beside what it was asked: real proxies, real sockets."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import httpx2
import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from conformance.reference.proxies import PROXIES
from conformance.reference.proxies.application import proxying
from conformance.reference.proxies.declared import Quirk
from conformance.reference.upstream import Upstream
from conformance.runs.pairing import PairingSender
from conformance.wire.client import Client
from conformance.wire.exchange import Exchange, Request, UpstreamSide
from conformance.wire.sender import Limits
from tests.benchmark import pairing_s

TOKEN = "dapi-the-callers-own-41"
CHAT = "/ai-gateway/mlflow/v1/chat/completions"
Sends = Callable[..., Exchange]


@contextmanager
def through(quirk: Quirk) -> Iterator[Sends]:
    """Sends requests through a proxy."""
    with Upstream().listening() as upstream, proxying(upstream.url, quirk) as url:
        sender = PairingSender(Client(Limits()), upstream)

        def send(words: str, **more: Any) -> Exchange:
            body = {"model": "system.ai.claude-sonnet-4-5", "messages": [{"role": "user", "content": words}], **more}
            headers = {"content-type": "application/json", "authorization": f"Bearer {TOKEN}"}
            return sender.send(Request("POST", url + CHAT, headers, json.dumps(body).encode()))

        yield send


def side(exchange: Exchange) -> UpstreamSide:
    assert exchange.upstream
    return exchange.upstream


def test_one_request_has_one_upstream() -> None:
    with through(Quirk()) as send:
        exchange = send("hello")
    [asked] = side(exchange).asked
    assert asked.exchange.request.body == exchange.request.body
    assert asked.exchange.response
    assert exchange.response
    assert asked.exchange.response.body == exchange.response.body
    assert 0 < asked.after_s < 5
    assert (side(exchange).late, side(exchange).leaks, side(exchange).lost_headers) == (0, (), ())
    assert side(exchange).passes_credential_on


def test_the_times_of_both_sides_compare() -> None:
    with through(Quirk()) as send:
        exchange = send("[upstream: slow] Write a long and detailed story.", stream=True, max_tokens=200)
    [asked] = side(exchange).asked
    assert asked.exchange.response
    assert exchange.response
    sent = [asked.after_s + chunk.at for chunk in asked.exchange.response.chunks]
    assert sent[0] <= exchange.response.chunks[0].at < sent[-1] <= exchange.response.chunks[-1].at + 0.01


def test_requests_that_are_under_way_at_once_are_told_apart() -> None:
    marks = [f"mark-{number:06x}" for number in range(24)]
    with through(Quirk()) as send, ThreadPoolExecutor(8) as pool:
        exchanges = list(pool.map(lambda mark: send(f"{mark}: hello"), marks))
    for mark, exchange in zip(marks, exchanges, strict=True):
        [asked] = side(exchange).asked
        assert mark.encode() in asked.exchange.request.body
        assert side(exchange).late == 0


def test_one_without_a_mark_is_alone() -> None:
    with through(Quirk()) as send, ThreadPoolExecutor(8) as pool:
        words = [f"mark-{number:06x}" if number % 3 else f"number {number}" for number in range(18)]
        exchanges = list(pool.map(send, words))
    assert [len(side(exchange).asked) for exchange in exchanges] == [1] * len(words)


def test_the_same_again_is_told() -> None:
    with through(PROXIES["proxy-caches-the-same"].quirk) as send:
        first, again, other = send("hello"), send("hello"), send("hello", temperature=0.5)
    assert [side(one).repeats for one in (first, again, other)] == [False, True, False]
    assert [len(side(one).asked) for one in (first, again, other)] == [1, 0, 1]


@pytest.mark.parametrize(
    ("name", "leak"),
    [
        ("proxy-forwards-the-callers-key", "the caller's credential in the header x-forwarded-authorization"),
        ("proxy-tells-its-key", "the proxy's credential in the header x-upstream-key"),
    ],
)
def test_credentials_are_looked_for_on_the_other_side(name: str, leak: str) -> None:
    with through(PROXIES[name].quirk) as send:
        exchange = send("hello")
    [told] = side(exchange).leaks
    assert told.startswith(leak)
    assert TOKEN not in told


def test_a_key_of_its_own_is_no_leak() -> None:
    with through(PROXIES["proxy-with-a-key-of-its-own"].quirk) as send:
        exchange = send("hello")
    assert side(exchange).passes_credential_on is False
    assert side(exchange).leaks == ()


def test_headers_that_are_lost_are_told() -> None:
    with through(PROXIES["proxy-loses-headers"].quirk) as send:
        exchange = send("[upstream: 429] hello")
    assert side(exchange).lost_headers == ("retry-after: 1", "x-ratelimit-remaining-requests: 59")


def test_pairing_costs_little() -> None:
    """As a median, against the same requests without it, in turns."""
    assert min(pairing_s() for _ in range(2)) < 0.003, "a millisecond, on a machine that does nothing else"


def test_what_a_proxy_asks_of_its_own_is_told_apart() -> None:
    """As one does that looks every now and then whether its upstream is well."""

    def looks_first(inner: ASGIApp) -> ASGIApp:
        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] == "http":
                body = json.dumps(
                    {"model": "system.ai.gpt-5", "messages": [{"role": "user", "content": "ping"}]}
                ).encode()
                headers = {"content-type": "application/json", "authorization": "Bearer its-own-key-0815"}
                async with httpx2.AsyncClient(trust_env=False) as client:
                    await client.post(upstream.url + CHAT, content=body, headers=headers)
            await inner(scope, receive, send)

        return app

    with Upstream().listening() as upstream, proxying(upstream.url, around=looks_first) as url:
        sender = PairingSender(Client(Limits()), upstream)
        body = {"model": "system.ai.gpt-5", "messages": [{"role": "user", "content": "hello"}]}
        headers = {"content-type": "application/json", "authorization": "Bearer its-own-key-0815"}
        exchange = sender.send(Request("POST", url + CHAT, headers, json.dumps(body).encode()))
    [asked] = side(exchange).asked
    assert b"hello" in asked.exchange.request.body
    assert side(exchange).late == 1
