"""The matrix of many reports: each verdict in its column, what a report does not know blank, and nothing in it acts."""

from typing import Any

from conformance.report.evidence_matrix import page
from conformance.report.gathering import Claim, Gathered
from conformance.report.results import Results
from conformance.requirements import catalogue
from tests.report.made import altered, case, finding, results
from tests.report.parsed import HOSTILE, TAGS, Page, assert_only_our_script, links

STORE, PATH = "RESP-400-STORE", "CHAT-PATH"
SUITE = {"name": "gateway-conformance", "version": "9.8.7", "openapi_sha256": {}, "catalogue_sha256": "cd" * 32}


def target(name: str, **more: str) -> dict[str, Any]:
    return {
        "name": name,
        "mode": "live",
        "surfaces": {"chat": "https://proxy.example/v1"},
        "provenance": "live",
        **more,
    }


def one(found: Results, slug: str = "one", claim: Claim | None = None) -> Gathered:
    return Gathered(slug, found, claim, {})


def assert_inert(text: str) -> Page:
    """Nothing in the page acts or is fetched; its links lead to a part of it, or to a file beside it."""
    found = Page(text)
    assert {tag for tag, _ in found.tags} <= TAGS
    for _, attributes in found.tags:
        assert not any(name.startswith("on") or name in ("src", "srcset", "action", "style") for name in attributes)
    for link in links(found):
        path, _, anchor = link.partition("#")
        assert not path.startswith(("/", ".")), link
        assert ":" not in path, link
        assert path or anchor in found.under, link
    assert "url(" not in text
    assert "@import" not in text
    assert not set(text) & set("\x1b\u202e")
    assert_only_our_script(found)
    return found


def cells(found: Page, requirement: str) -> list[tuple[str, str]]:
    """The verdicts on a requirement, and where each leads to."""
    return [
        (str(attributes["aria-label"]), str(attributes["href"]))
        for _, attributes in found.tags
        if (attributes.get("href") or "").endswith(f".html#{requirement}")
    ]


def failed(name: str, requirement: str) -> Any:
    return case(name, {requirement: "failed"}, finding(requirement, "violation", "it is taken", actual="200"))


def test_each_verdict_in_its_column() -> None:
    first = results(failed("responses/a", STORE), target=target("first"))
    second = results(case("responses/a", {STORE: "passed"}), target=target("second"))
    found = assert_inert(page([one(first, "first"), one(second, "second")]))
    assert cells(found, STORE) == [
        ("failed", f"first/report.html#{STORE}"),
        ("passed", f"second/report.html#{STORE}"),
    ]
    titles = {attributes.get("title") for _, attributes in found.tags}
    assert "failed: it is taken (200)" in titles
    assert all(name in found.text for name in ("first", "second", *catalogue()))
    assert "✗ nonconformant" in found.under["report-1"]


def test_whose_behaviour_each_column_shows() -> None:
    several = [
        one(results(target=target("a", provenance="reference"))),
        one(results(target=target("b", mode="replay"))),
        one(results(target=target("c")), claim=Claim("not verified here", "conformant", "2027-11-29")),
        one(results(target=target("d")), claim=Claim("does not hold", problem="a file was changed")),
    ]
    found = assert_inert(page(several))
    assert "reference gateway, live" in found.under["report-1"]
    assert "1 of them shows this suite's own reference gateway" in found.text
    assert "replayed" in found.under["report-2"]
    assert "none: a report" in found.under["report-2"]
    words = " ".join(found.under["report-3"].split())
    assert "certificate not verified here" in words
    assert "It says: conformant, valid until 2027-11-29." in words
    assert "certificate does not hold" in found.under["report-4"]
    assert "a file was changed" in found.under["report-4"]
    heads = found.text.partition("Requirements")[2].partition("Chat Completions")[0]
    assert "reference gateway, live" in heads


def test_what_a_certificate_says_stands_at_its_column() -> None:
    """Its class, its profile, until when; what was accepted of it; and the reference gateway, where it is a demonstration."""
    several = [
        one(results(target=target("a")), claim=Claim("holds", "conformant", "2027-11-29", profile="chat-2026-11")),
        one(
            results(target=target("b")),
            claim=Claim("holds", "conformant-with-deviations", "2027-02-27", profile="chat-2026-11", deviations=2,
                        are_revocations_checked=True),
        ),
        one(results(target=target("c")), claim=Claim("holds", "demonstration-conformant", profile="gemini-2026-11")),
        one(results(target=target("d")), claim=Claim("not verified here", "demonstration-conformant")),
        one(results(target=target("e"))),
    ]  # fmt: skip
    found = assert_inert(page(several))
    plain, deviating, shown, unverified, alone = (
        " ".join(found.under[f"report-{number}"].split()) for number in range(1, 6)
    )
    assert "certificate holds It says: conformant, chat-2026-11, valid until 2027-11-29." in plain
    assert "revocations not checked" in plain
    assert "certificate holds, with 2 known deviations" in deviating
    assert "revocations" not in deviating
    assert "certificate holds; demonstration: proves nothing about a workspace" in shown
    for of_reference in (shown, unverified):
        assert "reference gateway, live" in of_reference
        assert "It shows how" not in of_reference
    assert "reference gateway" not in plain + deviating + alone
    assert "2 of them show this suite's own reference gateway" in found.text
    heads = " ".join(found.text.partition("Requirements")[2].partition("Chat Completions")[0].split())
    assert "certificate holds: conformant, chat-2026-11, valid until 2027-11-29" in heads
    assert "certificate holds; demonstration: proves nothing about a workspace: demonstration-conformant" in heads


def test_another_catalogue() -> None:
    """What a report does not know is blank, and no verdict is told at a level that the report does not have."""
    old = [row for row in catalogue().values() if row.id != STORE]
    first = results(
        failed("chat/a", PATH), catalogue=old, suite=SUITE | {"catalogue_sha256": "ee" * 32}, target=target("older"),
        started_at="2024-01-01T00:00:00+00:00",
    )  # fmt: skip
    second = results(case("responses/a", {STORE: "passed"}), target=target("newer"))
    found = assert_inert(page([one(first, "older"), one(second, "newer")]))
    assert [href for _, href in cells(found, STORE)] == [f"newer/report.html#{STORE}"]
    assert "made with 2 different catalogues" in found.text
    assert "blank: the report does not know the requirement" in found.text
    assert "different catalogues" not in assert_inert(page([one(second), one(second)])).text


def test_an_incomplete_report_says_so() -> None:
    found = assert_inert(page([one(results(incomplete=["it was interrupted"]))]))
    assert "incomplete it was interrupted" in " ".join(found.under["report-1"].split())


def test_what_a_report_says_is_text() -> None:
    hostile = results(
        altered(failed("chat/a", PATH), findings=[finding(PATH, "violation", HOSTILE, actual=HOSTILE)]),
        target=target(HOSTILE), incomplete=[HOSTILE], started_at=HOSTILE[:40],
        suite=SUITE | {"version": HOSTILE},
    )  # fmt: skip
    claim = Claim("does not hold", HOSTILE, HOSTILE, HOSTILE)
    text = page([one(hostile, "one", claim)])
    assert_inert(text)
    assert text.count("<script") == 1, "our own"
