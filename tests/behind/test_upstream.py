"""The upstream behind a proxy: what a prompt asks for happens, and whatever arrives is kept as it came."""

import gzip
import json
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from conformance.reference.faults import FAULTS
from conformance.reference.server import PortInUse
from conformance.reference.upstream import OVERSIZE, SLOW_S, Upstream

CHAT = "/ai-gateway/mlflow/v1/chat/completions"


@pytest.fixture(scope="module")
def upstream() -> Iterator[Upstream]:
    with Upstream().listening() as listening:
        yield listening


@pytest.fixture
def client(upstream: Upstream) -> Iterator[httpx2.Client]:
    upstream.take()
    with httpx2.Client(base_url=upstream.url, trust_env=False, headers={"authorization": "Bearer t"}) as client:
        yield client


def asked(words: str, **more: Any) -> dict[str, Any]:
    return {"model": "system.ai.claude-sonnet-4-5", "messages": [{"role": "user", "content": words}], **more}


@pytest.mark.parametrize("status", [400, 429, 500, 503])
def test_a_prompt_asks_for_a_status(client: httpx2.Client, status: int) -> None:
    answer = client.post(CHAT, json=asked(f"[upstream: {status}] hello"))
    assert answer.status_code == status
    assert ("retry-after" in answer.headers) == (status in (429, 503))
    assert client.post(CHAT, json=asked("hello")).status_code == 200


def test_a_stream_is_cut(client: httpx2.Client, upstream: Upstream) -> None:
    words = "[upstream: cut] Write a long and detailed story."
    with pytest.raises(httpx2.RemoteProtocolError):
        client.post(CHAT, json=asked(words, stream=True))
    [kept] = upstream.take()
    assert kept.exchange.response
    assert len(kept.exchange.response.chunks) == 2


def test_an_error_stands_in_the_middle_of_a_stream(client: httpx2.Client) -> None:
    answer = client.post(CHAT, json=asked("[upstream: error] Write a long and detailed story.", stream=True))
    events = [line for line in answer.text.split("\n\n") if line]
    assert len(events) == 3
    assert json.loads(events[-1].removeprefix("data: "))["error"]["code"] == 500


def test_a_stream_comes_slowly(client: httpx2.Client, upstream: Upstream) -> None:
    client.post(CHAT, json=asked("[upstream: slow] Write a long and detailed story.", stream=True, max_tokens=100))
    [kept] = upstream.take()
    assert kept.exchange.response
    chunks = kept.exchange.response.chunks
    assert chunks[-1].at - chunks[0].at >= (len(chunks) - 2) * SLOW_S


def test_an_answer_is_too_large(client: httpx2.Client) -> None:
    answer = client.post(CHAT, json=asked("[upstream: large] hello"))
    assert len(answer.content) > OVERSIZE
    assert answer.json()["choices"]


@pytest.mark.parametrize(
    "path",
    ["/v1/chat/completions", "/v1/responses", "/v1beta/models/system.ai.gemini-3-1-pro:generateContent"],
    ids=["chat", "responses", "gemini"],
)
def test_the_paths_of_the_vendors_are_answered_too(client: httpx2.Client, path: str) -> None:
    bodies: dict[str, dict[str, Any]] = {
        "/v1/responses": {"model": "system.ai.gpt-5", "input": "hello"},
        "/v1/chat/completions": asked("hello"),
    }
    body = bodies.get(path, {"contents": [{"role": "user", "parts": [{"text": "hello"}]}]})
    assert client.post(path, json=body).status_code == 200
    assert client.post("/v1/something", json=body).status_code == 404


@pytest.mark.parametrize("encoding", ["gzip", "chunked"])
def test_bodies_come_as_proxies_send_them(client: httpx2.Client, upstream: Upstream, encoding: str) -> None:
    body = json.dumps(asked("hello")).encode()
    headers = {"content-type": "application/json"}
    if encoding == "gzip":
        answer = client.post(CHAT, content=gzip.compress(body), headers={**headers, "content-encoding": "gzip"})
    else:
        answer = client.post(CHAT, content=iter([body[:10], body[10:]]), headers=headers)
    assert answer.status_code == 200
    assert [one.exchange.request.body for one in upstream.take()] == [body]


def test_what_is_not_compressed_as_it_says_is_refused(client: httpx2.Client) -> None:
    headers = {"content-type": "application/json", "content-encoding": "gzip"}
    assert client.post(CHAT, content=b"no gzip", headers=headers).status_code == 400


def test_what_has_arrived_is_told_once_in_order(client: httpx2.Client, upstream: Upstream) -> None:
    for words in ("one", "two", "three"):
        client.post(CHAT, json=asked(words))
    taken = [json.loads(one.exchange.request.body)["messages"][0]["content"] for one in upstream.take()]
    assert taken == ["one", "two", "three"]
    assert upstream.take() == []


def test_it_can_be_wrong_for_a_while() -> None:
    with Upstream().listening() as upstream, httpx2.Client(base_url=upstream.url, trust_env=False) as client:
        headers = {"authorization": "Bearer t"}
        upstream.be(FAULTS["chat-stream-refused"])
        assert client.post(CHAT, json=asked("hello", stream=True), headers=headers).status_code == 400
        upstream.be(None)
        assert client.post(CHAT, json=asked("hello", stream=True), headers=headers).status_code == 200


def test_a_port_that_is_taken_is_told(upstream: Upstream) -> None:
    with pytest.raises(PortInUse, match="in use"), Upstream().listening(upstream.port):
        pass
