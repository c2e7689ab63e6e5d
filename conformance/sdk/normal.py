"""What two observations are compared by: values that differ by chance or by version number are named, not kept."""

import json
import re
from collections.abc import Mapping
from hashlib import sha256
from typing import Any
from urllib.parse import unquote

from conformance.sdk.tap import TOKEN
from conformance.wire.exchange import Exchange, NotJson, parse_json
from conformance.wire.redact import credential_kind

KEPT_HEADERS = (
    "accept",
    "accept-encoding",
    "content-type",
    "transfer-encoding",
    "x-goog-api-key",
    "x-goog-user-project",
)
"""Request headers whose values a gateway may act on. Of the others the names are kept."""
_NO_MATTER = frozenset({"host", "content-length", "connection", "date"})
_BY_CHANCE = frozenset({
    "created", "created_at", "createTime", "create_time", "completed_at", "system_fingerprint", "signature", "sequence_number",
    "thoughtSignature", "thought_signature", "encrypted_content", "response_id", "responseId",
    "date", "content-length", "server",
})  # fmt: skip
_AN_ID = re.compile(
    r"\b(?:chatcmpl|resp|msg|rs|fc|call|ctc|ws|ci|item|req|ig|mcp)[_-][A-Za-z0-9_-]{6,}"
    r"|\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b|\b(?:[a-z]{2,8}[_-])?[0-9a-f]{24,64}\b"
)
_A_SIZE = re.compile(r"\b\d{4,} bytes\b")
"""How large a request was: versions space their JSON differently."""
_A_PLACE = re.compile(r"\b(?:127\.0\.0\.1|localhost)(?:(?::|', port=)\d+)?|\b0x[0-9a-f]{6,}")
"""Where the gateway listens, and where an object lies in memory."""
_OF_A_PRODUCT = re.compile(r"(?<=[a-z]/)\d+(?:\.\d+)+\w*")
"""The version in `name/1.2.3`: texts of exceptions may quote the headers of a request."""
_VERSION = re.compile(r"\b\d+(?:\.\d+)+(?:[a-z]+\d*)?\b")
_LONGEST = 500
"""Characters of a text that are kept."""


def wire(exchange: Exchange) -> dict[str, Any]:
    """What went over the wire in one request, and the status that came back."""
    request = exchange.request
    return {
        "method": request.method.upper(),
        "path": unquote(request.path),
        "query": unquote(request.query),
        "headers": headers(request.headers),
        "body": body(request.body),
        "status": exchange.status,
    }


def headers(sent: Mapping[str, str]) -> dict[str, Any]:
    """The headers that matter: a credential by its kind, the client without its version, of others the names."""
    kept: dict[str, Any] = {name: sent[name] for name in KEPT_HEADERS if name in sent}
    if "boundary=" in kept.get("content-type", ""):
        kept["content-type"] = kept["content-type"].partition("boundary=")[0] + "boundary=…"
    kept["authorization"] = credential_kind(
        {name: value for name, value in sent.items() if name == "authorization"}, TOKEN
    )
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
            return f"<{len(data)} bytes>"
    return steady(parsed)


def steady(value: Any, name: str = "") -> Any:
    """A JSON value without what is another one each time: ids, times, signatures. Long texts are cut."""
    if name in _BY_CHANCE and value is not None:
        return f"<{name}>"
    if isinstance(value, dict):
        return {str(key): steady(inner, str(key)) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [steady(inner) for inner in value]
    if isinstance(value, str):
        return text(value)
    if value is None or isinstance(value, bool | int | float):
        return value
    return f"<{type(value).__name__}>"


def text(value: str) -> str:
    """A text without ids, sizes, places and versions. A long one, such as a picture, is told by beginning, length and hash."""
    kept = _A_SIZE.sub("<size> bytes", _AN_ID.sub("<id>", value))
    kept = _OF_A_PRODUCT.sub("N", _A_PLACE.sub("<place>", kept))
    if len(kept) <= _LONGEST:
        return kept
    return f"{kept[:80]}… {len(kept)} characters, {sha256(kept.encode()).hexdigest()[:12]}"


def canonical(value: Any) -> str:
    """One spelling of a JSON value, to compare by."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False)
