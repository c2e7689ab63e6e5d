"""Exchanges as the page shows them: what went over the wire, cut to a length, and the command that sends it again."""

from collections.abc import Set
from dataclasses import dataclass

from conformance.report.bodies import pretty_printed
from conformance.report.results import ExchangeRecord, RequestRecord, ResponseRecord
from conformance.report.views.listed import ListedCase
from conformance.report.wording import counted, cut

OPEN, FOLDED = 4000, 1500
"""Characters of a body where a failure is explained, and where an exchange stands for completeness."""


@dataclass(frozen=True)
class Message:
    """A request or a response."""

    title: str
    size: str
    headers: str
    """A line each."""
    body: str


@dataclass(frozen=True)
class ShownExchange:
    """A request and its response, or why there is none."""

    asked: str
    """Method and path."""
    status: str
    request: Message
    response: Message | None
    failure: str
    curl: str
    judged: bool
    """Whether the gravest finding is about it: then its curl stands open."""


def shown_exchanges(case: ListedCase, length: int, judged: Set[str] = frozenset()) -> tuple[ShownExchange, ...]:
    """The exchanges of a case, their bodies cut to a length."""
    return tuple(_shown(exchange, length, judged=exchange.id in judged) for exchange in case.exchanges)


def _shown(exchange: ExchangeRecord, length: int, *, judged: bool) -> ShownExchange:
    request, response = exchange.request, exchange.response
    return ShownExchange(
        asked=f"{cut(request.method, 20)} {cut(request.path, 160)}",
        status=exchange.status,
        request=_message("Request", counted(request.bytes, "byte"), request, length),
        response=_response(response, length) if response else None,
        failure="" if response else cut(exchange.failure, length),
        curl=exchange.curl,
        judged=judged,
    )


def _response(response: ResponseRecord, length: int) -> Message:
    size = f"{counted(response.bytes, 'byte')} in {counted(response.chunks, 'chunk')}"
    return _message(f"Response {response.status}", size, response, length)


def _message(title: str, size: str, message: RequestRecord | ResponseRecord, length: int) -> Message:
    headers = "".join(f"{name}: {cut(value, 300)}\n" for name, value in message.headers.items())
    return Message(title, size, headers, pretty_printed(cut(message.body, length)))
