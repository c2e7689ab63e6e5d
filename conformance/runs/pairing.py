"""Pairs what is sent to a proxy with what the proxy then asks of its upstream, which is watched.

By the order of a single request at a time: headers and ids are what a proxy changes. Requests that are to be under way at the
same time carry a mark in their prompt, and are told apart by it.
"""

import math
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING

from conformance.checks.request_parts import parts_of
from conformance.wire.exchange import Exchange, Request, UpstreamExchange, UpstreamSide
from conformance.wire.redact import is_mere_word
from conformance.wire.sender import DeadlineSender
from conformance.wire.upstream import MARK, WATCHED_HEADERS

if TYPE_CHECKING:  # a web server, which is needed by those alone who serve one
    from conformance.reference.tap import Tapped
    from conformance.reference.upstream import Upstream

_FOR_CREDENTIALS = frozenset({"authorization", "x-api-key", "api-key", "x-goog-api-key"})
"""Headers in which an upstream is shown a credential."""
_ENDS = ("/chat/completions", "/responses", ":generateContent", ":streamGenerateContent", "/invocations")
"""Of the paths on which a model is asked."""


class PairingSender:
    """Sends, and puts what the upstream was asked meanwhile beside the exchange.

    `on_secret` is told of each credential of the proxy's own that the upstream is shown: nobody may read it.
    """

    def __init__(
        self, inner: DeadlineSender, upstream: "Upstream", on_secret: Callable[[str], object] = lambda _: None
    ) -> None:
        self._inner, self._upstream, self._on_secret = inner, upstream, on_secret
        self._turn, self._taking = threading.Condition(), threading.Lock()
        self._alone, self._marked = False, 0
        self._arrived = list["Tapped"]()
        self._asked = set[bytes]()

    def send(self, request: Request, within_s: float = math.inf) -> Exchange:
        """Sends a request; one without a mark waits until it is the only one under way."""
        found = MARK.search(request.body)
        mark = found[0] if found else b""
        with self._in_turn(mark):
            began = time.perf_counter()
            exchange = self._inner.send(request, within_s)
            arrived = self._taken(mark)
        if exchange.status is None and exchange.failure.startswith("not sent"):
            return exchange
        questions = [one for one in arrived if is_question(one.exchange.request)]
        asked = _fitting(request, [one for one in questions if one.began >= began])
        late = len(questions) - len(asked)
        for one in arrived:
            for secret in _secrets(one.exchange.request.headers) - _secrets(request.headers):
                self._on_secret(secret)
        others = tuple(one.exchange.request.path for one in arrived if not is_question(one.exchange.request))
        side = _side(request, exchange, asked, began)
        repeats = self._repeats(request, reached=bool(asked))
        return replace(exchange, upstream=replace(side, late=late, others=others, repeats=repeats))

    def _repeats(self, request: Request, *, reached: bool) -> bool:
        """Whether the same was sent before, and reached the upstream: what never did, no cache can know the answer to."""
        digest = sha256(request.url.encode() + b"\n" + request.body).digest()
        with self._turn:
            known = digest in self._asked
            if reached:
                self._asked.add(digest)
        return known

    @contextmanager
    def _in_turn(self, mark: bytes) -> Iterator[None]:
        with self._turn:
            self._turn.wait_for(lambda: not self._alone and (bool(mark) or not self._marked))
            self._alone, self._marked = not mark, self._marked + bool(mark)
        try:
            yield
        finally:
            with self._turn:
                self._alone, self._marked = False, self._marked - bool(mark)
                self._turn.notify_all()

    def _taken(self, mark: bytes) -> list["Tapped"]:
        """What has arrived for one request: all there is, or what holds its mark; the rest is others'."""
        with self._taking:  # what one request takes of another's has to lie where that finds it
            everything = [*self._arrived, *self._upstream.take()]
            mine = [one for one in everything if mark in one.exchange.request.body]
            self._arrived = [one for one in everything if one not in mine] if mark else []
        return mine


def _fitting(request: Request, asked: list["Tapped"]) -> list["Tapped"]:
    """Of several questions those that have a message of the request: a proxy may ask some of its own, to see that all is well.

    All of them if none has: then the proxy has changed what it was sent.
    """
    sent = parts_of(request) if len(asked) > 1 else None
    if sent is None or not sent.texts:
        return asked
    texts = set(sent.texts)
    found = [(one, parts_of(one.exchange.request)) for one in asked]
    return [one for one, parts in found if parts and not texts.isdisjoint(parts.texts)] or asked


def is_question(request: Request) -> bool:
    """Whether a request asks a model for an answer: a proxy may ask its upstream for other things too."""
    return request.method == "POST" and request.path.endswith(_ENDS)


def _side(request: Request, exchange: Exchange, asked: Sequence["Tapped"], began: float) -> UpstreamSide:
    secrets = _secrets(request.headers)
    shown = [value for one in asked for value in _shown(one.exchange.request.headers)]
    theirs = {secret for value in shown for secret in _parts(value)} - secrets
    passes = any(secret in value for secret in secrets for value in shown) if shown else None
    leaks = [*_leaks_to_upstream(secrets, asked), *_leaks_to_caller(theirs, exchange)]
    return UpstreamSide(
        asked=tuple(UpstreamExchange(one.exchange, round(one.began - began, 4)) for one in asked),
        leaks=tuple(dict.fromkeys(leaks)),
        passes_credential_on=passes,
        lost_headers=tuple(_lost(exchange, asked[-1].exchange) if asked else ()),
    )


def _secrets(headers: Mapping[str, str]) -> set[str]:
    return {secret for value in _shown(headers) for secret in _parts(value)}


def _shown(headers: Mapping[str, str]) -> list[str]:
    """The credentials that a request shows."""
    return [value for name, value in headers.items() if name in _FOR_CREDENTIALS and value]


def _parts(value: str) -> set[str]:
    """What of a credential must not stand elsewhere: itself, without the scheme before it."""
    secret = value.rpartition(" ")[2]
    return set() if is_mere_word(secret) else {secret}


def _leaks_to_upstream(secrets: set[str], asked: Sequence["Tapped"]) -> Iterator[str]:
    for secret in secrets:
        for request in (one.exchange.request for one in asked):
            for name, value in request.headers.items():
                if name not in _FOR_CREDENTIALS and secret in value:
                    yield f"the caller's credential in the header {name} of the upstream's request"
            if secret in request.url:
                yield "the caller's credential in the URL of the upstream's request"
            if secret.encode() in request.body:
                yield "the caller's credential in the body of the upstream's request"


def _leaks_to_caller(secrets: set[str], exchange: Exchange) -> Iterator[str]:
    if not exchange.response:
        return
    for secret in secrets:
        for name, value in exchange.response.headers.items():
            if secret in value:
                yield f"the proxy's credential in the header {name} of the caller's answer"
        if secret.encode() in exchange.response.body:
            yield "the proxy's credential in the body of the caller's answer"


def _lost(front: Exchange, behind: Exchange) -> Iterator[str]:
    if not (front.response and behind.response):
        return
    for name in WATCHED_HEADERS:
        value = behind.response.headers.get(name)
        if value is not None and front.response.headers.get(name) != value:
            yield f"{name}: {value}"
