"""What cases cost, known from recordings: the requests and bytes that each sent to a gateway that is right."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conformance import resources
from conformance.wire.cassette import to_bytes

BYTES_LIKE_A_REQUEST = 1_000_000
"""Bytes that take about as long to send as one more answer takes to come."""


@dataclass(frozen=True)
class Cost:
    """What is sent."""

    requests: int = 1
    bytes: int = 0

    @property
    def weight(self) -> float:
        """Both in one number: 1 is a small request."""
        return self.requests + self.bytes / BYTES_LIKE_A_REQUEST


def recorded_cost(cassettes: Path, case: str) -> Cost:
    """The cost of a case as it was recorded there; one that was not counts as one small request."""
    try:
        sent = json.loads((cassettes / f"{case}.json").read_bytes())["interactions"]
        return Cost(max(len(sent), 1), sum(_length(one["request"]["body"]) for one in sent))
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return Cost()


def _length(body: Any) -> int:
    return int(body["length"]) if isinstance(body, dict) and "length" in body else len(to_bytes(body))


def recorded_requests() -> dict[str, int]:
    """By case that is written by hand: the number of its recorded requests. Of generated ones each sends one or two."""
    directory = resources.directory("cassettes")
    return {
        path.relative_to(directory).with_suffix("").as_posix(): path.read_bytes().count(b'"request":')
        for path in directory.rglob("*.json")
    }
