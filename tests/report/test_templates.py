"""The templates of the pages: readable in their source, and none of them lifts the escaping."""

import re
from pathlib import Path

import pytest

import conformance

ROOT = Path(conformance.__file__).parent
TEMPLATES = sorted(path.relative_to(ROOT).as_posix() for path in ROOT.rglob("*.j2"))
LIFTS = re.compile(r"\|\s*(safe|tojson|xmlattr|urlize)\b|{%-?\s*(autoescape|filter)\b")
"""What makes text markup that was not written in a template."""


def test_there_are_templates() -> None:
    assert {"report/report.html.j2", "prove/matrix.html.j2", "sdk/upgrade.html.j2"} <= set(TEMPLATES)


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_says_what_it_is_and_keeps_its_lines_short(name: str) -> None:
    lines = (ROOT / name).read_text().splitlines()
    assert lines[0].startswith("{# ")
    assert [line for line in lines if len(line) > 120] == []


@pytest.mark.parametrize("name", TEMPLATES)
def test_no_template_lifts_the_escaping(name: str) -> None:
    assert not LIFTS.search((ROOT / name).read_text())
