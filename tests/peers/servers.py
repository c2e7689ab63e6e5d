"""The peers as processes of ours: each on a free port of loopback, ended by its own handle."""

import os
import re
import socket
import subprocess
import sysconfig
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.processes import started

HERE = Path(__file__).parent
SCRIPTS = Path(sysconfig.get_path("scripts"))
LLMOCK = HERE / "node_modules" / ".bin" / "llmock"
ENVIRONMENTS = Path(os.environ.get("PEER_ENVIRONMENTS", HERE.parent.parent / ".tox"))
"""Where the servers are installed whose pins are not ours, each in an environment of its own."""
READY_S = 60.0
"""Most take less than a second; a proxy that imports much, on a busy machine, may take longer."""


@dataclass(frozen=True)
class Peer:
    """A server that others wrote. `command` makes its command line from the port, the token and a directory for its files."""

    name: str
    command: Callable[[int, str, Path], list[str]]
    environment: Mapping[str, str] = field(default_factory=dict)

    def target(self, port: int) -> str:
        """Its target file, with the port that it has this time."""
        return on_port(HERE / f"{self.name}.toml", port)


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
# What stands in front of our reference reads litellm.yaml and mlflow.yaml in its directory, with the reference's port.
LITELLM = Peer(
    "litellm",
    lambda port, _token, directory: [
        str(ENVIRONMENTS / "peer-litellm" / "bin" / "litellm"), "--host", "127.0.0.1", "--port", str(port),
        "--config", str(directory / "litellm.yaml"), "--telemetry", "False",
    ],
    {"LITELLM_LOCAL_MODEL_COST_MAP": "True"},
)  # fmt: skip
MLFLOW = Peer(
    "mlflow",
    # Not `mlflow gateway start`, which leaves its own child behind.
    lambda port, _token, _directory: [
        str(ENVIRONMENTS / "peer-mlflow" / "bin" / "uvicorn"), "--factory", "mlflow.gateway.app:create_app_from_env",
        "--host", "127.0.0.1", "--port", str(port),
    ],
    {"MLFLOW_GATEWAY_CONFIG": "mlflow.yaml", "MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true"},
)  # fmt: skip
IN_FRONT = {peer.name: peer for peer in (LITELLM, MLFLOW)}
REFERENCE = Peer(
    "reference", lambda port, _token, _directory: [str(SCRIPTS / "gateway-conformance"), "serve", "--port", str(port)]
)
PEERS = {peer.name: peer for peer in (AIMOCK, LLM_KATAN)}


@contextmanager
def serving(peer: Peer, token: str, directory: Path) -> Iterator[int]:
    """Runs a peer that wants `token`, with its log in `directory`. Gives its port once it takes connections."""
    port, log = free_port(), directory / f"{peer.name}.log"
    environment = {
        **os.environ,
        **peer.environment,
        "AIMOCK_API_KEYS": token,
        "DATABRICKS_TOKEN": token,
        "PEER_TOKEN": token,
    }
    with (
        log.open("wb") as output,
        started(
            peer.command(port, token, directory), ends_s=10, env=environment, cwd=directory,
            stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
        ) as process,
    ):  # fmt: skip
        _wait(process, port, log)
        yield port


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


def free_port() -> int:
    """A port of loopback that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def on_port(file: Path, port: int) -> str:
    """The text of a file, with this port in each URL of loopback."""
    return re.sub(r"(?<=://127\.0\.0\.1:)\d+", str(port), file.read_text(encoding="utf-8"))
