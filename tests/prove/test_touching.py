"""Which cases a gateway can touch is found out without a socket: the proof leaves out the others."""

import json
from pathlib import Path
from typing import Any

import pytest

from conformance.prove.touching import Asked, AskedHere
from conformance.reference.server import TOKEN_VARIABLE
from conformance.wire.exchange import Request

TOKEN = "any-token"
URL = "http://127.0.0.1:1/ai-gateway/mlflow/v1"


def asking(path: str, model: str, **fields: Any) -> Request:
    """A request as cases send it: of the credential it has the kind."""
    headers = {"content-type": "application/json", "authorization": "[bearer]"}
    return Request("POST", URL + path, headers, json.dumps({"model": f"system.ai.{model}", **fields}).encode())


HELLO = [{"role": "user", "content": "Say hello."}]
LONG = [{"role": "user", "content": "hello " * 20_000}]
REQUESTS = (
    asking("/responses", "gpt-5", input="Say hello."),
    asking("/responses", "gpt-5", input="Say hello.", store=True),
    asking("/chat/completions", "claude-sonnet-4-5", messages=HELLO, stream=True),
    asking("/chat/completions", "claude-sonnet-4-5", messages=LONG),
)
BY_CASE = {
    "plain": frozenset({0}), "store": frozenset({0, 1}), "stream": frozenset({2}), "large": frozenset({3}),
}  # fmt: skip


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> AskedHere:
    """These requests, as another process reads them."""
    monkeypatch.setenv(TOKEN_VARIABLE, TOKEN)
    Asked(REQUESTS, BY_CASE).keep(tmp_path / "asked")
    return AskedHere(Asked.read(tmp_path / "asked"))


def test_the_reference_touches_nothing(here: AskedHere) -> None:
    assert here.touched_by("", everything=True) == frozenset()


@pytest.mark.parametrize(
    ("fault", "touched"),
    [
        ("responses-store-accepted", {"store"}),
        ("chat-stream-cut", {"stream"}),
        ("chat-id-null", {"large"}),
        ("auth-bearer-refused", {"plain", "store", "stream", "large"}),
    ],
)
def test_a_fault_touches_whoever_gets_another_answer(here: AskedHere, fault: str, touched: set[str]) -> None:
    assert here.touched_by(f"/faults/{fault}", everything=True) == touched


def test_large_requests_are_asked_if_everything_is_wanted(here: AskedHere) -> None:
    assert here.touched_by("/faults/chat-id-null", everything=False) == frozenset()
