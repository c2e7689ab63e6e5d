"""The server as a program: its start-up lines, its end, and what keeps it from starting."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import httpx2
import pytest

from conformance.reference.server import PortInUse, ServeError, UnknownFault, running, serve

from .client import Client


@contextmanager
def _program(*, fault: str | None = None, **environment: str) -> Iterator[tuple[subprocess.Popen[str], str, str]]:
    """The server in a process of its own on a free port: the process, its URL, and its lines."""
    code = f"from conformance.reference.server import serve; serve(0, {fault!r})"
    environment = {k: v for k, v in os.environ.items() if k != "DATABRICKS_TOKEN"} | environment
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment
    ) as process:
        assert process.stdout
        lines = process.stdout.readline() + process.stdout.readline()
        url = re.search(r"http://127\.0\.0\.1:\d+", lines)
        assert url, lines
        try:
            yield process, url[0], lines
        finally:
            process.kill()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_serves_once_announced_and_ends_cleanly_on_a_signal(number: signal.Signals) -> None:
    with _program() as (process, url, lines):
        assert "first one presented" in lines
        with Client(url) as client:
            assert client.chat().status_code == 200
        process.send_signal(number)
        assert process.wait(timeout=10) == 0
        assert process.stdout
        assert process.stdout.read() == ""


def test_token_of_the_environment_is_the_right_one_and_never_shown() -> None:
    with _program(DATABRICKS_TOKEN="a-secret") as (_, url, lines):
        assert "DATABRICKS_TOKEN" in lines
        assert "a-secret" not in lines
        path = url + "/ai-gateway/mlflow/v1/chat/completions"
        for token, status in (("first-come", 401), ("a-secret", 400)):
            headers = {"authorization": f"Bearer {token}"}
            assert httpx2.post(path, json={}, headers=headers, trust_env=False).status_code == status


def test_fault_is_served_at_the_root() -> None:
    with _program(fault="chat-id-null") as (_, url, lines):
        assert "chat-id-null" in lines
        with Client(url) as client:
            assert client.chat().json()["id"] is None


def test_unknown_fault_names_the_nearest() -> None:
    with pytest.raises(UnknownFault, match="responses-store-accepted"):
        serve(0, "response-store-accepted")


def test_port_in_use() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(PortInUse, match="in use"):
        serve(taken.getsockname()[1])


def test_port_that_is_none() -> None:
    with pytest.raises(ServeError, match="no port"):
        serve(70_000)


def test_running_frees_its_port() -> None:
    with running() as url:
        port = int(url.rpartition(":")[2])
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0
