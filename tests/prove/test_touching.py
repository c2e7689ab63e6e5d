"""Which cases a gateway can touch is found out without a socket: the proof leaves out the others."""

import json
from pathlib import Path
from typing import Any

import pytest

from conformance.corpus import frozen
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


def test_of_the_generated_cases_those_of_the_corpus_are_looked_at(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(TOKEN_VARIABLE, TOKEN)
    small, large = (next(case.id for case in frozen.corpus() if case.size == size) for size in ("smoke", "full"))
    by_case = {
        f"responses/corpus.legal-createResponse-store-{small}": frozenset({1}),
        f"responses/corpus.legal-createResponse-store-{large}": frozenset({0, 1}),
    }
    Asked(REQUESTS, by_case).keep(tmp_path / "asked")
    here = AskedHere(Asked.read(tmp_path / "asked"))

    def touched(corpus: str) -> set[str]:
        found = here.touched_by("/faults/responses-store-accepted", everything=True, corpus=corpus)
        return {case.rpartition("-")[2] for case in found}

    assert touched("none") == set()
    assert touched("standard") == {small}
    assert touched("full") == {small, large}
