"""JSON from an untrusted body, and what an exchange says of itself."""

import gc
import json
import re
import weakref
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.wire.exchange import (
    MAX_JSON_DEPTH,
    MAX_JSON_VALUES,
    Chunk,
    Exchange,
    NotJson,
    Request,
    Response,
    parse_json,
)

TEXTS = st.text(st.characters(codec="utf-8"))
LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS
JSON = st.recursive(LEAVES, lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner))


@given(JSON, st.booleans(), st.sampled_from([None, 1]))
def test_what_is_written_is_read(value: Any, ascii_only: bool, indent: int | None) -> None:
    assert parse_json(json.dumps(value, ensure_ascii=ascii_only, indent=indent).encode()) == value


@given(st.binary(max_size=60) | st.text('[]{}",:\\ud8ef0123456789eE+-.NaInfity ntrufals', max_size=60).map(str.encode))
def test_anything_else_is_not_json_and_never_more(data: bytes) -> None:
    with suppress(NotJson):
        json.dumps(parse_json(data), ensure_ascii=False).encode()


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "empty body"),
        (b'{"a": NaN}', "NaN"),
        (b"[-Infinity]", "-Infinity"),
        (b'"\xff"', "utf-8"),
        (b'"\xed\xa0\x80"', "utf-8"),  # a surrogate as bytes
        (b'"\xc3', "utf-8"),
        (b'\xef\xbb\xbf{"a": 1}', "BOM"),
        ("{}".encode("utf-16"), "utf-8"),
        (b"9" * 5000, "digits"),
        (b"[" * 100_000, "too deep"),
        (b"[" * (MAX_JSON_DEPTH + 1) + b"]" * (MAX_JSON_DEPTH + 1), "too deep"),
        (b'{"a":' * (MAX_JSON_DEPTH + 1) + b"1" + b"}" * (MAX_JSON_DEPTH + 1), "too deep"),
    ],
)
def test_hostile_bodies(data: bytes, why: str) -> None:
    with pytest.raises(NotJson, match=why):
        parse_json(data)


@pytest.mark.parametrize("data", [b"   ", b"<html>", b"{} {}", b"{'a': 1}", b'{"a": 1,}', b"[1,]", b'"a\nb"'])
def test_what_json_itself_does_not_read_is_told_in_its_words(data: bytes) -> None:
    """They differ from one Python to the next."""
    with pytest.raises(ValueError, match="char") as own:
        json.loads(data)
    with pytest.raises(NotJson, match=f"^{re.escape(str(own.value))}$"):
        parse_json(data)


@pytest.mark.parametrize(
    ("data", "value"),
    [
        (b"1.0", 1.0),
        (b"1E400", float("inf")),
        (b"9" * 4000, int("9" * 4000)),
        (b'{"a": 1, "a": 2}', {"a": 2}),  # the last one counts, as with most readers
        (b'"\\ud83d\\udc4b"', "👋"),
        (b'"\\ud83d"', "\ufffd"),  # half a character, as it comes from a stream cut between two tokens
        (b'["\\udc4b\\ud83d", "\\\\ud83d"]', ["\ufffd\ufffd", "\\ud83d"]),
        (b'{"\\uDC4B": 1}', {"\ufffd": 1}),
        (b'["\\ud83dx", 1, null, 1.5]', ["\ufffdx", 1, None, 1.5]),
        (b"[" * MAX_JSON_DEPTH + b"]" * MAX_JSON_DEPTH, ...),
        (b"[" + b"[[{}]]," * 1000 + b"1]", ...),  # wide is not deep
    ],
)
def test_odd_but_legal_bodies(data: bytes, value: Any) -> None:
    assert value is ... or parse_json(data) == value
    assert parse_json(data) is not None


def test_a_body_is_its_chunks() -> None:
    response = Response(
        200, {"content-type": "Application/JSON ; charset=utf-8"}, (Chunk(b'{"a"', 0.1), Chunk(b": 1}", 0.2))
    )
    assert response.body == b'{"a": 1}'
    assert response.json() == {"a": 1}
    assert response.media_type == "application/json"
    assert Response(200, {}).media_type == ""
    with pytest.raises(NotJson):
        Response(200, {}).json()


def test_an_exchange_without_an_answer_has_no_status() -> None:
    request = Request("POST", "http://gateway.invalid/a/b?alt=sse", {})
    assert (request.path, request.query) == ("/a/b", "alt=sse")
    assert Exchange(request, failure="timeout").status is None
    assert Exchange(request, Response(204, {})).status == 204
    assert not Exchange(request, failure="timeout").dropped


@pytest.mark.parametrize(
    "body",
    [
        b"[" + b"[]," * MAX_JSON_VALUES + b"1]",
        b"{" + b'"a":{},' * MAX_JSON_VALUES + b'"b":1}',
        b"[" + b"0," * MAX_JSON_VALUES + b"0]",
        b"[" + b"\n" * MAX_JSON_VALUES + b"]",
    ],
    ids=["lists", "objects", "numbers", "lines"],
)
def test_more_values_than_fit_are_not_read(body: bytes) -> None:
    with pytest.raises(NotJson, match="too many values"):
        parse_json(body)


def test_nearly_as_many_are_read() -> None:
    assert len(parse_json(b"[" + b"0," * (MAX_JSON_VALUES - 2) + b"0]")) == MAX_JSON_VALUES - 1


def test_a_response_that_is_no_json_is_let_go_of() -> None:
    """What was received is freed at once, not when garbage is looked for: a run has hundreds of large ones."""
    response = Response(200, {}, (Chunk(b"no JSON", 0.1),))
    with pytest.raises(NotJson):
        response.json()
    gone = weakref.ref(response)
    gc.disable()
    try:
        del response
        assert gone() is None
    finally:
        gc.enable()
