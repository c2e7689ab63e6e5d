"""A proxy in front of the reference gateway, on a real socket, that may change what comes back."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx2


@dataclass
class Answer:
    """What goes back to the client."""

    status: int
    headers: dict[str, str]
    body: bytes


Change = Callable[[str, bytes, Answer], Answer]


@dataclass
class Proxy:
    """Where it listens, what it changes, and the paths and bodies that it was sent."""

    url: str
    change: Change
    sent: list[tuple[str, bytes]] = field(default_factory=list)


def unchanged(_path: str, _sent: bytes, answer: Answer) -> Answer:
    return answer


class QuietServer(ThreadingHTTPServer):
    def handle_error(self, _request: object, _client: object) -> None:
        """A client that is ended leaves its requests: that is no news."""


@contextmanager
def proxy(gateway: str, change: Change = unchanged) -> Iterator[Proxy]:
    """Passes requests on to the gateway; `change` is given the path, the body sent, and the answer."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"] or 0))
            listening.sent.append((self.path, body))
            passed = ("content-type", "authorization", "x-goog-api-key")
            headers = {name: self.headers[name] for name in passed if self.headers[name]}
            got = client.request(self.command, gateway + self.path, content=body, headers=headers)
            kept = {name: value for name, value in got.headers.items() if name in ("content-type", "server")}
            answer = listening.change(self.path, body, Answer(got.status_code, kept, got.content))
            self.send_response_only(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

        def do_GET(self) -> None:
            self.do_POST()

        def do_PUT(self) -> None:
            self.do_POST()

        def do_DELETE(self) -> None:
            self.do_POST()

        def log_message(self, *_args: object) -> None:
            """Quiet."""

    server = QuietServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    listening = Proxy(f"http://127.0.0.1:{server.server_address[1]}", change)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    with httpx2.Client(trust_env=False, timeout=60) as client:
        thread.start()
        try:
            yield listening
        finally:
            server.shutdown()
            server.server_close()
