"""Cassettes: the recorded exchanges of one case, in vcrpy's format, one JSON file a case.

What differs from vcrpy's own JSON serializer, and how vcrpy reads it all the same (`VCR_SERIALIZER`, `canonical_request`):
bytes that are no UTF-8 stand in base64; a request body over 4 KB stands as its hash, length and a readable skeleton; a
response keeps the sizes and arrival times of its chunks.
"""

import base64
import json
from collections import defaultdict, deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from conformance.wire.exchange import Chunk, Exchange, Request, Response
from conformance.wire.redact import HIDDEN_HOST, Redactor, credential_kind
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
    def of(cls, request: Request, token: str) -> "Key":
        """The key of a live request."""
        return cls(
            request.method.upper(),
            request.path,
            request.query,
            request.headers.get("content-type", ""),
            credential_kind(request.headers, token),
            sha256(request.body).hexdigest(),
        )

    def differences(self, other: "Key") -> list[str]:
        """The names of the parts in which two keys differ."""
        return [name for name in self.__dataclass_fields__ if getattr(self, name) != getattr(other, name)]


class Cassette:
    """Recorded responses by request. Each recording is given out once, in the order of recording."""

    def __init__(self, recorded: list[tuple[Key, Response]], metadata: Mapping[str, Any]) -> None:
        self.metadata = metadata
        self._keys = [key for key, _ in recorded]
        self._waiting: dict[Key, deque[Response]] = defaultdict(deque)
        for key, response in recorded:
            self._waiting[key].append(response)

    @classmethod
    def load(cls, path: Path) -> "Cassette":
        """Reads a cassette. Raises `CassetteError`."""
        try:
            document = json.loads(path.read_bytes())
            recorded = [_from_interaction(item) for item in document["interactions"]]
            return cls(recorded, document.get("metadata", {}))
        except FileNotFoundError:
            raise CassetteError(f"no cassette {path.name} in {path.parent}") from None
        except (ValueError, KeyError, TypeError, AttributeError, OSError, RecursionError) as error:
            raise CassetteError(f"cassette {path} is corrupt ({type(error).__name__}: {error})") from None

    def take(self, key: Key) -> Response:
        """The next recorded response for `key`. Raises `CassetteError` naming what differs from the nearest recording."""
        if waiting := self._waiting.get(key):
            return waiting.popleft()
        if key in self._waiting:
            raise CassetteError(
                f"{key.method} {key.path} was recorded {self._keys.count(key)} times and is sent once more"
            )
        nearest = min(
            (key.differences(known) for known in self._keys), key=len, default=["everything: it holds no exchange"]
        )
        raise CassetteError(
            f"{key.method} {key.path} was not recorded; from the nearest recording differs: {', '.join(nearest)}"
        )


def save(path: Path, exchanges: list[Exchange], redactor: Redactor, metadata: Mapping[str, Any]) -> None:
    """Writes one cassette through vcrpy's serialisation, whole or not at all."""
    # vcrpy is slow to import, and only recording needs it; it has no type hints.
    from vcr.request import Request as VcrRequest
    from vcr.serialize import serialize

    answered = [(exchange.request, exchange.response) for exchange in exchanges if exchange.response]
    text = serialize(
        {
            "requests": [VcrRequest(*_request_parts(request, redactor)) for request, _ in answered],
            "responses": [response_parts(response, redactor) for _, response in answered],
            "metadata": dict(metadata),
        },
        VCR_SERIALIZER,
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".unfinished")
    unfinished.write_text(text, encoding="utf-8")
    unfinished.replace(path)


def _request_parts(request: Request, redactor: Redactor) -> tuple[str, str, Any, dict[str, str]]:
    host = urlsplit(request.url).netloc
    uri = request.url.replace(host, HIDDEN_HOST, 1)
    return request.method, uri, _kept_body(request.body), redactor.request_headers(request.headers)


def _kept_body(body: bytes) -> bytes | dict[str, Any]:
    if len(body) <= LARGEST_KEPT_BODY:
        return body
    return {"sha256": sha256(body).hexdigest(), "length": len(body), "skeleton": skeleton(body)}


def response_parts(response: Response, redactor: Redactor) -> dict[str, Any]:
    """A response as vcrpy keeps one, redacted; `chunks` are pairs of size in bytes and arrival in seconds."""
    body = redactor.clean(response.body)
    return {
        "status": {"code": response.status, "message": ""},
        "headers": {name: [value] for name, value in redactor.response_headers(response.headers).items()},
        "body": {"string": body},
        "chunks": [[size, round(at, 4)] for size, at in _chunk_sizes(response, body, redactor)],
    }


def _chunk_sizes(response: Response, body: bytes, redactor: Redactor) -> Iterator[tuple[int, float]]:
    """The sizes and arrival times of the chunks of the redacted `body`: a secret may lie across two of them."""
    taken = kept = 0
    for chunk in response.chunks:
        taken += len(chunk.data)
        last = taken == len(response.body)
        end = taken if body == response.body else len(body) if last else len(redactor.clean(response.body[:taken]))
        end = min(max(end, kept), len(body))
        yield end - kept, chunk.at
        kept = end


def _from_interaction(item: Mapping[str, Any]) -> tuple[Key, Response]:
    request, response = item["request"], item["response"]
    uri, body = urlsplit(request["uri"]), request["body"]
    headers = {name.lower(): values[0] for name, values in request["headers"].items()}
    digest = body["sha256"] if isinstance(body, dict) and "sha256" in body else sha256(to_bytes(body)).hexdigest()
    key = Key(
        request["method"].upper(), uri.path, uri.query, headers.get("content-type", ""),
        credential_kind(headers, ""), digest,
    )  # fmt: skip
    return key, Response(
        response["status"]["code"],
        {name.lower(): ", ".join(values) for name, values in response["headers"].items()},
        tuple(chunks_of(to_bytes(response["body"]["string"]), response.get("chunks"))),
    )


def chunks_of(body: bytes, sizes: list[list[float]] | None) -> list[Chunk]:
    """The chunks of a body; without sizes it is one. Raises `ValueError` if they do not add up."""
    chunks, start = list[Chunk](), 0
    for size, at in sizes or [[len(body), 0.0]]:
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
