"""A run in shards: together they find what one run finds, and what does not belong together is not merged."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from conformance.certify.rejudging import differences
from conformance.report.results import SCHEMA, read
from tests.end_to_end.conftest import Command, Done, command_in
from tests.end_to_end.test_bad_input import mistake
from tests.end_to_end.test_run import timeless, without_ids

Document = dict[str, Any]


def in_shards(run: Command, directory: Path, number: int, *words: str, **environment: Any) -> list[Done]:
    """What a run finds in so many shards, each in a directory of its own."""
    done = []
    for shard in range(1, number + 1):
        found = run("run", *words, "--shard", f"{shard}/{number}", **environment)
        done.append(Done(found.code, found.out, found.err, found.report.rename(directory / f"shard-{shard}")))
    return done


def test_a_live_run_in_shards_finds_what_one_run_finds(tmp_path: Path, gateway: str, command: Command) -> None:
    """Against a gateway with a fault, so that there are verdicts, causes and an exit code that only all shards have."""
    words = ("--base-url", f"{gateway}/faults/responses-store-accepted", "--cheap")
    serial = command("run", *words)
    whole = serial.report.rename(tmp_path / "whole")
    shards = in_shards(command, tmp_path, 3, *words)
    assert {done.code for done in shards} <= {0, 1}
    costs = [done.results["requests"] + done.results["bytes"]["sent"] / 1e6 for done in shards]
    assert max(costs) < 1.2 * min(costs)
    for number, done in enumerate(shards, 1):
        [headline] = [line for line in done.out.splitlines() if "in what was selected (" in line]
        assert f"shard {number}/3" in headline
    merged = command("merge", *(f"shard-{number}" for number in (3, 1, 2)))
    assert merged.code == serial.code == 1
    assert "shard" not in merged.out.partition("report:")[0]
    assert without_ids(merged.results) == without_ids(Done(1, "", "", whole).results)
    jsonschema.validate(merged.results, json.loads(SCHEMA.read_text()))
    assert {path.name for path in merged.report.iterdir()} == {path.name for path in whole.iterdir()}


def test_a_replay_in_shards_is_the_replay(tmp_path: Path, command: Command, replayed: Callable[..., Done]) -> None:
    in_shards(command, tmp_path, 2, token=None)
    merged = command("merge", "shard-1", "shard-2", token=None)
    assert timeless(merged.results) == timeless(replayed().results)
    assert (merged.report / "exchanges.jsonl").read_text() == (replayed().report / "exchanges.jsonl").read_text()
    summary = replayed().out.split("\n\n")[-1].splitlines()
    assert merged.out.splitlines()[1:5] == summary[:4]


def test_two_processes_run_a_shard_alike(command: Command) -> None:
    words = ("run", "--shard", "2/3", "--surface", "responses")
    serial, parallel = command(*words).results, command(*words, "-n", "2").results
    assert serial["shard"]["cases"] == [case["id"] for case in serial["cases"]]
    assert timeless(serial) == timeless(parallel)


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with the two shards of a small replay."""
    directory = tmp_path_factory.mktemp("shards")
    in_shards(command_in(directory), directory, 2, "--surface", "gemini", token=None)
    return directory


def changed(directory: Path, change: Callable[[Document], object], shard: int = 2) -> None:
    """Changes the results.json of one shard."""
    path = directory / f"shard-{shard}" / "results.json"
    document = json.loads(path.read_text())
    change(document)
    path.write_text(json.dumps(document))


def lose(document: Document) -> None:
    document["cases"].pop()


def steal(document: Document) -> None:
    document["shard"]["cases"].append(document["cases"][0]["id"] + "-x")
    document["cases"].append(document["cases"][0] | {"id": document["cases"][0]["id"] + "-x"})


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda one: one["target"].update(name="another"), "its target is another, not reference gateway"),
        (lambda one: one["target"].update(mode="live"), "one is replay, the other live"),
        (lambda one: one["target"]["surfaces"].update(chat="http://else"), "its target has other surfaces"),
        (lambda one: one["target"].update(lacking=["gpt-5"]), "models on the target that the other has not: gpt-5"),
        (lambda one: one["target"].update(network={}), "they got to the target in other ways"),
        (lambda one: one["target"].update(recorded_at="2020-01-01T00:00:00Z"), "they replay other recordings"),
        (lambda one: one["suite"].update(version="0.0.1"), "it was made by version 0.0.1 of the suite, this is"),
        (lambda one: one["suite"].update(catalogue_sha256="0" * 64), "it was made with another catalogue"),
        (lambda one: one["selection"].update(cheap=True), "another selection: --cheap was given, and is not given"),
        (lambda one: one["selection"].update(shard="2/3"), "one is a shard of 2, the other of 3"),
        (lambda one: one["selection"].update(shard="1/2"), "are both shard 1/2"),
        (lambda one: one["selection"].update(shard=""), "is no shard: its run had no --shard"),
        (lambda one: one["selection"].update(shard="3/2"), "--shard '3/2' is none"),
        (lambda one: one["shard"].update(selected=3), "other cases were selected"),
        (lambda one: one.update(shard=None), "does not say which cases fell to its shard"),
        (lose, "lacks 1 of its"),
        (steal, "which are not the"),
    ],
)
def test_what_does_not_belong_together(
    tmp_path: Path, two: Path, change: Callable[[Document], object], says: str
) -> None:
    shutil.copytree(two, tmp_path, dirs_exist_ok=True)
    changed(tmp_path, change)
    line = mistake(command_in(tmp_path)("merge", "shard-1", "shard-2"))
    assert says in line


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("shard-1",), "shard 2/2 is missing"),
        (("shard-2", "shard-2"), "are both shard 2/2"),
        (("shard-1", "nowhere"), "there is no nowhere"),
        (("shard-1", "."), "cannot be read"),
        (("shard-1", "shard-2", "--report-dir", "shard-1"), "shard-1 is one of the shards: give another --report-dir"),
    ],
)
def test_what_is_missing_or_there_twice(two: Path, words: tuple[str, ...], says: str) -> None:
    assert says in mistake(command_in(two)("merge", *words, report=False))


def test_a_shard_without_its_exchanges(tmp_path: Path, two: Path) -> None:
    shutil.copytree(two, tmp_path, dirs_exist_ok=True)
    (tmp_path / "shard-2" / "exchanges.jsonl").unlink()
    assert "exchanges.jsonl cannot be read" in mistake(command_in(tmp_path)("merge", "shard-1", "shard-2"))
    (tmp_path / "shard-2" / "exchanges.jsonl").write_text("")
    assert "lacks the exchange gemini/" in mistake(command_in(tmp_path)("merge", "shard-1", "shard-2"))


@pytest.mark.parametrize("shard", ["5/4", "0/4", "x"])
def test_what_is_no_shard(command: Command, shard: str) -> None:
    assert "give K/N, such as 1/4" in mistake(command("run", "--shard", shard))


def test_nothing_falls_to_a_shard(command: Command) -> None:
    done = command("run", "--shard", "4/4", "--requirement", "RESP-400-STORE")
    assert done.code == 2, "nothing decided is inconclusive, here as well"
    assert done.results["shard"]["cases"] == []


def test_the_evidence_of_all_shards_is_judged_as_one(tmp_path: Path, command: Command, gateway: str) -> None:
    in_shards(command, tmp_path, 2, "--base-url", gateway, "--conformance-profile", "gemini")
    merged = command("merge", "shard-1", "shard-2")
    assert differences(read(merged.report), merged.report) == []
    (tmp_path / "shard-2" / "evidence.jsonl").unlink()
    (merged.report / "evidence.jsonl").unlink()
    command("merge", "shard-1", "shard-2")
    assert not (merged.report / "evidence.jsonl").exists(), "a part of it proves nothing"
