"""`verify` finds what was changed, lost, left over, leaked or outlived, and nothing else."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from conformance import resources
from conformance.cli import main
from conformance.recordings.manifest import chain
from conformance.reference.server import running
from tests.commandline import COMMAND

pytestmark = pytest.mark.xdist_group("verify")  # what the tests share is made once

CASE = "responses/unsupported_parameters.refused-store"
TAPE = "responses/corpus.createResponse.jsonl"


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A few recordings, of cases by hand and generated ones: all that are bundled are looked at once, below."""
    directory = tmp_path_factory.mktemp("recorded")
    some = ("--surface", "responses", "--corpus", "smoke", "-k", "corpus or (unsupported and store)")
    with running(token="dapi-canary") as url:
        done = subprocess.run(
            [*COMMAND, "record", *some, f"--base-url={url}", "--cassettes=kept", "--report-dir=report"],
            cwd=directory, env={**os.environ, "DATABRICKS_TOKEN": "dapi-canary"}, capture_output=True, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return directory / "kept"


@pytest.fixture
def kept(tmp_path: Path, recorded: Path) -> Path:
    shutil.copytree(recorded, tmp_path / "kept")
    return tmp_path / "kept"


def verified(directory: Path, *more: str, token: str = "") -> tuple[int, str]:
    done = CliRunner().invoke(main, ["verify", str(directory), *more], env={"DATABRICKS_TOKEN": token})
    return done.exit_code, done.output


def problems(said: str) -> list[str]:
    return [line.strip() for line in said.splitlines() if line.startswith("  ")]


def test_the_bundled_recordings_are_what_they_say() -> None:
    code, said = verified(resources.directory("cassettes"))
    assert (code, problems(said)) == (0, []), said
    assert "recordings of reference gateway" in said
    assert "they prove nothing about any workspace" in said
    assert "no secret found" in said


def rewritten(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def edited_answer(kept: Path) -> None:
    rewritten(kept / f"{CASE}.json", '"code": 400', '"code": 404')


def edited_answer_and_hash(kept: Path) -> None:
    path = kept / f"{CASE}.json"
    document = json.loads(path.read_text())
    document["interactions"][0]["response"]["status"]["code"] = 404
    from conformance.wire.cassette import content_hash

    document["metadata"]["content_sha256"] = content_hash(document)
    path.write_text(json.dumps(document))


def edited_all_hashes_but_the_chain(kept: Path) -> None:
    edited_answer_and_hash(kept)
    digest = json.loads((kept / f"{CASE}.json").read_text())["metadata"]["content_sha256"]
    manifest = json.loads((kept / "manifest.json").read_text())
    manifest["files"][f"{CASE}.json"] = digest
    (kept / "manifest.json").write_text(json.dumps(manifest))


def edited_manifest(kept: Path) -> None:
    rewritten(kept / "manifest.json", '"recorded_since": "20', '"recorded_since": "19')


def passed_off(kept: Path) -> None:
    manifest = json.loads((kept / "manifest.json").read_text())
    path = kept / f"{CASE}.json"
    rewritten(path, '"recorded_from": "reference"', '"recorded_from": "live"')
    assert manifest["recorded_from"] == "reference"


def edited_line(kept: Path) -> None:
    rewritten(kept / TAPE, '"status":400', '"status":401')


def lost_file(kept: Path) -> None:
    (kept / f"{CASE}.json").unlink()


def lost_line(kept: Path) -> None:
    lines = (kept / TAPE).read_text().splitlines(keepends=True)
    (kept / TAPE).write_text("".join(lines[:-1]))


def foreign_file(kept: Path) -> None:
    shutil.copy(kept / f"{CASE}.json", kept / "responses" / "unsupported_parameters.refused-nothing.json")


def unfinished(kept: Path) -> None:
    (kept / f"{TAPE}.unfinished").write_text("")


@pytest.mark.parametrize(
    ("harm", "found"),
    [
        (edited_answer, [("altered", f"{CASE}.json: its content does not fit its hash")]),
        (edited_answer_and_hash, [("altered", f"{CASE}.json: its hash is not the one in the manifest")]),
        (edited_all_hashes_but_the_chain, [("altered", "manifest.json: its chain does not fit what it says")]),
        (edited_manifest, [("altered", "manifest.json: its chain does not fit what it says")]),
        (passed_off, [("altered", f"{CASE}.json: its content does not fit its hash")]),
        (edited_line, [("altered", f"{TAPE}: its content does not fit its hash")]),
        (lost_file, [("missing", f"{CASE}.json: the manifest names it"), ("missing", f"{CASE}: the case has no recording")]),
        (lost_line, [("altered", f"{TAPE}: its content does not fit its hash"), ("missing", "the case has no recording")]),
        (
            foreign_file,
            [
                ("left over", "responses/unsupported_parameters.refused-nothing.json: the manifest does not name it"),
                ("left over", "responses/unsupported_parameters.refused-nothing: there is no such case"),
            ],
        ),
        (unfinished, [("left over", f"{TAPE}.unfinished: a recording did not come to its end")]),
    ],
)  # fmt: skip
def test_what_is_wrong_is_found_and_nothing_else(
    kept: Path, harm: Callable[[Path], None], found: list[tuple[str, str]]
) -> None:
    harm(kept)
    code, said = verified(kept)
    assert code == 1, said
    told = problems(said)
    assert len(told) == len(found), told
    for line, (kind, what) in zip(told, found, strict=True):
        assert line.startswith(kind)
        assert what in line


@pytest.mark.parametrize(
    ("leak", "told"),
    [
        ("dapi0123456789abcdef0123456789abcdef", "a Databricks token"),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NSJ9.c2lnbmF0dXJlLi4u", "a JSON web token"),
        ("AIzaSyA0123456789abcdefghijklmnopqrstuv", "an API key"),
        ("adb-1234567890123456.7.azuredatabricks.net", "the host of a workspace"),
        ("the-token-in-use-77", "the token in use"),
    ],
)
def test_a_secret_is_found_in_an_answer_and_in_a_tape(kept: Path, leak: str, told: str) -> None:
    path = kept / f"{CASE}.json"
    document = json.loads(path.read_text())
    del document["interactions"][0]["response"]["chunks"]
    document["interactions"][0]["response"]["body"]["string"] = json.dumps(
        {"you": [f"are {leak[:7]}", leak[7:]], "x": leak}
    )
    path.write_text(json.dumps(document))
    lines = (kept / TAPE).read_text().splitlines()
    lines[1] = lines[1].replace('"body":', f'"x":"{leak}","body":', 1)
    (kept / TAPE).write_text("\n".join(lines) + "\n")
    code, said = verified(kept, token="the-token-in-use-77")
    assert code == 1
    found = [line for line in problems(said) if line.startswith("secret")]
    assert len(found) == 2, said
    assert all(told in line for line in found)
    assert leak not in said


def test_a_secret_that_is_split_over_a_stream_is_found(kept: Path) -> None:
    path = kept / f"{CASE}.json"
    document = json.loads(path.read_text())
    answer = document["interactions"][0]["response"]
    answer["body"]["string"] = "".join(f'data: {{"delta":"{piece}"}}\n\n' for piece in ("the-tok", "en-in-u", "se-77"))
    del answer["chunks"]
    path.write_text(json.dumps(document))
    assert f"{CASE}.json: the token in use" in verified(kept, token="the-token-in-use-77")[1]
    assert "secret" not in "".join(problems(verified(kept, token="another-token-88")[1]))


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('"[bearer]"', '"Bearer abc"', "a credential"),
        ('"content-type": [', '"set-cookie": [', "the header set-cookie, which is not kept"),
        ("http://gateway.invalid/", "http://example.net/", "the host that was recorded"),
    ],
)
def test_a_header_and_a_host_that_no_recording_keeps_are_found(kept: Path, old: str, new: str, told: str) -> None:
    rewritten(kept / f"{CASE}.json", old, new)
    _, said = verified(kept)
    assert f"{CASE}.json: {told}" in said


def test_age(kept: Path) -> None:
    manifest = json.loads((kept / "manifest.json").read_text())
    manifest["recorded_since"] = "2020-01-01T00:00:00+00:00"
    manifest["chain"] = chain(manifest)
    (kept / "manifest.json").write_text(json.dumps(manifest))
    assert verified(kept)[0] == 0
    code, said = verified(kept, "--max-age", "365")
    assert code == 1
    assert "--max-age allows 365" in said
    assert verified(kept, "--max-age", "100000")[0] == 0


def test_another_catalogue_is_told_and_is_no_fault_of_the_recordings(kept: Path) -> None:
    manifest = json.loads((kept / "manifest.json").read_text())
    manifest["runs"][-1]["catalogue_sha256"] = "0" * 64
    manifest["chain"] = chain(manifest)
    (kept / "manifest.json").write_text(json.dumps(manifest))
    code, said = verified(kept)
    assert code == 0
    assert "other catalogue since then" in said


@pytest.mark.parametrize("what", ["nowhere", "manifest"])
def test_what_is_no_set_of_recordings_is_one_line(kept: Path, what: str) -> None:
    if what == "nowhere":
        shutil.rmtree(kept)
    else:
        (kept / "manifest.json").write_bytes(b"{\xff")
    code, said = verified(kept)
    assert code == 4, said
    assert len(said.strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("name", "harm"),
    [
        (f"{CASE}.json", lambda text: text[:500]),
        (TAPE, lambda text: text.replace('"status":', '"state":', 1)),
        (TAPE, lambda text: "\udcff" + text),
    ],
)
def test_what_cannot_be_read_is_told_and_the_rest_is_looked_at(
    kept: Path, name: str, harm: Callable[[str], str]
) -> None:
    path = kept / name
    path.write_text(harm(path.read_text()), errors="surrogateescape")
    (kept / "chat").mkdir()
    (kept / "chat" / "foreign.json").write_text("{}")
    code, said = verified(kept)
    assert code == 1, said
    assert f"corrupt    {name}: " in said
    assert "corrupt    chat/foreign.json: " in said
    assert "left over  chat/foreign.json: the manifest does not name it" in said
