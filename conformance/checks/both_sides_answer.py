"""What a proxy has made of an answer: what its upstream gave it, held against what arrived in front."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from conformance.checks.answer_parts import AnswerParts, answer_parts
from conformance.checks.answers import error_event, error_text, is_success
from conformance.checks.ending import truncation_reason
from conformance.checks.event_stream import is_streamed
from conformance.checks.findings import Finding, abbreviated, get, inapplicable, observation, violation
from conformance.checks.request_parts import surface_asked
from conformance.wire.exchange import Chunk, Exchange, NotJson, Response, UpstreamExchange, parse_json

Found = Iterator[tuple[str, Finding]]
"""Findings, each with the requirement that it is about."""
HELD_BACK_S = 0.2
"""What a proxy may add to the way of a piece, at least: machines are busy."""
_SHOWN_OF_A_BODY = 400
"""Bytes of one that cannot be read."""
MOMENT_S = 0.01
"""Pieces that come closer to each other have come together."""
LUMPED = 3
"""Of how many pieces that were made apart one has to come on its own, at least."""


def answer_findings(exchange: Exchange, last: UpstreamExchange, surface: str) -> Found:
    """What came of the upstream's last answer."""
    behind = last.exchange
    if not is_success(behind):
        if exchange.response:
            yield from _error(exchange, behind)
    elif not is_success(exchange):
        yield from _no_answer(exchange, behind)
    elif reason := broke_off_reason(behind):
        yield from _broken(exchange, reason)
    else:
        yield from _answered(exchange, last, surface)


def _no_answer(front: Exchange, behind: Exchange) -> Found:
    """The upstream began an answer, of which none arrives."""
    told = front.failure if front.response is None else f"{front.status}, {error_text(front)}"
    if broke_off_reason(behind):
        yield "PROXY-ERR-TOLD", observation("what broke off upstream is told as", told)
        return
    what = "an answer does not arrive" if front.response is None else "an answer arrives as an error"
    yield "PROXY-ERR-STATUS", violation(what, expected=behind.status, actual=told)


def _answered(exchange: Exchange, last: UpstreamExchange, surface: str) -> Found:
    """An answer on both sides."""
    behind = last.exchange
    streams, streamed_behind = _streams(exchange), _streams(behind)
    given = answer_parts(surface_asked(behind.request), behind)
    got = answer_parts(surface, exchange)
    if given and got is None and (exchange.failure or not is_streamed(exchange)):
        yield from _unreadable(exchange)
    elif given:
        got = got or AnswerParts(surface)  # in an empty stream nothing arrives
        asked_for = _as_asked(exchange, given, got)
        yield from _answer(given, asked_for, travels_alike=streams == streamed_behind)
        if streams and streamed_behind:
            yield from _stream(exchange, last, given, got)
        elif streams:
            yield from _made_up(got)
    if exchange.upstream:
        yield from _headers(exchange.upstream.lost_headers)


def _unreadable(front: Exchange) -> Found:
    """Bytes that are no answer: broken, not what their headers say, or too many. What was in them nobody can tell."""
    expected = "an answer that can be read, as upstream's"
    body = front.response.body[:_SHOWN_OF_A_BODY] if front.response else b""
    actual = front.failure or f"{front.status}: {abbreviated(body.decode('utf-8', errors='replace'))}"
    yield "PROXY-ANS-TEXT", violation("the answer cannot be read in front", expected=expected, actual=actual)


def _streams(exchange: Exchange) -> bool:
    """Whether an answer is a stream: of events, or as Gemini's that were not asked for as events."""
    return is_streamed(exchange) or exchange.request.path.endswith(":streamGenerateContent")


def broke_off_reason(exchange: Exchange) -> str:
    """Why an answer that began well did not end so; empty if it did."""
    if exchange.response is None:
        return exchange.failure or "no answer"
    return truncation_reason(exchange) if is_streamed(exchange) else ""


def _error(front: Exchange, behind: Exchange) -> Found:
    if front.upstream:
        yield from _headers(front.upstream.lost_headers)
    if behind.response is None:
        return
    if is_success(front):
        actual = f"{front.status}, an answer"
        yield "PROXY-ERR-TOLD", violation("an error is told as an answer", expected=behind.status, actual=actual)
        return
    yield "PROXY-ERR-TOLD", observation("an error is told as", "an error")
    if front.status == behind.status:
        yield "PROXY-ERR-STATUS", observation("the status of an error", front.status)
    else:
        expected = f"{behind.status}, {error_text(behind)}"
        actual = f"{front.status}, {error_text(front)}"
        yield "PROXY-ERR-STATUS", violation("an error arrives with another status", expected=expected, actual=actual)


def _broken(front: Exchange, reason: str) -> Found:
    """A stream that broke off upstream may end in any way but as one that is whole."""
    if is_streamed(front) and not front.failure and not truncation_reason(front) and not error_event(front):
        yield (
            "PROXY-ERR-TOLD",
            violation(
                "a stream that broke off ends as if it were whole", expected="an error, or no end", actual="an end"
            ),
        )
    elif not is_streamed(front) and is_success(front) and not front.failure:
        yield (
            "PROXY-ERR-TOLD",
            violation("an answer that broke off is told as a whole one", expected="an error", actual=f"{front.status}"),
        )
    else:
        yield "PROXY-ERR-TOLD", observation("what broke off upstream", reason)


def _headers(lost: Sequence[str]) -> Found:
    for header in lost:
        name = header.partition(":")[0]
        yield "PROXY-ANS-HEADERS", violation(f"the header {name} is lost", expected=header, actual="another, or none")
    if not lost:
        yield "PROXY-ANS-HEADERS", observation("headers that callers act on", "as they were given")


def _as_asked(exchange: Exchange, given: AnswerParts, got: AnswerParts) -> AnswerParts:
    """What arrived, with the usage that a stream of chat need not tell: nobody had asked for it with stream_options."""
    options = get(_asked_for(exchange), "stream_options.include_usage")
    if got.surface != "chat" or got.usage or not is_streamed(exchange) or options is True:
        return got
    usage = {name for name in given.members if name.startswith("usage.")}
    return replace(got, usage=given.usage, members=got.members | usage)


def _asked_for(exchange: Exchange) -> Any:
    try:
        return parse_json(exchange.request.body)
    except NotJson:
        return None


def _made_up(got: AnswerParts) -> Found:
    """A stream in front, for which the upstream was asked for a whole answer."""
    yield (
        "PROXY-STREAM-PACE",
        violation(
            "a stream is made up from a whole answer", expected="the upstream is asked for a stream, as the proxy is",
            actual="it is not: the first piece waits for the last",
        ),
    )  # fmt: skip
    whole = f"the upstream was not asked for a stream; events with text in front: {len(got.pieces)}"
    yield "PROXY-STREAM-EVENTS", inapplicable(whole)
    yield "PROXY-ERR-TOLD", inapplicable("the upstream was not asked for a stream: none could break off")


_AS_GIVEN = "as it was given"
_SHOWN_BEFORE = 40
"""Characters that are shown of what two texts have in common, before they differ."""


def _answer(given: AnswerParts, got: AnswerParts, *, travels_alike: bool) -> Found:
    translated = given.surface != got.surface
    yield from _equal("PROXY-ANS-TEXT", "the text", given.text, got.text)
    yield from _equal("PROXY-ANS-CALLS", "the calls of tools", given.calls, got.calls)
    if not translated or got.reasoning or got.signatures:
        yield from _equal("PROXY-ANS-REASONING", "the reasoning", given.reasoning, got.reasoning)
        yield from _equal("PROXY-ANS-REASONING", "the signatures", given.signatures, got.signatures)
    ended = (given.end, got.end) if translated else (given.ended, got.ended)
    yield from _equal("PROXY-ANS-FINISH", "why it ended", *ended)
    yield from _usage(given.usage, _in_terms_of(given, got) if translated else got.usage)
    if translated:
        return
    yield from _equal("PROXY-ANS-ID", "the ids", given.ids, got.ids)
    if not travels_alike:
        yield (
            "PROXY-ANS-MEMBERS",
            inapplicable("a stream on one side alone: its members stand elsewhere"),
        )
    elif lost := sorted(given.members - got.members):
        yield (
            "PROXY-ANS-MEMBERS",
            violation(f"{lost[0]} is dropped", expected=_AS_GIVEN, actual=f"without {', '.join(lost)}"),
        )
    else:
        yield "PROXY-ANS-MEMBERS", observation("members of the answer", _AS_GIVEN)


def _in_terms_of(given: AnswerParts, got: AnswerParts) -> Mapping[str, Any]:
    """The counts of what arrived, where one surface counts the thoughts as output and the other beside it."""
    wanted, count = given.usage.get("output"), got.usage.get("output")
    if not isinstance(wanted, int) or not isinstance(count, int):
        return got.usage
    alike = count in (wanted, wanted + given.thoughts) or count + got.thoughts == wanted
    return {**got.usage, "output": wanted} if alike else got.usage


def _usage(given: Mapping[str, Any], got: Mapping[str, Any]) -> Found:
    for name, count in given.items():
        if name not in got:
            yield "PROXY-ANS-USAGE", violation(f"usage: {name} is dropped", expected=count, actual="absent")
        elif got[name] != count:
            yield "PROXY-ANS-USAGE", violation(f"usage: {name} is changed", expected=count, actual=got[name])
    if given and all(got.get(name) == count for name, count in given.items()):
        yield "PROXY-ANS-USAGE", observation("usage", _AS_GIVEN)
    if not given and any(got.values()):
        yield "PROXY-ANS-USAGE", violation("usage is invented", expected="none, as upstream", actual=dict(got))


def _equal(requirement: str, what: str, given: Any, got: Any) -> Found:
    if given == got:
        if given:
            yield requirement, observation(what, _AS_GIVEN)
    elif not got:
        yield requirement, violation(f"{what} of the answer: dropped", expected=given, actual="nothing")
    else:
        expected, actual = _apart(given, got) if isinstance(given, str) and isinstance(got, str) else (given, got)
        yield requirement, violation(f"{what} of the answer: changed", expected=expected or "nothing", actual=actual)


def _apart(given: str, got: str) -> tuple[str, str]:
    """Two texts from where they differ: what long ones have in common would be all that is shown."""
    same = next((at for at, (one, other) in enumerate(zip(given, got, strict=False)) if one != other), None)
    at = min(len(given), len(got)) if same is None else same
    if at <= _SHOWN_BEFORE:
        return given, got
    start = at - _SHOWN_BEFORE
    return f"…{given[start:]}", f"…{got[start:]}"


def _stream(exchange: Exchange, last: UpstreamExchange, given: AnswerParts, got: AnswerParts) -> Found:
    """The pieces of a stream: each on its own, and each on its way when it came."""
    made, came = len(given.pieces), len(got.pieces)
    if made > 1 and given.text == got.text:
        if came < made:
            expected = f"{made} events with text"
            yield "PROXY-STREAM-EVENTS", violation("events of a stream are merged", expected=expected, actual=came)
        else:
            yield "PROXY-STREAM-EVENTS", observation("events with text", f"{came} of {made}")
    behind = last.exchange.response
    front = exchange.response
    if not (behind and front and behind.chunks and front.chunks):
        return
    first, end = last.after_s + _moment(behind.chunks[0]), last.after_s + _moment(behind.chunks[-1])
    lasted, arrived = end - first, _moment(front.chunks[0])
    waited = arrived - first
    if lasted < 2 * HELD_BACK_S:
        return  # what comes at once is not held back
    if waited > max(HELD_BACK_S, lasted / 2):
        yield (
            "PROXY-STREAM-PACE",
            violation(
                "a stream is held back", expected=f"its first piece at {first:.2f} s, as upstream",
                actual=f"at {arrived:.2f} s; the last upstream at {end:.2f} s",
            ),
        )  # fmt: skip
        return
    made, came = _moments(behind), _moments(front)
    if made >= 3 * LUMPED and came * LUMPED < made:
        yield (
            "PROXY-STREAM-PACE",
            violation(
                "a stream arrives in lumps", expected=f"{made} times something, as upstream sends it",
                actual=f"{came} times, over {lasted:.2f} s",
            ),
        )  # fmt: skip
    else:
        yield (
            "PROXY-STREAM-PACE",
            observation("the first piece comes after", f"{max(waited, 0):.2f} s of {lasted:.2f} s"),
        )


def _moment(chunk: Chunk) -> float:
    """When a piece came, as evidence keeps it: judged anew it has to tell the same."""
    return round(chunk.at, 4)


def _moments(response: Response) -> int:
    """How often something came, with time between."""
    times = [_moment(chunk) for chunk in response.chunks]
    return 1 + sum(after - before > MOMENT_S for before, after in pairwise(times))
