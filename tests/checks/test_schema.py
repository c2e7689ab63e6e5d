"""Bodies against the specs: which branch of a union a finding speaks of, and what it shows."""

import subprocess
import sys
from typing import Any

import pytest

from conformance.checks.schema import MAX_ERRORS, SPECS, schema_violations, spec_path, validator
from conformance.checks.schema_errors import confirmed

from .samples import CHAT, CHUNKS, EVENTS, GEMINI, GONE, REASONING, RESPONSE, TEXT, THINKING, change, told

CONTENT = "choices.0.message.content"


@pytest.mark.parametrize(
    ("surface", "component", "body"),
    [
        ("chat", "ChatCompletion", CHAT),
        ("chat", "ChatCompletion", THINKING),
        ("chat", "ChatCompletion", change(CHAT, (CONTENT, None), ("choices.0.message.refusal", "No."))),
        ("chat", "ChatCompletion", change(CHAT, ("choices.0.index", 0.0), ("a_gateways_own", {"x": 1}))),
        ("chat", "ChatCompletion", change(CHAT, (CONTENT, [{"type": "of tomorrow"}, TEXT]))),
        ("responses", "Response", RESPONSE),
        ("responses", "Response", change(RESPONSE, ("output.0.type", "of_tomorrow"))),
        ("responses", "Response", change(RESPONSE, ("output.1.id", GONE))),
        ("gemini", "GenerateContentResponse", GEMINI),
        *(("chat", "ChatCompletionChunk", chunk) for chunk in CHUNKS),
        *(("responses", "ResponseStreamEvent", event) for event in EVENTS),
        ("responses", "ResponseStreamEvent", {"type": "of.tomorrow"}),
    ],
)
def test_what_real_services_send_fits(surface: str, component: str, body: Any) -> None:
    assert told(schema_violations(body, surface, component)) == []


@pytest.mark.parametrize(
    ("surface", "component", "body", "path", "texts"),
    [
        ("chat", "ChatCompletion", change(CHAT, ("choices.0.message", GONE)), "choices.0", ("'message'", "absent")),
        ("chat", "ChatCompletion", change(CHAT, (CONTENT, 7)), CONTENT, ("", "7")),
        ("chat", "ChatCompletion", change(CHAT, (CONTENT, {"text": "Hi."})), CONTENT, ("string", "{'text': 'Hi.'}")),
        ("chat", "ChatCompletion", change(THINKING, (CONTENT + ".0.type", ["text"])), CONTENT + ".0", ("'text'", "['text']")),
        ("chat", "ChatCompletion", change(THINKING, (CONTENT + ".1.text", 7)), CONTENT + ".1.text", ("string", "7")),
        ("chat", "ChatCompletion", change(THINKING, (CONTENT + ".0.summary", "s")), CONTENT + ".0.summary", ("array", "s")),
        ("responses", "Response", change(RESPONSE, ("output.1.content", "s")), "output.1.content", ("array", "s")),
        ("responses", "Response", change(RESPONSE, ("output.1.role", "user")), "output.1.role", ("assistant", "user")),
        ("responses", "Response", change(RESPONSE, ("output.0.type", 7)), "output.0", ("", "")),
        ("gemini", "GenerateContentResponse", change(GEMINI, ("candidates", {})), "candidates", ("array", "{}")),
        ("gemini", "GenerateContentResponse", [GEMINI], "", ("object", "")),
    ],
)  # fmt: skip
def test_the_place_and_the_type_are_named(
    surface: str, component: str, body: Any, path: str, texts: tuple[str, str]
) -> None:
    found = told(schema_violations(body, surface, component))[0]
    assert found.kind == "violation"
    assert found.path.startswith(path)
    assert texts[0] in found.expected
    assert texts[1] in found.actual


def test_the_branch_is_named_by_its_discriminator() -> None:
    (found,) = told(
        schema_violations(change(THINKING, (CONTENT, [REASONING, {"type": "text"}])), "chat", "ChatCompletion")
    )
    assert found.message == f"{CONTENT}.1 is not what ChatCompletion (type text) says"
    assert (found.expected, found.actual) == ("the member 'text'", "absent")


def test_a_union_without_a_discriminator_names_what_fits_best() -> None:
    (found,) = told(schema_violations(change(CHAT, (CONTENT, {"text": "Hi."})), "chat", "ChatCompletion"))
    assert found.expected == "string or array or null"
    (found,) = told(schema_violations(change(CHAT, ("choices.0.message", GONE)), "chat", "ChatCompletion"))
    assert (found.path, found.expected) == ("choices.0", "the member 'message'")


def test_where_the_validators_disagree_nothing_fails() -> None:
    """The body was refused by jsonschema-rs, or nobody would have asked."""
    (found,) = confirmed({"pattern": "a"}, "abc", "Thing")
    assert found.kind == "undecided"
    assert "two validators disagree" in found.message


def test_a_body_that_lies_too_deep_for_jsonschema_is_undecided() -> None:
    deep: Any = 7
    for _ in range(sys.getrecursionlimit()):
        deep = [deep]
    recursive = {"$ref": "#/$defs/a", "$defs": {"a": {"type": "array", "items": {"$ref": "#/$defs/a"}}}}
    (found,) = confirmed(recursive, deep, "Thing")
    assert found.kind == "undecided"


def test_what_does_not_fit_loads_jsonschema_and_nothing_else_does() -> None:
    program = "import sys; from conformance.checks.schema import schema_violations as found; "
    program += "from tests.checks.samples import CHAT\n"
    program += "for body in (CHAT, {}):\n"
    program += "    list(found(body, 'chat', 'ChatCompletion')); print('jsonschema' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "True"]


def test_one_body_brings_few_findings() -> None:
    crowd = change(CHAT, ("choices", [{}] * 50))
    assert len(told(schema_violations(crowd, "chat", "ChatCompletion"))) == MAX_ERRORS


def test_only_what_lies_within() -> None:
    broken = change(CHAT, ("usage", 7), ("choices.0.index", "0"))
    assert [found.path for found in told(schema_violations(broken, "chat", "ChatCompletion", within="choices"))] == [
        "choices.0.index"
    ]


@pytest.mark.parametrize("surface", SPECS)
def test_each_surface_has_its_spec(surface: str) -> None:
    assert spec_path(surface).read_text(encoding="utf-8").startswith("openapi: ")


def test_an_unknown_component_is_a_mistake_of_the_suite() -> None:
    with pytest.raises(KeyError):
        validator("chat", "NoSuchComponent")


@pytest.mark.parametrize("good", [0, 99, 100, 5000])
def test_an_error_far_down_a_list_is_found(good: int) -> None:
    choice, usage = CHAT["choices"][0], CHAT["usage"]
    body = {
        "id": "a",
        "object": "chat.completion",
        "created": 1,
        "model": "m",
        "choices": [choice] * good + ["none"],
        "usage": usage,
    }
    [found] = schema_violations(body, "chat", "ChatCompletion", within="choices")
    assert found.path == f"choices.{good}"
