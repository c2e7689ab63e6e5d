"""The corpus is what the specs, the pinned schemathesis and our own rules make: the same bytes every time."""

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import schemathesis

from conformance.checks.schema import SPECS, spec_path
from conformance.corpus import frozen
from conformance.corpus import generate as module
from conformance.corpus.annotations import fits
from conformance.corpus.case import GeneratedCase
from conformance.corpus.generate import differences, write
from conformance.corpus.handmade import MODEL_HERE, handmade
from conformance.corpus.making import made, value_type
from conformance.corpus.operations import BUDGET, CAP, OPERATIONS
from conformance.corpus.schemathesis_api import VERSION, Found, enumerated
from conformance.resources import digest

HEADER = json.loads((frozen.HERE / frozen.HEADER).read_text())
AGAIN = "run `gateway-conformance generate`, then record anew"


def test_the_frozen_requests_are_those_that_are_made_now() -> None:
    """In a process of its own, with another seed for hashes: the order of a set must not matter."""
    program = "from conformance.corpus import frozen; from conformance.corpus.generate import differences;"
    program += "print(*differences(frozen.HERE))"
    environment = os.environ | {"PYTHONHASHSEED": "4242"}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.split()) == (0, []), f"{AGAIN}: {done.stdout}{done.stderr}"


def test_the_header_says_what_they_were_made_from() -> None:
    """Quick, where the whole comparison is slow: what differs here differs there."""
    assert HEADER["openapi_sha256"] == {surface: digest(spec_path(surface)) for surface in SPECS}, AGAIN
    assert HEADER["schemathesis"] == VERSION == schemathesis.__version__, AGAIN
    assert HEADER["cases"] == len(frozen.corpus())


def test_schemathesis_is_pinned() -> None:
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]
    assert f"schemathesis=={HEADER['schemathesis']}" in project["dependencies"]


# --- the files. What is made stands in for what takes ten seconds to make.


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    files = {"corpus.json": b"{}\n", "a.jsonl": b'{"id":"1"}\n', "b.jsonl": b'{"id":"2"}\n'}
    monkeypatch.setattr(module, "files", lambda: files)
    return files


def test_what_is_written_has_no_differences(tmp_path: Path, few: dict[str, bytes]) -> None:
    assert differences(tmp_path) == ["a.jsonl", "b.jsonl", "corpus.json"]
    assert write(tmp_path) == ["a.jsonl", "b.jsonl", "corpus.json"]
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == few
    assert differences(tmp_path) == []
    assert write(tmp_path) == []


@pytest.mark.parametrize("harm", [b"", b'{"id":"2"}\n', b'{"id":"1"}', b"\xff\xfe", b'{"id":"1"}\r\n'])
def test_a_file_that_differs_is_named_and_mended(tmp_path: Path, few: dict[str, bytes], harm: bytes) -> None:
    write(tmp_path)
    (tmp_path / "a.jsonl").write_bytes(harm)
    assert differences(tmp_path) == ["a.jsonl"]
    assert write(tmp_path) == ["a.jsonl"]
    assert (tmp_path / "a.jsonl").read_bytes() == few["a.jsonl"]


@pytest.mark.usefixtures("few")
def test_a_file_that_is_missing_or_should_not_be_there_is_named(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "b.jsonl").unlink()
    (tmp_path / "old.jsonl").write_text("{}\n")
    (tmp_path / "case.py").write_text("")
    assert differences(tmp_path) == ["b.jsonl", "old.jsonl"]
    assert write(tmp_path) == ["b.jsonl", "old.jsonl"]
    assert {path.name for path in tmp_path.iterdir()} == {"corpus.json", "a.jsonl", "b.jsonl", "case.py"}


# --- what schemathesis makes

SPEC = {
    "openapi": "3.1.0",
    "info": {"title": "t", "version": "1"},
    "paths": {
        "/models/{model}:ask": {
            "post": {
                "operationId": "ask",
                "parameters": [{"name": "model", "in": "path", "required": True, "schema": {"type": "string"}}],
                "requestBody": {"required": True, "content": {"application/json": {"schema": {
                    "type": "object",
                    "required": ["messages"],
                    "properties": {
                        "messages": {"type": "array", "minItems": 1, "items": {"$ref": "#/components/schemas/Message"}},
                        "effort": {"enum": ["low", "high"]},
                        "top": {"type": "number", "minimum": 0, "maximum": 1},
                    },
                }}}},
                "responses": {"200": {"description": "ok"}},
            },
        },
    },
    "components": {"schemas": {"Message": {
        "type": "object",
        "required": ["role", "content"],
        "properties": {"role": {"enum": ["user"]}, "content": {"type": "string", "examples": ["Hi."]}},
    }}},
}  # fmt: skip


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> list[Found]:
    path = tmp_path_factory.mktemp("spec") / "spec.json"
    path.write_text(json.dumps(SPEC))
    return list(enumerated(path))


def test_what_is_varied_is_told_in_our_words(found: list[Found]) -> None:
    told = {(one.positive, one.kind, one.place) for one in found}
    assert {
        (True, "enum_value", "effort"),
        (True, "near_boundary_number", "top"),
        (True, "near_boundary_items_array", "messages"),
        (True, "valid_object", "messages.[]"),
        (True, "required_only", ""),
        (True, "required_and_one", "effort"),
        (False, "object_missing_required_property", "messages"),
        (False, "object_missing_required_property", "messages.[].role"),
        (False, "incorrect_type", "messages"),
        (False, "incorrect_type", "messages.[].content"),
        (False, "invalid_enum_value", "effort"),
        (False, "value_above_maximum", "top"),
        (False, "array_below_min_items", "messages"),
    } <= told


def test_a_model_in_the_path_is_not_varied(found: list[Found]) -> None:
    assert not [one for one in found if "model" in one.place]
    assert {one.operation for one in found} == {"ask"}


def test_what_is_no_json_is_left_out(found: list[Found]) -> None:
    for one in found:
        json.dumps(one.body, allow_nan=False)
        assert one.has_body or one.body is None


# --- what we make of it


def a_found(body: Any, place: str = "stop", operation: str = "createChatCompletion", **changed: Any) -> Found:
    usual: dict[str, Any] = {
        "positive": True, "kind": "enum_value", "pointer": "", "method": "POST", "content_type": "application/json",
        "has_body": True,
    }  # fmt: skip
    return Found(operation=operation, place=place, body=body, **{**usual, **changed})


HELLO = {"role": "user", "content": "Say ok."}


def test_the_plain_request_with_one_member_changed() -> None:
    case = made(a_found({"messages": [HELLO], "stop": ["a"], "temperature": 2, "model": "x", "n": 8}))
    assert case == GeneratedCase(
        "createChatCompletion", "positive", "enum_value", "stop", {"stop": ["a"]}, origin=case.origin if case else ()
    )


def test_a_refused_member_is_forbidden_where_it_asks_for_something() -> None:
    broken: dict[str, Any] = {"positive": False, "operation": "createResponse", "kind": "forbidden_value"}
    case = made(a_found({"input": "hi", "store": True}, "store", **broken))
    assert case
    assert (case.forbidden_by, case.set) == ("RESP-400-STORE", {"store": True})
    assert made(a_found({"input": "hi", "store": False}, "store", **broken)) is None


def test_a_null_that_may_count_as_absent_is_not_sent() -> None:
    broken: dict[str, Any] = {"positive": False, "kind": "incorrect_type"}
    assert made(a_found({"messages": [HELLO], "stream": None}, "stream", **broken)) is None
    assert made(a_found({"messages": None}, "messages", **broken)) is not None


def test_what_fits_after_all_is_not_sent_as_broken_nor_the_other_way_round() -> None:
    assert made(a_found({"messages": [HELLO], "stream": True}, "stream", positive=False)) is None
    assert made(a_found({"messages": [HELLO], "stream": "yes"}, "stream")) is None


@pytest.mark.parametrize("place", ["", "thinking", "thinking.type"])
def test_a_budget_is_below_the_cap(place: str) -> None:
    thinking = {"type": "enabled", "budget_tokens": 10_240}
    case = made(a_found({"messages": [HELLO], "thinking": thinking, "max_tokens": 20_000}, place))
    assert case
    assert case.body()["thinking"]["budget_tokens"] == BUDGET
    assert case.body()["max_tokens"] == BUDGET + CAP
    assert case.family == "claude"


def test_a_member_that_was_never_there_cannot_be_taken_out() -> None:
    """It would be the plain request under another name."""
    assert made(a_found({"messages": [HELLO]}, "stop", kind="required_and_some")) is None
    assert made(a_found({"input": "hi"}, "background", "createServingResponse", kind="required_and_one")) is None


def test_a_request_without_its_model_is_one_of_its_own() -> None:
    broken: dict[str, Any] = {"positive": False, "kind": "object_missing_required_property"}
    case = made(a_found({"input": "hi"}, "model", "createResponse", **broken))
    assert case
    assert case.id not in {one.id for one in handmade()}
    assert made(a_found({"messages": [HELLO]}, "model", **broken)) is None, "the pages print chat without a model"


def test_the_turns_around_one_that_is_varied() -> None:
    def turns(item: Any) -> Any:
        case = made(a_found({"messages": [item]}, "messages.[].content", kind="example_value"))
        return case.body()["messages"] if case else None

    assert turns({"role": "user", "content": "a"}) == [{"role": "user", "content": "a"}]
    assert [turn["role"] for turn in turns({"role": "system", "content": "a"})] == ["system", "user"]
    assert [turn["role"] for turn in turns({"role": "assistant", "content": "a"})] == ["user", "assistant", "user"]
    tool = turns({"role": "tool", "content": "a", "tool_call_id": "call_1"})
    assert [turn["role"] for turn in tool] == ["user", "assistant", "tool"]
    assert tool[1]["tool_calls"][0]["id"] == "call_1"


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "TRACE"])
def test_methods_that_ask_for_nothing_are_not_sent(method: str) -> None:
    assert made(a_found({"messages": [HELLO]}, "", positive=False, method=method)) is None


def test_other_methods_and_content_types_are() -> None:
    case = made(a_found({"messages": [HELLO]}, "", positive=False, method="PUT"))
    assert case
    assert (case.method, case.raw is not None, value_type(case)) == ("PUT", True, "body")
    case = made(a_found({"messages": [HELLO]}, "", positive=False, content_type="text/plain"))
    assert case
    assert (case.method, case.content_type) == ("POST", "text/plain")
    case = made(a_found(None, "", positive=False, has_body=False))
    assert case
    assert case.raw == b""
    case = made(a_found([1], "", positive=False, kind="incorrect_type"))
    assert case
    assert case.raw == b"[1]"


# --- what is made by hand


def test_what_is_made_by_hand_says_what_it_is() -> None:
    cases = list(handmade())
    assert len({case.id for case in cases}) == len(cases)
    for case in cases:
        if case.mode == "positive":
            named = {"model": "m"} if case.of.model_in_body else {}
            assert fits(case.operation, named | case.body()), case
    for operation in ("createChatCompletion", "createResponse", "generateContent"):
        assert {case.kind for case in cases if case.operation == operation} >= {"trailing_bytes", "deep_array", "plain"}


def test_a_huge_number_stands_where_the_cap_stood() -> None:
    huge = {case.operation: case for case in handmade() if case.kind == "huge_integer"}
    assert len(huge) == 3
    for case in huge.values():
        assert case.raw is not None
        body = json.loads(case.raw.replace(MODEL_HERE, b"m"))
        caps = [
            body.get("max_tokens"),
            body.get("max_output_tokens"),
            body.get("generationConfig", {}).get("maxOutputTokens"),
        ]
        assert [cap for cap in caps if cap] == [10**400]


def test_every_family_has_its_plain_request_where_a_case_may_need_it() -> None:
    plain = {(case.operation, case.family) for case in handmade() if case.is_plain}
    needed = {(case.operation, case.family or case.of.family) for case in frozen.corpus()}
    assert needed <= plain
    assert {operation for operation, _ in plain} == set(OPERATIONS)
