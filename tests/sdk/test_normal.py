"""What observations are compared by: what differs by chance is equal, what differs in truth is not; no credential is kept."""

import base64
import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from conformance.reference.tap import TOKEN
from conformance.sdk.normal import blob, body, canonical, exception_text, headers, normalised, text, wire
from conformance.wire.exchange import Exchange, Request, Response

HEX = st.text("0123456789abcdef", min_size=24, max_size=32)
UUID = st.uuids().map(str)
NUMBER = st.integers(0, 99).map(str)
VERSION = st.tuples(NUMBER, NUMBER, NUMBER).map(".".join)
PORT = st.integers(1024, 65535)
MOMENT = st.integers(1_000_000_000, 2_000_000_000)
WORDS = st.text("abcdefgh XYZ.,:;/'\"!?äß中😀\n", max_size=11)
"""Without digits and short, so that no id, port or version is among them, nor in two of them."""
SCALAR = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | WORDS
NAME = st.sampled_from(
    ["model", "max_tokens", "text", "type", "content", "n", "x", "token", "key", "date", "server", "signature"]
)
VALUE: st.SearchStrategy[Any] = st.recursive(
    SCALAR, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAME, inner, max_size=4), max_leaves=10
)
PATH = "/ai-gateway/mlflow/v1/chat/completions"
SENT = {
    "accept": "application/json",
    "authorization": f"Bearer {TOKEN}",
    "content-type": "application/json",
    "user-agent": "OpenAI/Python 3.54.0",
}


def told(
    *,
    path: str = PATH,
    sent: dict[str, str] | None = None,
    data: bytes = b"{}",
    status: int = 200,
    method: str = "POST",
) -> str:
    """What is told of a request, in the spelling that is compared."""
    request = Request(method, "http://gateway.invalid" + path, SENT if sent is None else sent, data)
    return canonical(wire(Exchange(request, Response(status, {}))))


def as_json(value: Any) -> bytes:
    return json.dumps(value).encode()


@st.composite
def by_chance(draw: st.DrawFn) -> str:
    """A request of one client, with all that may be another from run to run and from version to version."""
    place = f"http://{draw(st.sampled_from(['127.0.0.1', 'localhost']))}:{draw(PORT)}"
    call = draw(st.sampled_from(["call_", "call_", ""])) + draw(HEX)
    turn = {
        "id": f"msg_{draw(HEX)}",
        "created": draw(MOMENT),
        "text": f"see {place}/a.png, {draw(UUID)}",
        "tool_call_id": call,
    }
    data = as_json({"messages": [turn], "request": draw(UUID)})
    sent = SENT | {
        "host": place,
        "date": str(draw(MOMENT)),
        "content-length": str(draw(PORT)),
        "user-agent": f"OpenAI/Python {draw(VERSION)} os/{draw(st.sampled_from(['linux', 'windows']))}",
        "idempotency-key": draw(UUID),
        "x-stainless-package-version": draw(VERSION),
    }
    return told(path=f"/v1/responses/resp_{draw(HEX)}?after={draw(UUID)}", sent=sent, data=data)


@given(one=by_chance(), other=by_chance())
def test_what_differs_by_chance_is_the_same(one: str, other: str) -> None:
    assert one == other


@given(one=st.tuples(PORT, HEX, VERSION, MOMENT), other=st.tuples(PORT, HEX, VERSION, MOMENT))
def test_so_it_is_in_what_the_caller_sees(one: tuple[Any, ...], other: tuple[Any, ...]) -> None:
    def got(port: int, key: str, version: str, moment: int) -> Any:
        day = datetime.fromtimestamp(moment, UTC)
        answer = {"id": f"chatcmpl-{key}", "created": moment, "response_id": key, "create_time": day.isoformat()}
        raw = {"headers": {"date": f"{day:%a, %d %b %Y %H:%M:%S} GMT", "content-length": str(port), "server": version}}
        refused = f"The request holds {port} bytes. Client: x/{version}, host=127.0.0.1:{port}, <A at 0x7f{port:08x}>"
        return normalised([answer, raw]), exception_text(refused)

    assert got(*one) == got(*other)


@pytest.mark.parametrize(
    "one",
    [
        "call_9aBcDeF0",
        "chatcmpl-B9aBcDeFgH1",
        f"resp_{'0a' * 16}",
        f"toolu_{'0a' * 16}",
        f"msg_bdrk_{'0a' * 12}",
        "toolu_bdrk_01AbCdEfGh",
        "a" * 32,
    ],
)
def test_an_id_is_one_whatever_made_it(one: str) -> None:
    assert text(f"The call {one} is unknown.") == "The call <id> is unknown."


@pytest.mark.parametrize(
    "word",
    ["item_reference", "mcp_approval_request", "mcp_list_tools", "call_the_weather", "call_weather_2", "call-center",
     "req-uired", "response.completed", "gpt-5-4-mini", "system.ai.claude-sonnet-4-5", "10485760 bytes",
     "docs/1.2", "2026-11-22", "v1.2.3"],
)  # fmt: skip
def test_a_word_is_no_id(word: str) -> None:
    assert text(f"The {word} is here.") == f"The {word} is here."
    assert normalised({"type": word}) == {"type": word}


@given(one=VALUE, other=VALUE)
@example(one={"a": 1}, other={"a": 1.0})
@example(one={"a": 1}, other={"a": True})
@example(one={"a": None}, other={})
@example(one={"type": "item_reference"}, other={"type": "mcp_approval_request"})
@example(one={"date": "2026-11-22"}, other={"date": "2026-11-23"})
@example(one={"created": {"type": "string"}}, other={"created": {"type": "number"}})
def test_a_body_that_differs_is_told_apart(one: Any, other: Any) -> None:
    """A number, a text, a type, the name of a member, a member more: none is swallowed."""
    first, second = {"given": one}, {"given": other}
    assert (told(data=as_json(first)) == told(data=as_json(second))) == (canonical(first) == canonical(second))


@given(
    before=WORDS, after=WORDS, one=st.characters(codec="utf-8"), other=st.characters(codec="utf-8"), long=st.booleans()
)
def test_one_character_of_a_text_is_told_apart(before: str, after: str, one: str, other: str, long: bool) -> None:
    assume(one != other)
    filled = "words and more " * 60 if long else ""
    first, second = ({"content": f"{before}{filled}{changed}{after}"} for changed in (one, other))
    assert body(as_json(first)) != body(as_json(second))


@given(size=st.integers(501, 5000))
def test_a_long_text_is_told_by_its_hash(size: int) -> None:
    picture = base64.b64encode(b"\xff" * size).decode()
    kept = text(picture)
    assert len(kept) < 130
    assert text(picture[:-5] + "A" + picture[-4:]) != kept


SEGMENT = st.text("abcXYZ-_.~:@!$'()*,;=+&", min_size=1, max_size=10)


@given(one=st.lists(SEGMENT, min_size=1, max_size=4), other=st.lists(SEGMENT, min_size=1, max_size=4))
@example(one=["a/b"], other=["a", "b"])
@example(one=["a?b"], other=["a"])
@example(one=["a%2Fb"], other=["a/b"])
@example(one=["ä"], other=["a"])
@example(one=["\x00"], other=["x00"])
def test_a_path_is_told_apart_by_its_segments(one: list[str], other: list[str]) -> None:
    first, second = ("/" + "/".join(quote(segment, safe="") for segment in segments) for segments in (one, other))
    assert (told(path=first) == told(path=second)) == (one == other)


@pytest.mark.parametrize(
    ("one", "other"), [("/%FF", "/%FE"), ("/a", "/A"), ("/a", "/a/"), ("/a", "//a"), ("/v1/a", "/v1beta/a")]
)
def test_paths_that_differ(one: str, other: str) -> None:
    assert told(path=one) != told(path=other)


def test_escapes_that_mean_the_same_are_one() -> None:
    assert told(path="/models/a%3ab%7Ec") == told(path="/models/a:b~c")
    assert told(path="/a%2fb") == told(path="/a%2Fb")


VALUES = st.text("abc &=+%#/ä", max_size=6)


@given(one=st.lists(st.tuples(VALUES, VALUES), max_size=3), other=st.lists(st.tuples(VALUES, VALUES), max_size=3))
@example(one=[("a", "b&c")], other=[("a", "b"), ("c", "")])
@example(one=[("a", "b+c")], other=[("a", "b c")])
def test_a_query_is_told_apart_by_its_parameters(one: list[tuple[str, str]], other: list[tuple[str, str]]) -> None:
    first, second = ("&".join(f"{quote(n, safe='')}={quote(v, safe='')}" for n, v in pairs) for pairs in (one, other))
    assert (told(path=f"{PATH}?{first}") == told(path=f"{PATH}?{second}")) == (one == other)


@pytest.mark.parametrize(
    "changed",
    [
        {"accept": "text/event-stream"}, {"accept-encoding": "gzip"}, {"content-type": "application/json; charset=utf-8"},
        {"transfer-encoding": "chunked"}, {"x-goog-api-key": "databricks"}, {"x-goog-user-project": "mine"},
        {"x-planted": "1"}, {"user-agent": "Python-urllib/3.54.0"}, {"authorization": "Bearer other"}, {"authorization": ""},
    ],
)  # fmt: skip
def test_a_header_that_differs_is_told_apart(changed: dict[str, str]) -> None:
    assert told(sent=SENT | changed) != told()


@given(name=st.text("abcdefgh-", min_size=1, max_size=12), dropped=st.sampled_from(sorted(SENT)))
def test_a_header_more_or_less_is_told(name: str, dropped: str) -> None:
    assume(name not in {*SENT, "date", "host"})
    assert told(sent=SENT | {name: "value"}) != told()
    assert told(sent={one: value for one, value in SENT.items() if one != dropped}) != told()


def test_method_and_status_are_told() -> None:
    assert len({told(), told(method="PUT"), told(status=404), told(data=b"")}) == 4
    assert told(method="post") == told()
    assert wire(Exchange(Request("GET", "http://gateway.invalid/", {})))["status"] is None


@given(one=st.binary(min_size=1, max_size=60), other=st.binary(min_size=1, max_size=60))
def test_bytes_that_are_no_json_are_told_apart(one: bytes, other: bytes) -> None:
    first, second = (b"\xff\x00" + data for data in (one, other))
    assert (body(first) == body(second)) == (one == other)
    assert body(first) == blob(first)


@given(one=st.binary(min_size=16, max_size=16).map(bytes.hex), other=st.binary(min_size=16, max_size=16).map(bytes.hex))
def test_the_boundary_of_a_form_does_not_count(one: str, other: str) -> None:
    def form(boundary: str) -> str:
        part = f'--{boundary}\r\nContent-Disposition: form-data; name="file"\r\n\r\n'.encode() + b"\x89PNG"
        data = part + f"\r\n--{boundary}--\r\n".encode()
        return told(sent=SENT | {"content-type": f"multipart/form-data; boundary={boundary}"}, data=data)

    assert form(one) == form(other)
    assert "multipart/form-data; boundary=…" in form(one)


def test_text_that_is_no_json_is_kept() -> None:
    assert body(b"a=b&c=d") == "a=b&c=d"
    assert body(b"") is None


SECRET = "dapi" + "0123456789abcdef" * 2
CARRIERS: list[dict[str, Any]] = [
    {"sent": SENT | {"authorization": f"Bearer {SECRET}"}},
    {"sent": SENT | {"authorization": "Basic " + base64.b64encode(f"token:{SECRET}".encode()).decode()}},
    {"sent": SENT | {"authorization": SECRET}},
    {"sent": SENT | {"x-goog-api-key": SECRET}},
    {"sent": SENT | {"x-api-key": SECRET, "cookie": SECRET, "x-of-my-own": SECRET}},
    {"path": f"{PATH}?key={SECRET}&alt=sse"},
    {"path": f"{PATH}?alt=sse&access_token={SECRET}"},
    {"data": as_json({"tools": [{"type": "mcp", "authorization": SECRET, "headers": {"Authorization": f"Bearer {SECRET}"}}]})},
    {"data": as_json({"api_key": SECRET, "apiKey": SECRET, "password": SECRET, "X-API-Key": SECRET})},
    {"data": as_json({"messages": [{"content": f"why does Bearer {SECRET} not work?"}]})},
    {"data": as_json({"messages": [{"content": f"use {SECRET} or {TOKEN}"}]})},
    {"data": f"token is {SECRET}".encode()},
]  # fmt: skip


@pytest.mark.parametrize("carrier", CARRIERS, ids=range(len(CARRIERS)))
def test_no_credential_is_kept(carrier: dict[str, Any]) -> None:
    kept = told(**carrier)
    assert SECRET not in kept
    assert base64.b64encode(f"token:{SECRET}".encode()).decode() not in kept
    assert TOKEN not in kept


@pytest.mark.parametrize(
    "secret",
    [SECRET, "sk-" + "aB3_" * 8, "AIza" + "Sy" * 17 + "x", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJtZSJ9.c2lnbmF0dXJl", TOKEN],
)  # fmt: skip
def test_no_exception_quotes_a_credential(secret: str) -> None:
    for said in (f"Incorrect API key provided: {secret}.", f"headers: Authorization: Bearer {secret}"):
        assert secret not in exception_text(said)
        assert exception_text(said) != said


@pytest.mark.parametrize(
    ("sent", "kind"),
    [
        ({}, "none"), ({"authorization": f"Bearer {TOKEN}"}, "bearer"), ({"authorization": "Bearer x"}, "bearer-wrong"),
        ({"authorization": "Basic " + base64.b64encode(f"token:{TOKEN}".encode()).decode()}, "basic"),
    ],
)  # fmt: skip
def test_of_a_credential_the_kind_is_kept(sent: dict[str, str], kind: str) -> None:
    assert headers(sent)["authorization"] == kind


@pytest.mark.parametrize(("key", "kept"), [("databricks", "databricks"), (TOKEN, "<token>"), (SECRET, "<credential>")])
def test_of_a_key_the_kind_is_kept(key: str, kept: str) -> None:
    assert headers({"x-goog-api-key": key})["x-goog-api-key"] == kept


@pytest.mark.parametrize(
    "word", ["bearer of good news", "a basic understanding", "the token is a word", "keyed by eyJ", "task-force"]
)
def test_words_about_credentials_are_kept(word: str) -> None:
    assert text(word) == word


def test_a_credential_that_is_sent_twice_is_told_twice() -> None:
    assert headers({"authorization": f"Bearer {TOKEN}, Bearer other"})["authorization"] == "bearer, bearer-wrong"
    assert headers({"authorization": f"Bearer {TOKEN}"})["authorization"] == "bearer"
    assert headers({})["authorization"] == "none"


@pytest.mark.parametrize(
    "text_of_it", ["[Connect call failed ('127.0.0.1', {})]", "http://127.0.0.1:{}/", "host='localhost', port={}"]
)
def test_a_port_is_no_difference_however_it_is_written(text_of_it: str) -> None:
    assert exception_text(text_of_it.format(44969)) == exception_text(text_of_it.format(42643))


@pytest.mark.parametrize("name", ["date", "Date", "DATE", "Content-Length"])
def test_headers_of_chance_are_known_however_they_are_spelt(name: str) -> None:
    one, other = ({"headers": {name: value, "x": "kept"}} for value in ("Sun, 29 Nov 2026", "Mon, 30 Nov 2026"))
    assert normalised(one) == normalised(other)
    assert normalised(one)["headers"]["x"] == "kept"


@pytest.mark.parametrize(
    "told", ["{{'created': {}, 'id': 1}}", "Completion(created={}, id=1)", "Response(created_at={}.0)"]
)
def test_when_an_answer_was_made_is_no_difference_however_it_is_quoted(told: str) -> None:
    assert exception_text(told.format(1764398000)) == exception_text(told.format(1764399123))


def test_a_number_that_json_does_not_have_is_a_text() -> None:
    assert normalised([float("nan"), float("inf"), 1.5]) == ["nan", "inf", 1.5]
