"""A small proxy with three honest deviations, in front of the reference gateway: certified end to end, and checked."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.certify import small_proxy
from tests.end_to_end.conftest import command_in

from .conftest import Keys

pytestmark = pytest.mark.xdist_group("certificates")  # what the tests share is made once


def test_a_proxy_is_certified_with_its_deviations(tmp_path: Path, reference: str, made_keys: Keys) -> None:
    command = command_in(tmp_path)
    (tmp_path / "deviations.toml").write_text(small_proxy.deviations(datetime.now(UTC).date()))
    with small_proxy.listening(reference) as url:
        (tmp_path / "proxy.toml").write_text(
            f'name = "small-proxy"\n[surfaces]\nresponses = "{url}/ai-gateway/mlflow/v1"\n[models]\ngpt-5 = "system.ai.gpt-5"\n'
        )
        run = ("run", "--target", "proxy.toml", "--conformance-profile", "responses")
        assert command(*run).code == 1, "it does not keep the contract"
        words = (
            "certify",
            "--target",
            "proxy.toml",
            "--profile",
            "responses",
            "--key",
            str(made_keys.private),
            "--demonstration",
        )
        done = command(*words, "--output", "plain", report=False)
        assert done.code == 4
        assert "3 required by responses-2026-11 failed, and no deviation says so: RESP-400-STORE" in done.err
        done = command(*words, "--deviations", "deviations.toml", report=False)
    assert done.code == 0, done.out + done.err
    assert "small-proxy: demonstration-conformant-with-deviations" in done.out
    assert "valid until" in done.out
    assert "the deviation of RESP-400-STORE expires" in done.out
    page = (tmp_path / "certificate" / "certificate.html").read_text()
    for word in ("Known deviations", "search team", "GW-2", "taken and dropped"):
        assert word in page
    check = ("verify-certificate", "certificate", "--trusted", str(made_keys.public), "--accept-demonstration")
    refused = command(*check, report=False)
    assert refused.code == 1
    assert "3 known deviations (RESP-400-STORE" in refused.out
    taken = command(*check, "--accept-deviations", report=False)
    assert taken.code == 0, taken.out
