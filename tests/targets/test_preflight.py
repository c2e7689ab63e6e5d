"""The look before a live run: is there a gateway, which models does it have, and no token spent on what is not there."""

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from conformance.errors import UsageError
from conformance.reference.server import running
from conformance.targets.authenticating import AuthenticatingSender
from conformance.targets.credentials import NoCredential, PlainToken
from conformance.targets.preflight import SURFACES, Availability, Preflight
from conformance.targets.target import Target, from_base_url
from conformance.wire.client import Client
from conformance.wire.exchange import Chunk, Exchange, Request, Response
from conformance.wire.sender import Limits

TOKEN = "dapi-canary-0123456789"
ALL = ("chat", "responses", "gemini", "serving")


class Answering:
    """A target whose answers are given by a function of path and body."""

    def __init__(self, answer: Callable[[str, bytes], tuple[int, str, bytes]]) -> None:
        self._answer = answer
        self.seen: list[Request] = []

    def send(self, request: Request) -> Exchange:
        self.seen.append(request)
        status, media_type, body = self._answer(request.path, request.body)
        return Exchange(request, Response(status, {"content-type": media_type}, (Chunk(body, 0.0),)))


def look(target: Target, wire: Answering, surfaces: tuple[str, ...] = ALL) -> Preflight:
    return Preflight(target, "DATABRICKS_TOKEN", wire, surfaces)


def test_the_reference_gateway_is_there_and_lacks_nothing() -> None:
    sender = AuthenticatingSender(Client(Limits()), PlainToken(TOKEN, "DATABRICKS_TOKEN"), lambda _: None)
    with running(token=TOKEN) as url:
        preflight = Preflight(from_base_url(url), "DATABRICKS_TOKEN", sender, ALL)
        preflight.check()
        assert preflight.models() == Availability()


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ((401, "application/json", b"{}"), r"the token is refused \(401\); check DATABRICKS_TOKEN"),
        ((200, "text/html", b"<html>"), r"a web page \(200\)"),
        ((404, "application/json", b"{}"), r"not there \(404\)"),
        ((501, "application/json", b"{}"), "answers 501"),
        ((302, "text/plain", b""), "answers 302"),
    ],
)
def test_no_gateway(answer: tuple[int, str, bytes], says: str) -> None:
    wire = Answering(lambda _path, _body: answer)
    with pytest.raises(UsageError, match=says):
        look(from_base_url("https://gateway.example"), wire).check()


def test_one_surface_is_enough() -> None:
    wire = Answering(lambda path, _: (400 if "gemini" in path else 404, "application/json", b'{"message":"no"}'))
    look(from_base_url("https://gateway.example"), wire).check()


def test_a_gemini_surface_is_asked_for_a_model_that_may_be_there() -> None:
    wire = Answering(lambda path, _: (400 if "system.ai.gemini-3-1-pro" in path else 404, "application/json", b"{}"))
    look(Target("gemini", {"gemini": "https://gateway.example/v1beta"}), wire, ("gemini",)).check()


def test_a_404_about_the_model_comes_from_a_gateway_that_is_there() -> None:
    wire = Answering(lambda _path, _body: MISSING)
    look(Target("chat", {"chat": "https://gateway.example/v1"}), wire, ("chat",)).check()


def test_basic_is_tried_where_bearer_is_refused() -> None:
    wire = Answering(lambda _path, _body: (401, "application/json", b"{}"))
    with pytest.raises(UsageError):
        look(from_base_url("https://gateway.example"), wire, ("chat",)).check()
    assert [request.headers["authorization"] for request in wire.seen] == ["[bearer]", "[basic]"]


MISSING = (404, "application/json", b'{"error_code":"RESOURCE_DOES_NOT_EXIST","message":"no such model"}')
FINE = (200, "application/json", b"{}")


def test_models_before_the_first_that_is_there_are_lacking() -> None:
    wire = Answering(lambda _, body: MISSING if b"claude-sonnet-4-5" in body or b'system.ai.gpt-5"' in body else FINE)
    lacking = look(from_base_url("https://gateway.example"), wire).models().lacking
    assert lacking == {"claude-sonnet-4-5", "gpt-5"}


def test_a_target_without_any_documented_model_is_not_excused_on_chat() -> None:
    wire = Answering(lambda _path, _body: MISSING)
    lacking = look(from_base_url("https://gateway.example"), wire).models().lacking
    assert "claude-sonnet-4-5" not in lacking
    assert {"gpt-5", "gemini-3-1-pro"} <= lacking


def test_a_target_file_that_names_its_models_is_taken_at_its_word() -> None:
    wire = Answering(lambda _path, _body: MISSING)
    target = Target("named", {"chat": "https://gateway.example"}, models={"gpt-5": "x"})
    assert look(target, wire).models() == Availability()


LIMITED = {
    "error_code": "PERMISSION_DENIED",
    "message": "The endpoint is temporarily disabled due to a rate limit of 0.",
}


def test_a_model_that_is_disabled_is_stood_for_by_another() -> None:
    def answer(_path: str, body: bytes) -> tuple[int, str, bytes]:
        disabled = any(name in body for name in (b"claude-sonnet-4-5", b"gpt-oss-120b", b'"system.ai.gpt-5"'))
        return (403, "application/json", json.dumps(LIMITED).encode()) if disabled else (200, "application/json", b"{}")

    target = from_base_url("https://gateway.example")
    seen = look(target, Answering(answer)).models()
    assert seen == Availability(barred=frozenset({"claude-sonnet-4-5", "gpt-oss-120b", "gpt-5"}))
    assert Availability.of(str(seen)) == seen
    told = replace(target, barred=seen.barred)
    assert told.candidates("chat")[0] == "claude-sonnet-4-6"
    assert [told.model_of_family(family) for family in ("claude", "gpt-5", "gpt-oss", "gemini")] == [
        "claude-sonnet-4-6", "gpt-5-mini", "gpt-oss-20b", "gemini-3-1-pro",
    ]  # fmt: skip


def test_where_all_of_them_are_disabled_the_preferred_one_is_asked() -> None:
    wire = Answering(lambda *_: (403, "application/json", json.dumps(LIMITED).encode()))
    look_at = look(from_base_url("https://gateway.example"), wire)
    look_at.check()
    target = replace(from_base_url("https://gateway.example"), barred=look_at.models().barred)
    assert target.model_of_family("claude") == "claude-sonnet-4-5"


def test_that_a_token_is_wanted_is_told() -> None:
    wire = Answering(lambda *_: (401, "application/json", b'{"error_code":"401","message":"Credential was not sent."}'))
    target = replace(from_base_url("https://gateway.example"), auth="none")
    for origin, says in ((NoCredential().origin, '; auth = "none" in the target file'), ("", "")):
        with pytest.raises(UsageError, match=rf"a request without a token is refused \(401\){says}$"):
            Preflight(target, origin, wire, SURFACES).check()


@pytest.mark.parametrize(
    ("status", "body"), [(403, b'{"error_code":"403","message":"Invalid access token."}'), (400, b"Invalid Token")]
)
def test_a_token_that_is_refused_is_told(status: int, body: bytes) -> None:
    wire = Answering(lambda *_: (status, "application/json", body))
    with pytest.raises(UsageError, match=rf"the token is refused \({status}\)"):
        look(from_base_url("https://gateway.example"), wire).check()
