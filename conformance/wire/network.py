"""The network below the client: no exchange outlasts its deadline, and it is known what came before it broke off.

httpcore2 bounds the silence between two reads and nothing else: header lines that come byte by byte, or informational
responses without end, would keep it reading for ever.
"""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import httpcore2

_PIECE = 64 * 1024
"""Bytes that are written before the deadline is looked at again."""


@dataclass
class Transfer:
    """What one exchange has received so far, and when it has to be over (in seconds of the monotonic clock)."""

    ends: float
    seconds: float
    """All that it may take."""
    received: int = 0
    beginning: bytes = b""
    is_closed: bool = False
    """Whether the target has closed the connection."""
    proxy: str = ""
    """The proxy that it goes through, as messages name it."""
    has_tunnel: bool = False
    """Whether that proxy is asked for a tunnel to the target; else it is handed the request itself."""
    is_through: bool = False
    """Whether what comes now is the target's, and not the proxy's own."""

    @classmethod
    def of(cls, seconds: float) -> "Transfer":
        """One that begins now and may take so long."""
        return cls(time.monotonic() + seconds, seconds)

    @property
    def peer(self) -> str:
        """Who is on the other side, in words."""
        return f"the proxy {self.proxy}" if self.proxy and not self.is_through else "the target"

    def begin_tls(self) -> None:
        """Notes a handshake: with the target itself if a proxy has answered before; that answer is none of the target's."""
        if self.received:
            self.is_through, self.received, self.beginning = True, 0, b""

    @property
    def remaining_s(self) -> float:
        """Seconds until it has to be over."""
        return self.ends - time.monotonic()

    @property
    def is_over(self) -> bool:
        """Whether no time is left."""
        return self.remaining_s <= 0

    @property
    def speaks_http(self) -> bool:
        """Whether what was received may be an HTTP response."""
        return self.beginning.startswith(b"HTTP/"[: len(self.beginning)])

    def within(self, timeout: float | None) -> float:
        """The part of a timeout that is left. Raises `httpcore2.ReadTimeout` if there is none."""
        if self.is_over:
            raise httpcore2.ReadTimeout("the deadline has passed")
        return self.remaining_s if timeout is None else min(timeout, self.remaining_s)

    def take(self, data: bytes) -> bytes:
        """Notes what was received, and gives it back."""
        self.received += len(data)
        self.beginning = (self.beginning + data[:8])[:8]
        self.is_closed = not data
        return data


class DeadlineBackend(httpcore2.NetworkBackend):
    """TCP connections of one exchange, bound to its deadline."""

    def __init__(self, transfer: Transfer) -> None:
        self._transfer, self._inner = transfer, httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        """Connects. Raises httpcore2's exceptions."""
        within = self._transfer.within(timeout)
        return _Stream(self._inner.connect_tcp(host, port, within, local_address, socket_options), self._transfer)


class _Stream(httpcore2.NetworkStream):
    """A connection, plain or TLS, that gives up when the deadline has passed."""

    def __init__(
        self, inner: httpcore2.NetworkStream, transfer: Transfer, stop_watching: Callable[[], None] = lambda: None
    ) -> None:
        self._inner, self._transfer, self._stop_watching = inner, transfer, stop_watching

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        try:
            return self._transfer.take(self._inner.read(max_bytes, self._transfer.within(timeout)))
        except httpcore2.ReadError:
            self._transfer.within(None)  # what ended the connection may have been its deadline
            raise

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._transfer.is_through |= not self._transfer.has_tunnel
        for start in range(0, len(buffer), _PIECE):
            self._inner.write(buffer[start : start + _PIECE], self._transfer.within(timeout))

    def close(self) -> None:
        self._stop_watching()
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        self._transfer.begin_tls()
        within = self._transfer.within(timeout)
        stop_watching = self._watch() if self._inner.get_extra_info("ssl_object") else lambda: None
        try:
            inner = self._inner.start_tls(ssl_context, server_hostname, within)
        except Exception:
            stop_watching()
            self._transfer.within(None)  # what broke the handshake may have been its deadline
            raise
        return _Stream(inner, self._transfer, stop_watching)

    def _watch(self) -> Callable[[], None]:
        """Ends the connection when its deadline has passed; gives what calls that off.

        TLS within TLS, as with a proxy that speaks TLS itself, begins each timeout anew with every byte that arrives.
        """
        connection = self._inner.get_extra_info("socket")

        def end() -> None:
            with suppress(OSError):
                socket.socket.shutdown(connection, socket.SHUT_RDWR)  # not that of TLS, which another thread reads

        timer = threading.Timer(min(self._transfer.remaining_s, threading.TIMEOUT_MAX), end)
        timer.daemon = True
        timer.start()
        return timer.cancel

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)
