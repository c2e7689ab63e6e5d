"""From a live run to a certificate that anyone can check without a network, by the commands as they are installed."""

import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import jsonschema
import pytest

from conformance.certify.statement import opened, statement_in
from tests.end_to_end.conftest import command_in
from tests.end_to_end.proxy import Answer, proxy
from tests.report.parsed import assert_inert

from .conftest import Keys, as_another, certified

pytestmark = pytest.mark.xdist_group("certificates")  # what the tests share is made once

OFFLINE = """
import pytest_socket
from conformance.cli import main
pytest_socket.disable_socket()
main()
"""


def test_a_run_is_made_and_certified_in_one_go_and_checked_without_a_network(
    tmp_path: Path, reference: str, made_keys: Keys
) -> None:
    command = command_in(tmp_path)
    with proxy(reference, as_another) as target:
        words = (
            "--base-url", target.url, "--conformance-profile", "gemini", "--key", str(made_keys.private), "--issuer", "Acme",
        )  # fmt: skip
        done = command("certify", *words, report=False)
    assert done.code == 0, done.out + done.err
    assert "conformant; profile gemini-2026-11: 13 required, 13 of them apply; surfaces gemini" in done.out
    assert "certificate: certificate/certificate.html" in done.out
    assert (tmp_path / "certificate-report" / "report.html").is_file()
    check = ["verify-certificate", "certificate", "--trusted", str(made_keys.public)]
    alone = subprocess.run(
        [sys.executable, "-c", OFFLINE, *check], cwd=tmp_path, env={}, capture_output=True, text=True, check=False
    )
    assert alone.returncode == 0, alone.stdout + alone.stderr
    assert alone.stdout.startswith("ok     signature of Acme\n")
    assert "ok     evidence, judged anew\n" in alone.stdout


def test_what_it_states(kept: Path) -> None:
    document = json.loads((kept / "certificate.json").read_bytes())
    assert document["payloadType"] == "application/vnd.in-toto+json"
    envelope = opened((kept / "certificate.json").read_bytes())
    plain = json.loads(envelope.payload)
    assert plain["_type"] == "https://in-toto.io/Statement/v1"
    assert plain["predicateType"] == "https://in-toto.io/attestation/test-result/v0.1"
    assert plain["predicate"]["result"] == "PASSED"
    assert len(plain["predicate"]["passedTests"]) == 13
    facts = statement_in(envelope).facts
    assert facts.certificate_class == "conformant"
    assert facts.issuer == "Acme's test desk"
    assert facts.counts == {"passed": 13}
    assert facts.valid_until - facts.issued_at == timedelta(days=90)
    assert facts.valid_because.startswith("90 days: system.ai.* may stand for another model")
    names = {one.name for one in statement_in(envelope).subject}
    assert names == {path.relative_to(kept).as_posix() for path in kept.rglob("*") if path.is_file()} - {
        "certificate.json"
    }


def test_a_demonstration_says_so_wherever_one_looks(tmp_path: Path, of_reference: Path, made_keys: Keys) -> None:
    made = certified(of_reference, made_keys, tmp_path / "certificate", demonstration=True)
    assert made.statement.facts.certificate_class == "demonstration-conformant"
    assert made.statement.facts.run.provenance == "reference"
    for name in ("certificate.html", "badge.json", "badge.svg"):
        assert "demonstration" in (made.directory / name).read_text()
    assert "proves nothing about any workspace" in (made.directory / "certificate.html").read_text()
    check = ("verify-certificate", "certificate", "--trusted", str(made_keys.public))
    done = command_in(tmp_path)(*check, report=False)
    assert done.code == 1
    assert "a demonstration, which proves nothing about any workspace" in done.out
    done = command_in(tmp_path)(*check, "--accept-demonstration", report=False)
    assert done.code == 0, done.out


def renamed(_path: str, _sent: bytes, answer: Answer) -> Answer:
    """An answer of a proxy that has a Server header of its own."""
    return Answer(answer.status, answer.headers | {"server": "acme"}, answer.body)


def test_a_proxy_before_the_reference_gateway_hides_nothing(tmp_path: Path, reference: str, made_keys: Keys) -> None:
    with proxy(reference, renamed) as target:
        words = ("--base-url", target.url, "--profile", "gemini", "--key", str(made_keys.private))
        done = command_in(tmp_path)("certify", *words, report=False)
    assert done.code == 4
    assert "its answers are the reference gateway's: give --demonstration" in done.err
    assert not (tmp_path / "certificate").exists()


def test_the_badge_is_one_that_shields_takes(kept: Path) -> None:
    badge = json.loads((kept / "badge.json").read_bytes())
    schema = {
        "type": "object",
        "required": ["schemaVersion", "label", "message"],
        "properties": {"schemaVersion": {"const": 1}, "color": {"enum": ["brightgreen", "yellowgreen", "lightgrey"]}},
    }
    jsonschema.validate(badge, schema)
    assert badge["message"].startswith("gemini-2026-11 conformant until 2")
    assert (kept / "badge.svg").read_text().count("<text") == 2


def test_the_page_is_inert_and_says_what_matters(kept: Path) -> None:
    page = assert_inert((kept / "certificate.html").read_text())
    for word in ("Acme's test desk", "gemini-2026-11", "Valid until", "verify-certificate", "judges the"):
        assert word in page.text


@pytest.mark.parametrize("name", ["results.json", "exchanges.jsonl", "evidence.jsonl"])
def test_the_evidence_is_that_of_the_run(kept: Path, of_another: Path, name: str) -> None:
    assert (kept / "evidence" / name).read_bytes() == (of_another / name).read_bytes()
