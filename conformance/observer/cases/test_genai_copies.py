"""Exceptions of google-genai that go to another process, or are copied: as pools of workers and queues of tasks do."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.observer.caller import Caller
from conformance.observer.cases.copies import WAYS, copied
from conformance.observer.cases.google_client import KINDS, Google, one_certificate
from conformance.observer.trouble import always, injected, refusal


@pytest.fixture(autouse=True)
def _one_certificate(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    one_certificate(monkeypatch, tmp_path)


@pytest.fixture(params=KINDS)
def client(request: pytest.FixtureRequest, caller: Caller) -> Iterator[Google]:
    """A client of each kind, on v1beta, so that a default of another version hides nothing."""
    made = Google(request.param, caller, {"api_version": "v1beta"})
    yield made
    made.close()


@WAYS
@pytest.mark.parametrize("status", [400, 429, 503])
def test_refused(client: Google, caller: Caller, status: int, way: str) -> None:
    """A refusal, and what comes of its copy: does it have the same type, status and body?"""
    with injected(caller, always(refusal(status, google=True))):
        caller.sees(lambda: copied(lambda: client.ask("Say hello."), way))


@pytest.mark.parametrize("way", ["pickle", "deepcopy"])
def test_answer(client: Google, caller: Caller, way: str) -> None:
    """An answer, and what comes of its copy."""
    caller.sees(lambda: copied(lambda: client.ask("Say hello."), way))
