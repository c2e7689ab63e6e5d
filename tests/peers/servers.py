"""The two peers as processes of ours: each on a free port of loopback, ended by its own handle."""

import os
import socket
import subprocess
import sysconfig
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
SCRIPTS = Path(sysconfig.get_path("scripts"))
LLMOCK = HERE / "node_modules" / ".bin" / "llmock"
READY_S = 30.0
"""Both take less than a second; a busy machine may take longer."""


@dataclass(frozen=True)
class Peer:
    """A server that others wrote. `command` makes its command line from the port, the token and a directory for its files."""

    name: str
    command: Callable[[int, str, Path], list[str]]

    def target(self, port: int) -> str:
        """Its target file, with the port that it has this time."""
        lines = (HERE / f"{self.name}.toml").read_text(encoding="utf-8").splitlines()
        return "\n".join(_on_port(line, port) if "://127.0.0.1:" in line else line for line in lines)


AIMOCK = Peer(
    "aimock",
    lambda port, _token, _directory: [
        str(LLMOCK), "--host", "127.0.0.1", "--port", str(port),
        "--fixtures", str(HERE / "aimock-fixtures"), "--validate-on-load",
    ],
)  # fmt: skip
LLM_KATAN = Peer(
    "llm-katan",
    lambda port, token, directory: [
        str(SCRIPTS / "llm-katan"), "--host", "127.0.0.1", "--port", str(port), "--model", "katan", "--backend", "echo",
        "--providers", "openai,vertexai", "--validate-keys", "--api-keys", f"openai={token},vertexai={token}",
        "--stats-file", str(directory / "stats.json"),
    ],
)  # fmt: skip
PEERS = {peer.name: peer for peer in (AIMOCK, LLM_KATAN)}


@contextmanager
def serving(peer: Peer, token: str, directory: Path) -> Iterator[int]:
    """Runs a peer that wants `token`, with its log in `directory`. Gives its port once it takes connections."""
    port, log = _free_port(), directory / f"{peer.name}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            peer.command(port, token, directory),
            env={**os.environ, "AIMOCK_API_KEYS": token},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait(process, port, log)
        yield port
    finally:
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    until = time.monotonic() + READY_S
    while process.poll() is None and time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    state = "still silent" if process.poll() is None else f"ended with {process.poll()}"
    raise RuntimeError(f"no server on port {port} ({state}):\n{log.read_text(encoding='utf-8', errors='replace')}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _on_port(line: str, port: int) -> str:
    before, loopback, after = line.partition("://127.0.0.1:")
    return f"{before}{loopback}{port}{after.lstrip('0123456789')}"
