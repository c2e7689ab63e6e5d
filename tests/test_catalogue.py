"""The catalogue keeps its word: valid rows, ids that never vanish, sources that exist, no section forgotten."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from conformance.requirements import HERE, catalogue, families, rows, sources

SCHEMA = json.loads((HERE / "catalogue.schema.json").read_text(encoding="utf-8"))
SECTIONS = yaml.safe_load((HERE / "sections.yaml").read_text(encoding="utf-8"))
PUBLISHED = (Path(__file__).parent / "published_ids.txt").read_text(encoding="utf-8").split()
FIRST_PUBLISHED = 149

VALIDATOR = Draft202012Validator(SCHEMA)
KEYS = list(SCHEMA["$defs"]["requirement"]["properties"])
SOUND = {
    "id": "CHAT-SOUND",
    "level": "MUST",
    "surface": ["chat"],
    "family": ["any"],
    "origin": "seed",
    "testable": ["replay"],
    "statement": "A statement.",
    "source": ["A section"],
    "probe": "A probe.",
}


def read(path: Path) -> list[dict[str, Any]]:
    loaded: list[dict[str, Any]] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return loaded


def paths(tree: dict[str, Any], above: tuple[str, ...] = ()) -> Iterator[str]:
    """The path of each heading in a tree of headings, from the title down."""
    for heading, below in tree.items():
        path = (*above, heading)
        yield " > ".join(path)
        yield from paths(below or {}, path)


ROWS = [row for path in rows() for row in read(path)]
SEED_SECTIONS = set(paths(SECTIONS["documents"]))
OUTSIDE = set(SECTIONS["outside"])


def test_the_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("path", rows(), ids=lambda path: path.name)
def test_file_is_valid(path: Path) -> None:
    problems = [f"{error.json_path}: {error.message}" for error in VALIDATOR.iter_errors(read(path))]
    assert not problems, "\n".join(problems)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"origin": "implied"}, id="must-but-implied"),
        pytest.param({"origin": "observed"}, id="must-but-observed"),
        pytest.param({"testable": []}, id="undecidable-without-a-reason"),
        pytest.param({"excluded": "A reason."}, id="testable-with-a-reason-against"),
        pytest.param({"family": ["any", "claude"]}, id="any-family-and-one"),
        pytest.param({"surface": ["telnet"]}, id="unknown-surface"),
        pytest.param({"source": []}, id="no-source"),
        pytest.param({"latitude": ""}, id="empty-prose"),
        pytest.param({"note": "A note."}, id="unknown-key"),
        pytest.param({"id": "chat-sound"}, id="id-in-lower-case"),
    ],
)
def test_schema_refuses(change: dict[str, Any]) -> None:
    assert VALIDATOR.is_valid([SOUND])
    assert not VALIDATOR.is_valid([SOUND | change])


@pytest.mark.parametrize("key", SOUND)
def test_schema_requires(key: str) -> None:
    assert not VALIDATOR.is_valid([{name: value for name, value in SOUND.items() if name != key}])


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["id"])
def test_keys_stand_in_the_order_of_the_schema(row: dict[str, Any]) -> None:
    assert list(row) == [key for key in KEYS if key in row]


def test_ids_are_unique() -> None:
    ids = [row["id"] for row in ROWS]
    assert sorted(ids) == sorted(set(ids))


def test_no_published_id_is_lost_and_each_id_is_published() -> None:
    assert sorted(row["id"] for row in ROWS) == PUBLISHED
    assert len(PUBLISHED) >= FIRST_PUBLISHED


def test_loader_reads_every_row() -> None:
    assert list(catalogue()) == [row["id"] for row in ROWS]


def test_families_are_those_whose_models_are_known() -> None:
    named = {family for row in ROWS for family in row["family"]}
    assert named - {"any", "openai"} == set(families())


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["id"])
def test_sources_exist(row: dict[str, Any]) -> None:
    """What a document states is cited from a document alone; anything else may also come from outside."""
    citable = SEED_SECTIONS if row["origin"] == "seed" else SEED_SECTIONS | OUTSIDE
    assert set(row["source"]) <= citable


def test_every_section_has_a_row_or_is_silent() -> None:
    """A section counts as cited when a row that a document states names it or a heading below it."""
    cited = {source for row in ROWS if row["origin"] == "seed" for source in row["source"]}
    covered = {
        section for section in SEED_SECTIONS if any(f"{source} > ".startswith(f"{section} > ") for source in cited)
    }
    assert SEED_SECTIONS - covered == set(SECTIONS["silent"])


def test_every_outside_source_is_needed() -> None:
    assert {source for row in ROWS for source in row["source"]} >= OUTSIDE


@pytest.mark.parametrize("source", sorted({source for row in ROWS for source in row["source"]}))
def test_each_source_is_published_or_has_a_reason_not_to_be(source: str) -> None:
    found = sources.url(source)
    assert found.startswith("https://") != (source in sources.unpublished())
    assert " " not in found


def test_what_is_said_of_pages_is_about_sources() -> None:
    assert set(SECTIONS["pages"]) | set(SECTIONS["unpublished"]) == set(SECTIONS["documents"]) | OUTSIDE
    assert set(SECTIONS["tabs"]) <= {section.split(" > ")[-1] for section in SEED_SECTIONS}


@pytest.mark.parametrize("document", SECTIONS["documents"])
def test_no_two_sections_of_a_page_share_an_anchor(document: str) -> None:
    """A page numbers the anchors of equal headings: a link by the heading alone would lead to the first."""
    headings = [section.split(" > ")[-1] for section in SEED_SECTIONS if section.startswith(f"{document} > ")]
    linked = [heading for heading in headings if heading not in SECTIONS["tabs"]]
    assert sorted(linked) == sorted(set(linked))


@pytest.mark.parametrize(
    ("source", "end"),
    [
        ("Query foundation models by type", "/query-by-type"),
        ("Query foundation models by type > Vision > Input image requirements", "#input-image-requirements"),
        (
            "Query foundation models by type > Reasoning > How does a reasoning model work?",
            "#how-does-a-reasoning-model-work",
        ),
        ("Query foundation models by type > Chat > REST API", "#chat"),
        ("HTTP Semantics (RFC 9110)", "/rfc9110.html"),
    ],
)
def test_a_link_leads_to_the_section_or_the_one_around_it(source: str, end: str) -> None:
    assert sources.url(source).endswith(end)


@pytest.mark.parametrize(
    "source", ["", "Somewhere", "Query foundation models by type > Nowhere", "Several pages together"]
)
def test_of_what_is_unknown_there_is_no_link(source: str) -> None:
    assert sources.url(source) == ""
