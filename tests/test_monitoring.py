"""The workflow, the job and the alert rules of the documentation fit what they are for, and their commands our command line."""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from databricks.bundles.jobs import Job

from conformance.report import watched
from tests.behind.test_command import free_port
from tests.commandline import COMMAND
from tests.pages import check
from tests.processes import started
from tests.test_docs import DOCS, FENCED, text

MONITORING = DOCS / "monitoring.md"
TEXT = {"type": "string"}
STEP = {
    "type": "object",
    "properties": {
        "id": {"type": "string", "pattern": r"^[A-Za-z_][\w-]*$"},
        "name": TEXT,
        "if": TEXT,
        "uses": {"type": "string", "pattern": r"^[\w.-]+/[\w./-]+@v\d+$"},
        "with": {"type": "object", "additionalProperties": TEXT},
        "run": TEXT,
        "continue-on-error": {"enum": ["true", "false"]},
    },
    "oneOf": [{"required": ["uses"]}, {"required": ["run"]}],
    "additionalProperties": False,
}
WORKFLOW = {
    # The parts of a workflow of GitHub Actions that the documentation uses, as its syntax defines them; values as text.
    "type": "object",
    "properties": {
        "name": TEXT,
        "on": {
            "type": "object",
            "properties": {
                "schedule": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "properties": {"cron": {"type": "string", "pattern": r"^[\d*/,-]+( [\d*/,-]+){4}$"}},
                        "required": ["cron"],
                        "additionalProperties": False,
                    },
                    "minItems": 1,
                }
            },
            "additionalProperties": False,
        },
        "permissions": {"type": "object", "additionalProperties": {"enum": ["read", "write", "none"]}},
        "concurrency": {"type": "object", "properties": {"group": TEXT}, "additionalProperties": False},
        "jobs": {
            "type": "object",
            "additionalProperties": {
                "type": "object",
                "properties": {
                    "runs-on": TEXT,
                    "timeout-minutes": {"type": "string", "pattern": r"^\d+$"},
                    "env": {"type": "object", "additionalProperties": TEXT},
                    "steps": {"type": "array", "items": STEP, "minItems": 1},
                },
                "required": ["runs-on", "steps"],
                "additionalProperties": False,
            },
        },
    },
    "required": ["on", "jobs"],
    "additionalProperties": False,
}
RULES = {
    # The parts of a file of alerting rules of Prometheus.
    "type": "object",
    "properties": {
        "groups": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "name": TEXT,
                    "rules": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "properties": {
                                "alert": TEXT,
                                "expr": TEXT,
                                "for": {"type": "string", "pattern": r"^\d+[smhd]$"},
                            },
                            "required": ["alert", "expr"],
                            "additionalProperties": False,
                        },
                    },
                },
                "required": ["name", "rules"],
                "additionalProperties": False,
            },
        }
    },
    "required": ["groups"],
    "additionalProperties": False,
}


def blocks(member: str) -> Iterator[Any]:
    """The YAML in the page that has such a member at the top, with values as text: `on` is no truth value."""
    for block in FENCED.finditer(text(MONITORING)):
        document = yaml.load(block[2], Loader=yaml.BaseLoader) if block[1] == "yaml" else {}
        if member in document:
            yield document


def only(member: str) -> Any:
    [document] = blocks(member)
    return document


def workflow(name: str) -> Any:
    return next(one for one in blocks("on") if one["name"] == name)


def tasks(job: Any) -> dict[str, Any]:
    return {task["task_key"]: task for task in job["tasks"]}


def test_the_workflows_are_some() -> None:
    for one in blocks("on"):
        jsonschema.validate(one, WORKFLOW)


def test_the_workflow_has_two_times() -> None:
    watching = workflow("gateway-conformance")
    [job] = watching["jobs"].values()
    hourly, nightly = (one["cron"] for one in watching["on"]["schedule"])
    assert f"== '{hourly}' && '--smoke' || ''" in job["env"]["SMOKE"], (
        "the first of its times is the one of the first look"
    )
    assert hourly != nightly
    named = set(re.findall(r"steps\.(\w+)\.", str(job["steps"])))
    assert named <= {step["id"] for step in job["steps"] if "id" in step}


def test_the_commands_of_the_workflow() -> None:
    [job] = workflow("gateway-conformance")["jobs"].values()
    lines = [step["run"] for step in job["steps"] if step.get("run", "").startswith("gateway-conformance")]
    used = set(re.findall(r"\$(\w+)", " ".join(lines)))
    assert used <= set(job["env"])
    for line, smoke in product(lines, ("--smoke", "")):
        check(shlex.split(line.replace("$SMOKE", smoke)))
    assert [shlex.split(line)[1] for line in lines] == ["run", "run", "history"]


@pytest.mark.skipif(sys.platform == "win32", reason="the scripts are those of a POSIX shell")
def test_the_weekly_workflow_tells_what_has_changed_since_the_last_report(tmp_path: Path) -> None:
    """Its scripts, as they stand there. In the place of GitHub's store of artefacts stands a directory."""
    [job] = workflow("gateway-conformance-weekly")["jobs"].values()
    before, look = (step["run"] for step in job["steps"] if step.get("id") in ("before", "look"))
    programs, artefacts = tmp_path / "bin", tmp_path / "artefacts"
    for directory in (programs, artefacts):
        directory.mkdir()
    shim(programs, "gateway-conformance", f'exec {shlex.join(COMMAND)} "$@"')
    shim(programs, "gh", f'case "$2" in list) echo 7 6;; download) cp -r {artefacts}/"$3" "${{@: -1}}";; esac')
    summaries = []
    for week, fault in ((6, ""), (7, "responses-store-accepted")):
        here = tmp_path / f"week-{week}"
        here.mkdir()
        with serving(fault) as gateway:
            environment = {
                **os.environ, "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}", "GATEWAY": gateway,
                "DATABRICKS_TOKEN": "any", "GITHUB_REPOSITORY": "a/b", "GITHUB_WORKFLOW": "weekly",
                "GITHUB_STEP_SUMMARY": str(here / "summary.md"),
            }  # fmt: skip
            for script in (before, look.replace("--report-dir", "--requirement RESP-400-STORE --report-dir")):
                # As GitHub runs what names no shell.
                done = subprocess.run(
                    ["bash", "-e", "-c", script], cwd=here, env=environment, capture_output=True, text=True, check=False
                )
        assert done.returncode == bool(fault), done.stdout + done.stderr
        (here / "report").rename(artefacts / str(week))
        summaries.append(done.stdout)
    assert "\nsince " not in summaries[0]
    assert re.search(r"^since \S+ \S+ \(conformant.*\): 1 broken$", summaries[1], re.MULTILINE), summaries[1]


def shim(directory: Path, name: str, script: str) -> None:
    path = directory / name
    path.write_text(f"#!/bin/bash\n{script}\n")
    path.chmod(0o755)


@contextmanager
def serving(fault: str) -> Iterator[str]:
    """The reference gateway with a fault, in a process of its own."""
    port = free_port()
    words = [*COMMAND, "serve", "--port", str(port), *(["--fault", fault] if fault else [])]
    with started(words, stdout=subprocess.PIPE) as process:
        assert process.stdout
        assert b" ready at " in process.stdout.readline()
        yield f"http://127.0.0.1:{port}"


@pytest.mark.parametrize("name", ["hourly", "nightly"])
def test_the_jobs_of_the_bundle_are_jobs(name: str) -> None:
    """Databricks' own types refuse what they do not know."""
    bundle = only("bundle")
    assert set(bundle) == {"bundle", "variables", "resources"}
    job = bundle["resources"]["jobs"][name]
    typed = Job.from_dict(job)
    assert typed.schedule
    with pytest.raises(ValueError, match="Unexpected field"):
        Job.from_dict(job | {"scedule": {}})
    named = set(re.findall(r"\$\{var\.(\w+)\}", str(job)))
    assert named <= set(bundle["variables"])
    assert all("default" in bundle["variables"][one] for one in named)
    clusters = {one["job_cluster_key"] for one in job["job_clusters"]}
    for task in job["tasks"]:
        assert task["job_cluster_key"] in clusters
        assert {one["task_key"] for one in task.get("depends_on", ())} <= set(tasks(job))


@pytest.mark.parametrize("name", ["hourly", "nightly"])
def test_the_commands_of_the_jobs(name: str) -> None:
    job = only("bundle")["resources"]["jobs"][name]
    entry_points = {task["python_wheel_task"]["entry_point"] for task in job["tasks"]}
    assert entry_points == {"gateway-conformance"}
    words = {key: task["python_wheel_task"]["parameters"] for key, task in tasks(job).items()}
    assert {key: check(["gateway-conformance", *line]) for key, line in words.items()} == {
        "look": "run",
        "again": "run",
        "history": "history",
    }
    assert {key: "--smoke" in words[key] for key in ("look", "again")} == dict.fromkeys(
        ("look", "again"), name == "hourly"
    )
    assert (
        words["again"][words["again"].index("--failed") + 1] == words["look"][words["look"].index("--report-dir") + 1]
    )


def test_the_rules_are_about_metrics_that_there_are() -> None:
    rules = only("groups")
    jsonschema.validate(rules, RULES)
    expressions = " ".join(rule["expr"] for group in rules["groups"] for rule in group["rules"])
    named = set(re.findall(r"gateway_conformance_(\w+)", expressions))
    assert named <= set(watched._HELP)
    assert set(re.findall(r'state="(\w+)"', expressions)) <= set(watched.STATES)
    table = text(MONITORING).partition("| metric, after")[2].partition("\n\n")[0]
    assert set(re.findall(r"`(\w+)(?:\{[\w,]+\})?`", table)) - {"gateway_conformance_"} == set(watched._HELP)
