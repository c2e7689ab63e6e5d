"""Every answer is judged: what holds of each exchange of a surface, whatever was asked in it.

A finding goes to the requirement that the invariant belongs to. What a case itself asked for is none of this.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from conformance.checks import chat, chat_stream, gemini, gemini_stream, reasoning, responses, responses_stream, usage
from conformance.checks.access import not_offered_reason, refuses_credential, withheld_reason
from conformance.checks.answers import (
    emptiness,
    error_event,
    error_is_readable,
    is_success,
    unanswered_reason,
)
from conformance.checks.ending import is_whole
from conformance.checks.event_stream import is_streamed, read
from conformance.checks.findings import ABSENT, Finding, Undecided, collect, get
from conformance.checks.schema import schema_violations
from conformance.checks.streams import is_event_stream
from conformance.checks.timing import arrives_as_it_is_made
from conformance.wire.exchange import Exchange, NotJson

Found = Iterator[tuple[str, Iterator[Finding]]]
"""By requirement: what its check finds."""

_ENDS = {
    "chat": ("/chat/completions",),
    "responses": ("/responses",),
    "gemini": (":generateContent", ":streamGenerateContent"),
}
_IN_FRONT = frozenset({405, 415, 501})
"""Statuses that a server in front of the gateway may send, in its own form: of a method, or of a media type."""
_REASONING = (b'"thinking"', b'"reasoning_effort"')
_MODEL = re.compile(rb'"model": ?"([^"]*)"')
_UNREASONED = (b"claude", b"llama", b"gemma")
"""Words in the names of models that reason only if asked."""
_IN_A_BLOCK = re.compile(r"choices\.\d+\.message\.content\.")
"""What is wrong within a block of content is wrong with the block."""
_ERROR_SHAPE = {"chat": "CHAT-ERR-SHAPE", "responses": "RESP-ERR-SHAPE", "gemini": "GEM-ERR-SHAPE"}


def surface_of(exchange: Exchange, bases: Mapping[str, str]) -> str:
    """The surface whose invariants an exchange is held to; empty for older paths, and for what is no question to a model.

    `bases` are the base URLs of the target's surfaces.
    """
    request = exchange.request
    for surface, ends in _ENDS.items():
        if request.method == "POST" and request.path.endswith(ends) and request.url.startswith(bases.get(surface, "-")):
            older = bases.get("serving", "-")
            return "" if request.url.startswith(older) and older != bases[surface] else surface
    return ""


def findings(exchange: Exchange, surface: str) -> Iterator[tuple[str, Finding]]:
    """The violations and warnings in one exchange of a surface, each with the requirement that it is about."""
    if unanswered_reason(exchange) or withheld_reason(exchange) or not_offered_reason(exchange):
        return
    for requirement, found in _judged(exchange, surface):
        for finding in collect(found):
            if finding.kind in ("violation", "warning"):
                yield requirement, finding


def _judged(exchange: Exchange, surface: str) -> Found:
    if not is_success(exchange):
        yield from _error(exchange, surface)
    elif is_streamed(exchange):
        yield from _STREAMED[surface](exchange)
    else:
        yield from _WHOLE[surface](exchange)


def _error(exchange: Exchange, surface: str) -> Found:
    """An error's envelope. How a credential is refused, and what is said in front of a gateway, has a form of its own."""
    if exchange.status in _IN_FRONT or refuses_credential(exchange) or (exchange.status or 0) < 400:
        return
    if surface == "gemini":
        yield _ERROR_SHAPE[surface], error_is_readable(exchange, usual=("google",), tolerated=("databricks",))
    else:
        yield _ERROR_SHAPE[surface], error_is_readable(exchange)


def _whole_chat(exchange: Exchange) -> Found:
    body = _json(exchange)
    if body is ABSENT:
        return
    yield "CHAT-CONTENT-TYPE", chat.json_content_type(exchange)
    yield "CHAT-RESP-CHOICES", chat.choices(body)
    found = schema_violations(body, "chat", "ChatCompletion", within="choices")
    yield "CHAT-RESP-CHOICES", (one for one in found if not _IN_A_BLOCK.match(one.path))
    yield "REASON-BLOCK-TYPES", reasoning.block_types(body)
    if emptiness(exchange):
        return  # there is no answer whose other members could be looked at
    yield "CHAT-RESP-OBJECT", chat.object_is(body, "chat.completion")
    yield "CHAT-RESP-FINISH", chat.finish_reason(body)
    yield "CHAT-RESP-ID", chat.identifier(body)
    yield "CHAT-RESP-CREATED", chat.created(exchange, body)
    if _names_a_model(exchange):  # else it may be called as the request has called it
        yield "CHAT-RESP-MODEL", chat.model(body)
    yield "CHAT-USAGE-KEYS", usage.has_counts(body)
    yield "CHAT-USAGE-SUM", usage.chat_adds_up(body, reasoning=_may_reason(exchange))


def _streamed_chat(exchange: Exchange) -> Found:
    order = collect(chat_stream.order(exchange))
    yield "CHAT-STREAM-ORDER", iter(order)
    if error_event(exchange):
        return  # told by the order of events: nothing of what it cut short is wrong beside
    yield "CHAT-STREAM-SSE", is_event_stream(exchange)
    yield "CHAT-STREAM-SSE", is_whole(exchange)
    yield "CHAT-STREAM-SSE", arrives_as_it_is_made(exchange)
    counted = [body for body in _events(exchange) if isinstance(get(body, "usage.total_tokens"), int)]
    if counted and not _is_broken(order):
        yield "CHAT-USAGE-SUM", usage.chat_adds_up(counted[-1], reasoning=_may_reason(exchange))


def _whole_responses(exchange: Exchange) -> Found:
    body = _json(exchange)
    if body is ABSENT:
        return
    yield "ANSWER-CONTENT-TYPE", chat.json_content_type(exchange)
    yield "RESP-SHAPE", responses.shape(exchange, body)
    items = get(body, "output")
    if isinstance(items, list) and all(get(item, "type") in ("message", "reasoning") for item in items):
        # A call of a tool is what its own requirement says.
        yield "RESP-OUTPUT-MSG", schema_violations(body, "responses", "Response", within="output")
        yield "RESP-OUTPUT-MSG", responses.output_items(body)
    if not emptiness(exchange):
        yield "RESP-USAGE-SUM", usage.responses_adds_up(body)


def _streamed_responses(exchange: Exchange) -> Found:
    order = collect(responses_stream.order(exchange))
    yield "RESP-STREAM-ORDER", iter(order)
    if error_event(exchange):
        return
    yield "RESP-STREAM", is_event_stream(exchange)
    yield "RESP-STREAM", arrives_as_it_is_made(exchange)
    if not _is_broken(order):
        yield "RESP-STREAM", is_whole(exchange)
    for body in _events(exchange):
        yield "RESP-STREAM-ORDER", schema_violations(body, "responses", "ResponseStreamEvent")


def _whole_gemini(exchange: Exchange) -> Found:
    body = _json(exchange)
    if body is ABSENT:
        return
    yield "ANSWER-CONTENT-TYPE", chat.json_content_type(exchange)
    parts = get(body, "candidates.0.content.parts")
    if not (isinstance(parts, list) and any(get(part, "functionCall") is not ABSENT for part in parts)):
        yield "GEM-RESP-TEXT", gemini.text_path(body)
    if not emptiness(exchange):
        yield "GEM-USAGE-SUM", usage.gemini_adds_up(body)


def _streamed_gemini(exchange: Exchange) -> Found:
    order = collect(gemini_stream.order(exchange))
    yield "GEM-STREAM-ORDER", iter(order)
    if error_event(exchange):
        return
    yield "GEM-STREAM", is_event_stream(exchange)
    yield "GEM-STREAM", arrives_as_it_is_made(exchange)
    if not _is_broken(order):
        yield "GEM-STREAM", is_whole(exchange)


def _is_broken(found: Iterable[Finding]) -> bool:
    return any(finding.kind == "violation" for finding in found)


_WHOLE = {"chat": _whole_chat, "responses": _whole_responses, "gemini": _whole_gemini}
_STREAMED = {"chat": _streamed_chat, "responses": _streamed_responses, "gemini": _streamed_gemini}


def _json(exchange: Exchange) -> Any:
    """The body of a success; ABSENT if it is no JSON object: whoever asked for an answer tells that."""
    try:
        body = exchange.response.json() if exchange.response else ABSENT
    except NotJson:
        return ABSENT
    return body if isinstance(body, dict) else ABSENT


def _events(exchange: Exchange) -> list[Any]:
    try:
        return read(exchange).bodies
    except Undecided:
        return []


def _names_a_model(exchange: Exchange) -> bool:
    named = _MODEL.search(exchange.request.body)
    return named is not None and bool(named[1])


def _may_reason(exchange: Exchange) -> bool:
    """Whether hidden reasoning may be part of the total: it was asked for, or the model reasons unasked.

    The request is not parsed for it: it may hold megabytes of images.
    """
    sent = exchange.request.body
    model = _MODEL.search(sent)
    if model is None or not any(word in model[1].lower() for word in _UNREASONED):
        return True
    return any(name in sent for name in _REASONING)
