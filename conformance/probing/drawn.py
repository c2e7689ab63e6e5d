"""The requests that are drawn from the axes, as each surface sends them, and what is asked if one is not answered."""

from collections.abc import Iterator, Mapping
from typing import Any

from conformance.checks.answers import accepted, is_success, lacks_model, recorded, status_and_text, unanswered_reason
from conformance.checks.ending import is_whole
from conformance.checks.findings import (
    Finding,
    collect,
    inapplicable,
    observation,
    undecided,
    violation,
    warning,
)
from conformance.checks.reading import PHRASE, compressed_is_readable, says_something
from conformance.checks.streams import is_event_stream
from conformance.probing.axes import Asked
from conformance.probing.judge import CaseEnded, NotApplicable
from conformance.probing.probes import CAP, LONG_ANSWER
from conformance.probing.surface import Gemini, Kept, Surface
from conformance.wire.exchange import Exchange

PROMISES: Mapping[str, Mapping[str, str]] = {
    "chat": {
        "model": "CHAT-PATH",
        "transport": "CHAT-STREAM-SSE",
        "length": "CHAT-MAXTOKENS",
        "turn": "TURN-LATER",
        "letters": "ANSWER-TEXT-INTACT",
        "encoding": "ANSWER-ENCODING",
        "system": "CHAT-ROLE-SYSTEM",
    },
    "responses": {
        "model": "RESP-PATH-GW",
        "transport": "RESP-STREAM",
        "length": "RESP-MAXOUT",
        "turn": "TURN-LATER",
        "letters": "ANSWER-TEXT-INTACT",
        "encoding": "ANSWER-ENCODING",
        "system": "RESP-INPUT-MESSAGES",
    },
    "gemini": {
        "model": "GEM-PATH",
        "transport": "GEM-STREAM",
        "length": "GEM-MAXOUT",
        "turn": "TURN-LATER",
        "letters": "ANSWER-TEXT-INTACT",
        "encoding": "ANSWER-ENCODING",
    },
}
"""By surface and axis: the requirement that a request is accepted with other values than the plainest."""
UNPROMISED = frozenset({"RESP-STREAM", "GEM-STREAM"})
"""Of these, what no document says: a refusal is recorded."""
IN_WORDS = {
    "streamed": "stream: true",
    "cut": f"a cap of {CAP} tokens",
    "later": "a later turn",
    "unicode": "text that is not ASCII",
    "gzip": "Accept-Encoding: gzip",
    "told": "a system message",
}
"""By value other than the plainest: what a request has in it."""
BACKGROUND = " ".join(["The sea is wide and the sky is blue."] * 40)
WORDS = len(BACKGROUND.split())
"""Words of it: no tokenizer makes fewer tokens of them."""


def question(asked: Asked) -> str:
    """What the user asks last."""
    wanted = {"ended": "", "cut": LONG_ANSWER}[asked.length]
    repeated = {"ascii": "", "unicode": f"Repeat this exactly: {PHRASE}"}[asked.letters]
    return " ".join(filter(None, (repeated, wanted))) or "Say hello."


def body(surface: str, asked: Asked) -> dict[str, Any]:
    """The body of a request on a surface, without its model."""
    turns = [("user", "Tell me about the sea."), ("assistant", BACKGROUND)] if asked.turn == "later" else []
    turns += [("user", question(asked))]
    cut = asked.length == "cut"
    if surface == "gemini":
        roles = {"user": "user", "assistant": "model"}
        contents = [{"role": roles[role], "parts": [{"text": words}]} for role, words in turns]
        return {"contents": contents, **({"generationConfig": {"maxOutputTokens": CAP}} if cut else {})}
    if asked.system == "told":
        turns.insert(0, ("system", f"You are a helpful assistant. Some background: {BACKGROUND}"))
    messages = [{"role": role, "content": words} for role, words in turns]
    members, most = {"chat": ("messages", "max_tokens"), "responses": ("input", "max_output_tokens")}[surface]
    streamed = {"stream": True} if asked.transport == "streamed" else {}
    return {members: messages, **({most: CAP} if cut else {}), **streamed}


def send(surface: Surface, asked: Asked) -> Exchange:
    """Sends a drawn request."""
    url = surface.stream_url() if isinstance(surface, Gemini) and asked.transport == "streamed" else ""
    headers = {"accept-encoding": "gzip"} if asked.encoding == "gzip" else {}
    return surface.send(body(surface.name, asked), url=url, headers=headers)


def least_input(asked: Asked) -> int:
    """Input tokens below which a part of a request was left out: four fifths of its words."""
    return WORDS * 4 // 5 * sum((asked.turn == "later", asked.system == "told"))


def is_answered(surface: Surface, asked: Asked, exchange: Exchange) -> bool:
    """Whether an exchange answers what was asked, in the form that was asked for."""
    found = collect(_obstacles(surface, asked, exchange))
    return not any(finding.kind in ("violation", "undecided") for finding in found)


def _obstacles(surface: Surface, asked: Asked, exchange: Exchange, what: str = "the request") -> Iterator[Finding]:
    if asked.transport == "whole":
        yield from accepted(exchange, what, members=surface.answers_with)
        return
    if found := collect(accepted(exchange, what, streamed=True)):
        yield from found
        return
    if found := [*collect(is_event_stream(exchange)), *collect(is_whole(exchange))]:
        yield from found
        return
    yield from says_something(surface.name, exchange)


def answered(surface: Surface, asked: Asked, *, unshown: frozenset[str] = frozenset()) -> Exchange:
    """Judges the promises of all values of a drawn request by whether it is answered. Raises `CaseEnded` if it is not.

    Then the plainest request to the model is sent, and each value by itself: what is told is which of them is refused.
    `unshown`: axes that no document shows for this model, whose refusal is recorded; `model` among them if it need not be here.
    """
    promises, judge = PROMISES[surface.name], surface.judge
    try:
        exchange = send(surface, asked)
    except Kept as withheld:  # another model can tell what holds of all
        return _leave_open(surface, str(withheld))
    _must_have_model(surface, exchange)
    if is_answered(surface, asked, exchange):
        for axis in ("model", *dict(asked.special())):
            judge([observation("answered", str(asked))], promises[axis], about=exchange)
        return exchange
    plain = exchange if asked == asked.plain else send(surface, asked.plain)
    _must_have_model(surface, plain)  # the first answer may have been about something else
    if not is_answered(surface, asked.plain, plain):
        if "model" in unshown:
            raise NotApplicable(f"no document shows {asked.model} on {surface.name}, and it is not served there")
        judge(
            _obstacles(surface, asked.plain, plain, f"a plain request to {asked.model}"), promises["model"], about=plain
        )
        _leave_open(surface, f"{asked.model} does not answer a plain request")
    refused = [axis for axis, alone in asked.alone() if not _value_is_taken(surface, axis, alone, plain, unshown)]
    judge([_combination(asked, exchange, refused)], promises["model"], about=exchange)
    return _leave_open(surface, f"{asked} is not answered")


def _must_have_model(surface: Surface, exchange: Exchange) -> None:
    """Ends a case whose model is not there: of its promises only that of the model can be broken by it."""
    if lacks_model(exchange) and surface.target.names_models():
        expected = f"{surface.model_name}, which the target file names"
        found = violation("the target lacks a model", expected=expected, actual=status_and_text(exchange))
        surface.judge([found], PROMISES[surface.name]["model"], about=exchange)
        _leave_open(surface, f"the target lacks {surface.model_name}")
    surface.must_have_model(exchange)


def _combination(asked: Asked, exchange: Exchange, refused: list[str]) -> Finding:
    """What a request that was not answered tells of its model, which answers the plainest one."""
    if refused:
        return observation("not answered", ", ".join(refused))
    if reason := unanswered_reason(exchange):
        return undecided(reason)
    if is_success(exchange):
        return inapplicable(f"{asked} is answered in another form")  # which other requirements tell
    return warning(
        f"{asked} is refused, while each of its parts is taken", expected="2xx", actual=status_and_text(exchange)
    )


def _value_is_taken(surface: Surface, axis: str, alone: Asked, plain: Exchange, unshown: frozenset[str]) -> bool:
    requirement, value = PROMISES[surface.name][axis], getattr(alone, axis)
    exchange = plain if alone == alone.plain else send(surface, alone)
    what = f"{IN_WORDS[value]} on {alone.model}"
    if axis in unshown or requirement in UNPROMISED:
        surface.judge(recorded(exchange, what), requirement, about=exchange)
    elif reason := _breakage(exchange):
        found = violation(f"{what} breaks the target", expected=f"2xx (a plain request: {plain.status})", actual=reason)
        surface.judge([found], requirement, about=exchange)
    elif axis == "encoding":
        if surface.judge(compressed_is_readable(exchange), requirement, about=exchange):
            surface.judge(_obstacles(surface, alone, exchange, what), requirement, about=exchange)
    else:
        surface.judge(_obstacles(surface, alone, exchange, what), requirement, about=exchange)
    return is_answered(surface, alone, exchange)


def _breakage(exchange: Exchange) -> str:
    """How the target breaks on a request, while it answers the plainest; empty if it does not."""
    return status_and_text(exchange) if (exchange.status or 0) >= 500 else ""


def _leave_open(surface: Surface, reason: str) -> Exchange:
    """Ends a case whose other requirements can be decided by other models. Raises `CaseEnded`."""
    for requirement in surface.judge.requirements:
        if requirement not in surface.judge.judged:
            surface.judge([inapplicable(reason)], requirement)
    raise CaseEnded(reason)
