"""Recorded answers through google-genai's client: what of them reaches the caller?"""

from pathlib import Path
from typing import Any

import pytest

from conformance.cases.sdk.google_client import Google, one_certificate
from conformance.sdk.caller import Caller
from conformance.sdk.gateways import always, injected
from conformance.sdk.recorded import RecordedAnswer


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
