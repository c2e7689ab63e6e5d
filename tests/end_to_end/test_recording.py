"""Recordings: they replay to the verdicts of the live run, are gone on with, and are never passed off as what they are not."""

import json
import re
import shutil
from pathlib import Path

import pytest

from conformance import resources
from tests.end_to_end.conftest import Command, Done
from tests.end_to_end.proxy import Answer, proxy, unchanged

SOME = (
    "--corpus",
    "none",
    "--surface",
    "responses",
    "-k",
    "refused and (store or background or service_tier or previous)",
)


def judged(done: Done) -> dict[str, dict[str, str]]:
    return {case["id"]: case["verdicts"] for case in done.results["cases"]}


def test_a_recording_replays_to_the_verdicts_of_the_live_run(command: Command, gateway: str) -> None:
    live = command("record", "--base-url", gateway, "--cassettes", "kept")
    assert live.code == 0, live.out
    verdicts = judged(live)
    replayed = command("run", "--cassettes", "kept")
    assert replayed.code == 0
    assert judged(replayed) == verdicts
    verified = command("verify", "kept", report=False)
    assert verified.code == 0, verified.out


def trouble(_path: str, sent: bytes, answer: Answer) -> Answer:
    """Busy, broken and odd answers to some requests."""
    if b'"store"' in sent:
        return Answer(429, {"content-type": "application/json", "retry-after": "3600"}, b'{"error":{"message":"busy"}}')
    if b'"background"' in sent:
        return Answer(200, {"content-type": "text/html"}, b"<html>")
    if b'"service_tier"' in sent:
        return Answer(503, {"content-type": "application/json", "retry-after": "0"}, b"{}")
    if b'"previous_response_id"' in sent:
        return Answer(400, {"content-type": "application/json", "content-encoding": "gzip"}, b"no gzip")
    return answer


def test_so_does_one_of_a_target_in_trouble(command: Command, gateway: str) -> None:
    with proxy(gateway, trouble) as target:
        live = command("record", "--base-url", target.url, "--cassettes", "kept", *SOME)
    verdicts = judged(live)
    assert live.verdicts("failed", "inconclusive")["RESP-400-STORE"] == "inconclusive"
    replayed = command("run", "--cassettes", "kept", *SOME)
    assert judged(replayed) == verdicts
    assert replayed.code == live.code


def test_what_is_recorded_is_not_sent_again_unless_asked_for(command: Command, gateway: str, tmp_path: Path) -> None:
    with proxy(gateway) as target:
        words = (
            "record",
            "--base-url",
            target.url,
            "--cassettes",
            "kept",
            "--corpus",
            "none",
            "--surface",
            "responses",
        )

        def recorded(*more: str) -> tuple[int, int, dict[str, dict[str, str]]]:
            """Requests that were sent, cases that were not sent again, and what came of all."""
            before = len(target.sent)
            done = command(*words, *more)
            assert done.code == 0, done.out
            resumed = done.results["target"]["resumed"]
            assert (f"{resumed} cases were recorded before" in done.out) == bool(resumed)
            return len(target.sent) - before, resumed, judged(done)

        sent, resumed, first = recorded("-k", "unsupported")
        assert (sent > 2, resumed) == (True, 0)
        more, resumed, verdicts = recorded()
        assert resumed == len(first)
        kept = {path: path.read_bytes() for path in (tmp_path / "kept").rglob("*.json")}
        assert recorded() == (3, len(verdicts), verdicts), "nothing but the preflight"
        assert {path: path.read_bytes() for path in (tmp_path / "kept").rglob("*.json")} == kept
        assert recorded("--again") == (sent + more - 3, 0, verdicts)


def test_a_case_that_was_not_answered_is_asked_again(command: Command, gateway: str) -> None:
    words = ("record", "--cassettes", "kept", *SOME)
    with proxy(gateway, trouble) as target:
        busy = command(*words, "--base-url", target.url)
        verdicts = busy.verdicts("failed", "inconclusive")
        assert (verdicts["RESP-400-STORE"], verdicts["RESP-400-BACKGROUND"]) == ("inconclusive", "failed")
        target.change = unchanged
        done = command(*words, "--base-url", target.url)
    assert done.verdicts("failed", "inconclusive") == {"RESP-400-BACKGROUND": "failed"}, "only --again asks that again"
    assert command("verify", "kept", report=False).code == 0


REACH = r"recorded in part; responses alone; all \d+ models; \d of \d+ MUST decided"


def test_recordings_of_a_part_replay_that_part(command: Command, gateway: str, tmp_path: Path) -> None:
    live = command("record", "--base-url", gateway, "--cassettes", "kept", *SOME)
    verdicts = judged(live)
    for parallel in ((), ("-n", "2")):
        done = command("run", "--cassettes", "kept", *parallel)
        assert done.code == 0, done.out
        assert judged(done) == verdicts
        first = next(line for line in done.out.splitlines() if line.strip())
        assert first.endswith(f"Only a part was recorded (surfaces responses; corpus none; keyword {SOME[-1]}).")
        assert re.search(rf"^reference gateway: conformant, of a part: {REACH}$", done.out, re.MULTILINE)
        page = (done.report / "report.html").read_text()
        assert "the whole catalogue, of which a part was recorded: surfaces responses; corpus none; keyword " in page
        assert re.search(rf"Scope: {REACH}\.", page)
    assert command("verify", "kept", report=False).code == 0
    (tmp_path / "kept" / "responses" / "unsupported_parameters.refused-store.json").unlink()
    lost = command("run", "--cassettes", "kept")
    assert lost.code == 4
    assert "responses/unsupported_parameters.refused-store: no cassette" in lost.out
    assert command("verify", "kept", report=False).code == 1


def test_the_bundled_recordings_are_never_overwritten(command: Command, gateway: str) -> None:
    bundled = resources.directory("cassettes")
    before = (bundled / "manifest.json").read_bytes()
    done = command("record", "--base-url", gateway, "--cassettes", str(bundled), "--again")
    assert done.code == 4
    assert "holds the bundled recordings, which stay as they are" in done.err + done.out
    assert (bundled / "manifest.json").read_bytes() == before


def test_again_is_about_recording(command: Command) -> None:
    done = command("run", "--gateway-again", "--base-url", "http://127.0.0.1:9")
    assert done.code == 4
    assert "--again is about recordings" in done.out + done.err


@pytest.mark.parametrize("parallel", [(), ("-n", "2")])
def test_a_replay_says_first_whose_behaviour_it_shows(
    command: Command, tmp_path: Path, parallel: tuple[str, ...]
) -> None:
    shutil.copytree(resources.directory("cassettes"), tmp_path / "kept")
    manifest = json.loads((tmp_path / "kept" / "manifest.json").read_text())
    manifest |= {"recorded_since": "2020-01-02T03:04:05+00:00", "recorded_at": "2020-03-04T05:06:07+00:00"}
    (tmp_path / "kept" / "manifest.json").write_text(json.dumps(manifest))
    changed = tmp_path / "kept" / "responses" / "unsupported_parameters.refused-store.json"
    changed.write_text(changed.read_text().replace('"code": 400', '"code": 200'))
    done = command("run", "--cassettes", "kept", "--surface", "responses", "-k", "unsupported", *parallel)
    first = next(line for line in done.out.splitlines() if line.strip())
    assert re.search(
        r"reference gateway, recorded 2020-03-04 05:06 UTC, \d{4} days ago \(the oldest on 2020-01-02\)", first
    )
    assert "they prove nothing about any workspace" in first
    assert done.code == 1, "what stands there is judged as it is"
    assert "nonconformant, and INCOMPLETE: it judges recordings that were changed after they were made" in done.out
    changed_case = "responses/unsupported_parameters.refused-store"
    assert "NOT AS RECORDED, so that they show nobody's behaviour: manifest.json." in first
    told = f"NOT AS RECORDED, so that they show nobody's behaviour: manifest.json, {changed_case}."
    assert told in done.out
    assert told.replace("'", "&#39;") in (done.report / "report.html").read_text()
    assert done.results["target"]["altered"] == ["manifest.json", changed_case]


def test_what_was_changed_is_never_conformant(command: Command, tmp_path: Path) -> None:
    shutil.copytree(resources.directory("cassettes"), tmp_path / "kept")
    path = tmp_path / "kept" / "responses" / "unsupported_parameters.refused-store.json"
    path.write_text(path.read_text().replace("gateway-conformance-reference/", "someone/"))
    done = command("run", "--cassettes", "kept", "--surface", "responses", "-k", "unsupported")
    assert (done.code, done.results["verdict"], done.results["complete"]) == (2, "inconclusive", False)


def test_recordings_of_one_target_are_not_gone_on_with_at_another(
    command: Command, gateway: str, tmp_path: Path
) -> None:
    words = ("--cassettes", "kept", *SOME)
    assert command("record", "--base-url", gateway, *words).code == 0
    with proxy(gateway) as other:
        for more in ((), ("--again",)):
            done = command("record", "--base-url", other.url, *words, *more)
            assert done.code == 4
            assert "kept holds recordings of another target, reference gateway; give another" in done.out + done.err
        assert not other.sent
    manifest = tmp_path / "kept" / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"recorded_since": "20', '"recorded_since": "19'))
    assert "was changed since it was written" in command("record", "--base-url", gateway, *words).err
    manifest.unlink()
    assert (
        "holds recordings without manifest.json, nobody knows whose"
        in command("record", "--base-url", gateway, *words).err
    )


def test_a_recording_that_was_changed_is_made_anew(command: Command, gateway: str, tmp_path: Path) -> None:
    words = ("record", "--base-url", gateway, "--cassettes", "kept", *SOME)
    number = len(judged(command(*words)))
    path = tmp_path / "kept" / "responses" / "unsupported_parameters.refused-store.json"
    path.write_text(path.read_text().replace('"code": 400', '"code": 200'))
    done = command(*words)
    assert (done.code, done.results["target"]["resumed"]) == (0, number - 1)
    assert command("verify", "kept", report=False).code == 0


def test_a_corpus_that_was_recorded_in_part_replays_in_part(command: Command, gateway: str) -> None:
    live = command("record", "--base-url", gateway, "--cassettes", "kept", "--corpus", "smoke", "--surface", "gemini")
    verdicts = judged(live)
    done = command("run", "--cassettes", "kept")
    assert (done.code, judged(done)) == (0, verdicts)


def test_a_run_that_has_sent_nothing_claims_nothing(command: Command, gateway: str) -> None:
    words = ("record", "--base-url", gateway, "--cassettes", "kept", *SOME)
    command(*words)
    done = command(*words)
    assert "Nothing was sent: all" in done.out
    assert "It shows how this target answered in this run" not in done.out
