"""LiteLLM and MLflow by both of their sides: what they are warned of is known, and true by hand."""

import json
import os
import secrets
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from .servers import HERE, IN_FRONT, SCRIPTS, free_port, on_port, serving

RUN_S = 180
"""A run takes 5 to 30 s."""
KNOWN: Mapping[str, Mapping[str, str]] = {
    "litellm": {
        "PROXY-REQ-MEDIA": "Gemini in front, chat behind: inline images and recordings are dropped, the text goes on",
        "PROXY-REQ-REASONING": "gives signatures as thinking_blocks, and drops these blocks when they are sent back",
        "PROXY-REQ-UNKNOWN": "Responses: a member that it does not know is dropped",
        "PROXY-ANS-ID": "Responses: the id of the upstream is wrapped in one of its own",
        "PROXY-ANS-HEADERS": "Retry-After comes as llm_provider-retry-after alone; of a whole answer the requests left too",
        "PROXY-STREAM-PACE": "Responses, of a model it does not know: asks for a whole answer and makes a stream of it",
    },
    "mlflow": {
        "PROXY-ANS-REASONING": "drops the signature of a reasoning block",
        "PROXY-ANS-HEADERS": "passes no header of the upstream on, Retry-After neither",
    },
}
"""Which requirements about both sides are warned, and why that is true of the proxy."""

pytestmark = pytest.mark.rivals


@pytest.mark.parametrize("name", KNOWN)
def test_what_both_sides_show_is_known(name: str, tmp_path: Path) -> None:
    peer, token, upstream = IN_FRONT[name], secrets.token_hex(16), free_port()
    if not Path(peer.command(0, "", Path())[0]).exists():
        pytest.skip(f"{name} is not installed: `tox run -e peer-{name}` does that")
    config = on_port(HERE / f"{name}.yaml", upstream)
    (tmp_path / f"{name}.yaml").write_text(config, encoding="utf-8")
    with serving(peer, token, tmp_path) as port:
        (tmp_path / f"{name}.toml").write_text(peer.target(port), encoding="utf-8")
        run = (
            "behind",
            "--target",
            f"{name}.toml",
            "--upstream-port",
            str(upstream),
            "-k",
            "PROXY",
            "--report-dir",
            "report",
        )
        done = subprocess.run(
            [SCRIPTS / "gateway-conformance", *run], cwd=tmp_path, env={**os.environ, "PEER_TOKEN": token},
            capture_output=True, text=True, timeout=RUN_S, check=False,
        )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    results = json.loads((tmp_path / "report" / "results.json").read_text(encoding="utf-8"))
    assert results["errors"] == [], done.stdout
    rows = {row["id"]: row["verdict"] for row in results["requirements"] if row["id"].startswith("PROXY-")}
    assert {identifier for identifier, verdict in rows.items() if verdict == "warned"} == KNOWN[name].keys()
    assert set(rows.values()) <= {"passed", "warned"}
