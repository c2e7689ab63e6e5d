"""Usage arithmetic, in tokens."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from conformance.checks.findings import (
    ABSENT,
    Finding,
    Undecided,
    assume_member,
    get,
    integer,
    observation,
    require_member,
    undecided,
    violation,
    warning,
)
from conformance.wire.exchange import Exchange, NotJson

CHAT_KEYS = ("prompt_tokens", "completion_tokens", "total_tokens")
CACHE_KEYS = ("cache_read_input_tokens", "cache_creation_input_tokens")
"""Input that Claude counts apart from the prompt."""
GEMINI_KEYS = ("promptTokenCount", "candidatesTokenCount", "thoughtsTokenCount", "toolUsePromptTokenCount")
"""What a total of Gemini is the sum of."""


def has_counts(body: Any, keys: Sequence[str] = CHAT_KEYS) -> Iterator[Finding]:
    """`usage` holds each of `keys` as an integer of at least 0, and the first, the input, is more than 0."""
    for key in keys:
        count = require_member(body, f"usage.{key}", int)
        least = 1 if key == keys[0] else 0
        if count < least:
            yield violation(
                f"usage.{key} is too small", expected=f"at least {least}", actual=count, path=f"usage.{key}"
            )


def chat_adds_up(body: Any, *, reasoning: bool = False) -> Iterator[Finding]:
    """total_tokens is prompt_tokens + completion_tokens; on a reasoning request hidden reasoning may come on top.

    So may the tokens that a provider's cache read and wrote, which prompt_tokens leave out there.
    """
    prompt, completion, total = (assume_member(body, f"usage.{key}", int) for key in CHAT_KEYS)
    if not total and not prompt + completion:
        raise Undecided("usage counts nothing")
    hidden, cached = (reasoning and reasoning_tokens(body)) or 0, _cached_tokens(body)
    sums = {
        "prompt + completion": (prompt, completion),
        "prompt + completion + reasoning": (prompt, completion, hidden),
        "prompt + completion + cached": (prompt, completion, cached),
        "prompt + completion + cached + reasoning": (prompt, completion, cached, hidden),
    }
    identity = next((name for name, terms in sums.items() if sum(terms) == total), "")
    if identity:
        yield observation("identity", f"total = {identity}")
    elif reasoning and reasoning_tokens(body) is None and total > prompt + completion + cached:
        rest = total - prompt - completion - cached
        yield warning(f"{rest} tokens of the total are neither prompt nor completion, nor told to be reasoning")
    else:
        alternatives = {
            f"{' + '.join(map(str, terms))} = {sum(terms)}": None for terms in sums.values() if all(terms[2:])
        }
        yield violation(
            "usage does not add up", expected=" or ".join(alternatives), actual=total, path="usage.total_tokens"
        )


def _cached_tokens(body: Any) -> int:
    counts = (integer(get(body, f"usage.{name}")) for name in CACHE_KEYS)
    return sum(count for count in counts if count)


def responses_adds_up(body: Any) -> Iterator[Finding]:
    """total_tokens is input_tokens + output_tokens; reasoning is part of the output."""
    taken, made, total = (
        assume_member(body, f"usage.{key}", int) for key in ("input_tokens", "output_tokens", "total_tokens")
    )
    if not total:
        yield warning("usage counts nothing", expected="more than 0", actual=total, path="usage.total_tokens")
    if total != taken + made:
        expected = f"{taken} + {made} = {taken + made}"
        yield violation("usage does not add up", expected=expected, actual=total, path="usage.total_tokens")


def gemini_adds_up(body: Any) -> Iterator[Finding]:
    """totalTokenCount is the sum of the other counts; a count that is absent is 0."""
    if misnamed := snake_case_usage(body):
        yield violation(misnamed, expected="the names that clients read", actual=body, path="usageMetadata")
        return
    usage = assume_member(body, "usageMetadata", dict)
    total = assume_member(body, "usageMetadata.totalTokenCount", int)
    counts = [assume_member(usage, term, int) if usage.get(term) is not None else 0 for term in GEMINI_KEYS]
    if not total:
        yield warning(
            "usage counts nothing", expected="more than 0", actual=total, path="usageMetadata.totalTokenCount"
        )
    if total != sum(counts):
        expected = f"{' + '.join(str(count) for count in counts)} = {sum(counts)}"
        yield violation("usage does not add up", expected=expected, actual=total, path="usageMetadata.totalTokenCount")


def snake_case_usage(body: Any) -> str:
    """Which count of Gemini's usage is absent under the name that clients read, and there in snake_case; else empty."""
    for holder, name in (
        ("", "usageMetadata"),
        *(("usageMetadata.", key) for key in (*GEMINI_KEYS, "totalTokenCount")),
    ):
        snake = re.sub(r"[A-Z]", lambda capital: f"_{capital[0].lower()}", name)
        if get(body, holder + name) is ABSENT and get(body, holder + snake) is not ABSENT:
            return f"{holder}{name} is absent; {snake} is there"
    return ""


def cap_is_kept(made: int, reasoning: int | None, cap: int, path: str, *, text: str, cut: bool) -> Iterator[Finding]:
    """The tokens of an answer, less its reasoning where that is told apart, do not exceed the cap.

    An answer that ended by itself below the cap (it was not `cut`) shows nothing, nor does a count of 0 beside a `text`.
    """
    visible = made - (reasoning or 0)
    if visible > cap:
        yield violation("the cap on output tokens is not kept", expected=f"at most {cap}", actual=made, path=path)
    elif not made and text:
        yield undecided(f"{path} is 0 although the answer has {len(text)} characters")
    elif made < cap and not cut:
        yield undecided(f"the answer ended by itself after {made} tokens, below the cap of {cap}")


def seems_to_grow(before: tuple[str, int], after: tuple[str, int], path: str) -> Iterator[Finding]:
    """As `grows`, where no page says that it is counted: warned at the most."""
    for finding in grows(before, after, path):
        yield replace(finding, kind="warning")


def grows(before: tuple[str, int], after: tuple[str, int], path: str) -> Iterator[Finding]:
    """The count of input tokens `after` is larger than the one `before`; each with what was sent, in words."""
    (less, fewer), (more, tokens) = before, after
    if tokens <= fewer:
        yield violation(
            f"{more}: no more input tokens than {less}", expected=f"more than {fewer}", actual=tokens, path=path
        )


def reasoning_tokens(body: Any) -> int | None:
    """The reasoning tokens that a chat or Responses body tells apart; None if it does not."""
    paths = (
        "usage.completion_tokens_details.reasoning_tokens",
        "usage.output_tokens_details.reasoning_tokens",
        "usage.reasoning_tokens",
    )
    found = (integer(get(body, path)) for path in paths)
    return next((count for count in found if count is not None), None)


def reasoning_tokens_are_reported(body: Any) -> Iterator[Finding]:
    """Where a chat answer tells its reasoning tokens is open: recorded. They are no more than all that was made."""
    if not assume_member(body, "usage", dict):
        raise Undecided("usage is empty")
    tokens = reasoning_tokens(body)
    yield observation("reasoning tokens", "not told apart" if tokens is None else tokens)
    prompt, total = (integer(get(body, f"usage.{key}")) for key in ("prompt_tokens", "total_tokens"))
    if tokens and prompt is not None and total is not None and tokens > total - prompt:
        yield warning("more reasoning than was made", expected=f"at most {total - prompt}", actual=tokens)


_TAKEN = (
    "usage.prompt_tokens", "usage.input_tokens", "response.usage.input_tokens", "usageMetadata.promptTokenCount",
)  # fmt: skip
_MADE = (
    "usage.completion_tokens", "usage.output_tokens", "response.usage.output_tokens", "usageMetadata.candidatesTokenCount",
)  # fmt: skip
"""Where an answer, or an event of one, tells its tokens."""


def reported_tokens(exchanges: Iterable[Exchange]) -> tuple[int, int]:
    """The input and output tokens that a target reported: in whole answers, and last in streams, where counts may grow."""
    taken = made = 0
    for exchange in exchanges:
        bodies = _bodies(exchange)
        taken, made = taken + _last_count(bodies, _TAKEN), made + _last_count(bodies, _MADE)
    return taken, made


def _bodies(exchange: Exchange) -> Sequence[Any]:
    """The JSON of an answer, or that of each event of a stream; what is none is left out."""
    if exchange.response is None:
        return ()
    if exchange.response.media_type == "text/event-stream":
        return [value for _, value, trouble in exchange.response.events if not trouble]
    try:
        return (exchange.response.json(),)
    except NotJson:
        return ()


def _last_count(bodies: Sequence[Any], paths: Sequence[str]) -> int:
    """The count in the last body that has one at one of these paths; 0 if none has."""
    counts = (integer(get(body, path)) for body in reversed(bodies) for path in paths)
    return next((count for count in counts if count is not None), 0)
