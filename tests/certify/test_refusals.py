"""What is not certified, and the one line that says why; nothing is written then."""

import json
import os
import shutil
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from conformance import profiles
from conformance.certify import keys, making, refusals
from conformance.certify.statement import Deviating
from conformance.cli import main
from conformance.commands.certify import secrets_in_use
from conformance.errors import UsageError
from conformance.report.results import read
from tests.end_to_end.conftest import TOKEN, command_in
from tests.report import made
from tests.report.test_deviations import known

from .conftest import Keys, certified

pytestmark = pytest.mark.xdist_group("certificates")  # what the tests share is made once

Results = dict[str, Any]


def edited(report: Path, change: Callable[[Results], object]) -> None:
    path = report / "results.json"
    document = json.loads(path.read_text())
    change(document)
    path.write_text(json.dumps(document))


def row(document: Results, requirement: str) -> Results:
    found: Results = next(one for one in document["requirements"] if one["id"] == requirement)
    return found


def days_ago(days: float) -> str:
    return (datetime.now(UTC) - timedelta(days=days)).isoformat(timespec="seconds")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda it: it["target"].update(mode="replay"), "it replays recordings"),
        (lambda it: it["target"].update(altered=["manifest.json"]), "recordings that were changed"),
        (lambda it: it["target"].update(resumed=2), "a part of it was judged by an earlier run"),
        (lambda it: it.update(taken_over={"started_at": days_ago(1), "cases": ["a"]}), "a part of it was judged by an earlier"),
        (lambda it: it["target"].update(rechunked="bytes"), "it changed the streams"),
        (lambda it: it.update(complete=False, incomplete=["--max-time"]), "it is not complete: --max-time"),
        (lambda it: it.update(errors=["chat/x: boom"]), "the suite itself broke in it: chat/x: boom"),
        (lambda it: it["selection"].update(keyword="gemini"), r"its selection leaves cases out \(keyword\)"),
        (lambda it: it.update(started_at=days_ago(8)), "it is 8 days old, and may be 7"),
        (lambda it: it.update(started_at=days_ago(-1)), "it began in the future"),
        (lambda it: it.update(started_at="2026-11-29T00:00:00"), "does not tell when the run began"),
        (lambda it: it["suite"].update(version="0.0.1"), "version 0.0.1 of the suite made it"),
        (lambda it: row(it, "GEM-PATH").update(verdict="inconclusive"), r"1 of 13 required .* not decided: GEM-PATH \(inconc"),
        (lambda it: row(it, "GEM-PATH").update(verdict="not_tested"), r"not decided: GEM-PATH \(not tested\)"),
        (lambda it: row(it, "GEM-PATH").update(verdict="not_applicable", note=""), r"GEM-PATH \(not applicable\)"),
        (lambda it: row(it, "GEM-PATH").update(verdict="failed"), r"1 required .* failed, and no deviation says so: GEM-PATH"),
        (lambda it: it["requirements"].remove(row(it, "GEM-PATH")), r"GEM-PATH \(not in the report\)"),
        (lambda it: row(it, "GEM-PATH").update(verdict="warned"), "evidence says something else: GEM-PATH: passed, and the"),
        (lambda it: it["cases"].pop(), "stands in no report"),
    ],
)  # fmt: skip
def test_a_run_that_is_no_ground(
    report: Path, tmp_path: Path, made_keys: Keys, change: Callable[[Results], object], says: str
) -> None:
    edited(report, change)
    with pytest.raises(UsageError, match=says):
        certified(report, made_keys, tmp_path / "certificate")
    assert {path.name for path in tmp_path.iterdir()} == {"report"}, "nothing is half written"


@pytest.mark.parametrize(("about", "fails"), [("GEM-PATH", True), ("RESP-400-STORE", False)])
def test_a_deviation_that_is_over_is_in_the_way_of_the_profile_that_requires_it(about: str, *, fails: bool) -> None:
    over = known(requirement=about, expires=date(2025, 11, 1))
    run = made.results(made.case("gemini/a", {about: "passed"}), deviations=[over])
    told = list(refusals.of_the_requirements(run, profiles.named("gemini")))
    assert any(one.startswith(f"the deviation {about}: expired") for one in told) == fails


def test_without_evidence(report: Path, tmp_path: Path, made_keys: Keys) -> None:
    (report / "evidence.jsonl").unlink()
    with pytest.raises(UsageError, match=r"it kept no evidence\.jsonl"):
        certified(report, made_keys, tmp_path / "certificate")


@pytest.mark.parametrize("name", ["exchanges.jsonl", "evidence.jsonl"])
def test_a_secret_in_the_evidence(report: Path, tmp_path: Path, made_keys: Keys, name: str) -> None:
    path = report / name
    path.write_text(path.read_text() + json.dumps({"case": "x", "said": f"Bearer {TOKEN}"}) + "\n")
    with pytest.raises(UsageError, match=f"a secret in {name}: the token in use"):
        certified(report, made_keys, tmp_path / "certificate")


def test_what_the_reference_gateway_has_answered(of_reference: Path, tmp_path: Path, made_keys: Keys) -> None:
    with pytest.raises(UsageError, match="its answers are the reference gateway's: give --demonstration"):
        certified(of_reference, made_keys, tmp_path / "certificate")


def test_a_certificate_is_not_overwritten(kept: Path, of_another: Path, made_keys: Keys) -> None:
    with pytest.raises(UsageError, match="is there already: give another --output"):
        certified(of_another, made_keys, kept)


def test_a_run_in_many_processes_keeps_no_evidence(tmp_path: Path, reference: str) -> None:
    words = ("--base-url", reference, "--conformance-profile", "gemini", "--corpus", "none", "-n", "2")
    done = command_in(tmp_path)("run", *words)
    assert done.code == 0, done.out
    assert not (done.report / "evidence.jsonl").exists()


def test_a_replay_keeps_no_evidence(tmp_path: Path) -> None:
    done = command_in(tmp_path)("run", "--requirement", "GEM-PATH")
    assert done.code == 0, done.out
    assert not (done.report / "evidence.jsonl").exists()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["certify"], "Missing option '--conformance-profile' / '--profile'"),
        (["certify", "report", "--profile", "gemini", "--conformance-profile", "chat"], "is given 2 times: it takes one value"),
        (["certify", "--profile", "gemini", "--key", "KEY"], "give a REPORT, or --base-url or --target"),
        (["certify", "report", "--base-url", "http://x", "--profile", "gemini", "--key", "KEY"], "and not both"),
        (["certify", "report", "--profile", "gemini"], "no key to sign with: give --key FILE"),
        (["certify", "report", "--profile", "gemni", "--key", "KEY"], "unknown profile 'gemni'; did you mean gemini"),
        (["certify", "nowhere", "--profile", "gemini", "--key", "KEY"], "cannot be read"),
        (["certify", "report", "--profile", "gemini", "--key", "KEY", "--deviations", "x"], "--deviations is for the run"),
        (["certify", "report", "--profile", "gemini", "--key", "OPEN"], "can be read by others than its owner: `chmod 600"),
        (["certify", "report", "--profile", "gemini", "--key", "PUBLIC"], "holds no private ed25519 key in PEM"),
        (["certify", "report", "--profile", "gemini", "--key", "nowhere"], "cannot be read: No such file"),
        (["verify-certificate", "nowhere", "--trusted", "PUBLIC"], "nowhere is no directory"),
        (["verify-certificate", "report", "--trusted", "PUBLIC"], "holds no certificate.json"),
        (["verify-certificate", "report", "--trusted", "KEY"], "is a private key: give the public one"),
        (["verify-certificate", "report", "--trusted", "nowhere"], "cannot be read: No such file"),
        (["verify-certificate", "report"], "Missing option '--trusted'"),
        (["revoke", "report", "--key", "KEY", "--reason", "x", "--file", "f"], "cannot be read: No such file"),
        (["revoke", "report", "--key", "KEY", "--reason", " ", "--file", "f"], "--reason is empty"),
        (["revoke", "report", "--key", "KEY", "--reason", "\udcff", "--file", "f"], "'--reason': it holds bytes that are"),
        (["certify", "report", "--profile", "gemini", "--key", "KEY", "--issuer", "\udcff"], "'--issuer': it holds bytes that"),
        (["revoke", "\udcff\x1b[2J", "--key", "KEY", "--reason", "x", "--file", "f"], r"\udcff\u001b[2J/certificate.json"),
        (["certify", "\x1b]0;x", "--profile", "gemini", "--key", "KEY"], r"\u001b]0;x cannot be read"),
        (["keygen", "KEY"], "is there already, and a key is never overwritten"),
        (["keygen", "nowhere/key"], "cannot be written to nowhere/key: No such file or directory"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_in_one_line(
    report: Path, made_keys: Keys, monkeypatch: pytest.MonkeyPatch, words: list[str], says: str
) -> None:
    monkeypatch.chdir(report.parent)
    monkeypatch.delenv(keys.KEY_VARIABLE, raising=False)
    shutil.copy(made_keys.private, "KEY")
    shutil.copy(made_keys.public, "PUBLIC")
    shutil.copy(made_keys.private, "OPEN")
    for name, mode in {"KEY": 0o600, "OPEN": 0o644, "PUBLIC": 0o600}.items():
        os.chmod(name, mode)  # noqa: PTH101 (what is meant is the file beside this process)
    done = CliRunner().invoke(main, words)
    assert (done.exit_code, len(done.stderr.splitlines())) == (4, 1), done.output
    assert says in done.stderr
    assert "PRIVATE" not in done.output


@pytest.mark.parametrize(
    ("variable", "is_secret"),
    [
        ("DATABRICKS_TOKEN=0b5e55edf00d", True),
        ("ACME_KEY=0b5e55edf00d", True),
        ("client_secret=0b5e55edf00d", True),
        ("PROXY_PASSWORD=correct-horse-battery", True),
        ("ACME_KEY=0b5e55e", False),
        ("ACME_KEY=anything", False),
        ("ACME_KEY=conversationally", True),
        ("ACME_NAME=0b5e55edf00d", False),
    ],
)
def test_a_secret_of_the_environment_in_the_evidence(
    report: Path, made_keys: Keys, monkeypatch: pytest.MonkeyPatch, variable: str, is_secret: bool
) -> None:
    name, _, value = variable.partition("=")
    path = report / "exchanges.jsonl"
    [*lines, last] = path.read_text().splitlines()
    edited_last = json.loads(last)
    edited_last["curl"] += f" # {value}"
    path.write_text("\n".join([*lines, json.dumps(edited_last)]) + "\n")
    monkeypatch.chdir(report.parent)
    monkeypatch.setenv(name, value)
    done = CliRunner().invoke(main, ["certify", "report", "--profile", "gemini", "--key", str(made_keys.private)])
    assert ("a secret in exchanges.jsonl" in done.stderr) == is_secret, done.output
    assert value not in done.output


def test_what_a_target_file_sends_is_a_secret_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OURS", TOKEN)
    lines = (
        'name = "acme-gateway"', 'token_env = "OURS"', 'surfaces = {gemini = "http://127.0.0.1:1/gemini/v1beta"}',
        'headers = {x-acme-sig = "0b5e55edf00d", accept = "application/json", x-team = "acme-gateway"}',
    )  # fmt: skip
    (tmp_path / "acme.toml").write_text("\n".join(lines))
    found = secrets_in_use(tmp_path / "acme.toml") - secrets_in_use()
    assert found == {TOKEN, "0b5e55edf00d"}


def test_a_key_of_the_environment(
    of_another: Path, tmp_path: Path, made_keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(keys.KEY_VARIABLE, made_keys.private.read_text())
    order = making.Order(of_another, profiles.named("gemini"), "me")
    made = making.certify(order, keys.private(None), tmp_path / "certificate")
    text = (made.directory / "certificate.json").read_text() + (made.directory / "certificate.html").read_text()
    assert made_keys.trusted.keyid in text
    assert made_keys.private.read_text().splitlines()[1] not in text
    for text in ("no key", "\udcff-----BEGIN PRIVATE KEY-----"):
        monkeypatch.setenv(keys.KEY_VARIABLE, text)
        with pytest.raises(UsageError, match=f"^{keys.KEY_VARIABLE} holds no private ed25519 key"):
            keys.private(None)


SECP112R1 = {
    "private": "ME4CAQAwEAYHKoZIzj0CAQYFK4EEAAYENzA1AgEBBA5EovSOr6eBYrCMM+v+RaEgAx4ABLYVHFctM/ewwSilnwaXu1n68OyJ25od6DQmVsM=",
    "public": "MDIwEAYHKoZIzj0CAQYFK4EEAAYDHgAEthUcVy0z97DBKKWfBpe7Wfrw7Inbmh3oNCZWww==",
}
"""A key, made for this test, on an elliptic curve of which nothing here can make anything."""


@pytest.mark.parametrize(("kind", "load"), [("private", keys.private), ("public", keys.public)])
def test_a_key_on_a_curve_that_is_not_known(tmp_path: Path, kind: str, load: Callable[[Path], object]) -> None:
    path = tmp_path / kind
    label = f"{kind.upper()} KEY"
    path.write_text(f"-----BEGIN {label}-----\n{SECP112R1[kind]}\n-----END {label}-----\n")
    path.chmod(0o600)
    with pytest.raises(UsageError, match=f"holds no {kind} ed25519 key in PEM"):
        load(path)


@pytest.mark.parametrize("url", ["http://[::1", "http://[::zz]/", "//[x"])
def test_a_surface_whose_url_has_no_parts(
    report: Path, made_keys: Keys, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    edited(report, lambda it: it["target"]["surfaces"].update(gemini=url))
    monkeypatch.chdir(report.parent)
    done = CliRunner().invoke(main, ["certify", "report", "--profile", "gemini", "--key", str(made_keys.private)])
    assert (done.exit_code, len(done.stderr.splitlines())) == (4, 1), done.output
    assert "report/results.json cannot be read (ValidationError:" in done.stderr


def test_a_key_is_for_its_owner_alone(tmp_path: Path) -> None:
    keys.generate(tmp_path / "key")
    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600


def test_how_long_a_certificate_holds() -> None:
    now = datetime(2026, 11, 29, 12, tzinfo=UTC)
    deviation = Deviating(requirement="GEM-PATH", owner="me", reason="r", expires=date(2026, 12, 24))
    assert making.validity(now, (), ()) == (datetime(2027, 11, 29, 12, tzinfo=UTC), "a year")
    until, why = making.validity(now, (), ("gpt-5",))
    assert (until, why) == (
        datetime(2027, 2, 27, 12, tzinfo=UTC),
        "90 days: gpt-5 may stand for another model tomorrow",
    )
    until, why = making.validity(now, (deviation,), ("gpt-5",))
    assert (until, why) == (datetime(2026, 12, 25, tzinfo=UTC), "the deviation of GEM-PATH expires on 2026-12-24")


@pytest.mark.parametrize(
    ("name", "is_alias"),
    [
        ("gpt-5", True),
        ("gpt-5@latest", True),
        ("facadefacade", True),
        ("model-20251301", True),
        ("123456789012", True),
        ("gpt-5-2025-08-07", False),
        ("claude-sonnet-4-5-20250929", False),
        ("llama@sha256:0123", False),
        ("gemma-0123456789ab", False),
    ],
)
def test_a_name_that_may_stand_for_another_model(report: Path, name: str, is_alias: bool) -> None:
    edited(report, lambda it: it["target"].update(models={"gpt-5": name}))
    assert bool(making.hosted_aliases(read(report), ("gpt-5",))) == is_alias


@pytest.mark.parametrize(
    ("deviation", "says"),
    [
        ({"requirement": "AUTH-REFUSED"}, "authentication cannot be waived"),
        ({"owner": " "}, "no owner"),
        ({"reason": ""}, "no reason"),
        ({"requirement": "GEM-NONE"}, "unknown requirement 'GEM-NONE'"),
        ({"expires": "2036-01-01"}, "more than 180 days away"),
        ({"first_seen": "2036-01-01"}, "is still to come"),
        ({}, "the report has another .*deviations"),
    ],
)
def test_a_deviation_that_no_file_could_have(
    report: Path, tmp_path: Path, made_keys: Keys, deviation: dict[str, str], says: str
) -> None:
    """It was written into the report: what waives nothing in a file waives nothing there."""
    today = datetime.now(UTC).date()
    one = {
        "requirement": "GEM-PATH", "verdict": "failed", "owner": "me", "reason": "r",
        "first_seen": today.isoformat(), "expires": (today + timedelta(days=30)).isoformat(), **deviation,
    }  # fmt: skip
    row = {"deviation": one, "outcome": "happened", "found": "failed", "cases": []}
    edited(report, lambda it: it.update(deviations={"rows": [row], "in_part": []}))
    with pytest.raises(UsageError, match=says):
        certified(report, made_keys, tmp_path / "certificate")


@pytest.mark.parametrize("surface", ["chat", "responses"])
def test_a_surface_on_which_nothing_answered(of_another: Path, tmp_path: Path, made_keys: Keys, surface: str) -> None:
    order = making.Order(of_another, profiles.named(surface), "me")
    with pytest.raises(UsageError, match=f"{surface}-2026-11 is about {surface} too, and no model has answered there"):
        making.certify(order, made_keys.signer, tmp_path / "certificate")


@pytest.mark.parametrize("option", ["--cheap", "--surface=gemini", "--level=MUST", "--corpus=smoke"])
def test_a_part_of_a_run(tmp_path: Path, reference: str, made_keys: Keys, option: str) -> None:
    done = command_in(tmp_path)("run", "--base-url", reference, "--conformance-profile", "gemini", option)
    with pytest.raises(UsageError, match="its selection leaves cases out"):
        certified(done.report, made_keys, tmp_path / "certificate", demonstration=True)
