"""The shape of an OpenAI Responses answer: items by their type, never by their place."""

from collections.abc import Iterator
from typing import Any

from conformance.checks.findings import (
    ABSENT,
    Finding,
    Undecided,
    assume_member,
    get,
    observation,
    require_member,
    undecided,
    violation,
    warning,
)  # fmt: skip
from conformance.checks.same import AnswerSummary, usage_keys
from conformance.wire.exchange import Exchange

USAGE = ("input_tokens", "output_tokens", "total_tokens", "input_tokens_details", "output_tokens_details")
"""What clients read of usage."""


def shape(exchange: Exchange, body: Any) -> Iterator[Finding]:
    """id, object, created_at, model, output and usage are there; an answer that is completed says something."""
    from conformance.checks.chat import created, object_is

    identifier = require_member(body, "id", str)
    if not identifier.startswith("resp_"):
        yield warning(
            "the id has another prefix than the documents' sample", expected="resp_…", actual=identifier, path="id"
        )
    yield from object_is(body, "response")
    yield from created(exchange, body, "created_at")
    require_member(body, "model", str)
    require_member(body, "usage", dict)
    output = require_member(body, "output", list)
    if get(body, "status") is ABSENT:
        yield warning(
            "status is absent, as in the documents' sample", expected="completed, incomplete, …", path="status"
        )
    if get(body, "status") in (ABSENT, None, "completed") and not output:
        yield violation("a completed answer is empty", expected="at least one item", actual="[]", path="output")


def output_items(body: Any) -> Iterator[Finding]:
    """Each item has a type; a message is the assistant's, with a list of content that holds text if the answer finished."""
    items = assume_member(body, "output", list)
    if not items and get(body, "status") not in (ABSENT, None, "completed"):
        raise Undecided(f"there is no item: the answer is {get(body, 'status')}")
    for at, item in enumerate(items):
        require_member(body, f"output.{at}.type", str)
        if item["type"] == "message":
            if item.get("role") != "assistant":
                yield violation("the role", expected="assistant", actual=get(item, "role"), path=f"output.{at}.role")
            require_member(body, f"output.{at}.content", list)
    messages = [item for item in items if item["type"] == "message"]
    yield observation("item types", [item["type"] for item in items])
    if any(get(part, "type") == "refusal" for item in messages for part in item["content"]):
        raise Undecided("the model declined")
    if get(body, "status") in (ABSENT, None, "completed") and not "".join(map(text_of, messages)):
        yield violation(
            "a finished answer has no text", expected="a message with output_text", actual=items, path="output"
        )


def text_of(item: Any) -> str:
    """The text of a message item."""
    parts = item.get("content") if isinstance(item, dict) else None
    texts = (
        (get(part, "text") for part in parts if get(part, "type") == "output_text") if isinstance(parts, list) else ()
    )
    return "".join(text for text in texts if isinstance(text, str))


def text(body: Any) -> str:
    """The text of all messages of an answer."""
    items = get(body, "output")
    return "".join(map(text_of, items)) if isinstance(items, list) else ""


def summarise(body: Any) -> AnswerSummary:
    """What an answer says. Its status tells why it ended."""
    items, status = get(body, "output"), get(body, "status")
    kinds = {str(get(item, "type")) for item in items} if isinstance(items, list) else set()
    reason = status if isinstance(status, str) else ""
    return AnswerSummary(tuple(sorted(kinds)), reason, usage_keys(get(body, "usage"), USAGE), text(body))


def calls_custom_tool(body: Any, name: str) -> Iterator[Finding]:
    """The forced call of a custom tool is an item whose input is a free string."""
    items = assume_member(body, "output", list)
    calls = [at for at, item in enumerate(items) if get(item, "type") == "custom_tool_call"]
    if not calls:
        types = [get(item, "type") for item in items]
        yield violation("no custom tool call", expected="custom_tool_call", actual=types, path="output")
        return
    if require_member(body, f"output.{calls[0]}.name", str) != name:
        yield violation("another tool is called", expected=name, actual=items[calls[0]], path=f"output.{calls[0]}.name")
    require_member(body, f"output.{calls[0]}.input", str)


def calls_apply_patch(body: Any) -> Iterator[Finding]:
    """A call of apply_patch is an item with a structured operation. A model may decide against a call."""
    items = assume_member(body, "output", list)
    calls = [at for at, item in enumerate(items) if get(item, "type") == "apply_patch_call"]
    if not calls:
        yield undecided(f"the model did not call apply_patch: {[get(item, 'type') for item in items]}")
    for at in calls:
        require_member(body, f"output.{at}.operation", dict)
        require_member(body, f"output.{at}.operation.type", str)


def says_incomplete(body: Any, cap: int, made: int) -> Iterator[Finding]:
    """An answer that used up its cap says that it was cut."""
    if made >= cap and get(body, "status") != "incomplete":
        yield warning("a cut answer does not say so", expected="incomplete", actual=get(body, "status"), path="status")
