"""Secrets: whether there is anything in recordings that no recording may hold."""

import base64
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from conformance.recordings.problem import Problem
from conformance.requirements import own
from conformance.wire.redact import KEPT_REQUEST_HEADERS, KEPT_RESPONSE_HEADERS, REDACTED_HOST, Redactor

# Bodies may be large, and be made to be slow to search: no pattern looks at a character more than a few times. So a web token
# is looked for from where a word begins, once all of its parts are seen to be there, and a host by how it ends.
_LOOKS_LIKE = {
    "a Databricks token": r"\bdapi[0-9a-f]{32}\b",
    "a JSON web token": r"(?<![\w-])(?=[\w-]++\.eyJ[\w-]{10,}+\.[\w-]{10})[\w-]*?\beyJ[\w-]{10}",
    "an API key": r"(?<![\w-])sk-[A-Za-z0-9_-]{32}|\bAIza[\w-]{35}\b|\bAKIA[0-9A-Z]{16}\b|\bgh[pousr]_\w{36}\b",
    "a private key": r"-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----",
    "the host of a workspace": r"(?<=[^\W_])\.(?:cloud\.databricks\.com|gcp\.databricks\.com|azuredatabricks\.net)\b",
}
_PATTERN = re.compile("|".join(f"({pattern})" for pattern in _LOOKS_LIKE.values()), re.IGNORECASE)
_KINDS = tuple(_LOOKS_LIKE)
_KEPT_HEADERS = KEPT_REQUEST_HEADERS | KEPT_RESPONSE_HEADERS | {"authorization"}


def secrets(path: Path, name: str, redactor: Redactor) -> Iterator[Problem]:
    """What looks like a secret in one file of recordings; `redactor` knows the token that is in use."""
    text = path.read_bytes().decode("utf-8", errors="replace")
    lines = text.split("\n") if path.suffix == ".jsonl" else [text]
    kept = own.may_be_kept if own.is_own(name) else _is_kept
    found = dict.fromkeys(what for line in lines if line for what in _in(_parsed(line), redactor, kept))
    yield from (Problem("secret", name, what) for what in found)


def _is_kept(header: str) -> bool:
    return header.lower() in _KEPT_HEADERS


def _parsed(text: str) -> Any:
    """The JSON in a text, or what is no JSON as it is: it may hold a secret all the same."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _in(value: Any, redactor: Redactor, kept: Callable[[str], bool]) -> Iterator[str]:
    """What looks like a secret anywhere in a JSON value, however deep."""
    waiting: list[tuple[str, Any]] = [("", value)]
    while waiting:
        key, one = waiting.pop()
        if isinstance(one, dict):
            if set(one) == {"base64"}:
                yield from _in_text(_decoded(one["base64"]), redactor)
            if key == "headers":
                yield from _in_headers(one, kept)
            waiting += reversed(one.items())
        elif isinstance(one, list):
            waiting += (("", member) for member in reversed(one))
        elif isinstance(one, str):
            if key == "uri" and not re.match(rf"https?://{re.escape(REDACTED_HOST)}(?:[/:?]|$)", one):
                yield "the host that was recorded"
            yield from _in_text(one, redactor)


def _decoded(data: Any) -> str:
    """The text that base64 stands for; empty if it is none, which is looked at as it is."""
    try:
        return base64.b64decode(data).decode("utf-8", errors="replace")
    except (TypeError, ValueError):
        return ""


def _in_headers(headers: dict[str, Any], kept: Callable[[str], bool]) -> Iterator[str]:
    for name, values in headers.items():
        if not (_is_kept(name) or kept(name)):
            yield f"the header {name}, which is not kept"
        told = values if isinstance(values, list) else [values]
        if name.lower() == "authorization" and not all(re.fullmatch(r"\[[a-z+-]+\]", str(one)) for one in told):
            yield "a credential"


def _in_text(text: str, redactor: Redactor) -> Iterator[str]:
    for match in _PATTERN.finditer(text):
        yield f"what looks like {_KINDS[match.lastindex - 1 if match.lastindex else 0]}"
    data = text.encode("utf-8", errors="replace")
    if redactor.redact_bytes(data) != data:
        yield "the token in use"
