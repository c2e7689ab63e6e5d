"""An exchange as people read it: cut, redacted, and a curl command that sends it again."""

import base64
import json
import shlex
from collections.abc import Mapping
from typing import Any

from msgspec import UNSET

from conformance.report.body_files import SHORTEST, argument, argument_of_none
from conformance.report.results import ExchangeRecord, RequestRecord, ResponseRecord, UpstreamRecord
from conformance.wire.exchange import Exchange, UpstreamExchange
from conformance.wire.redact import KEPT_REQUEST_HEADERS, Redactor, credential_kind
from conformance.wire.skeleton import skeleton

LONGEST_BODY = 6000
"""Characters of a response body that are kept."""

_CREDENTIALS = {
    "bearer": '-H "Authorization: Bearer $TOKEN"',
    "basic": '-u "token:$TOKEN"',
    "basic-wrong-user": '-u "somebody:$TOKEN"',
    "bearer-wrong": '-H "Authorization: Bearer not-a-valid-token"',
    "basic-wrong": "-u token:not-a-valid-token",
}


def record(
    identifier: str, case: str, exchange: Exchange, redactor: Redactor, *, has_file: bool = False
) -> ExchangeRecord:
    """One line of exchanges.jsonl: what a reader needs of the exchange, without secrets, cut to a readable size.

    `has_file`: the body of its request is kept in a file, too.
    """
    return ExchangeRecord(
        id=identifier,
        case=case,
        request=_request(exchange, redactor),
        response=_response(exchange, redactor),
        failure=redactor.text(exchange.failure),
        curl=redactor.text(curl(exchange, case, argument(identifier) if has_file else "")),
        upstream=tuple(_upstream(one, redactor) for one in exchange.upstream.asked) if exchange.upstream else UNSET,
    )


def _request(exchange: Exchange, redactor: Redactor) -> RequestRecord:
    request = exchange.request
    return RequestRecord(
        method=request.method,
        path=redactor.text(_path(exchange)),
        headers=redactor.request_headers(request.headers),
        body=redactor.text(_pretty(skeleton(request.body, hashed=True))) if request.body else "",
        bytes=len(request.body),
    )


def _response(exchange: Exchange, redactor: Redactor) -> ResponseRecord | None:
    response = exchange.response
    if response is None:
        return None
    return ResponseRecord(
        status=response.status,
        headers=redactor.response_headers(response.headers),
        body=redactor.text(_response_text(response.body)),
        bytes=len(response.body),
        chunks=len(response.chunks),
    )


def _upstream(one: UpstreamExchange, redactor: Redactor) -> UpstreamRecord:
    return UpstreamRecord(
        request=_request(one.exchange, redactor),
        response=_response(one.exchange, redactor),
        failure=redactor.text(one.exchange.failure),
        after_s=round(one.after_s, 4),
    )


def curl(exchange: Exchange, case: str, file: str = "") -> str:
    """A shell command that sends the request again: needs GATEWAY (scheme and host) and TOKEN in the environment.

    `file` is the argument for a body that is kept in a file.
    """
    request = exchange.request
    words = ["curl -sS", *_credential_words(request.headers)]
    if request.method != "POST":
        words.append(f"-X {request.method}")
    if content_type := request.headers.get("content-type"):
        words.append(f"-H {shlex.quote(f'Content-Type: {content_type}')}")
    custom = set(request.headers) - KEPT_REQUEST_HEADERS - {"authorization", "accept-encoding", "x-goog-api-key"}
    words += [f'-H "{name}: …"' for name in sorted(custom)]
    words.append(f'"$GATEWAY{_path(exchange)}"')
    before = ""
    if len(request.body) > SHORTEST:
        words.append(file or argument_of_none(len(request.body), case))
    elif not _is_plain(request.body):
        before = f"echo {base64.b64encode(request.body).decode()} | base64 -d | "
        words.append("--data-binary @-")
    elif request.body or request.method == "POST":
        words.append(f"--data-binary {shlex.quote(request.body.decode())}")
    return before + " ".join(words)


def _is_plain(body: bytes) -> bool:
    """Whether a shell and a terminal can hold the body as it is: text of one line, and nothing that they obey."""
    try:
        return body.decode().isprintable()
    except UnicodeDecodeError:
        return False


def _credential_words(headers: Mapping[str, str]) -> list[str]:
    kind, _, key = credential_kind(headers).partition("+")
    return [
        *([_CREDENTIALS[kind]] if kind in _CREDENTIALS else []),
        *(["-H 'x-goog-api-key: databricks'"] if key else []),
    ]


def _path(exchange: Exchange) -> str:
    query = exchange.request.query
    return exchange.request.path + (f"?{query}" if query else "")


def _pretty(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _response_text(body: bytes) -> str:
    text = body[: 4 * LONGEST_BODY].decode("utf-8", errors="replace")
    return text if len(text) <= LONGEST_BODY else f"{text[:LONGEST_BODY]}… ({len(body)} bytes)"
