"""The server: passes requests on to a reference gateway, except those that are picked, which get what a behaviour does."""

import json
import socket
import struct
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

from conformance.wire.exchange import NotJson, parse_json


@dataclass(frozen=True)
class Received:
    """A request as it was received."""

    raw: bytes
    number: int
    """Of the requests to this server, counted from 1."""

    @cached_property
    def path(self) -> str:
        return self.raw.split(b" ", 2)[1].decode()

    @cached_property
    def headers(self) -> Mapping[str, str]:
        lines = self.raw.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")[1:]
        return {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}

    @cached_property
    def json(self) -> Any:
        with suppress(NotJson):
            return parse_json(self.raw.partition(b"\r\n\r\n")[2])
        return None


class Caller:
    """A connection on which a request has come, as a behaviour sees it."""

    def __init__(
        self, connection: socket.socket, request: Received, reference: str, elsewhere: str, tries: int
    ) -> None:
        self.request, self.elsewhere, self.tries = request, elsewhere, tries
        self._connection, self._reference = connection, reference

    def send(self, *data: bytes) -> None:
        """Sends bytes as they are. Raises `OSError` once the client has gone."""
        for piece in data:
            self._connection.sendall(piece)

    def answer(self, body: bytes, status: str = "200 OK", **headers: str) -> None:
        """Sends a well-formed response."""
        self.send(head(status, content_length=str(len(body)), **headers), body)

    def hang(self) -> None:
        """Waits until the client has gone."""
        while self._connection.recv(65536):
            pass

    def drip(self, data: Iterator[bytes], pause: float = 0.02) -> None:
        """Sends piece after piece with a pause before each, until the client has gone."""
        for piece in data:
            threading.Event().wait(pause)
            self.send(piece)

    def reset(self) -> None:
        """Ends the connection with RST instead of FIN."""
        self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def pass_on(self) -> None:
        """Lets the reference gateway answer."""
        self.send(self.honest())

    def honest(self) -> bytes:
        """What the reference gateway answers, as it goes over the wire."""
        url = urlsplit(self._reference)
        first, _, rest = self.request.raw.partition(b"\r\n")
        with closing(socket.create_connection((url.hostname, url.port))) as onward:
            onward.sendall(first + b"\r\nConnection: close\r\n" + rest)
            return b"".join(iter(lambda: onward.recv(65536), b""))

    def body(self) -> bytes:
        """The body of what the reference gateway answers, which tells its length."""
        return self.honest().partition(b"\r\n\r\n")[2]

    def events(self) -> bytes:
        """The body of the stream that the reference gateway answers with, out of its chunks."""
        body, rest = b"", self.body()
        while (size := int(rest.partition(b"\r\n")[0], 16)) > 0:
            rest = rest.partition(b"\r\n")[2]
            body, rest = body + rest[:size], rest[size + 2 :]
        return body

    def json(self) -> Any:
        """The JSON of what the reference gateway answers."""
        return json.loads(self.body())


Behaviour = Callable[[Caller], None]
Picks = Callable[[Received], bool]


def head(status: str = "200 OK", **headers: str) -> bytes:
    """The status line and the headers of a response; `_` in their names stands for `-`."""
    headers = {"content_type": "application/json", **headers}
    lines = [f"HTTP/1.1 {status}", *(f"{name.replace('_', '-')}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode()


class HostileGateway:
    """Serves on 127.0.0.1, one thread a connection and one request each, until it is closed."""

    def __init__(self, reference: str, picks: Picks, behaviour: Behaviour) -> None:
        self._reference, self._picks, self._behaviour = reference, picks, behaviour
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=64)
        self._elsewhere = socket.create_server(("127.0.0.1", 0))
        self._elsewhere.setblocking(False)
        self.url = _url(self._listening)
        self.seen = list[Received]()
        self.attacked = 0
        """Requests that were picked."""
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Takes no more connections: from now on they are refused."""
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._elsewhere.close()

    def was_called_elsewhere(self) -> bool:
        """Whether anybody has connected to the other host, to which behaviours may send the client."""
        with suppress(BlockingIOError):
            self._elsewhere.accept()[0].close()
            return True
        return False

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listening.accept()
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        # The client goes away in the middle of what is done to it: that is what it should do.
        with connection, suppress(OSError):
            raw = _read_request(connection)
            if not raw:
                return
            request = Received(raw, len(self.seen) + 1)
            self.seen.append(request)
            picked = self._picks(request)
            self.attacked += picked
            caller = Caller(connection, request, self._reference, _url(self._elsewhere), self.attacked)
            (self._behaviour if picked else Caller.pass_on)(caller)


@contextmanager
def hostile(reference: str, picks: Picks, behaviour: Behaviour) -> Iterator[HostileGateway]:
    """A hostile gateway in front of the reference gateway at a URL."""
    with closing(HostileGateway(reference, picks, behaviour)) as server:
        yield server


def _url(listening: socket.socket) -> str:
    host, port = listening.getsockname()
    return f"http://{host}:{port}"


def _read_request(connection: socket.socket) -> bytes:
    """One request, head and body; empty if the client goes away before its end."""
    data, whole = bytearray(), 0
    while not whole or len(data) < whole:
        received = connection.recv(1 << 20)
        if not received:
            return b""
        data += received
        if not whole and (end := data.find(b"\r\n\r\n")) >= 0:
            whole = end + 4 + int(Received(bytes(data), 0).headers.get("content-length", 0))
    return bytes(data)
