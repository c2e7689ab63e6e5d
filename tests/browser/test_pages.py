"""What people do with our pages, done in a real browser."""

import re
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import Tabs, axe

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser
Pages = Mapping[str, Path]
ALL = ("conformant", "nonconformant", "hostile", "certificate", "matrix", "history", "upgrade", "prove")
STORE = "RESP-400-SERVICE-TIER"
THINNED = """() => {
  for (const list of document.querySelectorAll("tbody, ul, .problem, .evidence, main > section, .others, .cause")) {
    for (const one of [...list.children].slice(6)) one.remove();
  }
  for (const one of document.querySelectorAll("details")) one.open = true;
}"""
"""Leaves some of each list, opened: axe-core takes half a minute for hundreds of the same."""


def shown(page: "Page", selector: str) -> int:
    """How many elements of a kind are to be seen."""
    return page.locator(f"{selector}:visible").count()


def chosen(page: "Page", **values: str) -> str:
    """Chooses something in the lists of the form, and gives what it then tells."""
    for name, value in values.items():
        page.select_option(f"#filter [name={name}]", value)
    page.wait_for_timeout(150)
    return page.inner_text("#count")


@pytest.mark.parametrize("name", ALL)
def test_everybody_can_read_it(tabs: Tabs, pages: Pages, name: str) -> None:
    """axe-core finds nothing serious, of contrast, names or tables, all open, and nothing goes wrong meanwhile."""
    opened = tabs.open(pages[name], color_scheme="light")
    opened.page.evaluate(axe())
    opened.page.evaluate(THINNED)
    found = opened.page.evaluate("async () => (await axe.run({resultTypes: ['violations']})).violations")
    opened.page.emulate_media(color_scheme="dark")  # what is dark differs in colours alone
    found += opened.page.evaluate("async () => (await axe.run({runOnly: ['color-contrast']})).violations")
    grave = [
        (one["id"], one["impact"], [node["html"][:200] for node in one["nodes"][:3]])
        for one in found
        if one["impact"] in ("serious", "critical")
    ]
    assert grave == []
    assert opened.wrong == []


@pytest.mark.parametrize("name", ALL)
def test_a_phone_shows_it_without_scrolling_aside(tabs: Tabs, pages: Pages, name: str) -> None:
    page = tabs.open(pages[name], width=390).page
    assert page.evaluate("document.scrollingElement.scrollWidth") <= 390


@pytest.mark.parametrize("name", ["conformant", "nonconformant", "hostile"])
def test_it_opens_at_once(tabs: Tabs, pages: Pages, name: str) -> None:
    """On the best of three times: what else a machine is doing is none of the page's."""
    pages_open = [tabs.open(pages[name]).page for _ in range(3)]
    took_ms = [page.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd") for page in pages_open]
    assert 0 < min(took_ms) < 1000, took_ms


def test_it_is_no_larger_than_people_wait_for(pages: Pages) -> None:
    assert pages["conformant"].stat().st_size < 1_500_000
    assert max(path.stat().st_size for path in pages.values()) < 5_000_000


def test_without_script_all_is_there(tabs: Tabs, pages: Pages) -> None:
    page = tabs.open(pages["nonconformant"], java_script_enabled=False).page
    assert shown(page, "#filter") == shown(page, ".copy") == 0
    assert shown(page, ".catalogue tr[data-item]") == page.locator(".catalogue tr[data-item]").count() > 180
    assert shown(page, ".author") == 0
    page.check("#author")
    assert shown(page, ".author") > 100, "what the checks were seen to catch is there for whoever asks"
    page.click("details.facts-fold > summary")
    assert shown(page, ".facts") == 1


def test_the_first_screen_tells_verdict_scope_and_why(tabs: Tabs, pages: Pages) -> None:
    page = tabs.open(pages["nonconformant"]).page
    seen = page.evaluate(
        "[...document.querySelectorAll('h1, .scope, .first li, .proof')]"
        ".filter(e => e.getBoundingClientRect().bottom < innerHeight).map(e => e.innerText).join('\\n')"
    )
    for told in ("nonconformant", "Scope: all surfaces", STORE, "proves nothing about any workspace"):
        assert told in seen


def test_the_keyboard_alone_leads_everywhere(tabs: Tabs, pages: Pages) -> None:
    page = tabs.open(pages["nonconformant"]).page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.url.endswith("#failed")
    reached = set()
    page.evaluate("document.activeElement.blur(); scrollTo(0, 0); location.hash = ''")
    for _ in range(1500):
        page.keyboard.press("Tab")
        tag, outline = page.evaluate(
            "(e => [e.name || e.id || e.tagName, getComputedStyle(e).outlineStyle])(document.activeElement)"
        )
        reached.add(tag)
        assert outline != "none", f"nobody sees that {tag} has the focus"
        if {"words", "verdict", "order", "folds", "BUTTON", "author"} <= reached:
            return
    raise AssertionError(f"Tab has reached only {sorted(reached)}")


def test_filters_and_words_find_and_clear(tabs: Tabs, pages: Pages) -> None:
    page = tabs.open(pages["nonconformant"]).page
    everything = page.inner_text("#count")
    rows = page.locator("#requirements ~ table tr[data-item]").count()
    told = chosen(page, verdict="failed")
    failed = page.locator("#requirements ~ table tr[data-verdict=failed]").count()
    assert shown(page, "#requirements ~ table tr[data-item]") == failed > 2
    assert told.startswith(f"{failed} of {rows} requirements, "), told
    assert shown(page, "h2#failed") == 1
    told = chosen(page, surface="responses")
    assert STORE in page.inner_text("main")
    assert shown(page, "#requirements ~ table tr[data-item]") < failed
    page.click("#filter button[type=reset]")
    page.wait_for_timeout(150)
    assert page.inner_text("#count") == everything
    page.fill("#filter [name=words]", "service_TIER")
    page.wait_for_timeout(200)
    ids = page.locator("#requirements ~ table tr[data-item]:visible").evaluate_all("rows => rows.map(row => row.id)")
    assert STORE in ids
    assert len(ids) < 10
    page.fill("#filter [name=words]", "no such words")
    page.locator("#count", has_text=re.compile(f"^0 of {rows} requirements, 0 of")).wait_for()
    assert shown(page, "h2:is(#requirements, #failed, #cases)") == 0, "of what is empty no heading is left"


def test_the_worst_can_stand_first(tabs: Tabs, pages: Pages) -> None:
    page = tabs.open(pages["nonconformant"]).page
    ranks = "rows => rows.map(row => Number(row.dataset.rank))"
    rows = page.locator("tbody:has(#CHAT-PATH) tr[data-item]")
    before = rows.evaluate_all("rows => rows.map(row => row.id)")
    assert rows.evaluate_all(ranks) != sorted(rows.evaluate_all(ranks))
    chosen(page, order="worst")
    assert rows.evaluate_all(ranks) == sorted(rows.evaluate_all(ranks))
    chosen(page, order="name")
    assert rows.evaluate_all("rows => rows.map(row => row.id)") == sorted(before)
    chosen(page, order="listed")
    assert rows.evaluate_all("rows => rows.map(row => row.id)") == before


def test_all_can_be_expanded_and_folded(tabs: Tabs, pages: Pages) -> None:
    page = tabs.open(pages["nonconformant"]).page
    page.click("#folds")
    assert page.locator("main details:not([open])").count() == 0
    page.click("#folds")
    assert page.locator("main details[open]").count() == 0


@pytest.mark.parametrize("name", ["nonconformant", "prove"])
def test_a_link_from_outside_leads_to_the_requirement(tabs: Tabs, pages: Pages, name: str) -> None:
    page = tabs.open(pages[name], STORE).page
    assert shown(page, f"tr#{STORE}") == 1
    assert 0 <= page.locator(f"tr#{STORE}").bounding_box()["y"] < 900  # type: ignore[index]  # it is shown


def test_a_link_leads_into_what_is_folded_or_filtered_away(tabs: Tabs, pages: Pages) -> None:
    page = tabs.open(pages["nonconformant"]).page
    anchor = page.locator("main details.cause .problem").first.get_attribute("id")
    assert anchor
    assert not page.locator(f"[id='{anchor}']").is_visible()
    chosen(page, verdict="passed")
    page.evaluate("anchor => { location.hash = anchor; }", anchor)
    page.wait_for_timeout(200)
    assert page.locator(f"[id='{anchor}']").is_visible()


def test_a_cell_of_the_map_leads_to_what_was_found(tabs: Tabs, pages: Pages) -> None:
    page = tabs.open(pages["nonconformant"]).page
    cell = page.locator(f".cell[title^='{STORE} ']")
    assert "failed" in (cell.get_attribute("class") or "")
    cell.click()
    assert page.locator(f"#problem-{STORE}").is_visible()


def test_a_command_is_copied(tabs: Tabs, pages: Pages) -> None:
    page = tabs.open(pages["nonconformant"], permissions=["clipboard-read", "clipboard-write"]).page
    page.click("#folds")
    command = page.locator("pre.curl:visible").first
    page.locator(".copy:visible").first.click()
    page.locator(".copy:visible", has_text="Copied").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == command.text_content()


def test_hostile_texts_do_nothing(tabs: Tabs, pages: Pages) -> None:
    opened = tabs.open(pages["hostile"])
    page = opened.page
    page.click("#folds")
    for one in page.locator(".copy:visible").all()[:3]:
        one.click()
    page.fill("#filter [name=words]", "<script>alert(1)</script>")
    page.wait_for_timeout(200)
    assert shown(page, "[data-item]") > 0, "it is text like any other, and found"
    assert page.locator("img, iframe, object, [onerror], a[href^=javascript]").count() == 0
    assert opened.wrong == []


def test_a_conformant_run_fits_on_few_sheets(tabs: Tabs, pages: Pages) -> None:
    printed = tabs.open(pages["conformant"]).page.pdf(format="A4")
    assert 1 < len(re.findall(rb"/Type\s*/Page\b(?!s)", printed)) < 15


def test_it_filters_faster_than_one_types(tabs: Tabs, pages: Pages) -> None:
    page = tabs.open(pages["nonconformant"]).page
    began = time.perf_counter()
    page.fill("#filter [name=words]", "usage")
    page.locator("#count", has_text=re.compile(r"^(?!186 of)")).wait_for()
    assert time.perf_counter() - began < 1
