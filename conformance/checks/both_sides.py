"""Both sides of a proxy: what it made of a request, and what of the answer. Held against what went in on the other side.

Surfaces may differ: a proxy that takes Gemini and asks its upstream on chat is held to what the two have in common. Whatever
a proxy may do without anybody losing by it is an observation: nulls left out, members in another order, a text as a list.
"""

from collections.abc import Iterator, Mapping, Sequence

from conformance.checks.answer_parts import answer_parts
from conformance.checks.answers import error_text, is_success, no_answer_reason
from conformance.checks.both_sides_answer import answer_findings, broke_off_reason
from conformance.checks.both_sides_request import request_findings
from conformance.checks.findings import Finding, observation, undecided, violation
from conformance.checks.request_parts import documented, model_in, parts_of, surface_asked
from conformance.wire.exchange import RETRYABLE_STATUSES, Exchange, UpstreamSide

Found = Iterator[tuple[str, Finding]]
"""Findings, each with the requirement that it is about."""


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
    yield from request_findings(exchange, last.exchange)
    yield from answer_findings(exchange, last, surface)


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
    answered = [one for one in earlier if _has_answered(one)]
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


def _has_answered(exchange: Exchange) -> bool:
    """Whether there is no reason to ask again: an answer, or a refusal that another attempt would only meet again."""
    if is_success(exchange):
        return not broke_off_reason(exchange)
    return 400 <= (exchange.status or 0) < 500 and exchange.status not in {401, *RETRYABLE_STATUSES}


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
