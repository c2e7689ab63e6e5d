"""What the documentation names is there: files, headings, modules, commands, and the code that it quotes."""

import re
import tomllib
from collections.abc import Iterator
from configparser import ConfigParser
from importlib.util import find_spec
from pathlib import Path

import pytest

from conformance import resources
from conformance.checks import verdicts
from conformance.requirements import LEVELS, catalogue
from conformance.runs.inprocess import collect
from tests.pages import check, commands_of, steps

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted(path for path in DOCS.rglob("*.md") if path.parent.name != "changes")]
ARCHITECTURE = DOCS / "ARCHITECTURE.md"
FRAGMENTS = sorted(path for path in (DOCS / "changes").iterdir() if path.name != ".gitignore")

FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
CODE = re.compile(r"`([^`\n]+)`")
PATH = re.compile(r"(?<![\w./-])conformance/[\w./*<>-]*")
MODULE = re.compile(r"(?<![\w./-])conformance(?:\.\w+)+")
SHORT_PATH = re.compile(r"[\w.]+/[\w./*-]*")
CLASS = re.compile(r"[A-Z][a-z]+(?:[A-Z][a-z]+)*")
SUITE = "".join(path.read_text(encoding="utf-8") for path in resources.PACKAGE.rglob("*.py"))

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


def text(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def prose(page: Path) -> str:
    return FENCED.sub("", text(page))


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as they are made where the page is shown."""
    headings = re.findall(r"^#+ +(.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def is_there(path: str, *places: Path) -> bool:
    """Whether a path as a page names it stands below one of the places; `*` and `<name>` stand for any name."""
    pattern = re.sub(r"<[^>]*>", "*", path.rstrip("/."))
    return any(next(place.glob(pattern), None) for place in places)


def spans(page: Path) -> Iterator[str]:
    """What stands in backquotes."""
    yield from CODE.findall(prose(page))


@each_page
def test_links_lead_somewhere(page: Path) -> None:
    for link in LINK.findall(prose(page)):
        path, _, anchor = link.partition("#")
        if "://" in path:
            continue
        target = page.parent / path if path else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


@each_page
def test_paths_of_the_package_exist(page: Path) -> None:
    missing = [path for path in PATH.findall(text(page)) if not is_there(path, ROOT)]
    assert missing == []


@each_page
def test_commands_and_their_options_are_ours(page: Path) -> None:
    for step in steps(text(page)):
        for words in commands_of(step):
            check(words)


def test_an_option_that_we_do_not_have_would_be_noticed() -> None:
    [(words,)] = [[*commands_of(step)] for step in steps("```sh\nA=b gateway-conformance run --smok  # why\n```\n")]
    with pytest.raises(AssertionError):
        check(words)


@each_page
def test_modules_exist(page: Path) -> None:
    missing = [name for name in MODULE.findall(text(page)) if find_spec(name) is None]
    assert missing == []


@pytest.mark.parametrize("name", ["ARCHITECTURE.md", "CONTRIBUTING.md"])
def test_what_maintainers_are_sent_to_exists(name: str) -> None:
    """Short paths too, such as `report/html.py`, and classes. What has yet to be made has a placeholder in capitals."""
    named = list(spans(DOCS / name))
    paths = [span for span in named if SHORT_PATH.fullmatch(span) and not re.search("SLUG|NUMBER", span)]
    assert paths
    assert [path for path in paths if not is_there(path, ROOT, resources.PACKAGE)] == []
    classes = {span for span in named if CLASS.fullmatch(span)}
    assert [name for name in classes if not re.search(rf"^class {name}\b", SUITE, re.MULTILINE)] == []


def test_the_storeys_are_those_that_import_linter_keeps() -> None:
    contracts = ConfigParser()
    contracts.read(ROOT / ".importlinter")
    layers = contracts["importlinter:contract:storeys"]["layers"].split("\n")
    kept = [part.strip() for layer in layers for part in layer.split("|") if part.strip()]
    rows = text(ARCHITECTURE).partition("| --- | --- | --- |\n")[2].partition("\n\n")[0].splitlines()
    assert [part for row in rows for part in CODE.findall(row.split("|")[2])] == kept


def test_the_map_stays_short() -> None:
    assert len(text(ARCHITECTURE).splitlines()) <= 60


def quoted() -> Iterator[tuple[str, str]]:
    """Each piece of code in CONTRIBUTING.md, with the file that is named last before it. `…` leaves something out."""
    page = text(DOCS / "CONTRIBUTING.md")
    for block in FENCED.finditer(page):
        if block[1] in ("yaml", "python"):
            before = re.findall(r"`(conformance/[\w/.-]+\.(?:py|yaml))`", page[: block.start()])
            for piece in re.split(r"^…\n", block[2], flags=re.MULTILINE):
                yield before[-1], piece


def test_code_is_quoted() -> None:
    assert {path.split("/")[1] for path, _ in quoted()} == {"requirements", "cases", "checks", "reference"}


@pytest.mark.parametrize(("path", "piece"), list(quoted()))
def test_quoted_code_stands_in_its_file(path: str, piece: str) -> None:
    assert piece in text(ROOT / path)


@pytest.mark.parametrize("fragment", FRAGMENTS, ids=lambda path: path.name)
def test_fragments_have_a_known_type_and_say_something(fragment: Path) -> None:
    config = tomllib.loads(text(ROOT / "pyproject.toml"))["tool"]["towncrier"]
    known = {kind["directory"] for kind in config["type"]}
    name = re.fullmatch(r"(?:\+[a-z0-9-]+|\d+)\.([a-z]+)\.md", fragment.name)
    assert name, "docs/CONTRIBUTING.md tells how fragments are named"
    assert name[1] in known
    assert text(fragment).strip()


def test_types_of_fragments_are_told() -> None:
    config = tomllib.loads(text(ROOT / "pyproject.toml"))["tool"]["towncrier"]
    told = text(DOCS / "CONTRIBUTING.md").partition("| type | for |")[2].partition("\n\n")[0]
    cells = "".join(row.split("|")[1] for row in told.strip().splitlines())
    assert CODE.findall(cells) == [kind["directory"] for kind in config["type"]]


def test_what_cheap_leaves_undecided_is_told() -> None:
    rows = catalogue()
    whole, cheap = (
        {name for case in collect({"corpus": "none", "cheap": is_cheap}) for name in case.requirements}
        for is_cheap in (False, True)
    )
    left = whole - cheap
    told = " ".join(text(DOCS / "selection-and-cost.md").partition("That costs coverage: ")[2].split())
    numbers = {level: sum(rows[name].level == level for name in left) for level in LEVELS}
    assert told.startswith(f"{len(left)} requirements are then decided by no case, {numbers['MUST']} of them MUST (")
    assert f"{numbers['SHOULD']} SHOULD, {numbers['MAY']} MAY and {numbers['INFO']} INFO." in told
    assert set(CODE.findall(told.partition(")")[0])) == {name for name in left if rows[name].level == "MUST"}


def test_exit_codes_are_those_of_the_suite() -> None:
    """The README and the page say the same of a run, and every code has a row."""
    rows = re.findall(r"^\| (\d+) \| (.*?) \|", text(DOCS / "reference" / "exit-codes.md"), re.MULTILINE)
    of_a_run = re.findall(r"^\| (\d+) \| (.*?) \|", text(ROOT / "README.md"), re.MULTILINE)
    codes = [value for name, value in vars(verdicts).items() if name.startswith("EXIT_")]
    assert [int(code) for code, _ in of_a_run] == sorted(codes)
    assert rows[: len(codes)] == of_a_run
