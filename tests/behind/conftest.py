"""Runs that watch both sides of a reference proxy: all of it real, on loopback."""

from pathlib import Path

import pytest

from conformance.reference.proxies import PROXIES
from conformance.reference.proxies.application import proxying
from conformance.reference.server import ServeError
from conformance.reference.upstream import Upstream
from tests.end_to_end.conftest import Done, command_in

OWN_KEY = "upstream-key-of-the-proxy-7f3a"
"""What the reference proxies that have a credential of their own show their upstream."""


def behind(directory: Path, proxy: str, *words: str) -> Done:
    """Runs `gateway-conformance behind` before a reference proxy, in a directory."""
    for _ in range(3):  # another process may take the port in the meantime
        with Upstream().listening() as held:
            port = held.port
        with proxying(f"http://127.0.0.1:{port}", PROXIES[proxy].quirk) as url:
            done = command_in(directory)("behind", "--base-url", url, "--upstream-port", str(port), *words)
        if "is in use" not in done.err:
            return done
    raise ServeError("no port is free")


@pytest.fixture(scope="session")
def of_a_fault(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of a run behind a proxy that trims texts; only to be read."""
    directory = tmp_path_factory.mktemp("trims")
    done = behind(directory, "proxy-trims-text", "-k", "PROXY-REQ-TEXT or PROXY-STREAM-PACE or PROXY-CROSSED")
    assert done.code == 0, done.out + done.err
    return done.report
