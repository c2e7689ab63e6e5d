"""The section of the page about both sides of a proxy: there only if somebody watched, and harmless whatever they sent."""

from typing import Any

from conformance.checks.verdicts import Verdict
from conformance.report.results import CaseResult
from tests.report.made import case, exchange, finding, rendered, shown
from tests.report.parsed import HOSTILE, Page, assert_inert

SENT, MADE = '{"input":"two  spaces","model":"m"}', '{"model":"m","input":"two spaces"}'


def asked(body: str = MADE, answer: str = '{"status":"completed"}', **more: Any) -> dict[str, Any]:
    """A row of what was asked upstream."""
    row = exchange("x#1", body=body, answer=answer)
    return {name: row[name] for name in ("request", "response", "failure")} | {"after_s": 0.01} | more


def trimmed(
    number: int = 1,
    requirement: str = "PROXY-REQ-TEXT",
    message: str = "a message is changed",
    *,
    body: str = SENT,
    answer: str = '{"status":"completed"}',
    upstream: list[dict[str, Any]] | None = None,
    verdict: Verdict = "warned",
) -> CaseResult:
    """A case before a proxy that trims texts."""
    row = exchange(f"responses/proxy.case{number}#1", body=body, answer=answer)
    row["upstream"] = [asked()] if upstream is None else upstream
    found = finding(requirement, "violation", message, expected="two  spaces", actual="two spaces")
    return case(row["case"], {requirement: verdict}, found, exchanges=[row])


def section(*cases: CaseResult) -> str:
    """The text of the section."""
    text = rendered(*cases)
    start = text.index('<section aria-labelledby="both-sides">')
    return text[start : text.index("</section>", start)]


def marked(text: str) -> list[str]:
    """The lines that are marked as differing."""
    return [part.partition("</mark>")[0] for part in text.split("<mark>")[1:]]


def test_without_a_watcher_there_is_no_section() -> None:
    found = shown(case("chat/x.y", {"CHAT-PATH": "passed"}))
    assert "Both sides" not in found.text


def test_the_lines_that_differ_are_marked_and_the_order_of_members_is_none() -> None:
    text = section(trimmed())
    assert marked(text) == ["−   &#34;input&#34;: &#34;two  spaces&#34;,", "+   &#34;input&#34;: &#34;two spaces&#34;,"]
    assert "1 request in front, 1 request behind" in text
    assert "Request behind, 0.01 s later" in text
    assert "Answer" not in text


def test_what_is_about_answers_shows_them_and_folds_the_requests() -> None:
    upstream = [asked(SENT, '{"status":"incomplete"}')]
    text = section(trimmed(requirement="PROXY-ANS-FINISH", upstream=upstream))
    assert marked(text) == [
        "−   &#34;status&#34;: &#34;completed&#34;",
        "+   &#34;status&#34;: &#34;incomplete&#34;",
    ]
    assert text.index("Answer behind") < text.index("<summary>The requests</summary>") < text.index("Request behind")


def test_the_same_found_by_several_cases_stands_once() -> None:
    text = section(*(trimmed(number) for number in range(5)))
    assert text.count("a message is changed") == 2, "in the table, and once with its sides"
    assert "in 4 more cases too" in text


def test_what_one_exchange_shows_stands_together() -> None:
    one, other = trimmed(), trimmed(message="a message is dropped")
    both = CaseResult.from_json(one.to_json() | {"findings": one.to_json()["findings"] + other.to_json()["findings"]})
    text = section(both)
    assert text.count("<article") == 1
    assert text.index("a message is changed (") < text.index("a message is dropped (")


def test_of_several_requests_upstream_the_last_is_shown_and_none_is_said() -> None:
    twice = section(trimmed(requirement="PROXY-REQ-ONCE", upstream=[asked(), asked(SENT)]))
    assert "the last of 2" in twice
    assert marked(twice) == []
    assert "The bodies do not differ in what is shown of them" in twice
    assert "Nothing was asked behind the target." in section(trimmed(requirement="PROXY-CACHE", upstream=[]))


def test_an_answer_that_broke_off_upstream_is_told_by_its_reason() -> None:
    upstream = [asked(response=None, failure="the connection was closed")]
    text = section(trimmed(requirement="PROXY-ERR-TOLD", upstream=upstream))
    assert "+ the connection was closed" in text
    assert "no body" in text


def test_hostile_bytes_are_shown_and_do_nothing() -> None:
    evil = asked(HOSTILE, HOSTILE)
    evil["request"] |= {"method": HOSTILE, "path": HOSTILE, "headers": {HOSTILE: HOSTILE}}
    evil["response"]["headers"] = {"server": HOSTILE}
    cases = [
        trimmed(number, name, HOSTILE, body=HOSTILE, answer=HOSTILE, upstream=[evil])
        for number, name in enumerate(("PROXY-REQ-TEXT", "PROXY-ANS-TEXT"))
    ]
    found: Page = assert_inert(rendered(*cases))
    assert "<script>alert(1)</script>" in found.text


def test_large_and_deep_bodies_stay_small_and_quick() -> None:
    bodies = ["[" * 6000, "[\n" * 3000, "x" * 6000, "a\n" * 3000, "b\na\n" * 1500, '{"a":' * 1200]
    cases = [
        trimmed(number, "PROXY-ANS-TEXT", f"it differs {number}", body=one, answer=one, upstream=[asked(two, two)])
        for number, (one, two) in enumerate((one, two) for one in bodies for two in bodies)
    ]
    assert len(section(*cases)) < 60_000 * len(cases)


def test_many_findings_are_cut() -> None:
    text = section(*(trimmed(number, message=f"a message is changed {number}") for number in range(45)))
    assert text.count("<article") == 40
    assert "5 more exchanges that show the like are not shown here." in text
