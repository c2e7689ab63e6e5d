"""Generated cases in the HTML report: thousands of them stay readable, and none of what they found is lost."""

import itertools
import re

import pytest

from conformance.checks.verdicts import Verdict
from conformance.report.results import CaseResult
from tests.report.made import altered, case, finding, generated, rendered, retold, shown
from tests.report.parsed import HOSTILE, Page, assert_inert, links

REFUSED, ANSWERED, FITS, NOT_5XX = (
    "SPEC-INVALID-REFUSED",
    "SPEC-VALID-ANSWERED",
    "SPEC-ANSWER-FITS",
    "ERR-CLIENT-NOT-5XX",
)

STOP = "place-createChatCompletion-stop-broken"
"""Where the cases stand that break `stop`."""


def many() -> list[CaseResult]:
    """Forty cases of one operation at four places; the smallest is the last but one. Three of another operation."""
    cases = [generated(f"messages.[].{place}", "incorrect_type", number, sent=900 + number)
             for number, place in enumerate(itertools.islice(itertools.cycle("abcd"), 39))]  # fmt: skip
    cases.insert(38, generated("stop", "null_value", 0xFEED, sent=50))
    return cases + [
        generated(
            "input", "null_value", 0xA0 + number, surface="responses", operation="createResponse", sent=300 - number
        )
        for number in range(3)
    ]


def section(found: Page, operation: str) -> str:
    """The text of the group of an operation among the problems."""
    (text,) = [text for name, text in found.under.items() if name.startswith("found-") and text.split()[0] == operation]
    return text


def test_what_many_cases_found_is_grouped_by_operation_with_the_smallest_example_open() -> None:
    found = assert_inert(rendered(*many()))
    chat, responses = section(found, "createChatCompletion"), section(found, "createResponse")
    assert "40 generated cases at 5 places; the smallest:" in chat
    assert "3 generated cases; the smallest:" in responses
    open_part, folded = chat.split("The other 39, by what they vary")
    assert "null value at stop of createChatCompletion is taken: 200, x" in open_part
    assert open_part.count("curl -sS") == 2, "of the request that is judged, and of the plain one beside it"
    assert "00000000feed" in open_part
    assert "curl" not in folded
    assert "0000000000a2" in responses.split("The other 2")[0]
    assert found.text.count("curl -sS") == 2 * 2


def test_each_other_case_is_one_line_under_its_place() -> None:
    text = rendered(*many())
    tables = re.findall(r'<table class="lines">.*?</table>', text, re.DOTALL)
    rows = re.findall(r"<tr><th.*?</tr>", tables[0], re.DOTALL)
    assert [len(re.findall("<tr><th", table)) for table in tables] == [39 + 1, 2 + 1], "with the row of headings"
    assert re.findall(r'"rowgroup" colspan="4"><code>([^<]*)</code> <span class="quiet">(\d+)', tables[0]) == [
        (f"messages.[].{place}", count) for place, count in (("a", "10"), ("b", "10"), ("c", "10"), ("d", "9"))
    ]
    for number in range(39):
        assert sum(f">{number:012x}</td>" in row for row in rows) == 1
    assert all("incorrect type" in row and ">200<" in row for row in rows[1:])


def test_a_line_leaves_out_what_stands_beside_it_or_in_the_line_above() -> None:
    cases = [
        generated("stop", "null_value", 1, sent=10),
        generated("stop", "null_value", 2, sent=20),
        generated("stop", "incorrect_type", 3, sent=30),
        generated("stop", "incorrect_type", 4, sent=40, actual="200, y"),
        generated("stop", "valid_array", 5, "warned", sent=5, actual="200, y"),
        generated("top_p", "valid_array", 6, sent=60, actual="200, y"),
    ]
    told = section(shown(*cases), "createChatCompletion")
    lines = re.findall(r"(?:null value|incorrect type|valid array)200(.*?)0000000000(0\d)", told)
    assert lines == [
        ("is taken: 200, x", "02"),
        ("the same", "03"),
        ("is taken: 200, y", "04"),
        ("is taken: 200, y (warning)", "05"),
        ("is taken: 200, y", "06"),
    ]
    assert "6 generated cases at 2 places: 5 violations, 1 warning; the smallest of the gravest:" in told


def test_a_line_says_what_was_expected_where_that_is_something_else() -> None:
    cases = [generated("n", "null_value", number, sent=number * 100, actual="absent") for number in (1, 2, 3, 4)]
    members = ("usage", "usage", "created", "created")
    cases = [retold(one, expected=f"the member {member!r}") for one, member in zip(cases, members, strict=True)]
    folded = section(shown(*cases), "createChatCompletion").split("The other 3")[1]
    assert re.findall("null value200(.*?)00000000000", folded) == [
        "is taken: absent",
        "is taken: absent expected the member 'created'",
        "the same",
    ]


def test_evidence_that_is_written_by_hand_comes_first_and_whole() -> None:
    by_hand = case(
        "chat/errors.malformed_body",
        {NOT_5XX: "failed"},
        finding(NOT_5XX, "violation", "broken JSON is not refused", expected="any 4xx", actual="500"),
    )
    found = shown(*(generated("stop", "null_value", number, about=NOT_5XX) for number in range(5)), by_hand)
    told = found.under["shown-case-chat/errors.malformed_body"]
    assert "broken JSON is not refused: 500" in told
    assert "curl -sS" in told
    assert found.text.index("broken JSON is not refused") < found.text.index("5 generated cases")


@pytest.mark.parametrize(("verdict", "heading"), [("warned", "Warned"), ("inconclusive", "Inconclusive")])
def test_the_compact_parts_fold_the_example_too(verdict: Verdict, heading: str) -> None:
    text = rendered(generated("stop", "null_value", 1, verdict), generated("stop", "null_value", 2, verdict))
    part = text[text.index(f'id="{heading.lower()}"') : text.index('id="requirements"')]
    assert "2 exchanges and curl</summary>" in part
    assert "The other 1, by what they vary" in part
    assert "<details open" not in part


def test_a_case_that_is_the_example_of_two_requirements_shows_its_exchanges_once() -> None:
    one = generated("stop", "null_value", 1)
    both = finding(NOT_5XX, "violation", "it breaks", exchange=one.exchanges[0].id)
    text = rendered(altered(one, verdicts={REFUSED: "failed", NOT_5XX: "failed"}, requirements=[REFUSED, NOT_5XX],
                            findings=[*one.to_json()["findings"], both]))  # fmt: skip
    found = assert_inert(text)
    assert found.text.count("curl -sS") == 2, "of its two exchanges"
    assert "; its exchanges stand at SPEC-INVALID-REFUSED" in found.text or f"stand at {NOT_5XX}" in found.text
    assert {f"#found-{REFUSED}-createChatCompletion", f"#found-{NOT_5XX}-createChatCompletion"} <= set(links(found))


def test_all_cases_are_folded_by_operation_and_place_with_their_counts() -> None:
    cases = [
        generated("stop", "null_value", 1, "passed", status=400),
        generated("stop", "null_value", 2, "passed", status=400),
        generated("stop", "incorrect_type", 3, "failed"),
        generated("stop", "enum_value", 4, "passed", mode="positive", about=ANSWERED),
        generated("", "blank_body", 5, "passed", status=415),
        case("chat/paths.path", {"CHAT-PATH": "passed"}),
    ]
    text = rendered(*cases)
    found = assert_inert(text)
    assert re.split(r"\s*\n", found.under["operation-createChatCompletion"].strip())[0] == (
        "createChatCompletion 5 generated cases 1 legal, 4 broken: 4 passed, 1 failed"
    )
    places = [name for name in found.under if name.startswith("place-")]
    rows = [found.under[name] for name in places]
    assert [" ".join(row.split()) for row in rows] == [
        "the body1 brokenblank body✓ 1 passed 415",
        "stop1 legalenum value✓ 1 passed 200",
        f"stop3 brokennull value\xa0×2, incorrect type✓ 2 passed ✗ 1 failed {REFUSED} 200, 400\xa0×2".replace(
            "\xa0", " "
        ),
    ]
    assert places == [
        f"place-createChatCompletion-{name}" for name in ("the%20body-broken", "stop-legal", "stop-broken")
    ]
    assert found.text.count("curl -sS") == 2, "of the example that failed"


def test_what_failed_is_linked_both_ways() -> None:
    found = shown(*many())
    assert links(found).count(f"#found-{REFUSED}-createChatCompletion") == 5, "from each of the places"
    assert "#place-createChatCompletion-stop-broken" in links(found), "from the example to its place"


def test_a_requirement_counts_its_generated_cases_instead_of_naming_them() -> None:
    by_hand = case("chat/errors.malformed_body", {NOT_5XX: "passed"})
    cases = [generated("stop", "null_value", number, "passed", about=NOT_5XX) for number in range(1200)]
    text = rendered(by_hand, *cases)
    row = assert_inert(text).under[NOT_5XX]
    assert "1,200 generated cases" in row
    assert "createChatCompletion 1200" in row
    assert "chat/errors.malformed_body" in row
    assert "null_value" not in text[text.index('id="requirements"') : text.index('id="cases"')]
    (part,) = re.findall(rf'<tr id="{NOT_5XX}".*?</tr>', text, re.DOTALL)
    assert 'href="#operation-createChatCompletion"' in part


def test_a_case_in_which_the_suite_broke_is_told_at_its_place() -> None:
    broken = generated("stop", "null_value", 1, "passed")
    broken = altered(broken, verdict="error", verdicts={}, error="Traceback\nKeyError: 'x'\n")
    told = assert_inert(rendered(broken, errors=["KeyError"], incomplete=["it was ended"])).under[
        "place-createChatCompletion-stop-broken"
    ]
    assert "‼ 1 error" in told
    assert "KeyError: 'x'" in told


@pytest.mark.parametrize("lost", [True, False])
def test_a_generated_case_without_its_exchange_is_still_told(lost: bool) -> None:
    one = generated("stop", "null_value", 1)
    row = one.to_json()["exchanges"][0]
    exchanges = [] if lost else [row | {"response": None, "failure": "connection reset"}]
    told = assert_inert(rendered(altered(one, exchanges=exchanges)))
    assert ("nothing sent" if lost else "no answer") in told.under[STOP]
    assert "null value at stop of createChatCompletion is taken" in section(told, "createChatCompletion")


def test_hostile_text_of_generated_cases_is_only_shown() -> None:
    cases = [generated("stop", "null_value", number, actual=HOSTILE + str(number)) for number in range(3)]
    text = rendered(*(retold(one, message=HOSTILE, expected=HOSTILE) for one in cases))
    found = assert_inert(text)
    assert found.text.count("<script>alert(1)</script>") >= 3 + 2 * 2, "three in the example, two in each line"


def test_a_long_text_is_cut_in_a_line() -> None:
    found = shown(generated("a", "null_value", 1, sent=9), generated("a", "null_value", 2, actual="y" * 5000))
    assert "y" * 120 + "… (5,000 characters)" in found.text
    assert "y" * 121 not in section(found, "createChatCompletion")


def test_a_target_that_breaks_on_everything_still_gives_a_page_for_people() -> None:
    """Two thousand failures, each answered in other words: no more than a few hundred bytes each."""
    operations = {"chat": "createChatCompletion", "gemini": "generateContent", "responses": "createResponse"}
    cases = [
        generated(
            f"field.{number // 3}", "incorrect_type", number, surface=surface, operation=operation,
            sent=2000, actual=f"500, {number} " + "z" * 500,
        )
        for surface, operation in operations.items()
        for number in range(700)
    ]  # fmt: skip
    text = rendered(*cases)
    alone = len(rendered())
    assert (len(text) - alone) / len(cases) < 700
    assert Page(text).text.count("curl -sS") == 2 * len(operations)


def test_how_to_run_one_case_alone_is_told_only_where_there_are_any() -> None:
    selection = {"surfaces": [], "cheap": False, "corpus": "full"}
    assert "run --corpus full -k DIGITS" in shown(generated("a", "null_value", 1), selection=selection).text
    assert "DIGITS" not in shown(case("chat/paths.path", {"CHAT-PATH": "passed"}), selection=selection).text


@pytest.mark.parametrize(
    ("corpus", "told"),
    [
        ("full", "the whole catalogue"),
        ("standard", "the whole catalogue"),
        ("smoke", "corpus: smoke"),
        ("none", "corpus: none"),
    ],
)
def test_a_corpus_that_leaves_nothing_of_the_catalogue_out_selects_nothing(corpus: str, told: str) -> None:
    found = shown(
        generated("a", "null_value", 1, "passed"), selection={"surfaces": [], "cheap": False, "corpus": corpus}
    )
    assert f"Selection{told}" in found.text
    assert "1 of them generated from the specs" in found.text
