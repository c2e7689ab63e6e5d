"""The summary in Markdown: what fails first, within the room that there is, and what a target says is text."""

import re
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from msgspec.structs import replace

from conformance.report.markdown import code, fitting, row
from conformance.report.results import Deviation, DeviationRow, Deviations, NotCovered
from conformance.report.summary import summary, summary_of_none
from conformance.report.watched import could_not_look
from conformance.requirements import catalogue
from tests.report.made import MUSTS, case, failed, finding, many, named, results
from tests.report.parsed import HOSTILE

SHOULDS = [row.id for row in catalogue().values() if row.level == "SHOULD"]
INJECTED = (
    "x\r\n\r\n# a|`b`<img src=x>[d](http://evil.example)![p](http://evil.example/p.png) http://evil.example "
    "@everyone #1 </details> <!-- ~~~\n```\n$`e`$ \\` \\| [^1] &lt;"
)
GFM = MarkdownIt("commonmark").enable("table")
FOLDING = {"<details>", "</details>", "<summary>", "</summary>"}


def outside_code(text: str) -> str:
    """All that Markdown may obey: the text outside code spans. What a parser makes of it is only what we wrote."""
    found = []
    for block in GFM.parse(text):
        if block.type == "html_block":
            assert set(re.findall(r"<[^>]*>", block.content)) <= FOLDING, block.content
        for token in block.children or ():
            assert token.type not in ("html_inline", "image", "link_open"), token
            found += [token.content] if token.type != "code_inline" else []
    return " ".join(found)


def test_the_parser_of_these_tests_sees_what_is_obeyed() -> None:
    with pytest.raises(AssertionError):
        outside_code("![p](http://evil.example/p.png)")
    assert "@everyone" in outside_code("| a |\n| --- |\n| @everyone |\n")


@pytest.mark.parametrize("text", [INJECTED, HOSTILE])
def test_what_a_target_says_is_text(text: str) -> None:
    found = results(
        failed(MUSTS[0], text, actual=text),
        case("chat/s", {SHOULDS[0]: "warned"}, finding(SHOULDS[0], "violation", f"beside it {text}")),
        errors=[text],
        incomplete=[text],
        target=named(text),
    )
    shown = summary(found)
    assert shown.count("evil.example") > 3
    left = outside_code(shown)
    for word in ("evil.example", "<", "@everyone", "pwned", "alert", "#1", "\u202e"):
        assert word not in left
    assert "\u202e" not in shown
    assert "\x1b" not in shown
    rows = [line for line in shown.splitlines() if line.startswith(("| ✗ failed | `", "| ! warned | `"))]
    assert [line.count("|") for line in rows] == [4, 4]


@given(st.text(alphabet=st.sampled_from(list("`|\\<>[]()!*_$#@:/\r\n\u2028 abc")), max_size=60))
def test_no_text_ends_its_code(text: str) -> None:
    shown = code(text)
    assert shown[0] == shown[-1] == "`"
    assert not set(shown[1:-1]) & set("`|\r\n")
    assert outside_code(f"a {shown} {shown} b").split() == ["a", "b"]
    cells = [
        token
        for token in GFM.parse(row(["x", "y"]) + row(["---", "---"]) + row([shown, "z"]))
        if token.type == "td_open"
    ]
    assert len(cells) == 2


def test_every_cause_is_told_and_what_fails_stands_before_what_does_not() -> None:
    warned = case("chat/s", {SHOULDS[0]: "warned"}, finding(SHOULDS[0], "violation", "not as it should be"))
    undecided = case("chat/u", {MUSTS[41]: "inconclusive"}, finding(MUSTS[41], "undecided", "no answer: 429"))
    cases = [failed(name, f"{name} is broken in its way", actual=name) for name in MUSTS[:40]]
    shown = summary(results(warned, undecided, *cases))
    assert all(f"`{name}`" in shown for name in [*MUSTS[:40], MUSTS[41], SHOULDS[0]])
    assert "is ✗ nonconformant" in shown.splitlines()[0]
    in_order = ["Scope:", "| ✗ failed | `", "| ? inconclusive | `", "<details>", "| ! warned | `", "</details>"]
    places = [shown.index(text) for text in in_order]
    assert places == sorted(places)
    assert "<details><summary>1 warning</summary>" in shown
    assert "| ✗ failed | 40 | 0 | 0 | 0 |" in shown[places[-1] :]


def test_nothing_is_folded_where_there_is_nothing() -> None:
    assert "<details>" not in summary(many(3))
    assert "what was found" not in summary(results(case("chat/x", {MUSTS[0]: "passed"})))


@pytest.mark.parametrize("room", [0, 2_100, 4_000, 10_000, 30_000])
@pytest.mark.parametrize("errors", [0, 2_000])
def test_it_is_of_bounded_size(room: int, errors: int) -> None:
    warned = [
        case(f"chat/{name}", {name: "warned"}, finding(name, "violation", f"{name} " + "ü" * 500)) for name in SHOULDS
    ]
    cases = [failed(name, f"{name} " + "ü" * 500, actual=name) for name in MUSTS[:40]]
    shown = summary(results(*cases, *warned, errors=["ü" * 400] * errors), room)
    assert len(shown.encode()) <= room
    if room > 3_000:
        assert re.search(r"\n[\d,]+ lines? more: see the report\.\n", shown)
        assert shown.count("<details>") == shown.count("</details>") == 1
        assert shown.startswith("### ")
        assert outside_code(shown)


def test_blocks_that_fit_are_whole() -> None:
    assert fitting(["aa", "bb"], 4) == "aabb"
    assert fitting(["aa", "bb"], 3) == "aa\n1 line more: see the report.\n\n"


def test_what_is_known_or_does_not_count_is_folded() -> None:
    found = many(3)
    known, unscored, open_ = (cause.requirements[0] for cause in found.causes)
    marks = {known: {"known": True}, unscored: {"unscored": "it is new"}}
    rows = tuple(replace(row, **marks.get(row.id, {})) for row in found.requirements)
    before, _, after = summary(replace(found, requirements=rows)).partition("<details>")
    assert f"| ✗ failed | `{open_}` |" in before
    assert after.startswith("<summary>2 that do not count for the verdict</summary>")
    assert f"| ✗ failed, known deviation | `{known}` |" in after
    assert f"| ✗ failed, does not count | `{unscored}` |" in after


def test_known_deviations_are_told_with_their_owners() -> None:
    day = date(2026, 11, 1)
    deviation = Deviation(
        requirement=MUSTS[0], verdict="failed", owner="Ada", reason="slow|`x`", first_seen=day, expires=date(2027, 1, 1)
    )
    rows = (
        DeviationRow(deviation=deviation, outcome="happened", found="failed"),
        DeviationRow(deviation=replace(deviation, requirement=MUSTS[1]), outcome="did_not_happen", found="passed"),
    )
    beyond = NotCovered(requirement=MUSTS[0], case="chat/x", found="it is broken")
    lines = summary(replace(results(), deviations=Deviations(rows=rows, not_covered=(beyond,)))).splitlines()
    who = "slow∣ˋxˋ (Ada, since 2026-11-01, until 2027-01-01)"
    assert f"Known deviation: `{MUSTS[0]}: failed as expected: {who}`" in lines
    says = "`not covered by the deviation: chat/x, model unknown: it is broken`"
    assert f"**Not known of `{MUSTS[0]}`:** {says}" in lines
    [fails] = [line for line in lines if line.startswith("**A known deviation fails the run:**")]
    assert f"`{MUSTS[1]}: did not happen" in fails
    assert "<details><summary>1 known deviation</summary>" in lines


@pytest.mark.parametrize("text", [INJECTED, HOSTILE])
def test_a_run_that_could_not_look(text: str) -> None:
    run = could_not_look(text, "live", {}, datetime(2026, 11, 29, tzinfo=UTC), f"no gateway: {text}").run
    shown = summary_of_none(run)
    assert "no gateway" in shown
    left = outside_code(shown)
    assert left.split() == ["gateway-conformance:", "it", "could", "not", "look", "at"]


def test_what_has_changed_since_an_earlier_run_is_told() -> None:
    before = results(case("a/a", {"CHAT-PATH": "passed"}), failed("RESP-400-STORE", "it is answered"))
    now = [failed("CHAT-PATH", "it is gone"), case("a/b", {"RESP-400-STORE": "passed"})]
    text = summary(results(*now, baseline=before))
    assert "Since `2025-11-22 03:17 (nonconformant): 1 broken, 1 fixed`" in text
    assert "Broken: `CHAT-PATH`\n\nFixed: `RESP-400-STORE`\n" in text
    assert "Since" not in summary(results(*now))
