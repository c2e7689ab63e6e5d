"""What makes the documentation site: pages from the code, links between them, and the check of what was built.

`tox run -e docs` builds the whole; here is what each part does.
"""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from conformance.cli import COMMANDS
from conformance.commands.explain import explained
from conformance.requirements import catalogue
from conformance.sdk import bundled
from documentation import changes, clients, commands, requirements, schemas
from documentation.checking import problems
from documentation.markdown import code, linked, plain, prose
from tests.test_docs import DOCS, ROOT, text

CONFIGURATION = ROOT / ".ci" / "documentation" / "zensical.toml"
GENERATED = {"index.md", "reference/commands.md", "reference/target-file.md", "reference/results.md", clients.PAGE}


def paths(nav: Any) -> list[str]:
    """The pages of a navigation, in its order."""
    if isinstance(nav, str):
        return [nav]
    return [path for part in (nav.values() if isinstance(nav, dict) else nav) for path in paths(part)]


def test_each_page_stands_in_the_navigation_once() -> None:
    nav = tomllib.loads(text(CONFIGURATION))["project"]["nav"]
    assert [name for part in nav for name in part][1:] == ["Tutorials", "Guides", "Reference", "Explanations"]
    written = {str(path.relative_to(DOCS)) for path in DOCS.rglob("*.md") if path.parent.name != "changes"}
    of_requirements = {f"{requirements.FOLDER}/index.md", "explanations/decisions.md"}
    assert sorted(paths(nav)) == sorted(written | GENERATED | of_requirements)


def test_a_requirement_has_a_page_with_all_that_is_known_of_it() -> None:
    page = requirements.page(explained("RESP-400-STORE"))
    assert page.startswith("# RESP-400-STORE\n\nA request that specifies store is refused with 400, ")
    assert "/openai-responses#limitations)" in page
    for told in (
        "level: MUST", "Only 400 will do", code("responses/unsupported_parameters.refused-store"),
        code("responses-store-accepted"), "is not refused as documented (200", "--requirement RESP-400-STORE",
    ):  # fmt: skip
        assert told in page, told
    assert "What reality does" not in page
    assert "## What reality does\n\nReal gateways are said" in requirements.page(explained("IMG-GPT5-PAYLOAD"))


def test_how_to_mend_a_refusal_tells_the_status_the_parameter_and_each_way_of_asking() -> None:
    mending = requirements.page(explained("RESP-400-STORE")).partition("## How to mend\n")[2]
    assert f"an error of status 400 that names {code('store')}." in mending
    assert "Check each of the 3 ways" in mending
    for way in (
        "/ai-gateway/mlflow/v1/responses",
        "/ai-gateway/mlflow/v1/responses, streamed",
        "/serving-endpoints/responses",
    ):
        assert code(f"POST {way}") in mending


def test_what_is_no_refusal_is_not_mended_as_one() -> None:
    assert "an error of status" not in requirements.page(explained("CHAT-USAGE-SUM"))


def test_how_to_mend_names_each_way_in_which_the_cases_ask() -> None:
    chat = "POST /ai-gateway/mlflow/v1/chat/completions"
    page = requirements.page(explained("CHAT-MAXTOKENS"))
    assert f"Check each of the 2 ways in which the cases ask: {code(chat)}; {code(f'{chat}, streamed')}." in page


def test_how_to_mend_names_what_may_be_left_out() -> None:
    assert code("video") in requirements.page(explained("AV-CHAT-YOUTUBE"))


def test_a_requirement_that_no_program_decides_has_a_reason_and_nothing_to_mend() -> None:
    [name, *_] = [row.id for row in catalogue().values() if row.excluded]
    page = requirements.page(explained(name))
    assert "## Why no program can decide it" in page
    assert "## How to mend" not in page


def test_every_requirement_stands_in_the_index_and_each_open_point_among_the_decisions() -> None:
    index, decisions = requirements.index(), requirements.decisions()
    for row in catalogue().values():
        assert f"[{row.id}]({row.id}.md)" in index
        assert decisions.count(f"/{row.id}.md)") == bool(row.latitude), row.id


def test_every_case_of_a_client_is_told_once() -> None:
    page = clients.page()
    for client in bundled.clients():
        assert page.count(f"\n## {client}\n") == 1
    [row] = [line for line in page.splitlines() if line.startswith(f"| {code('openai_chat.parse_model')} |")]
    assert row.split(" | ")[2:] == ["2", code("POST /ai-gateway/mlflow/v1/chat/completions") + " |"]
    assert " |  | " not in page, "each says what it does"


def test_changes_that_are_in_no_release_stand_above_those_that_are(tmp_path: Path) -> None:
    (tmp_path / "changes").mkdir()
    (tmp_path / "pyproject.toml").write_text(
        '[tool.towncrier]\ndirectory = "changes"\n[[tool.towncrier.type]]\ndirectory = "fix"\nname = "Mended"\n'
    )
    (tmp_path / "changes" / "+a.fix.md").write_text("One\nline.\n")
    page = changes.with_unreleased("# Changes\n\n<!-- towncrier release notes start -->\n\n## 0.1\n", tmp_path)
    assert page.partition("start -->\n")[2] == "\n## Unreleased\n\n### Mended\n\n- One line.\n\n\n## 0.1\n"
    assert "\n## Unreleased\n" in changes.with_unreleased(text(DOCS / changes.PAGE), ROOT)


def test_every_command_and_option_is_told() -> None:
    page = commands.page()
    for name in COMMANDS:
        assert f"\n## {name}\n" in page
    assert "\n### target init\n" in page
    assert f"| {code('--fault NAME')} |" in page


def test_the_target_file_and_the_results_are_told_whole() -> None:
    target, results = schemas.target_file(), schemas.results()
    rows = [row for row in target.splitlines() if row.startswith("| <code>")]
    assert f"| {code('[surfaces]')}, required | table |" in target
    undescribed = [row for row in rows if row.endswith(" |  |") and "." not in row]
    assert not undescribed
    assert f"| {code('requirements')} | list of [RequirementRow](#requirementrow) |" in results
    assert "\n## RequirementRow\n" in results


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (plain("a_b *c*\n d | <script> [x](y) & `z`"), r"a\_b \*c\* d \| &lt;script> \[x\](y) &amp; \`z\`"),
        (prose("as `a_b` does_"), r"as <code>a\_b</code> does\_"),
        (linked("`A-B`, `C-D`, [`A-B`](x)\n```\n`A-B`\n```\n`A-B`", {"A-B": "p/A-B.md"}),
         "[`A-B`](p/A-B.md), `C-D`, [`A-B`](x)\n```\n`A-B`\n```\n[`A-B`](p/A-B.md)"),
    ],
)  # fmt: skip
def test_markdown(shown: str, expected: str) -> None:
    assert shown == expected


def test_the_check_finds_what_leads_nowhere_and_what_comes_from_a_network(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "index.html").write_text("<h1 id=here>x</h1><a href=..#top>up</a>")
    (tmp_path / "index.html").write_text(
        "<body id=top><a href=b>b</a><a href='b/index.html#here'>x</a><a href=https://example.org/>y</a>"
        "<a href='b/#gone'>1</a><a href=gone.html>2</a><img src=gone.png><script src=//cdn.example/x.js></script>"
    )
    assert [problem.partition(": ")[2] for problem in problems(tmp_path)] == [
        "//cdn.example/x.js is fetched from the network",
        "b/#gone: no such place on that page",
        "gone.html leads nowhere",
        "gone.png leads nowhere",
    ]
