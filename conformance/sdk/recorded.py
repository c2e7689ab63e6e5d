"""Recorded answers, as client libraries are given them: whatever a client sends, it gets what the recording says.

So it shows how a version reads what a gateway has really said, offline: what the target of the recordings has said, and
nothing about how it would answer the requests of this version.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Literal

from conformance.checks.event_stream import is_streamed, read
from conformance.checks.findings import Undecided
from conformance.errors import UsageError
from conformance.observer.recorded import RecordedAnswer
from conformance.observer.trouble import Answer
from conformance.recordings.manifest import read_manifest
from conformance.sdk.normal import canonical
from conformance.wire.cassette import Cassette, CassetteError
from conformance.wire.exchange import Exchange, NotJson, Request

Surface = Literal["chat", "responses", "gemini", "serving"]
_TAILS: Mapping[str, Surface] = {
    "/chat/completions": "chat",
    "/responses": "responses",
    ":generateContent": "gemini",
    ":streamGenerateContent": "gemini",
    "/invocations": "serving",
}
_NEEDED: Mapping[Surface, frozenset[str]] = {
    "chat": frozenset({"model", "messages"}),
    "responses": frozenset({"model"}),
    "gemini": frozenset({"contents"}),
    "serving": frozenset({"messages"}),
}
"""What a client asks its caller for: without these a request cannot be made through it."""
_TELLING = ("type", "role", "object", "status", "finish_reason", "finishReason", "thought", "error_code", "code")
"""Members whose values say what kind of an answer it is."""
_HOP = ("content-length", "transfer-encoding", "connection", "content-encoding")
"""Headers that are of the recorded connection, or of bytes that were unpacked since."""


@dataclass(frozen=True)
class Recorded:
    """A request that was recorded, as a case is told of it, and what came back."""

    request: RecordedAnswer
    answer: Answer


def provenance(directory: Path) -> dict[str, Any]:
    """Whose recordings they are, for results.json. Raises `UsageError`."""
    manifest = read_manifest(directory)
    if not answers(directory):
        raise UsageError(f"{directory} holds no answer that a client could be given: record it with more cases")
    return {
        "target": str(manifest["target"].get("name")),
        "recorded_from": manifest["recorded_from"],
        "recorded_at": str(manifest.get("recorded_at", "")),
        "chain": str(manifest.get("chain", "")),
    }


@cache
def answers(directory: Path) -> tuple[Recorded, ...]:
    """The answers to hand-written cases; where the shapes of two requests and of their answers are alike, the first.

    Raises `UsageError`.
    """
    kept: dict[str, Recorded] = {}
    for path in sorted(directory.glob("*/*.json")):
        case = path.relative_to(directory).with_suffix("").as_posix()
        for number, (one, alike) in enumerate(_of(path, case), 1):
            named = f"{case}-{number}" if number > 1 else case
            kept.setdefault(alike, Recorded(replace(one.request, id=named), one.answer))
    return tuple(kept.values())


def _of(path: Path, case: str) -> Iterator[tuple[Recorded, str]]:
    """What a cassette holds that a client can be given, each with what it is told apart by."""
    try:
        recordings = Cassette.load(path).recordings
        interactions = json.loads(path.read_bytes())["interactions"]
    except (CassetteError, OSError) as error:
        raise UsageError(f"{error}; record it anew, or give another directory") from None
    for recording, interaction in zip(recordings, interactions, strict=True):
        surface = next((name for tail, name in _TAILS.items() if recording.key.path.endswith(tail)), None)
        body = _request(interaction["request"]["body"])
        if surface is None or body is None or not body.keys() >= _NEEDED[surface]:
            continue
        if recording.response is None or not recording.is_answered:
            continue
        response = recording.response
        headers = {name: value for name, value in response.headers.items() if name not in _HOP}
        pieces = tuple(len(chunk.data) for chunk in response.chunks)
        answer = Answer(response.status, b"".join(chunk.data for chunk in response.chunks), headers, pieces)
        exchange = Exchange(Request("POST", f"http://gateway.invalid{recording.key.path}", {}), response)
        alike = canonical(
            [surface, recording.key.path.rpartition(":")[2], response.status, _shape(body), _answer_shape(exchange)]
        )
        yield Recorded(RecordedAnswer(case, surface, recording.key.path, body), answer), alike


def _request(body: Any) -> dict[str, Any] | None:
    try:
        value = body.get("skeleton") if isinstance(body, dict) else json.loads(body)
    except (ValueError, TypeError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _answer_shape(exchange: Exchange) -> Any:
    """The shape of an answer: which words, and how many deltas a stream has, tells no two apart."""
    response = exchange.response
    try:
        return _shape(read(exchange).bodies if is_streamed(exchange) else response and response.json())
    except (NotJson, Undecided):
        return repr(response and response.body[:40])


def _shape(value: Any, name: str = "") -> Any:
    if isinstance(value, dict):
        return {key: _shape(inner, key) for key, inner in sorted(value.items())}
    if isinstance(value, list):
        shapes = [_shape(inner) for inner in value]
        return [one for one, before in zip(shapes, [None, *shapes], strict=False) if one != before]
    return value if name in _TELLING else type(value).__name__
