"""What a proxy is told of its configuration before anything is judged, and which repeated requests a cache may answer."""

import json
import urllib.request
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.checks.verdicts import EXIT_USAGE
from conformance.reference.proxies.application import proxying
from conformance.reference.proxies.declared import Body, Quirk
from conformance.reference.tap import Tapped
from conformance.reference.upstream import Upstream
from conformance.runs.pairing import PairingSender
from conformance.wire.exchange import Chunk, Exchange, Request, Response
from tests.end_to_end.conftest import Done, command_in


def behind(directory: Path, quirk: Quirk) -> Done:
    """Runs `gateway-conformance behind` before a reference proxy with this quirk, about as little as can be asked."""
    with Upstream().listening() as held:
        port = held.port
    with proxying(f"http://127.0.0.1:{port}", quirk) as url:
        words = ("--base-url", url, "--upstream-port", str(port), "--surface", "chat", "-k", "test_alike")
        return command_in(directory)("behind", *words)


def test_a_model_that_the_upstream_does_not_know_ends_it(tmp_path: Path) -> None:
    def without_prefix(_: str, body: Body) -> None:
        body["model"] = "gpt-5"

    done = behind(tmp_path, Quirk(body=without_prefix))
    assert done.code == EXIT_USAGE
    assert "for gpt-5, and is refused: 404, " in done.err
    assert "call the models of its upstream system.ai.<model>" in done.err


def test_a_request_that_the_upstream_refuses_is_told(tmp_path: Path) -> None:
    def adds(_: str, body: Body) -> None:
        body["x_of_the_proxy"] = 1

    assert "which refuses a mere word: 400, " in behind(tmp_path, Quirk(body=adds)).out


def test_a_proxy_that_is_not_there_is_told_as_that(tmp_path: Path) -> None:
    with Upstream().listening() as held:
        url, port = held.url, held.port
    done = command_in(tmp_path)(
        "behind", "--base-url", url.replace("127.0.0.1", "127.0.0.2"), "--upstream-port", str(port)
    )
    assert done.code == EXIT_USAGE
    assert "does not answer at http://127.0.0.2:" in done.err
    assert "start it before this command" in done.err


@pytest.mark.parametrize(("query", "headers"), [("?key=k-1", {}), ("", {"x-goog-api-key": "k-1"})])
def test_google_s_keys_are_credentials_on_google_s_own_paths(query: str, headers: dict[str, str]) -> None:
    body = json.dumps({"contents": [{"role": "user", "parts": [{"text": "Say hello."}]}]}).encode()
    path = "/v1beta/models/system.ai.gemini-3-1-pro:generateContent"
    asked = {"content-type": "application/json", **headers}
    with Upstream().listening() as upstream:
        request = urllib.request.Request(upstream.url + path + query, body, asked)
        with urllib.request.urlopen(request) as answer:
            assert answer.status == 200


class _Proxy:
    """A sender and the upstream behind it: what is asked for the first time goes on, or never does."""

    def __init__(self, cached: set[bytes]) -> None:
        self.cached, self.arrived = cached, list[Tapped]()

    def send(self, request: Request, _: float = 0) -> Exchange:
        exchange = Exchange(request, Response(200, {}, (Chunk(b"{}", 0.0),)))
        if request.body not in self.cached:
            self.cached.add(request.body)
            self.arrived.append(Tapped(exchange, 0, 0, began=float("inf")))
        return exchange

    def take(self) -> list[Tapped]:
        taken, self.arrived = self.arrived, []
        return taken


def test_only_what_has_reached_the_upstream_can_be_repeated() -> None:
    """An answer that comes from a cache the first time is another request's, and no less so the second time."""
    proxy = _Proxy({b"never asked"})
    pairing = PairingSender(proxy, proxy)  # type: ignore[arg-type]
    asked = Request("POST", "http://gateway.invalid/v1/chat/completions", {}, b"asked")
    sides = [
        pairing.send(replace(asked, body=body)).upstream
        for body in (b"asked", b"asked", b"never asked", b"never asked")
    ]
    assert [side and (len(side.asked), side.repeats) for side in sides] == [
        (1, False),
        (0, True),
        (0, False),
        (0, False),
    ]
