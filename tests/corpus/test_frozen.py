"""The frozen corpus: what it holds is what it says, and what a live target can be sent."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import Any

import jsonschema
import jsonschema_rs
import pytest
from referencing import Registry

from conformance.checks.schema import SPECS, spec
from conformance.corpus import annotations
from conformance.corpus.case import SIZES, GeneratedCase
from conformance.corpus.frozen import HERE, chosen, corpus, file_of, plain_of, read
from conformance.corpus.handmade import MODEL_HERE
from conformance.corpus.making import MODEL, value_type
from conformance.corpus.operations import BUDGET, CAP, OPERATIONS, Operation
from conformance.probing.generated import id_of_legal, name_of
from conformance.requirements import catalogue, families
from conformance.targets.target import from_base_url

CASES = corpus()
WITH_FIELDS = [case for case in CASES if case.raw is None]
RAW = [case for case in CASES if case.raw is not None]
POSITIVE = [case for case in CASES if case.mode == "positive"]
NEGATIVE = [case for case in CASES if case.mode == "negative"]
CAPS = ("max_tokens", "max_output_tokens", "maxOutputTokens")


def sent(case: GeneratedCase) -> dict[str, Any]:
    """The body of a case, a model in it where the body names it."""
    named = case.of.model_in_body and "model" not in case.without
    return ({"model": MODEL} if named else {}) | case.body()


# --- the files


def test_there_are_thousands_and_a_few_to_begin_with() -> None:
    assert len(CASES) > 1500
    assert len(chosen("smoke")) < 60
    assert len(chosen("standard")) < 400
    assert chosen("none") == []


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_line_is_what_its_case_writes(operation: str) -> None:
    lines = (HERE / file_of(operation)).read_text(encoding="utf-8").splitlines()
    cases = read(HERE / file_of(operation))
    assert [case.to_line() for case in cases] == lines
    assert [json.loads(line)["id"] for line in lines] == [case.id for case in cases]
    assert {case.operation for case in cases} == {operation}


def test_no_file_is_left_over() -> None:
    assert {path.name for path in HERE.glob("*.jsonl")} == {file_of(operation) for operation in OPERATIONS}


def test_ids_are_unique_and_lines_sorted() -> None:
    assert len({case.id for case in CASES}) == len(CASES)

    def order(case: GeneratedCase) -> tuple[object, ...]:
        position = list(OPERATIONS).index(case.operation)
        return position, case.mode == "negative", not case.is_plain, case.place, case.kind, case.id

    assert [case.id for case in CASES] == [case.id for case in sorted(CASES, key=order)]


def test_no_two_requests_have_the_same_name() -> None:
    names = Counter(name_of(case) for case in CASES)
    assert max(names.values()) == 1
    assert all(re.fullmatch(r"[\x20-\x7e]+", name) and "[" not in name and "/" not in name for name in names)


# --- the operations


@cache
def described() -> dict[str, tuple[str, str, dict[str, Any]]]:
    """By the name of each operation of the specs: surface, path and description."""
    return {
        item["post"]["operationId"]: (surface, path, item["post"])
        for surface in SPECS
        for path, item in spec(surface)["paths"].items()
        if "post" in item
    }


def test_every_operation_of_the_specs_is_explored_and_no_other() -> None:
    assert described().keys() == OPERATIONS.keys()


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=list(OPERATIONS))
def test_an_operation_lies_where_its_spec_says(operation: Operation) -> None:
    surface, path, _ = described()[operation.name]
    assert operation.spec == surface
    base = from_base_url("https://workspace.example").surfaces[operation.surface]
    ours = f"{base}{operation.path}".removeprefix("https://workspace.example").removesuffix("?alt=sse")
    assert re.sub(r"\{\w+\}", "{}", path) == re.sub(r"\{\w+\}", "{}", ours)
    assert operation.model_in_body == ("{" not in path)


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=list(OPERATIONS))
def test_the_plain_request_fits_and_is_short(operation: Operation) -> None:
    plain = GeneratedCase(operation.name, "positive", "plain")
    assert annotations.fits(operation.name, sent(plain))
    assert [value for name, value in members(plain.body()) if name in CAPS] == [CAP]


@pytest.mark.parametrize("size", ["standard", "full"])
def test_every_operation_is_asked_rightly_and_wrongly(size: str) -> None:
    asked = {(case.operation, case.mode) for case in chosen(size)}
    assert asked == {(operation, mode) for operation in OPERATIONS for mode in ("positive", "negative")}


# --- what is sent


@cache
def independent(operation: str) -> jsonschema.Draft202012Validator:
    """A validator of the request bodies of an operation that is not the one that the corpus was made with."""
    surface, _, post = described()[operation]
    document = spec(surface)
    body = post["requestBody"]
    while "$ref" in body:
        body = document["components"][body["$ref"].split("/")[2]][body["$ref"].split("/")[3]]
    schema = {**body["content"]["application/json"]["schema"], "components": document["components"]}
    return jsonschema.Draft202012Validator(schema, registry=Registry())


@pytest.mark.parametrize("operation", OPERATIONS)
def test_what_is_legal_fits_the_spec_and_what_is_broken_does_not(operation: str) -> None:
    cases = [case for case in WITH_FIELDS if case.operation == operation]
    for case in cases:
        body = sent(case)
        # A bound between two members is no matter of a schema.
        fits = case.mode == "positive" or case.forbidden_by == "REASON-BUDGET-LT-MAX"
        assert annotations.fits(operation, body) is fits, case
        assert independent(operation).is_valid(body) is fits, case
    assert {case.mode for case in cases} == {"positive", "negative"}


def test_only_what_is_broken_has_a_body_of_its_own() -> None:
    assert {case.mode for case in RAW} == {"negative"}
    assert {case.method for case in POSITIVE} == {"POST"}
    assert {case.content_type for case in POSITIVE} == {"application/json"}


def test_a_raw_body_breaks_something() -> None:
    """It is no JSON, does not fit the spec, calls itself something else, comes by another method, or is read differently."""
    for case in RAW:
        assert case.raw is not None
        if case.method != "POST" or case.content_type != "application/json" or "RFC 8259" in case.origin:
            continue
        try:
            body = json.loads(case.raw.replace(MODEL_HERE, MODEL.encode()), parse_constant=_is_none)
        except (ValueError, RecursionError):
            continue
        assert not annotations.fits(case.operation, body), case


def _is_none(name: str) -> None:
    raise ValueError(name)


def test_what_is_hard_to_read_is_sent_on_each_surface() -> None:
    wanted = {
        "malformed_json", "trailing_bytes", "empty_body", "deep_array", "deep_member", "huge_integer", "lone_surrogate",
        "duplicate_member", "not_utf8", "xml_content_type", "binary_content_type", "trailing_comma",
    }  # fmt: skip
    for operation in ("createChatCompletion", "createResponse", "generateContent"):
        assert wanted <= {case.kind for case in RAW if case.operation == operation}


def test_every_case_varies_something_and_says_what() -> None:
    for case in CASES:
        assert case.is_plain == (case.kind == "plain"), case
        if case.raw is not None or case.is_plain:
            continue
        assert case.body() != case.of.base or case.without == ("model",), case
        if case.field:
            assert case.field in {*case.set, *case.without, "*"}, case


def test_nothing_but_the_place_and_the_cap_is_varied() -> None:
    """What else is wrong with a request would be the reason of its refusal."""
    for case in WITH_FIELDS:
        if case.field and case.field != "*":
            assert {*case.set, *case.without} <= {case.field, "max_tokens"}, case
            if case.field not in ("thinking", "max_tokens"):
                assert "max_tokens" not in case.set, case


# --- what it costs


def members(value: Any) -> Iterator[tuple[str, Any]]:
    """Every member of every object within a JSON value."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield name, inner
            yield from members(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from members(inner)


def test_every_answer_is_short_unless_its_length_is_what_is_varied() -> None:
    for case in WITH_FIELDS:
        if case.place.rpartition(".")[2] in CAPS or "thinking" in case.set:
            continue
        caps = [value for name, value in members(case.body()) if name in CAPS]
        if not caps:
            # Only where the member that holds the cap is itself varied, to what can hold none.
            assert case.field == "generationConfig", case
            assert case.mode == "negative", case
        assert all(value == CAP for value in caps), case


def test_thought_is_as_short_as_it_may_be() -> None:
    for case in WITH_FIELDS:
        thinking = case.set.get("thinking")
        if not isinstance(thinking, dict) or case.forbidden_by:
            continue
        enabled, budget = thinking.get("type") == "enabled", thinking.get("budget_tokens")
        assert case.body()["max_tokens"] == (BUDGET + CAP if enabled else CAP), case
        assert not isinstance(budget, int) or budget <= BUDGET, case


def test_no_legal_request_breaks_a_bound_between_two_members() -> None:
    """budget_tokens has to be less than max_tokens. [Reasoning > Types of reasoning models]"""
    budget = spec("chat")["components"]["schemas"]["ThinkingEnabled"]["properties"]["budget_tokens"]
    assert budget["x-less-than"] == "max_tokens"
    tried = [case.body() for case in POSITIVE if case.set.get("thinking", {}).get("type") == "enabled"]
    assert tried
    assert all(body["thinking"]["budget_tokens"] < body["max_tokens"] for body in tried)


def test_few_requests_ask_for_a_long_answer() -> None:
    """The largest documented cap is tried, but not by many requests."""
    long = [case for case in POSITIVE for name, value in members(case.body()) if name in CAPS and value > BUDGET + CAP]
    assert len(long) <= 4
    assert all(case.place == "max_tokens" for case in long)


def test_no_request_asks_for_many_answers() -> None:
    for case in POSITIVE:
        for name, value in members(case.body()):
            if name in ("n", "candidateCount") and isinstance(value, int):
                assert value <= 8, case  # the largest number that a spec allows


def test_no_request_is_large() -> None:
    assert max(len(case.to_line()) for case in CASES) < 64_000
    assert sum(len(case.to_line()) for case in CASES) < 4_000_000


# --- what must not be sent


def test_no_host_but_that_of_examples() -> None:
    lines = "\n".join(case.to_line() for case in CASES)
    hosts = {host.lower() for host in re.findall(r"[a-zA-Z][a-zA-Z0-9+.-]*://([^/\"\\\s?#]*)", lines)}
    assert hosts == {"example.com"}


def test_no_credential() -> None:
    lines = "\n".join(case.to_line() for case in CASES)
    assert not re.findall(
        r"(?i)dapi[0-9a-f]|bearer |\bsk-[a-z0-9]{8}|api[_-]?key|-----BEGIN|authorization\":\"[^\"]", lines
    )


def test_the_model_is_left_to_the_target() -> None:
    names = {model for models in families().values() for model in models}
    for case in CASES:
        assert not case.set.get("model") or not isinstance(case.set["model"], str), case
        said = json.dumps(case.set) + str(case.raw)
        assert not [name for name in names if name in said], case


# --- what is said of a request


def test_who_promises_and_who_forbids_are_requirements() -> None:
    named = {name for case in CASES for name in (*case.promised_by, *filter(None, [case.forbidden_by]))}
    assert named <= catalogue().keys()
    for case in CASES:
        for name in case.promised_by:
            assert case.of.spec in catalogue()[name].promises, case
        if case.forbidden_by:
            assert catalogue()[case.forbidden_by].level == "MUST"


def test_nothing_is_promised_that_uses_a_form_that_the_pages_do_not_show() -> None:
    for case in CASES:
        assert not case.promised_by or case.shown, case
        assert not case.promised_by or case.mode == "positive", case
        assert not case.forbidden_by or case.mode == "negative", case


def test_a_promise_is_made_for_plain_requests_of_the_pages() -> None:
    for case in (case for case in CASES if case.is_plain):
        assert bool(case.promised_by) is case.of.shown, case
        assert not case.origin, case


def test_some_are_promised_and_some_forbidden() -> None:
    forbidden = {case.forbidden_by for case in CASES if case.forbidden_by}
    assert forbidden == {
        "RESP-400-STORE", "RESP-400-BACKGROUND", "RESP-400-SERVICE-TIER", "RESP-400-PREVIOUS-RESPONSE-ID",
        "REASON-BUDGET-LT-MAX",
    }  # fmt: skip
    assert {"CHAT-STREAM-SSE", "CHAT-MAXTOKENS", "GEM-MAXOUT", "RESP-MAXOUT"} <= {
        name for case in CASES for name in case.promised_by
    }


def test_families_are_those_of_the_catalogue_and_fit_what_is_asked() -> None:
    assert {case.family for case in CASES} <= {"", *families()}
    for case in WITH_FIELDS:
        if "thinking" in case.set:
            assert case.family == "claude", case
        if case.set.get("reasoning_effort") == "none":
            assert case.family == "gpt-5-1", case


# --- the plain requests


@pytest.mark.parametrize("size", SIZES)
def test_the_control_of_every_case_is_among_those_that_are_sent(size: str) -> None:
    cases = chosen(size)
    ids = {case.id for case in cases}
    assert not [case for case in cases if plain_of(case).id not in ids]


def test_the_control_of_a_case_is_found_by_its_name() -> None:
    """The exchange of a plain request is recorded under the id of the case that sends it."""
    plain = GeneratedCase("createResponse", "positive", "plain")
    assert id_of_legal(plain) == f"responses/corpus.legal-createResponse-body-plain-{plain.id}"
    for case in CASES:
        control = plain_of(case)
        assert control.is_plain
        assert (control.operation, control.family) == (case.operation, case.family or case.of.family)
        # What pytest makes of the name of a case leaves out words that are that of the surface.
        assert case.of.surface not in name_of(case).split("-")[1:], case


def test_value_types_are_those_of_json() -> None:
    known = {"object", "array", "string", "boolean", "number", "null", "absent", "body"}
    assert {value_type(case) for case in CASES} == known


def test_the_two_validators_are_not_one() -> None:
    assert not isinstance(independent("createResponse"), jsonschema_rs.Draft202012Validator)
