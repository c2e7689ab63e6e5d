"""What the tutorials and the README tell a reader to do, done."""

import sys
from pathlib import Path

import pytest

from tests.pages import follow, is_run, steps
from tests.test_docs import DOCS, ROOT, text

RUN_AT_LEAST = {"verify-a-workspace": 7, "upgrade-an-sdk": 3, "certify-a-proxy": 9}
"""Commands of each tutorial that need nothing but the suite."""


def test_each_tutorial_is_followed() -> None:
    assert {page.stem for page in (DOCS / "tutorials").glob("*.md")} == set(RUN_AT_LEAST)


@pytest.mark.skipif(sys.platform == "win32", reason="the commands are those of a POSIX shell")
@pytest.mark.parametrize("name", RUN_AT_LEAST)
def test_a_tutorial_works_as_it_stands_there(name: str, tmp_path: Path) -> None:
    wanted = [step for step in steps(text(DOCS / "tutorials" / f"{name}.md")) if is_run(step)]
    assert len(follow(wanted, tmp_path)) >= RUN_AT_LEAST[name]


@pytest.mark.skipif(sys.platform == "win32", reason="the commands are those of a POSIX shell")
def test_the_readme_works_as_it_stands_there(tmp_path: Path) -> None:
    wanted = [step for step in steps(text(ROOT / "README.md")) if is_run(step) and "my-proxy" not in step.command]
    done = [command.partition("gateway-conformance ")[2].split()[0] for command in follow(wanted, tmp_path)]
    assert done == ["serve", "run", "keygen"]


def test_the_sample_of_a_comparison_is_what_is_printed(tmp_path: Path) -> None:
    page = text(DOCS / "sdk-upgrades.md")
    [sample] = follow([step for step in steps(page) if step.shows], tmp_path)
    assert sample.startswith("gateway-conformance compare openai==")


@pytest.mark.parametrize("environment", ["conformance", "tests"])
def test_ci_runs_the_two_commands_of_the_readme(environment: str) -> None:
    assert f".venv/bin/tox run -e {environment}\n" in text(ROOT / "README.md")
    assert f"\n.venv/bin/tox run -e {environment}\n" in text(ROOT / ".ci" / "run")
