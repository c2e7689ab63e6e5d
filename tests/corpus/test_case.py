"""One generated request: its body, its id, and the line that it is frozen as."""

import json
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.corpus import frozen
from conformance.corpus.case import SIZES, GeneratedCase
from conformance.corpus.frozen import read
from conformance.corpus.operations import OPERATIONS
from conformance.errors import UsageError
from conformance.requirements import families

PLAIN = GeneratedCase("createChatCompletion", "positive", "plain")
STOP = replace(PLAIN, kind="enum_value", place="stop", set={"stop": ["a"]})
RAW = GeneratedCase("createResponse", "negative", "null_bytes", raw=b"\0\xff")

TEXTS = st.text(st.characters(codec="utf-8"), max_size=8)
NAMES = st.lists(TEXTS, max_size=3).map(tuple)
IDS = st.sampled_from(["CHAT-PATH", "RESP-400-STORE", "REASON-BUDGET-LT-MAX"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXTS, inner, max_size=2),
    max_leaves=5,
)
CASES = st.builds(
    GeneratedCase, st.sampled_from(list(OPERATIONS)), st.sampled_from(["positive", "negative"]), TEXTS.filter(bool), TEXTS,
    st.dictionaries(TEXTS, VALUES, max_size=3), NAMES, st.none() | st.binary(max_size=20),
    st.sampled_from(["application/json", "text/plain"]), st.sampled_from(["POST", "PUT"]),
    st.sampled_from(["", *families()]), NAMES, st.lists(IDS, max_size=3).map(tuple), IDS | st.just(""), st.sampled_from(SIZES),
)  # fmt: skip


@given(CASES)
def test_a_line_holds_all_of_a_case(case: GeneratedCase) -> None:
    line = case.to_line()
    assert line.isascii()
    assert "\n" not in line
    assert GeneratedCase.from_json(json.loads(line)) == case
    assert GeneratedCase.from_json(json.loads(line)).to_line() == line


@given(st.binary(max_size=40))
def test_any_bytes_are_frozen_as_they_are(raw: bytes) -> None:
    kept = GeneratedCase.from_json(json.loads(replace(RAW, raw=raw).to_line()))
    assert kept.raw == raw
    assert kept.id == replace(RAW, raw=raw).id


@given(CASES, CASES)
def test_the_id_is_that_of_what_is_sent(one: GeneratedCase, other: GeneratedCase) -> None:
    def sent(case: GeneratedCase) -> tuple[Any, ...]:
        body = case.raw if case.raw is not None else json.dumps(case.body()).encode()
        named = case.raw is not None or "model" not in case.without
        return case.operation, case.method, case.content_type, case.family, named, body

    assert (one.id == other.id) is (sent(one) == sent(other))
    said = replace(one, kind="k", place="p", mode="negative", origin=("o",), promised_by=("A",), size="smoke")
    assert said.id == one.id, "what is said about a request does not change it"


def test_a_request_that_names_no_model_is_not_the_plain_one() -> None:
    unnamed = replace(PLAIN, mode="negative", kind="object_missing_required_property", without=("model",))
    assert unnamed.id != PLAIN.id
    assert unnamed.body() == PLAIN.body()


def test_the_ids_stay_what_they_are() -> None:
    """Recordings, reports and `-k` name requests by them."""
    assert (PLAIN.id, STOP.id, RAW.id) == ("71a84aa874f4", "988f9468777c", "98ebd8d413b2")


def test_a_body_is_the_plain_one_with_something_changed() -> None:
    base = OPERATIONS["createChatCompletion"].base
    assert PLAIN.body() == base
    assert STOP.body() == base | {"stop": ["a"]}
    assert replace(STOP, without=("max_tokens",)).body() == {"messages": base["messages"], "stop": ["a"]}
    assert OPERATIONS["createChatCompletion"].base == base, "no case changes the plain request of the others"


@pytest.mark.parametrize(
    ("case", "plain"),
    [
        (PLAIN, True),
        (replace(PLAIN, family="claude"), True),
        (STOP, False),
        (replace(PLAIN, without=("max_tokens",)), False),
        (replace(PLAIN, raw=b""), False),
        (replace(PLAIN, method="PUT"), False),
        (replace(PLAIN, content_type="text/plain"), False),
    ],
)
def test_what_is_plain(case: GeneratedCase, plain: bool) -> None:
    assert case.is_plain is plain


def test_a_case_in_words() -> None:
    assert str(STOP) == "enum value at stop of createChatCompletion"
    assert str(RAW) == "null bytes at the body of createResponse"
    assert replace(STOP, place="messages.[].content").field == "messages"
    assert RAW.field == ""


GOOD = json.loads(STOP.to_line())
CHANGES: list[dict[str, Any]] = [
    {"operation": "createChat"}, {"operation": ["createChatCompletion"]}, {"operation": {}}, {"mode": "odd"},
    {"size": "huge"}, {"colour": "red"}, {"raw": 7}, {"raw": {"base64": "?"}}, {"raw": {}}, {"set": 7},
    {"set": [["a", 1]]}, {"without": "stop"}, {"place": 7}, {"place": None}, {"kind": ["a"]}, {"family": "gpt-6"},
    {"family": 7}, {"method": 7}, {"content_type": None}, {"promised_by": "A"}, {"forbidden_by": ["A"]},
    {"method": "GET"}, {"method": "post"}, {"method": "POST\r\nx: y"}, {"content_type": "t\u00e9"}, {"content_type": "a\r\nb"},
    {"without": [1]}, {"promised_by": ["X-Y"]}, {"forbidden_by": "X-Y"}, {"set": {"model": "gpt-4"}},
    {"origin": {"a": 1}}, {"set": {"stop": "\ud800"}}, {"set": {"\udfff": 1}},
]  # fmt: skip


@pytest.mark.parametrize(
    "line",
    [
        "", "{", "[]", "null", "7", '"x"', "[" * 100_000, "{}", '{"id": "x"}', "\x00",
        *(json.dumps(GOOD | change) for change in CHANGES),
        *(json.dumps({name: value for name, value in GOOD.items() if name != gone}) for gone in ("operation", "mode", "kind")),
    ],
)  # fmt: skip
def test_a_line_that_is_no_case_is_told_by_its_number(tmp_path: Path, line: str) -> None:
    path = tmp_path / "kept.jsonl"
    path.write_text(f"{STOP.to_line()}\n{line or '?'}\n{RAW.to_line()}\n")
    with pytest.raises(UsageError) as error:
        read(path)
    assert str(error.value).startswith(f"{path}:2 is no generated request (")
    assert "\n" not in str(error.value)


def test_a_file_of_cases(tmp_path: Path) -> None:
    path = tmp_path / "kept.jsonl"
    path.write_text(f"{STOP.to_line()}\n\n{RAW.to_line()}")
    assert read(path) == [STOP, RAW]
    path.write_text("")
    assert read(path) == []


def test_a_case_that_was_kept_twice_is_one(tmp_path: Path) -> None:
    path = tmp_path / "kept.jsonl"
    path.write_text(f"{STOP.to_line()}\n{RAW.to_line()}\n{STOP.to_line()}\n")
    assert read(path) == [STOP, RAW]


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"cannot read the generated requests in .*none\.jsonl: No such file"):
        read(tmp_path / "none.jsonl")
    with pytest.raises(UsageError, match="Is a directory"):
        read(tmp_path)
    (tmp_path / "x.jsonl").write_bytes(b"\xff\xfe")
    with pytest.raises(UsageError, match="it is no text"):
        read(tmp_path / "x.jsonl")


@pytest.mark.parametrize("name", ["", "Full", "smoke ", "FULL", "all", "none.json"])
def test_a_choice_that_is_none(name: str) -> None:
    with pytest.raises(UsageError, match=r"give none, smoke, standard, full, or a file that ends in \.jsonl"):
        frozen.chosen(name)


def test_every_field_of_a_case_is_told() -> None:
    """A field that is added has to be frozen, and to come back."""
    everything = GeneratedCase(
        "createResponse", "negative", "kind", "place", {"a": 1}, ("b",), b"\xff", "text/plain", "PUT", "gpt-5", ("o",), ("p",),
        "f", "smoke",
    )  # fmt: skip
    assert set(json.loads(everything.to_line())) == {"id", *(field.name for field in fields(GeneratedCase))}
