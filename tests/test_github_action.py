"""The action and the workflow of its page fit the syntax of GitHub Actions, and the scripts of the action do what they say."""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from conformance.reference.server import running
from tests.commandline import COMMAND
from tests.end_to_end.conftest import TOKEN
from tests.pages import check
from tests.test_docs import DOCS, FENCED, text
from tests.test_monitoring import STEP, WORKFLOW

PAGE = DOCS / "github-action.md"
ACTION = DOCS / "github-action" / "action.yml"
TEXT = {"type": "string"}
USED = re.compile(r"\$\{\{ inputs\.([\w-]+) \}\}")
SCHEMA = {
    # The parts of a composite action that ours uses, as their syntax defines them; values as text.
    "type": "object",
    "properties": {
        "name": TEXT,
        "description": TEXT,
        "inputs": {
            "type": "object",
            "additionalProperties": {
                "type": "object",
                "properties": {"description": TEXT, "default": TEXT},
                "required": ["description", "default"],
                "additionalProperties": False,
            },
        },
        "outputs": {
            "type": "object",
            "additionalProperties": {
                "type": "object",
                "properties": {"description": TEXT, "value": TEXT},
                "required": ["description", "value"],
                "additionalProperties": False,
            },
        },
        "runs": {
            "type": "object",
            "properties": {
                "using": {"const": "composite"},
                "steps": {
                    "type": "array",
                    "items": STEP
                    | {
                        "properties": STEP["properties"]
                        | {"shell": {"const": "bash"}, "env": {"type": "object", "additionalProperties": TEXT}},
                        "dependentRequired": {"run": ["shell"]},
                    },
                },
            },
            "required": ["using", "steps"],
            "additionalProperties": False,
        },
    },
    "required": ["name", "description", "inputs", "outputs", "runs"],
    "additionalProperties": False,
}


def action() -> dict[str, Any]:
    found: dict[str, Any] = yaml.load(ACTION.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
    return found


def workflow() -> dict[str, Any]:
    [block] = [block[2] for block in FENCED.finditer(text(PAGE)) if block[1] == "yaml"]
    found: dict[str, Any] = yaml.load(block, Loader=yaml.BaseLoader)
    return found


def step(name: str) -> dict[str, Any]:
    [found] = [one for one in action()["runs"]["steps"] if one.get("name") == name]
    return dict(found)


def test_the_action_is_one() -> None:
    jsonschema.validate(action(), SCHEMA)


def test_each_input_is_used_and_none_reaches_a_shell_but_by_a_variable() -> None:
    given = action()
    assert set(USED.findall(ACTION.read_text())) == set(given["inputs"])
    assert all("${{" not in one["run"] for one in given["runs"]["steps"] if "run" in one)
    for one in given["runs"]["steps"]:
        if "run" in one:
            here = set(re.findall(r"\$\{?([A-Z_]+)", one["run"]))
            assert here <= {*one.get("env", ()), "RUNNER_TEMP", "GITHUB_OUTPUT"}, one["name"]
            assert set(one.get("env", ())) <= here, one["name"]


def test_the_page_tells_each_input_and_output() -> None:
    page = text(PAGE)
    assert all(f"`{name}`" in page for part in ("inputs", "outputs") for name in action()[part])


def test_the_workflow_of_the_page() -> None:
    jobs = workflow()["jobs"]["judge"]
    schema = {**WORKFLOW, "properties": WORKFLOW["properties"] | {"on": {"type": "object"}, "jobs": {"type": "object"}}}  # type: ignore[dict-item]
    jsonschema.validate(workflow(), schema)
    [ours] = [one for one in jobs["steps"] if "github-action" in one["uses"]]
    assert ours["uses"].split("@")[0].endswith(ACTION.parent.relative_to(DOCS.parent).as_posix())
    assert set(ours["with"]) <= set(action()["inputs"])
    check(["gateway-conformance", "run", "--live", *ours["with"]["arguments"].splitlines()])


def test_the_commands_of_the_page() -> None:
    shell = "".join(block[2] for block in FENCED.finditer(text(PAGE)) if block[1] == "sh")
    assert [check(shlex.split(line)) for line in shell.splitlines()] == ["github"]


@dataclass(frozen=True)
class Ran:
    """What the steps of the action have printed and left behind."""

    code: int
    out: str
    exit_code: str
    summary: str
    report: Path


@pytest.fixture(scope="module")
def gateway() -> Iterator[str]:
    with running(token=TOKEN) as url:
        yield url


@pytest.fixture
def act(tmp_path: Path) -> Callable[..., Ran]:
    """Runs the scripts of the action as GitHub does, but the one that installs."""
    programs = tmp_path / "temp" / "gateway-conformance" / "bin"
    programs.mkdir(parents=True)
    for name, words in {"gateway-conformance": COMMAND, "python": (sys.executable,)}.items():
        (programs / name).write_text(f'#!/bin/sh\nexec {shlex.join(words)} "$@"\n')
        (programs / name).chmod(0o755)

    def run(**given: str) -> Ran:
        inputs = {name: one["default"] for name, one in action()["inputs"].items()}
        inputs |= {name.replace("_", "-"): value for name, value in given.items()}
        output, summary = tmp_path / "output", tmp_path / "summary"
        output.write_text("")
        printed, code = "", 0
        for name in ("Run", "Tell", "End as the run did"):
            exit_code = output.read_text().removeprefix("exit-code=").strip()
            environment = {
                key: USED.sub(lambda found: inputs[found[1]], value).replace(
                    "${{ steps.run.outputs.exit-code }}", exit_code
                )
                for key, value in step(name).get("env", {}).items()
            }
            kept = {key: value for key, value in os.environ.items() if not key.startswith(("DATABRICKS", "PYTEST"))}
            kept |= {"RUNNER_TEMP": str(tmp_path / "temp"), "GITHUB_OUTPUT": str(output), "DATABRICKS_TOKEN": TOKEN}
            kept |= {"GITHUB_STEP_SUMMARY": str(summary), **environment}
            shell = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step(name)["run"]]
            done = subprocess.run(shell, cwd=tmp_path, env=kept, capture_output=True, text=True, check=False)
            printed, code = printed + done.stdout + done.stderr, done.returncode
            assert code == 0 or name == "End as the run did", printed
        told = summary.read_text() if summary.exists() else ""
        return Ran(code, printed, exit_code, told, tmp_path / inputs["report-dir"])

    return run


def test_a_gateway_that_breaks_a_promise(act: Callable[..., Ran], gateway: str) -> None:
    url = f"{gateway}/faults/responses-store-accepted"
    done = act(
        base_url=url, arguments="--requirement\nRESP-400-STORE,RESP-400-BACKGROUND\n-k\nrefused and not streaming\n"
    )
    assert (done.code, done.exit_code) == (1, "1"), done.out
    assert "::error title=RESP-400-STORE%3A failed::" in done.out
    assert "is ✗ nonconformant" in done.summary
    assert {"report.html", "badge.json", "results.json"} <= {path.name for path in done.report.iterdir()}
    begun, ended = re.search(r"^::stop-commands::(\w{32})$", done.out, re.MULTILINE), done.out.find("::error")
    assert begun
    assert begun.start() < done.out.find("RESP-400-STORE") < done.out.find(f"\n::{begun[1]}::\n") < ended


def test_a_target_file_and_a_report_elsewhere(act: Callable[..., Ran], gateway: str, tmp_path: Path) -> None:
    (tmp_path / "my proxy.toml").write_text(
        f'name = "my-proxy"\n[surfaces]\nresponses = "{gateway}/ai-gateway/mlflow/v1"\n'
    )
    done = act(target="my proxy.toml", arguments="--requirement=RESP-400-STORE\n--cheap", report_dir="a report")
    assert done.code == 0, done.out
    assert "`my-proxy` is ✓ conformant" in done.summary
    assert (done.report / "badge.json").is_file()


@pytest.mark.parametrize("given", [{}, {"target": "none.toml"}, {"arguments": "--no-such-option"}])
def test_it_could_not_look(act: Callable[..., Ran], given: dict[str, str]) -> None:
    """With neither a target nor one in the environment nothing is replayed in its place."""
    done = act(**given)
    assert done.code == 4, done.out
    assert "::error title=gateway-conformance::It could not look" in done.out
    assert not done.report.exists()


def test_a_report_that_is_none(tmp_path: Path) -> None:
    words = [*COMMAND, "github", str(tmp_path)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 4
    [line] = done.stderr.splitlines()
    assert "results.json cannot be read" in line
