"""proxy.py, an HTTP proxy that others wrote, on loopback: with and without credentials, over TLS, reading what it passes on."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.processes import started

HOST = "gateway.test"
"""A name that nobody resolves but these proxies, which take it for this machine."""
_ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Tunnel:
    """Where a proxy listens, and its log."""

    port: int
    log: Path

    def seen(self, what: str) -> int:
        """How many lines of the log name something; a line is written when the connection is over."""
        return sum(what in line for line in self.log.read_text().splitlines())


@contextmanager
def tunnel(*options: str) -> Iterator[Tunnel]:
    """Starts a proxy with options of its own, in a process of its own."""
    with tempfile.TemporaryDirectory() as directory:
        port_file, log = Path(directory, "port"), Path(directory, "log")
        words = [
            sys.executable, "-m", "proxy", "--hostname", "127.0.0.1", "--port", "0", "--port-file", str(port_file),
            "--num-workers", "1", "--num-acceptors", "1", "--log-file", str(log), "--data-dir", directory,
            "--plugins", "tests.tunnel_names.ToThisMachine", *options,
        ]  # fmt: skip
        environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(_ROOT), os.environ.get("PYTHONPATH", "")])}
        with started(words, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            yield Tunnel(_port(port_file, process), log)


def _port(file: Path, process: "subprocess.Popen[bytes]") -> int:
    for _ in range(600):
        if file.exists() and (text := file.read_text().strip()):
            return int(text)
        assert process.poll() is None, "proxy.py has ended"
        time.sleep(0.05)
    raise AssertionError("proxy.py does not start")
