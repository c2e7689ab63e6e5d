"""Recorded answers as clients are given them: which, in what pieces, and what comes of it."""

import json
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from conformance.cli import main
from conformance.observer.trouble import always, injected
from conformance.resources import directory
from conformance.sdk.recorded import answers
from tests.sdk.observing import SDK, Judged, judged, observed

BUNDLED = directory("cassettes")


def test_each_surface_is_there_with_answers_and_refusals() -> None:
    found = Counter((one.request.surface, one.answer.status // 100) for one in answers(BUNDLED))
    assert found.keys() >= {(surface, kind) for surface in ("chat", "responses", "gemini") for kind in (2, 4)}
    assert found["serving", 2]
    assert 100 < sum(found.values()) < 260, "what is alike is there once"
    names = [one.request.id for one in answers(BUNDLED)]
    assert len(names) == len(set(names))


def test_each_documented_kind_of_request_is_among_them() -> None:
    sent = [json.dumps(one.request.body) for one in answers(BUNDLED) if one.answer.status == 200]
    for word in (
        "image_url", "audio_url", "video_url", '"thinking"', "reasoning_effort", '"stream": true',
        '"custom"', "web_search", "mcp", "inlineData", "fileData",
    ):  # fmt: skip
        assert any(word in one for one in sent), word


def test_a_stream_keeps_its_pieces() -> None:
    streamed = [one for one in answers(BUNDLED) if len(one.answer.pieces) > 1]
    assert {one.request.surface for one in streamed} >= {"chat", "responses"}
    assert all(sum(one.answer.pieces) == len(one.answer.body) for one in streamed)


def test_a_client_is_given_the_recorded_bytes(one: Judged) -> None:
    import httpx2

    for recorded in answers(BUNDLED)[::7]:
        asked = recorded.request
        with injected(one.caller, always(asked.answer)):
            answer = httpx2.post(f"{one.caller.url}{asked.path}", json=dict(asked.body), trust_env=False)
        assert answer.content == recorded.answer.body
        assert answer.status_code == recorded.answer.status


def test_what_is_recorded_reaches_the_caller_and_is_sent_as_given() -> None:
    cases = observed("test_openai_recorded")
    assert {case["verdict"] for case in cases.values()} == {"passed"}
    assert all(len(case["sent"]) == 1 for case in cases.values())
    refused = cases["sdk/openai_recorded.responses-responses/unsupported_parameters.refused-store-2"]
    assert (refused["seen"]["error"]["type"], refused["seen"]["error"]["status"]) == ("BadRequestError", 400)


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """Recordings of one's own: a few of the bundled ones."""
    made = tmp_path / "mine"
    for name in ("chat/streaming.stream-claude.json", "responses/responses.one_question.json"):
        made.joinpath(name).parent.mkdir(parents=True, exist_ok=True)
        if (BUNDLED / name).exists():
            shutil.copy(BUNDLED / name, made / name)
    manifest = json.loads((BUNDLED / "manifest.json").read_text())
    manifest["target"]["name"], manifest["recorded_from"] = "my workspace", "live"
    (made / "manifest.json").write_text(json.dumps(manifest))
    return made


def test_recordings_of_ones_own_are_named(own: Path, tmp_path: Path) -> None:
    command = [*SDK, "--report-dir", str(tmp_path)]
    ran = subprocess.run(
        [*command, "--cassettes", str(own), "-k", "test_openai_recorded"],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "recorded answers are those of my workspace (live" in ran.stdout
    document = json.loads((tmp_path / "results.json").read_text())
    assert (document["recordings"]["target"], document["recordings"]["recorded_from"]) == ("my workspace", "live")
    assert {case["id"].split(".")[1] for case in document["cases"]} == {"chat-chat/streaming"}


@pytest.mark.parametrize("harm", ["empty", "corrupt", "no manifest"])
def test_recordings_that_cannot_be_used_are_said_in_one_line(own: Path, harm: str) -> None:
    if harm == "no manifest":
        (own / "manifest.json").unlink()
    for path in own.glob("*/*.json"):
        path.write_text("{") if harm == "corrupt" else path.unlink()
    done = CliRunner().invoke(main, ["sdk", "--cassettes", str(own)])
    assert done.exit_code == 4, done.output
    assert len(done.output.strip().splitlines()) == 1


@pytest.fixture
def one() -> Iterator[Judged]:
    with judged() as made:
        yield made


@pytest.mark.parametrize("where", ["file", "below a file"])
def test_a_report_that_cannot_be_written_is_said_before_the_run(tmp_path: Path, where: str) -> None:
    (tmp_path / "file").write_text("mine")
    directory = tmp_path / "file" / ("more" if where == "below a file" else "")
    done = CliRunner().invoke(main, ["sdk", "--report-dir", str(directory)])
    assert (done.exit_code, len(done.output.strip().splitlines())) == (4, 1), done.output
    assert "cannot write the report" in done.output
    assert (tmp_path / "file").read_text() == "mine"


def test_the_end_of_a_run_tells_who_asks_again(tmp_path: Path) -> None:
    command = [*SDK, "--report-dir", str(tmp_path)]
    again = subprocess.run(
        [*command, "-k", "openai_errors and 429"], capture_output=True, text=True, timeout=60, check=True
    )
    cases = json.loads((tmp_path / "results.json").read_text())["cases"]
    most = max(len(case["sent"]) for case in cases)
    assert most > 1
    assert f": asks again after 429, up to {most} requests" in again.stdout
    once = subprocess.run(
        [*command, "-k", "openai_errors and 401"], capture_output=True, text=True, timeout=60, check=True
    )
    assert "asks again" not in once.stdout
