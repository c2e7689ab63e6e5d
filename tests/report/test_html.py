"""The HTML report: nothing in it acts, nothing is hidden, and what matters stands first."""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from conformance.checks.verdicts import Verdict
from conformance.report import results as results_module
from conformance.report.html import page
from conformance.report.results import CaseResult
from conformance.report.views.listed import MOST_EXCHANGES
from conformance.report.wording import cut
from conformance.requirements import catalogue
from conformance.requirements.sources import url
from tests.report.made import (
    CATCHES,
    case,
    exchange,
    finding,
    generated,
    plain,
    rendered,
    rendered_hostile,
    results,
    shown,
)
from tests.report.parsed import Page, assert_inert, links

STORE = finding(
    "RESP-400-STORE",
    "violation",
    "it was answered",
    expected="400 (control: 200)",
    actual="200, completed",
    path="status",
)
MIXED = [
    case("responses/refused.store", {"RESP-400-STORE": "failed"}, STORE),
    case(
        "responses/refused.background",
        {"RESP-400-BACKGROUND": "inconclusive"},
        finding("RESP-400-BACKGROUND", "undecided", "answered 429 three times"),
    ),
    case(
        "chat/limits.cap",
        {"CHAT-MAXTOKENS-CAP": "warned"},
        finding("CHAT-MAXTOKENS-CAP", "violation", "the cap is passed", expected="at most 16", actual="17"),
    ),
    case("chat/paths.path", {"CHAT-PATH": "passed"}),
]


def test_nothing_acts_and_every_link_leads_somewhere() -> None:
    assert_inert(rendered(*MIXED))


def test_hostile_text_is_only_shown() -> None:
    """Whatever the target can put a text into: findings, observations, notes, errors, names, headers, bodies."""
    text = rendered_hostile()
    found = assert_inert(text)
    assert found.text.count("<script>alert(1)</script>") >= 15 + 4, "shown as text, not left out"
    assert "\\u001b[31m\\u202egnp{{7*7}}" in found.text


def test_the_verdict_and_what_it_proves_stand_at_the_top() -> None:
    found = shown(*MIXED)
    top = found.text[: found.text.index("Requirements at a glance")]
    for told in ("my-proxy", "1 failed", "Modelive", "https://proxy.example/v1", "2025-11-22", "9.8.7", "1.5 s"):
        assert told in top
    assert "A live run against my-proxy." in found.under["proof"]
    parts = ("✗ nonconformant", "A live run against", "Why", "Requirements at a glance", "Every requirement")
    assert [found.text.index(part) for part in parts] == sorted(found.text.index(part) for part in parts)


def test_a_replay_of_the_reference_says_that_it_proves_nothing_about_a_workspace() -> None:
    target = {"name": "reference gateway", "mode": "replay", "surfaces": {}, "provenance": "reference"}
    found = shown(MIXED[3], target=target)
    assert "prove nothing about any workspace" in found.under["proof"]
    assert "nothing was sent" in found.text


def test_problems_come_first_the_worst_at_the_top_each_with_its_evidence() -> None:
    found = shown(*MIXED)
    parts = (
        "it was answered: 200",
        "answered 429 three times",
        "the cap is passed: 17",
        "Every requirement",
        "Every case",
    )
    below = found.text[found.text.index("Requirements at a glance") :]
    assert [below.index(part) for part in parts] == sorted(below.index(part) for part in parts)
    evidence = found.under["shown-case-responses/refused.store"]
    for told in ("400 (control: 200)", "it was answered: 200, completed", "pathstatus", '"store"', "Response 200"):
        assert told in evidence
    assert evidence.count("curl -sS") == 1


def test_every_requirement_stands_in_the_table_with_its_verdict_and_sources() -> None:
    found = shown(*MIXED)
    for row in results(*MIXED).requirements:
        text = found.under[row.id]
        for told in (row.level, row.statement, row.verdict.replace("_", " "), row.note):
            assert " ".join(told.split()) in " ".join(text.split())
        for source in row.source:
            assert source.replace(" > ", " › ") in text
    headers = [attributes.get("scope") for tag, attributes in found.tags if tag == "th"]
    assert headers.count("row") >= len(catalogue())
    assert None not in headers


def test_beside_each_requirement_stands_what_it_was_seen_to_catch() -> None:
    found = shown(*MIXED)
    told = " ".join(found.under["RESP-400-STORE"].split())
    assert "Seen to catch, on the reference gateway: 2 faults" in told
    for caught in CATCHES["RESP-400-STORE"]:
        assert f"{caught['fault']}: {caught['says']} {caught['told']}" in told
    assert "Not seen to catch" not in told
    others = [found.under[name] for name in catalogue() if name != "RESP-400-STORE"]
    assert all("Not seen to catch a fault: No fault could break it." in text for text in others)
    assert found.text.count("Seen to catch") == 1
    assert not [attributes for tag, attributes in found.tags if tag == "details" and "open" in attributes]


REAL = [name for name, row in catalogue().items() if row.reality]


def test_where_reality_differs_stands_with_the_requirement() -> None:
    name = REAL[0]
    verdict: Verdict = "failed" if catalogue()[name].level == "MUST" else "warned"
    broken = shown(case("chat/x.y", {name: verdict}, finding(name, "violation", "it differs")))
    told = " ".join(catalogue()[name].reality.split())
    text = " ".join(broken.text.split())
    assert text.count(told) == 2, "with the problem and in the catalogue"
    assert text.index(told) < text.rindex("it differs"), "before the evidence"
    assert f"In reality: {told}" in " ".join(broken.under[name].split())
    assert broken.text.count("In reality:") == len(REAL)
    rows = {row["id"]: row["reality"] for row in plain(results())["requirements"]}
    assert [name for name, reality in rows.items() if reality] == REAL


def test_a_row_says_what_it_was_seen_to_catch_or_why_nothing() -> None:
    rows = {row["id"]: row for row in plain(results())["requirements"]}
    assert rows["RESP-400-STORE"]["catches"] == CATCHES["RESP-400-STORE"]
    assert rows["RESP-400-STORE"]["uncaught"] == ""
    assert (rows["CHAT-PATH"]["catches"], rows["CHAT-PATH"]["uncaught"]) == ([], "No fault could break it.")


@pytest.mark.parametrize(
    "harm",
    [
        {"catches": [{"fault": "store-accepted", "says": "store is ignored"}]},
        {"catches": [{"fault": "f", "says": "s", "told": 7}]},
        {"catches": ["store-accepted"]},
        {"uncaught": None},
    ],
    ids=["no words", "words that are none", "a bare name", "a reason that is none"],
)
def test_the_schema_asks_for_the_words_or_the_reason(harm: dict[str, Any]) -> None:
    written = plain(results(*MIXED))
    jsonschema.validate(written, schema())
    row = next(row for row in written["requirements"] if row["id"] == "RESP-400-STORE")
    row |= harm
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(written, schema())


def schema() -> dict[str, Any]:
    """The schema of results.json."""
    loaded: dict[str, Any] = json.loads(Path(results_module.__file__).with_name("results.schema.json").read_text())
    return loaded


@pytest.mark.parametrize("corpus", ["none", "smoke", "standard", "full"])
def test_the_schema_knows_what_a_generated_case_varies(corpus: str) -> None:
    selection = {"surfaces": [], "cheap": False, "corpus": corpus}
    refused = finding("SPEC-ANSWER-FITS", "inapplicable", "refused: there is no answer to hold against the spec")
    cases = [generated("", "blank_body", 1), generated("stop", "null_value", 2, mode="positive")]
    written = plain(
        results(*cases, case("chat/x.y", {"SPEC-ANSWER-FITS": "not_applicable"}, refused), selection=selection)
    )
    jsonschema.validate(written, schema())


@pytest.mark.parametrize(
    "harm",
    [
        {"mode": "odd"},
        {"operation": ""},
        {"place": None},
        {"kind": 7},
        {"kind": ""},
    ],
)
def test_the_schema_refuses_what_no_generated_case_varies(harm: dict[str, Any]) -> None:
    written = plain(results(generated("stop", "null_value", 1)))
    written["cases"][0]["varies"] |= harm
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(written, schema())
    written["cases"][0]["varies"] = {}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(written, schema())


@pytest.mark.parametrize(
    "harm", [{"selection": {"surfaces": [], "cheap": False, "corpus": "most"}}, {"selection": {"surfaces": []}}]
)
def test_the_schema_knows_the_selection(harm: dict[str, Any]) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(plain(results()) | harm, schema())


def test_the_counts_add_up() -> None:
    text = rendered(*MIXED)
    table = text[text.index('<table class="counts"') :].partition("</table>")[0]
    numbers = [[int(cell or 0) for cell in re.findall(r"<td[^>]*>(\d*)</td>", row)] for row in table.split("<tr>")[2:]]
    *verdicts, total = numbers
    assert len(verdicts) == len({row.verdict for row in results(*MIXED).requirements})
    assert total == [sum(column) for column in zip(*verdicts, strict=True)]
    assert all(sum(row[:-1]) == row[-1] for row in numbers)
    assert total[-1] == len(catalogue())


def test_what_is_zero_is_not_told() -> None:
    found = shown(MIXED[3])
    assert not {"failed", "inconclusive", "warned", "why", "deviations", "since"} & set(found.under)
    assert "0" not in found.under["counts"].split()
    assert "failed" not in found.under["counts"]


def test_where_no_must_was_judged_nothing_is_green() -> None:
    should = case("chat/x.y", {"CHAT-ERR-SHAPE": "passed"})
    text = rendered(should)
    assert '<div class="banner not_tested">' in text
    assert "No MUST was judged: 1 passed" in text
    assert '<div class="banner conformant">' in rendered(MIXED[3])


@pytest.mark.parametrize("hostile", ["javascript:alert(1)", 'https://x.example/"><script>', " https://x.example", ""])
def test_a_requirement_leads_to_its_page_where_one_is_published(hostile: str) -> None:
    about = 'href="https://docs.example.org/c/reference/requirements/RESP-400-STORE.html"'
    assert about in rendered(*MIXED, documentation="https://docs.example.org/c")
    assert "all about" not in assert_inert(rendered(*MIXED, documentation=hostile)).text


def test_what_failed_leads_to_the_documentation() -> None:
    text = rendered(*MIXED)
    told = text[text.index('id="problem-RESP-400-STORE"') :].partition("</article>")[0]
    assert all(f'href="{url(source)}"' in told for source in catalogue()["RESP-400-STORE"].source)
    assert "gateway-conformance explain RESP-400-STORE" in told


def test_every_requirement_is_a_cell_of_the_map_that_leads_to_what_there_is_of_it() -> None:
    found = shown(*MIXED)
    cells = [named for tag, named in found.tags if tag == "a" and (named.get("class") or "").startswith("cell ")]
    assert len(cells) == len(catalogue())
    leads = {(named["title"] or "").partition(" ")[0]: named["href"] for named in cells}
    assert leads["RESP-400-STORE"] == "#problem-RESP-400-STORE"
    assert leads["CHAT-PATH"] == "#CHAT-PATH"
    assert all(row.verdict.replace("_", " ") in str(cells) for row in results(*MIXED).requirements)


def test_a_link_leads_to_the_same_in_another_run() -> None:
    """An anchor is what it is called, wherever it stands among others."""
    alone, among = shown(MIXED[3]), shown(*MIXED)
    (case_of_it,) = (name for name in alone.under if name.startswith("case-"))
    assert case_of_it in among.under
    assert not [name for name in among.under if re.search(r"^(case|shown|found|place)-\d+$", name)]


def test_what_is_to_be_found_is_tagged() -> None:
    asked = exchange("chat/x.y#1", body='{"model":"system.ai.gpt-5"}')
    asked["request"]["path"] = "/v1/chat/completions"
    broken = finding("CHAT-PATH", "violation", "it is not there")
    found = shown(case("chat/x.y", {"CHAT-PATH": "failed"}, broken, exchanges=[asked]), *MIXED[:3])
    tags = {named.get("id"): named for _, named in found.tags if "data-item" in named}
    (row, problem, of_case) = (tags[name] for name in ("CHAT-PATH", "problem-CHAT-PATH", "case-chat/x.y"))
    for one in (row, problem, of_case):
        told = [one[f"data-{name}"] for name in ("verdict", "level", "surface", "model", "rank")]
        assert told == ["failed", "MUST", "chat", "gpt-5", "1"]
        assert one["data-cause"] == row["data-cause"]
    lists = [named["name"] for tag, named in found.tags if tag == "select"]
    assert lists == ["verdict", "level", "surface", "cause", "order"], "with one model there is nothing to choose"


def test_exchanges_stand_once_and_are_linked_from_elsewhere() -> None:
    """A case that is evidence for two requirements shows its exchanges at the first."""
    both = case(
        "responses/refused.both",
        {"RESP-400-STORE": "failed", "RESP-400-BACKGROUND": "failed"},
        STORE,
        finding("RESP-400-BACKGROUND", "violation", "it ran", expected="400", actual="200"),
    )
    found = shown(both)
    assert found.text.count("curl -sS") == 1
    assert links(found).count("#shown-case-responses/refused.both") == 2, (
        "from the other requirement and from the list of cases"
    )


def test_an_observation_says_which_legal_alternative_was_seen() -> None:
    seen = finding("CHAT-PATH", "observation", "content is", actual="a list of parts")
    found = shown(case("chat/paths.path", {"CHAT-PATH": "passed"}, observations=[seen]))
    assert "content is: a list of parts" in found.under["case-chat/paths.path"]
    assert "200" in found.under["case-chat/paths.path"]


def test_only_the_last_exchanges_are_shown_and_the_others_are_counted() -> None:
    many = [exchange(f"chat/paths.path#{number}") for number in range(1, MOST_EXCHANGES + 4)]
    found = shown(case("chat/paths.path", {"CHAT-PATH": "inconclusive"}, exchanges=many))
    assert found.text.count("curl -sS") == MOST_EXCHANGES
    assert "3 other exchanges not shown" in found.text


def test_the_exchange_that_something_was_found_about_is_always_shown() -> None:
    """However many were sent after it."""
    many = [exchange(f"responses/refused.store#{number}") for number in range(1, 2 * MOST_EXCHANGES)]
    judged = STORE | {"exchange": "responses/refused.store#2"}
    found = shown(case("responses/refused.store", {"RESP-400-STORE": "failed"}, judged, exchanges=many))
    commands = re.findall(r"# responses/refused.store#(\d+)", found.text)
    assert commands == ["2", "7", "8", "9", "10", "11"], "with the last ones, in their order"


def test_what_many_cases_have_found_alike_is_told_once() -> None:
    cases = [
        case(f"responses/refused.{name}", {"RESP-400-STORE": "failed"}, STORE | {"actual": f"200, {name}"})
        for name in "abc"
    ]
    other = case("responses/refused.d", {"RESP-400-STORE": "failed"}, STORE | {"message": "it broke"})
    text = rendered(*cases, other)
    found = assert_inert(text)
    assert text.count("The same in 2 more cases") == 1
    for name in "abcd":
        assert f"shown-case-responses/refused.{name}" in found.under, "all of them are there"


def test_of_what_passed_only_the_statuses_are_shown() -> None:
    found = shown(case("chat/paths.path", {"CHAT-PATH": "passed"}, exchanges=[exchange("chat/paths.path#1")] * 9))
    assert "curl -sS" not in found.text
    assert "9 exchanges: …, 200, 200" in found.under["case-chat/paths.path"]


@pytest.mark.parametrize("cases", [(), (MIXED[3],)], ids=["no case", "all passed"])
def test_an_incomplete_run_is_loud(cases: tuple[CaseResult, ...]) -> None:
    found = shown(
        *cases,
        incomplete=["the run did not get to its end"],
        errors=["chat/x.y: Traceback\n  deep inside\nKeyError: 'x'"],
    )
    top = found.text[: found.text.index("Mode")]
    for told in ("so far", "The run is incomplete", "1 error of the suite", "KeyError: 'x'"):
        assert told in top
    calm = shown(*cases)
    assert "so far" not in calm.text
    assert "alarm" not in calm.under


def test_a_run_without_cases_has_a_page() -> None:
    found = shown()
    for told in ("? inconclusive", "Requirements at a glance"):
        assert told in found.text
    reasons = ("no case ran that decides it", "⊘ excluded", "a fact of a client library", "both sides of a proxy")
    assert len(catalogue()) <= sum(map(found.text.count, reasons))


def test_a_case_whose_exchanges_are_lost_still_has_its_findings() -> None:
    found = Page(page(results(*MIXED), []))
    assert "it was answered: 200, completed" in found.under["shown-case-responses/refused.store"]


def test_gateway_is_set_for_each_host() -> None:
    surfaces = {
        "chat": "http://127.0.0.1:4000/v1",
        "gemini": "https://gateway.invalid/v1beta",
        "responses": "http://127.0.0.1:4000/v2",
    }
    found = shown(target={"name": "p", "mode": "live", "surfaces": surfaces, "provenance": "live"})
    assert "export GATEWAY=http://127.0.0.1:4000   # chat, responses" in found.text
    assert "export GATEWAY='https://<workspace>'   # gemini" in found.text
    assert "cd" * 32 in found.text


def test_a_long_text_is_cut_and_says_how_long_it_was() -> None:
    assert cut("x" * 5000, 3) == "xxx… (5,000 characters)"
    assert cut("xxx", 3) == "xxx"
    found = shown(case("chat/paths.path", {"CHAT-PATH": "failed"}, finding("CHAT-PATH", "violation", "x" * 5000)))
    assert "x" * 601 not in found.text


def test_the_selection_reads_as_it_was_given() -> None:
    selection = {"surfaces": ["chat", "gemini"], "cheap": True, "keyword": "vision"}
    assert "surfaces: chat, gemini; cheap; keyword: vision" in shown(selection=selection).text
