"""Both sides of a proxy: what it made of a request, and what of the answer. Held against what went in on the other side.

Surfaces may differ: a proxy that takes Gemini and asks its upstream on chat is held to what the two have in common. Whatever
a proxy may do without anybody losing by it is an observation: nulls left out, members in another order, a text as a list.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from conformance.checks.answer_parts import AnswerParts, answer_parts
from conformance.checks.answers import error_event, error_text, is_success, no_answer_reason
from conformance.checks.ending import truncation_reason
from conformance.checks.event_stream import is_streamed
from conformance.checks.findings import Finding, get, inapplicable, observation, undecided, violation
from conformance.checks.request_parts import RequestParts, documented, model_in, parts_of, surface_asked
from conformance.checks.schema import spec
from conformance.wire.exchange import Chunk, Exchange, NotJson, Response, UpstreamExchange, UpstreamSide, parse_json

Found = Iterator[tuple[str, Finding]]
"""Findings, each with the requirement that it is about."""
HELD_BACK_S = 0.2
"""What a proxy may add to the way of a piece, at least: machines are busy."""
MOMENT_S = 0.01
"""Pieces that come closer to each other have come together."""
LUMPED = 3
"""Of how many pieces that were made apart one has to come on its own, at least."""
_AS_SENT = "as it was sent"
_DEFAULTS: Mapping[str, Any] = {"n": 1}
"""Parameters that change no answer by these values: they are what counts without them."""
_REQUESTS = {"chat": "ChatCompletionRequest", "responses": "ResponseRequest", "gemini": "GenerateContentRequest"}
_ANOTHER_NAME = {"max_completion_tokens": "max_tokens"}
"""Parameters that are one, by their newer name."""


def both_sides(exchange: Exchange, models: Mapping[str, str]) -> Found:
    """What the two sides of one exchange show. `models`: by the name in front, the documented model that is meant."""
    side, surface = exchange.upstream, surface_asked(exchange.request)
    if side is None or not surface:
        return
    yield from _credentials(side)
    yield from _how_often(exchange, side)
    if not side.asked:
        return
    last = side.asked[-1]
    yield from _model(exchange, last.exchange, models)
    yield from _request(exchange, last.exchange)
    yield from _outcome(exchange, last, surface)


def _credentials(side: UpstreamSide) -> Found:
    for leak in side.leaks:
        yield (
            "PROXY-CREDENTIALS",
            violation(leak, expected="each credential on its own side alone", actual="it is there"),
        )
    if side.passes_credential_on is not None:
        shown = "the caller's own" if side.passes_credential_on else "the proxy's own"
        yield "PROXY-CREDENTIALS", observation("the upstream is shown", f"{shown} credential")
    elif side.asked and not side.leaks:
        yield "PROXY-CREDENTIALS", observation("the upstream is shown", "no credential")


def _how_often(exchange: Exchange, side: UpstreamSide) -> Found:
    """One question upstream for one in front; asked again only where the upstream had not answered."""
    if side.late:
        yield (
            "PROXY-REQ-ONCE",
            violation(
                "the upstream is asked when nobody asks", expected="nothing", actual=f"{side.late} more requests"
            ),
        )
    if not side.asked:
        if is_success(exchange) and side.repeats:
            yield "PROXY-CACHE", observation("the same request again is answered", "from a cache")
        elif is_success(exchange):
            yield (
                "PROXY-CACHE",
                violation(
                    "an answer that the upstream did not give", expected="the upstream is asked", actual="it is not"
                ),
            )
        elif exchange.response:
            yield (
                "PROXY-REQ-UNKNOWN",
                observation("the proxy itself refuses", f"{exchange.status}, {error_text(exchange)}"),
            )
        return
    yield "PROXY-CACHE", observation("the answer is", "the upstream's own")
    earlier = [one.exchange for one in side.asked[:-1]]
    answered = [one for one in earlier if is_success(one) and not _broke(one)]
    if answered:
        yield (
            "PROXY-REQ-ONCE",
            violation(
                "the upstream is asked again after it has answered",
                expected="one request",
                actual=f"{len(side.asked)} of them",
            ),
        )
    elif earlier:
        why = ", ".join(str(one.status or "no answer") for one in earlier)
        yield "PROXY-REQ-ONCE", observation("asked again after", why)
    else:
        yield "PROXY-REQ-ONCE", observation("the upstream is asked", "once")


def _model(front: Exchange, behind: Exchange, models: Mapping[str, str]) -> Found:
    asked, got = model_in(front.request), model_in(behind.request)
    wanted = models.get(asked)
    if wanted is None or parts_of(behind.request) is None:
        return
    if documented(got) == wanted:
        yield "PROXY-REQ-MODEL", observation("the model upstream", got)
    else:
        expected = f"{wanted}, for which {asked} stands"
        yield "PROXY-REQ-MODEL", violation("another model is asked", expected=expected, actual=got or "none")


def _request(front: Exchange, behind: Exchange) -> Found:
    sent, got = parts_of(front.request), parts_of(behind.request)
    if sent is None or got is None:
        return
    translated = sent.surface != got.surface
    yield from _ordered("PROXY-REQ-TEXT", "message", sent.texts, got.texts)
    yield from _ordered("PROXY-REQ-MEDIA", "medium", sent.media, got.media)
    if translated:
        yield from _ordered("PROXY-REQ-TOOLS", "tool", sent.tool_names(), got.tool_names())
        known, there = sent.shared(), got.shared()
        common = {name: value for name, value in known.items() if name in there or name != "stop"}
        yield from _named("PROXY-REQ-PARAMS", "parameter", common, there)
        return
    yield from _ordered("PROXY-REQ-TOOLS", "tool, call or result", sent.tools, got.tools)
    yield from _ordered("PROXY-REQ-REASONING", "block of reasoning", sent.reasoning, got.reasoning)
    yield from _parameters(sent, got)


def _parameters(sent: RequestParts, got: RequestParts) -> Found:
    """What the documents name and what they do not, each as it was sent; and nothing more."""
    names = spec(sent.surface)["components"]["schemas"][_REQUESTS[sent.surface]]["properties"]
    of_messages = {**sent.beside}
    known = {_ANOTHER_NAME.get(name, name): value for name, value in sent.parameters.items()}
    there = {_ANOTHER_NAME.get(name, name): value for name, value in got.parameters.items()}
    told = {name: value for name, value in known.items() if name.partition(".")[0] in names or name in names}
    unknown = {name: value for name, value in known.items() if name not in told} | of_messages
    yield from _named("PROXY-REQ-PARAMS", "parameter", told, there)
    yield from _named("PROXY-REQ-UNKNOWN", "member that no page names", unknown, there | got.beside)
    added = {
        name: value for name, value in {**there, **got.beside}.items() if name not in known and name not in of_messages
    }
    telling = {name: value for name, value in added.items() if _DEFAULTS.get(name) != value}
    for name, value in telling.items():
        yield (
            "PROXY-REQ-ADDED",
            violation(f"{name} is added", expected="nothing but what was sent", actual=value, path=name),
        )
    if not telling:
        kept = "nothing" if not added else f"{', '.join(added)}, by the value that counts without"
        yield "PROXY-REQ-ADDED", observation("beside what was sent", kept)


def _named(requirement: str, what: str, sent: Mapping[str, Any], got: Mapping[str, Any]) -> Found:
    for name, value in sent.items():
        if name not in got:
            yield requirement, violation(f"{name} is dropped", expected=value, actual="absent", path=name)
        elif got[name] != value:
            yield requirement, violation(f"{name} is changed", expected=value, actual=got[name], path=name)
    if sent and all(got.get(name, got) == value for name, value in sent.items()):
        yield requirement, observation(f"each {what}", _AS_SENT)


def _ordered(requirement: str, what: str, sent: Sequence[str], got: Sequence[str]) -> Found:
    """Things that have an order: none is missing, changed or moved; what comes on top is told apart."""
    if list(sent) == list(got):
        if sent:
            yield requirement, observation(f"each {what}", _AS_SENT)
        return
    lost, new = list((Counter(sent) - Counter(got)).elements()), list((Counter(got) - Counter(sent)).elements())
    if lost and new and len(lost) == len(new):
        yield requirement, violation(f"a {what} is changed", expected=lost[0], actual=new[0])
    elif lost:
        yield requirement, violation(f"a {what} is dropped", expected=lost[0], actual=new[0] if new else "absent")
    elif new:
        yield "PROXY-REQ-ADDED", violation(f"a {what} is added", expected="nothing but what was sent", actual=new[0])
    else:
        yield requirement, violation(f"the order of each {what} is changed", expected=sent, actual=got)


def _outcome(exchange: Exchange, last: UpstreamExchange, surface: str) -> Found:
    """What came of the upstream's last answer."""
    behind = last.exchange
    if not is_success(behind):
        if exchange.response:
            yield from _error(exchange, behind)
    elif not is_success(exchange):
        yield from _no_answer(exchange, behind)
    elif reason := _broke(behind):
        yield from _broken(exchange, reason)
    else:
        yield from _answered(exchange, last, surface)


def _no_answer(front: Exchange, behind: Exchange) -> Found:
    """The upstream began an answer, of which none arrives."""
    told = front.failure if front.response is None else f"{front.status}, {error_text(front)}"
    if _broke(behind):
        yield "PROXY-ERR-TOLD", observation("what broke off upstream is told as", told)
        return
    what = "an answer does not arrive" if front.response is None else "an answer arrives as an error"
    yield "PROXY-ERR-STATUS", violation(what, expected=behind.status, actual=told)


def _answered(exchange: Exchange, last: UpstreamExchange, surface: str) -> Found:
    """An answer on both sides."""
    behind = last.exchange
    streams, streamed_behind = _streams(exchange), _streams(behind)
    given = answer_parts(surface_asked(behind.request), behind)
    if given:
        got = answer_parts(surface, exchange) or AnswerParts(surface)  # of what cannot be read nothing arrives
        asked_for = _as_asked(exchange, given, got)
        yield from _answer(given, asked_for, travels_alike=streams == streamed_behind)
        if streams and streamed_behind:
            yield from _stream(exchange, last, given, got)
        elif streams:
            yield from _made_up(got)
    if exchange.upstream:
        yield from _headers(exchange.upstream.lost_headers)


def _streams(exchange: Exchange) -> bool:
    """Whether an answer is a stream: of events, or as Gemini's that were not asked for as events."""
    return is_streamed(exchange) or exchange.request.path.endswith(":streamGenerateContent")


def _broke(exchange: Exchange) -> str:
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


_AS_GIVEN = "as it was given"


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
        yield requirement, violation(f"{what} of the answer: changed", expected=given or "nothing", actual=got)


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


def crossed(exchanges: Sequence[Exchange], marks: Sequence[str]) -> Iterator[Finding]:
    """Requests that were under way at once: each got the answer that the upstream gave to it, with its mark in it."""
    for exchange, mark in zip(exchanges, marks, strict=True):
        surface = surface_asked(exchange.request)
        got = answer_parts(surface, exchange) if is_success(exchange) else None
        if got is None:
            yield undecided(f"{mark}: {no_answer_reason(exchange) or 'no answer'}")
            continue
        if exchange.upstream and not exchange.upstream.asked:
            yield undecided(f"{mark}: the answer is not the upstream's, which was not asked")
            continue
        others = [other for other in marks if other != mark and other in got.text]
        if others:
            yield violation("the answer of another request", expected=mark, actual=others[0])
        elif mark not in got.text:
            yield undecided(f"{mark}: the answer does not tell which request it is to")
    yield observation("requests at once", len(exchanges))
