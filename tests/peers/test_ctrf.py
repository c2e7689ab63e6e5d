"""The reference implementation of CTRF takes what we write."""

import json
import subprocess
from pathlib import Path

import pytest

from conformance.report.ctrf import ctrf
from conformance.report.results import read, read_cases

from .conftest import Report
from .servers import HERE, SCRIPTS

pytestmark = pytest.mark.peers

VALIDATE = """
import {readFileSync} from "node:fs";
import {calculateSummary, validate} from "ctrf";
const report = JSON.parse(readFileSync(0, "utf8"));
const {tests, summary} = report.results;
console.log(JSON.stringify({errors: validate(report).errors, counted: calculateSummary(tests), summary}));
"""


def check(file: Path) -> None:
    """The document fits the published schema, and its summary is the one that the reference counts."""
    done = subprocess.run(
        ["node", "--input-type=module", "--eval", VALIDATE],
        cwd=HERE,
        input=file.read_text(encoding="utf-8"),
        encoding="utf-8",
        capture_output=True,
        timeout=60,
        check=True,
    )
    found = json.loads(done.stdout)
    assert found["errors"] == []
    statuses = ("tests", "passed", "failed", "skipped", "pending", "other")
    assert {name: found["summary"][name] for name in statuses} == {name: found["counted"][name] for name in statuses}


def written(directory: Path, *words: str | Path) -> Path:
    """The CTRF of a run with these arguments."""
    file = directory / "ctrf.json"
    subprocess.run(
        [SCRIPTS / "gateway-conformance", "run", *words, "--ctrf", file],
        cwd=directory,
        capture_output=True,
        timeout=120,
        check=False,
    )
    return file


def test_a_replay(tmp_path: Path) -> None:
    check(written(tmp_path, "--surface", "chat"))


def test_a_run_that_could_not_look(tmp_path: Path) -> None:
    check(written(tmp_path, "--surface", "no-surface"))


def test_one_against_a_server_that_breaks_much(report: Report, tmp_path: Path) -> None:
    found = read(report.directory)
    assert found.verdict == "nonconformant"
    exchanges = [row for case in read_cases(report.directory, found) for row in case.exchanges]
    file = tmp_path / "ctrf.json"
    file.write_text(ctrf(found, exchanges), encoding="utf-8")
    check(file)


def test_what_does_not_fit_is_seen(tmp_path: Path) -> None:
    file = tmp_path / "ctrf.json"
    tests = [{"name": "x", "status": "inconclusive", "duration": 1}]
    summary = dict.fromkeys(("tests", "passed", "failed", "skipped", "pending", "other", "start", "stop"), 0)
    results = {"tool": {"name": "x"}, "summary": summary, "tests": tests}
    file.write_text(json.dumps({"reportFormat": "CTRF", "specVersion": "0.0.0", "results": results}))
    with pytest.raises(AssertionError, match="/results/tests/0/status"):
        check(file)
