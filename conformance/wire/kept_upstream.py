"""The other side of a proxy as a tape keeps it: whole, and what it has in common with the side in front by reference.

A request upstream mostly holds what came in front, megabytes of media too, and an answer what comes back. Of both the tape
keeps only what is new: whoever replays has the request in front, which the case makes again, and the answer to it. So what
is judged anew is, to the byte, what was judged.
"""

import re
from collections.abc import Mapping
from typing import Any

from conformance.wire.cassette import CassetteError, chunks_of, failure_parts, to_bytes
from conformance.wire.exchange import Exchange, Request, Response, UpstreamExchange, UpstreamSide
from conformance.wire.redact import Redactor

_SHORTEST = 400
"""Bytes of a piece that is looked for on the other side: to name shorter ones would take as much as they do."""
_LARGEST = 64 * 1024 * 1024
"""Bytes of a body that is put together: a tape may come from anybody."""
_PIECE = re.compile(rb'[^",\\]{%d,}' % _SHORTEST)
"""A long text without what ends or escapes one in JSON, or what stands before inline media in a URL."""


def kept(exchange: Exchange, redactor: Redactor) -> dict[str, Any]:
    """What the tape says of the other side of an exchange; nothing if nobody has watched it."""
    if exchange.upstream is None:
        return {}
    side = redactor.upstream(exchange.upstream)
    answer = redactor.response(exchange.response).body if exchange.response else b""
    return {
        "upstream": {
            "asked": [_kept(one, exchange.request.body, answer, redactor) for one in side.asked],
            "others": list(side.others),
            "late": side.late,
            "repeats": side.repeats,
            "leaks": list(side.leaks),
            "passes_credential_on": side.passes_credential_on,
            "lost_headers": list(side.lost_headers),
        }
    }


def _kept(one: UpstreamExchange, sent: bytes, answer: bytes, redactor: Redactor) -> dict[str, Any]:
    request, response = one.exchange.request, one.exchange.response or Response(0, {})
    return {
        "to": [request.method, request.url],
        "as": dict(request.headers),
        "sent": parts(redactor.redact_bytes(request.body), sent),
        "status": response.status,
        "headers": dict(response.headers),
        "body": parts(response.body, answer),
        "chunks": [[len(chunk.data), round(chunk.at, 4)] for chunk in response.chunks],
        "after_s": one.after_s,
        **failure_parts(one.exchange, redactor),
    }


def restored(told: Mapping[str, Any], request: Request, response: Response | None) -> UpstreamSide:
    """The other side of the exchange of this request and its answer. Raises `CassetteError`."""
    try:
        answer = response.body if response else b""
        return UpstreamSide(
            asked=tuple(_restored(one, request.body, answer) for one in told["asked"]),
            others=tuple(map(str, told["others"])),
            late=int(told["late"]),
            repeats=bool(told["repeats"]),
            leaks=tuple(map(str, told["leaks"])),
            passes_credential_on=None if told["passes_credential_on"] is None else bool(told["passes_credential_on"]),
            lost_headers=tuple(map(str, told["lost_headers"])),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise CassetteError(f"the other side of it is corrupt ({type(error).__name__}: {error})") from None


def _restored(one: Mapping[str, Any], sent: bytes, answer: bytes) -> UpstreamExchange:
    method, url = map(str, one["to"])
    headers = {str(name): str(value) for name, value in one["as"].items()}
    request = Request(method, url, headers, joined(one["sent"], sent))
    response = None
    if one["status"]:
        chunks = tuple(chunks_of(joined(one["body"], answer), one["chunks"]))
        response = Response(
            int(one["status"]), {str(name): str(value) for name, value in one["headers"].items()}, chunks
        )
    ended = str(one.get("failure", "")), bool(one.get("dropped")), bool(one.get("hopeless"))
    return UpstreamExchange(Exchange(request, response, *ended), float(one["after_s"]))


def parts(body: bytes, other: bytes) -> list[Any]:
    """A body as texts, and places in the other one that hold the same: `[start, length]`."""
    if body and body == other:
        return [[0, len(body)]]
    made, done = list[Any](), 0
    known = {found[0]: found.start() for found in _PIECE.finditer(other)} if len(other) >= _SHORTEST else {}
    for found in _PIECE.finditer(body) if known else ():
        start = known.get(found[0])
        if start is not None:
            made += [*_text(body[done : found.start()]), [start, len(found[0])]]
            done = found.end()
    return [*made, *_text(body[done:])]


def _text(data: bytes) -> list[str | bytes]:
    """Some bytes of a body as JSON keeps them, if there are any."""
    try:
        return [data.decode("utf-8")] if data else []
    except UnicodeDecodeError:
        return [data]


def joined(told: list[Any], other: bytes) -> bytes:
    """The inverse of `parts`. Raises `ValueError`, `TypeError`, `KeyError`."""
    made, size = list[bytes](), 0
    for one in told:
        if isinstance(one, list):
            start, length = map(int, one)
            data = other[start : start + length] if start >= 0 else b""
            if len(data) != length:
                raise ValueError(f"there are no {length} bytes at {start} of the side in front")
        else:
            data = to_bytes(one)
        made.append(data)
        size += len(data)
        if size > _LARGEST:
            raise ValueError("it is too large")
    return b"".join(made)
