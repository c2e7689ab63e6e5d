"""Cases that run on another host over ssh: here a real sshd on loopback, with keys of its own, where one is installed."""

import getpass
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from conformance import resources
from tests.end_to_end.conftest import Command, command_in
from tests.end_to_end.test_run import without_ids
from tests.processes import started

SSHD = shutil.which("sshd", path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/usr/local/sbin")

pytestmark = [
    pytest.mark.skipif(not (SSHD and shutil.which("ssh")), reason="openssh's server is not installed"),
    pytest.mark.xdist_group("ssh"),
]


@dataclass(frozen=True)
class Host:
    """A host that can be reached by ssh with this configuration."""

    config: Path
    name: str = "elsewhere"

    def tx(self, directory: Path) -> str:
        """How xdist is told to run cases there."""
        return f"ssh=-F {self.config} {self.name}//python={sys.executable}//chdir={directory}"


@contextmanager
def listening(directory: Path) -> Iterator[Host]:
    """An sshd in a process of its own, which is ended by its handle."""
    assert SSHD
    for key in ("host", "user"):
        words = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(directory / key)]
        subprocess.run(words, check=True, capture_output=True)
    (directory / "authorized").write_text((directory / "user.pub").read_text())
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    (directory / "sshd_config").write_text(
        f"ListenAddress 127.0.0.1:{port}\nHostKey {directory}/host\nPidFile none\nUsePAM no\nStrictModes no\n"
        f"AuthorizedKeysFile {directory}/authorized\nPasswordAuthentication no\nAcceptEnv DATABRICKS_TOKEN PYTHONPATH\n"
    )
    (directory / "ssh_config").write_text(
        f"Host {Host.name}\n HostName 127.0.0.1\n Port {port}\n User {getpass.getuser()}\n IdentityFile {directory}/user\n"
        f" IdentitiesOnly yes\n UserKnownHostsFile {directory}/known\n StrictHostKeyChecking accept-new\n"
        " BatchMode yes\n LogLevel ERROR\n SendEnv DATABRICKS_TOKEN PYTHONPATH\n"
    )
    Path("/run/sshd").mkdir(exist_ok=True)  # sshd wants it, and may be the first of this machine
    words = [SSHD, "-D", "-e", "-f", str(directory / "sshd_config")]
    with started(words, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        _wait_for(port, server)
        yield Host(directory / "ssh_config")


def _wait_for(port: int, server: "subprocess.Popen[bytes]") -> None:
    for _ in range(100):
        with socket.socket() as attempt:
            if attempt.connect_ex(("127.0.0.1", port)) == 0:
                return
        assert server.poll() is None, "sshd has ended"
        time.sleep(0.05)
    raise AssertionError("sshd does not listen")


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    (tmp_path / "ssh").mkdir(mode=0o700)
    with listening(tmp_path / "ssh") as found:
        yield found


@pytest.mark.parametrize("shard", [(), ("--shard", "1/2")], ids=["whole", "a shard"])
def test_a_host_over_ssh_finds_the_same(tmp_path: Path, gateway: str, host: Host, shard: tuple[str, ...]) -> None:
    there = tmp_path / "there"
    there.mkdir()
    words = ("run", "--base-url", gateway, "--cheap", *shard)
    run: Command = command_in(tmp_path)
    here = run(*words).results
    root = str(resources.PACKAGE.parent)
    tx = ("--tx", host.tx(there), "--tx", host.tx(there))
    done = run(*words, *tx, PYTHONPATH=root)
    assert done.code == 0, done.out + done.err
    assert without_ids(done.results) == without_ids(here)
    assert {path.name for path in there.iterdir()} <= {"pytest", "_pytest"}, "xdist copies itself what it needs"


def test_a_host_that_does_not_have_the_token(tmp_path: Path, gateway: str, host: Host) -> None:
    host.config.write_text(host.config.read_text().replace("SendEnv DATABRICKS_TOKEN", "SendEnv"))
    words = ("--base-url", gateway, "--smoke", "--tx", host.tx(tmp_path))
    done = command_in(tmp_path)("run", *words, PYTHONPATH=str(resources.PACKAGE.parent))
    assert done.code == 4, done.out
    # xdist may notice that the worker has ended before it hears why.
    assert "no token: set the environment variable DATABRICKS_TOKEN" in done.err or "the token" in done.err
    assert "Traceback" not in done.out + done.err
    assert not (tmp_path / "report").exists()


def test_a_host_that_cannot_be_reached(tmp_path: Path, gateway: str, host: Host) -> None:
    host.config.write_text(host.config.read_text().replace("IdentityFile", "# IdentityFile"))
    done = command_in(tmp_path)("run", "--base-url", gateway, "--smoke", "--tx", host.tx(tmp_path))
    assert done.code == 4
    assert "no Python can be started with --tx (HostNotFound" in done.out + done.err
    assert "Traceback" not in done.out + done.err
    assert not (tmp_path / "report").exists()
