"""What an earlier report spares: only what had not passed is run again, and a run that was broken off goes on."""

import json
import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from conformance.report.results import SCHEMA
from tests.end_to_end.conftest import TOKEN, Command, Done, command_in
from tests.end_to_end.proxy import Answer, Proxy, proxy
from tests.end_to_end.test_bad_input import mistake
from tests.end_to_end.test_interrupted import ended, results, slow, started, wait_for
from tests.end_to_end.test_run import without_ids

STORE = "/faults/responses-store-accepted"
SMALL = ("--surface", "responses", "--corpus", "none", "-k", "unsupported")


def rows(done: Done) -> dict[str, dict[str, Any]]:
    return {case["id"]: case for case in done.results["cases"]}


def kept(done: Done, name: str) -> Done:
    """The same, with its report under another name, so that the next one does not take its place."""
    return Done(done.code, done.out, done.err, done.report.rename(done.report.with_name(name)))


def sent(target: Proxy) -> int:
    """How many requests came since it was asked last."""
    number = len(target.sent)
    target.sent.clear()
    return number


def test_only_what_had_not_passed(command: Command, gateway: str) -> None:
    words = ("run", "--base-url", gateway + STORE, *SMALL)
    first = kept(command(*words), "first")
    again = command(*words, "--failed", "first")
    assert first.code == again.code == 1
    not_passed = {name for name, case in rows(first).items() if case["verdict"] == "failed"}
    assert 1 < len(not_passed) < len(rows(first)) / 3
    assert set(rows(again)) == not_passed
    assert again.verdicts("failed") == {"RESP-400-STORE": "failed"}
    assert f"what had not passed in the run of {first.results['started_at']}" in again.out, (
        "it does not read as a whole"
    )
    assert again.results["selection"]["failed_in"] == first.results["started_at"]
    jsonschema.validate(again.results, json.loads(SCHEMA.read_text()))


def test_what_was_mended_passes_and_there_is_no_more_to_do(command: Command, gateway: str) -> None:
    """A fault that the target has no more: the report is of the same target, at the same URL."""

    def broken(_path: str, body: bytes, answer: Answer) -> Answer:
        return Answer(500, answer.headers, b"{}") if b'"store"' in body else answer

    with proxy(gateway, broken) as target:
        words = ("run", "--base-url", target.url, *SMALL)
        first = kept(command(*words), "first")
        assert first.code == 1
        target.change = lambda _path, _body, answer: answer
        again = kept(command(*words, "--failed", "first"), "again")
        assert again.code == 0, again.out
        part_of_a_part = mistake(command(*words, "--failed", "again"))
        assert "it is itself a part: the cases that --failed has run again" in part_of_a_part
        whole = kept(command(*words), "whole")
        assert whole.code == 0
        assert "there is nothing to run again" in mistake(command(*words, "--failed", "whole"))


@pytest.mark.parametrize("parallel", [(), ("-n", "2")], ids=["alone", "two workers"])
def test_what_was_never_run_is_run(command: Command, gateway: str, parallel: tuple[str, ...]) -> None:
    """Warned and inconclusive cases, those in which the suite broke, and those that are not there; not what passed."""
    words = ("run", "--base-url", gateway, *SMALL)
    first = kept(command(*words), "first")
    path = first.report / "results.json"
    document = first.results
    names = list(rows(first))
    for case, verdict in zip(document["cases"], ("warned", "inconclusive", "error", "not_applicable"), strict=False):
        case["verdict"] = verdict
    missing = document["cases"].pop()
    document["complete"] = False
    path.write_text(json.dumps(document))
    again = command(*words, "--failed", "first", *parallel)
    assert set(rows(again)) == {*names[:3], missing["id"]}


def test_replayed_cases_are_run_again_too(command: Command) -> None:
    first = kept(command("run", *SMALL, token=None), "first")
    document = first.results
    document["cases"][0]["verdict"] = "failed"
    (first.report / "results.json").write_text(json.dumps(document))
    again = command("run", *SMALL, "--failed", "first/results.json", token=None)
    assert set(rows(again)) == {document["cases"][0]["id"]}


@pytest.mark.parametrize("parallel", [(), ("-n", "2")], ids=["alone", "two workers"])
def test_a_run_that_was_broken_off_goes_on(tmp_path: Path, gateway: str, parallel: tuple[str, ...]) -> None:
    run = command_in(tmp_path)
    with proxy(gateway, slow) as target:
        words = ("--base-url", target.url, "--surface", "responses", "--corpus", "smoke")
        with started(tmp_path, "run", *words, "-vv", "--concurrency", "2", *parallel) as process:
            wait_for(process, "PASSED")
            wait_for(process, "PASSED")
            process.send_signal(signal.SIGINT)
            ended(process)
        assert process.returncode == 2
        broken_off = results(tmp_path)
        (tmp_path / "report").rename(tmp_path / "first")
        sent(target)
        target.change = lambda _path, _body, answer: answer
        whole = kept(run("run", *words), "whole")
        all_of_it = sent(target)
        resumed = run("run", *words, "--resume", "first", *parallel)
        the_rest = sent(target)
    judged = {case["id"] for case in broken_off["cases"] if case["verdict"] != "error"}
    assert 2 <= len(judged) < len(rows(whole))
    assert resumed.code == 0, resumed.out
    taken = resumed.results["taken_over"]
    assert (set(taken["cases"]), taken["started_at"]) == (judged, broken_off["started_at"])
    assert f"{len(judged)} of {len(rows(whole))} cases were taken over from an earlier report" in resumed.out
    assert "Taken over" in (resumed.report / "report.html").read_text()
    assert the_rest < all_of_it + len(parallel), "each of two workers sends the shared requests"
    assert without_ids(resumed.results | {"taken_over": None}) == without_ids(whole.results)
    jsonschema.validate(resumed.results, json.loads(SCHEMA.read_text()))
    lines = (resumed.report / "exchanges.jsonl").read_text().splitlines()
    assert {json.loads(line)["id"] for line in lines} == {
        name for case in resumed.results["cases"] for name in case["exchanges"]
    }
    assert TOKEN not in "".join(path.read_text() for path in resumed.report.iterdir())


def test_what_was_not_asked_is_asked_when_a_run_goes_on(command: Command, gateway: str) -> None:
    """A run whose time is over has results of all its cases, and some of them say that nothing was sent."""
    with proxy(gateway, slow) as target:
        words = ("run", "--base-url", target.url, *SMALL)
        first = kept(command(*words, "--max-time", "3", "--concurrency", "1"), "first")
        assert first.code == 2
        assert "(--max-time)" in first.out
        target.change = lambda _path, _body, answer: answer
        resumed = kept(command(*words, "--resume", "first"), "resumed")
        again = command(*words, "--resume", "resumed")
    assert resumed.code == again.code == 0, resumed.out
    assert resumed.results["complete"]
    assert 0 < len(resumed.results["taken_over"]["cases"]) < len(rows(first))
    assert set(again.results["taken_over"]["cases"]) == set(rows(first)), "nothing was left to send"
    assert again.results["taken_over"]["started_at"] == first.results["started_at"], "the oldest of a chain counts"


def test_a_shard_goes_on_and_is_merged(tmp_path: Path, command: Command, gateway: str) -> None:
    words = ("run", "--base-url", gateway, "--surface", "gemini")
    whole = kept(command(*words), "whole")
    for shard in ("1", "2"):
        kept(command(*words, "--shard", f"{shard}/2"), f"shard-{shard}")
    path = tmp_path / "shard-2" / "results.json"
    document = json.loads(path.read_text())
    lost = [document["cases"].pop()["id"] for _ in range(3)]
    path.write_text(json.dumps(document))
    line = mistake(command("merge", "shard-1", "shard-2"))
    assert all(name in line for name in lost)
    assert "continue it with `gateway-conformance run --resume shard-2`" in line
    resumed = kept(command(*words, "--shard", "2/2", "--resume", "shard-2"), "resumed")
    assert resumed.code == 0, resumed.out
    merged = command("merge", "shard-1", "resumed")
    assert merged.code == 0, merged.out + merged.err
    assert without_ids(merged.results | {"taken_over": None}) == without_ids(whole.results)


@pytest.fixture(scope="module")
def replay(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with a small replay in it, `first`, of which one case failed."""
    directory = tmp_path_factory.mktemp("replay")
    done = command_in(directory)("run", *SMALL, token=None)
    document = done.results
    document["cases"][0]["verdict"] = "failed"
    (done.report / "results.json").write_text(json.dumps(document))
    kept(done, "first")
    return directory


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda one: one["suite"].update(version="0.0.1"), "it was made by version 0.0.1 of the suite"),
        (lambda one: one["suite"].update(catalogue_sha256="0" * 64), "it was made with another catalogue"),
        (lambda one: one["suite"]["openapi_sha256"].update(chat="0" * 64), "it was made with other specs"),
        (
            lambda one: one["target"].update(name="another\x1b[2J"),
            "its target is another\\u001b[2J, not reference gateway",
        ),
        (lambda one: one["target"]["surfaces"].update(chat="http://else"), "its target has other surfaces"),
        (lambda one: one["target"].update(models={"gpt-5": "x"}), "its target calls its models otherwise"),
        (
            lambda one: one["target"].update(models_by_surface={"chat": {"gpt-5": "x"}}),
            "its target calls its models otherwise",
        ),
        (lambda one: one["target"].update(not_offered={"video": "x"}), "its target offers something else"),
        (lambda one: one["target"].update(mode="live"), "it is the report of a live run; give --base-url or --target"),
        (lambda one: one["selection"].update(cheap=True), "--cheap was given, and is not given"),
        (lambda one: one["selection"].update(surfaces=["chat"]), "--surface was chat, and is responses"),
        (lambda one: one["selection"].update(keyword=""), "-k was not given, and is unsupported"),
        (lambda one: one["selection"].update(shard="1/2"), "--shard was 1/2, and is not given"),
        (lambda one: one.update(schema_version=2), "cannot be read"),
        (lambda one: one.pop("cases"), "cannot be read"),
    ],
)
def test_a_report_that_does_not_fit(
    tmp_path: Path, replay: Path, change: Callable[[dict[str, Any]], object], says: str
) -> None:
    shutil.copytree(replay, tmp_path, dirs_exist_ok=True)
    path = tmp_path / "first" / "results.json"
    document = json.loads(path.read_text())
    change(document)
    path.write_text(json.dumps(document))
    assert says in mistake(command_in(tmp_path)("run", *SMALL, "--failed", "first", token=None))


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--failed", "nowhere"), "there is no such report"),
        (("--failed", "."), "cannot be read"),
        (("--resume", "first"), "--resume continues a live run, and a replay sends nothing"),
        (("--resume", "first", "--failed", "first"), "--failed runs a few cases of a whole report: leave out --resume"),
        (("--shard", "1/2", "--failed", "first"), "--failed runs a few cases of a whole report: leave out --shard"),
        (("--base-url", "http://127.0.0.1:9", "--resume", "first"), "it is the report of a replay run"),
        (("--base-url", "http://127.0.0.1:9", "--failed", "first"), "it is the report of a replay run"),
    ],
)
def test_reports_for_the_wrong_run(replay: Path, words: tuple[str, ...], says: str) -> None:
    assert says in mistake(command_in(replay)("run", *SMALL, *words))


def test_a_report_that_is_none(tmp_path: Path, command: Command) -> None:
    (tmp_path / "results.json").write_text("[]")
    assert "results.json cannot be read" in mistake(command("run", "--failed", "results.json"))


def test_what_has_changed_since_and_where_to_read_of_it(tmp_path: Path, replay: Path) -> None:
    words = ("--surface", "responses", "--corpus", "none", "-k", "RESP-400")
    done = command_in(tmp_path)(
        "run", *words, "--baseline", str(replay / "first"), "--docs-url", "https://docs.example.org/"
    )
    assert done.results["documentation"] == "https://docs.example.org"
    assert done.results["baseline"]["verdict"] == "conformant", "of the recordings, since before"
    assert "since 20" in done.out
    page = (done.report / "report.html").read_text()
    assert 'href="https://docs.example.org/reference/requirements/RESP-400-STORE.html"' in page


@pytest.mark.parametrize(
    ("option", "value", "told"),
    [
        ("--baseline", "nowhere", "--baseline nowhere: there is no such report; give a report directory of `run`"),
        ("--docs-url", "docs.example.org", "--docs-url docs.example.org: give an http or https URL"),
    ],
)
def test_a_report_or_site_that_is_none(tmp_path: Path, option: str, value: str, told: str) -> None:
    done = command_in(tmp_path)("run", option, value)
    assert (done.code, len(done.err.strip().splitlines())) == (4, 1)
    assert told in done.err
