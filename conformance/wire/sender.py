"""Senders: what takes a request to its target, or to a recording, and brings the exchange back; and their limits."""

import math
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from conformance.wire.cassette import Cassette, Key
from conformance.wire.exchange import Exchange, Request

MEGABYTE = 1_000_000
_SMALLEST, _LARGEST = 0.01, 1e6
"""What an option may be set to: more than nothing, and less than a timer can count."""
_LARGEST_A_MINUTE = 1e9


class Sender(Protocol):
    """What takes a request to its target, or to a recording, and brings the exchange back."""

    def send(self, request: Request) -> Exchange:
        """Sends a request; a failure to get an answer is part of the exchange, not an exception."""


class DeadlineSender(Protocol):
    """A sender that can be told when an exchange has to be over."""

    def send(self, request: Request, within_s: float = math.inf) -> Exchange:
        """Sends a request, and gives up after `within_s` seconds if not before."""


@dataclass(frozen=True)
class Limits:
    """How long and how much a target may take."""

    connect_s: float = 10.0
    read_s: float = 120.0
    """Longest silence between two pieces of an answer."""
    total_s: float = 300.0
    """Longest exchange, from connecting to the last byte."""
    body_bytes: int = 16 * MEGABYTE
    """Largest body, once its content encoding is undone."""
    chunks: int = 10_000
    """Chunks of a body that are kept apart, with the times when they came."""
    max_attempts: int = 3
    max_retry_wait_s: float = 20.0
    """A Retry-After beyond this is not slept."""
    retry_budget_s: float = 240.0
    """What requests may cost without any of them being answered, waiting included: over the run, and at one URL."""
    run_s: float = math.inf
    """How long a run may send."""

    @classmethod
    def from_options(
        cls, timeout: float, total_timeout: float, max_body: float, patience: float, max_time: float | None = None
    ) -> "Limits":
        """The limits that the options of these names give: `max_body` in MB, the others in seconds. Raises `ValueError`."""
        for option, value in (
            ("timeout", timeout), ("total-timeout", total_timeout), ("max-body", max_body), ("patience", patience),
            ("max-time", max_time),
        ):  # fmt: skip
            if value is not None and not _SMALLEST <= value <= _LARGEST:
                raise ValueError(f"--{option} {value:g}: give a number from {_SMALLEST} to {_LARGEST:g}")
        return cls(
            read_s=timeout,
            total_s=total_timeout,
            body_bytes=int(max_body * MEGABYTE),
            retry_budget_s=patience,
            run_s=math.inf if max_time is None else max_time,
        )


@dataclass(frozen=True)
class RateLimits:
    """How fast a run may send: requests and tokens a minute, and requests in flight."""

    requests_per_minute: float = math.inf
    tokens_per_minute: float = math.inf
    concurrency: float = math.inf

    def overridden(self, rpm: str | None, tpm: str | None) -> "RateLimits":
        """These, but those that the options of these names give. Raises `ValueError`."""
        requests, tokens = _a_minute("rpm", rpm), _a_minute("tpm", tpm)
        return RateLimits(requests or self.requests_per_minute, tokens or self.tokens_per_minute, self.concurrency)

    def shared_by(self, processes: int) -> "RateLimits":
        """The part of each of so many processes that send at the same time."""
        return RateLimits(
            self.requests_per_minute / processes,
            self.tokens_per_minute / processes,
            max(1.0, self.concurrency / processes),
        )


def _a_minute(option: str, text: str | None) -> float | None:
    """The number that an option gives; None if it is not given. Raises `ValueError`."""
    try:
        number = None if text is None else float(text)
    except ValueError:
        number = math.nan
    if number is not None and not 1 <= number <= _LARGEST_A_MINUTE:
        raise ValueError(f"--{option} {text}: give a number from 1 to {_LARGEST_A_MINUTE:.0f}")
    return number


class RecordingSender:
    """Keeps every exchange that passes through it."""

    def __init__(self, inner: Sender) -> None:
        self._inner = inner
        self.exchanges: list[Exchange] = []

    def send(self, request: Request) -> Exchange:
        """Sends, and keeps the exchange."""
        exchange = self._inner.send(request)
        self.exchanges.append(exchange)
        return exchange


class ReplayingSender:
    """Answers from a cassette, found by hash: a tenth of the cost of vcrpy's linear search."""

    def __init__(self, load: Callable[[], Cassette]) -> None:
        self._load = load
        self._cassette: Cassette | None = None
        self._loading = threading.Lock()

    def send(self, request: Request) -> Exchange:
        """The request and the recorded response. Raises `CassetteError`."""
        with self._loading:  # of two cassettes, each would give out the first answer to what is asked twice
            self._cassette = self._cassette or self._load()
        return self._cassette.take(Key.of(request)).exchange(request)
