"""The sender that puts the credential on a request: what it sends, what it keeps to itself, and when it stops."""

import base64
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import pytest

from conformance.targets.authenticating import AuthenticatingSender
from conformance.targets.credentials import (
    CredentialError,
    PlainToken,
    bearer_token,
    is_oauth_token,
    is_personal,
)
from conformance.wire.exchange import Chunk, Exchange, Request, Response

URL = "https://gateway.example/v1/chat/completions"
HELLO, OTHER = b'{"hello":1}', b'{"other":1}'


@dataclass
class Renewing:
    """A credential that gives these tokens in turn, and then the last one for good."""

    tokens: list[str]
    auth_type: str = "oauth-m2m"
    origin: str = "the profile robot"
    secrets: tuple[str, ...] = ()

    def headers(self) -> Mapping[str, str]:
        token = self.tokens.pop(0) if len(self.tokens) > 1 else self.tokens[0]
        if not token:
            raise CredentialError("the profile robot gives no token")
        return {"authorization": f"Bearer {token}", "x-more": f"more of {token}"}


@dataclass
class Gateway:
    """Takes the tokens for which `takes` holds; any request with another is refused with 401."""

    takes: Callable[[str, bytes], bool]
    seen: list[Request] = field(default_factory=list)

    def send(self, request: Request, _within_s: float = 0.0) -> Exchange:
        self.seen.append(request)
        status = 200 if self.takes(bearer_token(request.headers), request.body) else 401
        return Exchange(request, Response(status, {"content-type": "application/json"}, (Chunk(b"{}", 0.0),)))


def asked(kind: str = "bearer", body: bytes = HELLO) -> Request:
    return Request("POST", URL, {"authorization": f"[{kind}]", "x-team": "search"}, body)


def test_each_kind_of_credential_goes_out_and_none_comes_back() -> None:
    gateway, known = Gateway(lambda _token, _body: True), list[str]()
    sender = AuthenticatingSender(gateway, Renewing(["a-token"]), known.append)
    kinds = ("bearer", "basic", "basic-wrong-user", "bearer-wrong", "basic-wrong")
    exchanges = [sender.send(asked(kind)) for kind in kinds]
    assert [exchange.request for exchange in exchanges] == [asked(kind) for kind in kinds]
    sent = [request.headers["authorization"] for request in gateway.seen]
    plain = [base64.b64decode(value.removeprefix("Basic ")).decode() for value in sent if value.startswith("Basic ")]
    assert [value for value in sent if value.startswith("Bearer ")] == ["Bearer a-token", "Bearer not-a-valid-token"]
    assert plain == ["token:a-token", "somebody:a-token", "token:not-a-valid-token"]
    assert ["x-more" in request.headers for request in gateway.seen] == [True, True, True, False, False]
    assert set(known) == {"a-token", "more of a-token"}


def test_a_request_without_a_kind_goes_as_it_is() -> None:
    gateway = Gateway(lambda _token, _body: True)
    sender = AuthenticatingSender(gateway, Renewing([""]), lambda _: None)
    for headers in ({}, {"authorization": "Bearer of-the-target-file"}):
        sender.send(Request("GET", URL, headers))
        assert gateway.seen[-1].headers == headers


def test_a_token_is_asked_for_with_each_request() -> None:
    gateway = Gateway(lambda _token, _body: True)
    sender = AuthenticatingSender(gateway, Renewing(["first", "second"]), lambda _: None)
    for _ in range(2):
        sender.send(asked())
    assert [bearer_token(request.headers) for request in gateway.seen] == ["first", "second"]


def test_a_token_that_dies_on_its_way_is_replaced() -> None:
    gateway = Gateway(lambda token, _body: token != "old")
    sender = AuthenticatingSender(gateway, Renewing(["old", "new"]), lambda _: None)
    assert sender.send(asked()).status == 200
    assert [bearer_token(request.headers) for request in gateway.seen] == ["old", "new"]


def test_a_credential_that_was_never_taken_is_judged_as_refused() -> None:
    sender = AuthenticatingSender(
        Gateway(lambda _token, _body: False), PlainToken("a", "DATABRICKS_TOKEN"), lambda _: None
    )
    assert sender.send(asked()).status == 401


def test_what_is_refused_while_its_control_is_answered_is_about_the_request() -> None:
    gateway = Gateway(lambda _token, body: body == HELLO)
    sender = AuthenticatingSender(gateway, PlainToken("a", "DATABRICKS_TOKEN"), lambda _: None)
    assert [sender.send(asked(body=body)).status for body in (HELLO, OTHER, HELLO)] == [200, 401, 200]


def test_a_credential_that_is_not_taken_any_more_ends_the_run() -> None:
    alive = iter([True, False, False, False])
    gateway = Gateway(lambda _token, _body: next(alive))
    sender = AuthenticatingSender(gateway, PlainToken("a", "DATABRICKS_TOKEN"), lambda _: None)
    assert sender.send(asked()).status == 200
    first, second = sender.send(asked(body=OTHER)), sender.send(asked("basic", OTHER))
    assert first.response is None
    assert second.failure == f"not sent: {first.failure}"
    assert "the credential of DATABRICKS_TOKEN is refused now (401), and was taken before" in first.failure
    assert second.hopeless
    assert len(gateway.seen) == 3, "the request, its control, and nothing more"


def test_many_threads_are_told_once() -> None:
    dead = Gateway(lambda _token, body: body == HELLO and not any(seen.body == OTHER for seen in dead.seen))
    sender = AuthenticatingSender(dead, PlainToken("a", "DATABRICKS_TOKEN"), lambda _: None)
    assert sender.send(asked()).status == 200
    with ThreadPoolExecutor(16) as pool:
        exchanges = list(pool.map(lambda _: sender.send(asked(body=OTHER)), range(64)))
    assert all("refused now" in exchange.failure for exchange in exchanges)
    assert sum(request.body == HELLO for request in dead.seen) == 2, "the control is sent once"


def test_a_credential_that_cannot_be_had_may_be_had_later() -> None:
    sender = AuthenticatingSender(Gateway(lambda _token, _body: True), Renewing(["", "new"]), lambda _: None)
    lost = sender.send(asked())
    assert lost.failure == "not sent: the credential cannot be renewed: the profile robot gives no token"
    assert not lost.hopeless
    assert sender.send(asked()).status == 200


@pytest.mark.parametrize(
    ("token", "auth_type", "personal"),
    [("dapi0123", "token", True), ("eyJhbGciOiJub25lIn0.eyJhIjoxfQ.c2ln", "oauth-token", False)],
)
def test_a_plain_token_is_told_by_its_looks(token: str, auth_type: str, personal: bool) -> None:
    plain = PlainToken(token, "DATABRICKS_TOKEN")
    assert (plain.auth_type, is_personal(plain.auth_type), is_oauth_token(token)) == (auth_type, personal, not personal)
    assert token not in repr(plain)
