"""The shape of a Responses answer: each field broken, and each use of its latitude."""

from typing import Any

import pytest

from conformance.checks import responses
from conformance.checks.same import AnswerSummary

from .samples import DATE, GONE, RESPONSE, SECONDS, answered, change, judged, seen, told

CALL = {"type": "custom_tool_call", "id": "ctc_1", "call_id": "call_1", "name": "code_exec", "input": "print(1)"}
PART = "output.1.content.0"


@pytest.mark.parametrize(
    ("path", "value", "found"),
    [
        ("id", "resp_1", []),
        ("created_at", float(SECONDS), []),
        ("id", "chatcmpl_1", [("warning", "id")]),
        ("status", GONE, [("warning", "status")]),
        ("created_at", SECONDS + 90_000, [("warning", "created_at")]),
        ("id", None, [("violation", "id")]),
        ("object", "chat.completion", [("violation", "object")]),
        ("created_at", SECONDS + 0.25, [("violation", "created_at")]),
        ("created_at", SECONDS * 1000, [("violation", "created_at")]),
        ("created_at", GONE, [("violation", "created_at")]),
        ("model", None, [("violation", "model")]),
        ("usage", None, [("violation", "usage")]),
        ("output", None, [("violation", "output")]),
        ("output", {}, [("violation", "output")]),
        ("output", [], [("violation", "output")]),
    ],
)
def test_shape(path: str, value: Any, found: list[tuple[str, str]]) -> None:
    body = change(RESPONSE, (path, value))
    assert judged(responses.shape(answered(body, date=DATE), body)) == found


def test_a_cut_answer_may_be_empty() -> None:
    body = change(RESPONSE, ("status", "incomplete"), ("output", []))
    assert told(responses.shape(answered(body), body)) == []
    assert [found.message for found in told(responses.output_items(body))] == [
        "there is no item: the answer is incomplete"
    ]


@pytest.mark.parametrize(
    ("path", "value", "found"),
    [
        ("output.1.id", GONE, []),
        ("output.0.type", "of_tomorrow", []),
        ("output.0", {"type": "web_search_call", "status": "completed"}, []),
        ("status", GONE, []),
        (PART, {"type": "refusal", "refusal": "I cannot."}, [("undecided", "")]),
        ("output.0.type", GONE, [("violation", "output.0.type")]),
        ("output.0", "text", [("violation", "output.0.type")]),
        ("output.1.role", "model", [("violation", "output.1.role")]),
        ("output.1.role", GONE, [("violation", "output.1.role")]),
        ("output.1.content", "Hello.", [("violation", "output.1.content")]),
        ("output.1.content", [], [("violation", "output")]),
        (f"{PART}.text", "", [("violation", "output")]),
        (f"{PART}.type", "text", [("violation", "output")]),
        ("output.1", GONE, [("violation", "output")]),
        ("output", [], [("violation", "output")]),
        ("output", None, [("undecided", "")]),
    ],
)
def test_output_items(path: str, value: Any, found: list[tuple[str, str]]) -> None:
    assert judged(responses.output_items(change(RESPONSE, (path, value)))) == found


@pytest.mark.parametrize("status", [GONE, None])
def test_an_answer_without_a_status_has_text(status: Any) -> None:
    body = change(RESPONSE, ("status", status), (f"{PART}.text", ""))
    assert judged(responses.output_items(body)) == [("violation", "output")]


def test_text() -> None:
    again = change(RESPONSE, ("output.0", RESPONSE["output"][1]), (f"{PART}.text", " And goodbye."))
    assert [responses.text(body) for body in (RESPONSE, again)] == ["Hello.", "Hello. And goodbye."]
    assert responses.text(change(RESPONSE, ("output", GONE))) == responses.text([]) == ""
    part = RESPONSE["output"][1]["content"][0]
    assert responses.text(change(RESPONSE, ("output.1.content", [part, {"type": "refusal"}, part]))) == "Hello.Hello."


def test_many_messages_may_say_nothing_between_them() -> None:
    silent = change(RESPONSE["output"][1], ("content.0.text", ""))
    assert judged(responses.output_items(change(RESPONSE, ("output", [silent, silent])))) == [("violation", "output")]
    assert judged(responses.output_items(change(RESPONSE, ("output", [silent, RESPONSE["output"][1]])))) == []


def test_the_place_of_the_message_is_free() -> None:
    body = change(RESPONSE, ("output", RESPONSE["output"][::-1]))
    assert judged(responses.output_items(body)) == []
    assert seen(responses.output_items(body)) == ["['message', 'reasoning']"]


@pytest.mark.parametrize(
    ("output", "found"),
    [
        ([RESPONSE["output"][0], CALL], []),
        ([CALL | {"input": ""}], []),
        ([CALL | {"type": "function_call"}], [("violation", "output")]),
        ([], [("violation", "output")]),
        ([CALL | {"input": {"code": "print(1)"}}], [("violation", "output.0.input")]),
        ([CALL | {"name": "code_exe"}], [("violation", "output.0.name")]),
        ([{"type": "custom_tool_call"}], [("violation", "output.0.name")]),
        (GONE, [("undecided", "")]),
    ],
)
def test_custom_tool(output: Any, found: list[tuple[str, str]]) -> None:
    assert judged(responses.calls_custom_tool(change(RESPONSE, ("output", output)), "code_exec")) == found


PATCH = {"type": "apply_patch_call", "call_id": "call_1", "operation": {"type": "create_file", "path": "main.py"}}


@pytest.mark.parametrize(
    ("output", "found"),
    [
        ([PATCH], []),
        ([RESPONSE["output"][0], PATCH, PATCH, RESPONSE["output"][1]], []),
        ([PATCH | {"operation": {"type": "of_tomorrow"}}], []),
        (RESPONSE["output"], [("undecided", "")]),  # a model may decide against a call
        ([PATCH | {"type": "function_call"}], [("undecided", "")]),
        (["apply_patch_call"], [("undecided", "")]),
        ([], [("undecided", "")]),
        (GONE, [("undecided", "")]),
        ([{"type": "apply_patch_call"}], [("violation", "output.0.operation")]),
        ([PATCH | {"operation": "*** Begin Patch"}], [("violation", "output.0.operation")]),
        ([PATCH | {"operation": [{"type": "create_file"}]}], [("violation", "output.0.operation")]),
        ([PATCH | {"operation": {}}], [("violation", "output.0.operation.type")]),
        ([PATCH, PATCH | {"operation": {"type": 1}}], [("violation", "output.1.operation.type")]),
    ],
)
def test_apply_patch(output: Any, found: list[tuple[str, str]]) -> None:
    assert judged(responses.calls_apply_patch(change(RESPONSE, ("output", output)))) == found


@pytest.mark.parametrize(
    ("made", "status", "warned"), [(31, "completed", 0), (32, "incomplete", 0), (32, "completed", 1), (32, GONE, 1)]
)
def test_a_cut_answer_says_so(made: int, status: Any, warned: int) -> None:
    found = judged(responses.says_incomplete(change(RESPONSE, ("status", status)), 32, made))
    assert found == [("warning", "status")] * warned


KEYS = tuple(sorted(RESPONSE["usage"]))
KINDS = ("message", "reasoning")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (RESPONSE, AnswerSummary(KINDS, "completed", KEYS, "Hello.")),
        (change(RESPONSE, ("output.0", RESPONSE["output"][1])), AnswerSummary(("message",), "completed", KEYS, "Hello.Hello.")),
        (change(RESPONSE, ("output.0.type", GONE)), AnswerSummary(("absent", "message"), "completed", KEYS, "Hello.")),
        (change(RESPONSE, ("output.0", ["message"])), AnswerSummary(("absent", "message"), "completed", KEYS, "Hello.")),
        (change(RESPONSE, ("output.0.type", None)), AnswerSummary(("None", "message"), "completed", KEYS, "Hello.")),
        (change(RESPONSE, ("output", [])), AnswerSummary((), "completed", KEYS, "")),
        (change(RESPONSE, ("output", {"0": CALL})), AnswerSummary((), "completed", KEYS, "")),
        (change(RESPONSE, ("status", GONE)), AnswerSummary(KINDS, "", KEYS, "Hello.")),
        (change(RESPONSE, ("status", {"completed": 1})), AnswerSummary(KINDS, "", KEYS, "Hello.")),
        (change(RESPONSE, ("usage", list(KEYS))), AnswerSummary(KINDS, "completed", (), "Hello.")),
        (change(RESPONSE, ("usage.cost", 1)), AnswerSummary(KINDS, "completed", KEYS, "Hello.")),
        (change(RESPONSE, ("usage", {"input_tokens_details": {}})),
         AnswerSummary(KINDS, "completed", ("input_tokens_details",), "Hello.")),
        (RESPONSE["output"], AnswerSummary((), "", (), "")),
        ("completed", AnswerSummary((), "", (), "")),
    ],
)  # fmt: skip
def test_what_an_answer_says(body: Any, said: AnswerSummary) -> None:
    assert responses.summarise(body) == said
