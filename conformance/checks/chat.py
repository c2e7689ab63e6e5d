"""The shape of a chat completion, field by field, as the documents print it."""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from email.utils import parsedate_to_datetime
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

FINISH_REASONS = frozenset({"stop", "length", "tool_calls", "content_filter", "function_call"})
USAGE = ("prompt_tokens", "completion_tokens", "total_tokens", "prompt_tokens_details", "completion_tokens_details")
"""What clients read of usage."""
DAY_S = 86_400
EMPTY: tuple[Any, ...] = (ABSENT, None, "", [])
"""What stands where nothing is said."""


def object_is(body: Any, name: str) -> Iterator[Finding]:
    """`object` says what the body is."""
    if get(body, "object") != name:
        yield violation("object says something else", expected=name, actual=get(body, "object"), path="object")


def choices(body: Any) -> Iterator[Finding]:
    """`choices` is a list of messages with distinct indices from 0; a finished answer has text or tool calls."""
    found = require_member(body, "choices", list)
    if not found:
        yield violation("choices is empty", expected="at least one choice", actual="[]", path="choices")
    indices = [require_member(body, f"choices.{at}.index", int) for at in range(len(found))]
    if sorted(indices) != list(range(len(found))):
        yield violation("indices are not 0, 1, …", expected=list(range(len(found))), actual=indices, path="choices")
    for at, choice in enumerate(found):
        path = f"choices.{at}.message"
        message = require_member(body, path, dict)
        if message.get("role") != "assistant":
            yield violation("the role", expected="assistant", actual=get(message, "role"), path=f"{path}.role")
        finished = get(choice, "finish_reason") not in ("length", "content_filter")
        if (
            finished
            and not _says_something(message.get("content"))
            and not message.get("tool_calls")
            and not message.get("refusal")
        ):
            yield violation(
                "a finished answer says nothing",
                expected="content or tool_calls",
                actual=message.get("content"),
                path=path,
            )


def _says_something(content: Any) -> bool:
    """Whether content has a text, or a block of another kind: that reasoning lacks its text, other requirements tell."""
    others = isinstance(content, list) and any(get(block, "type") != "text" for block in content)
    return others or bool(text_of(content))


def finish_reason(body: Any) -> Iterator[Finding]:
    """Each choice has a finish_reason, one that OpenAI clients know."""
    if not (found := assume_member(body, "choices", list)):
        raise Undecided("choices is empty")
    for at in range(len(found)):
        path = f"choices.{at}.finish_reason"
        reason = get(body, path)
        if reason is ABSENT:
            yield violation("finish_reason is absent", expected="a reason", actual=reason, path=path)
        elif reason is None:
            yield warning("finish_reason is null, as the documents print it", expected="a reason", path=path)
        elif not isinstance(reason, str) or reason not in FINISH_REASONS:
            yield warning(
                "an unknown finish_reason", expected=", ".join(sorted(FINISH_REASONS)), actual=reason, path=path
            )
        else:
            yield observation("finish_reason", reason)


def identifier(body: Any) -> Iterator[Finding]:
    """`id` is there; strictly typed clients need a string."""
    value = get(body, "id")
    if value is ABSENT:
        yield violation("id is absent", expected="a string", actual=value, path="id")
    elif not isinstance(value, str) or not value:
        yield warning("id is no usable string", expected="a non-empty string", actual=value, path="id")


def created(exchange: Exchange, body: Any, path: str = "created") -> Iterator[Finding]:
    """`created` is Unix time in whole seconds, near the answer's own Date."""
    seconds = require_member(body, path, int)
    if not 1e9 <= seconds < 1e10:
        yield violation("not Unix time in seconds", expected="10 digits", actual=seconds, path=path)
    elif (date := _date(exchange)) and abs(date.timestamp() - seconds) > DAY_S:
        yield warning(
            f"{path} is over a day from the Date header", expected=int(date.timestamp()), actual=seconds, path=path
        )


def model(body: Any, family: str = "", families: Iterable[str] = ()) -> Iterator[Finding]:
    """`model` names the served model in some scheme, in which the `family` that was asked should be found.

    Of all `families` whose name it holds, the longest counts: gpt-5-1 is no gpt-5. Without a `family`, any name will do.
    """
    value = get(body, "model")
    if not isinstance(value, str) or not value:
        yield violation("model is no name", expected="a non-empty string", actual=value, path="model")
    elif family and _family_in(value, {family, *families}) != family:
        yield violation("model names another family", expected=f"a name of {family}", actual=value, path="model")
    else:
        yield observation("model is named", value)


def json_content_type(exchange: Exchange) -> Iterator[Finding]:
    """A JSON answer says that it is JSON."""
    seen = exchange.response.media_type if exchange.response else ""
    if seen != "application/json" and not seen.endswith("+json"):
        yield violation("the content type", expected="application/json", actual=seen or "absent")


def content_is_string(body: Any) -> Iterator[Finding]:
    """Without reasoning, content is a plain string; a list of text blocks is latitude."""
    content = _content(body)
    if isinstance(content, list) and content and all(get(block, "type") == "text" for block in content):
        yield warning("content is a list of text blocks", expected="a string", actual=content)
    elif not isinstance(content, str):
        yield violation("content is no string", expected="a string", actual=content, path="choices.0.message.content")
    elif not content:
        raise Undecided("the answer has no text")


def content_holds_text(body: Any) -> Iterator[Finding]:
    """content holds the answer's text: as a string, or as a list with a text block beside the reasoning."""
    content = _content(body)
    if not text_of(content):
        yield violation("no text in content", expected="text", actual=content, path="choices.0.message.content")
    elif isinstance(content, list):
        yield warning("content is a list, which databricks-sdk types as a string", expected="a string", actual=content)


def says_length(body: Any, cap: int, made: int) -> Iterator[Finding]:
    """An answer that used up its cap says that it was cut."""
    reason = get(body, "choices.0.finish_reason")
    if made >= cap and reason is ABSENT:
        raise Undecided("the answer tells no finish_reason")
    if made >= cap and reason != "length":
        yield warning("a cut answer does not say so", expected="length", actual=reason, path="choices.0.finish_reason")


def text_of(content: Any) -> str:
    """The text of a message's content, be it a string or a list of blocks."""
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        return ""
    texts = (get(block, "text") for block in content if get(block, "type") == "text")
    return "".join(text for text in texts if isinstance(text, str))


_REASONING_TAGS = re.compile(r"</?(think|thinking|reasoning)>")


def holds_reasoning_tags(text: str) -> bool:
    """Whether a text holds the tags in which models think before a server takes their reasoning out."""
    return _REASONING_TAGS.search(text) is not None


def holds_answer(body: Any) -> Iterator[Finding]:
    """The first choice says something: text, reasoning or a call. An answer that says nothing proves nothing."""
    message = get(body, "choices.0.message")
    content, members = get(message, "content"), ("tool_calls", "refusal", "reasoning_content", "reasoning")
    says = text_of(content) or {*block_types(content)} - {"text"}
    if not says and not any(get(message, name) not in EMPTY for name in members):
        yield undecided("the answer says nothing")


def _family_in(name: str, families: Iterable[str]) -> str:
    spelt = re.sub(r"[^a-z0-9]+|(?<=[a-z])(?=[0-9])", "-", name.lower())
    held = (family for family in families if re.search(rf"{re.escape(family)}(?!\d)", spelt))
    return max(held, key=len, default="")


def block_types(*contents: Any) -> tuple[str, ...]:
    """The types of the blocks of all `contents`, each once; a string is text."""
    kinds = set[str]()
    for content in contents:
        if isinstance(content, str) and content:
            kinds.add("text")
        elif isinstance(content, list):
            kinds |= {str(get(block, "type")) for block in content}
    return tuple(sorted(kinds))


def summarise(body: Any) -> AnswerSummary:
    """What the first choice says."""
    reason, content = get(body, "choices.0.finish_reason"), get(body, "choices.0.message.content")
    finish_reason_text = reason if isinstance(reason, str) else ""
    return AnswerSummary(
        block_types(content), finish_reason_text, usage_keys(get(body, "usage"), USAGE), text_of(content)
    )


def _content(body: Any) -> Any:
    content = get(body, "choices.0.message.content")
    if content is ABSENT or content is None:
        raise Undecided("the answer has no content")
    return content


def _date(exchange: Exchange) -> datetime | None:
    try:
        return parsedate_to_datetime(exchange.response.headers["date"]) if exchange.response else None
    except (KeyError, ValueError, TypeError, OverflowError):
        return None
