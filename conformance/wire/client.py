"""The one HTTP client of the suite. It is imported where something is sent: a replay needs no HTTP library.

Nothing ambient slips in: no proxy but that of its route, no netrc, no redirect followed, no cookie kept. Each exchange has a
connection of its own: what a broken target leaves on one cannot become the answer to the next request. Many threads may share
one client.
"""

import math
import ssl
import time
from collections.abc import Iterable
from itertools import accumulate

import httpcore2
import httpx2

from conformance.wire.exchange import MAX_JSON_VALUES, Chunk, Exchange, Request, Response, pieces
from conformance.wire.inflate import READABLE, BrokenEncoding, inflated
from conformance.wire.network import DeadlineBackend, Transfer
from conformance.wire.route import Proxy, Route
from conformance.wire.sender import MEGABYTE, Limits

_LARGEST_HEAD = 100_000
"""Bytes of status and headers beyond which httpcore2 reads no further."""
_MERGED = 64 * 1024
"""Bytes that are put together where a body comes in more chunks than are kept apart."""
_HAS_LENGTH = frozenset({"POST", "PUT", "PATCH"})
"""Methods whose requests tell the length even of an empty body (RFC 9110, 8.6)."""


class Client:
    """Sends over HTTP/1.1 and reads answers in the pieces in which they arrive, within the limits."""

    def __init__(self, limits: Limits, route: Route | None = None) -> None:
        self._limits, self._route = limits, route or Route()

    def send(self, request: Request, within_s: float = math.inf) -> Exchange:
        """One request, one answer; given up after `within_s` seconds, if not before."""
        transfer = Transfer.of(min(self._limits.total_s, within_s))
        started, cpu_s = time.perf_counter(), time.process_time()
        try:
            outgoing = self._outgoing(request)
            with self._connection(outgoing.url, transfer) as connection:
                incoming = connection.handle_request(outgoing)
                if transfer.proxy and not transfer.has_tunnel and incoming.status == 407:  # no target answers so
                    raise httpcore2.ProxyError("407 Proxy Authentication Required")
                body = _Body(self._limits, started)
                failure, hopeless = self._read(incoming, body, transfer)
        except httpcore2.ProxyError as error:
            refusal = " ".join(str(error).split())[:60]
            lasting = refusal.startswith("4") and not refusal.startswith("429")
            return Exchange(request, failure=f"the proxy {transfer.proxy} refuses: {refusal}", hopeless=lasting)
        except httpcore2.TimeoutException as error:
            return Exchange(request, failure=self._timeout(error, transfer), hopeless=transfer.is_over)
        except (httpcore2.RemoteProtocolError, httpcore2.ReadError) as error:
            if alert := _alert(error):
                return Exchange(request, failure=f"TLS failed at {transfer.peer}: {alert}", hopeless=True)
            too_much = transfer.received > _LARGEST_HEAD
            dropped = not too_much and transfer.peer == "the target"
            return Exchange(request, failure=_no_response_reason(error, transfer), dropped=dropped, hopeless=too_much)
        except (httpcore2.NetworkError, httpcore2.ProtocolError, httpx2.InvalidURL, UnicodeError) as error:
            where = "" if transfer.peer == "the target" else f"no connection to {transfer.peer}: "
            return Exchange(request, failure=where + _error_text(error))
        response = Response(incoming.status, _headers(incoming.headers), body.chunks())
        return Exchange(request, response, failure, hopeless=hopeless, own_cpu_s=time.process_time() - cpu_s)

    def _connection(self, url: httpcore2.URL, transfer: Transfer) -> httpcore2.HTTPConnection | httpcore2.HTTPProxy:
        """The connection of one exchange, to the target or to the proxy before it."""
        origin, certificates = url.origin, self._route.certificates
        tls = certificates.to_target if origin.scheme == b"https" else None
        proxy = self._route.proxy(origin.scheme.decode(), origin.host.decode("ascii").strip("[]"), origin.port)
        if proxy is None:
            return httpcore2.HTTPConnection(origin, tls, network_backend=DeadlineBackend(transfer))
        transfer.proxy, transfer.has_tunnel = str(proxy), tls is not None
        return httpcore2.HTTPProxy(
            proxy.url,
            proxy_auth=_encoded(proxy),
            ssl_context=tls,
            proxy_ssl_context=certificates.to_proxy if proxy.url.startswith("https:") else None,
            network_backend=DeadlineBackend(transfer),
        )

    def _outgoing(self, request: Request) -> httpcore2.Request:
        """The request as httpcore2 takes it. Raises `httpx2.InvalidURL`."""
        url = httpx2.URL(request.url)
        if url.scheme not in ("http", "https") or not url.host:
            raise httpx2.InvalidURL("no http:// or https:// URL")
        headers = {"host": url.netloc.decode("ascii"), **request.headers}
        if (request.body or request.method.upper() in _HAS_LENGTH) and "transfer-encoding" not in headers:
            headers.setdefault("content-length", str(len(request.body)))
        silence = self._limits.read_s
        return httpcore2.Request(
            request.method,
            httpcore2.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
            headers=[(name.encode("ascii"), value.encode()) for name, value in headers.items()],
            content=request.body,
            extensions={"timeout": {"connect": self._limits.connect_s, "read": silence, "write": silence}},
        )

    def _read(self, incoming: httpcore2.Response, body: "_Body", transfer: Transfer) -> tuple[str, bool]:
        """Reads the body, and tells why it is none, and whether that would be so again."""
        encoding = _headers(incoming.headers).get("content-encoding", "").strip().lower()
        try:
            for data in inflated(incoming.iter_stream(), encoding):
                body.add(data)
        except _LimitExceeded as limit:
            body.keep_beginning()
            return f"given up after {body.size} bytes: {limit}", True
        except httpcore2.TimeoutException:
            if transfer.is_over:
                return f"given up after {body.size} bytes: {self._took_too_long(transfer)}", True
            return f"timeout: the answer fell silent for {self._limits.read_s:g} s after {body.size} bytes", False
        except httpcore2.ReadError:
            why = "the connection was reset"
        except httpcore2.RemoteProtocolError:
            why = "the connection was closed before its end" if transfer.is_closed else "its framing is not HTTP"
        except BrokenEncoding as broken:
            why = str(broken)
        else:
            if encoding in READABLE:
                return "", False
            return f"the answer is encoded as {encoding[:40]!a}, which was not asked for and is not read", True
        return f"the answer broke off after {body.size} bytes: {why}", False

    def _took_too_long(self, transfer: Transfer) -> str:
        option = " (--total-timeout)" if transfer.seconds == self._limits.total_s else ""
        return f"no whole answer within {round(transfer.seconds, 2):g} s{option}"

    def _timeout(self, error: httpcore2.TimeoutException, transfer: Transfer) -> str:
        silence = f"for {self._limits.read_s:g} s (--timeout)"
        if transfer.is_over:
            return f"timeout: {self._took_too_long(transfer)}"
        if isinstance(error, httpcore2.ConnectTimeout):
            where = "" if transfer.peer == "the target" else f" to {transfer.peer}"
            return f"timeout: no connection{where} within {self._limits.connect_s:g} s"
        if isinstance(error, httpcore2.WriteTimeout):
            return f"timeout: {transfer.peer} took nothing of the request {silence}"
        if not transfer.speaks_http:
            return f"timeout: {_not_http(transfer)}, and it fell silent {silence}"
        if transfer.received:
            return f"timeout: {transfer.peer} fell silent {silence}, in the middle of the headers"
        return f"timeout: {transfer.peer} said nothing {silence}"


class _LimitExceeded(Exception):
    """A body beyond a limit; the text says which."""


class _Body:
    """A body as it comes in. `size` is in bytes."""

    def __init__(self, limits: Limits, started: float) -> None:
        self.size = 0
        self._limits, self._started = limits, started
        self._pieces = 0
        self._chunks = list[Chunk]()
        self._merged = bytearray()

    def add(self, data: bytes) -> None:
        """Takes what has just arrived. Raises `_LimitExceeded`."""
        self.size += len(data)
        self._pieces += pieces(data)
        self._merged += data
        if len(self._chunks) < self._limits.chunks or len(self._merged) >= _MERGED:
            self._keep()
        if self.size > self._limits.body_bytes:
            raise _LimitExceeded(f"more than {self._limits.body_bytes / MEGABYTE:g} MB (--max-body)")
        if self._pieces > MAX_JSON_VALUES:
            raise _LimitExceeded("too many values or events to read")

    def keep_beginning(self) -> None:
        """Lets go of what nobody will read: of a body that is given up, the beginning shows what it was."""
        before = accumulate((len(chunk.data) for chunk in self._chunks), initial=0)
        self._chunks = [chunk for chunk, start in zip(self._chunks, before, strict=False) if start < _MERGED]
        self._merged.clear()

    def chunks(self) -> tuple[Chunk, ...]:
        """What has arrived so far."""
        if self._merged:
            self._keep()
        return tuple(self._chunks)

    def _keep(self) -> None:
        self._chunks.append(Chunk(bytes(self._merged), time.perf_counter() - self._started))
        self._merged.clear()


def _no_response_reason(error: Exception, transfer: Transfer) -> str:
    """Why a target, or the proxy before it, that was connected gave no response."""
    if transfer.received > _LARGEST_HEAD:
        return f"given up after {transfer.received} bytes: no end of the headers"
    if not transfer.speaks_http:
        return _not_http(transfer)
    if not transfer.is_closed and isinstance(error, httpcore2.RemoteProtocolError):
        return "the status or the headers of the answer are not HTTP"
    when = (
        f"after {transfer.received} bytes, in the middle of the headers" if transfer.received else "before any answer"
    )
    connection = "the connection" if transfer.peer == "the target" else f"the connection to {transfer.peer}"
    return f"{connection} was {'closed' if transfer.is_closed else 'reset'} {when}"


def _not_http(transfer: Transfer) -> str:
    return f"what {transfer.peer} says is not HTTP"


def _alert(error: Exception) -> str:
    """What the other side has against this one's TLS, where it says so only after the handshake; empty if it says nothing."""
    cause = error.__cause__
    return _error_text(cause) if isinstance(cause, ssl.SSLError) and "ALERT" in (cause.reason or "") else ""


def _encoded(proxy: Proxy) -> tuple[bytes, bytes] | None:
    return (proxy.credential[0].encode(), proxy.credential[1].encode()) if proxy.credential else None


def _headers(raw: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Headers by lower-case name; one sent twice is joined with a comma. Bytes that are no UTF-8 are read as Latin-1."""
    values = dict[str, list[str]]()
    for name, value in raw:
        values.setdefault(_text(name).lower(), []).append(_text(value))
    return {name: ", ".join(several) for name, several in values.items()}


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _error_text(error: Exception) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())[:200]
