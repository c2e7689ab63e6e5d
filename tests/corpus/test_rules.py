"""What the catalogue promises and forbids of a request, value by value."""

from typing import Any

import jsonschema
import pytest

from conformance.corpus.annotations import fits, members, undocumented_members
from conformance.corpus.operations import OPERATIONS
from conformance.corpus.rules import forbidden_by, promised_by
from conformance.requirements import catalogue

USER = {"role": "user", "content": "Say ok."}
SYSTEM = {"role": "system", "content": "Be brief."}
TURN = {"role": "user", "parts": [{"text": "Say ok."}]}


@pytest.mark.parametrize(
    ("surface", "fields", "names"),
    [
        ("chat", {"stream": True}, ["CHAT-STREAM-SSE"]),
        ("chat", {"stream": False}, ["CHAT-STREAM-SSE"]),
        ("chat", {"stream": None}, []),
        ("chat", {"stream": "true"}, []),
        ("chat", {"temperature": 0.1}, []),
        ("chat", {"max_tokens": 16}, ["CHAT-MAXTOKENS"]),
        ("chat", {"max_tokens": 1024}, ["CHAT-MAXTOKENS"]),
        ("chat", {"max_tokens": 15}, []),
        ("chat", {"max_tokens": 1025}, []),
        ("chat", {"max_tokens": "16"}, []),
        ("chat", {"messages": [USER]}, ["CHAT-PATH"]),
        ("chat", {"messages": []}, []),
        ("chat", {"messages": [{"role": "user", "content": ""}]}, []),
        ("chat", {"messages": [{"role": "user", "content": [{"type": "text", "text": "hi"}]}]}, []),
        ("chat", {"messages": [{"role": "assistant", "content": "hi"}]}, []),
        ("chat", {"messages": [SYSTEM, USER]}, ["CHAT-ROLE-SYSTEM"]),
        ("chat", {"messages": [SYSTEM]}, []),
        ("chat", {"reasoning_effort": "low"}, ["REASON-OSS-VALUES"]),
        ("chat", {"reasoning_effort": "none"}, []),
        ("chat", {"stream": True, "max_tokens": 16}, ["CHAT-MAXTOKENS", "CHAT-STREAM-SSE"]),
        ("chat", {"stream": True, "temperature": 0.1}, []),
        ("chat", {"x_new": 1}, []),
        ("chat", {}, []),
        ("responses", {"input": [USER]}, ["RESP-INPUT-MESSAGES"]),
        ("responses", {"input": [SYSTEM, USER]}, ["RESP-INPUT-MESSAGES"]),
        ("responses", {"input": [SYSTEM]}, []),
        ("responses", {"input": [{**USER, "type": "message"}]}, []),
        ("responses", {"max_output_tokens": 16}, ["RESP-MAXOUT"]),
        ("responses", {"max_output_tokens": 15}, []),
        ("responses", {"store": False}, []),
        ("responses", {"stream": True}, []),
        ("gemini", {"contents": [TURN]}, ["GEM-CAMELCASE"]),
        ("gemini", {"contents": [{"parts": TURN["parts"]}]}, []),
        ("gemini", {"contents": [{"role": "user", "parts": [{"text": "a", "thought": True}]}]}, []),
        ("gemini", {"generationConfig": {"maxOutputTokens": 64}}, ["GEM-MAXOUT"]),
        ("gemini", {"generationConfig": {"maxOutputTokens": 64, "temperature": 0}}, []),
        ("gemini", {"generationConfig": {}}, []),
        ("gemini", {"messages": [USER]}, []),
    ],
)
def test_what_is_promised(surface: str, fields: dict[str, Any], names: list[str]) -> None:
    assert list(promised_by(OWN[surface], fields)) == names


OWN = {one.spec: one for one in OPERATIONS.values() if one.shown}
ASKS_FOR_NOTHING: list[Any] = [None, False, 0, "", [], {}]


@pytest.mark.parametrize("member", ["store", "background", "previous_response_id", "service_tier"])
@pytest.mark.parametrize("value", [True, 1, -0.5, "x", "false", [None], {"a": 1}, [False]])
def test_what_is_forbidden_in_whatever_form_it_is_asked(member: str, value: Any) -> None:
    name = f"RESP-400-{member.upper().replace('_', '-')}"
    assert forbidden_by(OWN["responses"], {member: value}) == name
    assert forbidden_by(OWN["responses"], {"temperature": 0.1, member: value}) == name
    assert forbidden_by(OWN["chat"], {member: value}) == ""
    assert forbidden_by(OWN["gemini"], {member: value}) == ""


@pytest.mark.parametrize("member", ["store", "background", "previous_response_id", "service_tier"])
@pytest.mark.parametrize("value", ASKS_FOR_NOTHING)
def test_what_asks_for_nothing_is_not_forbidden(member: str, value: Any) -> None:
    assert forbidden_by(OWN["responses"], {member: value}) == ""


@pytest.mark.parametrize(
    ("value", "forbidden"), [("auto", True), ("scale", True), ("default", True), ("flex", True), ("", False)]
)
def test_tiers_that_are_forbidden(value: str, forbidden: bool) -> None:
    assert bool(forbidden_by(OWN["responses"], {"service_tier": value})) is forbidden


def test_the_plain_requests_are_promised_where_the_pages_show_them() -> None:
    for operation in OPERATIONS.values():
        assert bool(promised_by(operation, operation.base)) is operation.shown, operation
        assert not forbidden_by(operation, operation.base)


def test_other_doors_forbid_nothing_either() -> None:
    assert not forbidden_by(OPERATIONS["createServingResponse"], {"store": True})


RULES = [
    (row.id, kind, surface, member, schema)
    for row in catalogue().values()
    for kind, rules in (("promises", row.promises), ("forbids", row.forbids))
    for surface, of_members in rules.items()
    for member, schema in of_members.items()
]


@pytest.mark.parametrize(("name", "kind", "surface", "member", "schema"), RULES)
def test_a_rule_is_a_schema_of_a_member_of_its_surface(
    name: str, kind: str, surface: str, member: str, schema: dict[str, Any]
) -> None:
    jsonschema.Draft202012Validator.check_schema(schema)
    row = catalogue()[name]
    operations = [operation for operation in OPERATIONS.values() if operation.spec == surface]
    assert surface in row.surface
    assert operations
    assert all(member in members(operation.name) for operation in operations)
    # Only what fails a target is worth a rule: what it promises, and what it forbids, is settled by the documents.
    assert (row.level, row.origin) == ("MUST", "seed")
    assert kind in ("promises", "forbids")


def test_no_value_is_promised_and_forbidden() -> None:
    promised = {(surface, member) for _, kind, surface, member, _ in RULES if kind == "promises"}
    forbidden = {(surface, member) for _, kind, surface, member, _ in RULES if kind == "forbids"}
    assert promised
    assert forbidden
    assert not promised & forbidden


@pytest.mark.parametrize(
    ("operation", "fields", "strange"),
    [
        ("createChatCompletion", {"messages": [USER]}, False),
        ("createChatCompletion", {"messages": [USER | {"a~/b": 1}]}, True),
        ("createChatCompletion", {"messages": [USER | {"content": [{"type": "text", "text": "x", "y": 1}]}]}, True),
        (
            "createChatCompletion",
            {"messages": [USER], "tools": [{"type": "function", "function": {"name": "f", "parameters": {"x": {}}}}]},
            False,
        ),
        ("createResponse", {"input": "Say ok.", "metadata": {"free": "as it likes"}}, False),
        ("generateContent", {"contents": [TURN | {"parts": [{"text": "x", "y": 1}]}]}, True),
    ],
)
def test_members_that_no_spec_names_are_seen_at_any_depth(
    operation: str, fields: dict[str, Any], strange: bool
) -> None:
    """Objects that are free to hold what they like hold nothing undocumented."""
    body = {"model": "some"} | fields if OPERATIONS[operation].model_in_body else fields
    assert fits(operation, body)
    assert any(undocumented_members(operation, body)) is strange


def test_undocumented_members_stand_in_the_order_of_the_body() -> None:
    body = {
        "model": "m",
        "messages": [{"role": "user", "content": "Hi."}],
        **dict.fromkeys(("zz", "aa", "mm", "kk"), 1),
    }
    assert list(undocumented_members("createChatCompletion", body)) == ["zz", "aa", "mm", "kk"]
