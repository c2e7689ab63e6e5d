"""Cassettes: the recorded exchanges of one case, in vcrpy's format, one JSON file a case.

What differs from vcrpy's own JSON serializer, and how vcrpy reads it all the same (`VCR_SERIALIZER`, `canonical_request`):
bytes that are no UTF-8 stand in base64; a request body over 4 KB stands as its hash, length and a readable skeleton; a
response keeps the sizes and arrival times of its chunks, and why it is not whole or not there at all (its status is 0 then).
The metadata say how the recording was made, and hold a hash of it all: what was changed by hand can be told.
"""

import base64
import json
import os
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from errno import EISDIR
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from conformance.wire.exchange import RETRYABLE_STATUSES, Chunk, Exchange, Request, Response, UpstreamSide
from conformance.wire.redact import REDACTED_HOST, Redactor, credential_kind
from conformance.wire.skeleton import skeleton

LARGEST_KEPT_BODY = 4096
"""Bytes of a request body that is kept as it is."""


class CassetteError(Exception):
    """A cassette that is missing, unreadable or does not hold what is asked of it. The text says how to mend it."""


@dataclass(frozen=True)
class Key:
    """What a recorded request is found by. The host and the value of the credential are not part of it."""

    method: str
    path: str
    query: str
    content_type: str
    credential: str
    body: str

    @classmethod
    def of(cls, request: Request) -> "Key":
        """The key of a request, which names the kind of its credential."""
        return cls(
            request.method.upper(),
            request.path,
            request.query,
            request.headers.get("content-type", ""),
            credential_kind(request.headers),
            sha256(request.body).hexdigest(),
        )

    def differences(self, other: "Key") -> list[str]:
        """The names of the parts in which two keys differ."""
        return [name for name in self.__dataclass_fields__ if getattr(self, name) != getattr(other, name)]


@dataclass(frozen=True)
class Recording:
    """What was recorded of one request: its key, and what became of it."""

    key: Key
    response: Response | None
    failure: str = ""
    dropped: bool = False
    hopeless: bool = False
    upstream: Callable[[Request, Response | None], UpstreamSide] | None = None
    """Puts together what was asked behind the target; None: nobody has looked."""

    @property
    def is_answered(self) -> bool:
        """Whether a whole answer came, and not one that asks to come back later."""
        return self.response is not None and not self.failure and self.response.status not in RETRYABLE_STATUSES

    def exchange(self, request: Request) -> Exchange:
        """The exchange of a request that is found by the key. Raises `CassetteError`."""
        side = self.upstream(request, self.response) if self.upstream else None
        return Exchange(request, self.response, self.failure, self.dropped, self.hopeless, upstream=side)


class Cassette:
    """Recordings by request. Each is given out once, in the order of recording."""

    def __init__(self, recordings: Iterable[Recording], metadata: Mapping[str, Any], *, altered: bool = False) -> None:
        self.recordings, self.metadata = tuple(recordings), metadata
        self.altered = altered
        """Whether it is not as it was recorded, or cannot be shown to be."""
        self._waiting: dict[Key, deque[Recording]] = defaultdict(deque)
        self._unanswered: dict[Key, Recording] = {}
        for recording in self.recordings:
            self._waiting[recording.key].append(recording)

    @classmethod
    def load(cls, path: Path) -> "Cassette":
        """Reads a cassette. Raises `CassetteError`."""
        try:
            document = json.loads(path.read_bytes())
            recorded = [_from_interaction(item) for item in document["interactions"]]
            metadata = document.get("metadata", {})
            return cls(recorded, metadata, altered=metadata.get("content_sha256") != content_hash(document))
        except FileNotFoundError:
            raise CassetteError(f"no cassette {path.name} in {path.parent}") from None
        except (ValueError, KeyError, TypeError, AttributeError, OSError, RecursionError) as error:
            raise CassetteError(f"cassette {path} is corrupt ({type(error).__name__}: {error})") from None

    @property
    def is_whole(self) -> bool:
        """Whether each request was answered at last."""
        return all({recording.key: recording.is_answered for recording in self.recordings}.values())

    def take(self, key: Key) -> Recording:
        """The next recording for `key`. Raises `CassetteError` naming what differs from the nearest.

        A target that did not answer at last is taken not to answer again, however often it was asked.
        """
        if waiting := self._waiting.get(key):
            self._unanswered.pop(key, None)
            found = waiting.popleft()
            if not found.is_answered:
                self._unanswered[key] = found
            return found
        if key in self._unanswered:
            return self._unanswered[key]
        keys = [recording.key for recording in self.recordings]
        if key in self._waiting:
            raise CassetteError(f"{key.method} {key.path} was recorded {keys.count(key)} times and is sent once more")
        nearest = min((key.differences(known) for known in keys), key=len, default=["everything: it holds no exchange"])
        raise CassetteError(
            f"{key.method} {key.path} was not recorded; from the nearest recording differs: {', '.join(nearest)}"
        )


def content_hash(document: Mapping[str, Any]) -> str:
    """SHA-256 of a cassette's JSON without the hash itself. How the JSON is laid out does not matter."""
    metadata = {name: value for name, value in document.get("metadata", {}).items() if name != "content_sha256"}
    plain = json.dumps({**document, "metadata": metadata}, sort_keys=True, separators=(",", ":"))
    return sha256(plain.encode()).hexdigest()


def save(path: Path, exchanges: list[Exchange], redactor: Redactor, metadata: Mapping[str, Any]) -> None:
    """Writes one cassette through vcrpy's serialisation, whole or not at all. Raises `OSError`."""
    # vcrpy is slow to import, and only recording needs it; it has no type hints.
    from vcr.request import Request as VcrRequest
    from vcr.serialize import serialize

    text = serialize(
        {
            "requests": [VcrRequest(*_request_parts(exchange.request, redactor)) for exchange in exchanges],
            "responses": [response_parts(exchange, redactor) for exchange in exchanges],
        },
        VCR_SERIALIZER,
    )
    document = json.loads(text) | {"metadata": dict(metadata)}
    document["metadata"]["content_sha256"] = content_hash(document)
    write_atomically(path, json.dumps(document, indent=1, ensure_ascii=False) + "\n")


def write_atomically(path: Path, text: str) -> None:
    """Writes a file, whole or not at all. Raises `OSError`."""
    if path.is_dir():
        raise IsADirectoryError(EISDIR, os.strerror(EISDIR), str(path))
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.unfinished")
    try:
        unfinished.write_text(text, encoding="utf-8", errors="backslashreplace")
        unfinished.replace(path)
    except OSError:
        unfinished.unlink(missing_ok=True)
        raise


def _request_parts(request: Request, redactor: Redactor) -> tuple[str, str, Any, dict[str, str]]:
    host = urlsplit(request.url).netloc
    uri = request.url.replace(host, REDACTED_HOST, 1)
    return request.method, uri, _kept_body(request.body), redactor.request_headers(request.headers)


def _kept_body(body: bytes) -> bytes | dict[str, Any]:
    if len(body) <= LARGEST_KEPT_BODY:
        return body
    return {"sha256": sha256(body).hexdigest(), "length": len(body), "skeleton": skeleton(body)}


def response_parts(exchange: Exchange, redactor: Redactor) -> dict[str, Any]:
    """What came, as vcrpy keeps a response, redacted; `chunks` are pairs of size in bytes and arrival in seconds."""
    kept = redactor.response(exchange.response or Response(0, {}))
    parts = {
        "status": {"code": kept.status, "message": ""},
        "headers": {name: [value] for name, value in kept.headers.items()},
        "body": {"string": kept.body},
        "chunks": [[len(chunk.data), round(chunk.at, 4)] for chunk in kept.chunks],
    }
    return parts | failure_parts(exchange, redactor)


def failure_parts(exchange: Exchange, redactor: Redactor) -> dict[str, Any]:
    """Why an answer is not whole, or not there; nothing if it is."""
    failure = {"failure": redactor.text(exchange.failure)} if exchange.failure else {}
    return failure | {name: True for name in ("dropped", "hopeless") if getattr(exchange, name)}


def _from_interaction(item: Mapping[str, Any]) -> Recording:
    request, response = item["request"], item["response"]
    uri, body = urlsplit(request["uri"]), request["body"]
    headers = {name.lower(): values[0] for name, values in request["headers"].items()}
    digest = body["sha256"] if isinstance(body, dict) and "sha256" in body else sha256(to_bytes(body)).hexdigest()
    key = Key(
        request["method"].upper(), uri.path, uri.query, headers.get("content-type", ""),
        credential_kind(headers), digest,
    )  # fmt: skip
    kept = {name: ", ".join(values) for name, values in response["headers"].items()}
    return recording(key, response["status"]["code"], kept, response["body"]["string"], response)


def recording(key: Key, status: int, headers: Mapping[str, str], body: Any, parts: Mapping[str, Any]) -> Recording:
    """A recording from its parts; `parts` may have `chunks`, `failure`, `dropped`, `hopeless`.

    Raises `ValueError`, `TypeError`.
    """
    chunks = tuple(chunks_of(to_bytes(body), parts.get("chunks")))
    response = Response(status, {name.lower(): value for name, value in headers.items()}, chunks) if status else None
    return Recording(
        key, response, str(parts.get("failure", "")), bool(parts.get("dropped")), bool(parts.get("hopeless"))
    )


def chunks_of(body: bytes, sizes: list[list[float]] | None) -> list[Chunk]:
    """The chunks of a body; without sizes it is one. Raises `ValueError` if they do not add up."""
    chunks, start = list[Chunk](), 0
    for size, at in [[len(body), 0.0]] if sizes is None else sizes:
        chunks.append(Chunk(body[start : start + int(size)], at))
        start += int(size)
    if start != len(body):
        raise ValueError(f"the chunks add up to {start} bytes, the body has {len(body)}")
    return chunks


def to_bytes(value: Any) -> bytes:
    """A body as it is kept: text, or bytes in base64. Raises `ValueError`."""
    if isinstance(value, dict):
        return base64.b64decode(value["base64"], validate=True)
    return b"" if value is None else str(value).encode("utf-8")


class _VcrSerializer:
    """The pair of functions that vcrpy asks of a serializer (`VCR.register_serializer`)."""

    @staticmethod
    def serialize(cassette: dict[str, Any]) -> str:
        """vcrpy's dictionary as the text of a file."""
        return json.dumps(cassette, indent=1, ensure_ascii=False, default=base64_of) + "\n"

    @staticmethod
    def deserialize(text: str) -> dict[str, Any]:
        """The text of a file as the dictionary that vcrpy expects: bodies as text or bytes."""
        cassette: dict[str, Any] = json.loads(text)
        for item in cassette["interactions"]:
            body = item["request"]["body"]
            if isinstance(body, dict):
                item["request"]["body"] = _digest_text(body) if "sha256" in body else to_bytes(body)
            item["response"]["body"]["string"] = to_bytes(item["response"]["body"]["string"])
        return cassette


VCR_SERIALIZER = _VcrSerializer()


def base64_of(value: Any) -> dict[str, str]:
    """Bytes that are no text, as JSON keeps them."""
    if isinstance(value, bytes):
        return {"base64": base64.b64encode(value).decode()}
    raise TypeError(f"cannot keep a {type(value).__name__} in a cassette")


def _digest_text(body: Mapping[str, Any]) -> str:
    return f"sha256:{body['sha256']}"


def canonical_request(request: Any, token: str) -> Any:
    """vcrpy's `before_record_request`: the request as a cassette keeps it, so that vcrpy matches on it. Idempotent."""
    body = request.body_bytes or b""
    if len(body) > LARGEST_KEPT_BODY:
        request.body = _digest_text({"sha256": sha256(body).hexdigest()})
    headers = {name.lower(): value for name, value in request.headers.items()}
    request.headers["authorization"] = f"[{credential_kind(headers, token)}]"
    return request
