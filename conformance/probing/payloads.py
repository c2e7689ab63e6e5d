"""Images of a wanted weight: valid grey PNGs whose bytes no compressor shrinks, the same on every machine."""

import base64
import random
import struct
import zlib
from functools import cache
from typing import Any

from conformance.probing.probes import Part, chat, text
from conformance.probing.surface import to_json

WIDTH = 1000
_OVERHEAD = 200
"""Bytes of a PNG beside its rows, rounded up: signature, header, and the frames of stored blocks."""


@cache
def _noise() -> bytes:
    return random.Random(0).randbytes(1 << 16)  # noqa: S311 (noise that is the same every time)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _stored(data: bytes) -> bytes:
    """A zlib stream of stored blocks, written out because its bytes may not depend on the zlib at hand."""
    blocks = [data[at : at + 0xFFFF] for at in range(0, len(data), 0xFFFF)]
    last = len(blocks) - 1
    framed = (struct.pack("<BHH", at == last, len(one), len(one) ^ 0xFFFF) + one for at, one in enumerate(blocks))
    return b"\x78\x01" + b"".join(framed) + struct.pack(">I", zlib.adler32(data))


@cache
def png(weight: int) -> bytes:
    """A grey PNG of about `weight` bytes, WIDTH px wide; stored, not compressed."""
    rows = max(1, (weight - _OVERHEAD) // (WIDTH + 1))
    row = b"\0" + _noise()[:WIDTH]
    header = struct.pack(">IIBBBBB", WIDTH, rows, 8, 0, 0, 0, 0)
    data = _stored(row * rows)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", data) + _chunk(b"IEND", b"")


@cache
def _data_uri(weight: int) -> str:
    return "data:image/png;base64," + base64.b64encode(png(weight)).decode()


def heavy_images(encoded: int, number: int = 4) -> dict[str, Any]:
    """A chat body whose `number` images weigh `encoded` bytes together, as base64, a little less than more."""
    part: Part = {"type": "image_url", "image_url": {"url": _data_uri(encoded // number * 3 // 4 - WIDTH)}}
    return chat(text("What do you see?"), *[part] * number)


def heavy_body(size: int) -> dict[str, Any]:
    """A chat body of `size` bytes on the wire, give or take the name of the model: its text makes up the difference."""
    body = heavy_images(size - 4 * WIDTH)
    words, *pictures = body["messages"][0]["content"]
    urls = [picture["image_url"]["url"] for picture in pictures]
    frame = len(to_json(body | {"messages": [{"role": "user", "content": [words, *[_without_url()] * len(urls)]}]}))
    words["text"] += " " * max(0, size - frame - sum(map(len, urls)))
    return body


def _without_url() -> Part:
    return {"type": "image_url", "image_url": {"url": ""}}


def image_bytes(body: dict[str, Any]) -> int:
    """The decoded bytes of all images in a body that was made here."""
    urls = (part["image_url"]["url"] for part in body["messages"][0]["content"] if part["type"] == "image_url")
    return sum(len(base64.b64decode(url.partition(",")[2])) for url in urls)
