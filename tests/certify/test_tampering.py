"""Whatever is changed in a certificate is found out: each byte, each file, and what an issuer states against the evidence."""

import json
import os
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from securesystemslib.dsse import Envelope
from securesystemslib.signer import CryptoSigner

from conformance import profiles
from conformance.certify import badge, keys, making
from conformance.certify.page import page
from conformance.certify.revocations import revoke
from conformance.certify.statement import (
    CERTIFICATE,
    PAYLOAD,
    Statement,
    opened,
    payload_digest,
    resource,
    sealed,
    statement_in,
)
from conformance.certify.verifying import Demands, Verification, verify
from conformance.errors import UsageError
from conformance.report.results import read
from tests.report.parsed import HOSTILE, assert_inert

from .conftest import Keys

pytestmark = pytest.mark.xdist_group("certificates")  # what the tests share is made once


def checked(directory: Path, by: Keys, **demands: Any) -> Verification:
    return verify(directory, Demands([by.trusted], **demands))


def wrong(found: Verification) -> dict[str, str]:
    """By step: the first thing that is wrong in it."""
    return {step.title: step.problems[0] for step in found.steps if step.problems}


def test_nothing_is_wrong_with_what_was_not_touched(kept: Path, made_keys: Keys) -> None:
    assert checked(kept, made_keys).holds


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_each_byte_counts(certificate: Path, made_keys: Keys, data: st.DataObject) -> None:
    names = sorted(path.relative_to(certificate).as_posix() for path in certificate.rglob("*") if path.is_file())
    path = certificate / data.draw(st.sampled_from(names))
    whole = path.read_bytes()
    place = data.draw(st.integers(0, len(whole) - 1))
    bit = 1 << data.draw(st.integers(0, 7))
    path.write_bytes(whole[:place] + bytes([whole[place] ^ bit]) + whole[place + 1 :])
    try:
        assert not checked(certificate, made_keys).holds
    finally:
        path.write_bytes(whole)


@pytest.mark.parametrize("harm", ["lost", "added", "cut", "exchanged"])
def test_each_file_counts(certificate: Path, made_keys: Keys, harm: str) -> None:
    profile, page = certificate / "profile.yaml", certificate / "certificate.html"
    if harm == "lost":
        profile.unlink()
    elif harm == "added":
        (certificate / "evidence" / "more.jsonl").write_text("{}")
    elif harm == "cut":
        page.write_bytes(page.read_bytes()[:-1])
    else:
        page.write_bytes(profile.read_bytes())
    assert "files" in wrong(checked(certificate, made_keys))


def stated(directory: Path, by: Keys, change: Callable[[Statement], Statement]) -> None:
    """Has the issuer state something else, with a signature that holds."""
    statement = statement_in(opened((directory / CERTIFICATE).read_bytes()))
    (directory / CERTIFICATE).write_bytes(sealed(change(statement), PAYLOAD, by.signer))


def with_facts(statement: Statement, **facts: Any) -> Statement:
    changed = msgspec.structs.replace(statement.facts, **facts)
    return msgspec.structs.replace(
        statement, predicate=msgspec.structs.replace(statement.predicate, gateway_conformance=changed)
    )


NOW = datetime.now(UTC)


@pytest.mark.parametrize(
    ("facts", "step"),
    [
        ({"certificate_class": "conformant-with-deviations"}, "statement"),
        ({"proves": "everything"}, "statement"),
        ({"scope": ("all there is",)}, "statement"),
        ({"counts": {"passed": 14}}, "statement"),
        ({"not_applicable": {"GEM-PATH": "because"}}, "statement"),
        ({"valid_because": "we say so"}, "statement"),
        ({"valid_until": NOW + timedelta(days=91)}, "dates"),
        ({"valid_until": NOW - timedelta(seconds=1)}, "dates"),
        ({"issued_at": NOW + timedelta(hours=1)}, "dates"),
        ({"issued_at": NOW - timedelta(days=30)}, "dates"),
        ({"issued_at": NOW.replace(tzinfo=None)}, "signature"),
    ],
)
def test_an_issuer_who_states_what_the_evidence_does_not_say(
    certificate: Path, made_keys: Keys, facts: dict[str, Any], step: str
) -> None:
    stated(certificate, made_keys, lambda statement: with_facts(statement, **facts))
    assert step in wrong(checked(certificate, made_keys, accepts_deviations=True))


@pytest.mark.parametrize("name", ["target", "profile", "run"])
def test_each_part_of_the_facts_counts(certificate: Path, made_keys: Keys, name: str) -> None:
    def changed(statement: Statement) -> Statement:
        part = getattr(statement.facts, name)
        other = {
            "target": {"name": "another"},
            "profile": {"required": 1},
            "run": {"requests": 1},
        }[name]
        return with_facts(statement, **{name: msgspec.structs.replace(part, **other)})

    stated(certificate, made_keys, changed)
    assert not checked(certificate, made_keys).holds


def test_lists_of_requirements_that_are_not_the_evidences(certificate: Path, made_keys: Keys) -> None:
    def less(statement: Statement) -> Statement:
        predicate = msgspec.structs.replace(statement.predicate, passed_tests=statement.predicate.passed_tests[1:])
        return msgspec.structs.replace(statement, predicate=predicate)

    stated(certificate, made_keys, less)
    assert wrong(checked(certificate, made_keys)) == {
        "statement": "its lists of requirements are not those of its evidence"
    }


@pytest.mark.parametrize("name", ["certificate.html", "badge.json", "badge.svg", "evidence/target.json"])
def test_an_issuer_who_shows_something_else(certificate: Path, made_keys: Keys, name: str) -> None:
    (certificate / name).write_bytes(b"conformant for ever")
    resigned(certificate, made_keys)
    assert wrong(checked(certificate, made_keys)) == {"statement": f"{name} does not show what it says"}


def resigned(directory: Path, by: Keys) -> None:
    """Has the issuer sign whatever the files are now."""

    def as_they_are(statement: Statement) -> Statement:
        subject = tuple(resource(one.name, (directory / one.name).read_bytes()) for one in statement.subject)
        return msgspec.structs.replace(statement, subject=subject)

    stated(directory, by, as_they_are)


def test_an_issuer_who_edits_an_answer(certificate: Path, made_keys: Keys) -> None:
    """A failed requirement is made to pass in results.json, or the answer to fit: the cases judge it anew."""
    evidence = certificate / "evidence" / "evidence.jsonl"
    text = evidence.read_text()
    assert '\\"totalTokenCount\\":' in text
    evidence.write_text(text.replace('\\"totalTokenCount\\":', '\\"totalTokenCount\\":1', 40))
    resigned(certificate, made_keys)
    assert "evidence, judged anew" in wrong(checked(certificate, made_keys))


def test_an_issuer_who_edits_a_verdict(certificate: Path, made_keys: Keys) -> None:
    results = certificate / "evidence" / "results.json"
    document = json.loads(results.read_text())
    [row] = [row for row in document["requirements"] if row["id"] == "GEM-PATH"]
    row["verdict"] = "warned"
    results.write_text(json.dumps(document))
    resigned(certificate, made_keys)
    assert "statement" in wrong(checked(certificate, made_keys))


def test_who_is_not_trusted_has_signed_nothing(kept: Path, tmp_path: Path) -> None:
    public = keys.generate(tmp_path / "other")
    found = verify(kept, Demands([keys.public(public)]))
    assert wrong(found) == {"signature": "none of the trusted keys has signed it, or it was changed since"}
    assert found.statement is None


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"payload": 1, "payloadType": "x", "signatures": []}', "\xff", "[" * 100_000, "NaN"]
)
def test_what_is_no_envelope(certificate: Path, made_keys: Keys, text: str) -> None:
    (certificate / CERTIFICATE).write_text(text)
    assert "it is no" in wrong(checked(certificate, made_keys))["signature"]


@pytest.mark.parametrize(
    ("made", "says"),
    [
        (lambda at: (at / "link").symlink_to(at / "profile.yaml"), "is a link"),
        (lambda at: (at / "loop").symlink_to(at), "is a link"),
        (lambda at: os.mkfifo(at / "pipe"), "is no file"),
        (lambda at: [(at / f"{number}").touch() for number in range(80)], "more than 64 files"),
        (lambda at: (at / "empty").mkdir(), "empty/ does not belong to it"),
    ],
)
def test_what_no_certificate_holds(
    certificate: Path, made_keys: Keys, made: Callable[[Path], object], says: str
) -> None:
    made(certificate)
    assert says in wrong(checked(certificate, made_keys))["files"]
    (certificate / CERTIFICATE).unlink()
    with pytest.raises(UsageError, match="holds no certificate"):
        checked(certificate, made_keys)


def test_what_is_too_large_is_not_read(certificate: Path, made_keys: Keys) -> None:
    with (certificate / "large").open("wb") as file:
        file.truncate(600 * 2**20)
    assert "is larger than" in wrong(checked(certificate, made_keys))["files"]
    with (certificate / CERTIFICATE).open("ab") as file:
        file.truncate(5 * 2**20)
    assert "is larger than 4 MB" in wrong(checked(certificate, made_keys))["signature"]


def test_a_revoked_one_does_not_hold(kept: Path, tmp_path: Path, made_keys: Keys) -> None:
    file = tmp_path / "revocations.jsonl"
    file.touch()
    assert checked(kept, made_keys, revocations=file).holds
    revoke(kept, "the key was lost", made_keys.signer, file)
    with pytest.raises(UsageError, match="says already that "):
        revoke(kept, "again", made_keys.signer, file)
    found = checked(kept, made_keys, revocations=file)
    assert wrong(found)["revocations"].endswith(": the key was lost")
    document = json.loads(file.read_bytes())
    for member, other in {"payload": "e30=", "payloadType": PAYLOAD}.items():
        file.write_text(json.dumps(document | {member: other}) + "\n")
        with pytest.raises(UsageError, match="was changed: a line claims to be signed by a key that you trust"):
            checked(kept, made_keys, revocations=file)
    file.write_text("no line of ours\n")
    with pytest.raises(UsageError, match="is no file of revocations"):
        checked(kept, made_keys, revocations=file)


def test_only_the_issuer_revokes(kept: Path, tmp_path: Path, made_keys: Keys) -> None:
    other = tmp_path / "other"
    keys.generate(other)
    with pytest.raises(UsageError, match="only who has issued a certificate revokes or supersedes it"):
        revoke(kept, "I do not like it", keys.private(other), tmp_path / "file")
    assert not (tmp_path / "file").exists()
    assert checked(kept, made_keys).holds


def test_what_follows_a_certificate_names_it(of_another: Path, kept: Path, tmp_path: Path, made_keys: Keys) -> None:
    order = making.Order(of_another, profiles.named("gemini"), "Acme's test desk", supersedes=kept)
    made = making.certify(order, made_keys.signer, tmp_path / "next")
    assert made.statement.facts.supersedes == payload_digest(opened((kept / CERTIFICATE).read_bytes()))
    assert checked(made.directory, made_keys).holds
    assert "Supersedes" in (made.directory / "certificate.html").read_text()
    keys.generate(tmp_path / "other")
    with pytest.raises(UsageError, match="was not signed with this key"):
        making.certify(order, keys.private(tmp_path / "other"), tmp_path / "foreign")


def test_it_ends(kept: Path, made_keys: Keys) -> None:
    later = datetime.now(UTC) + timedelta(days=91)
    assert wrong(checked(kept, made_keys, now=later))["dates"].startswith("it held until")


def test_hostile_names_stay_text(of_another: Path, tmp_path: Path, made_keys: Keys) -> None:
    order = making.Order(of_another, profiles.named("gemini"), HOSTILE)
    made = making.certify(order, made_keys.signer, tmp_path / "certificate")
    assert_inert((made.directory / "certificate.html").read_text())
    assert checked(made.directory, made_keys).holds


# What a malicious issuer may edit in a report before it is certified: of each member that a reader relies on, one.
Edit = Callable[[dict[str, Any]], object]


@pytest.mark.parametrize(
    "edit",
    [
        lambda it: it["target"].update(name="another"),
        lambda it: it["target"].update(lacking=["gpt-5"]),
        lambda it: it["target"].update(models={}),
        lambda it: it["target"].update(models={"gemini-3-1-pro": "gemini-2026-01-01"}),
        lambda it: it["target"].update(not_offered={"images": "no"}),
        lambda it: it["target"]["surfaces"].update(gemini="http://x/other"),
        lambda it: it["target"].update(provenance="reference"),
        lambda it: it.update(requests=100_000),
        lambda it: it["tokens"].update(input=0),
        lambda it: it.update(scope=["all there is"]),
        lambda it: it.update(counts={"passed": 162}),
        lambda it: it["models"].append(it["models"][0] | {"model": "gpt-5"}),
        lambda it: it["requirements"][0].update(note="agreed with the vendor"),
        lambda it: it["requirements"][0].update(statement="It works."),
        lambda it: it["cases"][0].update(notes={"GEM-PATH": "no"}),
        lambda it: it["cases"].pop(),
        lambda it: it["suite"]["openapi_sha256"].update(chat="0" * 64),
        lambda it: it.update(started_at=(datetime.now(UTC) - timedelta(days=2)).isoformat(timespec="seconds")),
        lambda it: it["selection"].update(conformance_profile="chat-2026-11"),
        lambda it: it.update(auditor="somebody"),
    ],
)
def test_an_issuer_who_edits_the_report(certificate: Path, made_keys: Keys, edit: Edit) -> None:
    results = certificate / "evidence" / "results.json"
    document = json.loads(results.read_text())
    edit(document)
    results.write_text(json.dumps(document))
    remade(certificate, made_keys)
    assert not checked(certificate, made_keys).holds


@pytest.mark.parametrize(
    "edit",
    [
        lambda text: text.replace('"name":"127', '"name":"another', 1),
        lambda text: text.replace('"lacking":[]', '"lacking":["gpt-5"]', 1),
        lambda text: text.replace('"auth":"token"', '"auth":"token","not_offered":{"images":"no"}', 1),
        lambda text: text.replace('"recorded_at":"20', '"recorded_at":"19', 1),
        lambda text: text.replace('"recorded_from":"live"', '"recorded_from":"reference"', 1),
        lambda text: text.replace('"status":200', '"status":201', 1),
        lambda text: text + text.replace('"name":"127', '"name":"another', 1),
        lambda text: "\n".join(text.splitlines()[:-1]) + "\n",
        lambda text: text + '{"case":"gemini/paths.more","exchanges":[]}\n',
    ],
)
def test_an_issuer_who_edits_the_evidence(certificate: Path, made_keys: Keys, edit: Callable[[str], str]) -> None:
    """And puts right whatever hash tells of it."""
    evidence = certificate / "evidence" / "evidence.jsonl"
    whole = evidence.read_text()
    edited = edit(whole)
    assert edited != whole
    head, _, rest = edited.partition("\n")
    digest = sha256(rest.encode()).hexdigest()
    evidence.write_text(re.sub(r'"content_sha256":"\w+"', f'"content_sha256":"{digest}"', head) + "\n" + rest)
    remade(certificate, made_keys)
    assert not checked(certificate, made_keys).holds


@pytest.mark.parametrize("text", ["", "{}\n", "garbage"])
def test_an_issuer_who_shows_other_exchanges(certificate: Path, made_keys: Keys, text: str) -> None:
    (certificate / "evidence" / "exchanges.jsonl").write_text(text)
    remade(certificate, made_keys)
    assert "evidence, judged anew" in wrong(checked(certificate, made_keys))


def remade(directory: Path, by: Keys) -> None:
    """Has the issuer state, show and sign what the edited report says."""
    before = statement_in(opened((directory / CERTIFICATE).read_bytes()))
    profile, evidence = profiles.named("gemini"), directory / "evidence"
    results = read(evidence)
    order = making.Order(evidence, profile, before.facts.issuer)
    facts = making.facts_of(order, results, (), before.facts.issued_at, rests_on_reference=False)
    required = [row for row in results.requirements if row.id in profile.required]
    files = {one.name: (directory / one.name).read_bytes() for one in before.subject} | {
        making.TARGET: making.target_of(results),
        making.PAGE: page(facts, required, results, by.trusted.keyid).encode(),
        "badge.json": badge.endpoint(facts),
        "badge.svg": badge.svg(facts),
    }
    for name, data in files.items():
        (directory / name).write_bytes(data)
    (directory / CERTIFICATE).write_bytes(
        sealed(making.statement_of(facts, required, files, profile), PAYLOAD, by.signer)
    )


@pytest.mark.parametrize("harm", ["more", "twice", "unknown", "spaces", "two signatures"])
def test_a_statement_that_says_more(certificate: Path, made_keys: Keys, harm: str) -> None:
    path = certificate / CERTIFICATE
    envelope = opened(path.read_bytes())
    if harm in ("more", "twice"):
        name = "README.html" if harm == "more" else "profile.yaml"
        (certificate / "README.html").write_text("more") if harm == "more" else None
        stated(
            certificate, made_keys,
            lambda it: msgspec.structs.replace(it, subject=(*it.subject, resource(name, (certificate / name).read_bytes()))),
        )  # fmt: skip
    else:
        payload = {
            "unknown": envelope.payload[:-1] + b',"auditor":"somebody"}',
            "spaces": envelope.payload.replace(b",", b", "),
        }.get(harm, envelope.payload)
        made = Envelope(payload, PAYLOAD, {})
        made.sign(made_keys.signer)
        if harm == "two signatures":
            made.sign(CryptoSigner.generate_ed25519())
        path.write_bytes(json.dumps(made.to_dict()).encode() + b"\n")
    assert not checked(certificate, made_keys).holds
