"""What two observations are compared by: values that differ by chance or by version number are named, not kept."""

import json
import re
from collections.abc import Mapping
from hashlib import sha256
from math import isfinite
from typing import Any
from urllib.parse import unquote

from conformance.checks.event_stream import is_streamed, read
from conformance.checks.findings import Undecided
from conformance.reference.tap import TOKEN
from conformance.wire.exchange import Exchange, NotJson, parse_json
from conformance.wire.redact import credential_kind

KEPT_HEADERS = (
    "accept",
    "accept-encoding",
    "content-type",
    "transfer-encoding",
    "x-goog-user-project",
    "x-stainless-read-timeout",
)
"""Request headers whose values a gateway may act on. Of the others the names are kept."""
_NO_MATTER = frozenset({"host", "content-length", "connection", "date"})
PLACEHOLDER = "databricks"
"""What the pages give google-genai for a key: no credential, and kept."""
_BY_CHANCE = frozenset({
    "created", "created_at", "createTime", "create_time", "completed_at", "system_fingerprint", "response_id", "responseId",
    "request_id",
})  # fmt: skip
"""Members that hold a time or an id whatever they look like."""
_BY_CHANCE_IN_HEADERS = frozenset({"date", "content-length", "server"})
_CREDENTIALS = frozenset({
    "authorization", "proxy-authorization", "cookie", "set-cookie", "api-key", "x-api-key", "x-goog-api-key", "apikey",
    "access-token", "refresh-token", "client-secret", "password",
})  # fmt: skip
"""What holds one, in lower case and with hyphens. `key` and `token` do so in a query alone: of a body they are common words."""
_A_CREDENTIAL = re.compile(
    r"(?i:\bbearer\s+)[\w.~+/-]{16,}=*|\b(?:sk-[\w-]{20,}|dapi[0-9a-f]{32}|AIza[\w-]{35}|eyJ[\w-]{8,}\.[\w-]+\.[\w-]+)"
)
_AN_ID = re.compile(
    r"\b(?:chatcmpl|resp|msg|rs|fc|call|toolu|ctc|ws|ci|item|req|ig|mcp)[_-](?:bdrk_)?(?=[A-Za-z]*\d)[A-Za-z0-9]{8,}\b"
    r"|\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b|\b(?:[a-z]{2,8}[_-])?[0-9a-f]{24,64}\b"
)
"""A word such as `item_reference` or `call_the_weather` is none: a digit is asked for, and one run of characters."""
_A_SIZE = re.compile(r"(?<=request holds )\d+(?= bytes)")
"""How large a request was, as the reference gateway says it: versions space their JSON differently."""
_A_PLACE = re.compile(r"\b(?:127\.0\.0\.1|localhost)(?:(?::|', port=|', )\d+)?|\b0x[0-9a-f]{6,}")
"""Where the gateway listens, and where an object lies in memory."""
_A_TIME = re.compile(
    r"""((?:(["'])(?:created|completed)(?:_at)?\2: ?|\b(?:created|completed)(?:_at)?=))\d{10}(?:\.\d+)?\b"""
)
"""When an answer was made, in a body that is quoted as it came."""
_OF_A_PRODUCT = re.compile(r"(?<=[a-z]/)\d+(?:\.\d+)+\w*")
"""The version in `name/1.2.3`: texts of exceptions may quote the headers of a request."""
_MEANS_MORE = re.compile(r"(%(?:2[356BbFf]|3[BbDdFf]|5[Cc]))")
"""Escapes of # % & + / ; = ? and the backslash: undone, they would end a segment or a value."""
_VERSION = re.compile(r"\b\d+(?:\.\d+)+(?:[a-z]+\d*)?\b")
_LONGEST = 500
"""Characters of a text that are kept."""


def wire(exchange: Exchange) -> dict[str, Any]:
    """What went over the wire in one request, and the status that came back."""
    request = exchange.request
    return {
        "method": request.method.upper(),
        "path": _spelled(request.path),
        "query": "&".join(map(_parameter, request.query.split("&"))),
        "headers": headers(request.headers),
        "body": body(request.body),
        "status": exchange.status,
        "answer": answer(exchange),
    }


def answer(exchange: Exchange) -> str | None:
    """A hash of what came back: where it differs, the gateway has said something else, and no client is to blame."""
    if exchange.response is None:
        return None
    try:
        said = read(exchange).bodies if is_streamed(exchange) else parse_json(exchange.response.body)
    except (NotJson, Undecided):
        said = exchange.response.headers.get("content-type")  # what breaks off does so within an id, or a time
    return sha256(canonical(normalised(said)).encode()).hexdigest()[:12]


def _spelled(part: str) -> str:
    """A part of a URL in one spelling, without ids: escapes are undone where that changes nothing of what it means."""
    pieces = enumerate(_MEANS_MORE.split(part))
    whole = "".join(
        piece.upper() if number % 2 else unquote(piece, errors="backslashreplace") for number, piece in pieces
    )
    return _without_chance(whole)


def _parameter(given: str) -> str:
    name, equals, value = given.partition("=")
    return (
        f"{name}=<credential>"
        if value and (_is_credential(name) or name in ("key", "token"))
        else _spelled(name) + equals + _spelled(value)
    )


def _is_credential(name: str) -> bool:
    return name.lower().replace("_", "-") in _CREDENTIALS


def headers(sent: Mapping[str, str]) -> dict[str, Any]:
    """The headers that matter: a credential by its kind, the client without its version, of others the names."""
    kept: dict[str, Any] = {name: sent[name] for name in KEPT_HEADERS if name in sent}
    if "boundary=" in kept.get("content-type", ""):
        kept["content-type"] = kept["content-type"].partition("boundary=")[0] + "boundary=…"
    # Each by itself: a client may send the header twice, and which of two counts is up to the gateway.
    credentials = sent.get("authorization", "").split(", ")
    kept["authorization"] = ", ".join(credential_kind({"authorization": one}, TOKEN) for one in credentials)
    if key := sent.get("x-goog-api-key"):
        kept["x-goog-api-key"] = key if key == PLACEHOLDER else "<token>" if key == TOKEN else "<credential>"
    kept["user-agent"] = _VERSION.sub("N", sent.get("user-agent", "")).partition(" os/")[0]
    kept["others"] = sorted(set(sent) - set(kept) - _NO_MATTER - {"authorization"})
    return kept


def body(data: bytes) -> Any:
    """A request's body: its JSON without what changes by chance, long texts by their hash; else text, or bytes counted."""
    if not data:
        return None
    try:
        parsed = parse_json(data)
    except NotJson:
        try:
            return text(data.decode())
        except UnicodeDecodeError:
            return blob(data)
    return normalised(parsed)


def blob(data: bytes) -> str:
    """Bytes by their number and hash. The boundary of a form, which is another one each time, does not count."""
    return f"<{len(data)} bytes, {sha256(_AN_ID.sub('', data.decode('latin-1')).encode()).hexdigest()[:12]}>"


def normalised(value: Any, name: str = "") -> Any:
    """A JSON value without what is another one each time, ids and times, and without credentials. Long texts are cut."""
    if isinstance(value, dict):
        of_chance = _BY_CHANCE_IN_HEADERS if name == "headers" else _BY_CHANCE
        return {str(key): _member(inner, str(key), of_chance) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [normalised(inner) for inner in value]
    if isinstance(value, str):
        return text(value)
    if isinstance(value, float) and not isfinite(value):
        return str(value)  # JSON has no such number
    if value is None or isinstance(value, bool | int | float):
        return value
    return f"<{type(value).__name__}>"


def _member(value: Any, name: str, of_chance: frozenset[str]) -> Any:
    if value and isinstance(value, str) and _is_credential(name) and value != PLACEHOLDER:
        return "<credential>"
    is_of_chance = name in of_chance or name.lower() in of_chance
    if is_of_chance and isinstance(value, str | int | float) and not isinstance(value, bool):
        return f"<{name}>"
    return normalised(value, name)


def text(value: str, longest: int = _LONGEST) -> str:
    """A text without ids, places and credentials. A long one, such as a picture, is told by beginning, length and hash."""
    kept = _without_chance(value)
    if len(kept) <= longest:
        return kept
    return f"{kept[:80]}… {len(kept)} characters, {sha256(kept.encode()).hexdigest()[:12]}"


def exception_text(value: str) -> str:
    """The text of an exception: as any text, and without the versions of products, as it may quote headers.

    More of it is kept than of others: what differs in it is to be seen.
    """
    return text(_OF_A_PRODUCT.sub("N", value), longest=4 * _LONGEST)


def _without_chance(value: str) -> str:
    if not value.isascii():
        # Half a character, as a stream may end an event with.
        value = value.encode("utf-8", "backslashreplace").decode()
    for pattern, instead in (
        (_A_CREDENTIAL, "<credential>"),
        (_AN_ID, "<id>"),
        (_A_SIZE, "<size>"),
        (_A_PLACE, "<place>"),
        (_A_TIME, r"\1<time>"),
    ):
        value = pattern.sub(instead, value)
    return value.replace(TOKEN, "<token>")


def canonical(value: Any) -> str:
    """One spelling of a JSON value, to compare by."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False)
