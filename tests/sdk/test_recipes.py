"""The recipes of docs/sdk-ci.md: their scripts, as they stand there, in a repository with a pull request, without a network.

git, venv, the pip of an environment and the suite are the real ones, and uv where it is installed. What cannot do without a
network has a stand-in, which refuses other words than the real one is to be given: uv and Poetry, which make the environment
of which their lock file speaks, and pipx.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from tests.commandline import COMMAND
from tests.test_docs import DOCS, FENCED, text
from tests.test_monitoring import WORKFLOW, check

ROOT = Path(__file__).parents[2]
PAGE = DOCS / "sdk-ci.md"
NARROWED = ["-k", "openai_chat and plain"]
"""Of the suite's cases these few, for the sake of time."""
BROKEN = "raise ImportError('openai 99 needs what is not here')\n"


def blocks() -> Iterator[tuple[str, Any]]:
    """The file name and the content of each YAML of the page, with values as text: `on` is no truth value."""
    for block in FENCED.finditer(text(PAGE)):
        if block[1] == "yaml":
            name = block[2].partition("\n")[0].removeprefix("# ")
            yield name, yaml.load(block[2], Loader=yaml.BaseLoader)


WORKFLOWS = [document for name, document in blocks() if name == ".github/workflows/sdk-upgrade.yml"]
[GITLAB] = [document for name, document in blocks() if name == ".gitlab-ci.yml"]


def workflow(tool: str) -> Any:
    """The workflow for a tool, told by the file in which its pins are."""
    lock = {"uv": "uv.lock", "poetry": "poetry.lock"}.get(tool, "requirements*.txt")
    [found] = [one for one in WORKFLOWS if one["on"]["pull_request"]["paths"] == [lock]]
    return found


def test_each_workflow_is_one() -> None:
    paths = {
        "type": "object",
        "properties": {
            "branches": {"const": ["main"]},
            "paths": {"type": "array", "items": {"type": "string"}, "minItems": 1},
        },
        "required": ["paths"],
        "additionalProperties": False,
    }
    on = {"type": "object", "properties": {"pull_request": paths, "push": paths}, "additionalProperties": False}
    schema = WORKFLOW | {"properties": {**WORKFLOW["properties"], "on": on}}  # type: ignore[dict-item]
    assert len(WORKFLOWS) == 3
    for one in WORKFLOWS:
        jsonschema.validate(one, schema)
        assert one["permissions"] == {"contents": "read"}, "more Dependabot's pull requests do not have"
        assert one["on"]["push"]["paths"] == one["on"]["pull_request"]["paths"]
        assert "secrets." not in json.dumps(one)


def test_the_bots_are_configured_by_what_they_read() -> None:
    [dependabot] = [document for name, document in blocks() if name == ".github/dependabot.yml"]
    [update] = dependabot["updates"]
    assert (dependabot["version"], update["directory"]) == ("2", "/")
    assert update["package-ecosystem"] in ("pip", "uv")
    [renovate] = [json.loads(block[2]) for block in FENCED.finditer(text(PAGE)) if block[1] == "json"]
    assert renovate["extends"] == ["config:recommended"]


def test_the_commands_that_are_given_by_hand() -> None:
    [shell] = [block[2] for block in FENCED.finditer(text(PAGE)) if block[1] == "sh"]
    words = [shlex.split(line) for line in shell.splitlines()]
    assert [check(line) for line in words if line[0] == "gateway-conformance"] == ["sdk"]


@dataclass(frozen=True)
class Ran:
    """What came of the scripts of a job: the code of the first that failed, all that was printed, and the comparison."""

    code: int
    out: str
    told: str


@dataclass(frozen=True)
class Checkout:
    """A repository at the merge of a pull request, as CI checks it out, and a house of wheels in place of an index."""

    here: Path
    base: str
    environment: dict[str, str]

    def script(self, script: str, **more: str) -> subprocess.CompletedProcess[str]:
        """Runs a script as both do: it ends with the first command that fails."""
        return subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
            cwd=self.here, env=self.environment | more, capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip

    def github(self, workflow: Any, event: str = "pull_request") -> Ran:
        """Runs the job of a workflow, for an event."""
        [job] = workflow["jobs"].values()
        summary = self.here.parent / "summary.md"
        given = job["env"] | {"SUITE": self.environment["SUITE"], "GITHUB_STEP_SUMMARY": str(summary)}
        out, code = "", 0
        for step in job["steps"]:
            match step.get("if"):
                case None:
                    wanted = not code
                case "github.event_name == 'pull_request'":
                    wanted = not code and event == "pull_request"
                case condition:
                    assert condition == "${{ !cancelled() && hashFiles('sdk.md') != '' }}"
                    wanted = (self.here / "sdk.md").exists()
            if wanted and "run" in step:
                done = self.script(step["run"], **given)
                out, code = out + done.stdout + done.stderr, code or done.returncode
        return Ran(code, out, summary.read_text() if summary.exists() else "")

    def gitlab(self, name: str) -> Ran:
        """Runs a job of GitLab: all in one shell. The directory for what is temporary, alone a container's, is one here."""
        job, above = GITLAB[name], GITLAB[GITLAB[name]["extends"]]
        [rule] = job["rules"]
        assert rule["if"] == '$CI_PIPELINE_SOURCE == "merge_request_event"'
        assert above["artifacts"]["paths"] == ["sdk.md"]
        script = "\n".join([*above["before_script"], *job["script"]]).replace("/tmp/", f"{self.here.parent}/")
        given = {key: value.replace("$CI_PROJECT_DIR", str(self.here)) for key, value in above["variables"].items()}
        given |= {"SUITE": self.environment["SUITE"], "CI_MERGE_REQUEST_DIFF_BASE_SHA": self.base}
        done = self.script(script, **given)
        comparison = self.here / "sdk.md"
        told = comparison.read_text() if comparison.exists() else ""
        return Ran(done.returncode, done.stdout + done.stderr, told)


def wheel(directory: Path, name: str, number: str, files: dict[str, str], scripts: Sequence[str] = ()) -> Path:
    """Writes a wheel of text files. Those that are `scripts` become commands."""
    about = f"{name}-{number}.dist-info"
    members = {
        **{f"{name}-{number}.data/scripts/{path}" if path in scripts else path: held for path, held in files.items()},
        f"{about}/METADATA": f"Metadata-Version: 2.1\nName: {name.replace('_', '-')}\nVersion: {number}\n",
        f"{about}/WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    members[f"{about}/RECORD"] = "".join(f"{path},,\n" for path in [*members, f"{about}/RECORD"])
    path = directory / f"{name}-{number}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for member, held in members.items():
            information = zipfile.ZipInfo(member)
            information.external_attr = (0o100755 if "/scripts/" in member else 0o100644) << 16
            archive.writestr(information, held)
    return path


def program(path: Path, body: str) -> None:
    path.write_text(body)
    path.chmod(0o755)


STAND_IN = """#!{python}
import os, pathlib, re, subprocess, sys, zipfile
suite, name, words = os.environ["SUITE"], pathlib.Path(sys.argv[0]).name, sys.argv[1:]
runs = {{"uvx": ["--from", suite], "pipx": ["run", "--spec", suite]}}.get(name, []) + ["gateway-conformance"]
if name in ("uvx", "pipx") and words[: len(runs)] == runs:
    os.execv({suite!r}, [{suite!r}, *words[len(runs) :]])
if name in ("pip", "pipx"):  # whatever it is to install stands on PATH already
    assert words[0] == "install" and words[-1] in (suite, "uv", "poetry") and len(words) <= 3, words
    sys.exit()
known = {{"uv": ["sync", "-q", "--frozen", "--no-install-project"], "poetry": ["install", "-q", "--no-root"]}}[name]
assert words[: len(known)] == known, words
option, directory = words[len(known) :] or (None, ".")
assert option in (None, {{"uv": "--project", "poetry": "--directory"}}[name]), words
assert name == "uv" or os.environ["POETRY_VIRTUALENVS_IN_PROJECT"] == "true"
place = pathlib.Path(directory)
pin = re.search('name = "openai".version = "([0-9.]+)"', (place / (name + ".lock")).read_text(), re.DOTALL)[1]
subprocess.run([sys.executable, "-m", "venv", "--without-pip", place / ".venv"], check=True)
[packages] = place.glob(".venv/lib/python*/site-packages")
[wheel] = pathlib.Path(os.environ["PIP_FIND_LINKS"]).glob("openai-" + pin + "-*.whl")
zipfile.ZipFile(wheel).extractall(packages)
"""


@pytest.fixture
def made(tmp_path: Path, tool: str, real: bool, head: str) -> Checkout:
    """The checkout of a pull request that raises openai to a version whose `__init__.py` is `head`: empty for none."""
    wheels, programs, here = (tmp_path / name for name in ("wheels", "programs", "repository"))
    for directory in (wheels, programs, here):
        directory.mkdir()
    # The clients are those of this environment; of openai's version the wheel has the say.
    here_too = {"of_the_tests.pth": sysconfig.get_path("purelib") + "\n"}
    old = version("openai")
    pins = {
        old: wheel(wheels, "openai", old, here_too),
        "99.0": wheel(wheels, "openai", "99.0", here_too | ({"openai/__init__.py": head} if head else {})),
    }
    words = f'PYTHONPATH={shlex.quote(str(ROOT))} exec {shlex.join(COMMAND)} "$@"'
    suite = f'#!/bin/sh\n[ "$1" = sdk ] && set -- "$@" {shlex.join(NARROWED)}\n{words}\n'
    suite_wheel = wheel(wheels, "gateway_conformance", "0", {"gateway-conformance": suite}, ["gateway-conformance"])
    program(programs / "gateway-conformance", suite)
    program(programs / "python", f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    for name in ("uv", "uvx", "poetry", "pip", "pipx"):
        if real and name in ("uv", "uvx"):
            (programs / name).symlink_to(str(shutil.which(name)))
        else:
            body = STAND_IN.format(python=sys.executable, suite=str(programs / "gateway-conformance"))
            program(programs / name, body)
    kept = {
        k: v for k, v in os.environ.items() if not k.startswith(("PYTEST", "PYTHON", "PIP", "UV", "VIRTUAL", "GIT"))
    }
    environment = kept | {
        "PATH": f"{programs}{os.pathsep}/usr/bin{os.pathsep}/bin",
        "HOME": str(tmp_path),
        "RUNNER_TEMP": str(tmp_path),
        "SUITE": str(suite_wheel),
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(wheels),
        "UV_OFFLINE": "1",
        "UV_NO_INDEX": "1",
        "UV_FIND_LINKS": str(wheels),
        "UV_PYTHON": sys.executable,
        **{f"GIT_{who}_{what}": "a@b" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
    }
    checkout = Checkout(here, "", environment)
    done = checkout.script("git init -q -b main")
    for branch, pin in (("main", old), ("bot", "99.0")):
        pinned(checkout, tool, pin, pins[pin], real=real)
        done = checkout.script(f"git checkout -q -B {branch} && git add -A && git commit -qm {branch}")
        assert done.returncode == 0, done.stdout + done.stderr
    # What is checked out is the merge of both; that the target branch is its first parent is what GitHub promises.
    done = checkout.script(
        "git checkout -q --detach main && git merge -q --no-ff -m merged bot && git remote add origin . "
        "&& git rev-parse main"
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return Checkout(here, done.stdout.strip(), environment)


def pinned(checkout: Checkout, tool: str, pin: str, built: Path, *, real: bool) -> None:
    """Writes the files in which a tool has its pins."""
    if tool in ("requirements", "hashes"):
        digest = sha256(built.read_bytes()).hexdigest()
        hashes = f" --hash=sha256:{digest}" if tool == "hashes" else ""
        (checkout.here / "requirements.txt").write_text(f"openai=={pin}{hashes}\n")
        return
    (checkout.here / "pyproject.toml").write_text(
        f'[project]\nname = "app"\nversion = "1"\nrequires-python = ">=3.11"\ndependencies = ["openai=={pin}"]\n'
    )
    if real:
        done = checkout.script("uv lock -q")
        assert done.returncode == 0, done.stderr
    else:
        (checkout.here / f"{tool}.lock").write_text(f'[[package]]\nname = "openai"\nversion = "{pin}"\n')


UV_ITSELF = pytest.mark.skipif(not shutil.which("uv"), reason="uv is not installed")


@pytest.mark.parametrize("head", [BROKEN], ids=["broken"])
@pytest.mark.parametrize(
    ("host", "tool", "real"),
    [
        ("github", "hashes", False),
        ("github", "uv", False),
        pytest.param("github", "uv", True, marks=UV_ITSELF, id="github-uv-itself"),
        ("github", "poetry", False),
        ("gitlab", "requirements", False),
        ("gitlab", "uv", False),
        ("gitlab", "poetry", False),
    ],
)
def test_a_pull_request_that_breaks_something_fails_and_shows_it(made: Checkout, host: str, tool: str) -> None:
    ran = made.github(workflow(tool)) if host == "github" else made.gitlab(f"sdk-upgrade-{tool}")
    assert ran.code == 1, ran.out
    assert f"openai {version('openai')}" in ran.out
    assert "→ 99.0" in ran.told
    assert "broken" in ran.told
    assert "openai 99 needs what is not here" in ran.told


@pytest.mark.parametrize(("tool", "real", "head"), [("requirements", False, "")], ids=["unchanged"])
def test_a_pull_request_that_breaks_nothing_passes(made: Checkout, tool: str) -> None:
    ran = made.github(workflow(tool))
    assert ran.code == 0, ran.out
    assert "→ 99.0" in ran.told


@pytest.mark.parametrize(("tool", "real", "head"), [("uv", False, BROKEN)], ids=["broken"])
def test_the_target_branch_itself_is_not_judged(made: Checkout, tool: str) -> None:
    ran = made.github(workflow(tool), event="push")
    assert (ran.code, ran.told) == (0, ""), ran.out


@pytest.mark.parametrize(("tool", "real", "head"), [("hashes", False, BROKEN)], ids=["broken"])
def test_what_has_another_hash_is_not_installed(made: Checkout, tool: str) -> None:
    pins = made.here / "requirements.txt"
    pins.write_text(re.sub("sha256:..", "sha256:00", pins.read_text()))
    ran = made.github(workflow(tool))
    assert ran.code == 1, ran.out
    assert "DO NOT MATCH THE HASHES" in ran.out
    assert ran.told == ""
