"""Reasoning in chat completions: which blocks there are, their shape and their order."""

from collections.abc import Iterator
from typing import Any

from conformance.checks.findings import (
    ABSENT,
    Finding,
    NothingToJudge,
    get,
    given,
    observation,
    promised,
    violation,
    warning,
)  # fmt: skip
from conformance.checks.usage import reasoning_tokens

CONTENT = "choices.0.message.content"
SUMMARY_TYPES = frozenset({"summary_text", "summary_encrypted_text"})


def blocks(body: Any) -> list[dict[str, Any]]:
    """The content blocks of the answer. Raises `NothingToJudge` if content is no list of objects."""
    content = given(body, CONTENT, list)
    if not all(isinstance(block, dict) for block in content):
        raise NothingToJudge(f"{CONTENT} holds something that is no block")
    return content


def documented_indices(body: Any) -> Iterator[Finding]:
    """The client of the documents finds the reasoning at [0].summary[0].text and the answer at [1].text."""
    content = promised(body, CONTENT, list)
    types = [get(block, "type") for block in content]
    if types[:1] != ["reasoning"]:
        yield violation(
            "reasoning does not come first", expected="[reasoning, text]", actual=types, path=f"{CONTENT}.0"
        )
        return
    if not promised(body, f"{CONTENT}.0.summary.0.text", str):
        yield violation("the reasoning is empty", expected="text", actual="''", path=f"{CONTENT}.0.summary.0.text")
    known = [kind for kind in types if kind in ("reasoning", "text")]
    if known != sorted(known) or "text" not in known:
        yield violation("reasoning, then text", expected="[reasoning, text]", actual=types, path=CONTENT)
    elif types != ["reasoning", "text"]:
        yield warning(
            "more blocks than the documents' client expects", expected="[reasoning, text]", actual=types, path=CONTENT
        )
    elif not promised(body, f"{CONTENT}.1.text", str):
        yield violation("the answer is empty", expected="text", actual="''", path=f"{CONTENT}.1.text")


def block_types(body: Any) -> Iterator[Finding]:
    """Reasoning blocks hold a list of summaries, text blocks a text. Other types are left to the target."""
    for at, block in enumerate(blocks(body)):
        path = f"{CONTENT}.{at}"
        match block.get("type"):
            case "reasoning":
                yield from _summaries(body, path)
            case "text":
                promised(body, f"{path}.text", str)
            case str() as other:
                yield observation("another block type", other, path)
            case _:
                yield violation("a block without a type", expected="reasoning or text", actual=block, path=path)


def _summaries(body: Any, path: str) -> Iterator[Finding]:
    for at, summary in enumerate(promised(body, f"{path}.summary", list)):
        kind = get(summary, "type")
        where = f"{path}.summary.{at}"
        if kind not in SUMMARY_TYPES:
            yield violation("an unknown summary type", expected="summary_text", actual=kind, path=f"{where}.type")
        elif kind == "summary_text":
            promised(body, f"{where}.text", str)
        if get(summary, "signature") not in (ABSENT, None):
            promised(body, f"{where}.signature", str)


def signed(body: Any) -> Iterator[Finding]:
    """Each reasoning summary carries a signature with which it can be sent back."""
    for at, block in enumerate(blocks(body)):
        if block.get("type") == "reasoning":
            path = f"{CONTENT}.{at}.summary.0.signature"
            signature = get(body, path)
            if not isinstance(signature, str) or not signature:
                actual = "absent" if signature is ABSENT else signature
                yield violation(
                    "reasoning without a signature", expected="a non-empty string", actual=actual, path=path
                )


def has_text_and_thought(body: Any) -> Iterator[Finding]:
    """A reasoning answer has text; a block of reasoning beside it should be there."""
    content = get(body, CONTENT)
    kinds = ["text"] if isinstance(content, str) and content else [block.get("type") for block in blocks(body)]
    if "text" not in kinds:
        yield violation("no text in the answer", expected="a text block", actual=kinds, path=CONTENT)
    if "reasoning" not in kinds:
        yield warning("no reasoning block beside the text", expected="[reasoning, text]", actual=kinds, path=CONTENT)


def reasoned(body: Any) -> Iterator[Finding]:
    """The model reasoned: a reasoning block, or reasoning tokens in usage."""
    content, tokens = get(body, CONTENT), reasoning_tokens(body)
    if isinstance(content, list) and any(get(block, "type") == "reasoning" for block in content):
        yield observation("reasoning is shown", "a reasoning block")
    elif isinstance(get(body, "choices.0.message.reasoning_content"), str):
        yield observation("reasoning is shown", "reasoning_content")
    elif tokens:
        yield observation("reasoning is hidden", f"{tokens} reasoning tokens")
    elif tokens is None:
        yield warning("neither reasoning nor its tokens are shown", expected="a reasoning block or reasoning tokens")
    else:
        yield violation(
            "no sign of reasoning", expected="a reasoning block or reasoning tokens", actual=content, path=CONTENT
        )


def did_not_reason(body: Any) -> Iterator[Finding]:
    """Nothing in the answer is reasoning."""
    content = get(body, CONTENT)
    if isinstance(content, list) and any(get(block, "type") == "reasoning" for block in content):
        yield violation("reasoning that was not asked for", expected="no reasoning block", actual=content, path=CONTENT)
    elif content is ABSENT or content is None:
        raise NothingToJudge("the answer has no content")
