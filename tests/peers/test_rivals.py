"""Another suite judges our reference gateway: what it holds against it is known, with the reason why it stays so."""

import json
import secrets
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from .servers import REFERENCE, SCRIPTS, serving

LLM_COMPLY = SCRIPTS / "llm-comply"
RUN_S = 60
"""A run takes less than a second."""

pytestmark = [
    pytest.mark.rivals,
    pytest.mark.skipif(not LLM_COMPLY.exists(), reason="llm-comply is not installed: `tox run -e rivals` does that"),
]

CHAT, RESPONSES, GEMINI = (
    ("openai-chat", "/ai-gateway/mlflow/v1", "system.ai.gpt-5"),
    ("open-responses", "/ai-gateway/mlflow/v1", "system.ai.gpt-5"),
    ("google-genai", "/ai-gateway/gemini", "system.ai.gemini-3-1-pro"),
)
"""A format of llm-comply, where our gateway speaks it, and a model that does."""
COMPACTION = "compaction is no part of the contract: POST /responses/compact is not there"
HELD_AGAINST = {
    CHAT: {
        "chat-reasoning-summary": "sends `reasoning`, a member of the Responses API, which chat refuses as it does any that it"
        " does not know",
    },
    RESPONSES: {"compact-response": COMPACTION, "compact-missing-model": COMPACTION},
    GEMINI: {},
}
"""Which of its checks do not pass, and why."""
CHECKS = {CHAT: 9, RESPONSES: 13, GEMINI: 9}


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """The URL and the token of the reference gateway, started as a user would."""
    token = secrets.token_hex(16)
    with serving(REFERENCE, token, tmp_path_factory.mktemp("reference")) as port:
        yield f"http://127.0.0.1:{port}", token


@pytest.mark.parametrize("spoken", HELD_AGAINST, ids=[name for name, _, _ in HELD_AGAINST])
def test_all_that_it_holds_against_us_is_known(
    gateway: tuple[str, str], spoken: tuple[str, str, str], tmp_path: Path
) -> None:
    (url, token), (name, path, model) = gateway, spoken
    done = subprocess.run(
        [LLM_COMPLY, "--json", "--format", name, "--base-url", url + path, "--api-key", token, "--model", model],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=RUN_S,
        check=False,
    )
    results = json.loads(done.stdout)["results"]
    assert len(results) == CHECKS[spoken]
    failed = {result["id"]: result["errors"] for result in results if result["status"] not in ("passed", "warning")}
    assert failed.keys() == HELD_AGAINST[spoken].keys(), failed
