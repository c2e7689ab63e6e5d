"""The reference gateway, really served on loopback."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.reference.server import running

from .client import TOKEN, Client


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """These tests need sockets, on loopback."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.enable_socket)


@pytest.fixture(scope="session")
def client() -> Iterator[Client]:
    with running(token=TOKEN) as url, Client(url) as client:
        yield client
