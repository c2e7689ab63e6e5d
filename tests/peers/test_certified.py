"""LiteLLM that drops two parameters which the contract refuses: its deviations make CI green, and it is certified with them."""

import os
import secrets
import subprocess
from pathlib import Path

import pytest

from .servers import HERE, LITELLM, REFERENCE, SCRIPTS, on_port, serving

RUN_S = 120

pytestmark = [
    pytest.mark.rivals,
    pytest.mark.skipif(
        not Path(LITELLM.command(0, "", Path())[0]).exists(),
        reason="litellm is not installed: `tox run -e peer-litellm` does that",
    ),
]


def test_litellm_is_certified_with_its_deviations(tmp_path: Path) -> None:
    token = secrets.token_hex(16)

    def command(*words: str) -> tuple[int, str]:
        done = subprocess.run(
            [SCRIPTS / "gateway-conformance", *words], cwd=tmp_path, env={**os.environ, "PEER_TOKEN": token},
            capture_output=True, text=True, timeout=RUN_S, check=False,
        )  # fmt: skip
        return done.returncode, done.stdout + done.stderr

    with serving(REFERENCE, token, tmp_path) as upstream:
        config = on_port(HERE / "litellm.yaml", upstream).split("\n")
        key = next(number for number, line in enumerate(config) if "api_key" in line)
        config.insert(key + 1, "      additional_drop_params: [store, service_tier]")
        # Without a database it answers a wrong credential with 400, which no deviation waives: so it has no credential.
        (tmp_path / "litellm.yaml").write_text(
            "\n".join(config).replace(
                "master_key: os.environ/PEER_TOKEN", "dangerously_permit_weak_or_unset_master_key: true"
            )
        )
        with serving(LITELLM, token, tmp_path) as port:
            target = on_port(HERE / "litellm.toml", port).replace('token_env = "PEER_TOKEN"', 'auth = "none"')
            (tmp_path / "litellm.toml").write_text(target)
            run = ("run", "--target", "litellm.toml", "--conformance-profile", "responses")
            code, told = command(*run, "--report-dir", "first")
            assert code == 1, told
            code, told = command("deviations", "init", "first", "--owner", "platform team")
            assert code == 0, told
            drafted = (tmp_path / "deviations.toml").read_text()
            assert 'requirement = "RESP-400-STORE"' in drafted
            (tmp_path / "deviations.toml").write_text(
                drafted.replace('reason = ""', 'reason = "dropped by its configuration"')
            )
            code, told = command(*run, "--deviations", "deviations.toml", "--report-dir", "second")
            assert code == 0, told
    assert command("keygen", "key")[0] == 0
    certify = ("certify", "second", "--profile", "responses", "--key", "key", "--demonstration")
    code, told = command(*certify)
    assert code == 0, told
    assert "litellm: demonstration-conformant-with-deviations" in told
    check = (
        "verify-certificate",
        "certificate",
        "--trusted",
        "key.pub",
        "--accept-demonstration",
        "--accept-deviations",
    )
    code, told = command(*check)
    assert code == 0, told
