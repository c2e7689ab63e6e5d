"""Answers to requests that were made from the specs: what a legal one gets, and what a broken one gets.

`control` gives the exchange of the plain request of the same operation; it is asked for only where a verdict needs it.
`shown` tells whether the pages show all that the request varies: what they do not show, they promise nothing about.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from conformance.checks.answers import (
    FORBIDDEN,
    UNAUTHENTICATED,
    cannot_fetch,
    emptiness,
    envelope,
    is_success,
    no_answer_reason,
    status_and_text,
    unanswered_reason,
)
from conformance.checks.ending import truncation_reason
from conformance.checks.event_stream import is_streamed, read
from conformance.checks.findings import (
    Finding,
    Undecided,
    get,
    inapplicable,
    observation,
    undecided,
    violation,
    warning,
)
from conformance.checks.schema import schema_violations
from conformance.checks.streams import all_readable
from conformance.wire.exchange import Exchange, NotJson

Control = Callable[[], Exchange]
NOT_IMPLEMENTED = 501
_JSON = "application/json"
ANSWER = {"chat": "ChatCompletion", "responses": "Response", "gemini": "GenerateContentResponse"}
EVENT = {"chat": "ChatCompletionChunk", "responses": "ResponseStreamEvent", "gemini": "GenerateContentResponse"}
MEMBERS: Mapping[str, Mapping[str, type]] = {
    "chat": {"choices": list},
    "responses": {"output": list},
    "gemini": {"candidates": list, "promptFeedback": dict},
}
"""Of these members, each of its type, every answer has one."""
_PRINTED = {
    "chat": re.compile(
        r"(id|object|created|model|choices(\.\d+(\.(index|message(\.(role|content(\..*)?))?))?)?"
        r"|usage(\.(prompt|completion|total)_tokens)?)?"
    ),
    "responses": re.compile(
        r"(id|object|created_at|model|output(\.\d+(\.(type|role|content))?)?|usage(\.(input|output|total)_tokens)?)?"
    ),
    "gemini": re.compile(r"(candidates(\.\d+(\.content(\.parts(\.\d+(\.text)?)?)?)?)?)?"),
}
"""The members of an answer that the pages print, or read from it."""


def legal_is_answered(
    exchange: Exchange,
    control: Control,
    what: str,
    *,
    shown: bool,
    promised_by: Sequence[str] = (),
    plain: bool = False,
) -> Iterator[Finding]:
    """A request that fits the spec gets an answer, or a refusal where nothing promises it; never a 5xx.

    A stream that stops before its end is no answer yet: nothing is decided, and no more is promised where `shown` is false.
    That a medium behind a URL could not be fetched is no matter of the request, whatever the status.
    """
    status = exchange.status or 0
    broke = _server_failure(exchange)
    if not broke and (reason := unanswered_reason(exchange)):
        yield undecided(f"{what}: {reason}")
    elif not broke and is_success(exchange) and (reason := truncation_reason(exchange)):
        # Asked again before it counts: a stream that is cut each time is broken.
        find = violation if shown else warning
        yield find(f"{what}: {reason}", expected="an answer to its end", actual=f"{status}, cut")
    elif not broke and is_success(exchange) and (reason := emptiness(exchange)):
        yield undecided(f"{what}: {reason}")
    elif not broke and is_success(exchange):
        yield observation("legal requests are answered with", status)
    elif (not broke and not promised_by) or (b"://" in exchange.request.body and cannot_fetch(exchange)):
        yield observation(f"refused: {what}", status_and_text(exchange))
    elif (trouble := "" if plain else _control_failure(control())) and not shown:
        yield inapplicable(f"the target does not take such requests at all: {trouble}")
    elif trouble or status in (UNAUTHENTICATED, FORBIDDEN):
        yield undecided(f"{what}: {status_and_text(exchange)}; the plain request: {trouble or 'answered'}")
    elif broke:
        find = violation if shown else warning
        yield find(f"{what} breaks the target", expected="2xx, or 4xx where nothing promises it", actual=broke)
    else:
        yield violation(
            f"{what} is refused, though promised by {' and '.join(promised_by)}",
            expected="2xx",
            actual=status_and_text(exchange),
        )


def answer_fits(exchange: Exchange, surface: str, what: str, *, shown: bool = True) -> Iterator[Finding]:
    """The answer, or each event of a stream, is what the spec says. What the pages do not print is warned.

    So is whatever answers where they show no request: there `shown` is false.
    """
    if unanswered_reason(exchange) or not is_success(exchange):
        yield inapplicable("refused: there is no answer to hold against the spec")
        return
    found = _events_fit(exchange, surface, what) if is_streamed(exchange) else _whole_fits(exchange, surface, what)
    for finding in found:
        yield finding if shown or finding.kind != "violation" else replace(finding, kind="warning")


def _whole_fits(exchange: Exchange, surface: str, what: str) -> Iterator[Finding]:
    if not _is_answer(exchange, surface):
        expected = f"JSON with {' or '.join(MEMBERS[surface])}"
        yield violation(f"{what} is answered with something else", expected=expected, actual=status_and_text(exchange))
        return
    assert exchange.response  # an answer has been seen in it
    for finding in dict.fromkeys(schema_violations(exchange.response.json(), surface, ANSWER[surface])):
        printed = _PRINTED[surface].fullmatch(finding.path)
        kind = finding.kind if printed else "warning"
        yield replace(finding, kind=kind, message=f"{what}: {finding.message}")


def _is_answer(exchange: Exchange, surface: str) -> bool:
    """Whether the body holds one of the members of which every answer has one; a blocked prompt has feedback alone."""
    try:
        body = exchange.response.json() if exchange.response else None
    except NotJson:
        return False
    return any(isinstance(get(body, member), kind) for member, kind in MEMBERS[surface].items())


def _events_fit(exchange: Exchange, surface: str, what: str) -> Iterator[Finding]:
    try:
        stream = read(exchange)
    except Undecided as nothing:
        yield violation(f"{what} is answered with an empty stream", expected="events", actual=str(nothing))
        return
    yield from all_readable(stream)
    seen = set[str]()
    for body in stream.bodies:
        for finding in schema_violations(body, surface, EVENT[surface]):
            if finding.message not in seen:
                seen.add(finding.message)
                yield replace(finding, kind="warning", message=f"{what}: {finding.message}")


def broken_is_refused(
    exchange: Exchange, control: Control, what: str, *, shown: bool, forbidden_by: str = ""
) -> Iterator[Finding]:
    """A request that breaks the spec is refused in JSON, while the plain one is answered.

    Taken, it is a violation where the pages forbid it, else a warning; where they do not show the field, or it is the
    content type that is another, it may be ignored.
    """
    shown = shown and exchange.request.headers.get("content-type", _JSON).startswith(_JSON)
    taken = not 400 <= (exchange.status or 0) < 500 and exchange.status != NOT_IMPLEMENTED
    if _server_failure(exchange):
        yield inapplicable("the target breaks on it: that is judged as such")
    elif reason := unanswered_reason(exchange):
        yield undecided(f"{what}: {reason}")
    elif taken and forbidden_by:
        yield violation(
            f"{what} is taken, though forbidden by {forbidden_by}", expected="any 4xx", actual=status_and_text(exchange)
        )
    elif taken and shown:
        yield warning(f"{what} is taken", expected="any 4xx", actual=status_and_text(exchange))
    elif taken:
        yield observation(f"taken: {what}", status_and_text(exchange))
    elif not (trouble := _control_failure(control())):
        kind = envelope(exchange)
        yield observation("broken requests are refused with", f"{exchange.status} {kind}")
    elif shown:
        yield undecided(f"{what}: the plain request is not answered either: {trouble}")
    else:
        yield inapplicable("the target does not take such requests at all")


def broken_is_the_clients(exchange: Exchange, control: Control, what: str, *, shown: bool = True) -> Iterator[Finding]:
    """A request that breaks the spec breaks nothing else: no 5xx, no dropped connection."""
    broke = _server_failure(exchange)
    if not broke and (reason := unanswered_reason(exchange)):
        yield undecided(f"{what}: {reason}")
    elif not broke:
        yield observation("broken requests are answered with", exchange.status)
    elif (trouble := _control_failure(control())) and not shown:
        yield inapplicable(f"the target does not take such requests at all: {trouble}")
    elif trouble:
        yield undecided(f"{what}: {broke}; the plain request is not answered either: {trouble}")
    else:
        yield violation(f"{what} breaks the target", expected="any 4xx", actual=broke)


def _server_failure(exchange: Exchange) -> str:
    """How the target broke on a request, empty if it did not: a 5xx, or a closed connection.

    503 and the like ask to come back later; 501 says in words that this is not done here.
    """
    if exchange.dropped:
        return f"the connection is dropped: {exchange.failure}"
    if unanswered_reason(exchange) or (exchange.status or 0) < 500 or exchange.status == NOT_IMPLEMENTED:
        return ""
    return status_and_text(exchange)


def _control_failure(control: Exchange) -> str:
    """Why the plain request got no answer; empty if it did."""
    return no_answer_reason(control)
