"""What an answer says, whole or streamed, on whichever surface: its text, why it ended, what it counts."""

import re
from collections.abc import Iterator
from itertools import takewhile
from typing import Any

from conformance.checks import chat_stream, gemini_stream
from conformance.checks.answers import emptiness, is_success, status_and_text, unanswered_reason
from conformance.checks.cross_surface import CUT, SurfaceAnswer, surface_answer
from conformance.checks.ending import truncation_reason
from conformance.checks.event_stream import is_streamed, read
from conformance.checks.findings import (
    ABSENT,
    Finding,
    Undecided,
    get,
    inapplicable,
    integer,
    observation,
    undecided,
    violation,
    warning,
)
from conformance.checks.responses_stream import TERMINAL
from conformance.checks.usage import reasoning_tokens
from conformance.wire.exchange import Exchange, NotJson

PHRASE = "Grüße, 世界 🚀"
"""Characters of two, three and four bytes."""
_SIGNS = frozenset("\N{REPLACEMENT CHARACTER}?ÃÂäð\\&%")
"""What stands in the place of such a character when it is lost, read as Latin-1, or escaped once more."""
_WITHOUT = "".join(letter for letter in PHRASE if letter.isascii()).rstrip()


def body_of(surface: str, exchange: Exchange) -> Any:
    """The JSON of an answer; of a stream what its events add up to. Raises `Undecided` if there is none."""
    if exchange.response is None:
        raise Undecided(exchange.failure)
    if is_streamed(exchange):
        return _ASSEMBLED[surface](exchange)
    try:
        return exchange.response.json()
    except NotJson as error:
        raise Undecided(f"the answer is no JSON: {error}") from None


def answer_of(surface: str, exchange: Exchange) -> SurfaceAnswer:
    """The same in the terms that all surfaces share. Raises `Undecided`."""
    return surface_answer(surface, body_of(surface, exchange))


def _chat(exchange: Exchange) -> Any:
    chunks = read(exchange).bodies
    choice = {
        "finish_reason": _last(chunks, "choices.0.finish_reason"),
        "message": {"content": chat_stream.text(exchange)},
    }
    return {"choices": [choice], "usage": _last(chunks, "usage")}


def _responses(exchange: Exchange) -> Any:
    ends = [body for body in read(exchange).bodies if get(body, "type") in TERMINAL]
    if not ends:
        raise Undecided("the stream has no end, which would hold the answer")
    return get(ends[-1], "response")


def _gemini(exchange: Exchange) -> Any:
    events = read(exchange).bodies
    candidate = {
        "finishReason": _last(events, "candidates.0.finishReason"),
        "content": {"parts": [{"text": gemini_stream.text(exchange)}]},
    }
    return {"candidates": [candidate], "usageMetadata": _last(events, "usageMetadata")}


_ASSEMBLED = {"chat": _chat, "responses": _responses, "gemini": _gemini}


def _last(bodies: list[Any], path: str) -> Any:
    """The last value at a path that is there and no null."""
    found = [value for body in bodies if (value := get(body, path)) is not ABSENT and value is not None]
    return found[-1] if found else None


def cap_is_told(surface: str, exchange: Exchange, cap: int) -> Iterator[Finding]:
    """An answer stays within its cap, and one that used it up says at its end that it was cut, streamed or not.

    One that ended by itself shows nothing.
    """
    body = body_of(surface, exchange)
    answer = surface_answer(surface, body)
    made, hidden = answer.output_tokens or 0, reasoning_tokens(body) or 0
    if made - hidden > cap:
        yield violation("the cap on output tokens is not kept", expected=f"at most {cap}", actual=made, path="usage")
    elif answer.reason == CUT:
        yield observation("the end of a cut answer", f"{answer.reason}, {answer.output_tokens} tokens")
    elif answer.reason == "absent":
        yield inapplicable("the answer tells no reason of its end")
    elif cap in (made, _generated(body)) or made > cap:
        yield violation(
            "a cut answer does not say so", expected="length, incomplete or MAX_TOKENS", actual=answer.reason
        )
    else:
        yield inapplicable(f"the answer was not cut: it ended with {answer.reason}, {answer.output_tokens} tokens")


def _generated(body: Any) -> int | None:
    """All that was made, hidden reasoning included: the total less the input."""
    for usage, total, taken in (
        ("usage", "total_tokens", "prompt_tokens"),
        ("usage", "total_tokens", "input_tokens"),
        ("usageMetadata", "totalTokenCount", "promptTokenCount"),
    ):
        counts = [integer(get(body, f"{usage}.{count}")) for count in (total, taken)]
        if None not in counts:
            return counts[0] - counts[1]  # type: ignore[operator]  # neither is None
    return None


def says_something(surface: str, exchange: Exchange) -> Iterator[Finding]:
    """An answer that nothing cut short holds text."""
    answer = answer_of(surface, exchange)
    if answer.reason != CUT and not answer.text:
        yield violation("an empty answer proves nothing", expected="text", actual=f"none, ended with {answer.reason}")


def text_is_intact(said: str) -> Iterator[Finding]:
    """An answer that repeats PHRASE does so letter for letter. Whether it repeats it is the model's affair."""
    tries = [said[found.start() :] for found in re.finditer(PHRASE[:2], said)]
    if PHRASE in said:
        yield observation("repeated", PHRASE)
    elif damaged := next(filter(_is_damaged, tries), ""):
        yield violation("text that is not ASCII is damaged", expected=PHRASE, actual=damaged[: 3 * len(PHRASE)])
    else:
        yield inapplicable("the answer does not repeat the text")


def _is_damaged(tried: str) -> bool:
    """Whether what begins like PHRASE goes on in a way in which no model would end it. The last letter may have been cut."""
    kept = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(tried, PHRASE, strict=False)))
    return tried.startswith(_WITHOUT) or (kept + 1 < len(tried) and tried[kept] in _SIGNS)


def is_counted(surface: str, exchange: Exchange, least: int, what: str) -> Iterator[Finding]:
    """The input tokens are no fewer than what was sent has words: nothing of it was left out."""
    counted = answer_of(surface, exchange).input_tokens
    if not counted:
        yield inapplicable("the answer counts no input tokens")
    elif counted < least:
        yield warning(f"{what} adds no input tokens", expected=f"at least {least}", actual=counted)
    else:
        yield observation(f"input tokens with {what}", counted)


def usage_follows(exchange: Exchange) -> Iterator[Finding]:
    """A stream that took stream_options.include_usage tells its usage."""
    chunks = read(exchange).bodies
    if reason := truncation_reason(exchange):
        yield inapplicable(f"a stream that does not get to its usage: {reason}")
    elif not any(isinstance(get(chunk, "usage.completion_tokens"), int) for chunk in chunks):
        yield warning("include_usage is taken, and no usage comes", expected="a chunk with usage", actual="none")
    else:
        yield observation("usage in a stream that asked for it", "told")


def compressed_is_readable(exchange: Exchange) -> Iterator[Finding]:
    """What answers a request that accepts gzip can be read; whether it is compressed is open."""
    headers = exchange.response.headers if exchange.response else {}
    if exchange.failure or not exchange.response:
        yield violation(
            "an answer to one who accepts gzip cannot be read", expected="an answer", actual=exchange.failure
        )
    elif exchange.response.body[:2] == b"\x1f\x8b":
        yield violation(
            "an answer is compressed more often than it says", expected="one content encoding", actual="gzip in gzip"
        )
    elif reason := unanswered_reason(exchange):
        yield undecided(reason)
    elif exchange.status != 200:
        yield violation("a request that accepts gzip is refused", expected="2xx", actual=status_and_text(exchange))
    else:
        yield observation("content encoding", headers.get("content-encoding", "identity"))


def breaks_nothing(exchange: Exchange, what: str) -> Iterator[Finding]:
    """A request that may be answered or refused is one of the two."""
    if exchange.dropped or (exchange.status or 0) >= 500:
        yield violation(f"{what} breaks the target", expected="2xx or 4xx", actual=status_and_text(exchange))
    elif reason := unanswered_reason(exchange) or (emptiness(exchange) if is_success(exchange) else ""):
        yield undecided(reason)
    else:
        yield observation(f"{what} is answered with", exchange.status)


def has_another_id(body: Any, other: Any, what: str) -> Iterator[Finding]:
    """The answers to two requests that differ in `what` have different ids."""
    path = "id" if get(body, "candidates") is ABSENT else "responseId"
    one, two = get(body, path), get(other, path)
    if one == two and isinstance(one, str) and one:
        yield violation(
            f"a request with {what} gets the id of another answer", expected="its own", actual=one, path=path
        )
    else:
        yield observation(f"ids of two requests, the second with {what}", "not the same")


def is_another_answer(cut: SurfaceAnswer, longer: SurfaceAnswer) -> Iterator[Finding]:
    """An answer with a larger cap is not what a smaller one has left of another."""
    if longer.reason == CUT and longer.text and longer.text == cut.text and longer.output_tokens == cut.output_tokens:
        yield violation(
            "a request with a larger cap gets the answer of another one", expected=f"more than {cut.output_tokens} tokens",
            actual=longer.output_tokens,
        )  # fmt: skip
    else:
        yield observation("tokens with a small and with a large cap", f"{cut.output_tokens}, {longer.output_tokens}")
