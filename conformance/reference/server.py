"""Runs the reference gateway as a real HTTP server on loopback."""

import contextlib
import errno
import functools
import logging
import os
import signal
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import uvicorn
from starlette.applications import Starlette
from starlette.types import ASGIApp

from conformance.reference.app import UnknownVariant, create_app
from conformance.reference.policy import DOCUMENTED, Policy
from conformance.reference.script import Script
from conformance.reference.variant import Variant

HOST = "127.0.0.1"
TOKEN_VARIABLE = "DATABRICKS_TOKEN"  # noqa: S105  # a name, not a token
_ENDS_S = 10.0
"""Longest wait for a server that was told to end. Its thread is a daemon: one that hangs holds nobody up."""


class ServeError(Exception):
    """The gateway cannot be served; the text is one line that says why and what helps."""


class PortInUse(ServeError):
    """Another program listens on the port."""


class UnknownFault(ServeError):
    """No fault has the name that was asked for."""


@dataclass(frozen=True)
class ServerTls:
    """PEM files to serve over TLS with: the certificate, its key unless that is in the same file, and the CAs of clients."""

    certificate: Path
    key: Path | None = None
    client_authorities: Path | None = None
    """With it, only clients are served that show a certificate which one of these has signed."""


def serve(
    port: int = 8765,
    fault: str | None = None,
    *,
    policy: Policy = DOCUMENTED,
    tls: ServerTls | None = None,
    announce: Callable[[str], None] | None = None,
) -> None:
    """Serves until SIGINT or SIGTERM, then returns. Port 0 takes a free one.

    Once the server accepts connections, prints a line with its URL and one about the credential, or gives them to
    `announce`. Raises ServeError (PortInUse, UnknownFault).
    """
    token = os.environ.get(TOKEN_VARIABLE)
    announce = announce or functools.partial(print, flush=True)
    app = _app(policy, fault, token)
    with _listening(port) as listener:
        url = _url(listener, tls)

        def ready() -> None:
            announce(f"reference gateway{f' with the fault {fault}' if fault else ''} ready at {url}")
            right = f"the token in {TOKEN_VARIABLE}" if token else "the first one presented"
            announce(f"credential: {right}, as bearer or as Basic password of the user token; any other is refused")

        _Server(app, ready, tls).run(sockets=[listener])


@contextlib.contextmanager
def running(
    policy: Policy = DOCUMENTED,
    fault: str | Variant | None = None,
    *,
    token: str | None = None,
    script: Script | None = None,
    middleware: Callable[[ASGIApp], ASGIApp] | None = None,
    tls: ServerTls | None = None,
) -> Iterator[str]:
    """Runs the gateway on a free port in a background thread, and yields its base URL. Raises ServeError.

    Without `token` the first one presented is the right one. `script` is what the model says, entry by entry.
    `middleware` puts an application of the caller's around it.
    """
    gateway = _app(policy, fault, token, script)
    with serving(middleware(gateway) if middleware else gateway, tls=tls) as (url,):
        yield url


@contextlib.contextmanager
def quiet_about_broken_answers() -> Iterator[None]:
    """Nothing is logged, meanwhile, of an answer that was broken off: it is what is asked for."""
    quiet = {logger: logger.level for logger in map(logging.getLogger, ("uvicorn.error", "asyncio"))}
    for logger in quiet:
        logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        for logger, level in quiet.items():
            logger.setLevel(level)


@contextlib.contextmanager
def serving(app: ASGIApp, *, ports: int = 1, port: int = 0, tls: ServerTls | None = None) -> Iterator[tuple[str, ...]]:
    """Runs an application in a background thread on so many ports, and yields their base URLs. Raises ServeError.

    The first is `port`; 0 takes a free one, as all others are.
    """
    ready = threading.Event()
    with contextlib.ExitStack() as stack:
        listeners = [stack.enter_context(_listening(0 if number else port)) for number in range(ports)]
        server = _Server(app, ready.set, tls)
        thread = threading.Thread(
            target=server.run, kwargs={"sockets": listeners}, name="reference gateway", daemon=True
        )
        thread.start()
        try:
            if not ready.wait(timeout=30):
                raise ServeError("the reference gateway did not start within 30 s")
            yield tuple(_url(listener, tls) for listener in listeners)
        finally:
            server.should_exit = True
            thread.join(_ENDS_S)


def _app(policy: Policy, fault: str | Variant | None, token: str | None, script: Script | None = None) -> Starlette:
    try:
        return create_app(policy, fault, token=token, script=script)
    except UnknownVariant as mistake:
        raise UnknownFault(str(mistake)) from mistake


def _listening(port: int) -> socket.socket:
    # The protocol is named because asyncio turns Nagle's delays off only for sockets that say they are TCP.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if os.name == "posix":  # elsewhere it would let two programs listen on one port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((HOST, port))
        listener.listen(512)
    except (OSError, OverflowError) as mistake:
        listener.close()
        if isinstance(mistake, OverflowError):
            raise ServeError(f"{port} is no port: a port is 0 to 65535") from mistake
        if mistake.errno == errno.EADDRINUSE:
            raise PortInUse(f"port {port} is in use; choose another, or 0 for a free one") from mistake
        raise ServeError(f"cannot listen on {HOST}:{port}: {mistake.strerror}") from mistake
    return listener


def _url(listener: socket.socket, tls: ServerTls | None) -> str:
    host, port = listener.getsockname()
    return f"{'https' if tls else 'http'}://{host}:{port}"


class _Server(uvicorn.Server):
    """uvicorn's server that tells when it is ready, and that ends on a signal instead of passing it on."""

    def __init__(self, app: ASGIApp, ready: Callable[[], None], tls: ServerTls | None) -> None:
        config = uvicorn.Config(
            app,
            log_level="warning",
            access_log=False,
            server_header=False,
            lifespan="off",
            http="h11",
            ws="none",
            loop="asyncio",
            timeout_keep_alive=60,
            timeout_graceful_shutdown=1,
            ssl_certfile=tls.certificate if tls else None,
            ssl_keyfile=tls.key if tls else None,
            ssl_ca_certs=str(tls.client_authorities) if tls and tls.client_authorities else None,
            ssl_cert_reqs=ssl.CERT_REQUIRED if tls and tls.client_authorities else ssl.CERT_NONE,
        )
        try:
            config.load()
        except OSError as mistake:
            raise ServeError(
                f"cannot serve over TLS: {mistake.strerror or mistake}; give a certificate and its key as PEM files"
            ) from mistake
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        wanted = (signal.SIGINT, signal.SIGTERM)
        before = {number: signal.signal(number, self._end) for number in wanted}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _end(self, number: int, frame: FrameType | None) -> None:
        self.handle_exit(number, frame)
