"""Recorded answers through google-genai's client: what of them reaches the caller?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from conformance.observer.caller import Caller
from conformance.observer.cases.google_client import Google, one_certificate
from conformance.observer.recorded import RecordedAnswer
from conformance.observer.trouble import always, injected


@pytest.fixture(autouse=True)
def _one_certificate(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    one_certificate(monkeypatch, tmp_path)


def test_generate_content(caller: Caller, gemini_answer: RecordedAnswer) -> None:
    """An answer, at once or in pieces."""
    body = gemini_answer.body
    config: dict[str, Any] = {name: value for name, value in body.items() if name != "contents"}
    config |= config.pop("generationConfig", {})
    with injected(caller, always(gemini_answer.answer)):
        client = Google("sync", caller)
        streamed = gemini_answer.path.endswith(":streamGenerateContent")
        ask = client.ask_streamed if streamed else client.ask
        caller.sees(lambda: ask(body["contents"], **config))
        client.close()
