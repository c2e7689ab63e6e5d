"""The comparison in Markdown and HTML: nothing that clients say is obeyed, it fits into a comment, and can be filtered."""

import re
from base64 import b64encode
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from tests.sdk.test_observations import CHAT, case, compared, run, sent

EVIL = "`|\n<script>alert(1)</script>\x1b[31m @everyone [x](http://evil.example) \u202e</td>"


def pages(tmp_path: Path, old: str, new: str) -> tuple[str, str, str]:
    """What the terminal says, the Markdown and the page."""
    table, page = tmp_path / "out.md", tmp_path / "out.html"
    said = compared(old, new, "--markdown", str(table), "--html", str(page))[1]
    return said, table.read_text(), page.read_text()


def test_hostile_text_is_inert_wherever_it_stands(tmp_path: Path) -> None:
    old = run(tmp_path / "old", "1", case(EVIL), case("b"), distributions={EVIL: "1"})
    error = {"type": EVIL, "text": EVIL, "is_a": [EVIL]}
    new = run(
        tmp_path / "new", EVIL, case(EVIL, seen={"error": error}, about=EVIL),
        case("b", sent=[sent(body={EVIL: EVIL})], findings=[f"request: {EVIL}"]), distributions={EVIL: "2"},
    )  # fmt: skip
    said, table, page = pages(tmp_path, old, new)
    assert "\x1b" not in said + table + page
    assert page.count("<script>") == page.count("</script>") == 1
    assert "<script>alert" not in page
    assert "\u202e" not in said + table + page
    rows = [line for line in table.splitlines() if line.startswith("|")]
    assert len(rows) >= 4
    assert all(len(re.findall(r"(?<!\\)\|", row)) == 3 for row in rows), rows
    outside = re.sub(r"`[^`]*`", "", table)  # what is in code is neither markup nor a mention
    assert not re.search(r"script|@everyone|evil\.example", outside), outside


@pytest.mark.parametrize("causes", [10, 2000])
def test_a_comment_has_room_for_it(tmp_path: Path, causes: int) -> None:
    names = [f"case{number}" for number in range(causes)]
    old = run(tmp_path / "old", "1", *map(case, names))
    new = run(tmp_path / "new", "2", *(case(name, sent=[sent(body=CHAT | {f"{name}é": "ü" * 99})]) for name in names))
    table = pages(tmp_path, old, new)[1]
    assert len(table.encode()) < 60_000
    left_out = re.search(r"^(\d[\d,]*) rows left out here: `--all` or `--html FILE` tells them\.$", table, re.MULTILINE)
    assert bool(left_out) == (causes > 1000)
    if left_out:
        rows = len([line for line in table.splitlines() if line.startswith("| `")])
        assert rows + int(left_out[1].replace(",", "")) == causes


def test_all_versions_are_in_the_pages(tmp_path: Path) -> None:
    many = [{f"dist{number}": version for number in range(20)} for version in ("1", "2")]
    runs = [run(tmp_path / str(at), str(at), distributions=one) for at, one in enumerate(many)]
    said, table, page = pages(tmp_path, *runs)
    assert "and 12 more" in said
    for text in (table, page):
        assert all(f"dist{number} 1 → 2" in text for number in range(20))


def test_the_page_may_run_its_own_filter_and_nothing_else(tmp_path: Path) -> None:
    new: list[dict[str, Any]] = [case(), case("b", sent=[sent(query="a=b")]), case("c", seen={"value": 1})]
    page = pages(tmp_path, run(tmp_path / "old", "1", *map(case, "bc")), run(tmp_path / "new", "2", *new))[2]
    [script] = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    allowed = re.search(r"default-src 'none'; style-src 'unsafe-inline'; script-src '(sha256-[^']+)'", page)
    assert allowed
    assert allowed[1] == f"sha256-{b64encode(sha256(script.encode()).digest()).decode()}"
    assert re.search(r'<form id="filter" class="filter" hidden', page), "without script it is not there"
    outcomes = re.findall(r'<article class="cause [^"]*" data-item="causes" data-outcome="([^"]*)"', page)
    assert outcomes == ["wire changed", "caller sees something else", "new"]
    assert re.findall(r"<option value=\"[^\"]+\">([^<]*)</option>", page) == outcomes
    assert not re.search(r"<article[^>]* hidden", page)


def test_options_of_clients_are_refused_for_other_comparisons(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    for option in ("--all", "--accept=x.toml"):
        code, said = compared(str(tmp_path / "a"), str(tmp_path / "a"), option)
        assert (code, "is for runs of client cases" in said) == (4, True)


def test_the_page_tells_a_headline_once(tmp_path: Path) -> None:
    """Of every cause, not of the first alone."""
    old = run(tmp_path / "old", "1", case(), case("b"))
    raised = [{"error": {"type": name, "text": name.lower(), "is_a": [name]}} for name in ("OneError", "TwoError")]
    new = run(tmp_path / "new", "2", case(seen=raised[0]), case("b", seen=raised[1]))
    page = pages(tmp_path, old, new)[2]
    assert [page.count(words) for words in ("OneError: oneerror", "TwoError: twoerror")] == [1, 1]


@pytest.mark.parametrize("option", ["--markdown", "--html"])
def test_a_directory_in_place_of_a_page_is_told_in_one_line(tmp_path: Path, option: str) -> None:
    old, new = run(tmp_path / "old", "1", case()), run(tmp_path / "new", "2", case())
    code, said = compared(old, new, option, ".")
    assert (code, said.splitlines()[-1]) == (
        4,
        "gateway-conformance: cannot write .: Is a directory; give another file",
    )
