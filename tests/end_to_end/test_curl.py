"""A curl command of a report works as it is printed: where its body is too long for it, from a file beside the report."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from conformance.report.body_files import LARGEST, MOST, SHORTEST
from tests.end_to_end.conftest import TOKEN, Command
from tests.end_to_end.test_shards import in_shards

pytestmark = pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")

WORDS = ("chat/test_vision.py", "-k", "count_limit")
FAULT = "/faults/images-claude-count-101"


def exchanges(report: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (report / "exchanges.jsonl").read_text(encoding="utf-8").splitlines()]


def send_again(exchange: dict[str, Any], report: Path, gateway: str) -> tuple[int, int]:
    """Runs the command in the directory of the report. Gives the status, and how many bytes were sent."""
    command = exchange["curl"].replace("curl -sS", "curl -sS -o /dev/null -w '%{http_code} %{size_upload}'", 1)
    environment = {"PATH": os.environ["PATH"], "GATEWAY": gateway, "TOKEN": TOKEN}
    done = subprocess.run(
        ["bash", "-c", command], cwd=report, env=environment, capture_output=True, text=True, timeout=60, check=True
    )
    status, sent = done.stdout.split()
    return int(status), int(sent)


@pytest.mark.parametrize("parallel", [(), ("-n", "2")], ids=["alone", "two workers"])
def test_a_long_body_lies_beside_the_report(command: Command, gateway: str, parallel: tuple[str, ...]) -> None:
    done = command("run", "--base-url", gateway + FAULT, *WORDS, *parallel)
    assert done.code == 1, done.out
    found = exchanges(done.report)
    judged = {one["exchange"] for case in done.results["cases"] for one in case["findings"]}
    long = [one for one in found if SHORTEST < one["request"]["bytes"] <= LARGEST]
    with_file = [one for one in long if "@bodies/" in one["curl"]]
    assert {one["id"] for one in with_file} == {one["id"] for one in long} & judged != set()
    assert all("not kept: run --live" in one["curl"] for one in long if one not in with_file)
    assert len([*(done.report / "bodies").iterdir()]) == len(with_file) <= MOST
    for one in with_file:
        assert send_again(one, done.report, gateway) == (one["response"]["status"], one["request"]["bytes"])
    page = (done.report / "report.html").read_text(encoding="utf-8")
    assert all(one["curl"].partition("@")[2].split()[0] in page for one in with_file)


def test_merged_reports_hold_those_of_their_shards_and_a_new_report_none_of_the_old(
    tmp_path: Path, command: Command, gateway: str
) -> None:
    in_shards(command, tmp_path, 2, "--base-url", gateway + FAULT, *WORDS)
    kept = {
        path.name: path.read_bytes() for number in (1, 2) for path in (tmp_path / f"shard-{number}/bodies").glob("*")
    }
    merged = command("merge", "shard-1", "shard-2")
    assert {path.name: path.read_bytes() for path in (merged.report / "bodies").iterdir()} == kept
    assert kept
    conformant = command("run", "--base-url", gateway, "--requirement", "CHAT-PATH")
    assert conformant.code == 0
    assert conformant.report == merged.report
    assert not (conformant.report / "bodies").exists()


def test_a_run_that_is_continued_keeps_them(tmp_path: Path, command: Command, gateway: str) -> None:
    first = command("run", "--base-url", gateway + FAULT, *WORDS)
    kept = {path.name: path.read_bytes() for path in (first.report / "bodies").iterdir()}
    first.report.rename(tmp_path / "first")
    second = command("run", "--base-url", gateway + FAULT, *WORDS, "--resume", "first")
    assert {path.name: path.read_bytes() for path in (second.report / "bodies").iterdir()} == kept
